"""How long a message rests after it failed."""

from __future__ import annotations

import math

from attrs import field, frozen

from cloudkit._core.params import whole_seconds
from cloudkit.errors import InvalidRequest
from cloudkit.sqs._limits import FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS, MAX_VISIBILITY_SECONDS, RETRY_GROWTH
from cloudkit.types import Duration


@frozen
class Backoff:
    """How long a message rests after it failed: longer each time, by how often it was received.

    Args:
        first: Seconds after the first failure, 0 to 43,200.
        factor: How much longer after each further one; 1 or more.
        max: Seconds at most, 0 to 43,200.

    Raises:
        InvalidRequest: SQS cannot do that.

    Examples:
        >>> [Backoff(10, factor=3, max=600).delay(receives) for receives in range(1, 6)]
        [10, 30, 90, 270, 600]

    AWS: none
    """

    first: Duration = FIRST_RETRY_SECONDS
    factor: float = field(default=RETRY_GROWTH, kw_only=True)
    max: Duration = field(default=MAX_RETRY_SECONDS, kw_only=True)

    def __attrs_post_init__(self) -> None:
        whole_seconds("first", self.first, 0, MAX_VISIBILITY_SECONDS)
        whole_seconds("max", self.max, 0, MAX_VISIBILITY_SECONDS)
        if not 1 <= self.factor < math.inf:
            raise InvalidRequest(f"factor={self.factor}: it is 1 or more, since the pauses do not shrink")

    def delay(self, receives: int) -> int:
        """Whole seconds until a message that failed is tried again.

        Args:
            receives: How often it was received, as `Message.receives` says.

        Returns:
            The seconds.

        Examples:
            >>> Backoff(1, max=900).delay(4)
            8

        AWS: none
        """
        first = whole_seconds("first", self.first, 0, MAX_VISIBILITY_SECONDS) or 0
        most = whole_seconds("max", self.max, 0, MAX_VISIBILITY_SECONDS) or 0
        if not first or not most:
            return 0
        failures = max(0, receives - 1)
        # By logarithms first: the power itself may be beyond all numbers.
        if failures * math.log(self.factor) >= math.log(most / first):
            return most
        return min(most, round(first * self.factor**failures))


# What a message gets that is given back without anybody saying for how long.
USUAL = Backoff()
