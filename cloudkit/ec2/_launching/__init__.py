"""What goes into a launch, and what is made for it."""
