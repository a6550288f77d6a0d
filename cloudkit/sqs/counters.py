"""What a consumer has done."""

from __future__ import annotations

from attrs import frozen


@frozen
class Counters:
    """What a consumer has done so far. In the end each message that was received is one of the seven after `received`.

    Attributes:
        received: Messages that came.
        acked: Deleted, since their handlers ended well or deleted them, or their work had been done before.
        failed: Given back since their handlers raised, or their bodies could not be decoded.
        released: Given back without that: by their handlers, or since they had not begun.
        lost: Their time was over before they were done.
        unacked: Done, and could not be deleted: they come again.
        abandoned: Left as they were at the end: they come again.
        dead_lettered: Sent to the dead letters, by their handlers or since their bodies could not be decoded.
        repeated: Those whose work had been done before: their handlers were not called. They are counted above too.
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
    dead_lettered: int = 0
    repeated: int = 0
    extended: int = 0
    polls: int = 0
    errors: int = 0
