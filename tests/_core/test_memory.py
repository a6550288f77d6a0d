from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

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
