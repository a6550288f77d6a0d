from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudkit import DeadlineExceeded, deadline
from cloudkit._core.memory import Memory
from cloudkit.testing import FakeClock


def test_values_last_for_a_while() -> None:
    clock = FakeClock()
    memory: Memory[str, int] = Memory(10, 60.0, clock)
    memory.put("a", 1)
    assert (memory.get("a"), memory.get("b"), len(memory)) == (1, None, 1)
    clock.advance(61)
    assert (memory.get("a"), len(memory)) == (None, 0)


def test_the_oldest_make_room() -> None:
    memory: Memory[int, int] = Memory(3, 60.0, FakeClock())
    for number in range(5):
        memory.put(number, number)
    assert len(memory) == 3
    assert memory.get(4) == 4
    assert memory.get(0) is None


def test_of_many_threads_one_is_the_first() -> None:
    memory: Memory[int, None] = Memory(10_000, 60.0, FakeClock())
    with ThreadPoolExecutor(8) as pool:
        firsts = sum(pool.map(lambda number: memory.put_new(number % 100, None), range(2_000)))
    assert firsts == 100
    memory.forget(5)
    memory.forget(5)
    assert memory.put_new(5, None)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_process_is_not_held_up() -> None:
    memory: Memory[str, int] = Memory(10, 60.0, FakeClock())
    memory.put("a", 1)
    with memory._lock:  # as another thread holds it at the fork
        child = os.fork()
        if child == 0:
            os._exit(0 if memory.get("a") == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0


class Ticking(FakeClock):
    """Every look at it moves it on, so that values end between one line and the next."""

    def now(self) -> float:
        self.advance(25.0)
        return super().now()


def test_values_that_end_at_this_very_moment() -> None:
    memory: Memory[str, int] = Memory(10, 60.0, Ticking())
    for _ in range(50):
        memory.put("a", 1)
        assert memory.get("a") in (1, None)
        memory.put("a", 1)
        memory.forget("a")
        assert memory.get("a") is None
        assert memory.get_or_make("a", lambda: 1) in (1, None)
        memory.put_new("a", 1)


def test_one_that_is_none_is_told_from_none() -> None:
    memory: Memory[str, None] = Memory(10, 60.0, FakeClock())
    with pytest.raises(KeyError):
        memory["a"]
    memory.put("a", None)
    assert memory["a"] is None


def test_of_many_who_ask_at_once_one_makes_it() -> None:
    memory: Memory[str, int] = Memory(10, 60.0, FakeClock())
    asked, go = threading.Barrier(9), threading.Event()
    made: list[int] = []

    def make() -> int:
        assert go.wait(5)
        made.append(1)
        return 7

    def ask(_: int) -> int | None:
        asked.wait(5)
        return memory.get_or_make("a", make)

    with ThreadPoolExecutor(8) as pool:
        found = pool.map(ask, range(8))
        asked.wait(5)
        assert memory.get_or_make("b", lambda: 8) == 8  # nobody else is held up
        go.set()
        assert list(found) == [7] * 8
    assert made == [1]
    assert memory.get_or_make("a", make) == 7
    assert made == [1]


def test_who_waited_for_one_that_failed_is_told_so() -> None:
    memory: Memory[str, int] = Memory(10, 60.0, FakeClock())
    begun, go = threading.Event(), threading.Event()

    def fail() -> int:
        begun.set()
        assert go.wait(5)
        raise ConnectionError("away")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.get_or_make, "a", fail)
        assert begun.wait(5)
        other = pool.submit(memory.get_or_make, "a", lambda: 7)
        with deadline(0.05), pytest.raises(DeadlineExceeded):
            memory.get_or_make("a", lambda: 7)
        go.set()
        with pytest.raises(ConnectionError):
            first.result()
        assert other.result() in (None, 7)  # 7 if it came when the first was gone already
    assert memory.get_or_make("a", lambda: 7) == 7


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_process_waits_for_nothing_that_only_the_parent_makes() -> None:
    memory: Memory[str, int] = Memory(10, 60.0, FakeClock())
    begun, go = threading.Event(), threading.Event()

    def make() -> int:
        begun.set()
        assert go.wait(5)
        return 7

    with ThreadPoolExecutor(1) as pool:
        pool.submit(memory.get_or_make, "a", make)
        assert begun.wait(5)
        child = os.fork()
        if child == 0:
            with deadline(2):
                os._exit(0 if memory.get_or_make("a", lambda: 8) == 8 else 1)
        go.set()
    assert os.waitpid(child, 0)[1] == 0
    assert memory.get("a") == 7


def test_a_value_is_changed_in_one_step() -> None:
    clock = FakeClock()
    memory: Memory[str, int] = Memory(10, 60.0, clock)
    memory.change("a", lambda found: 1 if found is None else 2)
    memory.change("a", lambda found: (found or 0) + 10)
    assert memory.get("a") == 11
    memory.change("a", lambda found: None)
    memory.change("a", lambda found: None)
    assert len(memory) == 0
    memory.put("a", 1)
    clock.advance(61)
    memory.change("a", lambda found: 1 if found is None else 2)
    assert memory.get("a") == 1
