"""How a topic comes to deliver to something: the Subscribe call, and what surrounds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudkit.errors import InvalidRequest
from cloudkit.sns._service import SNS
from cloudkit.sns._settings import conflict, meaning
from cloudkit.sns._target import DeliveryProtocol, Endpoint
from cloudkit.sns.errors import SubscriptionNotFound
from cloudkit.sns.subscription import subscription_in
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import differing

if TYPE_CHECKING:
    from cloudkit.sns.topic import Topic

# In AWS's words, when a subscription is there with other settings than those asked for.
_OTHER_SETTINGS = "already exists with different attributes"


def check_order(topic: Topic, endpoint: Endpoint) -> None:
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


def subscribe(
    topic: Topic,
    endpoint: Endpoint,
    wanted: Mapping[str, str],
    *,
    update: bool,
    aws: Mapping[str, Any] | None,
) -> str:
    """The ARN of the subscription with those settings, made or found."""
    try:
        return _call(topic, endpoint, wanted, aws)
    except InvalidRequest as error:
        # SNS compares texts, not meanings, and has no code for this alone.
        if not wanted or _OTHER_SETTINGS not in error.message:
            raise
    found = subscription_in(topic.cloud, _call(topic, endpoint, {}, None))
    differs = differing(wanted, found.raw, meaning)
    if differs and not update:
        raise conflict(differs, found.raw, operation="Subscribe", about=found)
    for name, value in differs.items():
        found.cloud.invoke(
            SNS,
            "set_subscription_attributes",
            {"SubscriptionArn": found.arn, "AttributeName": name, "AttributeValue": value},
            about=found,
        )
    return found.arn


def _call(topic: Topic, endpoint: Endpoint, wanted: Mapping[str, str], aws: Mapping[str, Any] | None) -> str:
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
    arn = str(answer["SubscriptionArn"])
    topic.cloud.remember(arn, SubscriptionNotFound)
    return arn
