"""How messages get to a topic: spelled out and checked, made to fit, and sent."""
