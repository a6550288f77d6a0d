"""What a topic and a subscription can be set to: plain values here, texts on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from cloudkit._core.params import as_bool, as_text, within
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.sns._limits import MAX_DISPLAY_NAME_CHARACTERS, MAX_MESSAGE_BYTES, MIN_MAX_MESSAGE_BYTES
from cloudkit.sns.arn import FIFO_SUFFIX
from cloudkit.sns.target import DeliveryProtocol
from cloudkit.types import Json, OpenEnum

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
        if not name.endswith(FIFO_SUFFIX):
            raise InvalidRequest(
                f"content_deduplication is for FIFO topics, and {name} is none",
                hint=f"name it {name}{FIFO_SUFFIX}",
            )
        made[CONTENT_DEDUPLICATION] = _as_text(content_deduplication)
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
        made[RAW] = _as_text(raw)
    if filter_scope is not None:
        made[FILTER_SCOPE] = _checked_scope(filter_scope)
        if filter is None:
            raise InvalidRequest("filter_scope= is given, and no filter=", hint="give both")
    if filter is not None:
        _check_filter(filter, "filter")
        made[FILTER] = _as_json(filter)
    return made


def differing(wanted: Mapping[str, str], found: Mapping[str, str]) -> Mapping[str, str]:
    """Those of the wanted attributes that are not so."""
    return {
        name: value
        for name, value in wanted.items()
        if _meaning(name, value) != _meaning(name, found.get(name))
    }


def conflict(
    wanted: Mapping[str, str], found: Mapping[str, str], *, operation: str, about: object
) -> Conflict:
    """The error for those attributes, which are otherwise."""
    return Conflict(
        "it is there, and "
        + ", ".join(
            f"{_NAMES[name]} is {_meaning(name, found.get(name))!r}, not {_meaning(name, value)!r}"
            for name, value in wanted.items()
        ),
        service="sns",
        operation=operation,
        resource=str(about),
        hint="update=True changes it",
    )


def filter_policy(text: object) -> dict[str, Json]:
    """A filter policy as data."""
    return cast("dict[str, Json]", json.loads(str(text)))


def _meaning(name: str, value: str | None) -> object:
    """A setting as data: AWS leaves out what was never set, and JSON has many spellings."""
    if name in (RAW, CONTENT_DEDUPLICATION):
        return as_bool(value)
    if name == FILTER:
        return filter_policy(value) if value else {}
    return value or (FilterScope.ATTRIBUTES.value if name == FILTER_SCOPE else "")


def _as_text(value: bool) -> str:
    return "true" if value else "false"


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


def _as_json(policy: Mapping[str, object]) -> str:
    try:
        return json.dumps(policy, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"filter: JSON has no form for it: {error}") from error
