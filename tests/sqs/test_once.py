from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cloudkit import InvalidRequest
from cloudkit.sqs import Once, OnceInMemory
from cloudkit.testing import FakeClock


def test_work_is_begun_finished_and_not_begun_again() -> None:
    once = OnceInMemory(60, clock=FakeClock())
    assert once.begin("k", owner="a", seconds=30) == "begun"
    assert once.begin("k", owner="b", seconds=30) == "busy"
    assert once.begin("other", owner="b", seconds=30) == "begun"
    once.finish("k")
    assert once.begin("k", owner="b", seconds=30) == "done"
    assert len(once) == 2


def test_what_is_done_is_remembered_for_a_while() -> None:
    clock = FakeClock()
    once = OnceInMemory(timedelta(minutes=1), clock=clock)
    once.finish("k")
    clock.advance(59)
    assert once.begin("k", owner="a", seconds=30) == "done"
    clock.advance(2)
    assert once.begin("k", owner="a", seconds=30) == "begun"


def test_who_died_bars_nobody_for_long() -> None:
    clock = FakeClock()
    once = OnceInMemory(clock=clock)
    once.begin("k", owner="a", seconds=30)
    clock.advance(20)
    once.keep("k", owner="a", seconds=30)
    clock.advance(29)
    assert once.begin("k", owner="b", seconds=30) == "busy"
    clock.advance(1)
    assert once.begin("k", owner="b", seconds=30) == "begun"


def test_who_lost_it_changes_nothing() -> None:
    clock = FakeClock()
    once = OnceInMemory(clock=clock)
    once.begin("k", owner="a", seconds=30)
    clock.advance(30)
    once.begin("k", owner="b", seconds=30)
    once.forget("k", owner="a")
    once.keep("k", owner="a", seconds=1000)
    assert once.begin("k", owner="c", seconds=30) == "busy"
    clock.advance(30)
    assert once.begin("k", owner="c", seconds=30) == "begun"


def test_what_failed_may_be_begun_again() -> None:
    once = OnceInMemory(clock=FakeClock())
    once.begin("k", owner="a", seconds=30)
    once.forget("k", owner="a")
    assert len(once) == 0
    assert once.begin("k", owner="b", seconds=30) == "begun"
    once.finish("k")
    once.forget("k", owner="b")  # it is done, whatever comes after
    assert once.begin("k", owner="c", seconds=30) == "done"


def test_a_claim_may_last_longer_than_what_is_done_is_remembered() -> None:
    clock = FakeClock()
    once = OnceInMemory(1, clock=clock)
    once.begin("k", owner="a", seconds=3600)
    clock.advance(1800)
    assert once.begin("k", owner="b", seconds=30) == "busy"


def test_the_oldest_make_room() -> None:
    once = OnceInMemory(most=3, clock=FakeClock())
    for number in range(10):
        once.finish(str(number))
    assert len(once) == 3
    assert once.begin("9", owner="a", seconds=30) == "done"
    assert once.begin("0", owner="a", seconds=30) == "begun"


@pytest.mark.parametrize("options", [{"seconds": 0}, {"seconds": float("nan")}, {"most": 0}])
def test_a_memory_that_remembers_nothing(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="nothing would be remembered"):
        OnceInMemory(**options)


def test_of_many_at_once_one_begins() -> None:
    once: Once = OnceInMemory()
    barrier = threading.Barrier(16)

    def begin(owner: int) -> str:
        barrier.wait(10)
        return once.begin("k", owner=str(owner), seconds=30)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(begin, range(16)))
    assert sorted(found) == ["begun", *["busy"] * 15]


class Laws(RuleBasedStateMachine):
    """What each memory must keep to, whatever happens in whatever order."""

    @initialize()
    def start(self) -> None:
        self.clock = FakeClock()
        self.once = OnceInMemory(100, clock=self.clock)
        self.holder: tuple[str, float] | None = None
        self.done_until = 0.0

    @rule(owner=st.sampled_from("ab"), seconds=st.integers(1, 60))
    def begin(self, owner: str, seconds: int) -> None:
        now = self.clock.now()
        found = self.once.begin("k", owner=owner, seconds=seconds)
        if self.done_until > now:
            assert found == "done"
        elif self.holder is not None and self.holder[1] > now and self.holder[0] != owner:
            assert found == "busy"
        else:
            assert found == "begun"
            self.holder = (owner, now + seconds)

    @rule(owner=st.sampled_from("ab"), seconds=st.integers(1, 60))
    def keep(self, owner: str, seconds: int) -> None:
        self.once.keep("k", owner=owner, seconds=seconds)
        if self.holder is not None and self.holder[0] == owner and self.done_until <= self.clock.now():
            self.holder = (owner, self.clock.now() + seconds)

    @rule()
    def finish(self) -> None:
        self.once.finish("k")
        self.done_until = self.clock.now() + 100
        self.holder = None

    @rule(owner=st.sampled_from("ab"))
    def forget(self, owner: str) -> None:
        self.once.forget("k", owner=owner)
        if self.holder is not None and self.holder[0] == owner:
            self.holder = None

    @rule(seconds=st.integers(1, 70))
    def time_goes_by(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @invariant()
    def one_key(self) -> None:
        assert len(self.once) <= 1 if hasattr(self, "once") else True


TestLaws = Laws.TestCase
TestLaws.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
