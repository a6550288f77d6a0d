"""Many instances at once: looked at together, changed together, waited for together."""
