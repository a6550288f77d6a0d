"""Walks the subscriptions of a topic and finds what keeps messages from arriving. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic

from attrs import frozen

from cloudkit._core.service import Service
from cloudkit._core.workers import in_parallel
from cloudkit.errors import AccessDenied, InvalidRequest, NotFound
from cloudkit.sns._address.subscription import S, pending_of, subscriptions_of
from cloudkit.sns._address.topic import TopicAddress
from cloudkit.sns._arn import Arn, topic_of
from cloudkit.sns._attributes import to_wire
from cloudkit.sns._checking.found import Found
from cloudkit.sns._checking.granting import Verdict, verdict
from cloudkit.sns._checking.keys import Trouble, key_trouble, request_of, state_trouble
from cloudkit.sns._filtering.checking import checked_policy
from cloudkit.sns._limits import CHECK_WORKERS
from cloudkit.sns._principal import principal_between
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.subscription import (
    FILTER,
    FILTER_SCOPE,
    REDRIVE,
    ROLE,
    dead_letters_in,
    filter_in,
)
from cloudkit.sns._target import DeliveryProtocol, without_password
from cloudkit.sns.errors import SubscriptionNotFound
from cloudkit.sns.filter import FilterScope
from cloudkit.sns.pending import PendingSubscription
from cloudkit.sns.problem import Problem, Severity
from cloudkit.sqs import Queue, QueueNotFound
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import json_object

LAMBDA = Service("lambda")

_ORDER = Severity.known()
_CONFIRM = "whoever reads what arrives there confirms; subscribing once more sends the confirmation again"
_LOOK = "ask who owns it, or look with credentials that may"


def checkup(topic: TopicAddress, kind: type[S]) -> tuple[Sequence[Found[S]], int]:
    """What keeps the messages of a topic from arriving, the worst first, and how many subscriptions there are.

    Args:
        topic: The topic.
        kind: Of which class its subscriptions are made.
    """
    found: list[Found[S]] = list(_of_topic(topic))
    pending = pending_of(topic).to_list()
    found += [_pending(each) for each in pending]
    looked_at = 0
    for _, of_one in in_parallel(
        _of_subscription, subscriptions_of(topic, kind), width=CHECK_WORKERS, name="cloudkit-check"
    ):
        looked_at += 1
        found += of_one
    count = looked_at + len(pending)
    if not count:
        found.append(
            Found(Problem.NOBODY, Severity.NOTE, topic.arn, "nobody has subscribed", "topic.subscribe(...)")
        )
    return sorted(found, key=lambda each: _ORDER.index(each.severity)), count


def _of_topic(topic: TopicAddress) -> Iterator[Found[Any]]:
    key = topic.refresh().kms_key
    if key is None:
        return
    if key.endswith("alias/aws/sns"):
        yield Found(
            Problem.KEY,
            Severity.NOTE,
            topic.arn,
            f"it is encrypted with {key}, a key that AWS manages: S3, CloudWatch and other services cannot publish",
            "give the topic a key of your own, if they shall",
        )
        return
    found = state_trouble(topic.cloud, key)
    if isinstance(found, Trouble):
        severity = Severity.BLOCKS if found.certain else Severity.UNKNOWN
        yield Found(Problem.KEY, severity, topic.arn, found.message, found.fix)


def _pending(row: PendingSubscription) -> Found[Any]:
    return Found(
        Problem.PENDING, Severity.BLOCKS, without_password(row.endpoint), "it is not confirmed yet", _CONFIRM
    )


def _of_subscription(subscription: S) -> list[Found[S]]:
    try:
        subscription.refresh()
    except SubscriptionNotFound:  # it ended meanwhile
        return []
    except AccessDenied:
        at = _Place(subscription, "")
        return [at.finds(Problem.ELSEWHERE, Severity.UNKNOWN, "its settings are not to be seen", _LOOK)]
    at = _Place(subscription, without_password(subscription.endpoint))
    found = list(_own_settings(at))
    if subscription.protocol in _BY_PROTOCOL:
        found += _BY_PROTOCOL[subscription.protocol](at)
    dead_letters = dead_letters_in(subscription.raw.get(REDRIVE))
    return [*found, *(_dead_letters(at, dead_letters) if dead_letters else ())]


@frozen
class _Place(Generic[S]):
    """A subscription that is looked at, and who its findings are about."""

    subscription: S
    endpoint: str

    @property
    def topic_arn(self) -> str:
        return topic_of(self.subscription.arn)

    def finds(self, problem: Problem, severity: Severity, message: str, fix: str) -> Found[S]:
        return Found(
            problem,
            severity,
            self.endpoint or self.subscription.arn,
            message,
            fix,
            subscription=self.subscription,
        )


# -- what holds for all ------------------------------------------------------------------------------------------


def _own_settings(at: _Place[S]) -> Iterator[Found[S]]:
    subscription, raw = at.subscription, at.subscription.raw
    if subscription.pending:
        yield at.finds(Problem.PENDING, Severity.BLOCKS, "it is not confirmed yet", _CONFIRM)
    topic = Arn.parse(at.topic_arn)
    if subscription.owner != topic.account:
        yield at.finds(
            Problem.ELSEWHERE,
            Severity.NOTE,
            f"the subscription is account {subscription.owner}'s",
            "that account alone can change it",
        )
    policy = filter_in(raw.get(FILTER))
    if policy is None:
        return
    nested = raw.get(FILTER_SCOPE) == FilterScope.BODY
    try:
        checked_policy(policy, nested=nested)
    except InvalidRequest as error:
        yield at.finds(Problem.FILTER, Severity.RISK, error.message, error.hint or "change the filter")
    impossible = [] if nested else [key for key in policy if not _can_be_attribute(key)]
    if impossible:
        yield at.finds(
            Problem.FILTER,
            Severity.BLOCKS,
            f"its filter asks for the attribute {impossible[0]!r}, and no message can have one of that name",
            "filter_scope=FilterScope.BODY, if it is a key of the message",
        )


def _can_be_attribute(key: str) -> bool:
    if key == "$or":
        return True
    try:
        to_wire({key: "x"})
    except InvalidRequest:
        return False
    return True


# -- by protocol -------------------------------------------------------------------------------------------------


def _queue(at: _Place[S]) -> Iterator[Found[S]]:
    yield from _elsewhere(at, "queue")
    yield from _can_receive(at, at.endpoint, Problem.QUEUE_POLICY, Severity.BLOCKS)


def _elsewhere(at: _Place[S], noun: str) -> Iterator[Found[S]]:
    region = Arn.parse(at.endpoint).region
    if region != Arn.parse(at.topic_arn).region:
        yield at.finds(
            Problem.ELSEWHERE,
            Severity.NOTE,
            f"the {noun} is in another region, {region}",
            f"nothing; its policy has to name the service {principal_between(at.topic_arn, at.endpoint)}",
        )


def _can_receive(at: _Place[S], queue_arn: str, problem: Problem, severity: Severity) -> Iterator[Found[S]]:
    """What keeps SNS from sending to a queue: the subscriber, or its dead letters."""
    queue = Queue(queue_arn, cloud=at.subscription.cloud)
    ours = Arn.parse(queue_arn).account == Arn.parse(at.topic_arn).account
    missing = Problem.QUEUE_MISSING if problem is Problem.QUEUE_POLICY else problem
    noun = "the queue" if problem is Problem.QUEUE_POLICY else f"its dead-letter queue {queue.name}"
    try:
        raw = queue.refresh().raw
    except (QueueNotFound, AccessDenied) as error:
        if ours and isinstance(error, QueueNotFound):
            fix = "subscription.unsubscribe(), or make the queue again"
            yield at.finds(missing, severity, f"{noun} is not there", fix)
        else:
            yield at.finds(problem, Severity.UNKNOWN, f"{noun} is not to be seen", _LOOK)
        return
    service = principal_between(at.topic_arn, queue_arn)
    said = verdict(
        json_object(raw.get("Policy")),
        service=service,
        action="sqs:SendMessage",
        resource=queue_arn,
        context=request_of(at.topic_arn),
    )
    if said is not Verdict.YES:
        yield at.finds(
            problem,
            severity if said is Verdict.NO else Severity.UNKNOWN,
            f"the policy of {noun} does not let the topic send to it"
            if said is Verdict.NO
            else f"the policy of {noun} has conditions that cannot be judged from here",
            f"Queue({queue_arn!r}).allow_service({service!r}, {at.topic_arn!r})",
        )
    key = raw.get("KmsMasterKeyId")
    trouble = key_trouble(queue.cloud, str(key), at.topic_arn) if key else None
    if trouble is not None:
        yield at.finds(
            Problem.KEY if problem is Problem.QUEUE_POLICY else problem,
            severity if trouble.certain else Severity.UNKNOWN,
            f"{noun}: {trouble.message}",
            trouble.fix,
        )


def _dead_letters(at: _Place[S], queue_arn: str) -> Iterator[Found[S]]:
    fifo = at.topic_arn.endswith(FIFO_SUFFIX)
    if queue_arn.endswith(FIFO_SUFFIX) != fifo:
        kind = "FIFO" if fifo else "standard"
        yield at.finds(
            Problem.DEAD_LETTERS,
            Severity.RISK,
            f"its dead-letter queue {queue_arn} is of another kind than the topic",
            f"give it a {kind} queue: subscription.dead_letters = ...",
        )
    if Arn.parse(queue_arn).region != Arn.parse(at.topic_arn).region:
        yield at.finds(
            Problem.DEAD_LETTERS,
            Severity.RISK,
            f"its dead-letter queue {queue_arn} is in another region than the topic",
            "give it one of the topic's region: subscription.dead_letters = ...",
        )
    yield from _can_receive(at, queue_arn, Problem.DEAD_LETTERS, Severity.RISK)


def _function(at: _Place[S]) -> Iterator[Found[S]]:
    yield from _elsewhere(at, "function")
    service = principal_between(at.topic_arn, at.endpoint)
    fix = (
        "aws lambda add-permission --statement-id sns --action lambda:InvokeFunction"
        f" --principal {service} --source-arn {at.topic_arn} --function-name {at.endpoint}"
    )
    cloud = at.subscription.cloud.in_region(Arn.parse(at.endpoint).region)
    try:
        answer = cloud.invoke(LAMBDA, "get_policy", {"FunctionName": at.endpoint}, about=at.endpoint)
    except NotFound:
        message = "the function is not there, or nobody may call it"
        yield at.finds(Problem.FUNCTION_POLICY, Severity.BLOCKS, message, fix)
        return
    except AccessDenied:
        yield at.finds(
            Problem.FUNCTION_POLICY, Severity.UNKNOWN, "the function's policy is not to be seen", _LOOK
        )
        return
    said = verdict(
        json_object(answer.get("Policy")),
        service=service,
        action="lambda:InvokeFunction",
        resource=at.endpoint,
        context=request_of(at.topic_arn),
    )
    if said is Verdict.NO:
        message = "the function's policy does not let the topic call it"
        yield at.finds(Problem.FUNCTION_POLICY, Severity.BLOCKS, message, fix)
    elif said is Verdict.MAYBE:
        message = "the function's policy has conditions that cannot be judged from here"
        yield at.finds(Problem.FUNCTION_POLICY, Severity.UNKNOWN, message, fix)


def _app(at: _Place[S]) -> Iterator[Found[S]]:
    try:
        answer = at.subscription.cloud.invoke(
            SNS, "get_endpoint_attributes", {"EndpointArn": at.endpoint}, about=at.endpoint
        )
    except NotFound:
        yield at.finds(
            Problem.DISABLED, Severity.BLOCKS, "the endpoint is not there", "subscription.unsubscribe()"
        )
        return
    except AccessDenied:
        yield at.finds(Problem.DISABLED, Severity.UNKNOWN, "the endpoint is not to be seen", _LOOK)
        return
    if str(answer["Attributes"].get("Enabled", "true")).lower() == "false":
        yield at.finds(
            Problem.DISABLED,
            Severity.BLOCKS,
            "the endpoint is switched off: the push service says that its token is not good any more",
            "give the endpoint the app's new token, and switch it on (sns:SetEndpointAttributes)",
        )


def _phone(at: _Place[S]) -> Iterator[Found[S]]:
    try:
        answer = at.subscription.cloud.invoke(
            SNS, "check_if_phone_number_is_opted_out", {"phoneNumber": at.endpoint}, about=at.subscription.arn
        )
    except AccessDenied:
        yield at.finds(
            Problem.DISABLED, Severity.UNKNOWN, "whether its owner wants no messages is not to be seen", _LOOK
        )
        return
    if answer.get("isOptedOut"):
        yield at.finds(
            Problem.DISABLED,
            Severity.BLOCKS,
            "its owner wants no messages (answered STOP)",
            "its owner must want them again; you can ask once in 30 days (sns:OptInPhoneNumber)",
        )


def _stream(at: _Place[S]) -> Iterator[Found[S]]:
    if not at.subscription.raw.get(ROLE):
        yield at.finds(
            Problem.ROLE,
            Severity.BLOCKS,
            "it has no role by which SNS could write to the stream",
            "subscription.update(role=...)",
        )


_BY_PROTOCOL: Mapping[str, Callable[[_Place[Any]], Iterator[Found[Any]]]] = {
    DeliveryProtocol.SQS: _queue,
    DeliveryProtocol.LAMBDA: _function,
    DeliveryProtocol.APPLICATION: _app,
    DeliveryProtocol.SMS: _phone,
    DeliveryProtocol.FIREHOSE: _stream,
}
