"""The policies of queues that a topic delivers to, when something goes wrong, or happens at the same time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest

from cloudkit import Cloud
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest, LimitExceeded, ServiceError
from cloudkit.sns import Subscription, Topic
from cloudkit.sns._subscribing.admitting import letting
from cloudkit.sqs import Queue
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sns.answers import (
    ACCOUNT,
    QUEUE,
    SUBSCRIPTION,
    TOPIC,
    answer,
    attributes,
    row,
    subscribed,
    subscriptions,
)

URL = Reply.json({"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs"})


class Policed:
    """A queue with a policy, as SQS keeps it, and topics that are subscribed to it."""

    def __init__(self, faults: FaultServer, *statements: Mapping[str, Any], **replies: Reply) -> None:
        self.policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [*statements]}
        self.replies = replies
        self.writes = 0
        self.delay = 0.0
        self._lock = Lock()
        faults.otherwise(self)

    @property
    def sources(self) -> set[str]:
        found = [each.get("Condition", {}) for each in self.policy.get("Statement", [])]
        return {each["ArnEquals"]["aws:SourceArn"] for each in found if "ArnEquals" in each}

    def __call__(self, request: Request) -> Reply:
        if request.operation in self.replies:
            return self.replies[request.operation]
        with self._lock:
            return getattr(self, f"_{request.operation}")(request)  # type: ignore[no-any-return]

    def _GetQueueUrl(self, _: Request) -> Reply:  # noqa: N802
        return URL

    def _GetQueueAttributes(self, _: Request) -> Reply:  # noqa: N802
        found = {"QueueArn": QUEUE, **({"Policy": json.dumps(self.policy)} if self.policy else {})}
        return Reply(**{**_parts(Reply.json({"Attributes": found})), "delay": self.delay})

    def _SetQueueAttributes(self, request: Request) -> Reply:  # noqa: N802
        self.writes += 1
        self.policy = json.loads(request.json["Attributes"]["Policy"] or "{}")
        return Reply.json({})

    def _Subscribe(self, request: Request) -> Reply:  # noqa: N802
        return subscribed(f"{request.form['TopicArn']}:8a21d249-4329-4871-acc6-7be709c6ea7f")

    def _Unsubscribe(self, _: Request) -> Reply:  # noqa: N802
        return answer("Unsubscribe")

    def _GetSubscriptionAttributes(self, request: Request) -> Reply:  # noqa: N802
        arn = request.form["SubscriptionArn"]
        return attributes(
            "GetSubscriptionAttributes",
            {"SubscriptionArn": arn, "Protocol": "sqs", "Endpoint": QUEUE, "Owner": ACCOUNT},
        )

    def _GetCallerIdentity(self, _: Request) -> Reply:  # noqa: N802
        return answer("GetCallerIdentity", f"<Account>{ACCOUNT}</Account>")

    def _ListSubscriptionsByTopic(self, _: Request) -> Reply:  # noqa: N802
        return subscriptions("ListSubscriptionsByTopic", [])


def _parts(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "body": reply.body, "headers": reply.headers}


def statements(queue: Queue) -> list[Any]:
    found: Any = queue.policy["Statement"]
    return list(found)


def subscribe(cloud: Cloud, topic_arn: str = TOPIC) -> Subscription:
    return Topic(topic_arn, cloud=cloud).subscribe(Queue(QUEUE, cloud=cloud))


def test_topics_subscribed_at_once_are_all_let_in(faults: FaultServer) -> None:
    state = Policed(faults)
    state.delay = 0.02
    topics = [f"{TOPIC}-{number}" for number in range(8)]
    with faults.cloud() as cloud, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: subscribe(cloud, each), topics))
    assert state.sources == set(topics)


def test_some_come_while_others_go(faults: FaultServer) -> None:
    state = Policed(faults)
    topics = [f"{TOPIC}-{number}" for number in range(8)]
    with faults.cloud() as cloud, ThreadPoolExecutor(8) as pool:
        made = [subscribe(cloud, each) for each in topics[:4]]
        state.delay = 0.02
        going = [pool.submit(each.unsubscribe) for each in made]
        coming = [pool.submit(subscribe, cloud, each) for each in topics[4:]]
        for gone in going:
            gone.result()
        for come in coming:
            come.result()
    assert state.sources == set(topics[4:])


def test_on_the_embedded_cloud(rig: Rig) -> None:
    queue = Queue.create(rig.name("jobs"))
    topics = [Topic.create(rig.name(f"news-{number}")) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        # Each thread with its own object, as users have them.
        list(pool.map(lambda each: each.subscribe(Queue(queue.name, cloud=rig.cloud)), topics))
    assert len(statements(queue)) == 6


@pytest.mark.parametrize(
    "reply", [Reply.json_error("ServiceUnavailable", status=503), Reply(reset=True)], ids=["503", "reset"]
)
def test_a_policy_that_cannot_be_written_makes_no_subscription(faults: FaultServer, reply: Reply) -> None:
    Policed(faults, SetQueueAttributes=reply)
    with pytest.raises(CloudError) as caught:
        subscribe(faults.cloud())
    assert caught.value.operation == "SetQueueAttributes"
    assert "Subscribe" not in faults.operations


def test_a_write_whose_answer_was_lost_is_repeated(faults: FaultServer) -> None:
    state = Policed(faults)
    lost = [True]

    def otherwise(request: Request) -> Reply:
        made = state(request)
        if request.operation == "SetQueueAttributes" and lost:
            lost.pop()
            return Reply(reset=True)
        return made

    faults.otherwise(otherwise)
    subscribe(faults.cloud(attempts=2, pauses=False))
    assert faults.operations.count("SetQueueAttributes") == 2
    assert len(state.policy["Statement"]) == 1


def test_what_a_failed_subscribe_leaves_is_not_written_again(faults: FaultServer) -> None:
    state = Policed(faults, Subscribe=Reply.query_error("InternalError", status=500))
    with pytest.raises(ServiceError):
        subscribe(faults.cloud())
    assert state.sources == {TOPIC}
    state.replies = {}
    subscribe(faults.cloud())
    assert state.writes == 1


def test_a_policy_that_is_full(faults: FaultServer) -> None:
    full = Reply.json_error(
        "OverLimit", "21 statements were found in the submitted policy, max allowed is 20", status=403
    )
    Policed(faults, SetQueueAttributes=full)
    with pytest.raises(LimitExceeded, match="21 statements") as caught:
        subscribe(faults.cloud())
    assert "20 statements and 8,192 bytes" in str(caught.value.hint)
    assert "Subscribe" not in faults.operations


def test_a_queue_that_is_not_ours_to_change(faults: FaultServer) -> None:
    Policed(faults, GetQueueAttributes=Reply.json_error("AccessDeniedException", status=403))
    with pytest.raises(AccessDenied) as caught:
        subscribe(faults.cloud())
    assert "topic.subscribe(queue.arn)" in str(caught.value.hint)
    assert "Subscribe" not in faults.operations


def test_a_deny_stays_whatever_comes_and_goes(faults: FaultServer) -> None:
    ours = letting(TOPIC, QUEUE)
    # By the very name of our statement, too.
    denials: list[Mapping[str, Any]] = [
        {**ours, "Effect": "Deny"},
        {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE},
    ]
    state = Policed(faults, *denials)
    with faults.cloud() as cloud:
        made = subscribe(cloud)
        assert state.policy["Statement"] == [*denials, ours]
        made.unsubscribe()
    assert state.policy["Statement"] == denials


def test_what_the_policy_says_is_taken_back_although_the_answer_was_lost(faults: FaultServer) -> None:
    state = Policed(faults, letting(TOPIC, QUEUE))
    lost = [True]

    def otherwise(request: Request) -> Reply:
        if request.operation == "Unsubscribe" and lost:
            lost.pop()
            return Reply(reset=True)
        return state(request)

    faults.otherwise(otherwise)
    with faults.cloud(attempts=2, pauses=False) as cloud:
        Subscription(SUBSCRIPTION, cloud=cloud).unsubscribe()
    assert state.policy == {}


def test_a_policy_that_cannot_be_tidied_is_told_and_the_subscription_has_ended(faults: FaultServer) -> None:
    state = Policed(
        faults, letting(TOPIC, QUEUE), SetQueueAttributes=Reply.json_error("AccessDenied", status=403)
    )
    with faults.cloud() as cloud:
        subscription = Subscription(SUBSCRIPTION, cloud=cloud)
        with pytest.raises(AccessDenied) as caught:
            subscription.unsubscribe()
        assert caught.value.operation == "SetQueueAttributes"
        assert "Unsubscribe" in faults.operations
        # What was known of it is not known any more.
        state.replies = {"GetSubscriptionAttributes": Reply.query_error("NotFound", "no", 404)}
        assert not subscription.exists()
        with pytest.raises(CloudError):
            _ = subscription.protocol


def test_a_subscription_that_waits_and_cannot_be_ended(faults: FaultServer) -> None:
    refused = Reply.query_error("InvalidParameter", "Invalid parameter: This subscription is not confirmed")
    state = Policed(faults, letting(TOPIC, QUEUE), Unsubscribe=refused)
    with faults.cloud() as cloud, pytest.raises(InvalidRequest, match="not confirmed"):
        Subscription(SUBSCRIPTION, cloud=cloud).unsubscribe()
    assert state.sources == {TOPIC}


# -- other regions, accounts and parts of AWS ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic_region", "queue_region", "service"),
    [
        ("eu-south-1", "us-east-1", "sns.eu-south-1.amazonaws.com"),
        ("us-east-1", "eu-south-1", "sns.eu-south-1.amazonaws.com"),
        ("eu-south-1", "eu-south-1", "sns.amazonaws.com"),
        ("us-east-1", "eu-west-1", "sns.amazonaws.com"),
    ],
)
def test_regions_that_one_opts_in_to(rig: Rig, topic_region: str, queue_region: str, service: str) -> None:
    topic = Topic.create(rig.name("news"), cloud=rig.cloud.in_region(topic_region))
    queue = Queue.create(rig.name("jobs"), cloud=rig.cloud.in_region(queue_region))
    subscription = topic.subscribe(queue)
    [statement] = statements(queue)
    assert statement["Principal"] == {"Service": service}
    assert bool(topic.check()), str(topic.check())
    topic.subscribe(queue)
    assert len(statements(queue)) == 1
    subscription.unsubscribe()
    assert queue.policy == {}


def test_the_statement_of_an_older_version_is_put_right(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"), cloud=rig.cloud.in_region("eu-south-1"))
    queue = Queue.create(rig.name("jobs"))
    queue.allow_service("sns.amazonaws.com", topic.arn)
    topic.subscribe(queue.arn)
    assert not topic.check()
    topic.subscribe(queue)
    assert topic.check()
    assert len(statements(queue)) == 1


@pytest.mark.parametrize(
    ("topic", "queue"),
    [
        ("arn:aws-cn:sns:cn-north-1:123456789012:news", QUEUE),
        (TOPIC, "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:jobs"),
        (TOPIC, "arn:aws-cn:lambda:cn-north-1:123456789012:function:work"),
    ],
)
def test_another_part_of_aws_is_out_of_reach(faults: FaultServer, topic: str, queue: str) -> None:
    with pytest.raises(InvalidRequest, match="partition"):
        Topic(topic, cloud=faults.cloud()).subscribe(queue)
    assert faults.operations == []


def test_a_queue_of_another_account_waits_for_its_owner(faults: FaultServer) -> None:
    theirs = "arn:aws:sqs:us-east-1:210987654321:jobs"
    pending = row("PendingConfirmation", theirs, "sqs")
    faults.replies(
        subscribed(),
        attributes("GetSubscriptionAttributes", {"PendingConfirmation": "true", "Protocol": "sqs"}),
        subscriptions("ListSubscriptionsByTopic", [pending]),
    )
    topic = Topic(TOPIC, cloud=faults.cloud())
    assert topic.subscribe(theirs).pending
    [found] = topic.pending_subscriptions()
    assert (found.endpoint, found.protocol) == (theirs, "sqs")
    assert faults.operations == ["Subscribe", "GetSubscriptionAttributes", "ListSubscriptionsByTopic"]
