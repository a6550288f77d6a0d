"""Messages in a file, and out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudkit import BatchError, Bucket, DeadlineExceeded, InvalidRequest, deadline
from cloudkit.sqs import Queue
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import all_taken, queue_on, received, row

ATTRIBUTES: dict[str, Any] = {"n": 3, "text": "ä\u2028", "data": b"\x00\xff"}


def filled(rig: Rig, *bodies: str) -> Queue:
    jobs = Queue.create(rig.name("jobs"))
    jobs.send_many(bodies, attributes=ATTRIBUTES)
    return jobs


def drained(queue: Queue) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for message in queue.drain(wait=0):
        with message:
            found.append((message.body, message.attributes))
    return sorted(found)


def test_there_and_back(rig: Rig, tmp_path: Path) -> None:
    bodies = [f'line\n{number} \u2028 "ä"' for number in range(25)]
    jobs = filled(rig, *bodies)
    assert jobs.save(tmp_path / "jobs.jsonl", delete=True) == 25
    assert jobs.counts.visible == 0
    lines = (tmp_path / "jobs.jsonl").read_bytes().splitlines()
    assert len(lines) == 25
    assert json.loads(lines[0])["attributes"]["data"] == {"type": "Binary", "base64": "AP8="}
    other = Queue.create(rig.name("other"))
    assert other.load(str(tmp_path / "jobs.jsonl")) == 25
    assert drained(other) == sorted((body, ATTRIBUTES) for body in bodies)


def test_without_deleting_they_are_visible_again(rig: Rig, tmp_path: Path) -> None:
    jobs = filled(rig, "a", "b")
    assert jobs.save(str(tmp_path / "x")) == 2
    assert (jobs.counts.visible, jobs.counts.in_flight) == (2, 0)


def test_an_object_will_do(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("acme"))
    jobs = filled(rig, "a", "b", "c")
    assert jobs.save(bucket["jobs.jsonl.gz"], delete=True, limit=2) == 2
    assert jobs.counts.visible == 1
    assert jobs.load(bucket["jobs.jsonl.gz"]) == 2
    assert jobs.counts.visible == 3


def test_nothing_is_written_over(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("what I have")
    jobs = filled(rig, "a")
    with pytest.raises(FileExistsError):
        jobs.save(tmp_path / "x", delete=True)
    assert jobs.counts.visible == 1
    assert (tmp_path / "x").read_text() == "what I have"


def test_what_was_not_written_is_not_deleted(rig: Rig) -> None:
    class Full:
        def open(self, mode: str) -> Any:
            raise OSError(28, "disk full")

    class FullLater(Full):
        def open(self, mode: str) -> Any:
            return self

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            raise OSError(28, "disk full")

        def write(self, text: str) -> None: ...

    jobs = filled(rig, "a", "b")
    for place in (Full(), FullLater()):
        with pytest.raises(OSError, match="full"):
            jobs.save(place, delete=True)
        assert jobs.counts.visible == 2


def test_fifo(rig: Rig, tmp_path: Path) -> None:
    jobs = Queue.create(rig.name("jobs") + ".fifo")
    sent = [(f"{group}{number}", group) for number in range(12) for group in "ab"]
    for body, group in sent:
        jobs.send(body, group=group)
    with pytest.raises(InvalidRequest, match="delete=True"):
        jobs.save(tmp_path / "x")
    with pytest.raises(InvalidRequest, match="path"):
        jobs.save(Bucket("acme-any")["x"], delete=True)
    assert jobs.save(tmp_path / "x", delete=True) == 24
    assert jobs.load(tmp_path / "x") == 24  # within five minutes of the first time, and none is dropped
    jobs.load(tmp_path / "x")  # this one is
    found: list[tuple[str, str | None]] = []
    for message in jobs.drain(wait=0):
        with message:
            found.append((message.body, message.group))
    for group in "ab":
        assert [each for each in found if each[1] == group] == [each for each in sent if each[1] == group]


def test_standard_to_fifo(rig: Rig, tmp_path: Path) -> None:
    filled(rig, "a", "b").save(tmp_path / "x")
    jobs = Queue.create(rig.name("jobs") + ".fifo")
    assert jobs.load(tmp_path / "x") == 2
    assert len(jobs.receive(wait=0)) == 2


def test_bodies_in_a_bucket_are_written_whole(rig: Rig, tmp_path: Path) -> None:
    bucket = Bucket.create(rig.name("acme"))
    jobs = Queue(filled(rig).name, overflow=bucket)
    jobs.send("x" * 2**21)
    assert jobs.save(tmp_path / "x", delete=True) == 1
    assert list(bucket) == []
    jobs.load(tmp_path / "x")
    [message] = jobs.receive(wait=0)
    assert len(message.body) == 2**21


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        "{}",
        '{"body": "a", "attributes": {"n": {}}}',
        '{"body": "a", "attributes": 1}',
        '{"body": ""}',
    ],
)
def test_what_was_not_saved_is_not_loaded(rig: Rig, tmp_path: Path, line: str) -> None:
    (tmp_path / "x").write_text(f'{{"body": "good"}}\n\n{line}\n')
    jobs = Queue.create(rig.name("jobs"))
    with pytest.raises(BatchError) as caught:
        jobs.load(tmp_path / "x")
    assert [item for item, _ in caught.value.failed] == [line]
    assert drained(jobs) == [("good", {})]


def test_messages_that_come_again_are_written_once(faults: FaultServer, tmp_path: Path) -> None:
    deleted: list[str] = []
    again = [received(row("a")), received(row("a", ReceiptHandle="receipt-2")), received()]

    def answer(request: Request) -> Reply:
        if request.operation == "ReceiveMessage":
            return again.pop(0)
        deleted.extend(entry["ReceiptHandle"] for entry in request.json["Entries"])
        return Reply.json({"Successful": [{"Id": entry["Id"]} for entry in request.json["Entries"]]})

    faults.otherwise(answer)
    assert queue_on(faults).save(tmp_path / "x", delete=True) == 1
    assert deleted == ["receipt-2"]
    assert len((tmp_path / "x").read_text().splitlines()) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_whatever_ends_it_they_are_visible_again(
    rig: Rig, tmp_path: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Breaking:
        def open(self, mode: str) -> Any:
            return self

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None: ...

        def write(self, text: str) -> None:
            raise error

    jobs = filled(rig, "a", "b", "c")
    with pytest.raises(error):
        jobs.save(Breaking(), delete=True)
    assert (jobs.counts.visible, jobs.counts.in_flight) == (3, 0)


def test_a_deadline_gives_them_back(faults: FaultServer, tmp_path: Path) -> None:
    hidden: list[Any] = []

    def answer(request: Request) -> Reply:
        if request.operation == "ReceiveMessage":
            return received(row("a")) if len(faults.requests) <= 1 else Reply(reset=True, delay=2)
        entries = request.json["Entries"]
        hidden.extend(entry["ReceiptHandle"] for entry in entries)
        return Reply.json({"Successful": [{"Id": entry["Id"]} for entry in entries]})

    faults.otherwise(answer)
    with pytest.raises(DeadlineExceeded), deadline(1):
        queue_on(faults).save(tmp_path / "jobs.jsonl", delete=True)
    assert hidden == ["receipt-1"]


def test_a_file_that_cannot_be_read_to_its_end_is_said(faults: FaultServer) -> None:
    """What was complete by then is sent; the caller's error stays what it is."""
    faults.otherwise(all_taken)

    class Breaking:
        def open(self, mode: str) -> Any:
            return self

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None: ...

        def __iter__(self) -> Iterator[str]:
            for number in range(15):
                yield json.dumps({"body": str(number)})
            raise OSError(5, "I/O error")

    with pytest.raises(OSError, match="I/O"):
        queue_on(faults).load(Breaking())
    assert [len(request.json["Entries"]) for request in faults.requests] == [10]
