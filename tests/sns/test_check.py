"""What keeps messages from arriving. Each cause alone, on a server that answers as AWS does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cloudkit.errors import AccessDenied, ServiceError
from cloudkit.sns import Checkup, F, Finding, Problem, Severity, Topic, TopicNotFound
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
    letting,
    row,
    subscriptions,
    topic_said,
)

URL = Reply.json({"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/jobs"})
DEAD = f"{QUEUE}-dead"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
DENIED = Reply.query_error("AuthorizationError", "no", 403)
NO_QUEUE = Reply.json_error("QueueDoesNotExist")
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize"
APP = f"arn:aws:sns:us-east-1:{ACCOUNT}:endpoint/GCM/app/1"
STREAM = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/logs"


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def queue_said(arn: str = QUEUE, statements: Any = None, **more: str) -> Reply:
    given = [letting(TOPIC, arn)] if statements is None else statements
    found = {"QueueArn": arn, **({"Policy": policy(*given)} if given else {}), **more}
    return Reply.json({"Attributes": found})


def key_said(enabled: bool = True, manager: str = "CUSTOMER", state: str = "Enabled") -> Reply:
    return Reply.json(
        {
            "KeyMetadata": {
                "Arn": KEY,
                "KeyId": "1",
                "Enabled": enabled,
                "KeyManager": manager,
                "KeyState": state,
            }
        }
    )


def key_policy(*actions: str, **more: Any) -> Reply:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": [*actions],
        "Resource": "*",
        **more,
    }
    return Reply.json({"Policy": policy(statement), "PolicyName": "default"})


class Scene:
    """A topic with one subscription, in which nothing is wrong but what the test says."""

    def __init__(self, faults: FaultServer) -> None:
        self.faults = faults
        self.settings: dict[str, str] = {
            "SubscriptionArn": SUBSCRIPTION,
            "TopicArn": TOPIC,
            "Owner": ACCOUNT,
            "Protocol": "sqs",
            "Endpoint": QUEUE,
            "PendingConfirmation": "false",
            "RawMessageDelivery": "false",
        }
        self.rows: list[Mapping[str, str]] = [row(SUBSCRIPTION, QUEUE, "sqs")]
        self.replies: dict[str, Reply | Callable[[Request], Reply]] = {
            "GetTopicAttributes": topic_said(),
            "ListSubscriptionsByTopic": lambda _: subscriptions("ListSubscriptionsByTopic", self.rows),
            "GetSubscriptionAttributes": lambda _: attributes("GetSubscriptionAttributes", self.settings),
            "GetQueueUrl": URL,
            "GetQueueAttributes": queue_said(),
            "DescribeKey": key_said(),
            "GetKeyPolicy": key_policy("kms:GenerateDataKey*", "kms:Decrypt"),
        }
        faults.otherwise(self._answer)

    def _answer(self, request: Request) -> Reply:
        operation = request.operation or ("GetPolicy" if request.path.endswith("/policy") else "")
        found = self.replies[operation]
        return found if isinstance(found, Reply) else found(request)

    def to(self, protocol: str, endpoint: str) -> None:
        self.settings.update(Protocol=protocol, Endpoint=endpoint)
        self.rows = [row(SUBSCRIPTION, endpoint, protocol)]

    def check(self) -> Checkup:
        return Topic(TOPIC, cloud=self.faults.cloud()).check()

    def only(self) -> Finding:
        found = self.check()
        assert len(found) == 1, str(found)
        assert bool(found) == (found.findings[0].severity != Severity.BLOCKS)
        assert not [
            each for each in self.faults.operations if each.startswith(("Set", "Sub", "Unsub", "Create"))
        ]
        return found.findings[0]

    def finds(self, problem: Problem, severity: Severity, message: str = "") -> Finding:
        found = self.only()
        assert (found.problem, found.severity) == (problem, severity)
        assert message in found.message
        assert found.fix
        return found


@pytest.fixture
def scene(faults: FaultServer) -> Scene:
    return Scene(faults)


# -- nothing -------------------------------------------------------------------------------------------------


def test_nothing_is_wrong(scene: Scene) -> None:
    found = scene.check()
    assert found
    assert (list(found), found.subscribers, found.topic_arn) == ([], 1, TOPIC)
    assert str(found) == f"{TOPIC}: 1 subscriptions, nothing found"


def test_nobody_has_subscribed(scene: Scene) -> None:
    scene.rows = []
    assert scene.finds(Problem.NOBODY, Severity.NOTE).subscriber == TOPIC


def test_a_topic_that_is_not_there(scene: Scene) -> None:
    scene.replies["GetTopicAttributes"] = Reply.query_error("NotFound", "no", 404)
    with pytest.raises(TopicNotFound):
        scene.check()


def test_who_may_not_list(scene: Scene) -> None:
    scene.replies["ListSubscriptionsByTopic"] = DENIED
    with pytest.raises(AccessDenied):
        scene.check()


# -- the subscription itself ---------------------------------------------------------------------------------


def test_one_that_waits_for_its_confirmation(scene: Scene) -> None:
    scene.rows = [row("PendingConfirmation", "https://user:secret@example.com/")]
    found = scene.finds(Problem.PENDING, Severity.BLOCKS)
    assert found.subscriber == "https://user:****@example.com/"
    assert found.subscription is None


def test_one_that_waits_and_has_an_arn(scene: Scene) -> None:
    scene.to("email", "ops@example.com")
    scene.settings["PendingConfirmation"] = "true"
    found = scene.finds(Problem.PENDING, Severity.BLOCKS)
    assert found.subscription is not None
    assert found.subscription.arn == SUBSCRIPTION


def test_one_that_ended_meanwhile(scene: Scene) -> None:
    scene.replies["GetSubscriptionAttributes"] = Reply.query_error("NotFound", "no", 404)
    assert list(scene.check()) == []


def test_one_whose_settings_nobody_may_see(scene: Scene) -> None:
    scene.replies["GetSubscriptionAttributes"] = DENIED
    assert scene.finds(Problem.ELSEWHERE, Severity.UNKNOWN).subscriber == SUBSCRIPTION


def test_one_of_another_account(scene: Scene) -> None:
    scene.settings["Owner"] = "210987654321"
    scene.finds(Problem.ELSEWHERE, Severity.NOTE, "210987654321")


@pytest.mark.parametrize(
    ("policy", "scope", "message"),
    [
        ({"a b": ["x"]}, None, "'a b'"),
        ({"AWS.a": ["x"]}, None, "'AWS.a'"),
        ({"a": ["x"], "x" * 257: ["x"]}, "MessageAttributes", "no message can have"),
    ],
)
def test_a_filter_that_nothing_passes(scene: Scene, policy: Any, scope: str | None, message: str) -> None:
    scene.settings["FilterPolicy"] = json.dumps(policy)
    scene.settings.update({"FilterPolicyScope": scope} if scope else {})
    scene.finds(Problem.FILTER, Severity.BLOCKS, message)
    scene.settings["FilterPolicyScope"] = "MessageBody"
    assert list(scene.check()) == []


def test_a_filter_beyond_what_is_documented(scene: Scene) -> None:
    scene.settings["FilterPolicy"] = json.dumps({"total": [{"numeric": [">", 5 * 10**9]}]})
    scene.finds(Problem.FILTER, Severity.RISK, "1,000,000,000")
    scene.settings["FilterPolicy"] = json.dumps({"total": [{"shape": "round"}]})
    scene.finds(Problem.FILTER, Severity.RISK, "'shape'")


def test_filters_that_are_fine(scene: Scene) -> None:
    either = (F.event == "paid") | (F.total > 10)
    scene.settings["FilterPolicy"] = json.dumps(dict(either))
    assert list(scene.check()) == []


# -- queues --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statements",
    [[], [letting(f"{TOPIC}s", QUEUE)], [letting(TOPIC, f"{QUEUE}2")]],
    ids=["none", "topic", "queue"],
)
def test_a_queue_that_does_not_let_the_topic_in(scene: Scene, statements: Any) -> None:
    scene.replies["GetQueueAttributes"] = queue_said(statements=statements)
    found = scene.finds(Problem.QUEUE_POLICY, Severity.BLOCKS, "does not let the topic send")
    assert found.fix == f"Queue({QUEUE!r}).allow_service('sns.amazonaws.com', {TOPIC!r})"
    assert found.subscriber == QUEUE


def test_a_policy_that_cannot_be_judged(scene: Scene) -> None:
    doubtful = {
        **letting(TOPIC, QUEUE),
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    }
    scene.replies["GetQueueAttributes"] = queue_said(statements=[doubtful])
    scene.finds(Problem.QUEUE_POLICY, Severity.UNKNOWN, "cannot be judged")


@pytest.mark.parametrize("operation", ["GetQueueUrl", "GetQueueAttributes"])
def test_a_queue_that_is_gone(scene: Scene, operation: str) -> None:
    scene.replies[operation] = NO_QUEUE
    scene.finds(Problem.QUEUE_MISSING, Severity.BLOCKS, "the queue is not there")


def test_a_queue_that_nobody_may_see(scene: Scene) -> None:
    scene.replies["GetQueueAttributes"] = Reply.json_error("AccessDeniedException", status=403)
    scene.finds(Problem.QUEUE_POLICY, Severity.UNKNOWN, "not to be seen")


def test_a_queue_of_another_account_may_be_there_although_sqs_says_no(scene: Scene) -> None:
    scene.to("sqs", QUEUE.replace(ACCOUNT, "210987654321"))
    scene.replies["GetQueueUrl"] = NO_QUEUE
    scene.finds(Problem.QUEUE_POLICY, Severity.UNKNOWN, "not to be seen")


def test_a_queue_of_another_region(scene: Scene) -> None:
    there = QUEUE.replace("us-east-1", "eu-south-1")
    scene.to("sqs", there)
    service = "sns.eu-south-1.amazonaws.com"
    ours = letting(TOPIC, there)
    # One of the two is a region to opt in to: SNS then has another name.
    scene.replies["GetQueueAttributes"] = queue_said(there, [{**ours, "Principal": {"Service": service}}])
    scene.finds(Problem.ELSEWHERE, Severity.NOTE, "eu-south-1")
    scene.replies["GetQueueAttributes"] = queue_said(there, [ours])
    blocks, note = scene.check()
    assert (blocks.problem, blocks.severity) == (Problem.QUEUE_POLICY, Severity.BLOCKS)
    assert service in blocks.fix
    assert service in note.fix


# -- keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["alias/aws/sqs", "arn:aws:kms:us-east-1:123456789012:alias/aws/sqs"])
def test_a_key_of_aws_s_own(scene: Scene, key: str) -> None:
    scene.replies["GetQueueAttributes"] = queue_said(KmsMasterKeyId=key)
    scene.finds(Problem.KEY, Severity.BLOCKS, "a key that AWS manages")
    assert "DescribeKey" not in scene.faults.operations


def test_a_key_of_aws_s_own_by_its_id(scene: Scene) -> None:
    scene.replies["GetQueueAttributes"] = queue_said(KmsMasterKeyId="1")
    scene.replies["DescribeKey"] = key_said(manager="AWS")
    scene.finds(Problem.KEY, Severity.BLOCKS, "a key that AWS manages")


def test_a_key_that_sns_can_use(scene: Scene) -> None:
    scene.replies["GetQueueAttributes"] = queue_said(KmsMasterKeyId="alias/ours")
    assert list(scene.check()) == []
    asked = next(each for each in scene.faults.requests if each.operation == "GetKeyPolicy")
    assert asked.json == {"KeyId": KEY, "PolicyName": "default"}


@pytest.mark.parametrize(
    ("reply", "severity", "message"),
    [
        (key_policy("kms:Decrypt"), Severity.BLOCKS, "does not allow kms:GenerateDataKey to"),
        (key_policy("kms:GenerateDataKey"), Severity.BLOCKS, "does not allow kms:Decrypt to"),
        (
            key_policy("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
            Severity.BLOCKS,
            "kms:GenerateDataKey and kms:Decrypt",
        ),
        (
            key_policy("kms:*", Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:1:olds"}}),
            Severity.BLOCKS,
            "does not allow",
        ),
        (
            key_policy(
                "kms:*", Condition={"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}
            ),
            Severity.UNKNOWN,
            "cannot be judged",
        ),
        (Reply.json_error("AccessDeniedException", status=400), Severity.UNKNOWN, "not to be seen"),
    ],
)
def test_a_key_s_policy(scene: Scene, reply: Reply, severity: Severity, message: str) -> None:
    scene.replies["GetQueueAttributes"] = queue_said(KmsMasterKeyId="alias/ours")
    scene.replies["GetKeyPolicy"] = reply
    scene.finds(Problem.KEY, severity, message)


@pytest.mark.parametrize(
    ("reply", "severity", "message"),
    [
        (key_said(enabled=False, state="PendingDeletion"), Severity.BLOCKS, "PendingDeletion"),
        (Reply.json_error("NotFoundException"), Severity.BLOCKS, "not there"),
        (Reply.json_error("AccessDeniedException"), Severity.UNKNOWN, "kms:DescribeKey"),
    ],
)
def test_a_key_s_state(scene: Scene, reply: Reply, severity: Severity, message: str) -> None:
    scene.replies["GetQueueAttributes"] = queue_said(KmsMasterKeyId="alias/ours")
    scene.replies["DescribeKey"] = reply
    found = scene.finds(Problem.KEY, severity)
    assert message in f"{found.message} {found.fix}"


def test_the_topic_s_own_key(scene: Scene) -> None:
    scene.replies["GetTopicAttributes"] = topic_said(KmsMasterKeyId="alias/ours")
    assert list(scene.check()) == []
    scene.replies["DescribeKey"] = key_said(enabled=False, state="Disabled")
    assert scene.finds(Problem.KEY, Severity.BLOCKS, "Disabled").subscriber == TOPIC
    scene.replies["DescribeKey"] = Reply.json_error("AccessDeniedException")
    scene.finds(Problem.KEY, Severity.UNKNOWN)
    scene.replies["GetTopicAttributes"] = topic_said(KmsMasterKeyId="alias/aws/sns")
    scene.finds(Problem.KEY, Severity.NOTE, "cannot publish")


# -- dead letters --------------------------------------------------------------------------------------------


def dead_letters(scene: Scene, dead: Reply, arn: str = DEAD) -> None:
    scene.settings["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": arn})
    scene.replies["GetQueueUrl"] = lambda request: Reply.json({"QueueUrl": request.json["QueueName"]})
    scene.replies["GetQueueAttributes"] = lambda request: (
        queue_said() if request.json["QueueUrl"] == "jobs" else dead
    )


def test_dead_letters_that_are_fine(scene: Scene) -> None:
    dead_letters(scene, queue_said(DEAD))
    assert list(scene.check()) == []


@pytest.mark.parametrize(
    ("dead", "severity", "message"),
    [
        (queue_said(DEAD, []), Severity.RISK, "does not let the topic send"),
        (NO_QUEUE, Severity.RISK, "is not there"),
        (Reply.json_error("AccessDeniedException", status=403), Severity.UNKNOWN, "not to be seen"),
        (queue_said(DEAD, KmsMasterKeyId="alias/aws/sqs"), Severity.RISK, "a key that AWS manages"),
    ],
)
def test_dead_letters_that_would_get_lost(
    scene: Scene, dead: Reply, severity: Severity, message: str
) -> None:
    dead_letters(scene, dead)
    found = scene.finds(Problem.DEAD_LETTERS, severity, message)
    assert found.subscriber == QUEUE


def test_dead_letters_of_another_kind_or_region(scene: Scene) -> None:
    dead_letters(scene, queue_said(f"{DEAD}.fifo"), f"{DEAD}.fifo")
    scene.finds(Problem.DEAD_LETTERS, Severity.RISK, "of another kind")
    there = DEAD.replace("us-east-1", "eu-west-1")
    dead_letters(scene, queue_said(there), there)
    scene.finds(Problem.DEAD_LETTERS, Severity.RISK, "another region")


# -- all other protocols -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "severity"),
    [
        (Reply.json({"Policy": policy()}), Severity.BLOCKS),
        (
            Reply.json({"message": "no"}, 404, **{"x-amzn-ErrorType": "ResourceNotFoundException"}),
            Severity.BLOCKS,
        ),
        (
            Reply.json({"message": "no"}, 403, **{"x-amzn-ErrorType": "AccessDeniedException"}),
            Severity.UNKNOWN,
        ),
        (
            Reply.json(
                {
                    "Policy": policy(
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "sns.amazonaws.com"},
                            "Action": "lambda:InvokeFunction",
                            "Resource": FUNCTION,
                            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
                        }
                    )
                }
            ),
            Severity.UNKNOWN,
        ),
    ],
)
def test_a_function_that_may_not_be_called(scene: Scene, reply: Reply, severity: Severity) -> None:
    scene.to("lambda", FUNCTION)
    scene.replies["GetPolicy"] = reply
    scene.finds(Problem.FUNCTION_POLICY, severity)


def test_a_function_that_may_be_called(scene: Scene) -> None:
    scene.to("lambda", FUNCTION)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": {"ArnLike": {"AWS:SourceArn": TOPIC}},
    }
    scene.replies["GetPolicy"] = Reply.json({"Policy": policy(statement)})
    assert list(scene.check()) == []


def test_a_function_of_a_region_to_opt_in_to(scene: Scene) -> None:
    there = FUNCTION.replace("us-east-1", "af-south-1")
    scene.to("lambda", there)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": there,
        "Condition": {"ArnLike": {"AWS:SourceArn": TOPIC}},
    }
    scene.replies["GetPolicy"] = Reply.json({"Policy": policy(statement)})
    blocks, note = scene.check()
    assert (blocks.problem, note.problem) == (Problem.FUNCTION_POLICY, Problem.ELSEWHERE)
    assert "--principal sns.af-south-1.amazonaws.com" in blocks.fix


@pytest.mark.parametrize(
    "operation", ["GetTopicAttributes", "GetSubscriptionAttributes", "GetQueueAttributes"]
)
def test_an_outage_is_no_finding(scene: Scene, operation: str) -> None:
    made = Reply.json_error if "Queue" in operation else Reply.query_error
    scene.replies[operation] = made("ServiceUnavailable", "no", 503)
    with pytest.raises(ServiceError):
        scene.check()


@pytest.mark.parametrize(
    ("reply", "severity"),
    [
        (attributes("GetEndpointAttributes", {"Enabled": "false", "Token": "x"}), Severity.BLOCKS),
        (Reply.query_error("NotFound", "no", 404), Severity.BLOCKS),
        (DENIED, Severity.UNKNOWN),
        (attributes("GetEndpointAttributes", {"Enabled": "true", "Token": "x"}), None),
    ],
)
def test_a_mobile_endpoint(scene: Scene, reply: Reply, severity: Severity | None) -> None:
    scene.to("application", APP)
    scene.replies["GetEndpointAttributes"] = reply
    if severity is None:
        assert list(scene.check()) == []
    else:
        scene.finds(Problem.DISABLED, severity)


def opted_out(yes: bool) -> Reply:
    return answer("CheckIfPhoneNumberIsOptedOut", f"<isOptedOut>{str(yes).lower()}</isOptedOut>")


@pytest.mark.parametrize(
    ("reply", "severity"),
    [(opted_out(True), Severity.BLOCKS), (DENIED, Severity.UNKNOWN), (opted_out(False), None)],
)
def test_a_phone(scene: Scene, reply: Reply, severity: Severity | None) -> None:
    scene.to("sms", "+441632960543")
    scene.replies["CheckIfPhoneNumberIsOptedOut"] = reply
    if severity is None:
        assert list(scene.check()) == []
    else:
        scene.finds(Problem.DISABLED, severity)


def test_a_stream_without_a_role(scene: Scene) -> None:
    scene.to("firehose", STREAM)
    scene.finds(Problem.ROLE, Severity.BLOCKS)
    scene.settings["SubscriptionRoleArn"] = "arn:aws:iam::1:role/r"
    assert list(scene.check()) == []


def test_a_web_server_has_nothing_to_look_at(scene: Scene) -> None:
    scene.to("https", "https://example.com/hook")
    assert list(scene.check()) == []


# -- many ----------------------------------------------------------------------------------------------------


def test_the_worst_comes_first(scene: Scene) -> None:
    scene.settings.update(Owner="210987654321", FilterPolicy=json.dumps({"a": [0.1234567]}))
    scene.replies["GetQueueAttributes"] = queue_said(statements=[])
    found = scene.check()
    assert [each.severity for each in found] == [Severity.BLOCKS, Severity.RISK, Severity.NOTE]
    assert [each.problem for each in found.blocking] == [Problem.QUEUE_POLICY]
    assert not found
    assert str(found).splitlines()[1].startswith(f"blocks: {QUEUE}: the policy")


def test_on_the_embedded_cloud(rig: Rig) -> None:
    topic, good, bad = (
        Topic.create(rig.name("news")),
        Queue.create(rig.name("q")),
        Queue.create(rig.name("q")),
    )
    dead = Queue.create(rig.name("dead"))
    topic.subscribe(good, dead_letters=dead)
    assert topic.check()
    subscription = topic.subscribe(bad.arn)
    [finding] = topic.check()
    assert (finding.problem, finding.subscription) == (Problem.QUEUE_POLICY, subscription)
    topic.subscribe(bad)
    assert topic.check()
    dead.delete()
    bad.delete()
    assert {(each.problem, each.severity) for each in topic.check()} == {
        (Problem.QUEUE_MISSING, Severity.BLOCKS),
        (Problem.DEAD_LETTERS, Severity.RISK),
    }
