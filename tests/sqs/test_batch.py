"""Messages that are sent together as they come."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack

import pytest

from cloudkit import BatchError, InvalidRequest, WaitTimeout, deadline
from cloudkit.errors import DeadlineExceeded, ServiceError
from cloudkit.sqs import Queue, QueueNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import MISSING, all_taken, queue_on, refused, taken


def sizes(faults: FaultServer) -> list[int]:
    return [len(request.json["Entries"]) for request in faults.requests]


def test_ten_a_request(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    with queue_on(faults).batch() as batch:
        receipts = [batch.send(str(number)) for number in range(30)]
    assert sizes(faults) == [10, 10, 10]
    assert [receipt.id for receipt in receipts] == [f"id of {number}" for number in range(30)]
    assert all(receipt.done() for receipt in receipts)
    assert repr(receipts[0]) == "<Receipt of 123456789012/jobs>"


def test_a_mebibyte_a_request(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    with queue_on(faults).batch() as batch:
        for _ in range(5):
            batch.send("x" * 400_000)
    assert sorted(sizes(faults)) == [1, 2, 2]


def test_what_has_waited_is_sent(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"))
    with jobs.batch() as batch:
        assert batch.send("x", attributes={"n": 1}).result(timeout=30).id
        assert jobs.receive(wait=0)[0].attributes == {"n": 1}


def test_flush_waits(rig: Rig) -> None:
    with Queue.create(rig.name("jobs")).batch() as batch:
        receipts = [batch.send("x") for _ in range(25)]
        batch.flush()
        assert all(receipt.done() for receipt in receipts)


def test_from_many_threads(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"))
    with jobs.batch() as batch:
        threads = [threading.Thread(target=lambda: [batch.send("x") for _ in range(40)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert jobs.counts.visible == 320


def test_a_group_keeps_its_order(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs") + ".fifo")
    with jobs.batch() as batch:
        for number in range(25):
            batch.send(str(number), group="g")
    found: list[str] = []
    for message in jobs.drain(wait=0):
        with message:
            found.append(message.body)
    assert found == [str(number) for number in range(25)]


def test_what_sqs_would_refuse_is_said_at_once(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"))
    with jobs.batch() as batch:
        with pytest.raises(InvalidRequest, match="empty"):
            batch.send("")
        receipt = batch.send("x")
    assert receipt.done()


def some(request: Request) -> Reply:
    rows = request.json["Entries"]
    bad = [row for row in rows if row["MessageBody"] == "bad"]
    good = [row for row in rows if row["MessageBody"] != "bad"]
    return Reply.json(
        {"Successful": [taken(row) for row in good], "Failed": [refused(row, sender=True) for row in bad]}
    )


def test_what_fails_is_said_at_the_end_and_by_the_receipt(faults: FaultServer) -> None:
    faults.otherwise(some)
    with pytest.raises(BatchError) as caught, queue_on(faults).batch() as batch:
        receipts = [batch.send(body) for body in ("a", "bad", "b", "bad")]
    assert [item for item, _ in caught.value.failed] == ["bad", "bad"]
    assert [receipts[0].id, receipts[2].id] == ["id of a", "id of b"]
    for receipt in (receipts[1], receipts[3]):
        assert receipt.done()
        with pytest.raises(ServiceError):
            receipt.result()


def test_the_error_says_how_many_and_why_and_no_bodies(faults: FaultServer) -> None:
    faults.otherwise(some)
    with pytest.raises(BatchError) as caught, queue_on(faults).batch() as batch:  # noqa: PT012
        for number in range(25):
            batch.send("bad" if number % 12 == 0 else f"canary {number}")
    assert "SendMessageBatch 123456789012/jobs: 3 of 25 messages failed: no" in str(caught.value)
    assert len(caught.value.failed) == 3
    assert "canary" not in str(caught.value)
    assert "bad" not in str(caught.value)
    assert not caught.value.retryable
    assert caught.value.hint is not None
    assert "receipts" in caught.value.hint


def test_several_reasons_are_counted(faults: FaultServer) -> None:
    faults.replies(MISSING)
    faults.otherwise(some)
    with pytest.raises(BatchError) as caught, queue_on(faults).batch() as batch:  # noqa: PT012
        batch.send("a")
        batch.send("b")
        batch.flush()
        batch.send("bad")
    assert "3 of 3 messages failed: The specified queue" in str(caught.value)
    assert "(2 of them); and 1 other reason" in str(caught.value)


@pytest.mark.parametrize("around", [True, False])
def test_a_deadline_ends_the_wait_and_is_said(faults: FaultServer, around: bool) -> None:
    """Nothing that was taken and not sent goes unsaid, wherever the deadline was set."""
    faults.otherwise(lambda request: Reply(reset=True, delay=3))
    batch = queue_on(faults).batch()
    with ExitStack() as stack:
        if around:
            stack.enter_context(deadline(0.5))
        batch.__enter__()
        receipt = batch.send("canary")
        if not around:
            receipt.done()
            stack.enter_context(deadline(0.5))
        with pytest.raises(DeadlineExceeded) as caught:
            batch.__exit__(None, None, None)
    assert caught.value.seconds == 0.5
    assert "canary" not in str(caught.value)


def test_a_request_that_fails_fails_its_messages(faults: FaultServer) -> None:
    faults.replies(MISSING)
    faults.otherwise(all_taken)
    with pytest.raises(BatchError) as caught, queue_on(faults).batch() as batch:  # noqa: PT012
        lost = [batch.send("x") for _ in range(10)]
        batch.flush()
        later = batch.send("y")
    assert len(caught.value.failed) == 10
    assert later.id == "id of y"
    with pytest.raises(QueueNotFound):
        lost[3].result()


def test_after_a_failure_of_its_group_nothing_overtakes(faults: FaultServer) -> None:
    faults.otherwise(some)
    with pytest.raises(BatchError) as caught, queue_on(faults, "jobs.fifo").batch() as batch:  # noqa: PT012
        batch.send("bad", group="g", deduplication_id="1")
        batch.flush()
        batch.send("late", group="g", deduplication_id="2")
        batch.send("other", group="h", deduplication_id="3")
    assert [item for item, _ in caught.value.failed] == ["bad", "late"]


def test_an_exception_in_the_block_sends_what_was_taken(
    faults: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    faults.otherwise(some)
    with caplog.at_level(logging.WARNING, "cloudkit.sqs"), pytest.raises(KeyError):  # noqa: PT012
        with queue_on(faults).batch() as batch:
            good, bad = batch.send("good"), batch.send("bad")
            raise KeyError
    assert good.id == "id of good"
    assert bad.done()
    assert "1 of 2 messages failed" in caplog.text
    assert "'bad'" not in caplog.text


def test_it_works_once_and_in_its_block(rig: Rig) -> None:
    batch = Queue.create(rig.name("jobs")).batch()
    with pytest.raises(InvalidRequest, match="not begun"):
        batch.send("x")
    with batch:
        pass
    with pytest.raises(InvalidRequest, match="over"):
        batch.send("x")
    with pytest.raises(InvalidRequest, match="once"), batch:
        pass


def test_waiting_ends(faults: FaultServer) -> None:
    faults.otherwise(_slow)
    with queue_on(faults).batch() as batch:
        receipt = batch.send("x")
        with pytest.raises(WaitTimeout):
            receipt.result(timeout=0.01)
        with pytest.raises(DeadlineExceeded), deadline(0.01):
            receipt.result()
    assert receipt.id == "id of x"


def _slow(request: Request) -> Reply:
    made = all_taken(request)
    return Reply(made.status, made.body, made.headers, delay=1.2)


def test_types_hold_for_it(rig: Rig) -> None:
    name = Queue.create(rig.name("jobs")).name
    with Queue(name, body=dict[str, int]).batch() as batch:
        batch.send({"a": 1})
        with pytest.raises(InvalidRequest, match="type"):
            batch.send({"a": "x"})
