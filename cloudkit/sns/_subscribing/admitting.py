"""Who must let a topic in before it can deliver: the policies of queues, and their keys."""

from __future__ import annotations

from typing import Any

from cloudkit._core.policy import Document, adding, for_service
from cloudkit.errors import AccessDenied, Conflict, InvalidRequest, LimitExceeded
from cloudkit.sns._arn import Arn
from cloudkit.sns._checking.keys import key_trouble
from cloudkit.sns._limits import MAX_POLICY_BYTES, MAX_POLICY_STATEMENTS
from cloudkit.sns._principal import PRINCIPAL, principal_between
from cloudkit.sns._service import SNS
from cloudkit.sqs import Queue
from cloudkit.sqs._managing.permitting import policy_turn
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import json_object
from cloudkit.types import HasArn


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
        AccessDenied: Its policy is not for these credentials to see, or to change.
        LimitExceeded: Its policy has no room for one more statement.
    """
    try:
        _admit(queue, topic_arn)
    except AccessDenied as error:
        error.hint = error.hint or (
            "this takes sqs:GetQueueAttributes and sqs:SetQueueAttributes; topic.subscribe(queue.arn) leaves the"
            " queue's policy alone, if somebody else lets the topic in"
        )
        raise
    except LimitExceeded as error:
        error.hint = (
            f"a queue's policy has {MAX_POLICY_STATEMENTS} statements and {MAX_POLICY_BYTES:,} bytes at most: write one"
            " statement for all your topics, with a list or a pattern as aws:SourceArn, and topic.subscribe(queue.arn)"
        )
        raise


def _admit(queue: Queue[Any], topic_arn: str) -> None:
    with policy_turn(queue):
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
        wanted = adding(found, letting(topic_arn, queue.arn))
        if wanted != found:
            queue.policy = wanted


def letting(topic_arn: str, queue_arn: str) -> Document:
    """The statement that lets a topic, and nothing else, send to that queue. Its Sid is the same for all regions."""
    made = for_service(PRINCIPAL, "sqs:SendMessage", queue_arn, source_arn=topic_arn)
    return {**made, "Principal": {"Service": principal_between(topic_arn, queue_arn)}}


def forbid(queue: Queue[Any], topic_arn: str) -> None:
    """Take out what `admit` put into a queue's policy; fine if it is not there."""
    queue.disallow_service(PRINCIPAL, topic_arn)
