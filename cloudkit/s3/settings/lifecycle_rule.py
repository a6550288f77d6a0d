"""One lifecycle rule: as people say it, and as S3 does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeAlias

from attrs import evolve, field, frozen

from cloudkit._core.params import compact, dig, tag_dict, tag_list, within
from cloudkit.errors import InvalidRequest
from cloudkit.s3._limits import MAX_KEPT_VERSIONS, MAX_LIFECYCLE_ID_CHARACTERS, MIN_INFREQUENT_ACCESS_DAYS
from cloudkit.types import Answer, TagMap

When: TypeAlias = "int | timedelta | date"
"""After so many days, or on a day."""

_MAX_DAYS = 2**31 - 1
_ID_DIGITS = 16
_INFREQUENT_ACCESS = ("STANDARD_IA", "ONEZONE_IA")


def days(what: str, given: int | timedelta, low: int) -> int:
    """Whole days, if S3 takes so many."""
    if isinstance(given, timedelta):
        if given % timedelta(days=1):
            raise InvalidRequest(f"{what}={given}: S3 counts whole days")
        given = given.days
    return within(what, given, low, _MAX_DAYS, "days")


def _when(what: str, given: When, low: int = 1) -> int | date:
    """Days, or a day."""
    if isinstance(given, datetime):
        moment = given if given.tzinfo is None else given.astimezone(timezone.utc)
        if moment.time() != moment.time().min:
            raise InvalidRequest(f"{what}={given}: S3 takes midnight UTC", hint=f"{moment.date()!r}")
        return moment.date()
    return given if isinstance(given, date) else days(what, given, low)


def _expiry(given: When | None) -> int | date | None:
    return None if given is None else _when("expire", given)


def _moves(given: Mapping[str, When] | None) -> dict[str, int | date]:
    return {name: _when(f"transition to {name}", when, 0) for name, when in (given or {}).items()}


def _tags(given: TagMap | None) -> dict[str, str]:
    return dict(given or {})


@frozen(kw_only=True)
class LifecycleRule:
    """What becomes of some objects after some days.

    Attributes:
        id: Its name.
        enabled: Whether it is at work.
        prefix: What the keys start with that it is about.
        tags: Tags that the objects have that it is about.
        larger_than: The objects that it is about have more bytes.
        smaller_than: The objects that it is about have fewer bytes.
        expire: After how many days, or on which day, they are deleted.
        expire_markers: Whether delete markers go that have no versions below them.
        transition: Storage classes, and after how many days or on which day objects go there.
        noncurrent_expire: After how many days old versions are deleted, counted from when they were replaced.
        noncurrent_keep: How many of them stay all the same.
        noncurrent_transition: Storage classes, and after how many days old versions go there.
        abort_uploads: After how many days an upload that was not completed is given up.
        raw: The rule as S3 gives it.
    """

    id: str = ""
    enabled: bool = True
    prefix: str = ""
    tags: TagMap = field(factory=dict[str, str], converter=_tags)
    larger_than: int | None = None
    smaller_than: int | None = None
    expire: int | date | None = field(default=None, converter=_expiry)
    expire_markers: bool = False
    transition: Mapping[str, int | date] = field(factory=dict[str, "int | date"], converter=_moves)
    noncurrent_expire: int | None = None
    noncurrent_keep: int | None = None
    noncurrent_transition: Mapping[str, int] = field(factory=dict[str, int])
    abort_uploads: int | None = None
    raw: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False)


def maybe_days(what: str, given: int | timedelta | None) -> int | None:
    """Whole days, one at least, where any are given."""
    return None if given is None else days(what, given, 1)


def check(rule: LifecycleRule) -> None:
    """Refuse what S3 refuses."""
    does = (
        rule.expire is not None,
        rule.expire_markers,
        rule.transition,
        rule.noncurrent_expire is not None,
        rule.noncurrent_transition,
        rule.abort_uploads is not None,
    )
    if not any(does):
        raise InvalidRequest(
            "a lifecycle rule that does nothing", hint="expire=30, transition={'GLACIER': 90} ..."
        )
    if len(rule.id) > MAX_LIFECYCLE_ID_CHARACTERS:
        raise InvalidRequest(f"id={rule.id[:40]!r} has more than {MAX_LIFECYCLE_ID_CHARACTERS} characters")
    if rule.expire_markers and rule.expire is not None:
        raise InvalidRequest("expire_markers and expire do not go together", hint="make two rules of it")
    narrowed = bool(rule.tags) or rule.larger_than is not None or rule.smaller_than is not None
    if narrowed and (rule.abort_uploads is not None or (rule.expire_markers and rule.tags)):
        raise InvalidRequest(
            "uploads and delete markers have neither tags nor sizes",
            hint="make a rule without tags and sizes of it",
        )
    _check_order(rule)
    if rule.noncurrent_keep is not None:
        within("noncurrent_keep", rule.noncurrent_keep, 1, MAX_KEPT_VERSIONS, "versions")
        if rule.noncurrent_expire is None:
            raise InvalidRequest("noncurrent_keep without noncurrent_expire says nothing")


def _check_order(rule: LifecycleRule) -> None:
    times = [*rule.transition.values(), *([] if rule.expire is None else [rule.expire])]
    if len({isinstance(each, int) for each in times}) > 1:
        raise InvalidRequest("a rule has either days or a day, not both")
    for name, when in (*rule.transition.items(), *rule.noncurrent_transition.items()):
        if name in _INFREQUENT_ACCESS and isinstance(when, int) and when < MIN_INFREQUENT_ACCESS_DAYS:
            raise InvalidRequest(f"{when} days until {name}: S3 takes {MIN_INFREQUENT_ACCESS_DAYS} at least")
    if isinstance(rule.expire, int):
        late = [
            name for name, when in rule.transition.items() if isinstance(when, int) and when >= rule.expire
        ]
        if late:
            raise InvalidRequest(
                f"objects that expire after {rule.expire} days never go to {', '.join(late)}"
            )


def with_id(rule: LifecycleRule) -> LifecycleRule:
    """The rule with an id; without one, with one that is made of what it says."""
    if rule.id:
        return rule
    said = json.dumps(row_of(rule), sort_keys=True, default=str)
    return evolve(rule, id=f"cloudkit-{hashlib.sha256(said.encode()).hexdigest()[:_ID_DIGITS]}")


def row_of(rule: LifecycleRule) -> Answer:
    """The rule as S3 takes it."""
    return compact(
        {
            "ID": rule.id,
            "Status": "Enabled" if rule.enabled else "Disabled",
            "Filter": _filter(rule),
            "Expiration": {"ExpiredObjectDeleteMarker": True}
            if rule.expire_markers
            else None
            if rule.expire is None
            else _moment(rule.expire),
            "Transitions": [{**_moment(when), "StorageClass": name} for name, when in rule.transition.items()]
            or None,
            "NoncurrentVersionExpiration": None
            if rule.noncurrent_expire is None
            else compact(
                {"NoncurrentDays": rule.noncurrent_expire, "NewerNoncurrentVersions": rule.noncurrent_keep}
            ),
            "NoncurrentVersionTransitions": [
                {"NoncurrentDays": days, "StorageClass": name}
                for name, days in rule.noncurrent_transition.items()
            ]
            or None,
            "AbortIncompleteMultipartUpload": None
            if rule.abort_uploads is None
            else {"DaysAfterInitiation": rule.abort_uploads},
        }
    )


def _filter(rule: LifecycleRule) -> Answer:
    """What it is about: one thing alone, or several together."""
    tags = tag_list(rule.tags) or []
    single = compact(
        {
            "Prefix": rule.prefix or None,
            "ObjectSizeGreaterThan": rule.larger_than,
            "ObjectSizeLessThan": rule.smaller_than,
        }
    )
    if len(single) + len(tags) > 1:
        return {"And": {**single, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else single or {"Prefix": ""}


def _moment(when: int | date) -> Answer:
    if isinstance(when, int):
        return {"Days": when}
    return {"Date": datetime(when.year, when.month, when.day, tzinfo=timezone.utc)}


def rule_of(row: Mapping[str, Any]) -> LifecycleRule:
    """The rule that S3 gives."""
    chosen: Answer = row.get("Filter") or {}
    both: Answer = chosen.get("And") or chosen
    expiration: Answer = row.get("Expiration") or {}
    old: Answer = row.get("NoncurrentVersionExpiration") or {}
    return LifecycleRule(
        id=row.get("ID", ""),
        enabled=row.get("Status") == "Enabled",
        prefix=row.get("Prefix") or both.get("Prefix") or "",
        tags=tag_dict(both.get("Tags") or ([both["Tag"]] if "Tag" in both else [])),
        larger_than=both.get("ObjectSizeGreaterThan"),
        smaller_than=both.get("ObjectSizeLessThan"),
        expire=_read_moment(expiration),
        expire_markers=bool(expiration.get("ExpiredObjectDeleteMarker")),
        transition={each["StorageClass"]: _read_moment(each) or 0 for each in row.get("Transitions", [])},
        noncurrent_expire=old.get("NoncurrentDays"),
        noncurrent_keep=old.get("NewerNoncurrentVersions"),
        noncurrent_transition={
            each["StorageClass"]: each.get("NoncurrentDays", 0)
            for each in row.get("NoncurrentVersionTransitions", [])
        },
        abort_uploads=dig(row, "AbortIncompleteMultipartUpload.DaysAfterInitiation"),
        raw=row,
    )


def _read_moment(row: Mapping[str, Any]) -> int | date | None:
    day = row.get("Date")
    return day.date() if isinstance(day, datetime) else row.get("Days")


def in_filter(row: Answer) -> Answer:
    """The rule with its prefix where S3 has it today: it refuses a mixture of the old form and the new."""
    if "Prefix" not in row or "Filter" in row:
        return row
    return {
        **{name: value for name, value in row.items() if name != "Prefix"},
        "Filter": {"Prefix": row["Prefix"]},
    }
