"""What can be missing or lost in SQS."""

from __future__ import annotations

from cloudkit.errors import Conflict, InvalidRequest, NotFound


class QueueNotFound(NotFound):
    """The queue is not there (or, another account's, may not be seen)."""


class LeaseLost(Conflict):
    """The receipt of a message no longer counts: its time was over, and another consumer may have the message."""


class DecodeError(InvalidRequest):
    """The body of a message does not say what the queue's messages say: it is no JSON, or not of the queue's type."""
