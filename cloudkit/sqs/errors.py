"""What can be missing or lost in SQS."""

from __future__ import annotations

from cloudkit.errors import Conflict, NotFound


class QueueNotFound(NotFound):
    """The queue is not there (or, another account's, may not be seen)."""


class LeaseLost(Conflict):
    """The receipt of a message no longer counts: its time was over, and another consumer may have the message."""
