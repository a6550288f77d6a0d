"""What scaling policies are made of."""
