"""Buckets, folders and objects as what they are to a request: a name, a way there, and what AWS says of it."""
