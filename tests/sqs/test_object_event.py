from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Topic
from cloudkit.sqs import DecodeError, ObjectEvent, Queue
from cloudkit.sqs._bodies.events import events_in
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.sqs.answers import queue_on, received, row

RECORD: dict[str, Any] = {
    "eventVersion": "2.1",
    "eventSource": "aws:s3",
    "awsRegion": "us-west-2",
    "eventTime": "1970-01-01T00:00:00.000Z",
    "eventName": "ObjectCreated:Put",
    "userIdentity": {"principalId": "AIDAJDPLRKLG7UEXAMPLE"},
    "requestParameters": {"sourceIPAddress": "127.0.0.1"},
    "s3": {
        "s3SchemaVersion": "1.0",
        "configurationId": "thumbnails",
        "bucket": {
            "name": "acme-photos",
            "ownerIdentity": {"principalId": "A3"},
            "arn": "arn:aws:s3:::acme-photos",
        },
        "object": {
            "key": "red+flower%2B%C3%A9.jpg",
            "size": 1024,
            "eTag": "d41d8cd98f00b204e9800998ecf8427e",
            "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
            "sequencer": "0055AED6DCD90281E5",
        },
    },
}
DELETED: dict[str, Any] = {
    **RECORD,
    "eventName": "ObjectRemoved:Delete",
    "s3": {**RECORD["s3"], "object": {"key": "a", "sequencer": "0055AED6DCD90281E6"}},
}
BRIDGED: dict[str, Any] = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "111122223333",
    "time": "2021-11-12T00:00:00Z",
    "region": "ca-central-1",
    "resources": ["arn:aws:s3:::acme-photos"],
    "detail": {
        "version": "0",
        "bucket": {"name": "acme-photos"},
        "object": {
            "key": "red+flower.jpg",
            "size": 5,
            "etag": "b1946ac9",
            "version-id": "I",
            "sequencer": "00617F08",
        },
        "request-id": "N4N7GDK58NMKJ12R",
        "reason": "PutObject",
    },
}


def text(*records: dict[str, Any]) -> str:
    return json.dumps({"Records": records})


def test_of_s3_itself() -> None:
    created, removed = events_in(text(RECORD, DELETED))
    assert created == ObjectEvent(
        name="ObjectCreated:Put",
        bucket="acme-photos",
        key="red flower+é.jpg",
        region="us-west-2",
        time=datetime(1970, 1, 1, tzinfo=timezone.utc),
        size=1024,
        etag="d41d8cd98f00b204e9800998ecf8427e",
        version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
        sequencer="0055AED6DCD90281E5",
        configuration_id="thumbnails",
    )
    assert (created.created, created.removed) == (True, False)
    assert (removed.key, removed.size, removed.etag) == ("a", None, None)
    assert (removed.created, removed.removed) == (False, True)


def test_through_eventbridge() -> None:
    [event] = events_in(json.dumps(BRIDGED))
    assert event == ObjectEvent(
        name="Object Created",
        bucket="acme-photos",
        key="red+flower.jpg",
        region="ca-central-1",
        time=datetime(2021, 11, 12, tzinfo=timezone.utc),
        size=5,
        etag="b1946ac9",
        version_id="I",
        sequencer="00617F08",
    )
    assert event.created
    [gone] = events_in(json.dumps({**BRIDGED, "detail-type": "Object Deleted"}))
    assert gone.removed


def test_the_test_of_a_new_notification_tells_of_none() -> None:
    said = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2014-10-13T15:57:02.089Z",
        "Bucket": "b",
    }
    assert events_in(json.dumps(said)) == ()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_keys_are_what_they_are(key: str) -> None:
    thing = {**RECORD["s3"]["object"], "key": quote_plus(key)}
    [event] = events_in(text({**RECORD, "s3": {**RECORD["s3"], "object": thing}}))
    assert event.key == key


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "[]",
        "{}",
        '{"Records": 7}',
        '{"Records": [7]}',
        '{"Records": [{}]}',
        text({**RECORD, "eventSource": "aws:ses"}),
        text({**RECORD, "s3": {}}),
        text({**RECORD, "eventTime": "yesterday"}),
        json.dumps({**BRIDGED, "detail": {}}),
        "[" * 100_000,
    ],
    ids=lambda body: body[:30],
)
def test_what_tells_of_none(faults: FaultServer, body: str) -> None:
    faults.replies(received(row(body)))
    [message] = queue_on(faults).receive(1, wait=0)
    with pytest.raises(DecodeError, match="cannot be decoded") as caught:
        _ = message.events
    assert "message.events is for what S3 sends" in str(caught.value)


def test_a_bucket_tells_a_queue_through_a_topic(rig: Rig) -> None:
    queue, topic = Queue.create(rig.name("inbox")), Topic.create(rig.name("uploads"))
    bucket = Bucket.create(rig.name("photos"))
    topic.subscribe(queue)
    bucket.notifications.add(topic)
    bucket["red flower.jpg"].write_bytes(b"hello")
    told = [event for message in queue.drain(wait=0) for event in message.events]
    assert [(each.bucket, each.key, each.size, each.created) for each in told] == [
        (bucket.name, "red flower.jpg", 5, True)
    ]


def test_a_bucket_tells_a_queue(rig: Rig) -> None:
    queue = Queue.create(rig.name("inbox"))
    bucket = Bucket.create(rig.name("photos"))
    bucket.notifications.add(queue)
    bucket["in/a b.jpg"].write_bytes(b"hello")
    [event] = [event for message in queue.drain(wait=0) for event in message.events]
    assert Bucket(event.bucket)[event.key].read_bytes() == b"hello"
