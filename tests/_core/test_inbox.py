from __future__ import annotations

import math
import threading
import time

from cloudkit._core.inbox import Inbox
from cloudkit.testing import FakeClock
from cloudkit.types import SystemClock


def test_things_come_out_in_order() -> None:
    inbox: Inbox[int] = Inbox()
    inbox.put(1)
    assert inbox.offer(2)
    clock = FakeClock()
    assert [inbox.take(clock, math.inf), inbox.take(clock, 0)] == [1, 2]
    assert inbox.take(clock, clock.now()) is None
    assert clock.slept == []


def test_what_is_put_in_meanwhile_ends_the_wait() -> None:
    inbox: Inbox[str] = Inbox()
    threading.Timer(0.02, inbox.put, ["here"]).start()
    assert inbox.take(SystemClock(), math.inf) == "here"


def test_nothing_comes_in_time() -> None:
    clock = SystemClock()
    begun = time.monotonic()
    assert Inbox[int]().take(clock, clock.now() + 0.02) is None
    assert 0.015 <= time.monotonic() - begun < 2


def test_a_clock_that_does_not_move_by_itself_is_moved() -> None:
    clock = FakeClock()
    ends = clock.now() + 0.02
    assert Inbox[int]().take(clock, ends) is None
    assert clock.now() == ends


def test_after_the_closing_nothing_is_taken() -> None:
    inbox: Inbox[int] = Inbox()
    inbox.put(1)
    inbox.put(2)
    assert inbox.close() == [1, 2]
    assert not inbox.offer(3)
    assert inbox.close() == []
