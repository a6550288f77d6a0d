"""Subscribing. The embedded cloud delivers whatever the queue's policy says, so the policies are looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, NotFound
from cloudkit.sns import DeliveryProtocol, F, FilterScope, Subscription, Topic, TopicNotFound
from cloudkit.sqs import Queue, QueueNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns.answers import (
    FIFO,
    QUEUE,
    SUBSCRIPTION,
    TOPIC,
    attributes,
    by_operation,
    letting,
    other_settings,
    subscribed,
)

QUEUE_URL = Reply.json({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"})


def policy(value: Any) -> Reply:
    """The attributes of a queue; one without a policy has no such attribute."""
    return Reply.json({"Attributes": {"QueueArn": QUEUE, **({"Policy": json.dumps(value)} if value else {})}})


@pytest.fixture
def pair(rig: Rig) -> tuple[Topic, Queue]:
    return Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))


# -- the queue's policy --------------------------------------------------------------------------------------


def test_the_topic_alone_may_send_to_this_queue_alone(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    topic.subscribe(queue)
    assert queue.policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": letting(topic.arn, queue.arn)["Sid"],
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
            }
        ],
    }


def test_all_that_others_said_stays(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    others: list[Any] = [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:ReceiveMessage", "Resource": queue.arn},
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": queue.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    queue.policy = {"Version": "2012-10-17", "Id": "mine", "Statement": others}
    subscription = topic.subscribe(queue)
    assert queue.policy == {
        "Version": "2012-10-17",
        "Id": "mine",
        "Statement": [*others, letting(topic.arn, queue.arn)],
    }
    subscription.unsubscribe()
    assert queue.policy == {"Version": "2012-10-17", "Id": "mine", "Statement": others}


def test_two_topics_have_two_statements(rig: Rig, pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    other = Topic.create(rig.name("olds"))
    first = topic.subscribe(queue)
    other.subscribe(queue)
    both = [letting(topic.arn, queue.arn), letting(other.arn, queue.arn)]
    assert queue.policy["Statement"] == both
    first.unsubscribe()
    assert queue.policy["Statement"] == both[1:]


def test_repeating_it_changes_nothing(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    first = topic.subscribe(queue)
    before = queue.policy
    assert topic.subscribe(queue) == first
    assert queue.policy == before
    assert topic.subscriptions().to_list() == [first]


def test_the_policy_is_written_before_the_subscription_is_made_and_only_if_it_must(
    faults: FaultServer,
) -> None:
    cloud = faults.cloud()
    queue = Queue(QUEUE, cloud=cloud)
    faults.replies(QUEUE_URL, policy({}), Reply.json({}), subscribed())
    Topic(TOPIC, cloud=cloud).subscribe(queue)
    assert faults.operations == ["GetQueueUrl", "GetQueueAttributes", "SetQueueAttributes", "Subscribe"]
    written = json.loads(faults.requests[2].json["Attributes"]["Policy"])
    assert written["Statement"] == [letting(TOPIC, QUEUE)]

    faults.requests.clear()
    faults.replies(policy(written), subscribed())
    Topic(TOPIC, cloud=cloud).subscribe(queue)
    assert faults.operations == ["GetQueueAttributes", "Subscribe"]


def test_no_right_to_change_the_policy(faults: FaultServer) -> None:
    cloud = faults.cloud()
    faults.replies(QUEUE_URL, policy({}), Reply.json_error("AccessDeniedException", status=403))
    with pytest.raises(AccessDenied):
        Topic(TOPIC, cloud=cloud).subscribe(Queue(QUEUE, cloud=cloud))
    assert "Subscribe" not in faults.operations


def test_a_queue_that_is_not_there(rig: Rig, pair: tuple[Topic, Queue]) -> None:
    topic, _ = pair
    with pytest.raises(QueueNotFound):
        topic.subscribe(Queue(rig.name("none")))
    assert topic.subscriptions().to_list() == []


def test_a_queue_by_its_arn_keeps_its_policy(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    assert topic.subscribe(queue.arn).protocol is DeliveryProtocol.SQS
    assert queue.policy == {}


def test_a_queue_in_another_region(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    queue = Queue.create(rig.name("jobs"), cloud=rig.cloud.in_region("eu-west-1"))
    subscription = topic.subscribe(queue, raw=True)
    assert queue.policy["Statement"] == [letting(topic.arn, queue.arn)]
    topic.publish("far")
    assert [message.body for message in queue.receive(10, wait=0)] == ["far"]
    Subscription(subscription.arn).unsubscribe()
    assert queue.policy == {}


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_other_partitions(rig: Rig, region: str, partition: str) -> None:
    with rig.cloud.in_region(region):
        topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
        topic.subscribe(queue)
        (found,) = _statements(queue)
    assert found["Resource"].startswith(f"arn:{partition}:sqs:{region}:")
    assert found["Condition"]["ArnEquals"]["aws:SourceArn"].startswith(f"arn:{partition}:sns:{region}:")


def _statements(queue: Queue) -> list[Any]:
    found: Any = queue.policy["Statement"]
    return list(found)


# -- settings ------------------------------------------------------------------------------------------------


def test_raw_and_filtered(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    wants = {"event": ["paid"], "total": [{"numeric": [">=", 10]}]}
    subscription = topic.subscribe(queue, raw=True, filter=wants)
    topic.publish("small", attributes={"event": "paid", "total": 9})
    topic.publish("large", attributes={"event": "paid", "total": 10})
    topic.publish("none")
    assert [message.body for message in queue.receive(10, wait=0)] == ["large"]
    assert subscription.raw_delivery
    assert subscription.filter == wants


def test_a_filter_on_the_body(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    subscription = topic.subscribe(
        queue, raw=True, filter={"order": {"state": ["paid"]}}, filter_scope=FilterScope.BODY
    )
    topic.publish({"order": {"state": "new"}})
    topic.publish({"order": {"state": "paid"}})
    assert [message.json(dict) for message in queue.receive(10, wait=0)] == [{"order": {"state": "paid"}}]
    assert subscription.filter_scope is FilterScope.BODY


def test_what_subscribe_sends(faults: FaultServer) -> None:
    faults.replies(subscribed())
    Topic(TOPIC, cloud=faults.cloud()).subscribe(
        QUEUE, raw=False, filter={"a": ["ä"]}, filter_scope=FilterScope.BODY
    )
    form = faults.requests[0].form
    assert (form["TopicArn"], form["Protocol"], form["Endpoint"]) == (TOPIC, "sqs", QUEUE)
    # Or else a subscription that waits for its confirmation has no ARN.
    assert form["ReturnSubscriptionArn"] == "true"
    entries = [(form[f"Attributes.entry.{n}.key"], form[f"Attributes.entry.{n}.value"]) for n in (1, 2, 3)]
    assert entries == [
        ("RawMessageDelivery", "false"),
        ("FilterPolicyScope", "MessageBody"),
        ("FilterPolicy", '{"a": ["ä"]}'),
    ]


def test_raw_parameters(faults: FaultServer) -> None:
    faults.replies(subscribed())
    topic = Topic(TOPIC, cloud=faults.cloud())
    topic.subscribe(QUEUE, aws={"Attributes": {"RedrivePolicy": "{}"}})
    assert faults.requests[0].form["Attributes.entry.1.key"] == "RedrivePolicy"
    with pytest.raises(InvalidRequest, match="which cloudkit sets itself"):
        topic.subscribe(QUEUE, raw=True, aws={"Attributes": {}})


def test_other_settings_are_a_conflict(faults: FaultServer) -> None:
    there = {"RawMessageDelivery": "false", "FilterPolicy": '{"event":["paid"]}'}
    faults.replies(other_settings(), subscribed(), attributes("GetSubscriptionAttributes", there))
    with pytest.raises(Conflict, match="raw is False, not True") as caught:
        Topic(TOPIC, cloud=faults.cloud()).subscribe(QUEUE, raw=True, filter={"event": ["paid"]})
    assert "filter is" not in caught.value.message
    assert caught.value.resource == SUBSCRIPTION
    assert caught.value.hint == "update=True changes it"
    # The second one finds the ARN, and asks for no setting.
    assert not [name for name in faults.requests[1].form if name.startswith("Attributes")]
    assert faults.operations == ["Subscribe", "Subscribe", "GetSubscriptionAttributes"]


def test_other_settings_are_changed_on_demand(faults: FaultServer) -> None:
    there = {"RawMessageDelivery": "false", "FilterPolicy": '{"event":["paid"]}'}
    faults.replies(other_settings(), subscribed(), attributes("GetSubscriptionAttributes", there))
    faults.otherwise(Reply.xml("<SetSubscriptionAttributesResponse/>"))
    subscription = Topic(TOPIC, cloud=faults.cloud()).subscribe(
        QUEUE, raw=True, filter={"event": ["paid"], "a": ["b"]}, update=True
    )
    assert subscription.arn == SUBSCRIPTION
    assert [
        (request.form["AttributeName"], request.form["AttributeValue"]) for request in faults.requests[3:]
    ] == [("RawMessageDelivery", "true"), ("FilterPolicy", '{"event": ["paid"], "a": ["b"]}')]


def test_the_same_filter_in_other_words_is_no_conflict(faults: FaultServer) -> None:
    there = {"RawMessageDelivery": "false", "FilterPolicy": '{"b":["x"],"a":["y"]}'}
    faults.replies(other_settings(), subscribed(), attributes("GetSubscriptionAttributes", there))
    found = Topic(TOPIC, cloud=faults.cloud()).subscribe(QUEUE, filter={"a": ["y"], "b": ["x"]})
    assert found.arn == SUBSCRIPTION


def test_other_refusals_stay_what_they_are(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("InvalidParameter", "Invalid parameter: FilterPolicy: too complex"))
    with pytest.raises(InvalidRequest, match="too complex"):
        Topic(TOPIC, cloud=faults.cloud()).subscribe(QUEUE, filter={"a": ["y"]})
    assert faults.operations == ["Subscribe"]


def test_dead_letters_may_be_sent_too(rig: Rig, pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    dead = Queue.create(rig.name("dead"))
    subscription = topic.subscribe(queue, dead_letters=dead)
    assert dead.policy["Statement"] == [letting(topic.arn, dead.arn)]
    assert subscription.dead_letters is not None
    assert subscription.dead_letters.arn == dead.arn
    assert topic.subscribe("ops@example.com", dead_letters=dead).dead_letters == subscription.dead_letters


def test_dead_letters_by_their_arn_keep_their_policy(rig: Rig, pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    dead = Queue.create(rig.name("dead"))

    class Elsewhere:
        arn = dead.arn

    topic.subscribe(queue, dead_letters=Elsewhere())
    assert dead.policy == {}


@pytest.mark.parametrize(
    ("topic", "dead", "said"),
    [
        (TOPIC, f"{QUEUE}.fifo", "FIFO"),
        (FIFO, QUEUE, "FIFO"),
        (TOPIC, QUEUE.replace("us-east-1", "eu-west-1"), "the topic's region, us-east-1"),
        (TOPIC, TOPIC, "a queue of the topic's region"),
    ],
)
def test_dead_letters_that_sns_does_not_take(faults: FaultServer, topic: str, dead: str, said: str) -> None:
    class Dead:
        arn = dead

    with pytest.raises(InvalidRequest, match=said):
        Topic(topic, cloud=faults.cloud()).subscribe(QUEUE, dead_letters=Dead())
    assert faults.operations == []


def test_a_firehose_stream_has_a_role(faults: FaultServer) -> None:
    stream, role = (
        "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs",
        "arn:aws:iam::123456789012:role/r",
    )
    faults.otherwise(subscribed())
    topic = Topic(TOPIC, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="no role"):
        topic.subscribe(stream)
    assert faults.operations == []
    assert topic.subscribe(stream, raw=True, role=role).protocol is DeliveryProtocol.FIREHOSE
    form = faults.requests[0].form
    assert (form["Attributes.entry.2.key"], form["Attributes.entry.2.value"]) == ("SubscriptionRoleArn", role)


def test_a_filter_that_sns_would_refuse_is_not_sent(faults: FaultServer) -> None:
    topic = Topic(TOPIC, cloud=faults.cloud())
    for wrong, scope in (
        (F.order.state == "paid", None),
        (F.kind.in_(*map(str, range(151))), None),
        ({f"k{number}": ["x"] for number in range(6)}, FilterScope.BODY),
        ({"kind": [{"wildcard": "a*"}]}, None),
    ):
        with pytest.raises(InvalidRequest):
            topic.subscribe(QUEUE, filter=wrong, filter_scope=scope)
    assert faults.operations == []


def test_dead_letters_that_differ_are_a_conflict(faults: FaultServer) -> None:
    there = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{QUEUE}-old"})}
    faults.otherwise(
        by_operation(
            Subscribe=lambda request: (
                other_settings() if "Attributes.entry.1.key" in request.form else subscribed()
            ),
            GetSubscriptionAttributes=attributes("GetSubscriptionAttributes", there),
        )
    )

    class Dead:
        arn = f"{QUEUE}-new"

    with pytest.raises(Conflict, match="dead_letters is '.*jobs-old', not '.*jobs-new'"):
        Topic(TOPIC, cloud=faults.cloud()).subscribe(QUEUE, dead_letters=Dead())


# -- encrypted queues ----------------------------------------------------------------------------------------

KEY = Reply.json({"KeyMetadata": {"Arn": "arn:aws:kms:us-east-1:1:key/1", "KeyId": "1", "Enabled": True}})


def encrypted(key: str) -> Reply:
    return Reply.json({"Attributes": {"QueueArn": QUEUE, "KmsMasterKeyId": key}})


def key_policy(*actions: str) -> Reply:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": actions,
        "Resource": "*",
    }
    return Reply.json({"Policy": json.dumps({"Statement": [statement]})})


def test_a_key_of_aws_s_own_is_said_to_be_of_no_use(faults: FaultServer) -> None:
    faults.replies(QUEUE_URL, encrypted("alias/aws/sqs"))
    cloud = faults.cloud()
    with pytest.raises(Conflict, match="alias/aws/sqs, a key that AWS manages") as caught:
        Topic(TOPIC, cloud=cloud).subscribe(Queue(QUEUE, cloud=cloud))
    assert "a key of your own" in str(caught.value.hint)
    assert faults.operations == ["GetQueueUrl", "GetQueueAttributes"]


def test_a_key_that_does_not_let_sns_in(faults: FaultServer) -> None:
    faults.replies(QUEUE_URL, encrypted("alias/ours"), KEY, key_policy("kms:Decrypt"))
    cloud = faults.cloud()
    with pytest.raises(Conflict, match="alias/ours does not allow kms:GenerateDataKey") as caught:
        Topic(TOPIC, cloud=cloud).subscribe(Queue(QUEUE, cloud=cloud))
    assert TOPIC in str(caught.value.hint)
    assert faults.operations[-1] == "GetKeyPolicy"


@pytest.mark.parametrize(
    "replies",
    [
        [KEY, key_policy("kms:GenerateDataKey*", "kms:Decrypt")],
        [KEY, Reply.json_error("AccessDeniedException")],
        [Reply.json_error("AccessDeniedException")],
    ],
    ids=["allowed", "policy unseen", "key unseen"],
)
def test_a_key_that_lets_sns_in_or_may(faults: FaultServer, replies: list[Reply]) -> None:
    faults.replies(QUEUE_URL, encrypted("alias/ours"), *replies, Reply.json({}), subscribed())
    cloud = faults.cloud()
    Topic(TOPIC, cloud=cloud).subscribe(Queue(QUEUE, cloud=cloud))
    assert faults.operations[-2:] == ["SetQueueAttributes", "Subscribe"]


def test_a_queue_by_its_arn_is_not_looked_at(faults: FaultServer) -> None:
    faults.replies(subscribed())
    Topic(TOPIC, cloud=faults.cloud()).subscribe(QUEUE)
    assert faults.operations == ["Subscribe"]


# -- repeating -----------------------------------------------------------------------------------------------


def test_repeating_with_the_same_settings(pair: tuple[Topic, Queue]) -> None:
    topic, queue = pair
    first = topic.subscribe(queue, raw=True, filter={"a": ["b"]})
    again = topic.subscribe(queue, raw=True, filter={"a": ["b"]})
    third = topic.subscribe(queue)
    assert first == again == third
    assert third.refresh().raw_delivery
    assert third.filter == {"a": ["b"]}
    assert topic.subscribe(queue, filter={}, update=True).filter == {}


# -- all kinds of targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "protocol"),
    [
        ("ops@example.com", DeliveryProtocol.EMAIL),
        ("https://example.com/hook", DeliveryProtocol.HTTPS),
        ("+441632960543", DeliveryProtocol.SMS),
        ("arn:aws:lambda:us-east-1:123456789012:function:resize", DeliveryProtocol.LAMBDA),
    ],
)
def test_the_protocol_follows_from_the_target(rig: Rig, target: str, protocol: DeliveryProtocol) -> None:
    topic = Topic.create(rig.name("news"))
    subscription = topic.subscribe(target)
    assert (subscription.protocol, subscription.endpoint) == (protocol, target)
    assert topic.subscribe(target) == subscription
    assert (subscription.refresh().protocol, subscription.endpoint) == (protocol, target)


def test_e_mail_as_json(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    assert topic.subscribe("ops@example.com", protocol="email-json").protocol is DeliveryProtocol.EMAIL_JSON


def test_to_nothing(rig: Rig) -> None:
    with pytest.raises(TopicNotFound):
        Topic(rig.name("none")).subscribe("ops@example.com")


@pytest.mark.parametrize(
    ("topic", "target", "given"),
    [
        (TOPIC, "nobody", {}),
        (TOPIC, "ops@example.com", {"raw": True}),
        (TOPIC, "ops@example.com", {"protocol": "sms"}),
        (TOPIC, "ops@example.com", {"filter": {"a": "b"}}),
        (TOPIC, f"{QUEUE}.fifo", {}),
        (FIFO, "ops@example.com", {}),
        (FIFO, "arn:aws:lambda:us-east-1:123456789012:function:resize", {}),
    ],
)
def test_what_is_refused_is_not_sent(faults: FaultServer, topic: str, target: str, given: Any) -> None:
    with pytest.raises(InvalidRequest):
        Topic(topic, cloud=faults.cloud()).subscribe(target, **given)
    assert faults.operations == []


def test_a_refused_queue_keeps_its_policy(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(f"{rig.name('q')}.fifo")
    with pytest.raises(InvalidRequest, match="does not deliver to FIFO queues"):
        topic.subscribe(queue)
    assert queue.policy == {}


def test_a_fifo_topic_takes_a_standard_queue(rig: Rig) -> None:
    topic, queue = Topic.create(f"{rig.name('o')}.fifo"), Queue.create(rig.name("jobs"))
    assert topic.subscribe(queue).endpoint == queue.arn


def test_a_new_subscription_that_is_not_known_everywhere_yet(faults: FaultServer) -> None:
    missing = Reply.query_error("NotFound", "Subscription does not exist", 404)
    faults.replies(
        subscribed(),
        missing,
        missing,
        attributes("GetSubscriptionAttributes", {"PendingConfirmation": "true"}),
    )
    subscription = Topic(TOPIC, cloud=faults.cloud()).subscribe("ops@example.com")
    assert subscription.pending
    assert faults.operations == ["Subscribe"] + ["GetSubscriptionAttributes"] * 3


def test_not_found_is_not_found(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("NotFound", "Topic does not exist", 404))
    with pytest.raises(NotFound) as caught:
        Topic(TOPIC, cloud=faults.cloud()).subscribe("ops@example.com")
    assert type(caught.value) is TopicNotFound


def test_a_password_goes_to_aws_alone(faults: FaultServer) -> None:
    faults.replies(subscribed())
    subscription = Topic(TOPIC, cloud=faults.cloud()).subscribe("https://user:secret@example.com/")
    assert faults.requests[0].form["Endpoint"] == "https://user:secret@example.com/"
    assert "secret" not in repr(subscription)
    assert subscription.endpoint == "https://user:****@example.com/"
