"""Who is told what happens in a bucket, and that S3 is let in for this bucket alone."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cloudkit import Bucket, Queue, Topic
from cloudkit._core.policy import for_service
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, ServiceError
from cloudkit.s3 import Notification
from cloudkit.s3.settings.notifications import Receiver
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.s3.settings.answers import Kept

OWNER = "123456789012"
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:jobs"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:news"
FUNCTION = f"arn:aws:lambda:us-east-1:{OWNER}:function:resize"
REFUSED = Reply.s3_error(
    "InvalidArgument", "Unable to validate the following destination configurations", 400
)
OTHERS = (
    f"<NotificationConfiguration><TopicConfiguration><Id>theirs</Id><Topic>{TOPIC}</Topic>"
    "<Event>s3:ObjectRemoved:Delete</Event><Event>s3:ObjectRestore:*</Event></TopicConfiguration>"
    f"<CloudFunctionConfiguration><Id>f</Id><CloudFunction>{FUNCTION}</CloudFunction><Event>s3:ObjectTagging:*</Event>"
    "<Filter><S3Key><FilterRule><Name>Suffix</Name><Value>.jpg</Value></FilterRule></S3Key></Filter>"
    "</CloudFunctionConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"
)


class Door:
    """A receiver that notes whom it lets in."""

    def __init__(self, arn: str = QUEUE) -> None:
        self.arn = arn
        self.inside: dict[tuple[str, str], str | None] = {}
        self.calls = 0

    def allow_service(self, service: str, source_arn: str, *, source_account: str | None = None) -> bool:
        self.calls += 1
        new = (service, source_arn) not in self.inside
        self.inside[service, source_arn] = source_account
        return new

    def disallow_service(self, service: str, source_arn: str) -> bool:
        self.calls += 1
        return self.inside.pop((service, source_arn), self) is not self


def written(kept: Kept) -> str:
    return re.sub(r' xmlns="[^"]*"', "", kept.found["acme-photos", "notification"])


# -- on the embedded cloud ---------------------------------------------------------------------------------------


def test_a_queue_is_told(rig: Rig) -> None:
    bucket, queue = Bucket.create(rig.name("bucket")), Queue.create(rig.name("jobs"))
    theirs: dict[str, Any] = {
        "Sid": "theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    queue.policy = {"Version": "2012-10-17", "Id": "mine", "Statement": [theirs]}
    made = bucket.notifications.add(queue, prefix="cats/", suffix=".jpg")
    assert (made.arn, made.events, made.prefix, made.suffix) == (
        queue.arn,
        ("s3:ObjectCreated:*",),
        "cats/",
        ".jpg",
    )
    assert list(bucket.notifications) == [made]
    ours = for_service(
        "s3.amazonaws.com",
        "sqs:SendMessage",
        queue.arn,
        source_arn=bucket.arn,
        source_account=rig.cloud.account_id,
    )
    assert queue.policy == {"Version": "2012-10-17", "Id": "mine", "Statement": [theirs, ours]}
    for message in queue.receive(10, wait=0):  # the test message
        message.delete()
    bucket["cats/tom.jpg"].write_bytes(b"x")
    bucket["dogs/rex.jpg"].write_bytes(b"x")
    (message,) = queue.receive(10, wait=0)
    key = json.loads(message.body)["Records"][0]["s3"]["object"]["key"]
    assert unquote_plus(key) == "cats/tom.jpg"

    bucket.notifications.add(queue, prefix="cats/", suffix=".jpg")
    assert len(list(bucket.notifications)) == 1
    bucket.notifications.remove(queue)
    bucket.notifications.remove(queue)
    assert list(bucket.notifications) == []
    assert queue.policy == {"Version": "2012-10-17", "Id": "mine", "Statement": [theirs]}


def test_a_topic_is_told(rig: Rig) -> None:
    bucket, topic = Bucket.create(rig.name("bucket")), Topic.create(rig.name("news"))
    before = topic.policy
    made = bucket.notifications.add(topic, ["s3:ObjectRemoved:*", "s3:ObjectCreated:Put"], id="all")
    assert [each.id for each in bucket.notifications] == ["all"]
    assert made.arn == topic.arn
    allowed: Any = topic.refresh().policy["Statement"]
    assert allowed[-1] == for_service(
        "s3.amazonaws.com",
        "sns:Publish",
        topic.arn,
        source_arn=bucket.arn,
        source_account=rig.cloud.account_id,
    )
    bucket.notifications.remove(topic)
    assert topic.refresh().policy == before


def test_two_buckets_and_one_queue(rig: Rig) -> None:
    one, two = Bucket.create(rig.name("one")), Bucket.create(rig.name("two"))
    queue = Queue.create(rig.name("jobs"))
    one.notifications.add(queue)
    two.notifications.add(queue)
    statements: Any = queue.policy["Statement"]
    assert [each["Condition"]["ArnEquals"]["aws:SourceArn"] for each in statements] == [one.arn, two.arn]
    one.notifications.remove(queue)
    statements = queue.policy["Statement"]
    assert [each["Condition"]["ArnEquals"]["aws:SourceArn"] for each in statements] == [two.arn]


def test_queues_and_topics_are_receivers(faults: FaultServer) -> None:
    cloud = faults.cloud()
    assert isinstance(Queue(QUEUE, cloud=cloud), Receiver)
    assert isinstance(Topic(TOPIC, cloud=cloud), Receiver)
    assert not isinstance(Bucket("acme-photos", cloud=cloud), Receiver)
    assert faults.requests == []


# -- what is written ---------------------------------------------------------------------------------------------


def test_the_notifications_of_others_stay(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "notification"] = OTHERS
    assert [(each.id, each.arn, each.suffix) for each in bucket.notifications] == [
        ("theirs", TOPIC, ""),
        ("f", FUNCTION, ".jpg"),
    ]
    made = bucket.notifications.add(Door(), suffix=".png")
    theirs = OTHERS.removeprefix("<NotificationConfiguration>").split("<EventBridge")[0]
    for each in re.findall(r"<(?:Topic|CloudFunction)Configuration>.*?</\w+Configuration>", theirs):
        assert each in written(kept)
    assert "<EventBridgeConfiguration" in written(kept)
    assert [each.id for each in bucket.notifications] == [made.id, "theirs", "f"]
    bucket.notifications.remove(id=made.id)
    assert [each.id for each in bucket.notifications] == ["theirs", "f"]
    assert bucket.notifications.event_bridge
    bucket.notifications.remove(FUNCTION)
    assert [each.id for each in bucket.notifications] == ["theirs"]


def test_a_receiver_lets_s3_in_for_this_bucket_of_this_account(bucket: Bucket) -> None:
    door = Door()
    bucket.notifications.add(door)
    assert door.inside == {("s3.amazonaws.com", "arn:aws:s3:::acme-photos"): OWNER}


def test_s3_stays_let_in_while_anything_goes_there(bucket: Bucket) -> None:
    door = Door()
    bucket.notifications.add(door, prefix="a/", id="a")
    bucket.notifications.add(door, prefix="b/", id="b")
    bucket.notifications.remove(door, id="a")
    assert door.inside
    assert [each.id for each in bucket.notifications] == ["b"]
    bucket.notifications.remove(door)
    assert not door.inside


def test_a_receiver_by_its_arn_keeps_its_policy(bucket: Bucket, faults: FaultServer) -> None:
    for arn in (QUEUE, TOPIC, FUNCTION):
        bucket.notifications.add(arn)
    assert [each.arn for each in bucket.notifications] == [QUEUE, TOPIC, FUNCTION]
    bucket.notifications.remove(TOPIC)
    assert {request.path for request in faults.requests} == {"/acme-photos"}


def test_repeating_writes_nothing_but_lets_s3_in_again(bucket: Bucket, faults: FaultServer) -> None:
    bucket.notifications.add(QUEUE, ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"], prefix="a/")
    faults.requests.clear()
    door = Door()
    bucket.notifications.add(door, ["s3:ObjectRemoved:*", "s3:ObjectCreated:Put"], prefix="a/")
    assert [request.method for request in faults.requests] == ["GET"]
    assert door.inside


def test_a_name_that_is_taken(bucket: Bucket) -> None:
    door = Door()
    bucket.notifications.add(door, id="x")
    door.calls = 0
    with pytest.raises(Conflict, match="'x'"):
        bucket.notifications.add(door, "s3:ObjectRemoved:*", id="x")
    assert door.calls == 0
    bucket.notifications.add(door, "s3:ObjectRemoved:*", id="x", update=True)
    assert [each.events for each in bucket.notifications] == [("s3:ObjectRemoved:*",)]


def test_event_bridge(bucket: Bucket, kept: Kept, faults: FaultServer) -> None:
    assert bucket.notifications.event_bridge is False
    bucket.notifications.event_bridge = True
    assert bucket.notifications.event_bridge is True
    bucket.notifications.add(QUEUE)
    faults.requests.clear()
    bucket.notifications.event_bridge = True
    assert [request.method for request in faults.requests] == ["GET"]
    bucket.notifications.event_bridge = False
    assert bucket.notifications.event_bridge is False
    assert len(list(bucket.notifications)) == 1
    bucket.notifications.clear()
    assert written(kept) in ("<NotificationConfiguration/>", "<NotificationConfiguration />")


# -- what goes wrong ---------------------------------------------------------------------------------------------


def test_a_new_policy_may_not_count_at_once(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    faults.replies(kept, REFUSED, REFUSED)
    bucket.notifications.add(Door())
    assert [request.method for request in faults.requests] == ["GET", "PUT", "PUT", "PUT"]
    assert len(list(bucket.notifications)) == 1


def test_a_refusal_after_an_old_policy_is_final(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    faults.replies(kept, REFUSED)
    with pytest.raises(InvalidRequest) as caught:
        bucket.notifications.add(QUEUE)
    assert "kms:GenerateDataKey" in str(caught.value.hint)
    assert len(faults.requests) == 2


def test_a_receiver_that_is_never_reached(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    door = Door()
    faults.replies(kept)
    faults.otherwise(REFUSED)
    began = faults.clock.now()
    with pytest.raises(InvalidRequest, match="Unable to validate") as caught:
        bucket.notifications.add(door)
    assert "kms:GenerateDataKey" in str(caught.value.hint)
    assert 15 < faults.clock.now() - began < 25
    assert door.inside == {}  # what was for nothing is taken back


def test_another_refusal_is_final(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    door = Door()
    faults.replies(kept, Reply.s3_error("InvalidArgument", "Configurations overlap", 400))
    with pytest.raises(InvalidRequest, match="overlap") as caught:
        bucket.notifications.add(door)
    assert "the same keys" in str(caught.value.hint)
    assert door.inside == {}
    faults.replies(kept, Reply.s3_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied):
        bucket.notifications.add(door)
    assert door.inside == {}


def test_a_lost_answer_leaves_the_door_open(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    # S3 may have done it: shut out, it would deliver nothing, and nobody would know.
    door = Door()
    faults.replies(kept, Reply.s3_error("InternalError", status=500))
    with pytest.raises(ServiceError):
        bucket.notifications.add(door)
    assert door.inside


def test_a_receiver_that_is_gone(rig: Rig) -> None:
    bucket, queue = Bucket.create(rig.name("bucket")), Queue.create(rig.name("jobs"))
    arn = bucket.notifications.add(queue).arn
    queue.delete()
    bucket.notifications.remove(Queue(arn))
    assert list(bucket.notifications) == []


@pytest.mark.parametrize(
    ("receiver", "events", "said"),
    [
        ("jobs", "s3:ObjectCreated:*", "nothing that a bucket can tell"),
        ("arn:aws:ec2:us-east-1:123456789012:instance/i-1", "s3:ObjectCreated:*", "nothing that"),
        (f"{QUEUE}.fifo", "s3:ObjectCreated:*", "FIFO"),
        (f"{TOPIC}.fifo", "s3:ObjectCreated:*", "FIFO"),
        (QUEUE, "ObjectCreated", "no event"),
        (QUEUE, [], "no event"),
    ],
)
def test_what_cannot_be_told(faults: FaultServer, receiver: str, events: str | list[str], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        Bucket("acme-photos", cloud=faults.cloud()).notifications.add(receiver, events)
    assert faults.requests == []


def test_removing_needs_to_know_what(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="does not know what"):
        Bucket("acme-photos", cloud=faults.cloud()).notifications.remove()
    assert faults.requests == []


def test_a_hundred_are_enough(bucket: Bucket, kept: Kept) -> None:
    rows = "".join(
        f"<QueueConfiguration><Id>{number}</Id><Queue>{QUEUE}</Queue><Event>s3:ObjectCreated:*</Event>"
        f"<Filter><S3Key><FilterRule><Name>Prefix</Name><Value>{number}/</Value></FilterRule></S3Key></Filter>"
        "</QueueConfiguration>"
        for number in range(100)
    )
    kept.found["acme-photos", "notification"] = (
        f"<NotificationConfiguration>{rows}</NotificationConfiguration>"
    )
    with pytest.raises(InvalidRequest, match="up to 100"):
        bucket.notifications.add(QUEUE, prefix="more/")


EVENTS = st.lists(
    st.sampled_from(["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*"]),
    min_size=1,
    max_size=3,
    unique=True,
)
ADDED = st.tuples(
    st.sampled_from([QUEUE, TOPIC, FUNCTION]),
    EVENTS,
    st.sampled_from(["", "a/"]),
    st.sampled_from(["", ".x"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.lists(ADDED, max_size=4, unique_by=str), ADDED)
def test_removing_what_was_added_gives_what_there_was(
    bucket: Bucket, kept: Kept, before: list[Any], one: Any
) -> None:
    kept.found.clear()
    for number, (arn, events, prefix, suffix) in enumerate(before):
        bucket.notifications.add(arn, events, prefix=prefix, suffix=suffix, id=f"theirs-{number}")
    there = list(bucket.notifications)
    assert len(there) == len(before)
    arn, events, prefix, suffix = one
    made = bucket.notifications.add(arn, events, prefix=prefix, suffix=suffix)
    again = bucket.notifications.add(arn, reversed(events), prefix=prefix, suffix=suffix)
    assert again.id == made.id
    found = list(bucket.notifications)
    assert [each for each in found if each.id != made.id] == there
    assert [each for each in found if each.id == made.id] == [made]
    bucket.notifications.remove(id=made.id)
    assert list(bucket.notifications) == there


# -- replacing them ----------------------------------------------------------------------------------------------


def test_queues_and_topics_are_replaced_and_all_else_stays(
    bucket: Bucket, kept: Kept, faults: FaultServer
) -> None:
    kept.found["acme-photos", "notification"] = OTHERS
    door = Door()
    bucket.notifications = [door]
    assert [(each.arn, each.events) for each in bucket.notifications] == [
        (QUEUE, ("s3:ObjectCreated:*",)),
        (FUNCTION, ("s3:ObjectTagging:*",)),
    ]
    assert "<EventBridgeConfiguration" in written(kept)
    assert door.inside == {("s3.amazonaws.com", bucket.arn): OWNER}
    faults.requests.clear()
    bucket.notifications = [door]  # the same again: S3 would send its test message again
    assert [request.method for request in faults.requests] == ["GET"]
    bucket.notifications = []
    assert [each.arn for each in bucket.notifications] == [FUNCTION]
    assert bucket.notifications.event_bridge
    bucket.notifications = None
    assert [each.arn for each in bucket.notifications] == [FUNCTION]


def test_a_function_that_is_named_is_replaced(bucket: Bucket, kept: Kept) -> None:
    kept.found["acme-photos", "notification"] = OTHERS
    bucket.notifications = [Notification(FUNCTION, "s3:ObjectRemoved:*", id="f"), FUNCTION]
    assert [(each.arn, each.events) for each in bucket.notifications] == [
        (FUNCTION, ("s3:ObjectRemoved:*",)),
        (FUNCTION, ("s3:ObjectCreated:*",)),
    ]


def test_what_was_read_is_written_as_it_was(bucket: Bucket, kept: Kept, faults: FaultServer) -> None:
    kept.found["acme-photos", "notification"] = OTHERS
    bucket.notifications.add(QUEUE, prefix="a/", id="ours")
    found = list(bucket.notifications)
    bucket.notifications = [each for each in found if each.id != "ours"]
    assert list(bucket.notifications) == [each for each in found if each.id != "ours"]
    faults.requests.clear()
    bucket.notifications = list(bucket.notifications)
    assert {request.method for request in faults.requests} == {"GET"}


def test_all_are_let_in_or_none(bucket: Bucket, faults: FaultServer, kept: Kept) -> None:
    class Shut(Door):
        def allow_service(self, service: str, source_arn: str, *, source_account: str | None = None) -> bool:
            raise AccessDenied("no", status=403)

    first, second = Door(), Door(TOPIC)
    with pytest.raises(AccessDenied):
        bucket.notifications = [first, Shut(f"{QUEUE}-2")]
    assert first.inside == {}
    faults.replies(kept, Reply.s3_error("AccessDenied", "Access Denied", 403))
    with pytest.raises(AccessDenied):
        bucket.notifications = [first, second]
    assert first.inside == second.inside == {}
    assert ("acme-photos", "notification") not in kept.found


def test_too_many_are_refused_before_anybody_is_let_in(bucket: Bucket) -> None:
    door = Door()
    with pytest.raises(InvalidRequest, match="101"):
        bucket.notifications = [door, *(Notification(f"{QUEUE}-{number}") for number in range(100))]
    assert door.calls == 0


def test_one_notification_is_taken_away_and_not_all_of_its_receiver(bucket: Bucket) -> None:
    bucket.notifications = [
        Notification(QUEUE, prefix="a/", id="a"),
        Notification(QUEUE, prefix="b/", id="b"),
    ]
    first, second = bucket.notifications
    bucket.notifications.remove(first)
    assert list(bucket.notifications) == [second]
    for wrong in (second, Notification(QUEUE)):
        with pytest.raises(InvalidRequest, match="receiver"):
            bucket.notifications.add(wrong)


def test_a_notification_to_a_queue(rig: Rig) -> None:
    bucket, queue = Bucket.create(rig.name("bucket")), Queue.create(rig.name("jobs"))
    bucket.notifications = [Notification(queue, "s3:ObjectRemoved:*", prefix="cats/")]
    (found,) = bucket.notifications
    assert (found.receiver, found.arn, found.prefix) == (queue.arn, queue.arn, "cats/")
    assert found == Notification(queue, "s3:ObjectRemoved:*", prefix="cats/", id=found.id)
    assert hash(found) == hash(Notification(queue, "s3:ObjectRemoved:*", prefix="cats/", id=found.id))
    assert queue.arn in repr(Notification(queue))
    statements: Any = queue.policy["Statement"]
    assert [each["Condition"]["ArnEquals"]["aws:SourceArn"] for each in statements] == [bucket.arn]
