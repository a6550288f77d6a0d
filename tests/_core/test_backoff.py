from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, strategies as st

from cloudkit._core import backoff
from cloudkit._core.backoff import Backoff
from cloudkit.testing import FakeClock
from cloudkit.types import SystemClock

# What sums of floats may be off by.
ROUNDING = 1e-6


class Shaky(FakeClock):
    """A clock whose jitter is the machine's own, and on which work takes time too."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.asked: list[float] = []
        self.random = random.Random(seed)

    def jitter(self, seconds: float) -> float:
        self.asked.append(seconds)
        return seconds * self.random.uniform(0.5, 1.0)


def taken(how: Backoff, clock: FakeClock, *, work: float = 0.0, most: int = 1000) -> int:
    """Fail until there is no attempt left; the attempts that there were."""
    pauses = how.begin(clock)
    for attempt in range(1, most):
        clock.advance(work)
        if not pauses.take():
            return attempt
    return most


def test_pauses_grow_until_they_do_not() -> None:
    clock = FakeClock()
    assert taken(Backoff(0.1, growth=3, longest=1.0, attempts=6), clock) == 6
    assert clock.slept == pytest.approx([0.1, 0.3, 0.9, 1.0, 1.0])


def test_the_last_attempt_is_made_as_the_time_ends() -> None:
    clock = FakeClock()
    assert taken(Backoff(1, limit=10), clock) == 5
    assert clock.slept == [1, 2, 4, 3]


def test_one_attempt_is_no_pause() -> None:
    clock = FakeClock()
    assert taken(Backoff(1, attempts=1), clock) == 1
    assert taken(Backoff(1, limit=0), clock) == 1
    assert taken(Backoff(1, limit=5), clock, work=5) == 1
    assert clock.slept == []


def test_one_that_has_ended_stays_so() -> None:
    clock = FakeClock()
    pauses = Backoff(1, attempts=2).begin(clock)
    assert [pauses.take() for _ in range(4)] == [True, False, False, False]
    assert clock.slept == [1]


def test_what_is_left() -> None:
    clock = FakeClock()
    assert Backoff(1).begin(clock).left == math.inf
    pauses = Backoff(1, limit=10).begin(clock)
    clock.advance(4)
    assert pauses.left == 6
    assert pauses.take()
    assert pauses.left == 5


def test_each_piece_of_work_begins_anew() -> None:
    clock, how = FakeClock(), Backoff(1, attempts=3)
    assert [taken(how, clock), taken(how, clock)] == [3, 3]
    assert clock.slept == [1, 2, 1, 2]


def test_there_is_one_place_to_bound_all_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(backoff, "pause", lambda clock, seconds: slept.append(seconds))
    clock = FakeClock()
    assert taken(Backoff(1, attempts=3), clock) == 3
    assert (slept, clock.slept) == ([1, 2], [])


def test_many_attempts_do_not_overflow() -> None:
    clock = FakeClock()
    assert taken(Backoff(1, growth=1e10, longest=2, attempts=2000), clock, most=3000) == 2000
    assert max(clock.slept) == 2


seconds = st.floats(0.001, 100)


@given(
    first=seconds,
    growth=st.floats(1, 10),
    longest=seconds,
    attempts=st.none() | st.integers(1, 30),
    limit=st.floats(0, 1000),
    work=st.floats(0, 20),
    seed=st.integers(0, 1000),
)
def test_never_past_the_limit_and_never_out_of_bounds(
    first: float, growth: float, longest: float, attempts: int | None, limit: float, work: float, seed: int
) -> None:
    clock = Shaky(seed)
    begun = clock.now()
    how = Backoff(first, growth, longest, attempts, limit)
    pauses = how.begin(clock)
    made = 1
    while made < 500:
        clock.advance(work)
        before = clock.now()
        if not pauses.take():
            assert made == attempts or before - begun >= limit - ROUNDING
            break
        made += 1
        assert clock.now() - begun <= limit + ROUNDING
    assert attempts is None or made <= attempts
    assert len(clock.slept) == made - 1
    wanted, nominal = [], min(first, longest)
    for _ in clock.slept:
        wanted.append(nominal)
        nominal = min(nominal * growth, longest)
    assert clock.asked == wanted
    whole = clock.slept[:-1]  # the last one may be cut short by the limit
    assert all(0.5 * asked <= slept <= asked for asked, slept in zip(wanted, whole, strict=False))
    assert all(slept <= asked for asked, slept in zip(wanted, clock.slept, strict=True))


@given(seconds)
def test_the_machine_s_clock_spreads_pauses_and_never_lengthens_them(wanted: float) -> None:
    assert all(wanted / 2 <= SystemClock().jitter(wanted) <= wanted for _ in range(20))
