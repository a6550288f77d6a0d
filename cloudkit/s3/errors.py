"""What can be missing or changed in S3."""

from __future__ import annotations

from cloudkit.errors import NotFound, PreconditionFailed


class BucketNotFound(NotFound):
    """The bucket is not there."""


class ObjectNotFound(NotFound, FileNotFoundError):
    """The bucket is there, and has no object of that key (or no such version of it)."""


class ObjectChanged(PreconditionFailed):
    """The object was replaced while it was being read. Nothing mixed was given out."""
