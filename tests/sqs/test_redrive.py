"""Dead letters on their way back: by SQS, on a scripted server, and from here."""

from __future__ import annotations

from typing import Any

import pytest

from cloudkit import (
    BatchError,
    Conflict,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    NotFound,
    WaitFailed,
    deadline,
)
from cloudkit.errors import ServiceError
from cloudkit.sqs import Message, Outgoing, Queue, QueueNotFound, Redrive, Redriven, RedriveState
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import all_taken, md5, queue_on, received, refused, row

ARN = "arn:aws:sqs:us-east-1:123456789012:jobs-failed"


class Tasks:
    """SQS's tasks of one queue."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)
        self.started: list[dict[str, Any]] = []
        self.lost = 0

    def __call__(self, request: Request) -> Reply:
        if request.operation == "GetQueueAttributes":
            return Reply.json({"Attributes": {"QueueArn": ARN}})
        if request.operation == "ListMessageMoveTasks":
            return Reply.json({"Results": self.rows})
        if request.operation == "CancelMessageMoveTask":
            if not any(row.get("TaskHandle") for row in self.rows):
                return Reply.json_error("ResourceNotFoundException")
            return Reply.json({"ApproximateNumberOfMessagesMoved": 2})
        if any(row["Status"] == "RUNNING" for row in self.rows):
            return Reply.json_error("AWS.SimpleQueueService.UnsupportedOperation", "there is one")
        self.started.append(request.json)
        self.rows.insert(0, {"TaskHandle": "h", "Status": "RUNNING", "StartedTimestamp": 2000})
        if self.lost:
            self.lost -= 1
            return Reply(reset=True)
        return Reply.json({"TaskHandle": "h"})


OLD = {"Status": "COMPLETED", "StartedTimestamp": 1000, "ApproximateNumberOfMessagesMoved": 9}


def begun(faults: FaultServer, *rows: dict[str, Any]) -> tuple[Redrive, Tasks]:
    tasks = Tasks(*rows)
    faults.otherwise(tasks)
    return queue_on(faults, "jobs-failed").redrive(rate=50), tasks


def test_sqs_is_told_to(faults: FaultServer) -> None:
    redrive, tasks = begun(faults, OLD)
    assert tasks.started == [{"SourceArn": ARN, "MaxNumberOfMessagesPerSecond": 50}]
    assert (redrive.state, redrive.moved, redrive.total, redrive.started) == ("RUNNING", 0, None, None)
    assert redrive.failure is None
    assert repr(redrive) == "<Redrive of 123456789012/jobs-failed: RUNNING, 0 moved>"


def test_it_is_followed_to_its_end(faults: FaultServer) -> None:
    redrive, tasks = begun(faults, OLD)
    tasks.rows[0] |= {"ApproximateNumberOfMessagesMoved": 1, "ApproximateNumberOfMessagesToMove": 3}
    seen: list[tuple[int, int | None]] = []

    def progress(redrive: Redrive) -> None:
        seen.append((redrive.moved, redrive.total))
        tasks.rows[0] |= {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 3}
        tasks.rows[0].pop("TaskHandle", None)  # as SQS does

    assert redrive.wait(progress=progress) is redrive
    assert seen == [(1, 3), (3, 3)]
    assert redrive.state is RedriveState.COMPLETED
    assert redrive.started is not None
    assert redrive.raw["Status"] == "COMPLETED"
    assert redrive.cancel() is redrive
    assert "CancelMessageMoveTask" not in faults.operations


def test_one_that_is_over_at_once_is_told_from_older_ones(faults: FaultServer) -> None:
    redrive, tasks = begun(faults, OLD)
    del tasks.rows[0]["TaskHandle"]
    tasks.rows[0] |= {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 4}
    assert redrive.wait().moved == 4


def test_one_that_is_not_listed_yet_is_waited_for(faults: FaultServer) -> None:
    redrive, tasks = begun(faults, OLD)
    mine = tasks.rows.pop(0)
    assert redrive.refresh().state == "RUNNING"
    tasks.rows.insert(0, mine | {"Status": "COMPLETED"})
    assert redrive.wait().state == "COMPLETED"
    tasks.rows.clear()
    with pytest.raises(NotFound, match="remember"):
        redrive.refresh()


def test_its_failure_is_raised(faults: FaultServer) -> None:
    redrive, tasks = begun(faults)
    tasks.rows[0] |= {"Status": "FAILED", "FailureReason": "AccessDenied"}
    with pytest.raises(WaitFailed, match="AccessDenied"):
        redrive.wait()


def test_it_is_cancelled(faults: FaultServer) -> None:
    redrive, tasks = begun(faults)
    assert redrive.cancel().moved == 2
    assert redrive.state is RedriveState.CANCELLING
    tasks.rows[0].pop("TaskHandle")
    assert redrive.cancel() is redrive  # it was over


def test_a_lost_answer_is_noticed(faults: FaultServer) -> None:
    tasks = Tasks(OLD)
    tasks.lost = 1
    faults.otherwise(tasks)
    redrive = queue_on(faults, "jobs-failed", attempts=3).redrive()
    assert len(tasks.started) == 1
    assert redrive.raw["TaskHandle"] == "h"


def test_another_one_s_is_not_taken_for_ours(faults: FaultServer) -> None:
    faults.otherwise(Tasks({"TaskHandle": "other", "Status": "RUNNING", "StartedTimestamp": 1}))
    with pytest.raises(InvalidRequest) as caught:
        queue_on(faults, "jobs-failed").redrive()
    assert "dead_letters.redrive()" in str(caught.value.hint)


def test_a_server_without_tasks_names_the_other_way(faults: FaultServer) -> None:
    queue = queue_on(faults, "jobs-failed", attempts=1)
    for reply in (Reply.json_error("UnknownOperationException"), Reply(500, b"<html>")):
        faults.replies(Reply.json({"Attributes": {"QueueArn": ARN}}), reply)
        with pytest.raises((InvalidRequest, ServiceError)) as caught:
            Queue(queue.url, cloud=queue.cloud).redrive()
        assert "redrive(where=" in str(caught.value.hint)


def test_what_does_not_go_together(faults: FaultServer) -> None:
    queue = queue_on(faults)
    with pytest.raises(InvalidRequest, match="rate"):
        queue.redrive(rate=501)
    with pytest.raises(InvalidRequest, match="rate= is for"):
        queue.redrive(rate=5, limit=3)  # type: ignore[call-overload]
    assert faults.requests == []


def test_the_latest(faults: FaultServer) -> None:
    faults.otherwise(Tasks(OLD, OLD | {"StartedTimestamp": 5000, "Status": "CANCELLED"}))
    assert [str(each.state) for each in queue_on(faults).redrives()] == ["CANCELLED", "COMPLETED"]
    faults.otherwise(Reply.json_error("ResourceNotFoundException"))
    with pytest.raises(QueueNotFound):
        Queue(ARN, url=f"{faults.url}/123456789012/jobs", cloud=faults.cloud()).redrives()


# -- from here ---------------------------------------------------------------------------------------------------


def pair(rig: Rig, suffix: str = "") -> tuple[Queue, Queue]:
    failed = Queue.create(rig.name("failed") + suffix)
    return failed, Queue.create(rig.name("jobs") + suffix, dead_letters=failed)


def bodies(queue: Queue) -> list[str]:
    found: list[str] = []
    for message in queue.drain(wait=0):
        with message:
            found.append(message.body)
    return found


def test_some_are_moved_and_the_others_stay(rig: Rig) -> None:
    failed, jobs = pair(rig)
    failed.send_many([f"{number}" for number in range(25)])
    done = failed.redrive(where=lambda message: int(message.body) % 2 == 0)
    assert done == Redriven(13, 12)
    assert sorted(bodies(jobs), key=int) == [str(number) for number in range(0, 25, 2)]
    assert len(bodies(failed)) == 12  # visible again at once


def test_they_are_edited(rig: Rig) -> None:
    failed, jobs = pair(rig)
    failed.send("a", attributes={"n": 1, "DeadLetterReason": "x"})
    failed.send("b", attributes={"n": 2})
    failed.redrive(
        edit=lambda message: (
            message.body.upper() if message.body == "a" else Outgoing("c", attributes={"m": 3})
        )
    )
    found = {message.body: message.attributes for message in jobs.receive(wait=0)}
    assert found == {"A": {"n": 1}, "c": {"m": 3}}


def test_they_keep_what_they_have(rig: Rig) -> None:
    failed, jobs = pair(rig)
    failed.send("a", attributes={"n": 1, "b": b"\x00", "DeadLetterReason": "x"})
    assert failed.redrive(limit=5) == Redriven(1, 0)
    [message] = jobs.receive(wait=0)
    assert message.attributes == {"n": 1, "b": b"\x00"}


def test_no_more_than_the_limit(rig: Rig) -> None:
    failed, jobs = pair(rig)
    failed.send_many([str(number) for number in range(15)])
    assert failed.redrive(limit=12) == Redriven(12, 0)
    assert (failed.counts.visible, jobs.counts.visible) == (3, 12)


def test_they_go_where_one_says(rig: Rig) -> None:
    failed, jobs = pair(rig)
    other = Queue.create(rig.name("other"))
    failed.send("a")
    failed.redrive(to=other, where=lambda _: True)
    assert (bodies(other), bodies(jobs)) == (["a"], [])


def test_groups_keep_their_order(rig: Rig) -> None:
    failed, jobs = pair(rig, ".fifo")
    for group in "ab":
        for number in range(4):
            failed.send(f"{group}{number}", group=group)
    done = failed.redrive(where=lambda message: message.body != "a1")
    assert done.moved == 5
    found = [(message.body, message.group) for message in jobs.receive(wait=0)]
    assert [each for each in found if each[1] == "a"] == [("a0", "a")]
    assert [each for each in found if each[1] == "b"] == [(f"b{number}", "b") for number in range(4)]
    assert bodies(failed) == ["a1", "a2", "a3"]


def test_a_message_that_was_there_before_is_not_dropped_as_a_duplicate(rig: Rig) -> None:
    failed, jobs = pair(rig, ".fifo")
    jobs.send("a", group="g", deduplication_id="1")
    [message] = jobs.receive(wait=0)
    message.dead_letter("no")
    assert failed.redrive(where=lambda _: True).moved == 1
    assert bodies(jobs) == ["a"]


def test_where_they_came_from_must_be_known(rig: Rig) -> None:
    failed = Queue.create(rig.name("failed"))
    failed.send("a")
    with pytest.raises(Conflict, match="no queues have"):
        failed.redrive(limit=1)
    assert failed.counts.visible == 1
    for _ in range(2):
        Queue.create(rig.name("jobs"), dead_letters=failed)
    with pytest.raises(Conflict, match="2 queues have"):
        failed.redrive(limit=1)
    assert len(failed.sources().to_list()) == 2


def test_an_error_of_the_caller_s_gives_all_back(rig: Rig) -> None:
    failed, jobs = pair(rig)
    failed.send_many(["a", "b"])
    with pytest.raises(ZeroDivisionError):
        failed.redrive(where=lambda _: bool(1 / 0))
    with pytest.raises(InvalidRequest, match="None"):
        failed.redrive(edit=lambda _: None)
    assert (failed.counts.visible, jobs.counts.visible) == (2, 0)


def test_sqs_says_where_each_came_from(faults: FaultServer) -> None:
    source = "arn:aws:sqs:us-east-1:123456789012:jobs"
    queue = queue_on(faults, "jobs-failed")
    message = row("a")
    message["Attributes"] = {
        **message["Attributes"],
        "DeadLetterQueueSourceArn": source,
        "AWSTraceHeader": "Root=1",
    }
    faults.replies(
        received(message),
        Reply.json({"QueueUrl": f"{faults.url}/123456789012/jobs"}),
        Reply.json({"Successful": [{"Id": "0", "MessageId": "n", "MD5OfMessageBody": md5("a")}]}),
        Reply.json({"Successful": [{"Id": "0"}]}),
        received(),
    )
    assert queue.redrive(where=lambda _: True) == Redriven(1, 0)
    sent = faults.requests[2].json
    assert sent["QueueUrl"].endswith("/jobs")
    assert sent["Entries"][0]["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"] == "Root=1"


def test_what_cannot_be_sent_stays_and_what_cannot_be_deleted_is_told(faults: FaultServer) -> None:
    queue = queue_on(faults, "failed")
    target = queue_on(faults, "jobs")
    rows = [row(body) | {"MessageId": body, "ReceiptHandle": body} for body in ("sent", "refused")]
    hidden: list[Any] = []

    def answer(request: Request) -> Reply:
        entries = request.json.get("Entries", [])
        if request.operation == "ReceiveMessage":
            return received(*[rows.pop(0) for _ in list(rows)])
        if request.operation == "SendMessageBatch":
            good = {"Id": entries[0]["Id"], "MessageId": "n", "MD5OfMessageBody": md5("sent")}
            return Reply.json({"Successful": [good], "Failed": [refused(entries[1], sender=True)]})
        if request.operation == "DeleteMessageBatch":
            return Reply.json({"Failed": [refused(entries[0], sender=True)]})
        hidden.extend(entry["ReceiptHandle"] for entry in entries)
        return Reply.json({"Successful": [{"Id": entry["Id"]} for entry in entries]})

    faults.otherwise(answer)
    with pytest.raises(BatchError) as caught:
        queue.redrive(to=target, where=lambda _: True)
    failed: list[Any] = [item for item, _ in caught.value.failed]
    assert [message.body for message in failed] == ["refused", "sent"]
    assert hidden == ["refused"]


def test_a_request_to_delete_that_fails_is_told_with_its_messages(faults: FaultServer) -> None:
    """They are in both queues then, and whoever is called at night has to know which."""
    queue, target = queue_on(faults, "failed"), queue_on(faults, "jobs")
    hidden: list[Any] = []

    def answer(request: Request) -> Reply:
        entries = request.json.get("Entries", [])
        if request.operation == "ReceiveMessage":
            return received(row("secret body"))
        if request.operation == "SendMessageBatch":
            return all_taken(request)
        if request.operation == "DeleteMessageBatch":
            return Reply(reset=True)
        hidden.extend(entries)
        return Reply.json({"Successful": [{"Id": entry["Id"]} for entry in entries]})

    faults.otherwise(answer)
    with pytest.raises(BatchError) as caught:
        queue.redrive(to=target, where=lambda _: True)
    [(item, error)] = caught.value.failed
    assert isinstance(item, Message)
    assert isinstance(error, ConnectionFailed)
    assert isinstance(caught.value.__cause__, ConnectionFailed)
    assert "secret" not in str(caught.value)
    assert hidden == []  # it was sent, so it is not given back


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, ValueError])
def test_whatever_ends_it_the_rest_goes_back(rig: Rig, error: type[BaseException]) -> None:
    failed, jobs = pair(rig)
    failed.send_many(["a", "b", "c"])
    looked = 0

    def look(message: Message) -> bool:
        nonlocal looked
        looked += 1
        if looked == 2:
            raise error
        return True

    with pytest.raises(error):
        failed.redrive(where=look)
    assert failed.counts.visible + jobs.counts.visible == 3
    assert failed.counts.in_flight == 0


def test_a_deadline_gives_the_rest_back(faults: FaultServer) -> None:
    queue, target = queue_on(faults, "failed"), queue_on(faults, "jobs")
    hidden: list[Any] = []

    def answer(request: Request) -> Reply:
        entries = request.json.get("Entries", [])
        if request.operation == "ReceiveMessage":
            return received(row("a"))
        if request.operation == "SendMessageBatch":
            return Reply(reset=True, delay=2)
        hidden.extend(entry["ReceiptHandle"] for entry in entries)
        return Reply.json({"Successful": [{"Id": entry["Id"]} for entry in entries]})

    faults.otherwise(answer)
    with pytest.raises(DeadlineExceeded), deadline(1):
        queue.redrive(to=target, where=lambda _: True)
    assert hidden == ["receipt-1"]
