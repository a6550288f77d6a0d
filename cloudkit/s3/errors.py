"""What can be missing or changed in S3."""

from __future__ import annotations

from cloudkit.errors import InvalidRequest, NotFound, PreconditionFailed


class BucketNotFound(NotFound):
    """The bucket is not there."""


class ObjectNotFound(NotFound, FileNotFoundError):
    """The bucket is there, and has no object of that key (or no such version of it)."""


class PastTheEnd(InvalidRequest):
    """The range that was asked for begins at the end of the object or behind it. A reader gives no bytes then."""


class ObjectChanged(PreconditionFailed):
    """The object was replaced while it was being read. Nothing mixed was given out."""
