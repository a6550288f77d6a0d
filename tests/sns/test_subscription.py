"""Subscriptions."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cloudkit import Cloud
from cloudkit.errors import AccessDenied, InvalidRequest, LimitExceeded, ServiceError
from cloudkit.sns import (
    DeliveryProtocol,
    F,
    FilterScope,
    PendingSubscription,
    ReplayStatus,
    Subscription,
    SubscriptionNotFound,
    Topic,
    TopicNotFound,
)
from cloudkit.sqs import Queue
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns.answers import (
    ACCOUNT,
    FIFO,
    QUEUE,
    SUBSCRIPTION,
    TOPIC,
    answer,
    attributes,
    by_operation,
    letting,
    row,
    subscribed,
    subscriptions,
)

MISSING = Reply.query_error("NotFound", "Subscription does not exist", 404)
DENIED = Reply.query_error("AuthorizationError", "no", 403)
CONFIRMED = answer("ConfirmSubscription", f"<SubscriptionArn>{SUBSCRIPTION}</SubscriptionArn>")


@pytest.fixture
def made(rig: Rig) -> Subscription:
    return Topic.create(rig.name("news")).subscribe(Queue.create(rig.name("jobs")))


# -- identity ------------------------------------------------------------------------------------------------


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    assert subscription.arn == str(subscription) == SUBSCRIPTION
    assert repr(subscription) == f"<Subscription {SUBSCRIPTION}>"
    assert subscription.topic == Topic(TOPIC, cloud=faults.cloud())
    assert faults.operations == []


def test_its_region_is_the_one_in_the_arn() -> None:
    cloud = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    there = Subscription(SUBSCRIPTION.replace("us-east-1", "eu-west-1"), cloud=cloud)
    assert there.cloud.region == there.topic.cloud.region == "eu-west-1"
    with pytest.raises(InvalidRequest, match="something else than a subscription"):
        Subscription(TOPIC, cloud=cloud)
    with pytest.raises(InvalidRequest, match="is no ARN"):
        Subscription("PendingConfirmation", cloud=cloud)


def test_pickled_by_its_arn() -> None:
    cloud = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    subscription = Subscription(SUBSCRIPTION, cloud=cloud)
    assert pickle.loads(pickle.dumps(subscription)) == subscription


def test_what_boto3_has_for_it(made: Subscription) -> None:
    assert made.boto3_resource().arn == made.arn


# -- finding -------------------------------------------------------------------------------------------------


def test_get(made: Subscription, rig: Rig) -> None:
    found = Subscription.get(made.arn)
    assert found == made
    assert found.protocol is DeliveryProtocol.SQS
    assert found.endpoint == made.endpoint
    assert found.owner == rig.cloud.account_id
    assert found.raw_delivery is False
    assert found.filter is None
    assert found.pending is False
    assert found.topic.subscriptions().to_list() == [found]


def test_what_is_not_there(made: Subscription) -> None:
    made.unsubscribe()
    assert not made.exists()
    with pytest.raises(SubscriptionNotFound):
        Subscription.get(made.arn)


def test_exists_raises_on_403(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    with pytest.raises(AccessDenied):
        Subscription(SUBSCRIPTION, cloud=faults.cloud()).exists()


def test_rows_are_prefilled(faults: FaultServer) -> None:
    faults.replies(
        subscriptions("ListSubscriptionsByTopic", [row(SUBSCRIPTION, QUEUE, "sqs")], "more"),
        subscriptions("ListSubscriptionsByTopic", [row(f"{SUBSCRIPTION}1", "+441632960543", "sms")]),
    )
    found = Topic(TOPIC, cloud=faults.cloud()).subscriptions().to_list()
    assert [(each.protocol, each.endpoint, each.owner) for each in found] == [
        ("sqs", QUEUE, ACCOUNT),
        ("sms", "+441632960543", ACCOUNT),
    ]
    assert repr(found[0]) == f"<Subscription {SUBSCRIPTION} sqs {QUEUE}>"
    assert faults.operations == ["ListSubscriptionsByTopic"] * 2
    assert faults.requests[1].form["NextToken"] == "more"


ROWS = [
    row("PendingConfirmation", "waits@example.com"),
    row(SUBSCRIPTION, "there@example.com"),
    row("Deleted", "gone@example.com"),
]


def test_rows_without_an_arn_are_pending_or_deleted(faults: FaultServer) -> None:
    faults.otherwise(subscriptions("ListSubscriptionsByTopic", ROWS))
    topic = Topic(TOPIC, cloud=faults.cloud())
    assert [each.endpoint for each in topic.subscriptions()] == ["there@example.com"]
    assert topic.pending_subscriptions().to_list() == [
        PendingSubscription(TOPIC, DeliveryProtocol.EMAIL, "waits@example.com", ACCOUNT)
    ]


def test_all_of_the_account(faults: FaultServer) -> None:
    faults.replies(
        subscriptions("ListSubscriptions", ROWS, "more"),
        subscriptions("ListSubscriptions", [row(f"{SUBSCRIPTION}1", "too@example.com")]),
    )
    found = Subscription.list(cloud=faults.cloud())
    assert [each.endpoint for each in found] == ["there@example.com", "too@example.com"]


def test_list(made: Subscription) -> None:
    assert made in Subscription.list().to_list()


def test_subscriptions_of_nothing(rig: Rig) -> None:
    with pytest.raises(TopicNotFound):
        Topic(rig.name("none")).subscriptions().to_list()


def test_pending_is_fresh(faults: FaultServer) -> None:
    faults.replies(
        attributes("GetSubscriptionAttributes", {"PendingConfirmation": "true"}),
        attributes("GetSubscriptionAttributes", {"PendingConfirmation": "false"}),
    )
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    assert subscription.pending
    faults.clock.advance(3)
    assert not subscription.pending


# -- confirming ----------------------------------------------------------------------------------------------


def test_confirm_by_topic_or_subscription(faults: FaultServer) -> None:
    faults.otherwise(CONFIRMED)
    cloud = faults.cloud()
    assert Topic(TOPIC, cloud=cloud).confirm("token").arn == SUBSCRIPTION
    assert (
        Subscription(SUBSCRIPTION, cloud=cloud).confirm("token", authenticated_unsubscribe=True).arn
        == SUBSCRIPTION
    )
    first, second = (request.form for request in faults.requests)
    assert (first["TopicArn"], first["Token"]) == (second["TopicArn"], second["Token"]) == (TOPIC, "token")
    assert "AuthenticateOnUnsubscribe" not in first
    assert second["AuthenticateOnUnsubscribe"] == "true"


def test_confirming_makes_it_read_anew(faults: FaultServer) -> None:
    faults.replies(
        attributes("GetSubscriptionAttributes", {"PendingConfirmation": "true"}),
        CONFIRMED,
        attributes("GetSubscriptionAttributes", {"PendingConfirmation": "false"}),
    )
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    assert subscription.pending
    subscription.confirm("token")
    assert not subscription.pending


def test_a_token_that_is_wrong(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("InvalidParameter", "Invalid parameter: Token"))
    with pytest.raises(InvalidRequest):
        Topic(TOPIC, cloud=faults.cloud()).confirm("token")


def test_confirm_for_nothing(rig: Rig) -> None:
    with pytest.raises(TopicNotFound):
        Topic(rig.name("none")).confirm("token")


# -- settings ------------------------------------------------------------------------------------------------


def test_settings_are_assigned(made: Subscription, rig: Rig) -> None:
    dead = Queue.create(rig.name("dead"))
    made.raw_delivery = True
    made.filter = F.event == "paid"
    made.dead_letters = dead
    found = Subscription.get(made.arn)
    assert found.raw_delivery
    assert found.filter == {"event": ["paid"]}
    assert found.filter.matches({"event": "paid"})
    assert found.filter_scope is FilterScope.ATTRIBUTES
    assert found.dead_letters is not None
    assert found.dead_letters.arn == dead.arn
    assert dead.policy["Statement"] == [letting(made.topic.arn, dead.arn)]
    found.dead_letters = "off"
    found.filter = {}
    assert Subscription.get(made.arn).dead_letters is None
    assert Subscription.get(made.arn).filter in (None, {})


def test_a_filter_and_its_scope_at_once(made: Subscription) -> None:
    made.update(filter=F.order.state == "paid", filter_scope=FilterScope.BODY)
    assert made.filter == {"order": {"state": ["paid"]}}
    assert made.filter_scope is FilterScope.BODY
    # It knows by which scope it is looked at.
    made.filter = F.order.state == "new"
    assert made.filter == {"order": {"state": ["new"]}}
    made.update(filter=F.state == "new", filter_scope=FilterScope.ATTRIBUTES)
    assert made.filter == {"state": ["new"]}
    assert str(made.filter_scope) == "MessageAttributes"
    with pytest.raises(InvalidRequest, match="keys within a key"):
        made.filter = F.order.state == "new"


def settings(**found: str) -> Reply:
    return attributes(
        "GetSubscriptionAttributes", {"Protocol": "sqs", "Endpoint": QUEUE, "Owner": ACCOUNT, **found}
    )


def changes(faults: FaultServer) -> list[tuple[str, str | None]]:
    return [
        (each.form["AttributeName"], each.form.get("AttributeValue"))
        for each in faults.requests
        if each.operation == "SetSubscriptionAttributes"
    ]


@pytest.mark.parametrize(
    ("present", "filter", "scope", "order"),
    [
        ({}, {"a": {"b": ["c"]}}, "MessageBody", ["FilterPolicyScope", "FilterPolicy"]),
        (
            {"FilterPolicy": '{"a":{"b":["c"]}}', "FilterPolicyScope": "MessageBody"},
            {"a": ["b"]},
            "MessageAttributes",
            ["FilterPolicy", "FilterPolicyScope"],
        ),
    ],
)
def test_the_order_in_which_sns_takes_both(
    faults: FaultServer, present: dict[str, str], filter: Any, scope: str, order: list[str]
) -> None:
    faults.otherwise(
        by_operation(
            GetSubscriptionAttributes=settings(**present),
            SetSubscriptionAttributes=answer("SetSubscriptionAttributes"),
        )
    )
    Subscription(SUBSCRIPTION, cloud=faults.cloud()).update(filter=filter, filter_scope=scope)
    assert [name for name, _ in changes(faults)] == order


def test_what_is_ended_has_no_value(faults: FaultServer) -> None:
    faults.otherwise(
        by_operation(
            GetSubscriptionAttributes=settings(RedrivePolicy='{"deadLetterTargetArn":"x"}'),
            SetSubscriptionAttributes=answer("SetSubscriptionAttributes"),
        )
    )
    Subscription(SUBSCRIPTION, cloud=faults.cloud()).dead_letters = "off"
    # An empty text would be refused.
    assert changes(faults) == [("RedrivePolicy", None)]


def test_a_wrong_setting_is_not_sent(faults: FaultServer) -> None:
    faults.otherwise(settings())
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    for wrong in ({"filter": {"a": "b"}}, {"role": "arn:aws:iam::1:role/r"}, {"filter_scope": "Body"}):
        with pytest.raises(InvalidRequest):
            subscription.update(**wrong)
    assert changes(faults) == []


def test_nothing_to_change(faults: FaultServer) -> None:
    faults.otherwise(settings())
    assert Subscription(SUBSCRIPTION, cloud=faults.cloud()).update().endpoint == QUEUE
    assert changes(faults) == []


def test_what_is_read(faults: FaultServer) -> None:
    faults.otherwise(settings(SubscriptionRoleArn="arn:aws:iam::1:role/r", ReplayStatus="In progress"))
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    assert subscription.role == "arn:aws:iam::1:role/r"
    assert subscription.replay_status is ReplayStatus.IN_PROGRESS
    assert (subscription.filter, subscription.filter_scope, subscription.dead_letters) == (None, None, None)


# -- replay --------------------------------------------------------------------------------------------------

FIFO_SUBSCRIPTION = f"{FIFO}:8a21d249-4329-4871-acc6-7be709c6ea7f"
MORNING = datetime(2026, 1, 2, 6, tzinfo=timezone.utc)


def test_replay(faults: FaultServer) -> None:
    faults.otherwise(answer("SetSubscriptionAttributes"))
    subscription = Subscription(FIFO_SUBSCRIPTION, cloud=faults.cloud())
    assert subscription.replay(MORNING) is subscription
    subscription.replay(MORNING, until=MORNING + timedelta(hours=1))
    subscription.stop_replay()
    (_, first), (_, second), third = changes(faults)
    assert json.loads(str(first)) == {"PointType": "Timestamp", "StartingPoint": "2026-01-02T06:00:00.000Z"}
    assert json.loads(str(second))["EndingPoint"] == "2026-01-02T07:00:00.000Z"
    assert third == ("ReplayPolicy", None)


def test_a_replay_that_cannot_be(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="standard topic"):
        Subscription(SUBSCRIPTION, cloud=faults.cloud()).replay(MORNING)
    subscription = Subscription(FIFO_SUBSCRIPTION, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="time zone"):
        subscription.replay(datetime(2026, 1, 2))  # noqa: DTZ001
    with pytest.raises(InvalidRequest, match="is not after"):
        subscription.replay(MORNING, until=MORNING)
    assert faults.operations == []


def test_a_topic_without_an_archive(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("ReplayLimitExceeded", "no", 403))
    with pytest.raises(LimitExceeded):
        Subscription(FIFO_SUBSCRIPTION, cloud=faults.cloud()).replay(MORNING)


# -- the end -------------------------------------------------------------------------------------------------


def test_unsubscribe_leaves_the_queue_as_it_was(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    subscription = topic.subscribe(queue, raw=True)
    # As somebody would who knows nothing but the ARN.
    Subscription(subscription.arn).unsubscribe()
    assert queue.policy == {}
    topic.publish("unheard")
    assert queue.receive(10, wait=0) == []
    subscription.unsubscribe()


def test_dead_letters_are_let_in_as_long_as_one_needs_it(rig: Rig) -> None:
    topic, queue, dead = (
        Topic.create(rig.name("news")),
        Queue.create(rig.name("jobs")),
        Queue.create(rig.name("dead")),
    )
    first = topic.subscribe(queue, dead_letters=dead)
    second = topic.subscribe("ops@example.com", dead_letters=dead)
    first.unsubscribe()
    assert queue.policy == {}
    assert dead.policy["Statement"] == [letting(topic.arn, dead.arn)]
    second.unsubscribe()
    assert dead.policy == {}


def test_a_queue_that_is_dead_letters_of_another_too(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    first = topic.subscribe(queue)
    topic.subscribe("ops@example.com", dead_letters=queue)
    first.unsubscribe()
    assert queue.policy["Statement"] == [letting(topic.arn, queue.arn)]


def test_of_very_many_subscriptions_nobody_is_asked(faults: FaultServer) -> None:
    many = [row(f"{SUBSCRIPTION}{number}", f"{number}@example.com") for number in range(101)]
    faults.otherwise(
        by_operation(
            GetSubscriptionAttributes=settings(),
            GetCallerIdentity=answer(
                "GetCallerIdentity", f"<Account>{ACCOUNT}</Account><Arn>arn</Arn><UserId>u</UserId>"
            ),
            Unsubscribe=answer("Unsubscribe"),
            ListSubscriptionsByTopic=subscriptions("ListSubscriptionsByTopic", many),
        )
    )
    Subscription(SUBSCRIPTION, cloud=faults.cloud()).unsubscribe()
    assert faults.operations == [
        "GetSubscriptionAttributes",
        "GetCallerIdentity",
        "Unsubscribe",
        "ListSubscriptionsByTopic",
    ]


def test_an_old_subscription_does_not_harm_the_new_one(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    old = topic.subscribe(queue)
    (knows_all,) = topic.subscriptions()
    old.unsubscribe()
    new = topic.subscribe(queue)
    old.unsubscribe()
    knows_all.unsubscribe()
    assert new.exists()
    assert queue.policy["Statement"] == [letting(topic.arn, queue.arn)]


def test_unsubscribe_when_the_queue_is_gone(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    subscription = topic.subscribe(queue)
    queue.delete()
    subscription.unsubscribe()
    assert not subscription.exists()


def test_unsubscribe_when_the_topic_is_gone(made: Subscription) -> None:
    made.topic.delete()
    made.unsubscribe()


def test_unsubscribe_others(rig: Rig) -> None:
    subscription = Topic.create(rig.name("news")).subscribe("ops@example.com")
    subscription.unsubscribe()
    assert not subscription.exists()


def test_a_queue_of_another_account_is_left_alone(faults: FaultServer) -> None:
    foreign = QUEUE.replace(ACCOUNT, "999999999999")
    faults.replies(
        attributes("GetSubscriptionAttributes", {"Protocol": "sqs", "Endpoint": foreign}),
        answer("GetCallerIdentity", f"<Account>{ACCOUNT}</Account><Arn>arn</Arn><UserId>u</UserId>"),
        Reply.xml("<UnsubscribeResponse/>"),
    )
    Subscription(SUBSCRIPTION, cloud=faults.cloud()).unsubscribe()
    assert faults.operations == ["GetSubscriptionAttributes", "GetCallerIdentity", "Unsubscribe"]


def test_unsubscribe_that_is_refused(faults: FaultServer) -> None:
    faults.replies(
        attributes("GetSubscriptionAttributes", {"Protocol": "email", "Endpoint": "a@example.com"}), DENIED
    )
    with pytest.raises(AccessDenied):
        Subscription(SUBSCRIPTION, cloud=faults.cloud()).unsubscribe()


def test_unsubscribe_where_aws_says_that_it_is_gone(faults: FaultServer) -> None:
    faults.replies(
        MISSING, attributes("GetSubscriptionAttributes", {"Protocol": "sms", "Endpoint": "+1"}), MISSING
    )
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    subscription.unsubscribe()
    assert faults.operations == ["GetSubscriptionAttributes"]
    subscription.unsubscribe()
    assert faults.operations[-1] == "Unsubscribe"


# -- what goes wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["pending confirmation", "PendingConfirmation", ""])
def test_a_server_that_tells_no_arn(faults: FaultServer, told: str) -> None:
    topic = Topic(TOPIC, cloud=faults.cloud())
    faults.replies(
        subscribed(told), answer("ConfirmSubscription", f"<SubscriptionArn>{told}</SubscriptionArn>")
    )
    asks: list[Callable[[], object]] = [
        lambda: topic.subscribe("ops@example.com"),
        lambda: topic.confirm("token"),
    ]
    for ask in asks:
        with pytest.raises(ServiceError, match="no ARN of the subscription") as caught:
            ask()
        assert "pending_subscriptions" in str(caught.value.hint)


def test_a_change_that_fails_halfway_is_read_anew(faults: FaultServer) -> None:
    subscription = Subscription(SUBSCRIPTION, cloud=faults.cloud())
    before, after = settings(RawMessageDelivery="false"), settings(RawMessageDelivery="true")
    faults.replies(
        before, answer("SetSubscriptionAttributes"), Reply.query_error("InvalidParameter", "no"), after
    )
    with pytest.raises(InvalidRequest):
        subscription.update(raw=True, filter={"a": ["b"]})
    assert subscription.raw_delivery


def test_an_answer_without_attributes(faults: FaultServer) -> None:
    faults.otherwise(
        by_operation(
            GetSubscriptionAttributes=answer("GetSubscriptionAttributes"),
            GetTopicAttributes=answer("GetTopicAttributes"),
        )
    )
    cloud = faults.cloud()
    for thing in (Subscription(SUBSCRIPTION, cloud=cloud), Topic(TOPIC, cloud=cloud)):
        # It is no answer that it is not there.
        with pytest.raises(ServiceError, match="no Attributes"):
            thing.exists()
