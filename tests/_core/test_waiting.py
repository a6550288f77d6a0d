from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit._core.waiting import LONGEST_PAUSE_SECONDS, wait_for_state, wait_until
from cloudkit.errors import AccessDenied, InvalidRequest, WaitFailed, WaitTimeout
from cloudkit.testing import FakeClock
from cloudkit.types import Clock, SystemClock
from tests.faults import LATE_SECONDS


def until(poll: Callable[[], int], wanted: int, *, timeout: float | timedelta, clock: Clock) -> int:
    return wait_until(poll, lambda seen: seen == wanted, timeout=timeout, clock=clock, what="the number")


class Counting:
    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> int:
        self.looks += 1
        return self.looks


def test_one_look_may_be_enough() -> None:
    clock, poll = FakeClock(), Counting()
    assert until(poll, 1, timeout=10, clock=clock) == 1
    assert (poll.looks, clock.slept) == (1, [])


def test_pauses_grow_up_to_a_limit_and_the_last_one_ends_with_the_time() -> None:
    clock, poll = FakeClock(), Counting()
    with pytest.raises(WaitTimeout) as caught:
        until(poll, -1, timeout=timedelta(seconds=100), clock=clock)
    assert sum(clock.slept) == pytest.approx(100)
    assert clock.slept[:3] == [1.0, 1.5, 2.25]
    assert max(clock.slept) == LONGEST_PAUSE_SECONDS
    assert clock.slept[:-1] == sorted(clock.slept[:-1])
    # One look before each pause, and a last one when the time is over.
    assert poll.looks == len(clock.slept) + 1
    assert caught.value.pending == (str(poll.looks),)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.retryable
    assert "waited 100 s for the number" in str(caught.value)
    assert "timeout=" in str(caught.value.hint)


@given(st.floats(0.01, 500, allow_nan=False), st.integers(1, 60))
@settings(deadline=None)
def test_the_deadline_is_never_passed(timeout: float, wanted: int) -> None:
    clock, poll = FakeClock(), Counting()
    begun = clock.now()
    try:
        assert until(poll, wanted, timeout=timeout, clock=clock) == wanted == poll.looks
    except WaitTimeout:
        assert poll.looks < wanted
        assert clock.now() - begun == pytest.approx(timeout)
    assert clock.now() - begun <= timeout + 1e-6


@pytest.mark.parametrize("timeout", [0, -1, timedelta(0), 0.0])
def test_a_time_that_is_none(timeout: float) -> None:
    poll = Counting()
    with pytest.raises(InvalidRequest, match="more than 0"):
        until(poll, 1, timeout=timeout, clock=FakeClock())
    assert poll.looks == 0


@pytest.mark.parametrize("timeout", [0.1, 0.6])
def test_a_server_that_hangs_does_not_outstay_the_deadline(timeout: float) -> None:
    release = threading.Event()

    def hang() -> int:
        release.wait(30)
        return 0

    begun = time.monotonic()
    with pytest.raises(WaitTimeout, match="no answer yet"):
        until(hang, 1, timeout=timeout, clock=SystemClock())
    took = time.monotonic() - begun
    release.set()
    assert timeout <= took < timeout + LATE_SECONDS


def test_a_server_that_begins_to_hang_does_not_either() -> None:
    release = threading.Event()
    poll = Counting()

    def look() -> int:
        if poll() > 1:
            release.wait(30)
        return 0

    begun = time.monotonic()
    with pytest.raises(WaitTimeout, match="0"):
        until(look, 1, timeout=0.3, clock=SystemClock())
    took = time.monotonic() - begun
    release.set()
    assert took < 1.3


def test_the_last_look_is_waited_for() -> None:
    clock = FakeClock()

    def look() -> int:
        if clock.now() >= 1010:  # only once the time is over
            time.sleep(0.05)
            return 1
        return 0

    assert until(look, 1, timeout=10, clock=clock) == 1


def test_an_error_of_a_look_comes_through_as_it_is() -> None:
    mine = AccessDenied("no")

    def look() -> int:
        raise mine

    with pytest.raises(AccessDenied) as caught:
        until(look, 1, timeout=10, clock=FakeClock())
    assert caught.value is mine


def test_looks_carry_the_caller_s_context() -> None:
    name: contextvars.ContextVar[int] = contextvars.ContextVar("name", default=0)
    name.set(7)
    assert until(name.get, 7, timeout=1, clock=FakeClock()) == 7


# -- states ------------------------------------------------------------------------------------------------------


class Boxes:
    """Things whose states follow a script, one step a look."""

    def __init__(self, **scripts: Sequence[str]) -> None:
        self.scripts = {name: list(script) for name, script in scripts.items()}
        self.asked: list[list[str]] = []

    def look(self, names: Sequence[str]) -> list[str]:
        self.asked.append(list(names))
        return [
            self.scripts[name].pop(0) if len(self.scripts[name]) > 1 else self.scripts[name][0]
            for name in names
        ]

    def wait(self, wanted: str, *, timeout: float = 60, clock: FakeClock | None = None) -> None:
        wait_for_state(
            list(self.scripts),
            wanted,
            look=self.look,
            dead_ends={"terminated", "failed"},
            reason=lambda name: f"{name} ran out of luck" if name == "b" else None,
            timeout=timeout,
            clock=clock or FakeClock(),
        )


def test_many_are_polled_with_one_look_and_those_that_are_there_no_more() -> None:
    boxes = Boxes(a=["pending", "running"], b=["pending", "pending", "running"], c=["running"])
    boxes.wait("running")
    assert boxes.asked == [["a", "b", "c"], ["a", "b"], ["b"]]


def test_nothing_to_wait_for_needs_no_look() -> None:
    boxes = Boxes()
    boxes.wait("running")
    assert boxes.asked == []


def test_a_dead_end_fails_at_once_with_aws_s_reason() -> None:
    boxes, clock = Boxes(a=["pending"], b=["pending", "terminated"]), FakeClock()
    with pytest.raises(
        WaitFailed, match="b is terminated, and cannot become running: b ran out of luck"
    ) as caught:
        boxes.wait("running", clock=clock)
    assert (caught.value.reason, caught.value.resource) == ("b ran out of luck", "b")
    assert clock.slept == [1.0]


def test_a_dead_end_without_a_reason() -> None:
    with pytest.raises(WaitFailed, match="a is failed, and cannot become running$") as caught:
        Boxes(a=["failed"]).wait("running")
    assert caught.value.reason is None


def test_the_wanted_state_is_no_dead_end() -> None:
    Boxes(a=["running", "terminated"]).wait("terminated")


def test_those_that_are_late_are_named_with_their_states() -> None:
    boxes = Boxes(a=["running"], b=["pending", "starting"], c=["pending"], d=["running"])
    with pytest.raises(
        WaitTimeout, match=r"a, b, c \.\.\. to be running: b is starting; c is pending"
    ) as caught:
        boxes.wait("running", timeout=5)
    assert caught.value.pending == ("b is starting", "c is pending")
    assert boxes.asked[0] == ["a", "b", "c", "d"]
    assert all(asked == ["b", "c"] for asked in boxes.asked[1:])
