"""What was moved back, message by message."""

from __future__ import annotations

from attrs import frozen


@frozen
class Redriven:
    """What `queue.redrive(...)` has moved by itself.

    Attributes:
        moved: Messages that were sent on and deleted here.
        stayed: Messages that were not wanted, or were behind such a one in a group of a FIFO queue.
    """

    moved: int
    stayed: int
