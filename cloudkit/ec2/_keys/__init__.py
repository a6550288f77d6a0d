"""What is known of keys, and kept from being shown."""
