from __future__ import annotations

import itertools
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest

from cloudkit import (
    AccessDenied,
    AlreadyExists,
    Cloud,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    LimitExceeded,
    ServiceError,
    Throttled,
    Timeouts,
    deadline,
)
from cloudkit._core.policy import for_service
from cloudkit.sqs import Counts, Outgoing, Queue, QueueNotFound
from cloudkit.types import HasArn, Json
from tests.cloudwatch.answers import Row, asked, data, minute
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.sqs.answers import MISSING, NOTHING, md5, queue_on, received, row, sent

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
ARN = "arn:aws:sqs:eu-west-1:123456789012:jobs"
DENIED = Reply.json_error(
    "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: sqs:getqueueattributes", 403
)


def url_of(request: Request) -> Reply:
    """GetQueueUrl and CreateQueue, as they should be."""
    return Reply.json({"QueueUrl": f"http://127.0.0.1/123456789012/{request.json['QueueName']}"})


def attributes(**values: str) -> Reply:
    return Reply.json({"Attributes": values})


# -- what it is -----------------------------------------------------------------------------------------------


def test_making_one_calls_nothing(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for text in ("jobs", URL, ARN, f"{faults.url}/123456789012/jobs"):
        queue = Queue(text, cloud=cloud)
        assert queue.name == "jobs"
        assert "jobs" in repr(queue)
        assert not queue.fifo
    assert faults.requests == []


def test_making_one_reads_nothing() -> None:
    # This profile is not there: whoever reads the configuration fails.
    cloud = Cloud(profile="none-such")
    assert Queue(ARN, cloud=cloud).account == "123456789012"
    assert Queue(URL, cloud=cloud).url == URL


def test_it_is_its_name_and_owner(rig: Rig) -> None:
    assert Queue("jobs") == Queue("jobs")
    assert Queue("jobs").account is None
    assert Queue("jobs") != Queue("jobs", "123456789012")
    assert Queue(URL) == Queue(ARN)
    assert hash(Queue(URL)) == hash(Queue(ARN))
    assert Queue(URL) != Queue(ARN.replace("eu-west-1", "eu-west-2"))
    assert (str(Queue("jobs")), repr(Queue(ARN))) == ("jobs", "<Queue 123456789012/jobs>")


def test_another_owner_contradicts(rig: Rig) -> None:
    assert Queue(ARN, "123456789012").account == "123456789012"
    with pytest.raises(InvalidRequest, match="123456789012's"):
        Queue(ARN, "210987654321")
    with pytest.raises(InvalidRequest, match="12 digits"):
        Queue("jobs", "me")


def test_the_region_is_where_the_queue_is(rig: Rig) -> None:
    assert Queue(URL).cloud == rig.cloud.in_region("eu-west-1")
    assert Queue("jobs").cloud is rig.cloud


def test_a_queue_of_another_region_by_arn(rig: Rig) -> None:
    there = Queue.create(rig.name(), cloud=rig.cloud.in_region("eu-west-1"))
    there.send("hello")
    assert not Queue(there.name).exists()
    here = Queue(there.arn)
    assert here.cloud.region == "eu-west-1"
    assert [message.body for message in here.receive(wait=0)] == ["hello"]
    assert here.arn == there.arn


def test_the_url_is_asked_for_once(faults: FaultServer) -> None:
    faults.replies(url_of)
    faults.otherwise(sent)
    cloud = faults.cloud()
    Queue("jobs", cloud=cloud).send("a")
    Queue("jobs", cloud=cloud).send("b")
    assert faults.operations == ["GetQueueUrl", "SendMessage", "SendMessage"]
    assert faults.requests[0].json == {"QueueName": "jobs"}
    assert faults.requests[2].json["QueueUrl"] == "http://127.0.0.1/123456789012/jobs"


def test_the_owner_is_asked_with_it(faults: FaultServer) -> None:
    faults.otherwise(url_of)
    assert Queue("jobs", "123456789012", cloud=faults.cloud()).url
    assert Queue(ARN, cloud=faults.cloud()).url
    for request in faults.requests:
        assert request.json == {"QueueName": "jobs", "QueueOwnerAWSAccountId": "123456789012"}


def test_a_given_url_is_used_as_it_is(faults: FaultServer) -> None:
    faults.replies(sent)
    queue = queue_on(faults)
    queue.send("a")
    assert faults.requests[0].json["QueueUrl"] == queue.url == f"{faults.url}/123456789012/jobs"


def test_an_answer_without_a_url(faults: FaultServer) -> None:
    faults.replies(NOTHING, MISSING, NOTHING)
    with pytest.raises(ServiceError, match="no QueueUrl"):
        assert Queue("jobs", cloud=faults.cloud()).url
    with pytest.raises(ServiceError, match="no QueueUrl"):
        Queue.create("jobs", cloud=faults.cloud())


def test_the_arn_is_known_if_it_was_given(faults: FaultServer) -> None:
    queue: HasArn = Queue(ARN, cloud=faults.cloud())
    assert queue.arn == ARN
    assert faults.requests == []


def test_it_travels(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for queue in (Queue("jobs", cloud=cloud), Queue(ARN, cloud=cloud), queue_on(faults)):
        came = pickle.loads(pickle.dumps(queue))
        assert came == queue
        assert came.cloud == queue.cloud
    faults.replies(sent)
    pickle.loads(pickle.dumps(queue_on(faults))).send("x")
    assert faults.operations == ["SendMessage"]


def test_it_travels_within_a_world(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    pickle.loads(pickle.dumps(queue)).send("x")
    assert queue.counts.visible == 1


def test_boto3_has_the_same(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    assert queue.boto3_resource().attributes["QueueArn"] == queue.arn


@pytest.mark.parametrize("body", [b"{}", b"", b"<html>", b'{"Attributes": {'])
def test_an_answer_without_attributes_is_none(faults: FaultServer, body: bytes) -> None:
    faults.otherwise(Reply(body=body))
    queue = queue_on(faults)
    reads: list[Any] = [queue.refresh, lambda: queue.counts, lambda: queue.policy, lambda: queue.exists()]
    for read in reads:
        with pytest.raises(ServiceError, match="no Attributes|no JSON"):
            read()


# -- creating -------------------------------------------------------------------------------------------------


def test_create(rig: Rig) -> None:
    queue = Queue.create(
        rig.name(),
        visibility_timeout=60,
        retention=3600,
        delay=5,
        receive_wait=10,
        max_message_size=2048,
        tags={"team": "web"},
    )
    assert queue == Queue(queue.name)
    assert (queue.visibility_timeout, queue.retention, queue.delay, queue.receive_wait) == (60, 3600, 5, 10)
    assert (queue.max_message_size, queue.content_deduplication) == (2048, False)
    assert dict(queue.tags) == {"team": "web"}
    assert abs((queue.created - datetime.now(timezone.utc)).total_seconds()) < 60
    assert queue.modified >= queue.created
    assert queue.arn.endswith(f":{queue.name}")
    assert (queue.dead_letters, queue.max_receives) == (None, None)


def test_create_again_is_an_error_even_with_the_same_settings(rig: Rig) -> None:
    name = Queue.create(rig.name()).name
    with pytest.raises(AlreadyExists) as caught:
        Queue.create(name)
    assert caught.value.hint
    assert caught.value.resource == name


@pytest.mark.parametrize("code", ["QueueNameExists", "QueueAlreadyExists"])
def test_create_at_the_same_time_as_another(faults: FaultServer, code: str) -> None:
    faults.replies(MISSING, Reply.json_error(code))
    with pytest.raises(AlreadyExists):
        Queue.create("jobs", cloud=faults.cloud())


@pytest.mark.parametrize("code", ["QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"])
def test_create_too_soon(faults: FaultServer, code: str) -> None:
    faults.replies(MISSING, Reply.json_error(code))
    with pytest.raises(Conflict) as caught:
        Queue.create("jobs", cloud=faults.cloud())
    assert "60 seconds" in str(caught.value.hint)


def test_create_without_the_right_to_look(faults: FaultServer) -> None:
    faults.replies(DENIED)
    with pytest.raises(AccessDenied):
        Queue.create("jobs", cloud=faults.cloud())
    assert faults.operations == ["GetQueueUrl"]


def test_what_was_just_made_may_need_a_moment(faults: FaultServer) -> None:
    faults.replies(MISSING, url_of, MISSING, MISSING, sent)
    queue = Queue.create("jobs", cloud=faults.cloud())
    assert queue.send("x").id == "id-1"
    assert len(faults.clock.slept) == 2


def test_create_a_fifo_queue(rig: Rig) -> None:
    queue = Queue.create(rig.name() + ".fifo", content_deduplication=True)
    assert queue.fifo
    assert queue.raw["FifoQueue"] == "true"
    assert queue.content_deduplication
    assert not Queue.create(rig.name() + ".fifo", fifo=True).content_deduplication


@pytest.mark.parametrize(
    ("name", "options", "hint"),
    [
        ("jobs", {"fifo": True}, "jobs.fifo"),
        ("jobs.fifo", {"fifo": False}, "'jobs'"),
        ("jobs", {"content_deduplication": True}, "fifo"),
        (URL, {}, "'jobs'"),
        (ARN, {}, "'jobs'"),
        ("jobs", {"visibility_timeout": 43_201}, ""),
        ("jobs", {"max_receives": 3}, "dead_letters="),
        ("jobs", {"tags": {"aws:x": "y"}}, ""),
        ("jobs", {"aws": {"Attributes": {"DelaySeconds": "1"}}, "delay": 1}, "named argument"),
        ("jobs", {"aws": {"QueueName": "other"}}, "named argument"),
    ],
)
def test_refused_before_a_call(faults: FaultServer, name: str, options: dict[str, Any], hint: str) -> None:
    faults.otherwise(MISSING)
    with pytest.raises(InvalidRequest) as caught:
        Queue.create(name, cloud=faults.cloud(), **options)
    assert hint in str(caught.value.hint)
    assert "CreateQueue" not in faults.operations


def test_raw_attributes_are_added(faults: FaultServer) -> None:
    faults.replies(MISSING, url_of)
    raw = {"Attributes": {"SqsManagedSseEnabled": "true"}}
    Queue.create("jobs", delay=1, aws=raw, cloud=faults.cloud())
    assert faults.requests[1].json["Attributes"] == {"SqsManagedSseEnabled": "true", "DelaySeconds": "1"}
    assert raw == {"Attributes": {"SqsManagedSseEnabled": "true"}}


# -- ensure ---------------------------------------------------------------------------------------------------


def test_ensure_makes_it_once(rig: Rig) -> None:
    name = rig.name()
    made = Queue.ensure(name, visibility_timeout=60, tags={"a": "1"})
    assert made == Queue.ensure(name, visibility_timeout=60, tags={"a": "1"}) == Queue.ensure(name)
    assert (made.visibility_timeout, dict(made.tags)) == (60, {"a": "1"})


def test_ensure_names_what_differs(rig: Rig) -> None:
    name = rig.name()
    Queue.create(name, visibility_timeout=60, delay=1, tags={"a": "1"})
    with pytest.raises(Conflict) as caught:
        Queue.ensure(name, visibility_timeout=61, delay=1, tags={"a": "2"})
    assert "visibility_timeout is 60, not 61; tag a is 1, not 2" in str(caught.value)
    assert "delay" not in str(caught.value)
    assert Queue(name).visibility_timeout == 60


def test_ensure_changes_it_if_asked(rig: Rig) -> None:
    queue = Queue.create(rig.name(), delay=1, tags={"a": "1", "b": "1"})
    changed = Queue.ensure(queue.name, delay=2, tags={"a": "2"}, update=True)
    assert changed.delay == 2
    assert dict(changed.tags) == {"a": "2", "b": "1"}


def test_ensure_knows_the_same_dead_letters(rig: Rig) -> None:
    dead, name = Queue.create(rig.name("dead")), rig.name()
    Queue.ensure(name, dead_letters=dead, max_receives=3)
    assert Queue.ensure(name, dead_letters=Queue(dead.name), max_receives=3).max_receives == 3
    assert Queue.ensure(name, max_receives=3).dead_letters == dead
    with pytest.raises(Conflict, match="dead_letters and max_receives"):
        Queue.ensure(name, dead_letters=dead, max_receives=4)
    with pytest.raises(Conflict, match="not off"):
        Queue.ensure(name, dead_letters="off")
    assert Queue.ensure(name, dead_letters="off", update=True).dead_letters is None


def test_ensure_at_the_same_time_as_another(faults: FaultServer) -> None:
    faults.replies(MISSING, url_of, url_of, attributes(DelaySeconds="1"))
    assert Queue.ensure("jobs", delay=1, cloud=faults.cloud()).delay == 1
    assert faults.operations == ["GetQueueUrl", "GetQueueUrl", "GetQueueUrl", "GetQueueAttributes"]


def test_ensure_without_the_right_to_look(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    with pytest.raises(AccessDenied):
        Queue.ensure("jobs", cloud=faults.cloud())


# -- finding --------------------------------------------------------------------------------------------------


def test_get(faults: FaultServer) -> None:
    faults.replies(url_of, attributes(VisibilityTimeout="30", QueueArn=ARN))
    queue = Queue.get("jobs", cloud=faults.cloud())
    assert (queue.visibility_timeout, queue.arn) == (30, ARN)
    assert faults.operations == ["GetQueueUrl", "GetQueueAttributes"]
    assert faults.requests[1].json["AttributeNames"] == ["All"]


def test_list(rig: Rig) -> None:
    stem = rig.name("listed")
    made = [Queue.create(f"{stem}-{number}") for number in range(3)]
    other = Queue.create(rig.name("other"))
    found = Queue.list(prefix=stem)
    assert sorted(queue.name for queue in found) == [queue.name for queue in made]
    assert set(found) == set(made)
    assert other in Queue.list().to_list()
    assert len(found.limit(2).to_list()) == 2
    assert not Queue.list(prefix=rig.name("none"))


def test_list_has_all_pages(faults: FaultServer) -> None:
    pages = [[f"http://127.0.0.1/123456789012/q{page}-{number}" for number in range(2)] for page in range(2)]
    faults.replies(
        Reply.json({"QueueUrls": pages[0], "NextToken": "more"}), Reply.json({"QueueUrls": pages[1]})
    )
    queues = Queue.list(prefix="q", cloud=faults.cloud()).to_list()
    assert [queue.url for queue in queues] == [*pages[0], *pages[1]]
    assert faults.requests[0].json == {"QueueNamePrefix": "q", "MaxResults": 1000}
    assert faults.requests[1].json["NextToken"] == "more"
    assert len(faults.requests) == 2


def test_a_short_list_asks_for_little(faults: FaultServer) -> None:
    faults.replies(Reply.json({"QueueUrls": ["http://127.0.0.1/1/q"]}))
    assert Queue.list(cloud=faults.cloud()).first() is not None
    assert faults.requests[0].json == {"MaxResults": 1}


def test_exists(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    assert queue.exists()
    assert not Queue(rig.name()).exists()
    queue.delete()
    assert not queue.exists()
    assert not Queue(queue.name).exists()


@pytest.mark.parametrize("reply", [DENIED, Reply.json_error("InternalError", status=500), Reply(reset=True)])
def test_exists_does_not_guess(faults: FaultServer, reply: Reply) -> None:
    faults.otherwise(reply)
    with pytest.raises((AccessDenied, ServiceError, ConnectionFailed)):
        queue_on(faults).exists()


def test_what_was_refused_is_said(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    with pytest.raises(AccessDenied) as caught:
        queue_on(faults).exists()
    assert caught.value.action == "sqs:getqueueattributes"


VERBS: dict[str, Any] = {
    "url": lambda queue: queue.url,
    "get": lambda queue: Queue.get(queue.name, cloud=queue.cloud),
    "refresh": lambda queue: queue.refresh(),
    "arn": lambda queue: queue.arn,
    "counts": lambda queue: queue.counts,
    "dead_letters": lambda queue: queue.dead_letters,
    "policy": lambda queue: queue.policy,
    "set policy": lambda queue: setattr(queue, "policy", {}),
    "tags": lambda queue: dict(queue.tags),
    "merge tags": lambda queue: queue.tags.merge({"a": "1"}),
    "discard tags": lambda queue: queue.tags.discard(["a"]),
    "update": lambda queue: queue.update(delay=1),
    "send": lambda queue: queue.send("x"),
    "send_many": lambda queue: queue.send_many(["x"]),
    "receive": lambda queue: queue.receive(wait=0),
    "iterate": lambda queue: next(iter(queue)),
    "drain": lambda queue: next(queue.drain(wait=0)),
    "purge": lambda queue: queue.purge(),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_missing_queue(rig: Rig, verb: str) -> None:
    with pytest.raises(QueueNotFound) as caught:
        VERBS[verb](Queue(rig.name()))
    assert isinstance(caught.value, LookupError)
    assert caught.value.hint
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"url", "get"}))
@pytest.mark.parametrize("reply", [MISSING, Reply.json_error("QueueDoesNotExist")], ids=["query", "json"])
def test_a_queue_that_went_away(faults: FaultServer, verb: str, reply: Reply) -> None:
    faults.otherwise(reply)
    with pytest.raises(QueueNotFound):
        VERBS[verb](queue_on(faults))
    assert len(faults.requests) == 1


# -- settings -------------------------------------------------------------------------------------------------


def test_update(rig: Rig) -> None:
    queue = Queue.create(rig.name(), delay=1)
    arn = queue.arn
    assert queue.update(visibility_timeout=45) is queue
    assert (queue.visibility_timeout, queue.delay, queue.arn) == (45, 1, arn)


def test_update_of_nothing_calls_nothing(faults: FaultServer) -> None:
    queue_on(faults).update()
    with pytest.raises(InvalidRequest):
        queue_on(faults).update(delay=901)
    assert faults.requests == []


def test_update_keeps_the_known_arn(faults: FaultServer) -> None:
    faults.replies(url_of, NOTHING)
    queue = Queue(ARN, cloud=faults.cloud())
    queue.update(delay=1)
    assert queue.arn == ARN
    assert faults.operations == ["GetQueueUrl", "SetQueueAttributes"]
    assert faults.requests[1].json["Attributes"] == {"DelaySeconds": "1"}


def test_dead_letters(rig: Rig) -> None:
    dead = Queue.create(rig.name("dead"))
    queue = Queue.create(rig.name(), dead_letters=dead, max_receives=2)
    found = queue.dead_letters
    assert found == dead
    assert found is not None
    assert found.arn == dead.arn
    assert queue.max_receives == 2
    queue.send("poison")
    for _ in range(2):
        assert len(queue.receive(wait=0, visibility_timeout=0)) == 1
    assert queue.receive(wait=0) == []
    assert [message.body for message in dead.receive(wait=0)] == ["poison"]


def test_dead_letters_change_and_end(rig: Rig) -> None:
    first, second = Queue.create(rig.name("dead")), Queue.create(rig.name("dead"))
    queue = Queue.create(rig.name())
    with pytest.raises(InvalidRequest, match="without dead letters"):
        queue.update(max_receives=3)
    assert queue.update(dead_letters=first).max_receives == 10
    assert queue.update(max_receives=3).dead_letters == first
    assert queue.update(dead_letters=second).dead_letters == second
    assert queue.max_receives == 3
    ended = queue.update(dead_letters="off")
    assert ended.dead_letters is None
    assert Queue(queue.name).max_receives is None


def test_policy(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    assert queue.policy == {}
    statement: dict[str, Json] = {
        "Sid": "x",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
    }
    queue.policy = {"Version": "2012-10-17", "Statement": [statement]}
    assert queue.policy["Statement"] == [statement]
    assert Queue(queue.name).policy == queue.policy
    queue.policy = {}
    assert queue.policy == {}


def test_policy_is_read_each_time(faults: FaultServer) -> None:
    faults.replies(attributes(Policy='{"Id": "1"}'), attributes(Policy='{"Id": "2"}'), NOTHING, NOTHING)
    queue = queue_on(faults)
    assert [queue.policy["Id"], queue.policy["Id"]] == ["1", "2"]
    queue.policy = {"Id": "3"}
    queue.policy = {}
    written = [request.json["Attributes"]["Policy"] for request in faults.requests[2:]]
    assert (json.loads(written[0]), written[1]) == ({"Id": "3"}, "")


def test_letting_a_service_in(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    theirs: dict[str, Json] = {
        "Sid": "x",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
    }
    queue.policy = {"Version": "2012-10-17", "Statement": [theirs]}
    source = "arn:aws:s3:::acme-photos"
    assert queue.allow_service("s3.amazonaws.com", source, source_account="123456789012") is True
    assert queue.allow_service("s3.amazonaws.com", source, source_account="123456789012") is False
    ours = for_service(
        "s3.amazonaws.com", "sqs:SendMessage", queue.arn, source_arn=source, source_account="123456789012"
    )
    assert queue.policy["Statement"] == [theirs, ours]
    assert queue.disallow_service("s3.amazonaws.com", "arn:aws:s3:::another") is False
    assert queue.disallow_service("s3.amazonaws.com", source) is True
    assert queue.disallow_service("s3.amazonaws.com", source) is False
    assert queue.policy["Statement"] == [theirs]
    missing = Queue(rig.name("nowhere"))
    for use in (missing.allow_service, missing.disallow_service):
        with pytest.raises(QueueNotFound):
            use("s3.amazonaws.com", source)


def test_only_services_can_be_let_in(faults: FaultServer) -> None:
    queue = queue_on(faults)
    for use in (queue.allow_service, queue.disallow_service):
        with pytest.raises(InvalidRequest, match="no service"):
            use("s3", "arn:aws:s3:::acme-photos")
    assert faults.requests == []


def test_tags(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    assert dict(queue.tags) == {}
    queue.tags["team"] = "web"
    queue.tags.merge({"stage": "test", "cost": "1"})
    del queue.tags["stage"]
    assert dict(queue.tags) == {"team": "web", "cost": "1"}
    queue.tags.clear()
    assert dict(queue.tags) == {}


def test_counts(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(["a", "b", "c", Outgoing("d", delay=900)])
    queue.receive(1, wait=0)
    assert queue.counts == Counts(visible=2, in_flight=1, delayed=1)
    queue.receive(1, wait=0)
    assert queue.counts == Counts(visible=1, in_flight=2, delayed=1)


def test_there_is_no_length(rig: Rig) -> None:
    queue: Any = Queue("jobs")
    assert queue  # and asks nothing for that
    with pytest.raises(TypeError):
        len(queue)


# -- sending and receiving ------------------------------------------------------------------------------------


def test_send_and_receive(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send("naïve 😀\n")
    queue.send({"id": 1, "name": "é"})
    queue.send([1, None])
    found = queue.receive(wait=0)
    assert sorted(message.body for message in found) == sorted(
        ["naïve 😀\n", '{"id": 1, "name": "é"}', "[1, null]"]
    )
    assert all(message.attributes == {} for message in found)


def test_send_says_only_what_was_given(faults: FaultServer) -> None:
    faults.otherwise(sent)
    queue = queue_on(faults)
    queue.send("x")
    assert faults.requests[0].json == {"QueueUrl": queue.url, "MessageBody": "x"}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    queue.send("x", delay=3, group="a", attributes={"n": 1}, aws={"MessageSystemAttributes": trace})
    assert faults.requests[1].json == {
        "QueueUrl": queue.url,
        "MessageBody": "x",
        "DelaySeconds": 3,
        "MessageGroupId": "a",
        "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}},
        "MessageSystemAttributes": trace,
    }
    with pytest.raises(InvalidRequest, match="MessageBody"):
        queue.send("x", aws={"MessageBody": "y"})


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ("", {}),
        (b"x", {}),
        ("a\0", {}),
        ("x" * (1024**2 + 1), {}),
        ("x", {"attributes": {f"a{number}": 1 for number in range(11)}}),
        ("x", {"attributes": {"a": True}}),
        ("x", {"delay": 901}),
        ("x", {"deduplication_id": "a"}),
    ],
)
def test_refused_before_it_is_sent(faults: FaultServer, body: object, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        queue_on(faults).send(body, **options)
    assert faults.requests == []


@pytest.mark.parametrize(
    "answer", [{}, {"MessageId": "1", "MD5OfMessageBody": md5("y")}, {"MD5OfMessageBody": md5("x")}]
)
def test_what_arrived_is_not_what_was_sent(faults: FaultServer, answer: dict[str, str]) -> None:
    faults.replies(Reply.json(answer))
    with pytest.raises(ServiceError) as caught:
        queue_on(faults).send("x")
    assert (caught.value.operation, caught.value.retryable) == ("SendMessage", False)


def test_a_large_message(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    body = "x" * 250_000
    queue.send(body)
    assert queue.receive(1, wait=0)[0].body == body


def test_fifo_keeps_order_and_drops_duplicates(rig: Rig) -> None:
    queue = Queue.create(rig.name() + ".fifo")
    for body in ("a", "b", "a"):
        queue.send(body, group="g")
    queue.send("a", group="g", attributes={"n": 1})
    queue.send("a", group="g", deduplication_id="mine")
    queue.send("a", group="h")
    found = queue.receive(wait=0)
    assert [message.body for message in found if message.group == "g"] == ["a", "b", "a", "a"]
    assert [message.body for message in found if message.group == "h"] == ["a"]


def test_fifo_with_content_deduplication(rig: Rig) -> None:
    queue = Queue.create(rig.name() + ".fifo", content_deduplication=True)
    queue.send("a", group="g")
    queue.send("a", group="g", attributes={"n": 1})
    assert len(queue.receive(wait=0)) == 1


def test_fifo_needs_a_group(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="needs a group"):
        Queue("jobs.fifo").send("x")


def test_whether_the_queue_deduplicates_is_asked_once_and_only_if_it_matters(faults: FaultServer) -> None:
    queue = queue_on(faults, "jobs.fifo")
    faults.replies(sent, attributes(ContentBasedDeduplication="true"), sent, sent)
    queue.send("a", group="g", deduplication_id="mine")
    queue.send("b", group="g")
    queue.send("c", group="g")
    assert faults.operations == ["SendMessage", "GetQueueAttributes", "SendMessage", "SendMessage"]
    assert faults.requests[0].json["MessageDeduplicationId"] == "mine"
    assert "MessageDeduplicationId" not in faults.requests[2].json


def test_who_may_send_alone_can_send(faults: FaultServer) -> None:
    queue = queue_on(faults, "jobs.fifo")
    faults.replies(DENIED, sent, sent)
    queue.send("a", group="g")
    queue.send("b", group="g")
    assert faults.operations == ["GetQueueAttributes", "SendMessage", "SendMessage"]
    assert len(faults.requests[1].json["MessageDeduplicationId"]) == 64


def test_update_is_heeded_by_the_next_message(faults: FaultServer) -> None:
    queue = queue_on(faults, "jobs.fifo")
    faults.replies(attributes(ContentBasedDeduplication="true"), sent, NOTHING)
    queue.send("a", group="g")
    queue.update(content_deduplication=False)
    faults.replies(attributes(ContentBasedDeduplication="false"), sent)
    queue.send("a", group="g")
    assert "MessageDeduplicationId" not in faults.requests[1].json
    assert "MessageDeduplicationId" in faults.requests[4].json


def test_receive_asks_for_everything(faults: FaultServer) -> None:
    faults.otherwise(NOTHING)
    queue = queue_on(faults)
    assert queue.receive() == []
    assert queue.receive(3, wait=1, visibility_timeout=9, aws={"ReceiveRequestAttemptId": "x"}) == []
    every = {"QueueUrl": queue.url, "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
    assert faults.requests[0].json == {**every, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20}
    assert faults.requests[1].json == {
        **every,
        "MaxNumberOfMessages": 3,
        "WaitTimeSeconds": 1,
        "VisibilityTimeout": 9,
        "ReceiveRequestAttemptId": "x",
    }


def test_a_receive_from_a_fifo_queue_can_be_repeated(faults: FaultServer) -> None:
    faults.otherwise(NOTHING)
    queue = queue_on(faults, "jobs.fifo")
    queue.receive()
    queue.receive()
    assert len({request.json["ReceiveRequestAttemptId"] for request in faults.requests}) == 2


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": 11}, {"wait": -1}, {"wait": 21}, {"visibility_timeout": 43_201}]
)
def test_refused_before_it_is_received(faults: FaultServer, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        queue_on(faults).receive(**options)
    assert faults.requests == []


def test_too_many_in_flight(faults: FaultServer) -> None:
    faults.replies(Reply.json_error("OverLimit"))
    with pytest.raises(LimitExceeded) as caught:
        queue_on(faults).receive(wait=0)
    assert caught.value.hint


@pytest.mark.parametrize(
    "reply", [Reply(reset=True), Reply.json({}, 503), Reply.json_error("RequestThrottled")]
)
def test_a_receive_that_breaks_off(faults: FaultServer, reply: Reply) -> None:
    faults.replies(reply)
    with pytest.raises((ConnectionFailed, ServiceError, Throttled)) as caught:
        queue_on(faults).receive()
    assert caught.value.retryable


def test_a_long_poll_ends_before_a_deadline_does(faults: FaultServer) -> None:
    faults.otherwise(NOTHING)
    queue = queue_on(faults)
    for seconds, wait in ((60, 20), (10.5, 9), (1.9, 0), (0.9, 0)):
        with deadline(seconds):
            queue.receive()
        assert faults.requests[-1].json["WaitTimeSeconds"] == wait, seconds


def test_a_read_outlasts_a_long_poll(faults: FaultServer) -> None:
    cloud = faults.cloud(read=1.0)
    assert cloud.client("sqs").meta.config.read_timeout == 30
    assert cloud.with_options(timeouts=Timeouts(read=45)).client("sqs").meta.config.read_timeout == 45


def test_iterating_polls_for_one_at_a_time_without_end(faults: FaultServer) -> None:
    faults.replies(received(row("a")), received(), received(), received(row("b")))
    assert [message.body for message in itertools.islice(queue_on(faults), 2)] == ["a", "b"]
    assert faults.operations == ["ReceiveMessage"] * 4
    assert {(each.json["MaxNumberOfMessages"], each.json["WaitTimeSeconds"]) for each in faults.requests} == {
        (1, 20)
    }


def test_iterating_deletes_nothing(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(["a", "b"])
    for message in queue:
        assert message.body in ("a", "b")
        break
    assert queue.counts == Counts(visible=1, in_flight=1, delayed=0)


def test_an_error_of_the_loop_body_is_the_callers(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send("x")

    def work() -> None:
        for message in queue:
            with message:
                raise KeyError(message.body)

    with pytest.raises(KeyError, match="x"):
        work()


def test_drain_ends(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(map(str, range(5)))
    done: list[str] = []
    for message in queue.drain(wait=0):
        with message:
            done.append(message.body)
    assert sorted(done) == list("01234")
    assert list(queue.drain(wait=0)) == []


def test_drain_waits_a_little_by_itself(faults: FaultServer) -> None:
    faults.replies(received(row()), received())
    assert len(list(queue_on(faults).drain(visibility_timeout=7))) == 1
    assert [request.json["WaitTimeSeconds"] for request in faults.requests] == [1, 1]
    assert {request.json["VisibilityTimeout"] for request in faults.requests} == {7}


def test_purge(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(["a", "b"])
    queue.purge()
    assert queue.counts.visible == 0


@pytest.mark.parametrize("code", ["PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"])
def test_purge_too_soon(faults: FaultServer, code: str) -> None:
    faults.replies(Reply.json_error(code, status=403))
    with pytest.raises(Conflict) as caught:
        queue_on(faults).purge()
    assert caught.value.hint


# -- the end --------------------------------------------------------------------------------------------------


def test_delete(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.delete()
    queue.delete()
    Queue(queue.name).delete()
    with pytest.raises(QueueNotFound):
        queue.send("x")
    assert Queue.create(queue.name).exists()


def test_delete_of_a_missing_queue(rig: Rig) -> None:
    Queue(rig.name()).delete()


def test_delete_without_the_right(faults: FaultServer) -> None:
    faults.otherwise(DENIED)
    with pytest.raises(AccessDenied):
        queue_on(faults).delete()
    with pytest.raises(AccessDenied):
        Queue("jobs", cloud=faults.cloud()).delete()


def test_a_deleted_queue_is_not_waited_for(faults: FaultServer) -> None:
    faults.replies(MISSING, url_of, NOTHING)
    faults.otherwise(MISSING)
    queue = Queue.create("jobs", cloud=faults.cloud())
    queue.delete()
    assert not queue.exists()
    assert not Queue("jobs", cloud=queue.cloud).exists()
    assert faults.clock.slept == []


def test_the_url_of_a_deleted_queue_is_asked_for_again(faults: FaultServer) -> None:
    faults.replies(url_of, NOTHING, url_of, sent)
    cloud = faults.cloud()
    Queue("jobs", cloud=cloud).delete()
    Queue("jobs", cloud=cloud).send("x")
    assert faults.operations == ["GetQueueUrl", "DeleteQueue", "GetQueueUrl", "SendMessage"]


# -- load -----------------------------------------------------------------------------------------------------


def test_many_threads_share_one_queue(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    gone: list[str] = []
    lock = threading.Lock()

    def work(worker: int) -> None:
        for number in range(20):
            queue.send(f"{worker}/{number}", attributes={"worker": worker})
            for message in queue.receive(1, wait=0):
                with message:
                    assert message.attributes == {"worker": int(message.body.partition("/")[0])}
                with lock:
                    gone.append(message.body)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, range(32)))
    for message in queue.drain(wait=0):
        with message:
            gone.append(message.body)
    assert sorted(gone) == sorted(f"{worker}/{number}" for worker in range(32) for number in range(20))


# -- purging, looking, permissions, encryption -------------------------------------------------------------------


def test_a_purge_notices_its_own_lost_answer(faults: FaultServer) -> None:
    again = Reply.json_error("AWS.SimpleQueueService.PurgeQueueInProgress", "wait", 403)
    faults.replies(Reply(reset=True), again, again)
    queue = queue_on(faults, attempts=3)
    queue.purge()
    assert faults.operations == ["PurgeQueue"] * 2
    with pytest.raises(Conflict):
        queue.purge()


def test_peek_leaves_them_visible(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"))
    jobs.send_many(["a", "b"])
    assert len(jobs.peek(5)) == 2
    [message] = jobs.peek(1)
    assert message.receives == 2
    assert jobs.counts.visible == 2


def test_the_age_of_the_oldest(faults: FaultServer, rig: Rig) -> None:
    assert Queue(rig.name("jobs")).oldest_age is None
    faults.otherwise(data(Row("m1", {minute(2): 9.0, minute(5): 33.0, minute(3): 70.0})))
    queue = Queue("jobs", cloud=faults.cloud())
    assert queue.oldest_age == 33.0
    (query,) = asked(faults.requests[0])["MetricDataQueries"]
    metric = query["MetricStat"]["Metric"]
    assert (metric["Namespace"], metric["MetricName"]) == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert metric["Dimensions"] == [{"Name": "QueueName", "Value": "jobs"}]
    assert query["MetricStat"]["Stat"] == "Maximum"


def test_permissions(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"))
    sid = jobs.allow("123456789012", ["SendMessage", "sqs:GetQueueUrl"])
    assert jobs.allow("123456789012", ["SendMessage", "sqs:GetQueueUrl"]) == sid
    [statement] = as_list(jobs.policy["Statement"])
    assert statement["Principal"] == {"AWS": "123456789012"}
    assert statement["Action"] == ["sqs:SendMessage", "sqs:GetQueueUrl"]
    assert statement["Resource"] == jobs.arn
    jobs.allow("*", conditions={"Bool": {"aws:SecureTransport": "true"}}, sid="all")
    assert jobs.disallow(sid)
    assert not jobs.disallow(sid)
    assert jobs.disallow("all")
    assert jobs.policy == {}
    with pytest.raises(InvalidRequest, match="at most 7"):
        jobs.allow("*", [f"Action{number}" for number in range(8)])
    with pytest.raises(InvalidRequest, match="nobody"):
        jobs.allow("me")


def as_list(value: Any) -> list[Any]:
    assert isinstance(value, list)
    return value


def test_encryption(rig: Rig) -> None:
    jobs = Queue.create(rig.name("jobs"), encryption="alias/mine", key_reuse=600)
    assert (jobs.encryption, jobs.key_reuse) == ("alias/mine", 600)
    assert jobs.update(encryption="sqs").encryption == "sqs"
    assert jobs.update(encryption="off").encryption == "off"
    Queue.ensure(jobs.name, encryption="off")
    with pytest.raises(Conflict, match="encryption is"):
        Queue.ensure(jobs.name, encryption="alias/mine")
    assert Queue.ensure(jobs.name, encryption="alias/mine", update=True).encryption == "alias/mine"
    with pytest.raises(InvalidRequest, match="encryption=''"):
        jobs.update(encryption="")
    with pytest.raises(InvalidRequest, match="key_reuse"):
        jobs.update(key_reuse=59)


def test_high_throughput(rig: Rig) -> None:
    orders = Queue.create(rig.name("orders") + ".fifo", high_throughput=True)
    assert orders.high_throughput
    assert orders.raw["DeduplicationScope"] == "messageGroup"
    assert not orders.update(high_throughput=False).high_throughput
    jobs = Queue.create(rig.name("jobs"))
    assert not jobs.high_throughput
    with pytest.raises(InvalidRequest, match="FIFO"):
        jobs.update(high_throughput=True)
