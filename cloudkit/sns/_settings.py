"""What a topic and a subscription can be set to: plain values here, texts on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from cloudkit._core.params import as_bool, as_text, within
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.sns._limits import MAX_DISPLAY_NAME_CHARACTERS, MAX_MESSAGE_BYTES, MIN_MAX_MESSAGE_BYTES
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sqs._rules import FIFO_SUFFIX, flag
from cloudkit.sqs._settings import json_object
from cloudkit.types import OpenEnum

DISPLAY_NAME = "DisplayName"
CONTENT_DEDUPLICATION = "ContentBasedDeduplication"
MAX_MESSAGE_SIZE = "MaximumMessageSize"
RAW = "RawMessageDelivery"
FILTER = "FilterPolicy"
FILTER_SCOPE = "FilterPolicyScope"

_NAMES = {
    DISPLAY_NAME: "display_name",
    CONTENT_DEDUPLICATION: "content_deduplication",
    RAW: "raw",
    FILTER: "filter",
    FILTER_SCOPE: "filter_scope",
}
_RAW_PROTOCOLS = (
    DeliveryProtocol.SQS,
    DeliveryProtocol.HTTP,
    DeliveryProtocol.HTTPS,
    DeliveryProtocol.FIREHOSE,
)


class FilterScope(OpenEnum):
    """What a filter policy looks at."""

    ATTRIBUTES = "MessageAttributes"
    BODY = "MessageBody"


def of_topic(
    name: str,
    *,
    display_name: str | None,
    content_deduplication: bool | None,
    max_message_size: int | None = None,
) -> dict[str, str]:
    """The attributes of CreateTopic; those not given are left out."""
    made: dict[str, str] = {}
    if display_name is not None:
        made[DISPLAY_NAME] = as_text("display_name", display_name, 0, MAX_DISPLAY_NAME_CHARACTERS)
    if content_deduplication is not None:
        fifo = name.endswith(FIFO_SUFFIX)
        made[CONTENT_DEDUPLICATION] = TOPICS.checked_deduplication(content_deduplication, fifo=fifo)
    if max_message_size is not None:
        made[MAX_MESSAGE_SIZE] = str(
            within("max_message_size", max_message_size, MIN_MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES, "bytes")
        )
    return made


def of_subscription(
    protocol: DeliveryProtocol,
    *,
    raw: bool | None,
    filter: Mapping[str, object] | None,
    filter_scope: FilterScope | str | None,
) -> dict[str, str]:
    """The attributes of Subscribe, the scope before the filter that it is for; those not given are left out."""
    made: dict[str, str] = {}
    if raw is not None:
        if raw and protocol not in _RAW_PROTOCOLS:
            raise InvalidRequest(
                f"raw=True: SNS delivers raw to {', '.join(_RAW_PROTOCOLS)}, not to {protocol}",
                hint="leave raw= out",
            )
        made[RAW] = flag(raw)
    if filter_scope is not None:
        made[FILTER_SCOPE] = _checked_scope(filter_scope)
        if filter is None:
            raise InvalidRequest("filter_scope= is given, and no filter=", hint="give both")
    if filter is not None:
        _check_filter(filter, "filter")
        made[FILTER] = TOPICS.json_text("filter", filter)
    return made


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
    return value or (FilterScope.ATTRIBUTES.value if name == FILTER_SCOPE else "")


def _checked_scope(scope: FilterScope | str) -> str:
    if scope not in FilterScope.known():
        raise InvalidRequest(
            f"filter_scope={str(scope)!r}: it is FilterScope.ATTRIBUTES or FilterScope.BODY",
        )
    return str(scope)


def _check_filter(policy: Mapping[str, object], where: str) -> None:
    for key, rule in policy.items():
        place = f"{where}[{key!r}]"
        if isinstance(rule, Mapping):
            _check_filter(cast("Mapping[str, object]", rule), place)
        elif isinstance(rule, (str, bytes)) or not isinstance(rule, Sequence):
            raise InvalidRequest(
                f"{place} is {rule!r}: a filter policy lists what it accepts", hint=f"{key!r}: [{rule!r}]"
            )
        elif not rule:
            raise InvalidRequest(f"{place} is empty: it would accept nothing", hint="leave the key out")
