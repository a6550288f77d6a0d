"""Many objects: folders, patterns, whole trees."""
