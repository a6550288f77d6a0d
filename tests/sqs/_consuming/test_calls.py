from __future__ import annotations

from typing import Any

import pytest

from cloudkit import AccessDenied, ConnectionFailed, ServiceError
from cloudkit.sqs import LeaseLost, Message, Queue
from cloudkit.sqs._consuming.calls import delete, give_back, hide
from tests.faults import FaultServer, Reply
from tests.sqs._consuming.scene import message
from tests.sqs.answers import queue_on


def three(faults: FaultServer) -> tuple[Queue, list[Message]]:
    return queue_on(faults), [message(f"r{number}") for number in range(3)]


def test_delete(faults: FaultServer) -> None:
    queue, messages = three(faults)
    faults.replies(Reply.json({"Successful": [{"Id": str(number)} for number in range(3)]}))
    outcome = delete(queue, messages)
    assert (outcome.errors, list(outcome.results)) == ({}, [0, 1, 2])
    assert faults.operations == ["DeleteMessageBatch"]
    assert faults.requests[0].json["Entries"] == [
        {"Id": str(number), "ReceiptHandle": f"r{number}"} for number in range(3)
    ]


def test_hide(faults: FaultServer) -> None:
    queue, messages = three(faults)
    faults.replies(Reply.json({"Successful": [{"Id": "0"}]}))
    assert hide(queue, [(messages[0], 77)]).errors == {}
    assert faults.operations == ["ChangeMessageVisibilityBatch"]
    assert faults.requests[0].json["Entries"] == [{"Id": "0", "ReceiptHandle": "r0", "VisibilityTimeout": 77}]


@pytest.mark.parametrize(
    ("code", "sender", "error", "retryable"),
    [
        ("ReceiptHandleIsInvalid", True, LeaseLost, False),
        ("InvalidParameterValue", True, LeaseLost, False),
        ("MessageNotInflight", True, LeaseLost, False),
        ("AWS.SimpleQueueService.MessageNotInflight", True, LeaseLost, False),
        ("InternalError", False, ServiceError, True),
    ],
)
def test_each_entry_by_itself(
    faults: FaultServer, code: str, sender: bool, error: type[Exception], retryable: bool
) -> None:
    queue, messages = three(faults)
    row = {"Id": "1", "Code": code, "SenderFault": sender, "Message": "no"}
    faults.otherwise(Reply.json({"Successful": [{"Id": "0"}], "Failed": [row]}))
    for outcome in (delete(queue, messages), hide(queue, [(each, 5) for each in messages])):
        assert set(outcome.errors) == {1, 2}
        assert outcome.errors[1].retryable is retryable
        assert isinstance(outcome.errors[2], ServiceError)  # the answer does not mention it
        assert outcome.errors[2].retryable
        if error is LeaseLost:
            assert isinstance(outcome.errors[1], LeaseLost)


@pytest.mark.parametrize(
    ("reply", "error"),
    [(Reply(reset=True), ConnectionFailed), (Reply.json_error("AccessDenied", status=403), AccessDenied)],
)
def test_a_request_that_fails_fails_for_all(faults: FaultServer, reply: Any, error: type[Exception]) -> None:
    queue, messages = three(faults)
    faults.otherwise(reply)
    for outcome in (delete(queue, messages), hide(queue, [(each, 5) for each in messages])):
        assert {type(each) for each in outcome.errors.values()} == {error}
        assert len(outcome.errors) == 3
        assert outcome.results == {}


def test_giving_back_goes_on_after_a_failure(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True))
    faults.otherwise(Reply.json({}))
    give_back(queue_on(faults), [message(f"r{number}") for number in range(25)])
    sizes = [len(request.json["Entries"]) for request in faults.requests]
    assert sizes == [10, 10, 5]
    entry = faults.requests[1].json["Entries"][0]
    assert (entry["ReceiptHandle"], entry["VisibilityTimeout"]) == ("r19", 0)
