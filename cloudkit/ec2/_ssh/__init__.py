"""How SSH reaches an instance, and what is done there."""
