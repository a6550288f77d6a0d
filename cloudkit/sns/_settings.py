"""What a topic and a subscription can be set to: plain values here, texts on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, Literal, TypeAlias

from typing_extensions import TypedDict

from cloudkit._core.params import as_bool, as_text, within
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.sns._arn import Arn
from cloudkit.sns._filtering.checking import checked_policy
from cloudkit.sns._limits import (
    MAX_ARCHIVE_DAYS,
    MAX_DISPLAY_NAME_CHARACTERS,
    MAX_MESSAGE_BYTES,
    MIN_MAX_MESSAGE_BYTES,
)
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.filter import Filter, FilterScope
from cloudkit.sqs._rules import FIFO_SUFFIX, flag
from cloudkit.sqs._settings import json_object
from cloudkit.types import HasArn

DISPLAY_NAME = "DisplayName"
CONTENT_DEDUPLICATION = "ContentBasedDeduplication"
MAX_MESSAGE_SIZE = "MaximumMessageSize"
KMS_KEY = "KmsMasterKeyId"
SIGNATURE_VERSION = "SignatureVersion"
TRACING = "TracingConfig"
ARCHIVE = "ArchivePolicy"
RAW = "RawMessageDelivery"
FILTER = "FilterPolicy"
FILTER_SCOPE = "FilterPolicyScope"
REDRIVE = "RedrivePolicy"
ROLE = "SubscriptionRoleArn"
REPLAY = "ReplayPolicy"

_NAMES = {
    DISPLAY_NAME: "display_name",
    CONTENT_DEDUPLICATION: "content_deduplication",
    MAX_MESSAGE_SIZE: "max_message_size",
    KMS_KEY: "kms_key",
    SIGNATURE_VERSION: "signature_version",
    TRACING: "tracing",
    ARCHIVE: "archive_days",
    RAW: "raw",
    FILTER: "filter",
    FILTER_SCOPE: "filter_scope",
    REDRIVE: "dead_letters",
    ROLE: "role",
}
_RAW_PROTOCOLS = (
    DeliveryProtocol.SQS,
    DeliveryProtocol.HTTP,
    DeliveryProtocol.HTTPS,
    DeliveryProtocol.FIREHOSE,
)
_TARGET = "deadLetterTargetArn"
_RETENTION = "MessageRetentionPeriod"
_TRACED = "Active"
_NOT_TRACED = "PassThrough"
_SIGNATURES = (1, 2)
_DEFAULTS: Mapping[str, object] = {SIGNATURE_VERSION: "1", TRACING: _NOT_TRACED}
_NOTHING = "{}"

Off: TypeAlias = Literal["off"]
"""What switches a setting off; None means not given."""


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


# -- topics ------------------------------------------------------------------------------------------------------


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
        if (value := settings.get(_NAMES[attribute])) is not None
    }


def without_off(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes of something new, which has nothing that could be switched off."""
    return {
        name: value for name, value in attributes.items() if value not in ("", _NOTHING) or name == FILTER
    }


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
    return _TRACED if value else _NOT_TRACED


def archive_days(text: object) -> int | None:
    """The days of an archive policy; None for no archive."""
    days = json_object(text).get(_RETENTION)
    return int(days) if isinstance(days, (int, str)) else None


def is_traced(text: object) -> bool:
    """Whether X-Ray gets traces."""
    return text == _TRACED


# -- subscriptions -----------------------------------------------------------------------------------------------


def of_subscription(
    protocol: DeliveryProtocol,
    *,
    raw: bool | None = None,
    filter: Mapping[str, object] | None = None,
    filter_scope: FilterScope | str | None = None,
    dead_letters: HasArn | Off | None = None,
    role: HasArn | str | None = None,
    present: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The attributes of Subscribe, the scope before the filter that it is for; those not given are left out.

    Args:
        protocol: How the subscriber is reached.
        raw: As in `Topic.subscribe`, and so are the others.
        filter: The filter policy.
        filter_scope: What it looks at.
        dead_letters: Where what cannot be delivered goes.
        role: The role by which SNS writes to Firehose.
        present: The attributes that it has; None for a new one.

    Raises:
        InvalidRequest: SNS would refuse one.
    """
    made: dict[str, str] = {}
    if raw is not None:
        if raw and protocol not in _RAW_PROTOCOLS:
            raise InvalidRequest(
                f"raw=True: SNS delivers raw to {', '.join(_RAW_PROTOCOLS)}, not to {protocol}",
                hint="leave raw= out",
            )
        made[RAW] = flag(raw)
    if filter_scope is not None:
        made[FILTER_SCOPE] = checked_scope(filter_scope)
        if filter is None and present is None:
            raise InvalidRequest("filter_scope= is given, and no filter=", hint="give both")
    if filter is not None:
        scope = filter_scope or (present or {}).get(FILTER_SCOPE)
        policy = checked_policy(filter, nested=scope == FilterScope.BODY)
        made[FILTER] = TOPICS.json_text("filter", policy)
    if dead_letters is not None:
        made[REDRIVE] = "" if dead_letters == "off" else json.dumps({_TARGET: dead_letters.arn})
    if role is not None:
        made[ROLE] = _role(role, protocol)
    return made


def _role(role: HasArn | str, protocol: DeliveryProtocol) -> str:
    if protocol != DeliveryProtocol.FIREHOSE:
        raise InvalidRequest(
            f"role= is for Firehose streams, and this is delivered by {protocol}", hint="leave role= out"
        )
    arn = role if isinstance(role, str) else role.arn
    found = Arn.parse(arn)
    if found.service != "iam" or not found.resource.startswith("role/"):
        raise InvalidRequest(
            f"role={arn!r}: it is the ARN of a role, such as arn:aws:iam::123456789012:role/to-s3"
        )
    return arn


def checked_scope(scope: FilterScope | str) -> str:
    """The scope as AWS's text of it, if there is such a one."""
    if scope not in FilterScope.known():
        raise InvalidRequest(
            f"filter_scope={str(scope)!r}: it is FilterScope.ATTRIBUTES or FilterScope.BODY",
        )
    return str(scope)


def filter_in(text: object) -> Filter | None:
    """The filter that AWS's text spells, if there is one. SNS took it, so it is not checked."""
    return None if text is None else Filter.of_aws(json_object(text))


def dead_letters_in(text: object) -> str | None:
    """The ARN of the queue in a redrive policy, if there is one."""
    arn = json_object(text).get(_TARGET)
    return None if arn is None else str(arn)


def of_replay(since: datetime, until: datetime | None) -> str:
    """The text of a replay policy."""
    made = {"PointType": "Timestamp", "StartingPoint": _moment("since", since)}
    if until is not None:
        made["EndingPoint"] = _moment("until", until)
        if until <= since:
            raise InvalidRequest(f"until={until} is not after since={since}")
    return json.dumps(made)


def _moment(name: str, value: datetime) -> str:
    if value.tzinfo is None:
        raise InvalidRequest(
            f"{name}={value} does not say in which time zone", hint="datetime.now(timezone.utc), for example"
        )
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- what differs ------------------------------------------------------------------------------------------------


def conflict(
    wanted: Mapping[str, str], found: Mapping[str, str], *, operation: str, about: object
) -> Conflict:
    """The error for those attributes, which are otherwise."""
    return Conflict(
        "it is there, and "
        + ", ".join(
            f"{_NAMES[name]} is {meaning(name, found.get(name))!r}, not {meaning(name, value)!r}"
            for name, value in wanted.items()
        ),
        service="sns",
        operation=operation,
        resource=str(about),
        hint="update=True changes it",
    )


def meaning(name: str, value: str | None) -> object:
    """A setting as data: AWS leaves out what was never set, and JSON has many spellings."""
    if name in (RAW, CONTENT_DEDUPLICATION):
        return as_bool(value)
    if name == FILTER:
        return json_object(value)
    if name == REDRIVE:
        return dead_letters_in(value)
    if name == ARCHIVE:
        return archive_days(value)
    return value or (FilterScope.ATTRIBUTES.value if name == FILTER_SCOPE else _DEFAULTS.get(name, ""))
