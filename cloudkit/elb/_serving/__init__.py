"""Keeping it serving while targets are taken out: drained, worked on, brought back."""
