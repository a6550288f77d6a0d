"""A consumer, from within: each part by itself, none of which knows of threads or of the network."""
