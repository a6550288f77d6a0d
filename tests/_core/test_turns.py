from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudkit import deadline
from cloudkit._core import turns
from cloudkit._core.turns import turn
from cloudkit.errors import DeadlineExceeded


def test_one_thread_at_a_time() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with turn("a", 1):
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.002)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert most == 1


def test_other_keys_have_other_turns() -> None:
    met = threading.Barrier(2)

    def work(key: str) -> int:
        with turn(key):
            return met.wait(10)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, "ab")) == [0, 1]


def test_a_thread_may_enter_again_and_an_error_leaves() -> None:
    with pytest.raises(ZeroDivisionError), turn("a"), turn("a"):
        1 / 0  # noqa: B018
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: turn("a").__enter__()).result(10) is None


def test_nothing_is_kept_of_a_turn_that_is_over() -> None:
    with turn("kept"):
        assert ("kept",) in turns._turns
    assert ("kept",) not in turns._turns


def test_waiting_ends_with_the_deadline() -> None:
    with ThreadPoolExecutor(1) as pool:
        over = threading.Event()
        held = threading.Event()

        def hold() -> None:
            with turn("held"):
                held.set()
                over.wait(10)

        holding = pool.submit(hold)
        assert held.wait(10)
        with pytest.raises(DeadlineExceeded), deadline(0.05), turn("held"):
            pass
        over.set()
        holding.result(10)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_process_is_not_held_up() -> None:
    with ThreadPoolExecutor(1) as pool:
        over = threading.Event()
        held = threading.Event()

        def hold() -> None:
            with turn("held"):
                held.set()
                over.wait(10)

        holding = pool.submit(hold)
        assert held.wait(10)
        child = os.fork()
        if child == 0:
            with turn("held"):
                os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        over.set()
        holding.result(10)
