"""What can be missing or changed in S3."""

from __future__ import annotations

from datetime import datetime

from cloudkit.errors import CloudError, Conflict, NotFound, PreconditionFailed


class BucketNotFound(NotFound):
    """The bucket is not there."""


class ObjectNotFound(NotFound, FileNotFoundError):
    """The bucket is there, and has no object of that key (or no such version of it)."""


class UploadNotFound(NotFound):
    """The upload in parts is complete, aborted, or never was."""


class ObjectChanged(PreconditionFailed):
    """The object was replaced while it was being read, copied or edited. Nothing mixed was given out or written."""


def changed(refusal: CloudError, message: str, about: object, *, hint: str | None = None) -> ObjectChanged:
    """What S3's refusal of a condition means, where the condition was that nobody else writes."""
    return ObjectChanged(
        message,
        service=refusal.service,
        operation=refusal.operation,
        code=refusal.code,
        status=refusal.status,
        request_id=refusal.request_id,
        resource=str(about),
        attempts=refusal.attempts,
        hint=hint,
    )


class LockHeld(Conflict):
    """Another holds the lock.

    Attributes:
        holder: Who, as the holder called itself.
        since: When it was taken, by the holder's clock.
    """

    holder: str | None = None
    since: datetime | None = None


class LockLost(Conflict):
    """The lock was not renewed in time, or was taken over: another may be at work."""
