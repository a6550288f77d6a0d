"""Topics."""

from __future__ import annotations

import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from cloudkit import Bucket, Cloud
from cloudkit._core.policy import for_service
from cloudkit.errors import (
    AccessDenied,
    AlreadyExists,
    CloudError,
    Conflict,
    InvalidRequest,
    NotFound,
    ServiceError,
)
from cloudkit.sns import Published, Topic, TopicNotFound
from cloudkit.sqs import Queue
from cloudkit.sqs._bodies.overflow import decode
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns.answers import ACCOUNT, FIFO, TOPIC, answer, attributes, by_operation, topic_said

NOT_THERE = Reply.query_error("NotFound", "Topic does not exist", 404)


def published(number: str | None = None) -> Reply:
    sequence = f"<SequenceNumber>{number}</SequenceNumber>" if number else ""
    return answer("Publish", f"<MessageId>id-1</MessageId>{sequence}")


def identity() -> Reply:
    return answer("GetCallerIdentity", f"<Account>{ACCOUNT}</Account><Arn>arn</Arn><UserId>u</UserId>")


# -- identity ------------------------------------------------------------------------------------------------


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    cloud = faults.cloud()
    assert str(Topic("news", cloud=cloud)) == "news"
    assert repr(Topic(TOPIC, cloud=cloud)) == "<Topic 123456789012/news>"
    assert Topic(TOPIC, cloud=cloud).name == "news"
    assert not Topic("news", cloud=cloud).fifo
    assert Topic("news.fifo", cloud=cloud).fifo
    assert faults.operations == []


def test_the_arn_of_a_name_asks_for_the_account_once(faults: FaultServer) -> None:
    faults.replies(identity())
    cloud = faults.cloud()
    assert Topic("news", cloud=cloud).arn == TOPIC
    assert Topic("news", cloud=cloud).arn == TOPIC
    assert Topic("olds", cloud=cloud).arn.endswith(":olds")
    assert faults.operations == ["GetCallerIdentity"]


def test_equal_by_name_account_and_cloud_without_a_call(rig: Rig, faults: FaultServer) -> None:
    name = rig.name("news")
    made = Topic.create(name)
    assert Topic(name) == made == Topic.get(name)
    assert made in Topic.list(prefix=name).to_list()
    assert len({Topic(name), made}) == 1
    assert Topic(made.arn) == Topic(name, rig.cloud.account_id)
    assert Topic(made.arn) != made  # whose account this Cloud's is, nobody was asked
    assert Topic(name) != Topic(name, cloud=rig.cloud.in_region("eu-west-1"))
    cloud = faults.cloud()
    assert Topic("news", cloud=cloud) == Topic("news", cloud=cloud)
    assert Topic("news", cloud=cloud) != Topic(TOPIC, cloud=cloud)
    assert faults.operations == []


def test_an_arn_and_an_account_must_agree() -> None:
    assert Topic(TOPIC, "123456789012").account == "123456789012"
    with pytest.raises(InvalidRequest, match="123456789012's"):
        Topic(TOPIC, "999999999999")
    with pytest.raises(InvalidRequest, match="12 digits"):
        Topic("news", "12345")


def test_an_arn_moves_the_topic_to_its_region(rig: Rig) -> None:
    there = rig.cloud.in_region("eu-west-1")
    made = Topic.create(rig.name("news"), cloud=there)
    found = Topic.get(made.arn)
    assert found.cloud.region == "eu-west-1"
    assert found.arn == made.arn
    assert not Topic(made.name).exists()


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_a_name_has_the_partition_of_its_region(rig: Rig, region: str, partition: str) -> None:
    cloud = rig.cloud.in_region(region)
    topic = Topic(rig.name("news"), cloud=cloud)
    expected = f"arn:{partition}:sns:{region}:{rig.cloud.account_id}:{topic.name}"
    assert topic.arn == expected
    assert Topic.create(topic.name, cloud=cloud).arn == expected


def test_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequest, match="AWS_REGION"):
        _ = Topic("news", cloud=Cloud()).arn
    assert Topic(TOPIC, cloud=Cloud()).arn == TOPIC


def test_an_arn_of_something_else() -> None:
    with pytest.raises(InvalidRequest, match="something else than a topic"):
        Topic("arn:aws:sqs:us-east-1:123456789012:jobs")


def test_pickled_by_what_names_it() -> None:
    cloud = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    for given in ("news", TOPIC):
        topic = Topic(given, cloud=cloud)
        again = pickle.loads(pickle.dumps(topic))
        assert again.name == "news"
        assert again.cloud == topic.cloud
        assert again == topic
    assert pickle.loads(pickle.dumps(Topic(TOPIC, cloud=cloud))) == Topic(TOPIC, cloud=cloud)


def test_what_boto3_has_for_it(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    assert topic.boto3_resource().arn == topic.arn


# -- making and finding --------------------------------------------------------------------------------------


def test_create(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"), display_name="The News", tags={"team": "web"})
    assert topic.refresh().display_name == "The News"
    assert dict(topic.tags) == {"team": "web"}
    assert topic.owner == rig.cloud.account_id
    assert topic.policy["Statement"]
    assert topic.content_deduplication is None
    assert topic.kms_key is None
    assert (topic.subscriptions_confirmed, topic.subscriptions_pending) == (0, 0)


def test_create_what_is_there(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"), display_name="first")
    with pytest.raises(AlreadyExists) as caught:
        Topic.create(topic.name, display_name="second")
    assert caught.value.hint == "Topic.ensure() takes what is there"
    assert topic.refresh().display_name == "first"


def test_create_says_what_aws_is_asked(faults: FaultServer) -> None:
    faults.replies(identity(), NOT_THERE, answer("CreateTopic", f"<TopicArn>{FIFO}</TopicArn>"))
    topic = Topic.create(
        "news.fifo",
        fifo=True,
        display_name="News",
        content_deduplication=True,
        max_message_size=1024**2,
        tags={"a": "b"},
        aws={"DataProtectionPolicy": "{}"},
        cloud=faults.cloud(),
    )
    assert topic.arn == FIFO
    assert faults.operations == ["GetCallerIdentity", "GetTopicAttributes", "CreateTopic"]
    form = faults.requests[-1].form
    entries = {
        form[f"Attributes.entry.{number}.key"]: form[f"Attributes.entry.{number}.value"]
        for number in range(1, 5)
    }
    assert entries == {
        "DisplayName": "News",
        "ContentBasedDeduplication": "true",
        "MaximumMessageSize": "1048576",
        "FifoTopic": "true",
    }
    assert (form["Tags.member.1.Key"], form["Tags.member.1.Value"]) == ("a", "b")
    assert form["DataProtectionPolicy"] == "{}"


def test_create_needs_to_know_whether_it_is_there(faults: FaultServer) -> None:
    faults.replies(identity(), Reply.query_error("AuthorizationError", "no", 403))
    with pytest.raises(AccessDenied):
        Topic.create("news", cloud=faults.cloud())
    assert "CreateTopic" not in faults.operations


def test_a_new_topic_that_is_not_known_everywhere_yet(faults: FaultServer) -> None:
    faults.replies(
        identity(),
        NOT_THERE,
        answer("CreateTopic", f"<TopicArn>{TOPIC}</TopicArn>"),
        NOT_THERE,
        NOT_THERE,
        published(),
    )
    topic = Topic.create("news", cloud=faults.cloud())
    assert topic.publish("x") == Published("id-1")
    assert faults.operations[-3:] == ["Publish"] * 3


@pytest.mark.parametrize("name", ["a b", "news.x", "", "x" * 257])
def test_names_are_checked_first(faults: FaultServer, name: str) -> None:
    for make in (Topic.create, Topic.ensure):
        with pytest.raises(InvalidRequest):
            make(name, cloud=faults.cloud())
    assert faults.operations == []


def test_settings_are_checked_first(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for given in (
        {"display_name": "x" * 101},
        {"content_deduplication": True},
        {"fifo": True},
        {"tags": {"aws:a": "b"}},
    ):
        with pytest.raises(InvalidRequest):
            Topic.create("news", cloud=cloud, **given)
    assert faults.operations == []


def test_ensure(rig: Rig) -> None:
    name = rig.name("news")
    first = Topic.ensure(name, display_name="one")
    assert Topic.ensure(name) == first
    assert Topic.ensure(name, display_name="one") == first
    with pytest.raises(Conflict, match="display_name is 'one', not 'two'"):
        Topic.ensure(name, display_name="two")
    assert Topic.ensure(name, display_name="two", update=True).display_name == "two"
    assert Topic.ensure(name, display_name="", update=True).refresh().display_name in ("", None)


def test_ensure_a_fifo_topic(rig: Rig) -> None:
    name = f"{rig.name('orders')}.fifo"
    topic = Topic.ensure(name, content_deduplication=False)
    assert topic.fifo
    assert topic.content_deduplication is False
    with pytest.raises(Conflict, match="content_deduplication is False, not True"):
        Topic.ensure(name, fifo=True, content_deduplication=True)
    Topic.ensure(name, content_deduplication=True, update=True)
    assert Topic.get(name).content_deduplication is True


def test_get_and_exists(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    assert Topic.get(topic.name).arn == topic.arn
    assert topic.exists()
    missing = Topic(rig.name("olds"))
    assert not missing.exists()
    with pytest.raises(TopicNotFound) as caught:
        Topic.get(missing.name)
    assert isinstance(caught.value, NotFound)
    assert caught.value.resource == missing.name


def test_exists_raises_on_403(faults: FaultServer) -> None:
    faults.otherwise(
        Reply.query_error(
            "AuthorizationError",
            f"User: arn:aws:iam::1:user/x is not authorized to perform: SNS:GetTopicAttributes on resource: {TOPIC}",
            403,
        )
    )
    with pytest.raises(AccessDenied) as caught:
        Topic(TOPIC, cloud=faults.cloud()).exists()
    assert caught.value.action == "SNS:GetTopicAttributes"


def test_list(rig: Rig) -> None:
    stem = rig.name("listed")
    made = {Topic.create(f"{stem}-{number}") for number in range(3)}
    assert set(Topic.list(prefix=stem)) == made
    assert all(each.cloud is rig.cloud for each in Topic.list(prefix=stem))
    assert Topic.list(prefix=rig.name("none")).to_list() == []


def test_list_reads_all_pages(faults: FaultServer) -> None:
    def page(name: str, following: str = "") -> Reply:
        return answer(
            "ListTopics", f"<Topics><member><TopicArn>{TOPIC}{name}</TopicArn></member></Topics>{following}"
        )

    faults.replies(page("1", "<NextToken>more</NextToken>"), page("2"))
    assert [topic.name for topic in Topic.list(cloud=faults.cloud())] == ["news1", "news2"]
    assert faults.requests[1].form["NextToken"] == "more"


# -- publishing ----------------------------------------------------------------------------------------------


@pytest.fixture
def heard(rig: Rig) -> tuple[Topic, Queue]:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    topic.subscribe(queue, raw=True)
    return topic, queue


def bodies(queue: Queue) -> list[str]:
    return [message.body for message in queue.receive(10, wait=0)]


def test_publish(heard: tuple[Topic, Queue]) -> None:
    topic, queue = heard
    first = topic.publish("hello")
    second = topic.publish({"a": [1, "ä"]})
    assert first.id != second.id
    assert first.sequence_number is None
    received = bodies(queue)
    assert received[0] == "hello"
    assert json.loads(received[1]) == {"a": [1, "ä"]}


def test_attributes_arrive(heard: tuple[Topic, Queue]) -> None:
    topic, queue = heard
    topic.publish("x", attributes={"text": "ä", "count": 3, "price": Decimal("1.50")})
    (message,) = queue.receive(1, wait=0)
    assert message.attributes == {"text": "ä", "count": 3, "price": Decimal("1.50")}


def test_other_texts_for_some_protocols(heard: tuple[Topic, Queue]) -> None:
    topic, queue = heard
    topic.publish("for all", per_protocol={"sqs": "for queues", "sms": "short"})
    topic.publish("for all", per_protocol={"sms": "short"})
    assert bodies(queue) == ["for queues", "for all"]


def test_the_envelope_has_the_subject(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    topic.subscribe(queue)
    sent = topic.publish("hello", subject="Größe", attributes={"a": "b"})
    envelope = json.loads(bodies(queue)[0])
    assert envelope["Message"] == "hello"
    assert envelope["Subject"] == "Größe"
    assert envelope["TopicArn"] == topic.arn
    assert envelope["MessageId"] == sent.id
    assert envelope["MessageAttributes"] == {"a": {"Type": "String", "Value": "b"}}


def test_publish_to_nothing(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    topic.delete()
    with pytest.raises(NotFound):
        topic.publish("x")


def test_publish_says_what_is_missing(faults: FaultServer) -> None:
    faults.otherwise(NOT_THERE)
    with pytest.raises(TopicNotFound):
        Topic(TOPIC, cloud=faults.cloud()).publish("x")


@pytest.mark.parametrize(
    "given",
    [
        {"message": ""},
        {"message": "x" * (1024**2 + 1)},
        {"message": "x", "subject": "a\nb"},
        {"message": "x", "attributes": {"a": ""}},
        {"message": '{"sms": "x"}', "aws": {"MessageStructure": "json"}},
        {"message": "x", "deduplication_id": "a"},
    ],
)
def test_what_is_refused_is_not_sent(faults: FaultServer, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Topic(TOPIC, cloud=faults.cloud()).publish(**given)
    assert faults.operations == []


def test_a_large_message_is_for_aws_to_judge_where_nobody_may_look(faults: FaultServer) -> None:
    refusal = Reply.query_error("InvalidParameter", "Invalid parameter: Message too long")
    faults.replies(Reply.query_error("AuthorizationError", "no", 403), refusal, refusal, published())
    topic = Topic(TOPIC, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="too long") as caught:
        topic.publish("x" * 300_000)
    assert "300,000 bytes" in str(caught.value.hint)
    assert "max_message_size" in str(caught.value.hint)
    with pytest.raises(InvalidRequest) as caught:
        topic.publish("x")
    assert caught.value.hint is None
    assert topic.publish("x" * 300_000).id == "id-1"
    assert faults.operations == ["GetTopicAttributes", "Publish", "Publish", "Publish"]


def test_a_message_that_the_topic_does_not_take_is_not_sent(faults: FaultServer) -> None:
    faults.replies(topic_said(), topic_said(MaximumMessageSize="2048"), topic_said(MaximumMessageSize="2048"))
    topic = Topic(TOPIC, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="300,000 bytes with its attributes: the topic takes 262,144"):
        topic.publish("x" * 300_000)
    with pytest.raises(InvalidRequest, match="262,149 bytes"):
        topic.publish("x" * 262_136, attributes={"name": "abc"})
    with pytest.raises(InvalidRequest, match="1,048,577 bytes"):
        topic.publish("x" * (1024**2 + 1))
    assert faults.operations == ["GetTopicAttributes"]
    topic.refresh()
    for _ in range(2):
        with pytest.raises(InvalidRequest, match="the topic takes 2,048") as caught:
            topic.publish("x" * 4000)
    assert "max_message_size" in str(caught.value.hint)
    assert faults.operations == ["GetTopicAttributes"] * 3


def test_a_topic_takes_what_it_is_set_to(faults: FaultServer) -> None:
    large = topic_said(MaximumMessageSize=str(1024**2))
    faults.otherwise(
        by_operation(
            Publish=published(), GetTopicAttributes=large, SetTopicAttributes=answer("SetTopicAttributes")
        )
    )
    topic = Topic(TOPIC, cloud=faults.cloud())
    assert topic.publish("x" * 1024**2).id == "id-1"
    assert topic.publish("x" * 300_000).id == "id-1"
    assert faults.operations == ["GetTopicAttributes", "Publish", "Publish"]
    topic.max_message_size = 2048
    topic.publish("x" * 300_000)
    assert faults.operations[-3:] == ["SetTopicAttributes", "GetTopicAttributes", "Publish"]


# -- settings that can be assigned ---------------------------------------------------------------------------


def test_settings_are_read(faults: FaultServer) -> None:
    faults.otherwise(
        topic_said(
            MaximumMessageSize="1048576",
            SignatureVersion="2",
            KmsMasterKeyId="alias/ours",
            TracingConfig="Active",
            ArchivePolicy='{"MessageRetentionPeriod":"30"}',
            BeginningArchiveTime="2026-01-02T03:04:05.000Z",
        )
    )
    topic = Topic(TOPIC, cloud=faults.cloud())
    assert (topic.max_message_size, topic.signature_version, topic.kms_key) == (1024**2, 2, "alias/ours")
    assert (topic.tracing, topic.archive_days) == (True, 30)
    assert topic.archive_start == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert faults.operations == ["GetTopicAttributes"]


def test_what_was_never_set_has_its_default(faults: FaultServer) -> None:
    faults.otherwise(topic_said())
    topic = Topic(TOPIC, cloud=faults.cloud())
    assert (topic.max_message_size, topic.signature_version, topic.kms_key) == (None, 1, None)
    assert (topic.tracing, topic.archive_days, topic.archive_start) == (None, None, None)


def test_settings_are_assigned(faults: FaultServer) -> None:
    faults.otherwise(answer("SetTopicAttributes"))
    topic = Topic(FIFO, cloud=faults.cloud())
    topic.signature_version = 2
    topic.archive_days = 30
    topic.archive_days = "off"
    topic.kms_key = "off"
    topic.policy = {"Version": "2012-10-17", "Statement": []}
    assert [(each.form["AttributeName"], each.form["AttributeValue"]) for each in faults.requests] == [
        ("SignatureVersion", "2"),
        ("ArchivePolicy", '{"MessageRetentionPeriod": "30"}'),
        ("ArchivePolicy", "{}"),
        ("KmsMasterKeyId", ""),
        ("Policy", '{"Version": "2012-10-17", "Statement": []}'),
    ]


def test_a_wrong_setting_is_not_sent(faults: FaultServer) -> None:
    topic = Topic(TOPIC, cloud=faults.cloud())
    with pytest.raises(InvalidRequest):
        topic.signature_version = 3
    with pytest.raises(InvalidRequest):
        topic.archive_days = 3
    assert faults.operations == []


# -- what is too large goes into a bucket --------------------------------------------------------------------


def spilling(rig: Rig) -> tuple[Topic, Queue, Bucket]:
    bucket = Bucket.create(rig.name("acme"))
    queue = Queue.create(rig.name("jobs"))
    topic = Topic(Topic.create(rig.name("news")).name, overflow=bucket)
    topic.subscribe(queue, raw=True)
    return topic, queue, bucket


def test_a_large_message_is_put_into_the_bucket(rig: Rig) -> None:
    topic, queue, bucket = spilling(rig)
    text = "ä" * 200_000
    topic.publish(text, attributes={"kind": "story"})
    topic.publish("small")
    large, small = sorted(queue.receive(10, wait=0), key=lambda message: -len(message.body))
    pointer = decode(large.body)
    assert pointer.bucket == bucket.name
    assert bucket[pointer.key].read_text() == text
    assert large.attributes == {"kind": "story", "ExtendedPayloadSize": 400_000}
    assert (small.body, small.attributes) == ("small", {})
    assert len(list(bucket.objects())) == 1


def test_many_with_large_ones(rig: Rig) -> None:
    topic, queue, bucket = spilling(rig)
    assert len(topic.publish_many(["x" * 300_000, "y", {"big": "z" * 300_000}])) == 3
    bodies = [message.body for message in queue.receive(10, wait=0)]
    assert "y" in bodies
    found = {bucket[decode(body).key].read_text() for body in bodies if body != "y"}
    assert found == {"x" * 300_000, json.dumps({"big": "z" * 300_000})}


def test_a_repeat_on_a_fifo_topic_is_one_although_its_pointer_is_another(rig: Rig) -> None:
    bucket, queue = Bucket.create(rig.name("acme")), Queue.create(rig.name("jobs") + ".fifo")
    for derives in (False, True):
        made = Topic.create(rig.name("news") + ".fifo", content_deduplication=derives)
        topic = Topic(made.name, overflow=bucket)
        topic.subscribe(queue, raw=True)
        for _ in range(2):
            topic.publish("x" * 300_000, group="a")
        [message] = queue.receive(10, wait=0)
        message.delete()


def test_what_cannot_go_into_a_bucket(rig: Rig) -> None:
    topic, _, bucket = spilling(rig)
    with pytest.raises(InvalidRequest, match="the same for all protocols"):
        topic.publish("x" * 300_000, per_protocol={"sms": "short"})
    with pytest.raises(InvalidRequest, match="by which a body in a bucket is known"):
        topic.publish("x", attributes={"ExtendedPayloadSize": 1})
    assert list(bucket.objects()) == []


def test_a_message_that_is_refused_leaves_nothing_in_the_bucket(rig: Rig) -> None:
    topic, _, bucket = spilling(rig)
    topic.delete()
    with pytest.raises(TopicNotFound):
        topic.publish("x" * 2_000_000)
    assert list(bucket.objects()) == []


def test_a_message_whose_answer_was_lost_stays_in_the_bucket(rig: Rig, faults: FaultServer) -> None:
    bucket = Bucket.create(rig.name("acme"))
    faults.replies(topic_said(), Reply(reset=True))
    topic = Topic(TOPIC, overflow=bucket, cloud=faults.cloud())
    with pytest.raises(CloudError):
        topic.publish("x" * 300_000)
    assert len(list(bucket.objects())) == 1


def test_a_topic_with_a_bucket_is_the_same_topic_and_travels() -> None:
    cloud = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1")
    topic = Topic("news", overflow=Bucket("acme", cloud=cloud), cloud=cloud)
    assert topic == Topic("news", cloud=cloud)
    copy = pickle.loads(pickle.dumps(topic))
    assert copy.overflow == Bucket("acme", cloud=cloud)


def test_what_publish_sends(faults: FaultServer) -> None:
    faults.replies(published("7"))
    done = Topic(FIFO, cloud=faults.cloud()).publish(
        "x", subject="s", attributes={"a": 1}, group="g", deduplication_id="d", aws={"PhoneNumber": "+1"}
    )
    assert done == Published("id-1", "7")
    form = faults.requests[0].form
    assert {name: form[name] for name in ("TopicArn", "Message", "Subject", "MessageGroupId")} == {
        "TopicArn": FIFO,
        "Message": "x",
        "Subject": "s",
        "MessageGroupId": "g",
    }
    assert form["MessageDeduplicationId"] == "d"
    assert form["MessageAttributes.entry.1.Value.StringValue"] == "1"
    assert form["PhoneNumber"] == "+1"


def test_a_raw_parameter_that_we_set_ourselves() -> None:
    with pytest.raises(InvalidRequest, match="Subject"):
        Topic(TOPIC, cloud=Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:1")).publish(
            "x", subject="a", aws={"Subject": "b"}
        )


# -- FIFO ----------------------------------------------------------------------------------------------------


def test_fifo_keeps_the_order_and_drops_repeats(rig: Rig) -> None:
    topic, queue = Topic.create(f"{rig.name('o')}.fifo"), Queue.create(f"{rig.name('q')}.fifo")
    topic.subscribe(queue, raw=True)
    for number in (1, 2, 2, 3):
        topic.publish({"n": number}, group="g")
    assert [message.json(dict)["n"] for message in queue.receive(10, wait=0)] == [1, 2, 3]


def test_same_content_in_two_groups_is_two_messages(rig: Rig) -> None:
    topic, queue = Topic.create(f"{rig.name('o')}.fifo"), Queue.create(f"{rig.name('q')}.fifo")
    topic.subscribe(queue, raw=True)
    topic.publish_many([])
    topic.publish("refresh", group="user-1")
    topic.publish("refresh", group="user-2")
    topic.publish("refresh", group="user-1")
    assert len(queue.receive(10, wait=0)) == 2


def test_content_deduplication_is_asked_for_once(faults: FaultServer) -> None:
    faults.replies(
        attributes("GetTopicAttributes", {"ContentBasedDeduplication": "true"}), published(), published()
    )
    cloud = faults.cloud()
    Topic(FIFO, cloud=cloud).publish("x", group="g")
    Topic(FIFO, cloud=cloud).publish("y", group="g")
    assert faults.operations == ["GetTopicAttributes", "Publish", "Publish"]
    assert "MessageDeduplicationId" not in faults.requests[1].form


def test_who_may_publish_alone_can_publish(faults: FaultServer) -> None:
    faults.replies(Reply.query_error("AuthorizationError", "no", 403), published())
    Topic(FIFO, cloud=faults.cloud()).publish("x", group="g")
    assert len(faults.requests[1].form["MessageDeduplicationId"]) == 64


def test_update_is_heeded_by_the_next_message(rig: Rig) -> None:
    topic = Topic.create(f"{rig.name('o')}.fifo", content_deduplication=True)
    # moto does not hand on the id that a topic makes, so the queue makes one too.
    queue = Queue.create(f"{rig.name('q')}.fifo", content_deduplication=True)
    topic.subscribe(queue, raw=True)
    topic.publish("x", group="g")
    topic.update(content_deduplication=False)
    # moto refuses a message without an id on a topic that makes none.
    topic.publish("y", group="g")
    assert bodies(queue) == ["x", "y"]


def test_no_group(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="group="):
        Topic(FIFO, cloud=faults.cloud()).publish("x")
    assert faults.operations == []


# -- settings and the end ------------------------------------------------------------------------------------


def test_update_changes_what_is_named(rig: Rig) -> None:
    topic = Topic.create(f"{rig.name('o')}.fifo", display_name="one", content_deduplication=True)
    assert topic.update(content_deduplication=False) is topic
    assert (topic.display_name, topic.content_deduplication) == ("one", False)
    assert topic.update(display_name="two").display_name == "two"


def test_update_sends_what_is_named(faults: FaultServer) -> None:
    faults.otherwise(answer("SetTopicAttributes"))
    topic = Topic(TOPIC, cloud=faults.cloud())
    topic.update()
    topic.update(display_name="", max_message_size=2048)
    assert [
        (request.form["AttributeName"], request.form["AttributeValue"]) for request in faults.requests
    ] == [("DisplayName", ""), ("MaximumMessageSize", "2048")]


def test_update_of_nothing(rig: Rig) -> None:
    with pytest.raises(TopicNotFound):
        Topic(rig.name("olds")).update(display_name="x")


def test_max_message_size_is_read(faults: FaultServer) -> None:
    faults.replies(attributes("GetTopicAttributes", {"MaximumMessageSize": "1048576", "Owner": ACCOUNT}))
    assert Topic(TOPIC, cloud=faults.cloud()).max_message_size == 1024**2


def test_counts_are_fresh(faults: FaultServer) -> None:
    faults.replies(
        attributes("GetTopicAttributes", {"SubscriptionsConfirmed": "1", "SubscriptionsPending": "2"}),
        attributes("GetTopicAttributes", {"SubscriptionsConfirmed": "2", "SubscriptionsPending": "1"}),
    )
    topic = Topic(TOPIC, cloud=faults.cloud())
    assert (topic.subscriptions_confirmed, topic.subscriptions_pending) == (1, 2)
    faults.clock.advance(3)
    assert (topic.subscriptions_confirmed, topic.subscriptions_pending) == (2, 1)


def test_letting_a_service_in(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    before = topic.policy
    source = "arn:aws:s3:::acme-photos"
    assert topic.allow_service("s3.amazonaws.com", source, source_account=ACCOUNT) is True
    assert topic.allow_service("s3.amazonaws.com", source, source_account=ACCOUNT) is False
    ours = for_service(
        "s3.amazonaws.com", "sns:Publish", topic.arn, source_arn=source, source_account=ACCOUNT
    )
    statements: Any = before["Statement"]
    assert topic.policy == {**before, "Statement": [*statements, ours]}
    assert topic.disallow_service("s3.amazonaws.com", source) is True
    assert topic.disallow_service("s3.amazonaws.com", source) is False
    assert topic.policy == before
    missing = Topic(rig.name("nowhere"))
    for use in (missing.allow_service, missing.disallow_service):
        with pytest.raises(TopicNotFound):
            use("s3.amazonaws.com", source)
        with pytest.raises(InvalidRequest, match="no service"):
            use("s3", source)


def test_a_topic_is_never_without_a_policy(faults: FaultServer) -> None:
    source = "arn:aws:s3:::acme-photos"
    ours = for_service("s3.amazonaws.com", "sns:Publish", TOPIC, source_arn=source)
    found = {"TopicArn": TOPIC, "Owner": ACCOUNT, "Policy": json.dumps({"Statement": [ours]})}
    faults.replies(attributes("GetTopicAttributes", found), answer("SetTopicAttributes"))
    assert Topic(TOPIC, cloud=faults.cloud()).disallow_service("s3.amazonaws.com", source)
    assert len(faults.requests) == 2
    (left,) = json.loads(faults.requests[1].form["AttributeValue"])["Statement"]
    assert (left["Principal"], left["Action"]) == ({"AWS": ACCOUNT}, "sns:GetTopicAttributes")


def test_tags(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    assert dict(topic.tags) == {}
    topic.tags["a"] = "1"
    topic.tags.merge({"b": "2", "c": "3"})
    del topic.tags["b"]
    assert dict(topic.tags) == {"a": "1", "c": "3"}
    topic.tags.clear()
    assert dict(topic.tags) == {}


def test_tags_of_nothing(rig: Rig) -> None:
    with pytest.raises(TopicNotFound):
        dict(Topic(rig.name("olds")).tags)


def test_delete(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    topic.delete()
    assert not topic.exists()
    topic.delete()
    Topic(rig.name("never")).delete()


def test_delete_where_aws_says_that_it_is_gone(faults: FaultServer) -> None:
    faults.replies(NOT_THERE, Reply.query_error("AuthorizationError", "no", 403))
    Topic(TOPIC, cloud=faults.cloud()).delete()
    with pytest.raises(AccessDenied):
        Topic(TOPIC, cloud=faults.cloud()).delete()


def test_many_threads_share_one_topic(rig: Rig) -> None:
    topic, queue = Topic.create(rig.name("news")), Queue.create(rig.name("jobs"))
    by_name = Topic(topic.name)
    found: list[str] = []

    def work() -> None:
        found.append(by_name.arn)
        found.append(str(by_name.refresh().owner))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {topic.arn, topic.owner}
    assert len(found) == 16
    assert queue.exists()


def test_a_change_that_fails_halfway_is_read_anew(faults: FaultServer) -> None:
    topic = Topic(TOPIC, cloud=faults.cloud())
    faults.replies(
        topic_said(DisplayName="Old"),
        answer("SetTopicAttributes"),
        Reply.query_error("InternalError", "no", 500),
        topic_said(DisplayName="New"),
    )
    assert topic.display_name == "Old"
    with pytest.raises(ServiceError):
        topic.update(display_name="New", signature_version=2)
    assert topic.display_name == "New"


def test_services_let_in_at_once_are_all_let_in(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    buckets = [f"arn:aws:s3:::acme-{number}" for number in range(6)]

    def let_in(bucket: str) -> bool:
        return Topic(topic.arn, cloud=rig.cloud).allow_service("s3.amazonaws.com", bucket)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(let_in, buckets))
    text = str(topic.refresh().policy)
    assert all(f"'{bucket}'" in text for bucket in buckets)
