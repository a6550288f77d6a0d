"""Bodies that say nothing: what becomes of their messages, in a consumer at work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen

from cloudkit import AccessDenied, Bucket, CloudError, ServiceError
from cloudkit.sqs import Backoff, Counters, DecodeError, Hooks, Message, Queue
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import sent
from tests.sqs.server import FakeQueue

KEY = "0b6b7f2e-4f5e-4c39-a2ac-1d9d5a3e5b0a"
SIZE = {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "12"}}


@frozen
class Order:
    id: int


def pointer(bucket: str, key: str = KEY) -> str:
    place = {"s3BucketName": bucket, "s3Key": key}
    return json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", place])


class Work:
    """A handler that keeps what it is given, and hooks that keep what they are told."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.failures: list[BaseException] = []
        self.errors: list[CloudError] = []
        self.dead: list[str] = []

    def __call__(self, message: Message[Any]) -> None:
        self.done.append(message.data)

    def consume(self, queue: Queue[Any], **options: Any) -> Counters:
        hooks = Hooks(
            on_fail=lambda message, error: self.failures.append(error),
            on_dead_letter=lambda message: self.dead.append(message.body),
        )
        given = {"retry": Backoff(600), "stop_when_empty": True, "wait": 0, **options}
        return queue.consume(self, hooks=hooks, on_error=self.errors.append, **given)


@pytest.fixture
def work() -> Work:
    return Work()


# -- where there are dead letters ----------------------------------------------------------------------------------


def test_what_cannot_be_decoded_goes_to_the_dead_letters(rig: Rig, work: Work) -> None:
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, body=Order)
    plain = Queue(queue.name)
    plain.send_many(['{"id": 1}', "no JSON at all", '{"id": "seven"}', '{"id": 2}'])
    counters = work.consume(queue)
    assert sorted(map(str, work.done)) == ["Order(id=1)", "Order(id=2)"]
    assert (counters.received, counters.acked, counters.dead_lettered, counters.failed) == (4, 2, 2, 0)
    assert all(isinstance(error, DecodeError) for error in work.failures)
    assert len(work.failures) == 2
    found = {message.body: message.attributes["DeadLetterReason"] for message in failed.drain(wait=0)}
    assert set(found) == {"no JSON at all", '{"id": "seven"}'}
    assert all("cannot be decoded" in str(reason) for reason in found.values())
    assert (queue.counts.visible, queue.counts.in_flight) == (0, 0)


def test_async_handlers_have_it_the_same_way(rig: Rig, work: Work) -> None:
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, body=Order)
    Queue(queue.name).send_many(['{"id": 1}', "no JSON"])

    async def wait(message: Message[Any]) -> None:
        work(message)

    counters = queue.consume(wait, stop_when_empty=True, wait=0, hooks=Hooks(on_fail=lambda *_: None))
    assert (counters.acked, counters.dead_lettered, work.done) == (1, 1, [Order(1)])
    assert [message.body for message in failed.receive(wait=0)] == ["no JSON"]


def test_dead_letters_that_came_later_are_found(rig: Rig, work: Work) -> None:
    name = Queue.create(rig.name()).name
    queue = Queue(name, body=Order)
    assert queue.dead_letters is None
    failed = Queue.create(rig.name())
    Queue(name).update(dead_letters=failed)
    Queue(name).send("no JSON")
    assert work.consume(queue).dead_lettered == 1


def test_a_fifo_group_goes_on_behind_it(rig: Rig, work: Work) -> None:
    failed = Queue.create(rig.name() + ".fifo")
    queue = Queue(Queue.create(rig.name() + ".fifo", dead_letters=failed).name, body=Order)
    Queue(queue.name).send_many(['{"id": 1}', "no JSON", '{"id": 2}'], group="a")
    work.consume(queue)
    assert work.done == [Order(1), Order(2)]
    assert [message.body for message in failed.receive(wait=0)] == ["no JSON"]


# -- where there are none ------------------------------------------------------------------------------------------


def test_without_dead_letters_it_stays_and_rests(rig: Rig, work: Work) -> None:
    queue = Queue(Queue.create(rig.name()).name, body=Order)
    Queue(queue.name).send("no JSON")
    counters = work.consume(queue)
    assert (counters.failed, counters.dead_lettered, counters.acked) == (1, 0, 0)
    assert work.errors == []
    [error] = work.failures
    assert isinstance(error, DecodeError)
    assert queue.counts.in_flight == 1


def serving(faults: FaultServer, other: Callable[[Request], Reply]) -> FakeQueue:
    """A queue with dead letters: `other` answers what a queue by itself does not."""
    server = FakeQueue(faults.clock)
    server.idle = faults.clock.advance
    dead = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:failed"})
    attributes = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:jobs", "RedrivePolicy": dead}

    def answer(request: Request) -> Reply:
        if request.operation == "GetQueueAttributes":
            return Reply.json({"Attributes": {"VisibilityTimeout": "30", **attributes}})
        if request.operation == "GetQueueUrl":
            return Reply.json({"QueueUrl": f"{faults.url}/123456789012/failed"})
        if request.operation in ("SendMessage", "DeleteMessage"):
            return other(request)
        return server(request)

    faults.otherwise(answer)
    return server


def orders_on(faults: FaultServer) -> Queue[Order]:
    return Queue(f"{faults.url}/123456789012/jobs", body=Order, cloud=faults.cloud())


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply.json_error("AccessDenied", status=403), AccessDenied),
        (Reply.json_error("InternalError", status=500), ServiceError),
        (Reply(reset=True), CloudError),
    ],
)
def test_dead_letters_that_cannot_be_reached_leave_it_in_its_queue(
    faults: FaultServer, work: Work, reply: Reply, error: type[CloudError]
) -> None:
    server = serving(faults, lambda request: reply)
    server.send("no JSON")
    server.send('{"id": 1}')
    counters = work.consume(orders_on(faults), wait=20, lease=43_200)
    assert work.done == [Order(1)]
    assert server.deleted == ['{"id": 1}']
    assert [each.body for each in server.messages.values()] == ["no JSON"]
    assert counters.dead_lettered == 0
    assert counters.failed >= 1
    assert isinstance(work.failures[0], DecodeError)
    assert isinstance(work.errors[0], error)


def test_what_was_sent_on_and_could_not_be_deleted_comes_again(faults: FaultServer, work: Work) -> None:
    copies: list[str] = []

    def other(request: Request) -> Reply:
        if request.operation == "SendMessage":
            copies.append(request.json["MessageBody"])
            return sent(request)
        return (
            Reply.json_error("InternalError", status=500)
            if len(copies) == 1
            else server._single(server.delete(request.json["ReceiptHandle"]))
        )

    server = serving(faults, other)
    server.send("no JSON")
    counters = work.consume(orders_on(faults), retry=Backoff(0), wait=20, lease=43_200)
    assert copies == ["no JSON"] * 2  # in both queues, and never in none
    assert (counters.failed, counters.dead_lettered) == (1, 1)
    assert not server.messages


# -- other choices -------------------------------------------------------------------------------------------------


def test_the_handler_may_have_it(rig: Rig, work: Work) -> None:
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, body=Order)
    Queue(queue.name).send("no JSON")
    bodies: list[str] = []

    def mend(message: Message[Any]) -> None:
        with pytest.raises(DecodeError):
            _ = message.data
        bodies.append(message.body)

    counters = queue.consume(mend, undecodable="handler", stop_when_empty=True, wait=0)
    assert (bodies, counters.acked) == (["no JSON"], 1)
    Queue(queue.name).send("no JSON")
    assert work.consume(queue, undecodable="handler").failed == 1
    assert isinstance(work.failures[0], DecodeError)
    assert failed.receive(wait=0) == []


def test_it_may_end_the_consumer(faults: FaultServer, work: Work) -> None:
    server = serving(faults, lambda request: Reply(500))
    server.send("no JSON")
    for number in range(5):
        server.send(json.dumps({"id": number}))
    with pytest.raises(DecodeError, match="cannot be decoded"):
        work.consume(orders_on(faults), undecodable="raise", concurrency=1, prefetch=5, wait=20, lease=43_200)
    assert work.done == []
    assert len(server.receive(10)) == 6  # all of them at once
    assert "SendMessage" not in faults.operations


# -- bodies in a bucket --------------------------------------------------------------------------------------------


def put(queue: Queue[Any], body: str) -> None:
    """Send what AWS's extended clients would."""
    queue.cloud.call("sqs", "send_message", QueueUrl=queue.url, MessageBody=body, MessageAttributes=SIZE)


def test_pointers_that_lead_nowhere_are_not_decodable(rig: Rig, work: Work) -> None:
    bucket = Bucket.create(rig.name("bodies"))
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, overflow=bucket)
    bucket[KEY].write_bytes(b"a large body")
    other = KEY.replace("0", "1")
    bucket[other].write_bytes(b"\xff\xfe")
    bad = [
        pointer("another-bucket"),
        pointer(bucket.name, "etc/passwd"),
        pointer(bucket.name, other),
        "no pointer",
    ]
    gone = pointer(bucket.name, KEY.replace("0", "2"))
    for body in (*bad, gone, pointer(bucket.name)):
        put(queue, body)
    counters = work.consume(queue)
    assert work.done == ["a large body"]
    assert (counters.dead_lettered, counters.acked) == (5, 1)
    assert {str(message.raw["Body"]) for message in failed.receive(wait=0)} == {*bad, gone}
    assert [each.key for each in bucket] == [other]  # what the copies name is still there


def test_a_bucket_that_cannot_be_read_now_is_a_failure_like_any_other(
    faults: FaultServer, work: Work
) -> None:
    """The body may be all right: it stays, and comes again."""
    server = serving(faults, lambda request: Reply(500))
    store = faults.cloud()
    body = pointer("acme-bodies")
    server.send(body)
    answers = iter([Reply.s3_error("SlowDown", status=503), Reply.s3_error("AccessDenied", status=403)])
    serve = faults._otherwise
    assert callable(serve)

    def row(request: Request) -> Reply:
        if request.method == "GET":
            return next(answers, Reply(body=b"a large body"))
        if request.method == "DELETE":
            return Reply(204)
        reply = serve(request)
        found = json.loads(reply.body)
        for each in found.get("Messages", []):
            each["MessageAttributes"] = SIZE
        return Reply.json(found, reply.status) if found.get("Messages") else reply

    faults.otherwise(row)
    queue = Queue(f"{faults.url}/123456789012/jobs", overflow=Bucket("acme-bodies", cloud=store), cloud=store)
    counters = work.consume(queue, retry=Backoff(0), wait=20, lease=43_200)
    assert work.done == ["a large body"]
    assert (counters.failed, counters.acked, counters.dead_lettered) == (2, 1, 0)
    assert not any(isinstance(error, DecodeError) for error in work.failures)
    assert "SendMessage" not in faults.operations


class Registry:
    """A codec that asks a server for its schema, which is away at first."""

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, value: Any) -> str:
        return str(value)

    def decode(self, text: str) -> str:
        self.asked += 1
        if self.asked == 1:
            raise ServiceError("the registry is away", retryable=True)
        return text.upper()


def test_a_codec_that_got_no_answer_says_nothing_of_the_body(rig: Rig, work: Work) -> None:
    failed = Queue.create(rig.name())
    queue = Queue(Queue.create(rig.name(), dead_letters=failed).name, body=Registry())
    Queue(queue.name).send("cat")
    counters = work.consume(queue, retry=Backoff(0))
    assert (work.done, counters.failed, counters.dead_lettered) == (["CAT"], 1, 0)
