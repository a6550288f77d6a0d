"""Batches that fail in part, or as a whole: nothing is lost without a word, and nothing overtakes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cloudkit import (
    AccessDenied,
    BatchError,
    CloudError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    ServiceError,
)
from cloudkit._core.batching import send_all
from cloudkit.sqs import Message, Outgoing, Queue, QueueNotFound, Sent
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import Entry, Sending
from cloudkit.testing import FakeClock
from cloudkit.types import Answer
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import MISSING, all_taken, queue_on, refused, taken

MIB = 1024**2


def failing(*bodies: str, sender: bool = False, code: str = "InternalError") -> Callable[[Request], Reply]:
    """SendMessageBatch that does not take those."""

    def answer(request: Request) -> Reply:
        entries = request.json["Entries"]
        return Reply.json(
            {
                "Successful": [taken(each) for each in entries if each["MessageBody"] not in bodies],
                "Failed": [
                    refused(each, sender=sender, code=code)
                    for each in entries
                    if each["MessageBody"] in bodies
                ],
            }
        )

    return answer


def bodies(request: Request) -> Sequence[str]:
    return [entry["MessageBody"] for entry in request.json["Entries"]]


def ids(sent: Sequence[Sent]) -> Sequence[str]:
    return [each.id for each in sent]


# -- the law of order, for whatever is sent by `Sending` ------------------------------------------------------

FATES = ("fine", "fine", "fine", "later", "later", "never", "refused", "damaged", "forgotten", "invalid")


class Server:
    """Takes rows by tables of fates, and keeps the calls that it saw."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.log: list[tuple[int, int]] = []  # what got through: its number, and in which call

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> Answer:
        numbers = [row["Number"] for row in rows]
        self.calls.append(numbers)
        done: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for row in rows:
            fate, number = row["Fate"], row["Number"]
            times = sum(number in each for each in self.calls)
            if fate == "refused":
                failed.append(refused(row, sender=True))
            elif fate == "never" or (fate == "later" and times == 1):
                failed.append(refused(row, sender=False))
            elif fate != "forgotten":
                done.append({"Id": row["Id"], "Fate": fate, "Number": number})
                if fate != "damaged":
                    self.log.append((number, len(self.calls)))
        return {"Successful": done, "Failed": failed}

    def last_call(self, number: int) -> int:
        """The last call that had it; 0 if none had."""
        return max((place for place, each in enumerate(self.calls, 1) if number in each), default=0)


def send(
    server: Server, fates: Sequence[tuple[str, str]], *, fifo: bool, most: int = 4
) -> tuple[Sequence[int], Sequence[int]]:
    """Send numbers, each with a group and a fate; those that got through, and those that did not."""

    def result(_entry: Entry, row: Answer) -> int:
        if row["Fate"] == "damaged":
            raise ServiceError("damaged")
        return int(row["Number"])

    entries = [
        Entry(
            number,
            {"Number": number, "Fate": fate},
            group=group,
            error=InvalidRequest("no") if fate == "invalid" else None,
        )
        for number, (group, fate) in enumerate(fates)
    ]
    sending = Sending(server, result, service=SQS, operation="SendMessageBatch", about="jobs", fifo=fifo)
    try:
        done = send_all(entries, sending, clock=FakeClock(), most=most, shown=lambda entry: entry.item)
    except BatchError as error:
        numbers: Any = ([item for item, _ in error.succeeded], [item for item, _ in error.failed])
        return numbers  # type: ignore[no-any-return]
    return done, []


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(FATES)), min_size=1, max_size=16))
def test_no_message_overtakes_a_failed_one_of_its_group(fates: Sequence[tuple[str, str]]) -> None:
    server = Server()
    done, failed = send(server, fates, fifo=True)
    assert sorted([*done, *failed]) == list(range(len(fates)))
    assert sorted(done) == sorted(number for number, _ in server.log)
    for group in "ab":
        passed = [(number, call) for number, call in server.log if fates[number][0] == group]
        assert passed == sorted(passed)
        for lost in failed:
            if fates[lost][0] == group:
                # AWS may take a later one of the same call; of no call after it.
                assert all(call <= server.last_call(lost) for number, call in passed if number > lost)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(FATES)), min_size=1, max_size=16))
def test_without_order_nothing_is_held_back(fates: Sequence[tuple[str, str]]) -> None:
    done, failed = send(Server(), fates, fifo=False)
    assert done == [number for number, (_, fate) in enumerate(fates) if fate in ("fine", "later")]
    assert [*failed] == [number for number in range(len(fates)) if number not in done]


def test_a_passing_failure_behind_one_for_good_is_not_sent_again() -> None:
    server = Server()
    assert send(server, [("a", "refused"), ("a", "later"), ("b", "later")], fifo=True) == ([2], [0, 1])
    assert server.calls == [[0, 1, 2], [2]]


@pytest.mark.parametrize("fate", ["refused", "damaged", "forgotten", "invalid", "never"])
def test_a_group_ends_with_what_is_lost(fate: str) -> None:
    server = Server()
    assert send(server, [("a", fate), ("a", "fine"), ("b", "fine")], fifo=True, most=1) == ([2], [0, 1])
    assert [1] not in server.calls


# -- splitting ------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 700_000), max_size=25), st.booleans())
def test_no_call_is_too_large_and_the_order_is_kept(
    faults: FaultServer, sizes: Sequence[int], fifo: bool
) -> None:
    faults.requests.clear()
    faults.otherwise(all_taken)
    queue = queue_on(faults, "jobs.fifo" if fifo else "jobs")
    texts = [f"{number}:".ljust(size, "x") for number, size in enumerate(sizes)]
    given = [
        Outgoing(text, group="g" if fifo else None, deduplication_id="d" if fifo else None) for text in texts
    ]
    assert ids(queue.send_many(given)) == [f"id of {text}" for text in texts]
    for request in faults.requests:
        assert 1 <= len(bodies(request)) <= 10
        assert sum(map(len, bodies(request))) <= MIB
        assert len({entry["Id"] for entry in request.json["Entries"]}) == len(bodies(request))
    if fifo:
        assert [body for request in faults.requests for body in bodies(request)] == texts


def test_attributes_count(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    half = Outgoing("x", attributes={"a": "y" * (MIB // 2 - 8)})
    queue_on(faults).send_many([half, half, half])
    assert sorted(len(bodies(request)) for request in faults.requests) == [1, 2]


def test_nothing_to_send(faults: FaultServer) -> None:
    assert queue_on(faults).send_many([]) == []
    assert faults.requests == []


def test_the_items_are_read_as_they_are_sent(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    read: list[int] = []

    def items() -> Any:
        for number in range(30):
            assert number < 20 or faults.requests  # by then the first batch is on its way
            read.append(number)
            yield str(number)

    queue_on(faults, "jobs.fifo").send_many(
        Outgoing(body, group="g", deduplication_id=body) for body in items()
    )
    assert read == list(range(30))


def test_options_are_for_those_that_have_none(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    own = Outgoing("own", attributes={"a": 1}, delay=1, group="mine")
    queue_on(faults).send_many(["plain", own], attributes={"a": 2}, delay=2, group="all")
    plain, mine = faults.requests[0].json["Entries"]
    assert (plain["DelaySeconds"], plain["MessageGroupId"]) == (2, "all")
    assert (mine["DelaySeconds"], mine["MessageGroupId"]) == (1, "mine")
    assert plain["MessageAttributes"]["a"]["StringValue"] == "2"
    assert mine["MessageAttributes"]["a"]["StringValue"] == "1"


def test_a_function_gives_the_group(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    orders = [{"user": "ann"}, {"user": "bob"}]
    queue_on(faults).send_many(orders, group=lambda order: order["user"])
    assert [entry["MessageGroupId"] for entry in faults.requests[0].json["Entries"]] == ["ann", "bob"]


# -- entries that fail ----------------------------------------------------------------------------------------


def test_a_passing_failure_is_sent_again_alone(faults: FaultServer) -> None:
    faults.replies(failing("b"), all_taken)
    assert ids(queue_on(faults).send_many(["a", "b", "c"])) == ["id of a", "id of b", "id of c"]
    assert [bodies(request) for request in faults.requests] == [["a", "b", "c"], ["b"]]
    assert faults.clock.slept == [0.2]


def test_a_failure_of_the_sender_is_not(faults: FaultServer) -> None:
    faults.otherwise(failing("b", sender=True, code="InvalidMessageContents"))
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(["a", "b", "c"])
    assert len(faults.requests) == 1
    [(item, error)] = caught.value.failed
    assert item == "b"
    assert isinstance(error, InvalidRequest)
    assert (error.code, error.operation) == ("InvalidMessageContents", "SendMessageBatch")
    assert [(item, result) for item, result in caught.value.succeeded] == [
        ("a", Sent("id of a")),
        ("c", Sent("id of c")),
    ]


def test_what_fails_for_ever_is_given_up(faults: FaultServer) -> None:
    faults.otherwise(failing("b"))
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(["a", "b"])
    assert [bodies(request) for request in faults.requests] == [["a", "b"], ["b"], ["b"], ["b"]]
    [(item, error)] = caught.value.failed
    assert (item, error.attempts, error.retryable) == ("b", 4, True)


def test_a_damaged_entry_is_reported_and_not_repeated(faults: FaultServer) -> None:
    def damaged(request: Request) -> Reply:
        rows = [taken(each) for each in request.json["Entries"]]
        rows[1]["MD5OfMessageBody"] = "0" * 32
        return Reply.json({"Successful": rows})

    faults.replies(damaged)
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(["a", "b"])
    [(item, error)] = caught.value.failed
    assert item == "b"
    assert isinstance(error, ServiceError)


def test_an_entry_without_an_answer_is_reported(faults: FaultServer) -> None:
    faults.replies(Reply.json({"Successful": [{"Id": "7", "MessageId": "?"}], "Failed": [{"Id": "x"}]}))
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(["a"])
    assert "does not mention" in str(caught.value.failed[0].error)


def test_invalid_items_are_reported_with_the_others_sent(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    items = ["a", b"bytes", "c\0", *map(str, range(20))]
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(items)
    assert [item for item, _ in caught.value.failed] == [b"bytes", "c\0"]
    assert all(isinstance(error, InvalidRequest) for _, error in caught.value.failed)
    assert [item for item, _ in caught.value.succeeded] == ["a", *map(str, range(20))]


def test_nothing_but_invalid_items_calls_nothing(faults: FaultServer) -> None:
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(["", b""])
    assert len(caught.value.failed) == 2
    assert faults.requests == []


# -- calls that fail ------------------------------------------------------------------------------------------


def test_a_first_call_that_fails_raises_its_error(faults: FaultServer) -> None:
    faults.otherwise(Reply.json_error("AccessDeniedException", status=403))
    with pytest.raises(AccessDenied):
        queue_on(faults).send_many("abc")
    faults.otherwise(Reply(reset=True))
    with pytest.raises(ConnectionFailed):
        queue_on(faults).send_many("abc")


def test_a_later_call_that_fails_tells_what_was_sent(faults: FaultServer) -> None:
    def until_ten(request: Request) -> Reply:
        return all_taken(request) if "0" in bodies(request) else MISSING

    faults.otherwise(until_ten)
    with pytest.raises(BatchError) as caught:
        queue_on(faults).send_many(map(str, range(15)))
    assert [item for item, _ in caught.value.succeeded] == [str(number) for number in range(10)]
    assert [item for item, _ in caught.value.failed] == [str(number) for number in range(10, 15)]
    assert all(isinstance(error, QueueNotFound) for _, error in caught.value.failed)
    assert isinstance(caught.value.__cause__, QueueNotFound)


# -- FIFO -----------------------------------------------------------------------------------------------------


def ordered(*texts: str) -> Sequence[Outgoing]:
    """Messages whose first letter is their group."""
    return [Outgoing(text, group=text[0], deduplication_id=text) for text in texts]


def outcome(error: BatchError) -> tuple[Sequence[object], Sequence[object]]:
    given: Any = error
    return [item.body for item, _ in given.succeeded], [item.body for item, _ in given.failed]


def test_a_repeated_entry_does_not_follow_a_later_one_of_its_group(faults: FaultServer) -> None:
    faults.otherwise(failing("a1"))
    with pytest.raises(BatchError) as caught:
        queue_on(faults, "jobs.fifo").send_many(ordered("a1", "a2", "b1"))
    assert outcome(caught.value) == (["a2", "b1"], ["a1"])
    assert len(faults.requests) == 1


def test_an_entry_that_nothing_overtook_is_repeated(faults: FaultServer) -> None:
    faults.replies(failing("a1", "a2"), all_taken)
    sent = queue_on(faults, "jobs.fifo").send_many(ordered("a1", "a2", "b1"))
    assert ids(sent) == ["id of a1", "id of a2", "id of b1"]
    assert [bodies(request) for request in faults.requests] == [["a1", "a2", "b1"], ["a1", "a2"]]


def test_a_group_ends_with_its_first_failure(faults: FaultServer) -> None:
    faults.otherwise(failing("a3", sender=True))
    texts = ["a1", "a2", "a3", *(f"b{number}" for number in range(7)), "a4", "b7"]
    with pytest.raises(BatchError) as caught:
        queue_on(faults, "jobs.fifo").send_many(ordered(*texts))
    assert outcome(caught.value)[1] == ["a3", "a4"]
    assert "b7" in outcome(caught.value)[0]
    error = caught.value.failed[1].error
    assert isinstance(error, Conflict)
    assert "overtake" in str(error)
    assert "a4" not in [body for request in faults.requests for body in bodies(request)]


def test_a_group_goes_on_after_a_repeated_entry_got_through(faults: FaultServer) -> None:
    faults.replies(failing("a9"), all_taken, all_taken)
    texts = [*(f"a{number}" for number in range(10)), "a+"]
    assert len(queue_on(faults, "jobs.fifo").send_many(ordered(*texts))) == 11
    assert [body for request in faults.requests for body in bodies(request)] == [*texts[:10], "a9", "a+"]


def test_an_invalid_item_ends_its_group(faults: FaultServer) -> None:
    faults.otherwise(all_taken)
    items = [*ordered("a1"), Outgoing("", group="a"), *ordered("a2", "b1")]
    with pytest.raises(BatchError) as caught:
        queue_on(faults, "jobs.fifo").send_many(items)
    assert outcome(caught.value) == (["a1", "b1"], ["", "a2"])


def test_the_order_of_a_fifo_queue(rig: Rig) -> None:
    queue = Queue.create(rig.name("jobs") + ".fifo", content_deduplication=True)
    sent = queue.send_many((str(number) for number in range(25)), group="g")
    assert len(sent) == 25
    assert [message.body for message in settled(queue)] == [str(number) for number in range(25)]


def settled(queue: Queue) -> Sequence[Message]:
    found: list[Message] = []
    for message in queue.drain(wait=0):
        message.delete()
        found.append(message)
    return found


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
def test_items_that_end_in_an_error_raise_it(
    faults: FaultServer, error: type[BaseException], name: str
) -> None:
    faults.otherwise(all_taken)

    def items() -> Iterator[Outgoing]:
        for number in range(15):
            yield Outgoing(str(number), group="g", deduplication_id=str(number) if "fifo" in name else None)
        raise error

    with pytest.raises(error):
        queue_on(faults, name).send_many(items())
    assert [len(request.json["Entries"]) for request in faults.requests] == [10]
    sending = [each.name for each in threading.enumerate() if each.name.startswith("cloudkit-batch")]
    assert sending == []


def test_a_lost_answer_of_a_batch_is_told_with_all_that_was_sent(faults: FaultServer) -> None:
    faults.replies(all_taken, Reply(reset=True))
    with pytest.raises(BatchError) as caught:
        queue_on(faults, "jobs.fifo").send_many(
            [Outgoing(str(number), group="g", deduplication_id=str(number)) for number in range(25)]
        )
    assert len(caught.value.succeeded) == 10
    assert len(caught.value.failed) == 15
    assert "15 of 25 messages failed" in str(caught.value)


def test_503_is_repeated_and_then_said(faults: FaultServer) -> None:
    busy = Reply.json_error("ServiceUnavailable", "busy", 503)
    faults.replies(busy, all_taken)
    assert len(queue_on(faults, attempts=2).send_many(["a", "b"])) == 2
    faults.otherwise(busy)
    with pytest.raises(CloudError) as caught:
        queue_on(faults, attempts=2).send_many(["a", "b"])
    assert caught.value.status == 503
    assert caught.value.retryable
    assert caught.value.attempts == 2
