"""What is known of an instance, and done with it, beyond starting and stopping."""
