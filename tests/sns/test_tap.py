"""Taps: a queue and a subscription for a while."""

from __future__ import annotations

import _thread
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cloudkit import deadline
from cloudkit.errors import AccessDenied, CloudError, DeadlineExceeded, InvalidRequest
from cloudkit.sns import F, FilterScope, Notification, Topic, TopicNotFound
from cloudkit.sns.tap import PREFIX, end_left_behind, prefix_of
from cloudkit.sqs import Queue, QueueNotFound
from tests.conftest import Rig
from tests.faults import LATE_SECONDS, FaultServer, Reply
from tests.sns.answers import (
    FIFO,
    QUEUE,
    SUBSCRIPTION,
    TOPIC,
    answer,
    by_operation,
    row,
    subscribed,
    subscriptions,
)


def taps(topic: Topic) -> list[str]:
    return [queue.name for queue in Queue.list(prefix=prefix_of(topic.arn), cloud=topic.cloud)]


@pytest.fixture
def topic(rig: Rig) -> Topic:
    return Topic.create(rig.name("news"))


# -- reading -------------------------------------------------------------------------------------------------


def test_what_is_published_from_now_on(topic: Topic) -> None:
    topic.publish("before")
    with topic.tap(timeout=0) as messages:
        topic.publish("one", subject="First", attributes={"n": 1})
        topic.publish({"a": 2})
        found = sorted(messages, key=lambda each: each.message)
    assert all(isinstance(each, Notification) for each in found)
    assert [each.message for each in found] == ["one", '{"a": 2}']
    one = found[0]
    assert (one.subject, one.attributes, one.topic_arn) == ("First", {"n": 1}, topic.arn)


def test_nothing_is_left(topic: Topic) -> None:
    with topic.tap(timeout=0) as messages:
        assert taps(topic) == [messages.queue.name]
        assert topic.subscriptions().to_list() == [messages.subscription]
        assert messages.queue.name.startswith(PREFIX)
        assert repr(messages) == f"<Tap {topic} {messages.queue}>"
    assert taps(topic) == []
    assert topic.subscriptions().to_list() == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_nothing_is_left_whatever_happens(topic: Topic, error: type[BaseException]) -> None:
    with pytest.raises(error), topic.tap(timeout=0):
        raise error
    assert taps(topic) == []
    assert topic.subscriptions().to_list() == []


def test_only_so_many(topic: Topic) -> None:
    with topic.tap(timeout=0, limit=3) as messages:
        topic.publish_many(map(str, range(12)))
        assert len(list(messages)) == 3
        assert len(messages.collect(4, timeout=0)) == 4
        # What was read is gone, and the rest is there.
        assert len(messages.collect(100, timeout=0)) == 5


def test_reading_goes_on_after_a_break(topic: Topic) -> None:
    with topic.tap(timeout=0) as messages:
        topic.publish("one")
        for _ in messages:
            break
        topic.publish("two")
        assert [each.message for each in messages] == ["two"]


def test_some_of_them(topic: Topic) -> None:
    with topic.tap(filter=F.event == "paid", timeout=0) as messages:
        topic.publish("no", attributes={"event": "new"})
        topic.publish("yes", attributes={"event": "paid"})
        assert [each.message for each in messages] == ["yes"]
    with topic.tap(filter=F.order.state == "paid", filter_scope=FilterScope.BODY, timeout=0) as messages:
        topic.publish({"order": {"state": "new"}})
        topic.publish({"order": {"state": "paid"}})
        assert [each.message for each in messages] == ['{"order": {"state": "paid"}}']


def test_a_fifo_topic_keeps_its_order(rig: Rig) -> None:
    topic = Topic.create(rig.name("news") + ".fifo")
    with topic.tap(timeout=0) as messages:
        assert messages.queue.fifo
        for number in range(3):
            topic.publish(str(number), group="a")
        assert [each.message for each in messages] == ["0", "1", "2"]
    assert taps(topic) == []


def test_two_at_once(topic: Topic) -> None:
    with topic.tap(timeout=0) as first, topic.tap(timeout=0) as second:
        topic.publish("x")
        assert [each.message for each in first] == [each.message for each in second] == ["x"]


def test_a_filter_is_looked_at_before_anything_is_made(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="keys within a key"):
        Topic(TOPIC, cloud=faults.cloud()).tap(filter=F.a.b == "x")
    assert faults.operations == []


def test_a_tap_is_read_within_its_block(topic: Topic) -> None:
    tap = topic.tap(timeout=0)
    assert repr(tap) == f"<Tap {topic}>"
    for use in (lambda: list(tap), lambda: tap.collect(1), lambda: tap.queue, lambda: tap.subscription):
        with pytest.raises(InvalidRequest, match="not open"):
            use()
    with tap:
        with pytest.raises(InvalidRequest, match="open already"), tap:
            pass
        topic.publish("x")
        assert len(list(tap)) == 1
    with pytest.raises(InvalidRequest, match="not open"):
        list(tap)
    with tap:  # once more is fine
        assert list(tap) == []


def test_how_long_it_waits(faults: FaultServer) -> None:
    polls: list[int] = []

    def receive(request: Any) -> Reply:
        polls.append(request.json["WaitTimeSeconds"])
        return Reply.json({})

    faults.otherwise(world(ReceiveMessage=receive))
    with Topic(TOPIC, cloud=faults.cloud()).tap(timeout=50) as messages:
        assert list(messages) == []
        assert messages.collect(1, timeout=5) == []
    assert polls == [20, 20, 10, 5]


# -- beginning and end ---------------------------------------------------------------------------------------

TAPPED = f"{QUEUE}-tap"


def world(**replies: Any) -> Any:
    url = Reply.json({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/tap"})
    return by_operation(
        **{
            "CreateQueue": url,
            "GetQueueUrl": Reply.json_error("QueueDoesNotExist"),
            "GetQueueAttributes": Reply.json({"Attributes": {"QueueArn": TAPPED}}),
            "SetQueueAttributes": Reply.json({}),
            "DeleteQueue": Reply.json({}),
            "Subscribe": subscribed(),
            "Unsubscribe": answer("Unsubscribe"),
            "ListSubscriptionsByTopic": subscriptions("ListSubscriptionsByTopic", []),
            "ReceiveMessage": Reply.json({}),
            **replies,
        }
    )


def test_what_it_asks_for(faults: FaultServer) -> None:
    faults.otherwise(world())
    with Topic(TOPIC, cloud=faults.cloud()).tap(timeout=0):
        pass
    assert faults.operations == [
        "GetQueueUrl",
        "CreateQueue",
        "GetQueueAttributes",
        "GetQueueAttributes",
        "SetQueueAttributes",
        "Subscribe",
        "Unsubscribe",
        "DeleteQueue",
    ]
    created = next(each for each in faults.requests if each.operation == "CreateQueue").json
    assert created["QueueName"].startswith(prefix_of(TOPIC))
    # Should nobody remove it, its messages do not stay long.
    assert created["Attributes"] == {"MessageRetentionPeriod": "3600"}


def test_a_queue_that_cannot_be_subscribed_goes_again(faults: FaultServer) -> None:
    faults.otherwise(world(Subscribe=Reply.query_error("AuthorizationError", "no", 403)))
    with pytest.raises(AccessDenied) as caught, Topic(TOPIC, cloud=faults.cloud()).tap():
        pass
    assert caught.value.operation == "Subscribe"
    assert faults.operations[-2:] == ["ListSubscriptionsByTopic", "DeleteQueue"]


def test_a_subscription_whose_answer_was_lost_goes_again(faults: FaultServer) -> None:
    theirs = row(f"{SUBSCRIPTION}1", QUEUE, "sqs")
    ours = row(SUBSCRIPTION, TAPPED, "sqs")
    listed = subscriptions("ListSubscriptionsByTopic", [theirs, ours])
    faults.otherwise(world(Subscribe=Reply(reset=True), ListSubscriptionsByTopic=listed))
    with pytest.raises(CloudError), Topic(TOPIC, cloud=faults.cloud()).tap():
        pass
    assert [each.form["SubscriptionArn"] for each in faults.requests if each.operation == "Unsubscribe"] == [
        SUBSCRIPTION
    ]
    assert faults.operations[-1] == "DeleteQueue"


def test_the_queue_goes_although_the_subscription_does_not(faults: FaultServer) -> None:
    faults.otherwise(world(Unsubscribe=Reply.query_error("AuthorizationError", "no", 403)))
    with pytest.raises(AccessDenied) as caught, Topic(TOPIC, cloud=faults.cloud()).tap():
        pass
    assert caught.value.operation == "Unsubscribe"
    assert faults.operations[-1] == "DeleteQueue"


def test_the_caller_s_error_is_the_one_that_is_told(faults: FaultServer) -> None:
    faults.otherwise(
        world(
            Unsubscribe=Reply.query_error("AuthorizationError", "no", 403),
            DeleteQueue=Reply.json_error("AccessDeniedException", status=403),
        )
    )
    with pytest.raises(ZeroDivisionError), Topic(TOPIC, cloud=faults.cloud()).tap():
        1 / 0  # noqa: B018
    assert faults.operations[-2:] == ["Unsubscribe", "DeleteQueue"]


def test_a_topic_that_is_not_there_leaves_no_queue(rig: Rig) -> None:
    topic = Topic(rig.name("none"))
    with pytest.raises(TopicNotFound), topic.tap():
        pass
    assert taps(topic) == []


def test_a_queue_that_somebody_else_removed(topic: Topic) -> None:
    with topic.tap(timeout=0) as messages:
        Queue(messages.queue.name).delete()
        with pytest.raises(QueueNotFound):
            list(messages)
    assert topic.subscriptions().to_list() == []


# -- what was left behind ------------------------------------------------------------------------------------


def test_taps_of_processes_that_died(topic: Topic, rig: Rig) -> None:
    other = Topic.create(rig.name("olds"))
    mine, theirs = topic.tap(), other.tap()
    mine.__enter__()
    theirs.__enter__()
    kept = topic.subscribe("ops@example.com")
    assert topic.end_taps() == 0  # too young
    later = datetime.now(timezone.utc) + timedelta(hours=2)
    assert end_left_behind(topic, 3600, later) == 1
    assert taps(topic) == []
    assert [each.endpoint for each in topic.subscriptions()] == [kept.endpoint]
    assert taps(other) == [theirs.queue.name]
    assert other.end_taps(older_than=0) == 1
    assert taps(other) == []


def test_names_fit_and_tell_topics_apart() -> None:
    long = "arn:aws:sns:us-east-1:123456789012:" + "n" * 250
    for arn in (TOPIC, FIFO, long, f"{long}x"):
        assert len(prefix_of(arn)) + 12 + len(".fifo") <= 80
    assert len({prefix_of(arn) for arn in (TOPIC, FIFO, long, f"{long}x")}) == 4


# -- what goes wrong at the end ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        Reply.json_error("ServiceUnavailable", status=503),
        Reply(reset=True),
        Reply.json_error("AccessDenied", status=403),
    ],
    ids=["503", "reset", "403"],
)
def test_a_queue_that_cannot_be_deleted_is_told(faults: FaultServer, reply: Reply) -> None:
    faults.otherwise(world(DeleteQueue=reply))
    tap = Topic(TOPIC, cloud=faults.cloud()).tap()
    with pytest.raises(CloudError) as caught, tap:
        name = tap.queue.name
    assert (caught.value.operation, caught.value.resource) == ("DeleteQueue", name)
    assert "end_taps" in str(caught.value.hint)
    # Nothing is delivered to it any more, and the tap is over.
    assert "Unsubscribe" in faults.operations
    with pytest.raises(InvalidRequest, match="not open"):
        _ = tap.queue


@pytest.mark.parametrize("moment", ["CreateQueue", "SetQueueAttributes", "Subscribe", "Unsubscribe"])
def test_an_interrupt_while_it_begins_or_ends(faults: FaultServer, moment: str) -> None:
    state = world()

    def otherwise(request: Any) -> Reply:
        made: Reply = state(request)
        if request.operation == moment:
            _thread.interrupt_main()
        return made

    faults.otherwise(otherwise)
    # The subscription is found by its queue, should its ARN not be known.
    theirs = row(SUBSCRIPTION, TAPPED, "sqs")
    state = world(ListSubscriptionsByTopic=subscriptions("ListSubscriptionsByTopic", [theirs]))
    with pytest.raises(KeyboardInterrupt), Topic(TOPIC, cloud=faults.cloud()).tap():
        pass
    assert faults.operations[-1] in ("DeleteQueue", "GetQueueUrl")
    if moment in ("Subscribe", "Unsubscribe"):
        assert "Unsubscribe" in faults.operations
        assert faults.operations[-1] == "DeleteQueue"


def test_what_is_left_after_the_deadline_goes_all_the_same(faults: FaultServer) -> None:
    faults.otherwise(world(ReceiveMessage=Reply(delay=30)))
    began = time.monotonic()
    with (
        pytest.raises(DeadlineExceeded),
        deadline(0.5),
        Topic(TOPIC, cloud=faults.cloud(read=60.0)).tap(timeout=0) as messages,
    ):
        list(messages)
    assert time.monotonic() - began < 1.0 + LATE_SECONDS
    assert faults.operations[-2:] == ["Unsubscribe", "DeleteQueue"]


def test_a_left_behind_tap_that_cannot_be_removed_is_removed_the_next_time(topic: Topic, rig: Rig) -> None:
    one, two = topic.tap(), topic.tap()
    one.__enter__()
    two.__enter__()
    Queue(one.queue.name).delete()  # by somebody else
    assert topic.end_taps(older_than=0) >= 1
    assert taps(topic) == []
    assert topic.end_taps(older_than=0) == 0
