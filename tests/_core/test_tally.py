"""Counting from any thread, and work that is done every so often: of no service."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, strategies as st

from cloudkit._core.deadline import deadline, in_force
from cloudkit._core.tally import Pulse, Tally, TallyClosed, afresh_after_fork

LONG = 30.0  # seconds: longer than a test, which fails by then


# -- counting ----------------------------------------------------------------------------------------------------


def test_what_is_the_same_is_counted_and_what_is_not_stands_apart() -> None:
    tally: Tally[str, int] = Tally(10)
    assert tally.add("a", 1.5, 1, 60, 100.0) == 1
    assert tally.add("a", 1.5, 2, 60, 119.9) == 0, "it is no new one"
    assert tally.add("a", 2.5, 1, 60, 119.9) == 2
    assert tally.add("a", 1.5, 1, 60, 120.0) == 3, "another period"
    assert tally.add("b", 1.5, 4, 60, 100.0) == 4
    assert tally.places == 3
    assert tally.take() == ({("a", 60): {1.5: 3, 2.5: 1}, ("a", 120): {1.5: 1}, ("b", 60): {1.5: 4}}, 0)
    assert tally.take() == ({}, 0)
    assert tally.places == 0


def test_a_value_of_now_is_in_the_period_of_now() -> None:
    tally: Tally[str, int] = Tally(10)
    before = time.time()
    tally.add("a", 1, 1, 1)
    ((key, begin),) = tally.take()[0]
    assert key == "a"
    assert before // 1 <= begin <= time.time()


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers(1, 9), st.integers(-300, 300))),
    st.sampled_from([1, 60]),
)
def test_nothing_is_lost_and_nothing_is_made_up(given: list[tuple[str, int, int, int]], grain: int) -> None:
    tally: Tally[str, int] = Tally(10_000)
    wanted: Counter[tuple[str, int, float]] = Counter()
    for key, value, times, moment in given:
        tally.add(key, value, times, grain, moment)
        wanted[key, moment - moment % grain, value] += times
    found, left_out = tally.take()
    assert left_out == 0
    assert {
        (*place, value): times for place, values in found.items() for value, times in values.items()
    } == wanted


def test_memory_is_bounded_and_what_is_left_out_is_said() -> None:
    tally: Tally[str, int] = Tally(2)
    for value in (1, 2, 3, 4, 1):
        tally.add("a", value, 1, 60, 0)
    assert tally.take() == ({("a", 0): {1: 2, 2: 1}}, 2)
    assert tally.add("a", 3, 1, 60, 0) == 1, "there is room again"
    assert tally.take() == ({("a", 0): {3: 1}}, 0)


def test_after_the_last_time_nothing_is_counted() -> None:
    tally: Tally[str, int] = Tally(2)
    tally.add("a", 1, 1, 60, 0)
    assert tally.take(last=True) == ({("a", 0): {1: 1}}, 0)
    with pytest.raises(TallyClosed):
        tally.add("a", 1, 1, 60, 0)
    assert tally.take() == ({}, 0)


def test_threads_count_and_one_takes() -> None:
    tally: Tally[int, int] = Tally(10_000)
    numbers, threads = 2000, 4

    def work(key: int) -> None:
        for number in range(numbers):
            tally.add(key % 2, number % 7, 1, 60, 0)

    running = [threading.Thread(target=work, args=(key,)) for key in range(threads)]
    for each in running:
        each.start()
    total = 0.0
    while any(each.is_alive() for each in running):
        total += sum(sum(values.values()) for values in tally.take()[0].values())
    total += sum(sum(values.values()) for values in tally.take()[0].values())
    assert total == numbers * threads


# -- every so often ----------------------------------------------------------------------------------------------


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.001)


def test_it_is_done_again_and_again_on_a_thread_of_its_own() -> None:
    done: list[tuple[bool, str]] = []
    pulse: Pulse[None] = Pulse(
        lambda last: done.append((last, threading.current_thread().name)), 0.001, LONG, "beating"
    )
    assert not pulse.running
    pulse.begin()
    pulse.begin()
    assert pulse.running
    until(lambda: len(done) >= 3)
    pulse.stop()
    assert set(done[:-1]) == {(False, "beating")}
    assert done[-1] == (True, threading.current_thread().name)
    assert not any(each.name == "beating" for each in threading.enumerate())
    count = len(done)
    pulse.begin()
    assert len(done) == count, "what was ended does not begin again"


def test_a_nudge_is_work_at_once() -> None:
    done = threading.Event()
    pulse: Pulse[None] = Pulse(lambda last: done.set(), LONG * 10, LONG, "nudged")
    pulse.begin()
    pulse.nudge()
    assert done.wait(LONG)
    pulse.stop()


def test_it_is_never_done_twice_at_once_and_gives_what_the_work_gives() -> None:
    within, most, numbers = [0], [0], count(1)

    def work(last: bool) -> int:
        within[0] += 1
        most[0] = max(most[0], within[0])
        time.sleep(0.001)
        within[0] -= 1
        return next(numbers)

    pulse = Pulse(work, 0.001, LONG, "single")
    pulse.begin()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(pulse.now())) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    last = pulse.stop()
    assert most == [1]
    assert len(set(found)) == len(threads)
    assert last is not None
    assert last > max(found)


def test_what_the_work_raises_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    done: list[bool] = []

    def work(last: bool) -> None:
        done.append(last)
        if len(done) == 1:
            raise RuntimeError("the first time")

    pulse: Pulse[None] = Pulse(work, 0.001, LONG, "stumbling")
    pulse.begin()
    until(lambda: len(done) >= 3)
    pulse.stop()
    assert "the first time" in caplog.text
    assert "stumbling raised" in caplog.text


def test_whoever_asks_for_it_is_told_what_it_raised() -> None:
    def work(last: bool) -> None:
        raise KeyError

    pulse: Pulse[None] = Pulse(work, LONG, LONG, "failing")
    with pytest.raises(KeyError):
        pulse.now()
    with pytest.raises(KeyError):
        pulse.stop()


def test_a_deadline_ends_the_wait_for_what_hangs(caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on = threading.Event(), threading.Event()
    lasts: list[bool] = []

    def work(last: bool) -> None:
        lasts.append(last)
        begun.set()
        go_on.wait(LONG)

    pulse: Pulse[None] = Pulse(work, LONG, LONG, "hanging")
    pulse.begin()
    pulse.nudge()
    assert begun.wait(LONG)
    begin = time.monotonic()
    with deadline(0.01):
        assert pulse.stop() is None
    assert time.monotonic() - begin < LONG
    assert lasts == [False], "it is not done twice at once"
    assert "hanging was not over in time" in caplog.text
    go_on.set()


def test_the_thread_works_under_no_deadline_of_whoever_began_it() -> None:
    limits: list[object] = []
    pulse: Pulse[None] = Pulse(lambda last: limits.append(in_force.get()), 0.001, LONG, "free")
    with deadline(LONG):
        pulse.begin()
        until(lambda: limits)
    pulse.stop()
    assert limits[0] is None


# -- processes ---------------------------------------------------------------------------------------------------


def in_a_child(work: Callable[[], int]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which this is about
        child = os.fork()
    if child == 0:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
def test_a_child_begins_afresh() -> None:
    tally: Tally[str, str] = Tally(10)
    tally.add("a", 1, 5, 60, 0)
    tally.waiting.append("waits")
    pulse: Pulse[None] = Pulse(lambda last: None, LONG, LONG, "parent's")
    pulse.begin()

    def work() -> int:
        if pulse.running or tally.waiting or tally.take() != ({}, 0):
            return 1
        tally.add("a", 1, 1, 60, 0)
        pulse.begin()
        alive = any(each.name == "parent's" for each in threading.enumerate())
        pulse.stop()
        return 0 if alive and tally.take()[0] == {("a", 0): {1: 1}} else 2

    assert in_a_child(work) == 0
    assert pulse.running
    assert tally.take()[0] == {("a", 0): {1: 5}}
    assert tally.waiting == ["waits"]
    pulse.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
def test_a_child_is_not_stopped_by_a_lock_that_its_parent_held() -> None:
    tally: Tally[str, int] = Tally(10)
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with tally._lock:
            held.set()
            over.wait(LONG)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(LONG)

    def work() -> int:
        tally.add("a", 1, 1, 60, 0)
        return tally.places

    assert in_a_child(work) == 1
    over.set()
    holder.join()


def test_nobody_is_kept_for_the_sake_of_forks() -> None:
    class Each:
        def _reset(self) -> None:
            pass

    each = Each()
    afresh_after_fork(each)
    gone = weakref.ref(each)
    del each
    gc.collect()
    assert gone() is None


def ended(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert "Traceback" not in run.stderr
    return run.stdout


def test_the_end_of_the_process_is_the_last_time() -> None:
    code = (
        "from cloudkit._core.tally import Pulse\n"
        "pulse = Pulse(lambda last: print('last' if last else 'work'), 60, 10, 'x')\n"
        "pulse.begin()\n"
    )
    assert ended(code) == "last\n"
    assert ended(code + "pulse.stop()\n") == "last\n", "once is enough"


def test_the_process_ends_although_the_work_hangs() -> None:
    code = (
        "import threading\n"
        "from cloudkit._core.tally import Pulse\n"
        "begun = threading.Event()\n"
        "def work(last):\n"
        "    begun.set()\n"
        "    threading.Event().wait()\n"
        "pulse = Pulse(work, 60, 0.1, 'x')\n"
        "pulse.begin()\n"
        "pulse.nudge()\n"
        "begun.wait()\n"
        "print('ends')\n"
    )
    assert ended(code) == "ends\n"
