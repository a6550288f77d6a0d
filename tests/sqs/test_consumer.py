from __future__ import annotations

import asyncio
import contextvars
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from cloudkit import AccessDenied, Cloud, DeadlineExceeded, InvalidRequest, WaitTimeout, deadline
from cloudkit.sqs import Backoff, Hooks, LeaseLost, Message, Queue, QueueNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import MISSING, queue_on, received, row
from tests.sqs.server import FakeQueue
from tests.sqs.workers import crunch

SECONDS = 30  # what a test waits for at most, if something is wrong


class OutOfWork(Exception):
    pass


def nothing(message: Message) -> None:
    pass


def serving(faults: FaultServer, **options: Any) -> FakeQueue:
    """A queue that the scripted server has; a poll that finds nothing moves its clock on."""
    queue = FakeQueue(faults.clock, **options)
    queue.idle = faults.clock.advance
    faults.otherwise(queue)
    return queue


class Latch:
    """Handlers that wait until the test lets them go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, message: Message) -> None:
        self.begun.set()
        assert self.go.wait(SECONDS)


@pytest.fixture
def latch() -> Iterator[Latch]:
    made = Latch()
    yield made
    made.go.set()


def until(condition: Callable[[], bool]) -> None:
    """Wait until another thread has got that far."""
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


# -- in a world --------------------------------------------------------------------------------------------------


def test_all_messages_are_worked_on_and_deleted(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(str(number) for number in range(57))
    seen: list[str] = []
    counters = queue.consume(lambda message: seen.append(message.body), stop_when_empty=True, wait=0)
    assert sorted(seen, key=int) == [str(number) for number in range(57)]
    assert (counters.received, counters.acked) == (57, 57)
    assert (queue.counts.visible, queue.counts.in_flight) == (0, 0)


def test_a_failure_comes_again(faults: FaultServer) -> None:
    serving(faults).send("x")
    queue = queue_on(faults)
    receives: list[int] = []

    def work(message: Message) -> None:
        receives.append(message.receives)
        if len(receives) < 3:
            raise OutOfWork("no")

    counters = queue.consume(
        work, stop_when_empty=True, lease=43_200, hooks=Hooks(on_fail=lambda message, error: None)
    )
    assert receives == [1, 2, 3]
    assert (counters.received, counters.failed, counters.acked) == (3, 2, 1)


def test_a_fifo_queue_keeps_its_order(rig: Rig) -> None:
    queue = Queue.create(rig.name() + ".fifo")
    queue.send_many([f"{group}{number}" for number in range(4) for group in "ab"], group=lambda body: body[0])
    seen: list[str] = []

    def work(message: Message) -> None:
        seen.append(message.body)
        if message.body == "a1" and message.receives == 1:
            raise OutOfWork

    hooks = Hooks(on_fail=lambda message, error: None)
    queue.consume(work, retry=Backoff(0), stop_when_empty=True, wait=0, hooks=hooks)
    assert [body for body in seen if body[0] == "a"] == ["a0", "a1", "a1", "a2", "a3"]
    assert [body for body in seen if body[0] == "b"] == ["b0", "b1", "b2", "b3"]


def test_async_handlers_run_at_once_on_one_thread(faults: FaultServer) -> None:
    server = serving(faults)
    for body in ("a", "b", "c", "bad"):
        server.send(body)
    threads: set[int] = set()
    waiting: list[asyncio.Event] = []

    async def work(message: Message) -> None:
        threads.add(threading.get_ident())
        waiting.append(asyncio.Event())
        if len(waiting) == 4:
            for each in waiting:
                each.set()
        await waiting[-1].wait()
        if message.body == "bad" and message.receives == 1:
            waiting.pop()
            raise OutOfWork

    counters = queue_on(faults).consume(
        work,
        stop_when_empty=True,
        lease=43_200,
        hooks=Hooks(on_fail=lambda message, error: None),
    )
    assert len(threads) == 1
    assert (counters.acked, counters.failed) == (4, 1)


def test_a_handler_may_decide_by_itself(rig: Rig) -> None:
    failed = Queue.create(rig.name())
    queue = Queue.create(rig.name(), dead_letters=failed, max_receives=5)
    queue.send_many(["delete", "release", "dead", "with"])

    def work(message: Message) -> None:
        if message.body == "delete":
            message.delete()
        elif message.body == "release":
            message.release(delay=60)
        elif message.body == "dead":
            message.dead_letter("it is dead")
        else:
            with message:
                pass

    counters = queue.consume(work, stop_when_empty=True, wait=0)
    assert (counters.acked, counters.dead_lettered, counters.released, counters.received) == (2, 1, 1, 4)
    assert (queue.counts.in_flight, queue.counts.visible) == (1, 0)
    [dead] = failed.receive(wait=0)
    assert (dead.body, dead.attributes) == ("dead", {"DeadLetterReason": "it is dead"})


def test_a_queue_that_is_not_there(rig: Rig) -> None:
    with pytest.raises(QueueNotFound):
        Queue(rig.name()).consume(nothing)
    with pytest.raises(QueueNotFound):
        with Queue(rig.name()).consumer(nothing, lease=30) as consumer:
            consumer.wait(SECONDS)


def test_the_context_goes_along(rig: Rig) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    queue = Queue.create(rig.name())
    queue.send("x")
    found: list[object] = []
    token = name.set("me")
    try:
        queue.consume(
            lambda message: found.append((name.get(), Queue("other").cloud is rig.cloud)),
            stop_when_empty=True,
            wait=0,
        )
    finally:
        name.reset(token)
    assert found == [("me", True)]


# -- beside the caller -------------------------------------------------------------------------------------------


def test_a_consumer_beside_the_caller(rig: Rig, latch: Latch) -> None:
    queue = Queue.create(rig.name())
    queue.send("x")
    with queue.consumer(latch, wait=1, lease=30) as consumer:
        assert latch.begun.wait(SECONDS)
        with pytest.raises(WaitTimeout):
            consumer.wait(0)
        assert (consumer.counters.received, consumer.counters.acked) == (1, 0)
        latch.go.set()
        until(lambda: consumer.counters.acked == 1)
        consumer.stop()
        assert consumer.wait(SECONDS).acked == 1
    assert repr(consumer) == f"<Consumer of {queue}>"
    with pytest.raises(InvalidRequest, match="works once"):
        consumer.run()


def test_the_end_of_the_block_waits_for_handlers(rig: Rig, latch: Latch) -> None:
    queue = Queue.create(rig.name())
    queue.send("x")
    with queue.consumer(latch, lease=30) as consumer:
        assert latch.begun.wait(SECONDS)
        threading.Timer(0.05, latch.go.set).start()
    assert consumer.counters.acked == 1
    assert queue.counts.in_flight == 0


def test_what_goes_wrong_is_told_once(rig: Rig) -> None:
    with Queue(rig.name()).consumer(nothing, lease=30) as consumer:
        with pytest.raises(QueueNotFound):
            consumer.wait(SECONDS)
    with pytest.raises(OutOfWork):
        with Queue(rig.name()).consumer(nothing, lease=30) as consumer:
            raise OutOfWork


def test_waiting_for_what_was_not_started(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="not started"):
        Queue(rig.name()).consumer(nothing).wait()


# -- the end -----------------------------------------------------------------------------------------------------


def slow_polls(faults: FaultServer, queue: FakeQueue) -> None:
    """Polls that find nothing really wait, for a while that is longer than a stop may take."""

    def answer(request: Request) -> Reply:
        if request.operation == "ReceiveMessage" and not queue.messages:
            return Reply.json({}) if queue.deleted == ["closed"] else Reply(body=b"{}", delay=3.0)
        return queue(request)

    faults.otherwise(answer)


def test_an_idle_consumer_ends_at_once_though_its_poll_waits(faults: FaultServer) -> None:
    slow_polls(faults, serving(faults))
    with queue_on(faults).consumer(nothing, lease=30) as consumer:
        until(lambda: faults.operations == ["ReceiveMessage"])
        begun = time.monotonic()
        consumer.stop()
        consumer.wait(SECONDS)
        assert time.monotonic() - begun < 1


def test_what_a_poll_brings_after_the_end_goes_back(faults: FaultServer) -> None:
    gate = threading.Event()
    server = serving(faults)

    def answer(request: Request) -> Reply:
        reply = server(request)
        if request.operation == "ReceiveMessage":
            return Reply(reply.status, reply.body, reply.headers, delay=0.4)
        gate.set()
        return reply

    server.send("late")
    faults.otherwise(answer)
    begun: list[Message] = []
    with queue_on(faults).consumer(begun.append, lease=30) as consumer:
        until(lambda: len(faults.requests) == 1)
        consumer.stop()
        assert consumer.wait(SECONDS).received == 0
    assert gate.wait(SECONDS)
    assert faults.operations == ["ReceiveMessage", "ChangeMessageVisibilityBatch"]
    assert faults.requests[1].json["Entries"][0]["VisibilityTimeout"] == 0
    assert begun == []
    until(lambda: len(server.receive(1)) == 1)


def test_what_has_not_begun_goes_back_within_two_seconds(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    for number in range(6):
        server.send(str(number))
    with queue_on(faults).consumer(latch, concurrency=2, prefetch=4, lease=30) as consumer:
        until(lambda: consumer.counters.received == 6)
        begun = time.monotonic()
        consumer.stop()
        until(lambda: "ChangeMessageVisibilityBatch" in faults.operations)
        assert time.monotonic() - begun < 2
        until(lambda: len(server.receive(10, 0)) == 4)
        latch.go.set()
        assert (consumer.wait(SECONDS).released, consumer.counters.acked) == (4, 2)


def test_a_handler_that_outstays_the_grace_is_left(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    server.send("x")
    messages: list[Message] = []

    def work(message: Message) -> None:
        messages.append(message)
        latch(message)

    with queue_on(faults).consumer(work, lease=30, grace=0) as consumer:
        assert latch.begun.wait(SECONDS)
        consumer.stop()
        assert consumer.wait(SECONDS).abandoned == 1
    assert messages[0].lost
    assert "DeleteMessageBatch" not in faults.operations
    assert server.messages


def test_async_handlers_are_cancelled_after_the_grace_and_given_back(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    begun = threading.Event()
    tidied: list[str] = []

    async def work(message: Message) -> None:
        begun.set()
        try:
            await asyncio.sleep(SECONDS)
        finally:
            tidied.append(message.body)

    with queue_on(faults).consumer(work, lease=30, grace=0.01) as consumer:
        assert begun.wait(SECONDS)
        consumer.stop()
        assert consumer.wait(SECONDS).released == 1
    assert tidied == ["x"]
    assert len(server.receive(1)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it(faults: FaultServer, number: signal.Signals) -> None:
    server = serving(faults)
    server.idle = lambda seconds: None
    server.send("x")
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    def work(message: Message) -> None:
        os.kill(os.getpid(), number)

    counters = queue_on(faults).consume(work, concurrency=1, lease=30)
    assert counters.acked == 1
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_an_interrupt_ends_it_though_it_does_not_listen(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    for number in range(3):
        server.send(str(number))
    done = threading.Event()

    def work(message: Message) -> None:
        if message.body != "0":
            latch(message)
            return
        done.set()

    def interrupt() -> None:
        assert done.wait(SECONDS)
        assert latch.begun.wait(SECONDS)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        queue_on(faults).consume(work, concurrency=2, prefetch=1, lease=30, signals=False)
    # What was done is deleted; what had not begun is given back; the handler under way is left.
    assert server.deleted == ["0"]
    assert len(server.messages) == 2


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_a_handler_that_wants_to_leave_ends_it(faults: FaultServer, error: BaseException) -> None:
    server = serving(faults)
    server.send("x")

    def work(message: Message) -> None:
        raise error

    with pytest.raises(type(error)):
        queue_on(faults).consume(work, lease=30, hooks=Hooks(on_fail=lambda message, error: None))
    assert len(server.receive(1)) == 1


def test_a_deadline_ends_it(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    server.send("x")
    begun = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        with deadline(0.3):
            queue_on(faults).consume(latch, lease=30)
    assert time.monotonic() - begun < 3
    assert server.deleted == []


# -- errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error"),
    [(MISSING, QueueNotFound), (Reply.json_error("AccessDenied", status=403), AccessDenied)],
)
def test_a_poll_that_can_never_work_ends_it(
    faults: FaultServer, reply: Reply, error: type[Exception], latch: Latch
) -> None:
    server = serving(faults)
    server.send("x")
    replies = iter([None])

    def answer(request: Request) -> Reply:
        if request.operation == "ReceiveMessage":
            return reply if next(replies, reply) else server(request)
        return server(request)

    faults.otherwise(answer)
    threading.Timer(0.1, latch.go.set).start()
    errors: list[Exception] = []
    with pytest.raises(error):
        queue_on(faults).consume(latch, lease=30, on_error=errors.append)
    assert server.deleted == ["x"]
    assert [type(each) for each in errors] == [error]


def test_passing_errors_are_waited_out(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    script = iter([Reply(reset=True), Reply.json_error("ServiceUnavailable", status=503)])

    def answer(request: Request) -> Reply:
        reply = next(script, None) if request.operation == "ReceiveMessage" else None
        faults.clock.advance(60)  # what is waited for, is over
        return reply or server(request)

    faults.otherwise(answer)
    errors: list[Exception] = []
    counters = queue_on(faults).consume(nothing, lease=43_200, stop_when_empty=True, on_error=errors.append)
    assert (counters.acked, counters.errors) == (1, 2)
    assert len(errors) == 2


def test_the_read_timeout_is_longer_than_the_poll(faults: FaultServer) -> None:
    queue = queue_on(faults, read=0.1)
    client = queue.cloud.client("sqs")
    assert client.meta.config.read_timeout > 20
    serving(faults)
    queue.consume(nothing, lease=30, stop_when_empty=True)
    assert faults.requests[0].json["WaitTimeSeconds"] == 20


def test_an_idle_consumer_makes_three_calls_a_minute(faults: FaultServer) -> None:
    serving(faults)
    begun = faults.clock.now()
    queue_on(faults).consume(nothing, lease=30, stop_when_empty=30)
    assert faults.operations == ["ReceiveMessage"] * 30
    assert faults.clock.now() - begun >= 600


def test_the_lease_is_the_queue_s_own_unless_it_is_given(faults: FaultServer) -> None:
    serving(faults, visibility=77)
    queue_on(faults).consume(nothing, stop_when_empty=True)
    assert faults.operations == ["GetQueueAttributes", "ReceiveMessage"]
    assert faults.requests[1].json["VisibilityTimeout"] == 77
    faults.requests.clear()
    serving(faults, visibility=0)
    queue_on(faults).consume(nothing, stop_when_empty=True)
    assert faults.requests[1].json["VisibilityTimeout"] == 5


def test_a_damaged_message_does_not_spoil_the_others(faults: FaultServer) -> None:
    bad = row("bad", MessageId="2", ReceiptHandle="r2", MD5OfBody="0" * 32)
    rows = [row("a", MessageId="1", ReceiptHandle="r1"), bad, row("c", MessageId="3", ReceiptHandle="r3")]
    for name, expected in (("jobs", ["a", "c"]), ("jobs.fifo", ["a"])):
        faults.replies(received(*rows), Reply.json({}))
        faults.otherwise(FakeQueue(faults.clock))
        seen: list[str] = []
        errors: list[Exception] = []
        queue = queue_on(faults, name)
        queue.consume(
            lambda message, seen=seen: seen.append(message.body),  # type: ignore[misc]
            lease=30,
            stop_when_empty=True,
            on_error=errors.append,
        )
        assert sorted(seen) == expected
        [error] = errors
        assert "arrived damaged" in str(error)


# -- leases ------------------------------------------------------------------------------------------------------


def test_a_long_handler_keeps_its_lease(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    server.send("x")
    with queue_on(faults).consumer(latch, concurrency=1, lease=30) as consumer:
        assert latch.begun.wait(SECONDS)
        for extended in range(1, 6):
            faults.clock.advance(16)
            consumer.stop(grace=1000)  # any event lets it look at the clock
            until(lambda extended=extended: consumer.counters.extended == extended)  # type: ignore[misc]
        latch.go.set()
        assert consumer.wait(SECONDS).acked == 1
    assert server.deleted == ["x"]


def test_a_lost_lease_is_told_to_the_handler(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    losses: list[LeaseLost] = []
    found: list[object] = []
    begun, go = threading.Event(), threading.Event()

    def work(message: Message) -> None:
        begun.set()
        assert go.wait(SECONDS)
        found.append(message.lost)
        message.delete()

    hooks = Hooks(
        on_lost=lambda message, error: losses.append(error),
        on_fail=lambda message, error: found.append(error),
    )
    with queue_on(faults).consumer(work, concurrency=1, lease=30, hooks=hooks) as consumer:
        assert begun.wait(SECONDS)
        faults.clock.advance(31)
        consumer.stop(grace=1000)
        until(lambda: consumer.counters.lost == 1)
        go.set()
        consumer.wait(SECONDS)
    assert found[0] is True
    assert isinstance(found[1], LeaseLost)
    assert isinstance(losses[0], LeaseLost)
    assert "DeleteMessage" not in faults.operations
    assert consumer.counters.acked == 0


# -- executors ---------------------------------------------------------------------------------------------------


def answers(queue: Queue) -> Counter[str]:
    """What the handlers have answered, and how many processes they were in."""
    found = [message.body.rsplit(" ", 1) for message in queue.drain(wait=0)]
    assert str(os.getpid()) not in {pid for _, pid in found}
    return Counter(body for body, _ in found)


def test_a_process_pool(server_url: str, rig: Rig) -> None:
    cloud = Cloud(region="us-east-1", endpoint_url=server_url)
    name = rig.name()
    queue, answered = Queue.create(name, cloud=cloud), Queue.create(f"{name}-answers", cloud=cloud)
    queue.send_many(["a", "b", "bad", "give back", "c"])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        counters = queue.consume(
            crunch,
            executor=pool,
            retry=Backoff(0),
            stop_when_empty=True,
            wait=1,
            hooks=Hooks(on_fail=lambda message, error: None),
        )
    assert (counters.acked, counters.failed, counters.released) == (5, 1, 1)
    assert answers(answered) == Counter(["a", "b", "bad", "give back", "c"])
    assert (queue.counts.visible, queue.counts.in_flight) == (0, 0)


def test_dask(server_url: str, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    import dask
    from distributed import Client, LocalCluster

    cloud = Cloud(region="us-east-1", endpoint_url=server_url)
    name = rig.name()
    queue, answered = Queue.create(name, cloud=cloud), Queue.create(f"{name}-answers", cloud=cloud)
    queue.send_many(["a", "b", "bad", "c"])
    with dask.config.set({"distributed.worker.multiprocessing-method": "spawn"}):
        cluster = LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None, host="127.0.0.1"
        )
    with cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
        counters = queue.consume(
            crunch,
            executor=client.get_executor(),
            retry=Backoff(0),
            stop_when_empty=True,
            wait=1,
            hooks=Hooks(on_fail=lambda message, error: None),
        )
    assert (counters.acked, counters.failed) == (4, 1)
    assert answers(answered) == Counter(["a", "b", "bad", "c"])


def test_an_executor_that_is_shut_down_ends_it(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        queue_on(faults).consume(
            nothing, lease=30, executor=pool, hooks=Hooks(on_fail=lambda message, error: None)
        )
    assert server.messages["id-0"].visible_at <= faults.clock.now() + 1


def test_what_an_executor_has_not_begun_goes_back_after_the_grace(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    server.send("x")
    server.send("y")
    with ThreadPoolExecutor(1) as pool:
        with queue_on(faults).consumer(latch, lease=30, executor=pool, grace=0.01) as consumer:
            assert latch.begun.wait(SECONDS)
            until(lambda: consumer.counters.received == 2)
            consumer.stop()
            counters = consumer.wait(SECONDS)
            latch.go.set()
    assert (counters.released, counters.abandoned) == (1, 1)
