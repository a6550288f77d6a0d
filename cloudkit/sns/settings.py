"""What a subscription can be set to: raw delivery and the filter policy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from cloudkit._core.params import as_bool
from cloudkit.errors import InvalidRequest
from cloudkit.sns.target import DeliveryProtocol
from cloudkit.types import Json, OpenEnum

RAW = "RawMessageDelivery"
FILTER = "FilterPolicy"
FILTER_SCOPE = "FilterPolicyScope"

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


def settings(
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
        made[RAW] = "true" if raw else "false"
    if filter_scope is not None:
        made[FILTER_SCOPE] = _checked_scope(filter_scope)
        if filter is None:
            raise InvalidRequest("filter_scope= is given, and no filter=", hint="give both")
    if filter is not None:
        _check_filter(filter, "filter")
        made[FILTER] = _as_json(filter)
    return made


def differing(wanted: Mapping[str, str], found: Mapping[str, str]) -> dict[str, tuple[object, object]]:
    """What is otherwise than wanted: the name, what it is and what it was to be."""
    meant = {name: _meaning(name, value) for name, value in wanted.items()}
    are = {name: _meaning(name, found.get(name)) for name in wanted}
    return {name: (are[name], meant[name]) for name in wanted if are[name] != meant[name]}


def filter_policy(text: object) -> dict[str, Json]:
    """A filter policy as data."""
    return cast("dict[str, Json]", json.loads(str(text)))


def _meaning(name: str, value: str | None) -> object:
    """A setting as data: AWS leaves out what was never set, and JSON has many spellings."""
    if name == RAW:
        return as_bool(value)
    if name == FILTER:
        return filter_policy(value) if value else {}
    return value or FilterScope.ATTRIBUTES.value


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
