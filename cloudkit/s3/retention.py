"""How long a version may not be deleted: Object Lock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import frozen

from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._address.object import address
from cloudkit.s3._given import moment, refused, switch
from cloudkit.s3._service import S3

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

# What S3 says of an object that has none, and of a bucket that has no Object Lock.
_NO_LOCK = frozenset(
    {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "InvalidRequest"}
)

MODES = ("GOVERNANCE", "COMPLIANCE")


@frozen
class Retention:
    """Until when a version of an object may be neither deleted nor overwritten.

    Attributes:
        until: The end, with its time zone.
        mode: `"GOVERNANCE"`: whoever has s3:BypassGovernanceRetention can shorten it; `"COMPLIANCE"`: nobody can,
            the account's root neither.

    Raises:
        InvalidRequest: There is no such mode, or the time has no zone or is no time.

    Examples:
        >>> from datetime import datetime, timezone
        >>> Retention(datetime(2030, 1, 1, tzinfo=timezone.utc)).mode
        'GOVERNANCE'
    """

    until: datetime
    mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"

    def __attrs_post_init__(self) -> None:
        if self.mode not in MODES:
            raise InvalidRequest(f"mode={self.mode!r}: it is one of {', '.join(map(repr, MODES))}")
        moment("until", self.until)


RetentionLike: TypeAlias = Retention | datetime | timedelta
"""What a retention can be given as: all of it, its end, or how long it lasts from now on; the mode is GOVERNANCE then."""


def as_retention(given: RetentionLike) -> Retention:
    """What a caller gave, if S3 takes it: its end is still to come."""
    if isinstance(given, timedelta):
        made = Retention(datetime.now(timezone.utc) + given)
    elif isinstance(given, datetime):
        made = Retention(given)
    elif isinstance(given, Retention):  # pyright: ignore[reportUnnecessaryIsInstance]
        made = given
    else:
        raise refused(
            "retention",
            given,
            "a Retention, a datetime, or a timedelta",
            "datetime(2030, 1, 1, tzinfo=timezone.utc), or timedelta(days=30); None ends it",
        )
    if made.until <= datetime.now(timezone.utc):
        raise InvalidRequest(f"retention until {made.until.isoformat()}: that is over", hint="None ends it")
    return made


def read_retention(of: ObjectAddress) -> Retention | None:
    """What HEAD says of it."""
    known = of.refresh().raw
    mode, until = known.get("ObjectLockMode"), known.get("ObjectLockRetainUntilDate")
    return Retention(until, mode) if mode and until else None


def write_retention(
    of: ObjectAddress, given: RetentionLike | None, *, bypass_governance: bool = False
) -> None:
    """Set it, or take it away."""
    wanted = None if given is None else as_retention(given)
    switch("bypass_governance", bypass_governance)
    rule: dict[str, Any] = {} if wanted is None else {"Mode": wanted.mode, "RetainUntilDate": wanted.until}
    of.cloud.invoke(
        S3,
        "put_object_retention",
        {
            **address(of),
            "Retention": rule,
            "BypassGovernanceRetention": True if bypass_governance else None,
        },
        about=of,
    )


def read_legal_hold(of: ObjectAddress) -> bool:
    """Whether it is on. Objects of buckets without Object Lock have none."""
    try:
        answer = of.cloud.invoke(S3, "get_object_legal_hold", address(of), about=of)
    except CloudError as error:
        if error.code in _NO_LOCK:
            return False
        raise
    return bool(answer.get("LegalHold", {}).get("Status") == "ON")


def write_legal_hold(of: ObjectAddress, on: bool) -> None:
    """Switch it."""
    status = "ON" if switch("legal_hold", on) else "OFF"
    of.cloud.invoke(S3, "put_object_legal_hold", {**address(of), "LegalHold": {"Status": status}}, about=of)
