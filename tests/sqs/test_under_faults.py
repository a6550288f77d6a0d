"""What a consumer promises when things go wrong: nothing is lost, and nothing is deleted that was not worked on."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from cloudkit import Cloud
from cloudkit.sqs import Backoff, Counters, Hooks, Message, Queue
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import queue_on
from tests.sqs.server import FakeQueue, Stored

# What a busy machine may take longer than is promised.
SLOWNESS = 1.0


class HandlerError(Exception):
    pass


@pytest.mark.parametrize(("fifo", "messages"), [(False, 1000), (True, 300)])
def test_a_thousand_messages(faults: FaultServer, fifo: bool, messages: int) -> None:
    """5% handler errors, 10% duplicates, connections that are reset before and after the work was done."""
    dice = random.Random(8)

    def twice(message: Stored) -> bool:
        return message.receives == 1 and dice.random() < 0.1

    server = FakeQueue(faults.clock, fifo=fifo, visibility=30, twice=twice)
    server.idle = lambda seconds: faults.clock.advance(1)
    for number in range(messages):
        server.send(str(number), f"g{number % 25}" if fifo else None)

    def answer(request: Request) -> Reply:
        fate = dice.random()
        if fate < 0.02:
            return Reply(reset=True)
        reply = server(request)
        return Reply(reset=True) if fate < 0.04 else reply

    faults.otherwise(answer)
    lock = threading.Lock()
    worked: Counter[str] = Counter()
    order: list[int] = []
    failures = 0

    def work(message: Message) -> None:
        nonlocal failures
        with lock:
            if dice.random() < 0.05:
                failures += 1
                raise HandlerError
            worked[message.body] += 1
            if worked[message.body] == 1:
                order.append(int(message.body))

    seen_late: list[str] = []

    def acked(message: Message) -> None:
        if message.body not in worked:
            seen_late.append(message.body)

    counters = queue_on(faults, "jobs.fifo" if fifo else "jobs").consume(
        work,
        concurrency=16,
        retry=Backoff(1, max=4),
        lease=30,
        # A poll that was lost hides its messages for 30 seconds, and each empty one takes one.
        stop_when_empty=60,
        hooks=Hooks(on_ack=acked, on_fail=lambda message, error: None, on_lost=lambda message, error: None),
        on_error=lambda error: None,
    )
    assert set(worked) == {str(number) for number in range(messages)}
    assert not server.messages
    assert sorted(server.deleted, key=int) == [str(number) for number in range(messages)]
    assert seen_late == []
    assert failures > messages / 50
    assert counters.failed + counters.lost >= failures
    assert counters.received == sum(
        (
            counters.acked,
            counters.failed,
            counters.released,
            counters.lost,
            counters.unacked,
            counters.abandoned,
        )
    )
    if fifo:
        for group in range(25):
            of_group = [number for number in order if number % 25 == group]
            assert of_group == sorted(of_group)
    else:
        assert sum(worked.values()) > messages  # duplicates there were


# -- a process of its own ----------------------------------------------------------------------------------------


class Process:
    """A worker in another process, and what it has said."""

    def __init__(self, url: str, queue: Queue, what: str) -> None:
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sqs.workers", url, queue.name, what],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line.strip())

    def wait_for(self, text: str) -> None:
        until(lambda: any(text in line for line in self.said) or self._process.poll() is not None)
        assert any(text in line for line in self.said), self.said

    def signal(self, number: int) -> float:
        """Send it, and say how long the process took to end."""
        begun = time.monotonic()
        self._process.send_signal(number)
        self._process.wait(30)
        return time.monotonic() - begun

    @property
    def code(self) -> int | None:
        return self._process.returncode

    @property
    def counters(self) -> Counters:
        [line] = [line for line in self.said if line.startswith("end")]
        return Counters(**{name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)})

    def close(self) -> None:
        self._process.kill()
        self._process.wait(30)
        self._reader.join(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


@contextmanager
def worker(url: str, queue: Queue, what: str) -> Iterator[Process]:
    process = Process(url, queue, what)
    try:
        yield process
    finally:
        process.close()


@pytest.fixture
def queue(server_url: str, rig: Rig) -> Queue:
    return Queue.create(rig.name(), cloud=Cloud(region="us-east-1", endpoint_url=server_url))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_is_gone_within_a_second(server_url: str, queue: Queue, number: int) -> None:
    with worker(server_url, queue, "idle") as process:
        queue.send("first")
        process.wait_for("begun first")
        until(lambda: queue.counts.in_flight == 0)
        assert process.signal(number) < 1 + SLOWNESS
        process.wait_for("end")
        assert process.code == 0
        assert process.counters.acked == 1


def test_a_worker_finishes_what_it_has_begun_and_gives_back_the_rest(server_url: str, queue: Queue) -> None:
    queue.send_many(str(number) for number in range(5))
    with worker(server_url, queue, "slow") as process:
        process.wait_for("begun")
        until(lambda: queue.counts.in_flight == 5)
        begun = time.monotonic()
        stopping = threading.Thread(target=process.signal, args=(signal.SIGTERM,))
        stopping.start()
        until(lambda: queue.counts.visible >= 4)
        assert time.monotonic() - begun < 2 + SLOWNESS
        stopping.join(30)
        process.wait_for("end")
        assert (process.counters.acked, process.counters.released) == (1, 4)
        assert process.code == 0


def test_a_worker_whose_handler_does_not_end_is_gone_after_its_grace(server_url: str, queue: Queue) -> None:
    queue.send("x")
    with worker(server_url, queue, "endless") as process:
        process.wait_for("begun")
        took = process.signal(signal.SIGTERM)
        assert 2 <= took < 3.5 + SLOWNESS
        process.wait_for("end")
        assert process.code == 3
        assert process.counters.abandoned == 1
        assert queue.counts.in_flight == 1
