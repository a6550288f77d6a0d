"""Work that is done once, in a consumer at work."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cloudkit import Bucket, ServiceError
from cloudkit.sqs import Backoff, Counters, Hooks, Message, OnceInBucket, OnceInMemory, Queue
from cloudkit.testing import FakeClock
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.sqs.answers import queue_on
from tests.sqs.server import FakeQueue

SECONDS = 30


def serving(faults: FaultServer) -> FakeQueue:
    """A queue that the scripted server has; a poll that finds nothing takes a second of its clock."""
    queue = FakeQueue(faults.clock)
    queue.idle = lambda _seconds: faults.clock.advance(1)
    faults.otherwise(queue)
    return queue


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


class Noting(OnceInMemory):
    """A memory that says what it was asked, and is out of reach when a test wants that."""

    def __init__(self, clock: FakeClock, broken: str = "", error: Exception | None = None) -> None:
        super().__init__(3600, clock=clock)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "broken", broken)
        object.__setattr__(self, "error", error or ServiceError("away", retryable=True))

    asked: list[str]
    broken: str
    error: Exception

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what == self.broken:
            raise self.error

    def begin(self, key: str, /, *, owner: str, seconds: float) -> Any:
        self._note("begin")
        return super().begin(key, owner=owner, seconds=seconds)

    def keep(self, key: str, /, *, owner: str, seconds: float) -> None:
        self._note("keep")
        super().keep(key, owner=owner, seconds=seconds)

    def finish(self, key: str, /) -> None:
        self._note("finish")
        super().finish(key)

    def forget(self, key: str, /, *, owner: str) -> None:
        self._note("forget")
        super().forget(key, owner=owner)


def consume(queue: Queue[Any], work: Callable[[Message[Any]], object], **options: Any) -> Counters:
    given = {"stop_when_empty": True, "lease": 43_200, "retry": Backoff(0), **options}
    given.setdefault("hooks", Hooks(on_fail=lambda message, error: None))
    return queue.consume(work, **given)


def test_work_that_was_done_is_skipped(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    once = OnceInMemory(clock=rig.clock)
    bodies: list[str] = []
    for _ in range(2):
        queue.send_many(["pay 7", "pay 8"])
        counters = consume(
            queue,
            lambda message: bodies.append(message.body),
            once=once,
            key=lambda message: message.body,
            wait=0,
        )
    assert sorted(bodies) == ["pay 7", "pay 8"]
    assert (counters.received, counters.acked, counters.repeated) == (2, 2, 2)
    assert queue.counts.visible == queue.counts.in_flight == 0


def test_messages_are_known_by_their_ids(rig: Rig) -> None:
    """And not by their bodies: two orders may be the same."""
    queue = Queue.create(rig.name())
    queue.send_many(["pay 7", "pay 7"])
    bodies: list[str] = []
    once = OnceInMemory(clock=rig.clock)
    counters = consume(queue, lambda message: bodies.append(message.body), once=once, wait=0)
    assert (bodies, counters.repeated) == (["pay 7"] * 2, 0)
    assert len(once) == 2


def test_queues_that_share_a_memory_share_no_work(rig: Rig) -> None:
    once = OnceInMemory(clock=rig.clock)
    bodies: list[str] = []
    for _ in range(2):
        queue = Queue.create(rig.name())
        queue.send("7")
        consume(
            queue, lambda message: bodies.append(message.body), once=once, key=lambda each: each.body, wait=0
        )
    assert bodies == ["7", "7"]


def test_a_failure_is_forgotten_so_that_it_is_tried_again(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    once = Noting(faults.clock)
    receives: list[int] = []

    def work(message: Message) -> None:
        receives.append(message.receives)
        if message.receives == 1:
            raise ValueError("no")

    counters = consume(queue_on(faults), work, once=once)
    assert receives == [1, 2]
    assert once.asked == ["begin", "forget", "begin", "finish"]
    assert (counters.failed, counters.acked, counters.repeated) == (1, 1, 0)


def test_what_the_handler_gave_back_is_forgotten(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    once = Noting(faults.clock)

    def work(message: Message) -> None:
        if message.receives == 1:
            message.release()
        else:
            message.delete()

    counters = consume(queue_on(faults), work, once=once)
    assert once.asked == ["begin", "forget", "begin", "finish"]
    assert (counters.released, counters.acked) == (1, 1)


def test_an_ack_that_got_lost_is_made_up_for(faults: FaultServer) -> None:
    """The process ends between its handler and the delete: the message comes again, and its work is not done again."""
    server = serving(faults)
    server.send("x")
    queue = queue_on(faults)
    once = OnceInMemory(clock=faults.clock)
    once.finish(f"{queue.name}/id-0")
    ran: list[str] = []
    repeats: list[str] = []
    counters = consume(
        queue,
        lambda message: ran.append(message.body),
        once=once,
        hooks=Hooks(on_repeat=lambda message: repeats.append(message.body)),
    )
    assert (ran, repeats, server.deleted) == ([], ["x"], ["x"])
    assert (counters.acked, counters.repeated) == (1, 1)


def test_work_that_another_process_is_at_is_waited_for(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    queue = queue_on(faults)
    once = OnceInMemory(clock=faults.clock)
    once.begin(f"{queue.name}/id-0", owner="another", seconds=50)
    ran: list[float] = []
    begun = faults.clock.now()
    counters = consume(
        queue,
        lambda message: ran.append(faults.clock.now() - begun),
        once=once,
        lease=30,
        stop_when_empty=150,
    )
    assert len(ran) == 1
    assert ran[0] >= 50  # the other one has died
    assert counters.acked == 1
    assert counters.released >= 1


def test_without_the_memory_nothing_is_begun(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    ran: list[str] = []
    told: list[BaseException] = []
    for error in (ServiceError("away", retryable=True), KeyError("a bug of its own")):
        counters = consume(
            queue_on(faults),
            lambda message: ran.append(message.body),
            once=Noting(faults.clock, "begin", error),
            retry=Backoff(600),
            hooks=Hooks(on_fail=lambda message, error: told.append(error)),
        )
        assert (counters.failed, counters.acked) == (1, 0)
        assert told.pop() is error
        faults.clock.advance(601)
    assert ran == []
    assert server.messages


def test_work_that_could_not_be_noted_is_done_all_the_same(
    faults: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    for error in (ServiceError("away", retryable=True), KeyError("a bug of its own")):
        server = serving(faults)
        server.send("x")
        errors: list[Exception] = []
        ran: list[str] = []
        counters = consume(
            queue_on(faults),
            lambda message, ran=ran: ran.append(message.body),  # type: ignore[misc]
            once=Noting(faults.clock, "finish", error),
            on_error=errors.append,
            stop_when_empty=3,
        )
        assert (ran, server.deleted, counters.acked) == (["x"], ["x"], 1)
        assert errors == ([error] if isinstance(error, ServiceError) else [])
    assert "a bug of its own" in caplog.text


def test_what_could_not_be_forgotten_waits_until_its_claim_ends(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    once = Noting(faults.clock, "forget")
    receives: list[int] = []

    def work(message: Message) -> None:
        receives.append(message.receives)
        if len(receives) == 1:
            raise ValueError("no")

    errors: list[Exception] = []
    counters = consume(
        queue_on(faults), work, once=once, lease=30, stop_when_empty=150, on_error=errors.append
    )
    assert len(receives) == 2
    assert errors == [once.error]
    assert (counters.failed, counters.acked) == (1, 1)


@pytest.mark.parametrize("key", [lambda message: None, lambda message: "", lambda message: 1 / 0])
def test_keys_that_are_none(faults: FaultServer, key: Any) -> None:
    server = serving(faults)
    server.send("x")
    ran: list[str] = []
    counters = consume(
        queue_on(faults),
        lambda message: ran.append(message.body),
        once=OnceInMemory(),
        key=key,
        retry=Backoff(600),
    )
    assert (ran, counters.failed) == ([], 1)


class Yes:
    """A memory of a user's that answers in its own way."""

    def begin(self, key: str, /, *, owner: str, seconds: float) -> Any:
        return True

    def keep(self, key: str, /, *, owner: str, seconds: float) -> None: ...

    def finish(self, key: str, /) -> None: ...

    def forget(self, key: str, /, *, owner: str) -> None: ...


def test_a_memory_that_does_not_say_what_it_should(faults: FaultServer) -> None:
    serving(faults).send("x")
    told: list[str] = []
    consume(
        queue_on(faults),
        lambda message: None,
        once=Yes(),
        retry=Backoff(600),
        hooks=Hooks(on_fail=lambda message, error: told.append(str(error))),
    )
    assert "says True" in told[0]


def test_a_key_of_a_body_that_cannot_be_decoded(rig: Rig) -> None:
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, body=int)
    Queue(queue.name).send_many(["seven", "8"])
    found: list[int] = []
    once = OnceInMemory(clock=rig.clock)
    counters = consume(
        queue,
        lambda message: found.append(message.data),
        once=once,
        key=lambda message: str(message.data + 1),
        wait=0,
    )
    assert (found, counters.dead_lettered, counters.acked) == ([8], 1, 1)
    assert len(once) == 1


def test_what_went_to_the_dead_letters_is_done(rig: Rig) -> None:
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, body=int)
    Queue(queue.name).send("seven")
    once = Noting(rig.clock)
    assert consume(queue, lambda message: None, once=once, wait=0).dead_lettered == 1
    assert once.asked == ["begin", "finish"]


def test_async_handlers(faults: FaultServer) -> None:
    server = serving(faults)
    for body in ("a", "b", "bad"):
        server.send(body)
    ran: list[str] = []

    async def work(message: Message) -> None:
        await asyncio.sleep(0)
        ran.append(message.body)
        if message.body == "bad" and message.receives == 1:
            raise ValueError("no")

    counters = consume(queue_on(faults), work, once=OnceInMemory(clock=faults.clock))
    assert sorted(ran) == ["a", "b", "bad", "bad"]
    assert (counters.acked, counters.failed) == (3, 1)


def test_an_executor_knows_nothing_of_it(faults: FaultServer) -> None:
    """The memory stays in this process: a copy of it elsewhere would remember for itself alone."""
    server = serving(faults)
    server.send("x")
    once = Noting(faults.clock)
    with ThreadPoolExecutor(1) as pool:
        counters = consume(queue_on(faults), lambda message: None, once=once, executor=pool)
    assert counters.acked == 1
    assert once.asked == ["begin", "finish"]


def test_a_claim_is_kept_as_long_as_the_lease(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    queue = queue_on(faults)
    once = Noting(faults.clock)
    begun, go = threading.Event(), threading.Event()

    def work(message: Message) -> None:
        begun.set()
        assert go.wait(SECONDS)

    with queue.consumer(work, concurrency=1, lease=30, once=once) as consumer:
        assert begun.wait(SECONDS)
        for extended in range(1, 4):
            faults.clock.advance(16)
            consumer.stop(grace=1000)
            until(lambda extended=extended: once.asked.count("keep") == extended)  # type: ignore[misc]
        other = OnceInMemory.begin(once, f"{queue.name}/id-0", owner="another", seconds=1)
        assert other == "busy"
        go.set()
        assert consumer.wait(SECONDS).acked == 1
    assert once.asked[-1] == "finish"


def test_who_lost_the_lease_does_not_say_that_the_work_is_done(faults: FaultServer) -> None:
    """The handler may have seen it, and left the work undone."""
    server = serving(faults)
    server.send("x")
    once = Noting(faults.clock)
    begun, go = threading.Event(), threading.Event()

    def work(message: Message) -> None:
        begun.set()
        assert go.wait(SECONDS)

    hooks = Hooks(on_lost=lambda message, error: None)
    with queue_on(faults).consumer(work, concurrency=1, lease=30, once=once, hooks=hooks) as consumer:
        assert begun.wait(SECONDS)
        faults.clock.advance(31)
        consumer.stop(grace=1000)
        until(lambda: consumer.counters.lost == 1)
        go.set()
        consumer.wait(SECONDS)
    assert once.asked == ["begin", "forget"]
    assert consumer.counters.acked == 0


def test_what_is_lost_while_it_is_claimed_is_not_begun(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    asked, go = threading.Event(), threading.Event()
    ran: list[str] = []

    class Slow(Noting):
        def begin(self, key: str, /, *, owner: str, seconds: float) -> Any:
            asked.set()
            assert go.wait(SECONDS)
            return super().begin(key, owner=owner, seconds=seconds)

    once = Slow(faults.clock)
    hooks = Hooks(on_lost=lambda message, error: None)
    with queue_on(faults).consumer(
        lambda message: ran.append(message.body), concurrency=1, lease=30, once=once, hooks=hooks
    ) as consumer:
        assert asked.wait(SECONDS)
        faults.clock.advance(31)
        consumer.stop(grace=1000)
        until(lambda: consumer.counters.lost == 1)
        go.set()
        consumer.wait(SECONDS)
    assert ran == []
    assert once.asked == ["begin", "forget"]


def test_a_fifo_queue_keeps_its_order(rig: Rig) -> None:
    queue = Queue.create(rig.name() + ".fifo")
    queue.send_many([f"{group}{number}" for number in range(4) for group in "ab"], group=lambda body: body[0])
    seen: list[str] = []

    def work(message: Message) -> None:
        seen.append(message.body)
        if message.body == "a1" and message.receives == 1:
            raise ValueError("no")

    consume(queue, work, once=OnceInMemory(clock=rig.clock), wait=0)
    assert [body for body in seen if body[0] == "a"] == ["a0", "a1", "a1", "a2", "a3"]
    assert [body for body in seen if body[0] == "b"] == ["b0", "b1", "b2", "b3"]


def test_two_consumers_share_a_bucket(rig: Rig) -> None:
    """Messages that say the same, to two consumers at once: each piece of work is done once."""
    bucket = Bucket.create(rig.name("once"))
    queue = Queue.create(rig.name())
    queue.send_many(str(number % 10) for number in range(40))
    done: list[str] = []
    begun = [
        queue.consumer(
            lambda message: done.append(message.body),
            once=OnceInBucket(Bucket(bucket.name)),
            key=lambda message: message.body,
            lease=30,
            stop_when_empty=True,
            wait=0,
            signals=False,
        )
        for _ in range(2)
    ]
    with begun[0] as first, begun[1] as second:
        counters = first.wait(SECONDS), second.wait(SECONDS)
    assert sorted(done) == [str(number) for number in range(10)]
    assert sum(each.received for each in counters) == 40
    assert sum(each.acked + each.released for each in counters) == 40
