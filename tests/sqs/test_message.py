from __future__ import annotations

import pickle
from datetime import datetime, timezone
from typing import Any

import attrs
import pytest

from cloudkit import Conflict, ConnectionFailed, DeadlineExceeded, InvalidRequest, ServiceError, deadline
from cloudkit.sqs import LeaseLost, Message, Queue, QueueNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sqs.answers import MISSING, NOTHING, queue_on, received, row, sent

LOST = Reply.json_error("InvalidParameterValue", "Value receipt-1 for parameter ReceiptHandle is invalid")


class OutOfWork(Exception):
    pass


def one(faults: FaultServer, body: str = "hello", *, receives: int = 1, **changes: Any) -> Message:
    """A message of the scripted server."""
    said = {"SentTimestamp": "1700000000500", "ApproximateReceiveCount": str(receives)}
    faults.replies(received(row(body, Attributes=said, **changes)))
    [message] = queue_on(faults).receive(1, wait=0)
    faults.requests.clear()
    return message


def there(rig: Rig) -> Message:
    queue = Queue.create(rig.name())
    queue.send("hello", attributes={"n": 1})
    [message] = queue.receive(1, wait=0)
    return message


# -- what it is -----------------------------------------------------------------------------------------------


def test_what_it_says(rig: Rig) -> None:
    queue = Queue.create(rig.name("jobs") + ".fifo")
    before = datetime.now(timezone.utc)
    sent = queue.send("hello", group="g", attributes={"n": 1})
    [message] = queue.receive(1, wait=0, visibility_timeout=0)
    assert (message.id, message.body, message.attributes) == (sent.id, "hello", {"n": 1})
    assert message.group == "g"
    assert message.sequence_number
    assert sent.sequence_number in (None, message.sequence_number)  # older moto does not say it at sending
    assert message.deduplication_id
    assert abs((message.sent - before).total_seconds()) < 60
    assert message.sent.tzinfo is not None
    assert message.receives == 1
    assert message.raw["Body"] == "hello"
    with pytest.raises(TypeError):
        message.raw["Body"] = "other"  # type: ignore[index]


def test_receives_are_counted(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send("x")
    assert [queue.receive(1, wait=0, visibility_timeout=0)[0].receives for _ in range(3)] == [1, 2, 3]


def test_neither_body_nor_receipt_is_shown(faults: FaultServer) -> None:
    message = one(faults, "secret")
    assert repr(message) == "<Message 123456789012/jobs/id-1>"
    assert message.receipt == "receipt-1"


def test_equal_is_the_same_receive_of_the_same_message(faults: FaultServer) -> None:
    message = one(faults)
    assert message == one(faults)
    assert hash(message) == hash(one(faults))
    assert message != one(faults, ReceiptHandle="receipt-2")
    assert message != one(faults, MessageId="id-2")


def test_it_travels(faults: FaultServer) -> None:
    message = one(faults, MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    came = pickle.loads(pickle.dumps(message))
    assert came == message
    assert (came.body, came.attributes, came.sent) == (message.body, {"n": 1}, message.sent)
    faults.replies(NOTHING)
    came.delete()
    assert faults.requests[-1].json == {"QueueUrl": message.queue.url, "ReceiptHandle": "receipt-1"}


def test_it_travels_within_a_world(rig: Rig) -> None:
    message = there(rig)
    came = pickle.loads(pickle.dumps(message))
    came.delete()
    assert message.queue.counts.in_flight == 0


# -- JSON -----------------------------------------------------------------------------------------------------


def test_json(faults: FaultServer) -> None:
    assert one(faults, '{"a": [1]}').json() == {"a": [1]}
    numbers = one(faults, "[1, 2]").json(list[int])
    assert sum(numbers) == 3


def test_attributes_without_a_value_are_none(faults: FaultServer) -> None:
    assert one(faults, MessageAttributes={"SenderId": {}}).attributes == {}


@pytest.mark.parametrize("body", ["not json", "{", "[" * 100_000])
def test_no_json(faults: FaultServer, body: str) -> None:
    with pytest.raises(InvalidRequest, match="no JSON") as caught:
        one(faults, body).json()
    assert caught.value.resource == "123456789012/jobs/id-1"


def test_json_of_another_type(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="of type list, not dict"):
        one(faults, "[1]").json(dict)


# -- deleting, releasing, extending ---------------------------------------------------------------------------


def test_delete(rig: Rig) -> None:
    message = there(rig)
    message.delete()
    message.delete()
    assert message.queue.counts.in_flight == 0


def test_release(rig: Rig) -> None:
    message = there(rig)
    message.release()
    [again] = message.queue.receive(1, wait=0)
    assert again.id == message.id
    again.release(delay=60)
    assert message.queue.receive(1, wait=0) == []


def test_extend(faults: FaultServer) -> None:
    message = one(faults)
    faults.otherwise(NOTHING)
    message.extend(0)
    message.extend(43_200)
    message.release(delay=43_200)
    assert [request.json["VisibilityTimeout"] for request in faults.requests] == [0, 43_200, 43_200]
    for seconds in (-1, 43_201):
        with pytest.raises(InvalidRequest, match="0 to 43200"):
            message.extend(seconds)
        with pytest.raises(InvalidRequest, match="0 to 43200"):
            message.release(delay=seconds)
    assert len(faults.requests) == 3


VERBS = [Message.delete, Message.release, lambda message: message.extend(1)]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "code",
    [
        "InvalidParameterValue",
        "ReceiptHandleIsInvalid",
        "InvalidIdFormat",
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
    ],
)
def test_a_lost_lease(faults: FaultServer, verb: Any, code: str) -> None:
    message = one(faults)
    faults.otherwise(Reply.json_error(code))
    with pytest.raises(LeaseLost) as caught:
        verb(message)
    assert (caught.value.code, caught.value.resource) == (code, "123456789012/jobs/id-1")


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_receipt(rig: Rig, verb: Any) -> None:
    message = there(rig)
    forged = attrs.evolve(message, receipt="none")
    with pytest.raises(LeaseLost):
        verb(forged)


@pytest.mark.parametrize("verb", VERBS)
def test_a_queue_that_is_gone(rig: Rig, verb: Any) -> None:
    message = there(rig)
    message.queue.delete()
    with pytest.raises(QueueNotFound):
        verb(message)


# -- with -----------------------------------------------------------------------------------------------------


def test_with_deletes(rig: Rig) -> None:
    message = there(rig)
    with message as entered:
        assert entered is message
    assert message.queue.counts.in_flight == 0


def test_with_gives_back_what_failed(rig: Rig) -> None:
    message = there(rig)
    with pytest.raises(OutOfWork):
        with message:
            raise OutOfWork
    assert message.queue.receive(1, wait=0) == []
    counts = message.queue.counts
    assert (counts.in_flight, counts.visible) == (1, 0)


@pytest.mark.parametrize(("receives", "delay"), [(1, 1), (2, 2), (3, 4), (10, 512), (11, 900), (10**6, 900)])
def test_the_rest_grows(faults: FaultServer, receives: int, delay: int) -> None:
    message = one(faults, receives=receives)
    faults.otherwise(NOTHING)
    with pytest.raises(OutOfWork):
        with message:
            raise OutOfWork
    assert faults.operations == ["ChangeMessageVisibility"]
    assert faults.requests[0].json["VisibilityTimeout"] == delay


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit])
def test_a_consumer_that_is_stopped_gives_back_at_once(
    faults: FaultServer, ending: type[BaseException]
) -> None:
    message = one(faults, receives=5)
    faults.otherwise(NOTHING)
    with pytest.raises(ending):
        with message:
            raise ending
    assert faults.requests[0].json["VisibilityTimeout"] == 0


@pytest.mark.parametrize(
    "reply", [LOST, MISSING, Reply(reset=True), Reply.json_error("AccessDenied", status=403)]
)
def test_the_callers_error_wins(faults: FaultServer, reply: Reply) -> None:
    message = one(faults)
    faults.otherwise(reply)
    with pytest.raises(OutOfWork):
        with message:
            raise OutOfWork


@pytest.mark.parametrize(("reply", "error"), [(LOST, LeaseLost), (Reply(reset=True), ConnectionFailed)])
def test_a_delete_that_fails_is_told(faults: FaultServer, reply: Reply, error: type[Exception]) -> None:
    message = one(faults)
    faults.otherwise(reply)
    with pytest.raises(error):
        with message:
            pass
    assert faults.operations == ["DeleteMessage"]


def test_with_leaves_alone_what_the_block_decided(faults: FaultServer) -> None:
    faults.otherwise(NOTHING)
    with one(faults) as message:
        message.release(delay=60)
    assert faults.operations == ["ChangeMessageVisibility"]


def test_with_leaves_alone_what_was_deleted_before_it_failed(faults: FaultServer) -> None:
    message = one(faults)
    faults.otherwise(NOTHING)
    message.delete()
    with pytest.raises(OutOfWork):
        with message:
            raise OutOfWork
    assert faults.operations == ["DeleteMessage"]


def test_extending_decides_nothing(faults: FaultServer) -> None:
    faults.otherwise(NOTHING)
    with one(faults) as message:
        message.extend(60)
    assert faults.operations == ["ChangeMessageVisibility", "DeleteMessage"]


def test_what_was_done_with_it(rig: Rig) -> None:
    message = there(rig)
    assert message.settlement is None
    message.release()
    assert message.settlement == "released"
    [again] = message.queue.receive(1, wait=0)
    assert again.settlement is None
    again.delete()
    assert again.settlement == "deleted"


def test_what_failed_is_not_done(faults: FaultServer) -> None:
    message = one(faults)
    faults.otherwise(Reply(reset=True))
    for verb in (Message.delete, Message.release):
        with pytest.raises(ConnectionFailed):
            verb(message)
        assert message.settlement is None


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_sent_for_a_message_that_is_known_to_be_lost(faults: FaultServer, verb: Any) -> None:
    message = one(faults)
    message.lost = True
    with pytest.raises(LeaseLost, match="its time was over") as caught:
        verb(message)
    assert faults.operations == []
    assert caught.value.resource == "123456789012/jobs/id-1"
    assert caught.value.hint
    with pytest.raises(OutOfWork):
        with message:
            raise OutOfWork
    with pytest.raises(LeaseLost):
        with message:
            pass
    assert faults.operations == []


# -- dead letters ---------------------------------------------------------------------------------------------


def with_dead_letters(rig: Rig, suffix: str = "") -> tuple[Queue, Queue]:
    failed = Queue.create(rig.name() + suffix)
    return Queue.create(rig.name() + suffix, dead_letters=failed, max_receives=5), failed


def test_a_dead_letter(rig: Rig) -> None:
    queue, failed = with_dead_letters(rig)
    queue.send("hello", attributes={"n": 1, "b": b"\x00"})
    [message] = queue.receive(wait=0)
    message.dead_letter("bad \x00 JSON")
    assert message.settlement == "dead-lettered"
    assert (queue.counts.visible, queue.counts.in_flight) == (0, 0)
    [dead] = failed.receive(wait=0)
    assert (dead.body, dead.attributes) == (
        "hello",
        {"n": 1, "b": b"\x00", "DeadLetterReason": "bad ? JSON"},
    )
    with message:
        pass


def test_a_dead_letter_of_a_fifo_queue(rig: Rig) -> None:
    queue, failed = with_dead_letters(rig, ".fifo")
    queue.send("hello", group="g")
    [message] = queue.receive(wait=0)
    message.dead_letter("no")
    [dead] = failed.receive(wait=0)
    assert (dead.group, dead.deduplication_id) == ("g", f"{message.id}-1")


def test_no_dead_letters(rig: Rig) -> None:
    message = there(rig)
    with pytest.raises(Conflict, match="no dead letters"):
        message.dead_letter("no")
    assert message.settlement is None


def dying(faults: FaultServer, **changes: Any) -> Message:
    """A message of the scripted server whose queue has dead letters."""
    message = one(faults, **changes)
    arn = "arn:aws:sqs:us-east-1:123456789012:failed"
    policy = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 5}}'
    faults.replies(
        Reply.json({"Attributes": {"RedrivePolicy": policy, "QueueArn": "x"}}),
        Reply.json({"QueueUrl": f"{faults.url}/123456789012/failed"}),
        sent,
    )
    faults.otherwise(NOTHING)
    return message


def test_attributes_go_as_they_came_and_the_trace_too(faults: FaultServer) -> None:
    given = {"price": {"DataType": "Number.float", "StringValue": "1.50"}}
    said = {"SentTimestamp": "1700000000500", "ApproximateReceiveCount": "2", "AWSTraceHeader": "Root=1"}
    faults.replies(received(row(Attributes=said, MessageAttributes=given)))
    [message] = queue_on(faults).receive(1, wait=0)
    faults.requests.clear()
    dying(faults)
    faults.requests.clear()
    message.dead_letter("no")
    assert faults.operations == ["GetQueueAttributes", "GetQueueUrl", "SendMessage", "DeleteMessage"]
    asked = faults.requests[2].json
    assert asked["MessageAttributes"]["price"] == {"DataType": "Number.float", "StringValue": "1.50"}
    assert asked["MessageSystemAttributes"]["AWSTraceHeader"] == {
        "DataType": "String",
        "StringValue": "Root=1",
    }


def test_a_reason_without_room_is_left_out(faults: FaultServer) -> None:
    ten = {f"a{number}": {"DataType": "Number", "StringValue": "1"} for number in range(10)}
    for changes in ({"MessageAttributes": ten}, {"body": "x" * 1024**2}):
        message = dying(faults, **changes)
        message.dead_letter("no")
        assert "DeadLetterReason" not in faults.requests[2].json.get("MessageAttributes", {})
        assert message.settlement == "dead-lettered"


def test_a_reason_has_an_end(faults: FaultServer) -> None:
    dying(faults).dead_letter("x" * 5000)
    assert len(faults.requests[2].json["MessageAttributes"]["DeadLetterReason"]["StringValue"]) == 1024


def test_what_could_not_be_sent_on_is_not_deleted(faults: FaultServer) -> None:
    message = dying(faults)
    faults._script.pop()
    faults.replies(Reply.json({"MessageId": "id-2", "MD5OfMessageBody": "0" * 32}))
    with pytest.raises(ServiceError, match="another message"):
        message.dead_letter("no")
    assert faults.operations[-1] == "SendMessage"
    assert message.settlement is None


# -- damage ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"MD5OfBody": "0" * 32},
        {"MD5OfBody": None},
        {
            "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}},
            "MD5OfMessageAttributes": "0" * 32,
        },
        {"Attributes": {}},
        {"Attributes": {"SentTimestamp": "soon", "ApproximateReceiveCount": "1"}},
        {"ReceiptHandle": None},
        {"MessageId": None},
        {"Body": None},
    ],
)
def test_a_damaged_message(faults: FaultServer, changes: dict[str, Any]) -> None:
    answer = {name: value for name, value in row(**changes).items() if value is not None}
    faults.replies(received(answer))
    with pytest.raises(ServiceError) as caught:
        queue_on(faults).receive(1, wait=0)
    assert caught.value.retryable
    assert caught.value.operation == "ReceiveMessage"


def test_a_deadline_in_the_block_gives_it_back(faults: FaultServer) -> None:
    queue = queue_on(faults)
    faults.replies(received(row()), Reply(reset=True, delay=2), Reply.json({}))
    [message] = queue.receive(wait=0)
    with pytest.raises(DeadlineExceeded), deadline(0.5), message:
        queue.send("more")
    assert faults.operations[-1] == "ChangeMessageVisibility"
    assert message.settlement == "released"
