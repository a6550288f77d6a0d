"""What a subscription can be set to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone

from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import Arn
from cloudkit.sns._filtering.checking import checked_policy
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._settings.off import Off
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.filter import Filter, FilterScope
from cloudkit.sqs._rules import flag
from cloudkit.sqs._settings import json_object
from cloudkit.types import HasArn

RAW = "RawMessageDelivery"
FILTER = "FilterPolicy"
FILTER_SCOPE = "FilterPolicyScope"
REDRIVE = "RedrivePolicy"
ROLE = "SubscriptionRoleArn"
REPLAY = "ReplayPolicy"

NAMES: Mapping[str, str] = {
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
