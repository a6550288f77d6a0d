"""The Subscribe call: what can be asked for, and what is there already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cloudkit.errors import InvalidRequest
from cloudkit.sns._address.subscription import S, told
from cloudkit.sns._address.topic import TopicAddress
from cloudkit.sns._arn import PREFIX, Arn
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.differing import conflict, meaning
from cloudkit.sns._settings.subscription import of_subscription
from cloudkit.sns._subscribing.admitting import admit, admit_dead_letters
from cloudkit.sns._subscribing.changing import put
from cloudkit.sns._target import DeliveryProtocol, Endpoint, endpoint_of
from cloudkit.sns.errors import SubscriptionNotFound
from cloudkit.sns.filter import FilterScope
from cloudkit.sqs import Queue
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import differing
from cloudkit.types import HasArn

# In AWS's words, when a subscription is there with other settings than those asked for.
_OTHER_SETTINGS = "already exists with different attributes"


def subscribe(
    topic: TopicAddress,
    target: Queue | HasArn | str,
    kind: type[S],
    *,
    raw: bool | None = None,
    filter: Mapping[str, object] | None = None,
    filter_scope: FilterScope | str | None = None,
    dead_letters: HasArn | None = None,
    role: HasArn | str | None = None,
    protocol: str | None = None,
    update: bool = False,
    aws: Mapping[str, Any] | None = None,
) -> S:
    """The subscription with those settings, made or found; see `Topic.subscribe`.

    Args:
        topic: The topic.
        target: Whom it delivers to.
        kind: Of which class the subscription is made.
        raw: As in `Topic.subscribe`, and so are the others.
        filter: The filter policy.
        filter_scope: What it looks at.
        dead_letters: Where what cannot be delivered goes.
        role: The role by which SNS writes to Firehose.
        protocol: How to reach the target.
        update: Whether to change what differs.
        aws: More parameters of Subscribe.
    """
    endpoint = endpoint_of(target, protocol)
    _check_order(topic, endpoint)
    _check_role(endpoint, role)
    wanted = of_subscription(
        endpoint.protocol,
        raw=raw,
        filter=filter,
        filter_scope=filter_scope,
        dead_letters=dead_letters,
        role=role,
    )
    _check_partition(topic, endpoint)
    # First, so that no message is lost between the two.
    if dead_letters is not None:
        admit_dead_letters(dead_letters, topic.arn)
    if isinstance(target, Queue):
        admit(cast("Queue[Any]", target), topic.arn)
    made = _made_or_found(topic, endpoint, wanted, kind, update=update, aws=aws)
    known = {"Protocol": endpoint.protocol.value, "Endpoint": endpoint.shown}
    return made._learn(known, whole=False)  # pyright: ignore[reportPrivateUsage]


def _check_order(topic: TopicAddress, endpoint: Endpoint) -> None:
    """Refuse what SNS refuses: FIFO topics reach queues alone, and FIFO queues are reached by them alone."""
    if topic.fifo and endpoint.protocol != DeliveryProtocol.SQS:
        raise InvalidRequest(
            f"{topic.name} is a FIFO topic, which delivers to queues alone, not by {endpoint.protocol}",
            hint="subscribe a queue, and let its consumer go on from there",
        )
    to_fifo = endpoint.protocol == DeliveryProtocol.SQS and endpoint.address.endswith(FIFO_SUFFIX)
    if to_fifo and not topic.fifo:
        raise InvalidRequest(
            f"{topic.name} is a standard topic, which does not deliver to FIFO queues",
            hint="take a FIFO topic, or a standard queue",
        )


def _check_partition(topic: TopicAddress, endpoint: Endpoint) -> None:
    """Refuse what is in another part of AWS, such as China's: nothing goes from one to the other."""
    if not endpoint.address.startswith(PREFIX):
        return
    there, here = Arn.parse(endpoint.address).partition, Arn.parse(topic.arn).partition
    if there != here:
        raise InvalidRequest(
            f"{endpoint.address} is in the partition {there}, and {topic.name} in {here}",
            hint="a topic delivers within its own part of AWS alone; between them, HTTPS is a way",
        )


def _check_role(endpoint: Endpoint, role: object) -> None:
    """Refuse a Firehose stream without a role, as SNS does."""
    if endpoint.protocol == DeliveryProtocol.FIREHOSE and role is None:
        raise InvalidRequest(
            f"{endpoint.address} is a Firehose stream, and there is no role by which SNS could write to it",
            hint="role='arn:aws:iam::123456789012:role/...', which trusts sns.amazonaws.com and may"
            " firehose:PutRecord and firehose:PutRecordBatch",
        )


def _made_or_found(
    topic: TopicAddress,
    endpoint: Endpoint,
    wanted: Mapping[str, str],
    kind: type[S],
    *,
    update: bool,
    aws: Mapping[str, Any] | None,
) -> S:
    try:
        return _call(topic, endpoint, wanted, kind, aws)
    except InvalidRequest as error:
        # SNS compares texts, not meanings, and has no code for this alone.
        if not wanted or _OTHER_SETTINGS not in error.message:
            raise
    found = _call(topic, endpoint, {}, kind, None)
    differs = differing(wanted, found.raw, meaning)
    if differs and not update:
        raise conflict(differs, found.raw, operation="Subscribe", about=found)
    put(found, differs)
    return found


def _call(
    topic: TopicAddress,
    endpoint: Endpoint,
    wanted: Mapping[str, str],
    kind: type[S],
    aws: Mapping[str, Any] | None,
) -> S:
    answer = topic.cloud.invoke(
        SNS,
        "subscribe",
        {
            "TopicArn": topic.arn,
            "Protocol": endpoint.protocol.value,
            "Endpoint": endpoint.address,
            "Attributes": dict(wanted) or None,
            # Otherwise a subscription that is not confirmed yet has no ARN.
            "ReturnSubscriptionArn": True,
        },
        aws=aws,
        about=topic,
    )
    made = told(topic.cloud, answer, "Subscribe", kind)
    topic.cloud.remember(made.arn, SubscriptionNotFound)
    return made
