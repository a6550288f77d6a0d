"""Many messages are deleted: each of them, or it is said of which not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cloudkit import BatchError, InvalidRequest
from cloudkit.sqs import LeaseLost, Message, Queue, QueueNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import MISSING, queue_on, received, refused, row


def messages(faults: FaultServer, queue: Queue, count: int) -> Sequence[Message]:
    faults.replies(received(*(row(MessageId=str(n), ReceiptHandle=f"r{n}") for n in range(count))))
    found = queue.receive(wait=0)
    faults.requests.clear()
    return found


def test_delete_many(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(map(str, range(23)))
    found = [message for _ in range(5) for message in queue.receive(wait=0)]
    assert len(found) == 23
    # Twice, and through another name of the queue: all the same.
    assert Queue(queue.url).delete_messages([*found, found[0]]) == 24
    assert queue.delete_messages(found) == 23
    assert queue.counts.visible + queue.counts.in_flight == 0


def test_receipts_are_sent_ten_at_a_time(faults: FaultServer) -> None:
    queue = queue_on(faults)
    found = messages(faults, queue, 10)

    def deleted(request: Request) -> Reply:
        return Reply.json({"Successful": [{"Id": entry["Id"]} for entry in request.json["Entries"]]})

    faults.otherwise(deleted)
    assert queue.delete_messages([found[0], *found]) == 11
    receipts = [[entry["ReceiptHandle"] for entry in request.json["Entries"]] for request in faults.requests]
    assert sorted(map(len, receipts)) == [1, 9]


def test_delete_that_fails_in_part(faults: FaultServer) -> None:
    queue = queue_on(faults)
    found = messages(faults, queue, 3)
    faults.replies(
        Reply.json(
            {
                "Successful": [{"Id": "0"}],
                "Failed": [
                    refused({"Id": "1"}, sender=True, code="ReceiptHandleIsInvalid"),
                    refused({"Id": "2"}, sender=False),
                ],
            }
        ),
        Reply.json({"Successful": [{"Id": "0"}]}),
    )
    with pytest.raises(BatchError) as caught:
        queue.delete_messages(found)
    assert [item for item, _ in caught.value.succeeded] == [found[0], found[2]]
    [(item, error)] = caught.value.failed
    assert item == found[1]
    assert isinstance(error, LeaseLost)
    assert error.hint


def test_delete_of_another_queues_message(faults: FaultServer) -> None:
    [message] = messages(faults, queue_on(faults), 1)
    with pytest.raises(BatchError) as caught:
        queue_on(faults, "other").delete_messages([message])
    assert isinstance(caught.value.failed[0].error, InvalidRequest)
    assert faults.requests == []


def test_delete_on_a_missing_queue(faults: FaultServer) -> None:
    queue = queue_on(faults)
    found = messages(faults, queue, 1)
    faults.otherwise(MISSING)
    with pytest.raises(QueueNotFound):
        queue.delete_messages(found)
