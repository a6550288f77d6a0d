"""What is done with launch templates."""
