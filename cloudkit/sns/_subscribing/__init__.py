"""How a topic comes to deliver to something, how that is changed, and how it ends."""
