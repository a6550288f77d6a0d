"""Bodies in a bucket: the form that AWS's extended client has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import BatchError, Bucket, ConnectionFailed
from cloudkit.errors import InvalidRequest
from cloudkit.sqs import DecodeError, Queue, QueueNotFound
from cloudkit.sqs._bodies.overflow import (
    Parcel,
    Pointer,
    check_names,
    decode,
    encode,
    is_pointer,
    overflows,
    save,
    size_attribute,
)
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sqs.answers import all_taken, queue_on, refused

# As AWS's clients for Java and Python write it, the second one before 2020.
JAVA = '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"acme","s3Key":"8b79b963"}]'
OLD = '["com.amazon.sqs.javamessaging.MessageS3Pointer", {"s3Key": "8b79b963", "s3BucketName": "acme"}]'


def test_the_form_is_that_of_aws() -> None:
    assert encode(Pointer("acme", "8b79b963")) == JAVA
    assert decode(JAVA) == decode(OLD) == Pointer("acme", "8b79b963")
    assert size_attribute(300_000) == {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "300000"}}


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_pointer_survives(bucket: str, key: str) -> None:
    assert decode(encode(Pointer(bucket, key))) == Pointer(bucket, key)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "{}",
        "[]",
        "[1, 2]",
        '["software.amazon.payloadoffloading.PayloadS3Pointer"]',
        '["software.amazon.payloadoffloading.PayloadS3Pointer", {}]',
        '["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "acme"}]',
        '["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": 1, "s3Key": "k"}]',
        '["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "", "s3Key": "k"}]',
        '["os.system", {"s3BucketName": "acme", "s3Key": "k"}]',
        "[" * 100_000,
    ],
)
def test_what_is_no_pointer(body: str) -> None:
    with pytest.raises(InvalidRequest, match="not where"):
        decode(body)


@pytest.mark.parametrize("name", ["ExtendedPayloadSize", "SQSLargePayloadSize"])
def test_attributes_that_are_aws_s(name: str) -> None:
    assert is_pointer({name: 1, "a": 2})
    with pytest.raises(InvalidRequest, match="another name"):
        check_names({name: 1})


def test_attributes_that_are_not() -> None:
    given: Any = {"extendedpayloadsize": 1}
    assert not is_pointer(given)
    check_names(given)


def test_what_can_be_sent_is_sent() -> None:
    assert not overflows(262_144, 262_144)
    assert overflows(262_145, 262_144)


def test_a_body_is_put_into_the_bucket(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("acme"))
    body, attribute, place = save(bucket, "ä" * 1000)
    pointer = decode(body)
    assert json.loads(body)[1]["s3BucketName"] == bucket.name
    assert bucket[pointer.key].read_text() == "ä" * 1000
    assert attribute == size_attribute(2000)
    place.delete()
    assert not bucket[pointer.key].exists()


# -- queues with a bucket ----------------------------------------------------------------------------------------

LARGE = "ä" * 600_000


def pair(rig: Rig, **settings: Any) -> tuple[Queue, Bucket]:
    bucket = Bucket.create(rig.name("acme-bodies"))
    name = Queue.create(rig.name("jobs") + (".fifo" if settings.pop("fifo", False) else ""), **settings).name
    return Queue(name, overflow=bucket), bucket


def keys(bucket: Bucket) -> list[str]:
    return [each.key for each in bucket]


def test_a_large_body_goes_there_and_back(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    jobs.send(LARGE, attributes={"n": 1})
    [key] = keys(bucket)
    [message] = jobs.receive(wait=0)
    assert decode(message.raw["Body"]) == Pointer(bucket.name, key)
    assert message.raw["MessageAttributes"]["ExtendedPayloadSize"]["StringValue"] == "1200000"
    assert message.body == message.data == LARGE
    assert message.attributes == {"n": 1}
    message.delete()
    assert keys(bucket) == []


def test_a_small_body_does_not(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    jobs.send("small")
    jobs.send("x" * 100_000)
    assert keys(bucket) == []
    assert len(jobs.receive(wait=0)) == 2


def test_the_queue_s_own_limit_counts(rig: Rig) -> None:
    jobs, bucket = pair(rig, max_message_size=2048)
    jobs.send("x" * 3000)
    assert len(keys(bucket)) == 1
    jobs.update(max_message_size=8192)
    jobs.send("x" * 3000)
    assert len(keys(bucket)) == 1


def test_many(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    jobs.send_many([LARGE, "small", LARGE])
    assert len(keys(bucket)) == 2
    found = [*jobs.receive(wait=0), *jobs.receive(wait=0)]
    assert sorted(len(message.body) for message in found) == [5, 600_000, 600_000]
    jobs.delete_messages(found)
    assert keys(bucket) == []


def test_a_consumer_deletes_them(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    jobs.send_many([LARGE, LARGE])
    sizes: list[int] = []
    jobs.consume(lambda message: sizes.append(len(message.body)), stop_when_empty=True, wait=0)
    assert sizes == [600_000] * 2
    assert keys(bucket) == []


def test_of_a_fifo_queue_the_same_body_counts_once(rig: Rig) -> None:
    for derives in (True, False):
        jobs, _ = pair(rig, fifo=True, content_deduplication=derives)
        for _ in range(2):
            jobs.send(LARGE, group="g")
        assert len(jobs.receive(wait=0)) == 1


def test_dead_letters_keep_their_body(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    failed = Queue.create(rig.name("failed"))
    jobs.update(dead_letters=failed)
    jobs.send(LARGE)
    jobs.receive(wait=0)[0].dead_letter("no")
    assert len(keys(bucket)) == 1
    assert jobs.dead_letters is not None
    [message] = jobs.dead_letters.receive(wait=0)
    assert message.body == LARGE
    message.delete()
    assert keys(bucket) == []


def test_without_a_bucket_the_pointer_is_the_body(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    jobs.send(LARGE)
    [message] = Queue(jobs.name).receive(wait=0)
    assert decode(message.body).bucket == bucket.name
    assert message.attributes == {"ExtendedPayloadSize": 1_200_000}
    message.delete()
    assert len(keys(bucket)) == 1


def forged(jobs: Queue, bucket: str, key: str) -> Any:
    Queue(jobs.name).send(encode(Pointer(bucket, key)), attributes={"SQSLargePayloadSize": 5})
    return jobs.receive(wait=0)[0]


def test_nothing_else_is_read_or_deleted(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    other = Bucket.create(rig.name("acme-other"))
    key = "8b79b963-0000-4000-8000-000000000000"
    other[key].write_text("secret")
    bucket["plain.txt"].write_text("secret")
    for place, name, says in (
        (other.name, key, "not in the queue's own"),
        (bucket.name, "plain.txt", "no key"),
    ):
        message = forged(jobs, place, name)
        with pytest.raises(DecodeError, match=says):
            _ = message.body
        message.delete()
    assert other[key].exists()
    assert bucket["plain.txt"].exists()


def test_a_body_of_another_language_is_read(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    bucket["java/8b79b963-0000-4000-8000-000000000000"].write_text("hello")
    message = forged(jobs, bucket.name, "java/8b79b963-0000-4000-8000-000000000000")
    assert message.body == "hello"


@pytest.mark.parametrize("data", [None, b"\xff", b"xxxxxx"])
def test_what_is_no_body(rig: Rig, data: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudkit.sqs._bodies.overflow.MAX_OVERFLOW_BYTES", 5)
    jobs, bucket = pair(rig)
    key = "8b79b963-0000-4000-8000-000000000000"
    if data is not None:
        bucket[key].write_bytes(data)
    with pytest.raises(DecodeError, match="no longer there|no text|more than 5 bytes"):
        _ = forged(jobs, bucket.name, key).body


def test_a_pointer_without_a_place_is_no_body(rig: Rig) -> None:
    jobs, _ = pair(rig)
    Queue(jobs.name).send("{}", attributes={"ExtendedPayloadSize": 5})
    [message] = jobs.receive(wait=0)
    with pytest.raises(DecodeError, match="not where"):
        _ = message.body
    message.delete()


def test_what_was_refused_is_taken_out_again(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("acme-bodies"))
    nowhere = Queue(
        rig.name("nowhere"), url="https://sqs.us-east-1.amazonaws.com/123456789012/nowhere", overflow=bucket
    )
    with pytest.raises(QueueNotFound):
        nowhere.send(LARGE * 2)
    with pytest.raises(QueueNotFound):
        nowhere.send_many([LARGE * 2])
    assert keys(bucket) == []


def test_too_many_attributes_for_it(rig: Rig) -> None:
    jobs, bucket = pair(rig)
    many: dict[str, Any] = {f"a{number}": 1 for number in range(10)}
    with pytest.raises(InvalidRequest, match="at most 9"):
        jobs.send(LARGE, attributes=many)
    with pytest.raises(InvalidRequest, match="another name"):
        jobs.send("x", attributes={"ExtendedPayloadSize": 1})
    assert keys(bucket) == []


def test_an_answer_that_gets_lost_leaves_the_body(faults: FaultServer) -> None:
    written: dict[str, bytes] = {}
    store = FakeStore(written)
    queue = queue_on(faults)
    jobs = Queue(queue.url, overflow=store, cloud=queue.cloud)
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed):
        jobs.send(LARGE)
    assert len(written) == 1
    written.clear()
    faults.otherwise(
        lambda request: Reply.json(
            {"Successful": [], "Failed": [refused(request.json["Entries"][0], sender=True)]}
        )
    )
    with pytest.raises(BatchError):
        jobs.send_many([LARGE])
    assert written == {}


class FakeStore:
    name = "acme"

    def __init__(self, written: dict[str, bytes]) -> None:
        self.written = written

    def __getitem__(self, key: str) -> Any:
        store = self

        class Place:
            def write_bytes(self, data: bytes) -> None:
                store.written[key] = data

            def read_bytes(self, *, start: int = 0, size: int | None = None) -> bytes:
                return store.written[key]

            def delete(self) -> None:
                store.written.pop(key, None)

        return Place()


def test_bodies_that_were_put_are_not_kept(faults: FaultServer) -> None:
    """A generator of large bodies is sent without holding more of them than are on their way."""
    faults.otherwise(all_taken)
    written: dict[str, bytes] = {}
    parcel = Parcel.of(FakeStore(written), LARGE)
    parcel.put()
    parcel.put()
    assert list(written.values()) == [LARGE.encode()]
    assert parcel.data == b""
    parcel.take_back()
    assert written == {}
