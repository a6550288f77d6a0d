"""Whether calls wait is found out from the time that they take and the work that they do."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from cloudkit._core.batching import Outcome, send_all
from cloudkit._core.latency import LONG_WAIT_SECONDS, Latency
from cloudkit.testing import FakeClock


class Times:
    """A machine on which a call takes the seconds that a test says, and works for some of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = self.worked = 0.0
        monkeypatch.setattr("cloudkit._core.latency.time.monotonic", lambda: self.passed)
        monkeypatch.setattr("cloudkit._core.latency.time.thread_time", lambda: self.worked)

    def call(self, passes: float, works: float = 0.0) -> None:
        self.passed += passes
        self.worked += works


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    return Times(monkeypatch)


def test_one_long_wait_is_enough(times: Times) -> None:
    latency = Latency()
    assert not latency.long
    latency.measure(lambda: times.call(2 * LONG_WAIT_SECONDS))
    assert latency.long


def test_work_is_no_waiting(times: Times) -> None:
    latency = Latency()
    for _ in range(20):
        latency.measure(lambda: times.call(1.0, works=1.0))
    assert not latency.long


def test_short_waits_count_if_they_go_on(times: Times) -> None:
    latency = Latency()
    found = []
    for _ in range(6):
        latency.measure(lambda: times.call(LONG_WAIT_SECONDS / 2))
        found.append(latency.long)
    assert found == [False, False, True, True, True, True]
    latency = Latency()
    for _ in range(50):
        latency.measure(lambda: times.call(LONG_WAIT_SECONDS / 2))
        for _ in range(4):
            latency.measure(lambda: times.call(0.0))
        assert not latency.long


def test_what_the_call_gives_and_raises_comes_through(times: Times) -> None:
    latency = Latency()
    assert latency.measure(lambda: 7) == 7

    def fail() -> None:
        times.call(1.0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        latency.measure(fail)
    assert latency.long


def test_batches_start_threads_only_once_calls_wait(times: Times) -> None:
    here, latency, seen = threading.get_ident(), Latency(), list[tuple[int, bool]]()
    lock = threading.Lock()

    def send(batch: Sequence[int]) -> Outcome[int]:
        with lock:
            number = batch[0]
            seen.append((number, threading.get_ident() == here))
            if number < 3:
                times.call(0.001, works=0.001)
            elif number == 3:
                times.call(1.0)
        return Outcome({0: number})

    done = send_all(iter(range(20)), send, clock=FakeClock(), most=1, workers=4, latency=latency)
    assert done == list(range(20))
    assert dict(seen) == {number: number <= 3 for number in range(20)}
    # It is known from then on.
    seen.clear()
    send_all(iter(range(5, 9)), send, clock=FakeClock(), most=1, workers=4, latency=latency)
    assert not any(own for _, own in seen)


def test_without_a_latency_threads_are_started_at_once() -> None:
    here, seen = threading.get_ident(), list[bool]()

    def send(batch: object) -> Outcome[int]:
        seen.append(threading.get_ident() == here)
        return Outcome({0: 0})

    send_all(iter(range(3)), send, clock=FakeClock(), most=1, workers=2)
    assert seen == [False, False, False]
    # One batch needs none.
    seen.clear()
    send_all([1], send, clock=FakeClock(), most=1, workers=2)
    assert seen == [True]
