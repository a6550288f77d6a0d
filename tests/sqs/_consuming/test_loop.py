"""A consumer at work while things go wrong around it: it neither spins, nor loses anything, nor keeps it to itself."""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any

import botocore.exceptions as botocore_errors
import pytest

from cloudkit import (
    Bucket,
    CloudError,
    CredentialsError,
    LimitExceeded,
    QueueNotFound,
    ServiceError,
    Throttled,
)
from cloudkit.sqs import Backoff, Consumer, Hooks, Message, Queue
from tests.faults import FaultServer, Reply, Request
from tests.sqs._consuming.dying import die
from tests.sqs.answers import MISSING, queue_on
from tests.sqs.server import FakeQueue

SECONDS = 30
QUIET = Hooks(on_fail=lambda message, error: None, on_lost=lambda message, error: None)


def serving(faults: FaultServer) -> FakeQueue:
    queue = FakeQueue(faults.clock)
    queue.idle = lambda _seconds: faults.clock.advance(1)
    faults.otherwise(queue)
    return queue


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)


def hurry(consumer: Consumer, faults: FaultServer, condition: Callable[[], bool]) -> None:
    """Let the time go by fast: the loop really waits for its pauses, and any event lets it look at the clock."""
    ends = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < ends
        faults.clock.advance(2)
        consumer._loop._inbox.put(lambda _now: None)
        time.sleep(0.01)


class Latch:
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


# -- requests ------------------------------------------------------------------------------------------------------


def test_a_network_that_is_down_for_minutes(faults: FaultServer) -> None:
    """The pauses grow to half a minute, the hooks are told of each failure, and then it goes on."""
    server = serving(faults)
    server.send("x")
    begun = faults.clock.now()
    downtime = 600.0
    polls: list[float] = []

    def answer(request: Request) -> Reply:
        if request.operation == "ReceiveMessage" and faults.clock.now() < begun + downtime:
            polls.append(faults.clock.now())
            return Reply(reset=True)
        return server(request)

    faults.otherwise(answer)
    told: list[CloudError] = []
    with queue_on(faults).consumer(lambda message: None, lease=43_200, on_error=told.append) as consumer:
        hurry(consumer, faults, lambda: consumer.counters.acked == 1)
    assert 10 <= len(polls) <= 30
    assert len(told) == len(polls) == consumer.counters.errors
    pauses = [late - early for early, late in itertools.pairwise(polls)]
    assert pauses[0] >= 0.5
    assert min(pauses[7:]) >= 30


def test_a_role_that_gives_no_credentials_for_a_while(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the worker's is wrong: it asks again, as when the network is down."""
    server = serving(faults)
    server.send("x")
    faults.otherwise(server)
    queue = queue_on(faults)
    queue.refresh()
    credentials = type(queue.cloud._configuration().get_credentials())
    given, until = credentials.get_frozen_credentials, faults.clock.now() + 60.0

    def give(self: object) -> object:
        if faults.clock.now() < until:
            raise botocore_errors.CredentialRetrievalError(provider="container-role", error_msg="refused")
        return given(self)

    monkeypatch.setattr(credentials, "get_frozen_credentials", give)
    told: list[CloudError] = []
    with queue.consumer(lambda message: None, lease=43_200, on_error=told.append) as consumer:
        hurry(consumer, faults, lambda: consumer.counters.acked == 1)
    assert {each.code for each in told} == {"CredentialRetrievalError"}
    assert all(isinstance(each, CredentialsError) and each.retryable for each in told)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply.json_error("RequestThrottled", status=400), Throttled),
        (Reply.json_error("ThrottlingException", status=400), Throttled),
        (Reply.json_error("OverLimit", status=403), LimitExceeded),
        (Reply(503, b"<html>come back later</html>", {"Content-Type": "text/html"}), ServiceError),
        (Reply(200, b"<html>a proxy's page</html>", {"Content-Type": "text/html"}), ServiceError),
        (Reply(200, b'{"Messages": [', {"Content-Type": "application/x-amz-json-1.0"}), CloudError),
    ],
)
def test_polls_that_are_refused_for_a_while(
    faults: FaultServer, reply: Reply, error: type[CloudError]
) -> None:
    server = serving(faults)
    server.send("x")
    left = iter(range(5))

    def answer(request: Request) -> Reply:
        if request.operation == "ReceiveMessage" and next(left, None) is not None:
            return reply
        return server(request)

    faults.otherwise(answer)
    told: list[CloudError] = []
    with queue_on(faults).consumer(lambda message: None, lease=43_200, on_error=told.append) as consumer:
        hurry(consumer, faults, lambda: consumer.counters.acked == 1)
    assert consumer.counters.errors == 5
    assert all(isinstance(each, error) for each in told)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply.json_error("ExpiredToken", status=403), CredentialsError),
        (Reply.json_error("ExpiredTokenException", status=400), CredentialsError),
        (MISSING, QueueNotFound),
    ],
)
def test_credentials_that_end_and_queues_that_are_deleted_on_the_way(
    faults: FaultServer, latch: Latch, reply: Reply, error: type[CloudError]
) -> None:
    """All requests fail from then on: it ends by itself, soon, and says what of each message it knows."""
    server = serving(faults)
    for number in range(4):
        server.send(str(number))
    over = threading.Event()

    def answer(request: Request) -> Reply:
        return reply if over.is_set() else server(request)

    faults.otherwise(answer)
    unacked: list[str] = []
    hooks = Hooks(on_unacked=lambda message, error: unacked.append(message.body))
    queue = queue_on(faults)
    with queue.consumer(
        latch, concurrency=2, prefetch=2, lease=43_200, hooks=hooks, on_error=lambda error: None
    ) as consumer:
        until(lambda: consumer.counters.received == 4)
        over.set()
        latch.go.set()
        with pytest.raises(error):
            consumer.wait(SECONDS)
    assert len(unacked) >= 2
    assert server.deleted == []
    counters = consumer.counters
    assert counters.received == counters.unacked + counters.released
    requests = len(faults.requests)
    time.sleep(0.3)
    assert len(faults.requests) == requests  # nothing goes on in the background


def test_what_is_asleep_for_too_long_has_lost_its_messages(faults: FaultServer, latch: Latch) -> None:
    """A process that was stopped, or a clock that jumps: others may have its messages, and it deletes none."""
    server = serving(faults)
    server.send("x")
    with queue_on(faults).consumer(
        latch, concurrency=1, lease=30, hooks=QUIET, on_error=lambda error: None
    ) as consumer:
        assert latch.begun.wait(SECONDS)
        faults.clock.advance(3600)
        [elsewhere] = server.receive(1, 3600)
        latch.go.set()
        until(lambda: consumer.counters.lost == 1)
        consumer.stop()
        consumer.wait(SECONDS)
    assert server.deleted == []
    assert server.delete(elsewhere["ReceiptHandle"]) is None
    assert server.deleted == ["x"]


# -- bodies in a bucket --------------------------------------------------------------------------------------------


class Stuck:
    """A bucket whose deletes hang."""

    name = "bodies"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun: list[str] = []
        self.deleted: list[str] = []

    def __getitem__(self, key: str) -> Any:
        outer = self

        class Place:
            def write_bytes(self, data: bytes) -> None: ...

            def read_bytes(self, *, start: int = 0, size: int | None = None) -> bytes:
                return b"large"

            def delete(self) -> None:
                outer.begun.append(key)
                assert outer.go.wait(SECONDS)
                outer.deleted.append(key)

        return Place()


def large(faults: FaultServer, count: int) -> FakeQueue:
    server = serving(faults)
    for number in range(count):
        place = {"s3BucketName": "bodies", "s3Key": f"{number:08}-4f5e-4c39-a2ac-1d9d5a3e5b0a"}
        server.send(json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", place]))

    def answer(request: Request) -> Reply:
        reply = server(request)
        found = json.loads(reply.body)
        for each in found.get("Messages", []):
            each["MessageAttributes"] = {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "5"}}
        return Reply.json(found, reply.status)

    faults.otherwise(answer)
    return server


def test_a_bucket_that_hangs_holds_up_no_lease(faults: FaultServer) -> None:
    server = large(faults, 12)
    store = Stuck()
    latch = Latch()
    bodies: list[str] = []

    def work(message: Message) -> None:
        bodies.append(message.body)
        if message.id == "id-11":
            latch(message)

    queue = Queue(f"{faults.url}/123456789012/jobs", overflow=store, cloud=faults.cloud())
    with queue.consumer(work, concurrency=12, lease=30) as consumer:
        until(lambda: consumer.counters.acked == 11)  # though no body is deleted yet
        assert latch.begun.wait(SECONDS)
        until(lambda: len(store.begun) == 4)
        faults.clock.advance(16)
        consumer.stop(grace=1000)
        until(lambda: consumer.counters.extended == 1)
        latch.go.set()
        until(lambda: consumer.counters.acked == 12)
        store.go.set()
        consumer.wait(SECONDS)
    assert bodies == ["large"] * 12
    assert len(server.deleted) == 12
    assert len(store.deleted) == 12  # the end has waited for it


def test_the_end_waits_for_a_bucket_that_hangs_for_a_moment_only(faults: FaultServer) -> None:
    large(faults, 1)
    store = Stuck()
    queue = Queue(f"{faults.url}/123456789012/jobs", overflow=store, cloud=faults.cloud())
    begun = time.monotonic()
    try:
        counters = queue.consume(lambda message: None, lease=43_200, stop_when_empty=True)
    finally:
        store.go.set()
    assert counters.acked == 1
    assert time.monotonic() - begun < 6


def test_a_body_that_cannot_be_deleted_stays_and_is_logged(
    faults: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    server = large(faults, 1)
    serve = faults._otherwise
    assert callable(serve)
    faults.otherwise(
        lambda request: (
            serve(request)
            if request.method == "POST"
            else Reply(body=b"large")
            if request.method == "GET"
            else Reply.s3_error("AccessDenied", status=403)
        )
    )
    cloud = faults.cloud()
    queue = Queue(f"{faults.url}/123456789012/jobs", overflow=Bucket("bodies", cloud=cloud), cloud=cloud)
    counters = queue.consume(lambda message: None, lease=43_200, stop_when_empty=True)
    assert counters.acked == 1
    assert len(server.deleted) == 1
    assert "stays in its bucket" in caplog.text


# -- handlers ------------------------------------------------------------------------------------------------------


def test_a_process_of_the_pool_that_dies_ends_it(faults: FaultServer) -> None:
    """The pool can do nothing more. Whatever was there comes again, the poison too, until SQS puts it aside."""
    server = serving(faults)
    for body in ("a", "poison", "b"):
        server.send(body)
    told: list[BaseException] = []
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        with pytest.raises(BrokenProcessPool):
            queue_on(faults).consume(
                die,
                executor=pool,
                lease=43_200,
                retry=Backoff(5),
                hooks=Hooks(on_fail=lambda message, error: told.append(error)),
            )
    assert any(isinstance(error, BrokenProcessPool) for error in told)
    assert "poison" not in server.deleted
    faults.clock.advance(6)
    left = {each["Body"] for each in server.receive(10)}
    assert left == {"a", "poison", "b"} - set(server.deleted)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_an_async_handler_that_wants_to_leave_ends_it(faults: FaultServer, error: BaseException) -> None:
    server = serving(faults)
    server.send("x")

    async def work(message: Message) -> None:
        raise error

    with pytest.raises(type(error)):
        queue_on(faults).consume(work, lease=43_200, hooks=QUIET)
    assert len(server.receive(1)) == 1


def test_a_task_that_was_cancelled_inside_a_handler_is_a_failure(faults: FaultServer) -> None:
    """`asyncio.run` in a plain handler may raise what is no Exception; it does not end the consumer."""
    server = serving(faults)
    server.send("x")
    told: list[BaseException] = []

    async def cancelled() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(SECONDS)

    def work(message: Message) -> None:
        if message.receives == 1:
            asyncio.run(cancelled())

    counters = queue_on(faults).consume(
        work,
        lease=43_200,
        retry=Backoff(0),
        stop_when_empty=True,
        hooks=Hooks(on_fail=lambda message, error: told.append(error)),
    )
    assert (counters.failed, counters.acked) == (1, 1)
    assert isinstance(told[0], asyncio.CancelledError)


def test_async_handlers_that_hold_up_their_cancellation_are_left(faults: FaultServer) -> None:
    server = serving(faults)
    server.send("x")
    begun, ends = threading.Event(), threading.Event()

    async def work(message: Message) -> None:
        begun.set()
        while not ends.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)

    with queue_on(faults).consumer(work, lease=43_200, grace=0) as consumer:
        assert begun.wait(SECONDS)
        consumer.stop()
        start = time.monotonic()
        assert consumer.wait(SECONDS).abandoned == 1
        assert time.monotonic() - start < 4
    ends.set()
    assert server.deleted == []


def test_one_message_that_comes_twice_at_once_is_worked_on_once(faults: FaultServer, latch: Latch) -> None:
    server = serving(faults)
    server.twice = lambda message: message.receives == 1
    server.send("x")
    worked: list[str] = []

    def work(message: Message) -> None:
        worked.append(message.body)
        latch(message)

    repeats: list[Message] = []
    with queue_on(faults).consumer(
        work, concurrency=4, lease=43_200, hooks=Hooks(on_repeat=repeats.append)
    ) as consumer:
        until(lambda: consumer.counters.received == 2)
        latch.go.set()
        until(lambda: consumer.counters.acked == 2)
        consumer.stop()
    assert worked == ["x"]
    assert server.deleted == ["x"]
    assert len(repeats) == consumer.counters.repeated == 1
