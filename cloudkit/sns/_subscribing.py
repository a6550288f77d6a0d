"""How a topic comes to deliver to something: who must let it, the Subscribe call, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudkit._core.policy import adding, for_service
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.sns._arn import Arn
from cloudkit.sns._changing import put
from cloudkit.sns._checking.keys import key_trouble
from cloudkit.sns._service import PRINCIPAL, SNS
from cloudkit.sns._settings import conflict, meaning
from cloudkit.sns._target import DeliveryProtocol, Endpoint
from cloudkit.sns.errors import SubscriptionNotFound
from cloudkit.sns.subscription import Subscription, subscription_in
from cloudkit.sqs import Queue
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import differing, json_object
from cloudkit.types import HasArn

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


def check_role(endpoint: Endpoint, role: object) -> None:
    """Refuse a Firehose stream without a role, as SNS does."""
    if endpoint.protocol == DeliveryProtocol.FIREHOSE and role is None:
        raise InvalidRequest(
            f"{endpoint.address} is a Firehose stream, and there is no role by which SNS could write to it",
            hint="role='arn:aws:iam::123456789012:role/...', which trusts sns.amazonaws.com and may"
            " firehose:PutRecord and firehose:PutRecordBatch",
        )


def check_dead_letters(topic_arn: str, queue_arn: str) -> None:
    """Refuse dead letters that SNS refuses: they stay in the topic's region, and are of its kind.

    Args:
        topic_arn: The topic.
        queue_arn: Where its dead letters shall go.

    Raises:
        InvalidRequest: They cannot go there.
    """
    topic, queue = Arn.parse(topic_arn), Arn.parse(queue_arn)
    if queue.service != "sqs" or queue.region != topic.region:
        raise InvalidRequest(
            f"dead_letters={queue_arn}: they go to a queue of the topic's region, {topic.region}",
            hint=f"Queue.create('...', cloud=current_cloud().in_region({topic.region!r}))",
        )
    if queue_arn.endswith(FIFO_SUFFIX) != topic_arn.endswith(FIFO_SUFFIX):
        raise InvalidRequest(
            f"dead_letters={queue_arn}: those of a FIFO topic go to a FIFO queue, and those of others to another"
        )


def admit_dead_letters(queue: HasArn, topic_arn: str) -> None:
    """Let a topic send its dead letters to a queue, if that is one whose policy is at hand.

    Args:
        queue: A `Queue`; another thing with a queue's ARN keeps its policy.
        topic_arn: The topic.

    Raises:
        InvalidRequest: They cannot go there.
        Conflict: As in `admit`.
    """
    check_dead_letters(topic_arn, queue.arn)
    if isinstance(queue, Queue):
        admit(queue, topic_arn)  # pyright: ignore[reportUnknownArgumentType]


def admit(queue: Queue[Any], topic_arn: str) -> None:
    """Let a topic send to a queue, whose key must let SNS use it.

    Args:
        queue: The queue.
        topic_arn: The topic.

    Raises:
        Conflict: The queue is encrypted with a key that SNS cannot use.
        QueueNotFound: The queue is not there.
    """
    raw = queue.refresh().raw
    key = raw.get("KmsMasterKeyId")
    trouble = key_trouble(queue.cloud, str(key), topic_arn) if key else None
    if trouble is not None and trouble.certain:
        raise Conflict(
            f"{trouble.message}, so that nothing would arrive",
            service=SNS.name,
            operation="Subscribe",
            resource=str(queue),
            hint=f"{trouble.fix}. (A queue that is given by its ARN is not looked at)",
        )
    found = json_object(raw.get("Policy"))
    wanted = adding(found, for_service(PRINCIPAL, "sqs:SendMessage", queue.arn, source_arn=topic_arn))
    if wanted != found:
        queue.policy = wanted


def subscribe(
    topic: Topic,
    endpoint: Endpoint,
    wanted: Mapping[str, str],
    *,
    update: bool,
    aws: Mapping[str, Any] | None,
) -> Subscription:
    """The subscription with those settings, made or found."""
    try:
        return subscription_in(topic.cloud, _call(topic, endpoint, wanted, aws))
    except InvalidRequest as error:
        # SNS compares texts, not meanings, and has no code for this alone.
        if not wanted or _OTHER_SETTINGS not in error.message:
            raise
    found = subscription_in(topic.cloud, _call(topic, endpoint, {}, None))
    differs = differing(wanted, found.raw, meaning)
    if differs and not update:
        raise conflict(differs, found.raw, operation="Subscribe", about=found)
    put(found, differs)
    return found


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
