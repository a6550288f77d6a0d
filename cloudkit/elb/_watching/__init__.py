"""Looking at targets until they serve: when to give one up, and what to say of it."""
