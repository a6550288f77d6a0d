"""The statement in a queue's policy that lets one topic, and nothing else, deliver to it."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping

from cloudkit.sqs import Queue
from cloudkit.sqs._settings import json_object
from cloudkit.types import Json

_VERSION = "2012-10-17"
_SID_STEM = "cloudkitSns"
_SID_DIGITS = 32


def statement_id(topic_arn: str) -> str:
    """The Sid of the statement for a topic: the same at every run, and nobody else's."""
    return _SID_STEM + hashlib.sha256(topic_arn.encode()).hexdigest()[:_SID_DIGITS]


def statement(topic_arn: str, queue_arn: str) -> dict[str, Json]:
    """What allows SNS to send to that queue, for that topic alone."""
    return {
        "Sid": statement_id(topic_arn),
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }


def allowing(policy: Mapping[str, Json], topic_arn: str, queue_arn: str) -> dict[str, Json]:
    """The policy with the topic's statement in it, and all else as it was; equal to it if it is there."""
    wanted = statement(topic_arn, queue_arn)
    statements = _statements(policy)
    if wanted in statements:
        return _copied(policy)
    others = [each for each in statements if not _is_for(each, topic_arn)]
    return {"Version": _VERSION, **_copied(policy), "Statement": [*others, wanted]}


def withdrawing(policy: Mapping[str, Json], topic_arn: str) -> dict[str, Json]:
    """The policy without the topic's statement, and all else as it was; empty if nothing else is in it."""
    statements = _statements(policy)
    others = [each for each in statements if not _is_for(each, topic_arn)]
    if len(others) == len(statements):
        return _copied(policy)
    return {**_copied(policy), "Statement": others} if others else {}


def allow(queue: Queue, topic_arn: str) -> None:
    """Let the topic deliver to the queue, if its policy does not yet."""
    found = _of(queue)
    _set(queue, found, allowing(found, topic_arn, queue.arn))


def withdraw(queue: Queue, topic_arn: str) -> None:
    """Take the topic's statement out of the queue's policy, if it is in it."""
    found = _of(queue)
    _set(queue, found, withdrawing(found, topic_arn))


def _of(queue: Queue) -> dict[str, Json]:
    """The queue's policy, and in the same request its ARN; empty for none."""
    return json_object(queue.refresh().raw.get("Policy"))


def _set(queue: Queue, found: Mapping[str, Json], wanted: dict[str, Json]) -> None:
    if wanted != found:
        queue.policy = wanted


def _statements(policy: Mapping[str, Json]) -> list[Json]:
    """The statements; IAM's grammar lets a single one stand without a list."""
    found = policy.get("Statement")
    return copy.deepcopy(found if isinstance(found, list) else [] if found is None else [found])


def _is_for(each: Json, topic_arn: str) -> bool:
    # A Deny is never ours, whatever its Sid.
    return (
        isinstance(each, dict)
        and each.get("Sid") == statement_id(topic_arn)
        and each.get("Effect") == "Allow"
    )


def _copied(policy: Mapping[str, Json]) -> dict[str, Json]:
    return copy.deepcopy(dict(policy))
