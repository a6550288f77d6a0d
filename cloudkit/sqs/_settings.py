"""The settings of a queue: plain values here, texts on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from cloudkit._core.params import whole_seconds, within
from cloudkit.errors import InvalidRequest
from cloudkit.sqs._limits import (
    DEFAULT_MAX_RECEIVES,
    MAX_DELAY_SECONDS,
    MAX_KEY_REUSE_SECONDS,
    MAX_MAX_RECEIVES,
    MAX_MESSAGE_BYTES,
    MAX_RETENTION_SECONDS,
    MAX_VISIBILITY_SECONDS,
    MAX_WAIT_SECONDS,
    MIN_KEY_REUSE_SECONDS,
    MIN_MAX_MESSAGE_BYTES,
    MIN_RETENTION_SECONDS,
)
from cloudkit.sqs._rules import FIFO_SUFFIX, QUEUES, flag
from cloudkit.types import Duration, HasArn, Json, TagMap

KMS_KEY = "KmsMasterKeyId"
OWN_KEYS = "SqsManagedSseEnabled"
PER_GROUP = "perMessageGroupId"


class QueueSettings(TypedDict, total=False):
    """What can be set of a queue.

    Attributes:
        visibility_timeout: Seconds that a received message is hidden from others, 0 to 43,200. AWS's default: 30.
        retention: Seconds that a message is kept, 60 to 1,209,600 (14 days). AWS's default: 4 days.
        delay: Seconds that a new message is hidden at first, 0 to 900. AWS's default: 0.
        receive_wait: Seconds that a receive which does not say waits for a message, 0 to 20; cloudkit's always says.
        max_message_size: Bytes, 1,024 to 1,048,576. AWS's default: 1,048,576.
        dead_letters: The queue that gets what failed too often, of the same account, region and kind; `"off"` for none.
        max_receives: How often a message is received before it goes there, 1 to 1,000. Default: 10.
        content_deduplication: For FIFO queues: equal bodies within five minutes are one message.
        high_throughput: For FIFO queues: limits and deduplication hold for each group, and not for the whole queue.
        encryption: `"sqs"` for keys of SQS's own, which is AWS's default; a KMS key, by its id, ARN or alias; `"off"`.
        key_reuse: With a KMS key: seconds that a data key is used for, 60 to 86,400. AWS's default: 300.
    """

    visibility_timeout: Duration | None
    retention: Duration | None
    delay: Duration | None
    receive_wait: Duration | None
    max_message_size: int | None
    dead_letters: HasArn | Literal["off"] | None
    max_receives: int | None
    content_deduplication: bool | None
    high_throughput: bool | None
    encryption: HasArn | str | None
    key_reuse: Duration | None


_NAMES = {
    "VisibilityTimeout": "visibility_timeout",
    "MessageRetentionPeriod": "retention",
    "DelaySeconds": "delay",
    "ReceiveMessageWaitTimeSeconds": "receive_wait",
    "MaximumMessageSize": "max_message_size",
    "RedrivePolicy": "dead_letters and max_receives",
    "ContentBasedDeduplication": "content_deduplication",
    "DeduplicationScope": "high_throughput",
    "FifoThroughputLimit": "high_throughput",
    KMS_KEY: "encryption",
    OWN_KEYS: "encryption",
    "KmsDataKeyReusePeriodSeconds": "key_reuse",
}


def to_attributes(
    settings: QueueSettings, *, fifo: bool, present: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Settings as AWS's queue attributes.

    Args:
        settings: Those that are given.
        fifo: Whether the queue keeps order.
        present: The attributes that it has; None for a new one.

    Raises:
        InvalidRequest: AWS would refuse one.
    """
    times = {
        "VisibilityTimeout": ("visibility_timeout", 0, MAX_VISIBILITY_SECONDS),
        "MessageRetentionPeriod": ("retention", MIN_RETENTION_SECONDS, MAX_RETENTION_SECONDS),
        "DelaySeconds": ("delay", 0, MAX_DELAY_SECONDS),
        "ReceiveMessageWaitTimeSeconds": ("receive_wait", 0, MAX_WAIT_SECONDS),
        "KmsDataKeyReusePeriodSeconds": ("key_reuse", MIN_KEY_REUSE_SECONDS, MAX_KEY_REUSE_SECONDS),
    }
    made: dict[str, str] = {}
    for attribute, (name, low, high) in times.items():
        seconds = whole_seconds(name, cast("Duration | None", settings.get(name)), low, high)
        if seconds is not None:
            made[attribute] = str(seconds)
    size = settings.get("max_message_size")
    if size is not None:
        made["MaximumMessageSize"] = str(
            within("max_message_size", size, MIN_MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES, "bytes")
        )
    derives = settings.get("content_deduplication")
    if derives is not None:
        made["ContentBasedDeduplication"] = QUEUES.checked_deduplication(derives, fifo=fifo)
    made |= _throughput(settings.get("high_throughput"), fifo=fifo)
    made |= _encryption(settings.get("encryption"), new=present is None)
    redrive = _redrive(settings, fifo, {} if present is None else json_object(present.get("RedrivePolicy")))
    if redrive is not None and (redrive or present is not None):
        made["RedrivePolicy"] = redrive
    return made


def _throughput(high: bool | None, *, fifo: bool) -> dict[str, str]:
    if high is None:
        return {}
    if not fifo:
        raise InvalidRequest(
            "high_throughput is for FIFO queues",
            hint=f"their names end in {FIFO_SUFFIX}; others have no limit",
        )
    if high:
        return {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": PER_GROUP}
    return {"DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}


def _encryption(wanted: HasArn | str | None, *, new: bool) -> dict[str, str]:
    if wanted is None:
        return {}
    if wanted in ("sqs", "off"):
        # A new queue has no key that would have to go.
        return {OWN_KEYS: flag(wanted == "sqs"), **({} if new else {KMS_KEY: ""})}
    key = wanted if isinstance(wanted, str) else wanted.arn
    if not key:
        raise InvalidRequest(
            "encryption='': it is a KMS key's id, ARN or alias",
            hint="'sqs' for keys of SQS's own, 'off' for none",
        )
    # SQS has one of the two at a time.
    return {KMS_KEY: key, **({} if new else {OWN_KEYS: "false"})}


def encryption_of(attributes: Mapping[str, Any]) -> str:
    """The encryption that a queue's attributes tell of, as `encryption` says it."""
    key = attributes.get(KMS_KEY)
    return str(key) if key else "sqs" if attributes.get(OWN_KEYS) == "true" else "off"


def _redrive(settings: QueueSettings, fifo: bool, present: Mapping[str, Json]) -> str | None:
    """The text of the redrive policy; empty for none, None if nothing is asked."""
    dead, receives = settings.get("dead_letters"), settings.get("max_receives")
    if receives is not None:
        within("max_receives", receives, 1, MAX_MAX_RECEIVES, "receives")
    if dead == "off" or dead is None:
        if receives is None:
            return "" if dead == "off" else None
        arn = None if dead == "off" else present.get("deadLetterTargetArn")
        if arn is None:
            raise InvalidRequest(
                f"max_receives={receives} without dead letters says nothing",
                hint="dead_letters=Queue('...') says where they go",
            )
    else:
        arn = dead.arn
        if arn.endswith(FIFO_SUFFIX) != fifo:
            raise InvalidRequest(
                f"dead_letters={arn}: those of a FIFO queue go to a FIFO queue, and those of others to another",
                hint=f"Queue.create('...{FIFO_SUFFIX if fifo else ''}')",
            )
    count = receives if receives is not None else present.get("maxReceiveCount", DEFAULT_MAX_RECEIVES)
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})


def _meaning(name: str, value: Any) -> object:
    if name == "RedrivePolicy":
        return redrive_target(value), max_receives(value)
    if name in (KMS_KEY, OWN_KEYS):
        # What is off is left out of some answers.
        return value if value not in (None, "", "false") else None
    return "false" if value is None else str(value)


def differing(
    wanted: Mapping[str, str], present: Mapping[str, Any], meaning: Callable[[str, Any], object] = _meaning
) -> dict[str, str]:
    """Those of the wanted attributes that do not mean what is there.

    Args:
        wanted: The attributes, as AWS takes them.
        present: Those that are there, as AWS gives them.
        meaning: What an attribute's text means, so that its spelling does not count. Default: for those of a queue.
    """
    return {
        name: value
        for name, value in wanted.items()
        if meaning(name, value) != meaning(name, present.get(name))
    }


def named(attributes: Mapping[str, str], present: Mapping[str, Any]) -> Sequence[str]:
    """What each of the attributes is, in our names, and what it should be."""
    return [
        f"{_NAMES[name]} is {present.get(name)}, not {value or 'off'}" for name, value in attributes.items()
    ]


def tags_named(tags: TagMap, present: TagMap) -> Sequence[str]:
    """What each of the tags is, and what it should be."""
    return [f"tag {key} is {present.get(key)}, not {value}" for key, value in tags.items()]


def json_object(text: object) -> dict[str, Json]:
    """The JSON object that a text spells; empty for none."""
    value: Json = json.loads(str(text)) if text else {}
    return value if isinstance(value, dict) else {}


def redrive_target(text: object) -> str | None:
    """The ARN of the dead-letter queue in a redrive policy."""
    arn = json_object(text).get("deadLetterTargetArn")
    return None if arn is None else str(arn)


def max_receives(text: object) -> int | None:
    """The number of receives in a redrive policy."""
    count = json_object(text).get("maxReceiveCount")
    return int(count) if isinstance(count, (int, float, str)) else None
