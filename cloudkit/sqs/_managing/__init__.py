"""The queue itself: made, opened to others, watched."""
