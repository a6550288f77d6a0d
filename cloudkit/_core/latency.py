"""Whether calls wait for their answers, or keep the processor busy: then threads would only get in each other's way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# A call waits for its answer for longer, on any network, than it has work of its own; on loopback it does not. A machine
# that is busy with something else makes it wait too, now and then.
LONG_WAIT_SECONDS = 0.01
OF_EARLIER_WAITS = 0.75


class Latency:
    """What was found out so far about the calls to one server. Shared by threads."""

    def __init__(self) -> None:
        self._lately = 0.0

    @property
    def long(self) -> bool:
        """Whether they wait: one did for long, or several one after the other did for a while."""
        return self._lately > LONG_WAIT_SECONDS

    def measure(self, call: Callable[[], T]) -> T:
        """Make a call, on this thread, and see how long it waits; while no other is made, or it waits for that too."""
        began, worked = time.monotonic(), time.thread_time()
        try:
            return call()
        finally:
            waited = (time.monotonic() - began) - (time.thread_time() - worked)
            self._lately = self._lately * OF_EARLIER_WAITS + waited
