"""What a bucket locks its new objects with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from cloudkit._core.params import compact, dig, one_of, within
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import bucket_address, contents_address
from cloudkit.s3._given import refused, whole
from cloudkit.s3._limits import MAX_RETENTION_DAYS, MAX_RETENTION_YEARS
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


@frozen
class ObjectLock:
    """Object Lock: versions that nobody can delete for a time. Once it is on it stays on.

    Attributes:
        mode: `"GOVERNANCE"`, which a special right overrules, or `"COMPLIANCE"`, which nothing does, of what is
            written without a retention of its own. Default: nothing is locked by itself.
        days: For how many days, 1 to 36,500.
        years: Or for how many years, 1 to 100.

    Raises:
        InvalidRequest: A mode needs either days or years, and they need a mode.

    Examples:
        >>> ObjectLock("GOVERNANCE", days=30).days
        30
    """

    mode: Literal["GOVERNANCE", "COMPLIANCE"] | None = None
    days: int | None = None
    years: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.mode is not None:
            one_of("mode", self.mode, ("GOVERNANCE", "COMPLIANCE"))
        if (self.mode is None) != (self.days is None and self.years is None) or None not in (
            self.days,
            self.years,
        ):
            raise InvalidRequest(
                "a default retention has a mode and either days or years",
                hint="ObjectLock('GOVERNANCE', days=30); ObjectLock() for none",
            )
        if self.days is not None:
            within("days", whole("days", self.days), 1, MAX_RETENTION_DAYS, "days")
        if self.years is not None:
            within("years", whole("years", self.years), 1, MAX_RETENTION_YEARS, "years")


def object_lock(bucket: BucketAddress) -> ObjectLock | None:
    """The lock, or None where it is off."""
    answer = unless(
        "ObjectLockConfigurationNotFoundError",
        lambda: bucket.cloud.invoke(
            S3, "get_object_lock_configuration", bucket_address(bucket), about=bucket
        ),
    )
    found = dig(answer, "ObjectLockConfiguration")
    if dig(found, "ObjectLockEnabled") != "Enabled":
        return None
    rule = dig(found, "Rule.DefaultRetention")
    return ObjectLock(dig(rule, "Mode") or None, dig(rule, "Days") or None, dig(rule, "Years") or None)


def as_object_lock(given: ObjectLock | bool) -> ObjectLock | bool:
    """What a caller gave: True for on, whatever new objects are locked with."""
    if not isinstance(given, (ObjectLock, bool)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise refused(
            "object_lock",
            given,
            "an ObjectLock, or True",
            "ObjectLock('GOVERNANCE', days=30) locks what is new; True only lets versions be locked",
        )
    return given


def set_object_lock(bucket: BucketAddress, wanted: ObjectLock | bool | None) -> None:
    """Switch it on, and set what new objects are locked with; True leaves that as it is."""
    if wanted is None or wanted is False:
        raise InvalidRequest(
            "Object Lock cannot be switched off",
            resource=str(bucket),
            hint="bucket.object_lock = ObjectLock() locks nothing more by itself",
        )
    given = as_object_lock(wanted)
    if isinstance(given, ObjectLock):
        _write(bucket, given)
    elif object_lock(bucket) is None:
        _write(bucket, ObjectLock())


@patient
def _write(bucket: BucketAddress, wanted: ObjectLock) -> None:
    retention = compact({"Mode": wanted.mode, "Days": wanted.days, "Years": wanted.years})
    lock: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if retention:
        lock["Rule"] = {"DefaultRetention": retention}
    bucket.cloud.invoke(
        S3,
        "put_object_lock_configuration",
        {**contents_address(bucket), "ObjectLockConfiguration": lock},
        about=bucket,
    )
