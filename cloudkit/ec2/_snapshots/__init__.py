"""What is done with snapshots."""
