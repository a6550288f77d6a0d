"""One lifecycle rule: as people say it, and as S3 does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeAlias, TypeVar

from attrs import Attribute, evolve, field, frozen

from cloudkit._core.params import compact, dig, tag_dict, tag_list, within
from cloudkit.errors import InvalidRequest
from cloudkit.s3._given import refused, switch, whole
from cloudkit.s3._limits import MAX_KEPT_VERSIONS, MAX_LIFECYCLE_ID_CHARACTERS, MIN_INFREQUENT_ACCESS_DAYS
from cloudkit.types import Answer, TagMap

When: TypeAlias = "int | timedelta | date"
"""After so many days, or on a day."""

T = TypeVar("T")

_MAX_DAYS = 2**31 - 1
_ID_DIGITS = 16
_OLD_MOVES = "NoncurrentVersionTransitions"
_INFREQUENT_ACCESS = ("STANDARD_IA", "ONEZONE_IA")


def _days(what: str, given: int | timedelta) -> int:
    """Whole days. That some must be 1 at least is for `checked`: other servers than AWS may tell of 0."""
    if isinstance(given, timedelta):
        if given % timedelta(days=1):
            raise InvalidRequest(f"{what}={given}: S3 counts whole days")
        given = given.days
    return within(what, whole(what, given), 0, _MAX_DAYS, "days")


def _when(what: str, given: When) -> int | date:
    """Days, or a day."""
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise InvalidRequest(f"{what}={given}: it has no time zone", hint=f"{given.date()!r}")
        moment = given.astimezone(timezone.utc)
        if moment.time() != moment.time().min:
            raise InvalidRequest(f"{what}={given}: S3 takes midnight UTC", hint=f"{moment.date()!r}")
        return moment.date()
    return given if isinstance(given, date) else _days(what, given)


def _expiry(given: When | None) -> int | date | None:
    return None if given is None else _when("expire", given)


def _moves(given: Mapping[str, When] | None) -> dict[str, int | date]:
    return {name: _when(f"transition to {name}", when) for name, when in _classes("transition", given)}


def _tags(given: TagMap | None) -> dict[str, str]:
    return dict(given or {})


def _noncurrent_expire(given: int | timedelta | None) -> int | None:
    return None if given is None else _days("noncurrent_expire", given)


def _abort_uploads(given: int | timedelta | None) -> int | None:
    return None if given is None else _days("abort_uploads", given)


def _old_moves(given: Mapping[str, int | timedelta] | None) -> dict[str, int]:
    name = "noncurrent_transition"
    return {to: _days(f"{name} to {to}", when) for to, when in _classes(name, given)}


def _classes(name: str, given: Mapping[str, T] | None) -> Iterable[tuple[str, T]]:
    if given is not None and not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused(name, given, "a mapping of storage classes to days", f"{name}={{'GLACIER': 90}}")
    return (given or {}).items()


def _switch(_: object, attribute: Attribute[bool], value: bool) -> None:
    switch(attribute.name, value)


@frozen(kw_only=True)
class LifecycleRule:
    """What becomes of some objects after some days. Times are given as in `Lifecycle.add`.

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
        raw: The rule as S3 gives it. What it says beside stays where the rule is written back.

    Examples:
        >>> LifecycleRule(prefix="tmp/", expire=timedelta(weeks=1)).expire
        7
    """

    id: str = ""
    enabled: bool = field(default=True, validator=_switch)
    prefix: str = ""
    tags: TagMap = field(factory=dict[str, str], converter=_tags)
    larger_than: int | None = None
    smaller_than: int | None = None
    expire: int | date | None = field(default=None, converter=_expiry)
    expire_markers: bool = field(default=False, validator=_switch)
    transition: Mapping[str, int | date] = field(factory=dict[str, "int | date"], converter=_moves)
    noncurrent_expire: int | None = field(default=None, converter=_noncurrent_expire)
    noncurrent_keep: int | None = None
    noncurrent_transition: Mapping[str, int] = field(factory=dict[str, int], converter=_old_moves)
    abort_uploads: int | None = field(default=None, converter=_abort_uploads)
    raw: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False)


def checked(rule: LifecycleRule) -> LifecycleRule:
    """The rule with a name, if S3 takes it. One that was read and left as it was is S3's own."""
    if not rule.raw or rule_of(rule.raw) != rule:
        _check(rule)
    return with_id(rule)


def _check(rule: LifecycleRule) -> None:
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
    for name, number in (
        ("expire", rule.expire),
        ("noncurrent_expire", rule.noncurrent_expire),
        ("abort_uploads", rule.abort_uploads),
    ):
        if isinstance(number, int):
            within(name, number, 1, _MAX_DAYS, "days")
    _check_order(rule)
    if rule.noncurrent_keep is not None:
        within(
            "noncurrent_keep",
            whole("noncurrent_keep", rule.noncurrent_keep),
            1,
            MAX_KEPT_VERSIONS,
            "versions",
        )
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
    said = json.dumps(_said(rule), sort_keys=True, default=str)
    return evolve(rule, id=f"cloudkit-{hashlib.sha256(said.encode()).hexdigest()[:_ID_DIGITS]}")


def row_of(rule: LifecycleRule) -> Answer:
    """The rule as S3 takes it. Of one that was read, what was not changed is as it was read, to the last word."""
    made = _said(rule)
    if not rule.raw:
        return made
    before = _said(rule_of(rule.raw))
    changed = {name for name in (*made, *before) if made.get(name) != before.get(name)}
    kept = {name: value for name, value in in_filter(dict(rule.raw)).items() if name not in changed}
    new = {name: made[name] for name in made if name in changed}
    if _OLD_MOVES in new:
        # How many old versions stay all the same has no word here.
        old = {each["StorageClass"]: each for each in rule.raw.get(_OLD_MOVES, [])}
        new[_OLD_MOVES] = [{**old.get(each["StorageClass"], {}), **each} for each in new[_OLD_MOVES]]
    return {**kept, **new}


def _said(rule: LifecycleRule) -> Answer:
    """What a rule says, in S3's words."""
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
            _OLD_MOVES: [
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
            each["StorageClass"]: each.get("NoncurrentDays", 0) for each in row.get(_OLD_MOVES, [])
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
