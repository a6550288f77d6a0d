"""Pauses that grow: for what is tried again until it works, or until its attempts or its time are over."""

from __future__ import annotations

import math

from attrs import frozen

from cloudkit._core.deadline import shortened
from cloudkit.types import Clock


def pause(clock: Clock, seconds: float) -> None:
    """Sleep between two attempts, not past the deadline: the one place where cloudkit does."""
    clock.sleep(shortened(seconds))


@frozen
class Backoff:
    """How long to wait between attempts.

    Attributes:
        first: Seconds before the second attempt.
        growth: How much longer each pause is than the one before.
        longest: Seconds where that ends.
        attempts: Attempts at most, the first one included. Default: as many as there is time for.
        limit: Seconds from the beginning to the last attempt. Default: as many as the attempts take.
    """

    first: float
    growth: float = 2.0
    longest: float = math.inf
    attempts: int | None = None
    limit: float | None = None

    def begin(self, clock: Clock) -> Pauses:
        """The pauses of one piece of work, whose first attempt begins now."""
        return Pauses(self, clock)


class Pauses:
    """The pauses of one piece of work that is tried again: `take()` one after each failure, as long as there is one."""

    def __init__(self, backoff: Backoff, clock: Clock) -> None:
        self._backoff = backoff
        self._clock = clock
        self._next = min(backoff.first, backoff.longest)
        self._end = math.inf if backoff.limit is None else clock.now() + backoff.limit
        self._begun = 1

    @property
    def left(self) -> float:
        """Seconds until the time is over; infinite if there is no limit to it."""
        return self._end - self._clock.now()

    def take(self) -> bool:
        """Sleep until the next attempt; False, at once, if there is none, since attempts or time are over."""
        left = self.left
        if left <= 0 or (self._backoff.attempts is not None and self._begun >= self._backoff.attempts):
            return False
        self._begun += 1
        pause(self._clock, min(self._clock.jitter(self._next), left))
        self._next = min(self._next * self._backoff.growth, self._backoff.longest)
        return True
