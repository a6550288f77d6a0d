"""What a topic can be set to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import TypedDict

from cloudkit._core.params import as_text, within
from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import (
    MAX_ARCHIVE_DAYS,
    MAX_DISPLAY_NAME_CHARACTERS,
    MAX_MESSAGE_BYTES,
    MIN_MAX_MESSAGE_BYTES,
)
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._settings.off import Off
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.sqs._settings import json_object
from cloudkit.types import HasArn

DISPLAY_NAME = "DisplayName"
CONTENT_DEDUPLICATION = "ContentBasedDeduplication"
MAX_MESSAGE_SIZE = "MaximumMessageSize"
KMS_KEY = "KmsMasterKeyId"
SIGNATURE_VERSION = "SignatureVersion"
TRACING = "TracingConfig"
ARCHIVE = "ArchivePolicy"

NAMES: Mapping[str, str] = {
    DISPLAY_NAME: "display_name",
    CONTENT_DEDUPLICATION: "content_deduplication",
    MAX_MESSAGE_SIZE: "max_message_size",
    KMS_KEY: "kms_key",
    SIGNATURE_VERSION: "signature_version",
    TRACING: "tracing",
    ARCHIVE: "archive_days",
}
NOT_TRACED = "PassThrough"

_RETENTION = "MessageRetentionPeriod"
_TRACED = "Active"
_SIGNATURES = (1, 2)
_NOTHING = "{}"


class TopicSettings(TypedDict, total=False):
    """What can be set of a topic.

    Attributes:
        display_name: The sender's name in e-mails and text messages, up to 100 characters; `""` takes it away.
        content_deduplication: For FIFO topics: whether SNS takes messages of the same content for repeats.
        max_message_size: Bytes of a message with its attributes, 1,024 to 1,048,576. SNS's default: 262,144; with
            more it delivers to queues, Firehose and functions alone.
        kms_key: The KMS key that messages are encrypted with: its id, ARN or alias; `"off"` for none.
        signature_version: How SNS signs what it sends: 1 with SHA-1, its default, or 2 with SHA-256.
        archive_days: For FIFO topics: days that messages are kept for `replay`, 1 to 365; `"off"` for none.
        tracing: For standard topics: whether X-Ray gets traces.
    """

    display_name: str | None
    content_deduplication: bool | None
    max_message_size: int | None
    kms_key: HasArn | str | None
    signature_version: int | None
    archive_days: int | Off | None
    tracing: bool | None


def of_topic(name: str, settings: TopicSettings) -> dict[str, str]:
    """The attributes of CreateTopic and SetTopicAttributes; those not given are left out.

    Args:
        name: The topic's name.
        settings: Those that are given.

    Raises:
        InvalidRequest: SNS would refuse one.
    """
    fifo = name.endswith(FIFO_SUFFIX)
    form: Mapping[str, Callable[[Any], str]] = {
        DISPLAY_NAME: lambda value: as_text("display_name", value, 0, MAX_DISPLAY_NAME_CHARACTERS),
        CONTENT_DEDUPLICATION: lambda value: TOPICS.checked_deduplication(value, fifo=fifo),
        MAX_MESSAGE_SIZE: _size,
        KMS_KEY: _key,
        SIGNATURE_VERSION: _signature,
        ARCHIVE: lambda value: _archive(value, fifo=fifo),
        TRACING: lambda value: _tracing(value, fifo=fifo),
    }
    return {
        attribute: make(value)
        for attribute, make in form.items()
        if (value := settings.get(NAMES[attribute])) is not None
    }


def without_off(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes of something new, which has nothing that could be switched off."""
    return {name: value for name, value in attributes.items() if value not in ("", _NOTHING)}


def _size(value: int) -> str:
    return str(within("max_message_size", value, MIN_MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES, "bytes"))


def _key(value: HasArn | str) -> str:
    key = value if isinstance(value, str) else value.arn
    if not key:
        raise InvalidRequest("kms_key='': it is a key's id, ARN or alias", hint="'off' ends the encryption")
    return "" if key == "off" else key


def _signature(value: int) -> str:
    if value not in _SIGNATURES:
        raise InvalidRequest(f"signature_version={value!r}: it is 1 (SHA-1) or 2 (SHA-256)")
    return str(value)


def _archive(value: int | Off, *, fifo: bool) -> str:
    if not fifo:
        raise InvalidRequest(
            "archive_days is for FIFO topics",
            hint=f"their names end in {FIFO_SUFFIX}; standard topics keep nothing",
        )
    if value == "off":
        return _NOTHING
    return json.dumps({_RETENTION: str(within("archive_days", value, 1, MAX_ARCHIVE_DAYS, "days"))})


def _tracing(value: bool, *, fifo: bool) -> str:
    if value and fifo:
        raise InvalidRequest("tracing is for standard topics, and this is a FIFO topic", hint="leave it out")
    return _TRACED if value else NOT_TRACED


def archive_days(text: object) -> int | None:
    """The days of an archive policy; None for no archive."""
    days = json_object(text).get(_RETENTION)
    return int(days) if isinstance(days, (int, str)) else None


def is_traced(text: object) -> bool:
    """Whether X-Ray gets traces."""
    return text == _TRACED
