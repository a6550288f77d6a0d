"""How topics are made, and whom they let in."""
