"""What a consumer has done."""

from __future__ import annotations

from attrs import frozen


@frozen
class Counters:
    """What a consumer has done so far. In the end each message that was received is one of the six after `received`.

    Attributes:
        received: Messages that came.
        acked: Deleted, since their handlers ended well or deleted them.
        failed: Given back since their handlers raised.
        released: Given back without that: by their handlers, or since they had not begun.
        lost: Their time was over before they were done.
        unacked: Done, and could not be deleted: they come again.
        abandoned: Left as they were at the end: they come again.
        extended: Leases that were extended.
        polls: Requests for messages.
        errors: Requests that failed, of all kinds.
    """

    received: int = 0
    acked: int = 0
    failed: int = 0
    released: int = 0
    lost: int = 0
    unacked: int = 0
    abandoned: int = 0
    extended: int = 0
    polls: int = 0
    errors: int = 0
