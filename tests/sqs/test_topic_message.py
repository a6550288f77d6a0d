from __future__ import annotations

import json
import pickle
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest
from attrs import frozen
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest, Topic
from cloudkit.sqs import DecodeError, Queue, TopicMessage
from cloudkit.sqs._bodies.envelope import taken_off
from tests.conftest import Rig
from tests.faults import FaultServer
from tests.sqs.answers import queue_on, received, row

ENVELOPE: dict[str, Any] = {
    "Type": "Notification",
    "MessageId": "dc1e94d9-56c5-5e96-808d-cc7f68faa162",
    "TopicArn": "arn:aws:sns:us-east-2:111122223333:news",
    "Subject": "up",
    "Message": '{"id": 7}',
    "Timestamp": "2021-02-16T21:41:19.978Z",
    "SignatureVersion": "1",
    "Signature": "FMG5tlZhJNHLHUXvZgtZzlk24FzVa7oX0T4P03neeXw8ZEXZx6z35j2F",
    "SigningCertURL": "https://sns.us-east-2.amazonaws.com/SimpleNotificationService-010a507c1833636cd94bdb98bd93083a.pem",
    "UnsubscribeURL": "https://sns.us-east-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn",
    "MessageAttributes": {
        "n": {"Type": "Number", "Value": "3"},
        "price": {"Type": "Number", "Value": "1.5"},
        "kind": {"Type": "String", "Value": "paid"},
        "tags": {"Type": "String.Array", "Value": '["a", 1, null]'},
        "key": {"Type": "Binary", "Value": "aGVsbG8="},
    },
}


@frozen
class Order:
    id: int


def found(text: str, faults: FaultServer, body: Any = None) -> Any:
    faults.replies(received(row(text)))
    queue: Queue[Any] = attrs.evolve(queue_on(faults), body=body)
    [message] = queue.receive(1, wait=0)
    return message


def test_the_envelope_is_taken_off(faults: FaultServer) -> None:
    message = found(json.dumps(ENVELOPE), faults)
    assert message.notification == TopicMessage(
        message='{"id": 7}',
        subject="up",
        topic_arn="arn:aws:sns:us-east-2:111122223333:news",
        message_id="dc1e94d9-56c5-5e96-808d-cc7f68faa162",
        timestamp=datetime(2021, 2, 16, 21, 41, 19, 978000, tzinfo=timezone.utc),
        attributes={"n": 3, "price": Decimal("1.5"), "kind": "paid", "tags": ["a", 1, None], "key": b"hello"},
    )
    assert not message.notification.raw
    assert message.notification.json(dict) == {"id": 7}
    assert message.body == json.dumps(ENVELOPE)  # as it came, for whoever verifies it


def test_raw_delivery_reads_the_same(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    for raw in (True, False):
        queue = Queue.create(rig.name("inbox"), body=Order)
        topic.subscribe(queue, raw=raw)
        topic.publish({"id": 7}, attributes={"kind": "paid"})
        [message] = queue.receive(1, wait=0)
        told = message.notification
        assert (told.json(dict), told.attributes, told.raw) == ({"id": 7}, {"kind": "paid"}, raw)
        assert told.topic_arn == (None if raw else topic.arn)
        assert message.data == Order(7)


def test_what_was_published_is_the_data(faults: FaultServer) -> None:
    assert found(json.dumps(ENVELOPE), faults, Order).data == Order(7)
    assert found(json.dumps(ENVELOPE), faults).data == '{"id": 7}'
    with pytest.raises(DecodeError):
        _ = found(json.dumps({**ENVELOPE, "Message": "{}"}), faults, Order).data


@pytest.mark.parametrize(
    "changes",
    [
        {"Type": "SubscriptionConfirmation"},
        {"Type": None},
        {"TopicArn": None},
        {"Message": {"id": 7}},
        {"MessageId": 7},
        {"Timestamp": "yesterday"},
        {"SignatureVersion": 1},
        {"MessageAttributes": []},
        {"MessageAttributes": [1]},
        {"MessageAttributes": {"n": 1}},
        {"MessageAttributes": {"n": {"Type": "Number"}}},
        {"MessageAttributes": {"n": {"Type": "Binary", "Value": "no base64"}}},
        {"MessageAttributes": {"n": {"Type": "String.Array", "Value": "{}"}}},
        {"MessageAttributes": {"n": {"Type": "String.Array", "Value": "[NaN]"}}},
    ],
)
def test_what_is_no_envelope_is_a_message(faults: FaultServer, changes: dict[str, Any]) -> None:
    text = json.dumps({**ENVELOPE, **changes})
    told = found(text, faults).notification
    if changes == {"MessageAttributes": []}:  # none
        assert (told.message, told.raw) == ('{"id": 7}', False)
    else:
        assert (told.message, told.raw, told.topic_arn) == (text, True, None)


def test_what_it_need_not_have(faults: FaultServer) -> None:
    bare = {name: value for name, value in ENVELOPE.items() if name not in ("Subject", "MessageAttributes")}
    told = found(json.dumps({**bare, "SequenceNumber": "10000000000000001000"}), faults).notification
    assert (told.subject, told.attributes, told.sequence_number) == (None, {}, "10000000000000001000")


@given(
    st.one_of(st.text(), st.just('{"SignatureVersion": ' + "[" * 100_000), st.just('["SignatureVersion"]'))
)
def test_any_text_is_a_message(text: str) -> None:
    assert taken_off(text) is None


def test_no_json(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="holds no JSON"):
        found("hello", faults).notification.json()


def test_neither_message_nor_attributes_are_shown(faults: FaultServer) -> None:
    told = found(json.dumps(ENVELOPE), faults).notification
    assert "paid" not in repr(told)
    assert '"id"' not in repr(told)
    assert pickle.loads(pickle.dumps(told)) == told
