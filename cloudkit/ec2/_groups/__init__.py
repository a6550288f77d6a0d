"""What is done with security groups."""
