"""The content of one object: as a stream to read, as a stream to write, in parts."""
