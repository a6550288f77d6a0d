from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType

import pytest

from cloudkit._core.signals import stopped_by_signals


@pytest.fixture
def usual() -> Iterator[list[int]]:
    """What SIGTERM did before: it is noted."""
    seen: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        seen.append(number)

    before = signal.signal(signal.SIGTERM, note)
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_the_first_signal_stops_and_the_second_does_what_it_did(usual: list[int]) -> None:
    stops: list[bool] = []
    with stopped_by_signals(lambda: stops.append(True)) as listening:
        assert listening
        os.kill(os.getpid(), signal.SIGTERM)
        assert (stops, usual) == ([True], [])
        os.kill(os.getpid(), signal.SIGTERM)
        assert (stops, usual) == ([True], [signal.SIGTERM])
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_stops_too(usual: list[int]) -> None:
    stops: list[bool] = []
    with stopped_by_signals(lambda: stops.append(True)):
        os.kill(os.getpid(), signal.SIGINT)
    assert stops == [True]


def test_all_is_put_back_at_the_end(usual: list[int]) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with suppress(ValueError), stopped_by_signals(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is not before[0]
        raise ValueError
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_blocks_within_each_other(usual: list[int]) -> None:
    stops: list[str] = []
    with stopped_by_signals(lambda: stops.append("outer")):
        with stopped_by_signals(lambda: stops.append("inner")):
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
    assert stops == ["inner", "outer"]


def test_other_threads_listen_to_nothing(usual: list[int]) -> None:
    found: list[bool] = []

    def work() -> None:
        with stopped_by_signals(lambda: None) as listening:
            found.append(listening)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]


CHILD = """
import os, signal
from cloudkit._core.signals import stopped_by_signals

with stopped_by_signals(lambda: None):
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), signal.SIGTERM)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(os.WTERMSIG(status))
"""


def test_a_child_of_a_fork_does_as_before() -> None:
    # In a process of its own: this one may have threads, and is not to be forked.
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=60)
    assert (done.stdout.split(), done.stderr) == ([str(int(signal.SIGTERM))], "")
