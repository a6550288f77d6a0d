"""What is behind target groups: what they can be, their settings, and how targets come and go."""
