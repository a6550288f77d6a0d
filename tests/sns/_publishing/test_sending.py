"""publish_many. No entry fails on the embedded cloud, so a server of our own makes them fail.

That order is kept whatever fails is proved in tests/sqs/_traffic/test_batches.py, of the class that does it for both.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field, frozen

from cloudkit import deadline
from cloudkit.errors import (
    AccessDenied,
    BatchError,
    CloudError,
    DeadlineExceeded,
    InvalidRequest,
    ServiceError,
    Throttled,
)
from cloudkit.sns import Outgoing, Published, Topic, TopicNotFound
from cloudkit.sqs import Queue
from tests.conftest import Rig
from tests.faults import LATE_SECONDS, FaultServer, Reply
from tests.sns.answers import FIFO, TOPIC, answer, attributes, batch, by_operation, sent, topic_said


def sizes(faults: FaultServer) -> list[int]:
    return [len(sent(request)) for request in faults.requests if request.operation == "PublishBatch"]


def test_any_number_of_messages(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    topic.subscribe(queue, raw=True)
    done = topic.publish_many(f"m{number}" for number in range(23))
    assert len({each.id for each in done}) == 23
    received: set[str] = set()
    while messages := queue.receive(10, wait=0):
        received.update(message.body for message in messages)
        queue.delete_messages(messages)
    assert received == {f"m{number}" for number in range(23)}


def test_messages_with_more_than_text(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    topic.subscribe(queue)
    topic.publish_many(
        [
            Outgoing({"a": 1}, subject="First", attributes={"n": 1, "key": b"\x00"}),
            Outgoing("all", per_protocol={"sqs": "queues"}),
        ]
    )
    first, second = (json.loads(message.body) for message in queue.receive(10, wait=0))
    assert (first["Message"], first["Subject"]) == ('{"a": 1}', "First")
    assert first["MessageAttributes"]["n"] == {"Type": "Number", "Value": "1"}
    assert second["Message"] == "queues"


def test_ten_in_a_call(faults: FaultServer) -> None:
    faults.otherwise(batch())
    done = Topic(TOPIC, cloud=faults.cloud()).publish_many(str(number) for number in range(25))
    assert done == [Published(f"id-{number}") for number in range(25)]
    assert sizes(faults) == [10, 10, 5]


def test_so_many_bytes_in_a_call(faults: FaultServer) -> None:
    faults.otherwise(batch())
    Topic(TOPIC, cloud=faults.cloud()).publish_many(
        [
            "a" * 131_072,
            "b" * 131_072,
            "c",
            Outgoing("d" * 262_000, attributes={"name": "x" * 134}),
        ]
    )
    # Exactly full; then the attributes make the difference.
    assert sizes(faults) == [2, 1, 1]


def test_a_topic_that_takes_more_takes_more_in_a_call(faults: FaultServer) -> None:
    large = topic_said(MaximumMessageSize="1048576")
    faults.otherwise(by_operation(PublishBatch=batch(), GetTopicAttributes=large))
    Topic(TOPIC, cloud=faults.cloud()).publish_many(["a" * 300_000, "b" * 700_000, "c" * 48_577])
    # Asked once, for the large ones.
    assert faults.operations == ["GetTopicAttributes", "PublishBatch", "PublishBatch"]
    assert sizes(faults) == [2, 1]


def test_a_call_has_as_many_bytes_as_the_topic_is_known_to_take(faults: FaultServer) -> None:
    said = topic_said(MaximumMessageSize="1024")
    faults.otherwise(by_operation(PublishBatch=batch(), GetTopicAttributes=said))
    topic = Topic(TOPIC, cloud=faults.cloud()).refresh()
    topic.publish_many(["a" * 512, "b" * 512, "c"])
    assert sizes(faults) == [2, 1]
    with pytest.raises(BatchError, match="the topic takes 1,024"):
        topic.publish_many(["a" * 1025])


def test_nothing_to_publish(faults: FaultServer) -> None:
    assert Topic(TOPIC, cloud=faults.cloud()).publish_many([]) == []
    assert faults.operations == []


def test_an_iterable_is_read_as_it_is_sent(faults: FaultServer) -> None:
    faults.otherwise(batch())
    seen: list[int] = []

    def messages() -> Iterator[str]:
        for number in range(30):
            seen.append(len(faults.requests))
            yield str(number)

    Topic(TOPIC, cloud=faults.cloud()).publish_many(messages())
    assert max(seen) >= 1


def test_passing_failures_are_sent_again(faults: FaultServer) -> None:
    faults.replies(batch(lambda message: ("InternalError", False) if message in "bd" else None))
    faults.otherwise(batch())
    done = Topic(TOPIC, cloud=faults.cloud()).publish_many("abcd")
    assert [each.id for each in done] == ["id-a", "id-b", "id-c", "id-d"]
    assert sizes(faults) == [4, 2]
    assert faults.clock.slept == [0.2]


def test_failures_that_stay_are_told_with_their_inputs(faults: FaultServer) -> None:
    faults.otherwise(
        batch(lambda message: {"b": ("InternalError", False), "c": ("InvalidParameter", True)}.get(message))
    )
    inputs: list[Outgoing | str] = ["a", Outgoing("b"), "c", "d"]
    with pytest.raises(BatchError) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(inputs)
    error = caught.value
    assert [(each.item, type(each.error), each.error.attempts) for each in error.failed] == [
        (inputs[1], ServiceError, 4),
        ("c", InvalidRequest, 1),
    ]
    assert [(each.item, each.result) for each in error.succeeded] == [
        ("a", Published("id-a")),
        ("d", Published("id-d")),
    ]
    assert sizes(faults) == [4, 1, 1, 1]
    assert error.failed[0].error.resource == TOPIC
    assert (error.service, error.operation) == ("sns", "PublishBatch")


def test_a_large_one_that_fails_has_a_hint(faults: FaultServer) -> None:
    faults.otherwise(
        by_operation(
            PublishBatch=batch(lambda _: ("InvalidParameter", True)),
            GetTopicAttributes=Reply.query_error("AuthorizationError", "no", 403),
        )
    )
    with pytest.raises(BatchError) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(["x" * 300_000, "y"])
    assert "300,000 bytes" in str(caught.value.failed[0].error.hint)
    assert caught.value.failed[1].error.hint is None


def test_a_large_one_is_not_sent_to_a_topic_that_takes_less(faults: FaultServer) -> None:
    faults.otherwise(by_operation(PublishBatch=batch(), GetTopicAttributes=topic_said()))
    with pytest.raises(BatchError) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(["x" * 300_000, "y"])
    [failed] = caught.value.failed
    assert failed.item == "x" * 300_000
    assert "the topic takes 262,144" in failed.error.message
    assert sizes(faults) == [1]


def test_what_sns_would_refuse_is_not_sent_and_the_rest_is(faults: FaultServer) -> None:
    faults.otherwise(batch())
    with pytest.raises(BatchError) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(["a", "", Outgoing("c", subject="\n"), "d"])
    assert [each.item for each in caught.value.failed] == ["", Outgoing("c", subject="\n")]
    assert all(isinstance(each.error, InvalidRequest) for each in caught.value.failed)
    assert list(sent(faults.requests[0]).values()) == ["a", "d"]


def test_nothing_that_can_be_sent_is_no_request(faults: FaultServer) -> None:
    with pytest.raises(BatchError):
        Topic(TOPIC, cloud=faults.cloud()).publish_many(["", ""])
    assert faults.operations == []


def test_the_embedded_cloud_would_take_an_empty_one(rig: Rig) -> None:
    with pytest.raises(BatchError, match="1 of 2"):
        Topic.create(rig.name("news")).publish_many(["a", ""])


def test_an_entry_that_the_answer_forgets_is_no_success(faults: FaultServer) -> None:
    faults.otherwise(answer("PublishBatch", "<Successful></Successful><Failed></Failed>"))
    with pytest.raises(BatchError, match="does not mention"):
        Topic(TOPIC, cloud=faults.cloud()).publish_many(["a"])


def test_a_call_that_fails_as_a_whole(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("NotFound", "Topic does not exist", 404))
    with pytest.raises(TopicNotFound):
        Topic(TOPIC, cloud=faults.cloud()).publish_many(["a", "b"])
    assert faults.operations == ["PublishBatch"]


def test_a_later_call_that_fails_as_a_whole(faults: FaultServer) -> None:
    faults.replies(batch())
    faults.otherwise(Reply.query_error("KMSThrottling"))
    with pytest.raises(BatchError) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(str(number) for number in range(25))
    assert len(caught.value.succeeded) == 10
    assert [each.item for each in caught.value.failed] == [str(number) for number in range(10, 20)]
    assert all(isinstance(each.error, Throttled) for each in caught.value.failed)
    assert isinstance(caught.value.__cause__, Throttled)
    assert faults.operations == ["PublishBatch"] * 2


# -- FIFO ----------------------------------------------------------------------------------------------------

DERIVES = attributes("GetTopicAttributes", {"ContentBasedDeduplication": "true"})


def grouped(*messages: str) -> list[Outgoing]:
    """Messages whose first letter is their group."""
    return [Outgoing(message, group=message[0]) for message in messages]


def failed(error: CloudError) -> list[str]:
    assert isinstance(error, BatchError)
    return [str(item.message) for item, _ in error.failed if isinstance(item, Outgoing)]


def test_fifo_batches(rig: Rig) -> None:
    topic, queue = Topic.create(f"{rig.name('o')}.fifo"), Queue.create(f"{rig.name('q')}.fifo")
    topic.subscribe(queue, raw=True)
    topic.publish_many(grouped("a1", "b1", "a2", "b2", "a2"))
    received = [message.body for message in queue.receive(10, wait=0)]
    assert sorted(received) == ["a1", "a2", "b1", "b2"]
    assert received.index("a1") < received.index("a2")
    with pytest.raises(BatchError, match="needs a group"):
        topic.publish_many(["no group"])


def test_no_message_overtakes_one_of_its_group_that_failed(faults: FaultServer) -> None:
    faults.replies(DERIVES)
    faults.otherwise(batch(lambda message: ("InvalidParameter", True) if message == "a0" else None))
    messages = grouped("a0", "b0", *(f"b{number}" for number in range(1, 9)), "a9", "b9")
    with pytest.raises(BatchError) as caught:
        Topic(FIFO, cloud=faults.cloud()).publish_many(messages)
    assert failed(caught.value) == ["a0", "a9"]
    assert "would overtake" in caught.value.failed[1].error.message
    assert list(sent(faults.requests[2]).values()) == ["b9"]


# -- what goes wrong -----------------------------------------------------------------------------------------


def test_a_generator_that_raises_ends_it_with_its_own_error(faults: FaultServer) -> None:
    faults.otherwise(batch())

    def messages() -> Iterator[str]:
        yield from map(str, range(24))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Topic(TOPIC, cloud=faults.cloud()).publish_many(messages())
    # Nothing that was read after the last full batch is on its way.
    assert sizes(faults) == [10, 10]


def test_a_generator_is_read_no_further_than_the_batch_that_fails(faults: FaultServer) -> None:
    faults.replies(batch(), Reply.query_error("AuthorizationError", "no", 403))
    endless = itertools.count()
    with pytest.raises(BatchError) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(map(str, endless))
    assert (len(caught.value.succeeded), len(caught.value.failed)) == (10, 10)
    assert next(endless) == 20


@pytest.mark.parametrize(
    "reply",
    [
        Reply.query_error("InternalError", "no", 500),
        Reply.query_error("ServiceUnavailable", "no", 503),
        Reply(reset=True),
    ],
    ids=["500", "503", "reset"],
)
def test_a_call_that_breaks_once_is_made_again(faults: FaultServer, reply: Reply) -> None:
    faults.replies(reply)
    faults.otherwise(batch())
    done = Topic(TOPIC, cloud=faults.cloud(attempts=2, pauses=False)).publish_many(["a", "b"])
    assert [each.id for each in done] == ["id-a", "id-b"]
    assert sizes(faults) == [2, 2]


def test_throttled_entries_are_sent_again(faults: FaultServer) -> None:
    faults.replies(batch(lambda message: ("ThrottledException", False) if message == "b" else None))
    faults.otherwise(batch())
    assert len(Topic(TOPIC, cloud=faults.cloud()).publish_many("abc")) == 3
    assert sizes(faults) == [3, 1]


def test_the_deadline_says_what_was_done(faults: FaultServer) -> None:
    faults.replies(batch())
    faults.otherwise(Reply(delay=30))
    began = time.monotonic()
    with deadline(0.5), pytest.raises(DeadlineExceeded) as caught:
        Topic(TOPIC, cloud=faults.cloud()).publish_many(str(number) for number in range(40))
    assert time.monotonic() - began < 0.5 + LATE_SECONDS
    assert caught.value.batch is not None
    assert len(caught.value.batch.succeeded) == 10


def test_answers_that_do_not_tell_the_id(faults: FaultServer) -> None:
    topic = Topic(TOPIC, cloud=faults.cloud())
    faults.replies(
        answer("Publish"), answer("PublishBatch", "<Successful><member><Id>0</Id></member></Successful>")
    )
    with pytest.raises(ServiceError, match="no MessageId") as caught:
        topic.publish("a")
    assert (caught.value.operation, caught.value.resource) == ("Publish", str(topic))
    with pytest.raises(BatchError, match="1 of 1"):
        topic.publish_many(["a"])


# -- what is too large ---------------------------------------------------------------------------------------


@frozen
class Shelf:
    """A bucket of one's own, that can fail."""

    kept: dict[str, bytes] = field(factory=dict[str, bytes])
    refuses: bytes = b"-"
    name: str = "acme-large"

    def __getitem__(self, key: str) -> Place:
        return Place(self, key)


@frozen
class Place:
    shelf: Shelf
    key: str

    def write_bytes(self, data: bytes) -> None:
        if data.startswith(self.shelf.refuses):
            raise AccessDenied("no")
        self.shelf.kept[self.key] = data

    def read_bytes(self, *, start: int = 0, size: int | None = None) -> bytes:
        return self.shelf.kept[self.key][start:][:size]

    def delete(self) -> None:
        self.shelf.kept.pop(self.key, None)


LARGE = 300_000


def large_topic(faults: FaultServer, shelf: Shelf, **given: Any) -> Topic:
    faults.otherwise(by_operation(PublishBatch=batch(), GetTopicAttributes=topic_said()))
    return Topic(TOPIC, overflow=shelf, cloud=faults.cloud(**given))


def test_a_text_that_may_have_been_published_stays_in_the_bucket(faults: FaultServer) -> None:
    shelf = Shelf()
    topic = large_topic(faults, shelf, attempts=2, pauses=False)
    # The first answer was lost, and by the second the credentials had run out.
    faults.replies(topic_said(), Reply(reset=True), Reply.query_error("ExpiredToken", "no", 403))
    with pytest.raises(CloudError):
        topic.publish("x" * LARGE)
    assert len(shelf.kept) == 1
    faults.replies(Reply.query_error("InvalidParameter"))
    with pytest.raises(InvalidRequest):
        topic.publish("y" * LARGE)
    assert len(shelf.kept) == 1


def test_of_many_what_is_refused_leaves_the_bucket(faults: FaultServer) -> None:
    shelf = Shelf()
    topic = large_topic(faults, shelf)
    faults.replies(topic_said())
    said = iter([("InvalidParameter", True), ("InternalError", False), *[None] * 9])
    faults.replies(batch(lambda _: next(said)))
    faults.otherwise(batch())
    messages = [letter * LARGE for letter in "abc"]
    with pytest.raises(BatchError) as caught:
        topic.publish_many(messages)
    assert [each.item for each in caught.value.failed] == messages[:1]
    # The second one was sent again, by the same pointer.
    assert sorted(data[:1] for data in shelf.kept.values()) == [b"b", b"c"]
    assert len(caught.value.succeeded) == 2


def test_a_bucket_that_refuses_one(faults: FaultServer) -> None:
    shelf = Shelf(refuses=b"b")
    messages = [letter * LARGE for letter in "abc"]
    with pytest.raises(BatchError) as caught:
        large_topic(faults, shelf).publish_many(messages)
    [failed] = caught.value.failed
    assert failed.item == messages[1]
    assert isinstance(failed.error, AccessDenied)
    assert len(shelf.kept) == 2


def test_nothing_is_put_into_the_bucket_before_its_turn(faults: FaultServer) -> None:
    shelf = Shelf()
    topic = large_topic(faults, shelf)
    faults.replies(topic_said(), *[batch()] * 1, Reply.query_error("AuthorizationError", "no", 403))
    with pytest.raises(BatchError):
        topic.publish_many([letter * LARGE for letter in "abcdefghijklmnopqrstuvwxyz"])
    # The first ten, sent; the next ten were refused, and the rest never came to it.
    assert len(shelf.kept) == 10
