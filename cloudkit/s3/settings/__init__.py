"""What a bucket is set to: a file a setting."""
