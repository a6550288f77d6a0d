"""Where S3 writes down who asked a bucket for what."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from cloudkit._core.params import compact, dig, one_of
from cloudkit._core.policy import Statement, for_service, service_sid
from cloudkit.errors import CloudError, InvalidRequest, NotFound
from cloudkit.s3._address.bucket import BucketAddress, bucket_address
from cloudkit.s3._given import is_text, refused
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import is_refusal, neighbour, owner
from cloudkit.s3.settings._settling import patient
from cloudkit.s3.settings.policy import read_policy, write_policy

_WRITER = "logging.s3.amazonaws.com"


_WANTED = "a bucket or its name"
_HINT = "'acme-logs', or Logging('acme-logs', 'site/') for keys that start with 'site/'"


def _name_of(given: BucketAddress | str) -> str:
    """The name of a bucket; a folder has a name too, which is none of a bucket."""
    if isinstance(given, BucketAddress):
        return given.name
    if not is_text(given) or {"/", ":"} & {*given}:
        raise refused("target", given, _WANTED, _HINT)
    return given


@frozen
class Logging:
    """Where the access logs of a bucket go.

    Attributes:
        target: The bucket that gets them, of the same account and region; a `Bucket` or its name. Not the bucket
            itself: its logs would be logged without end.
        prefix: What the keys of the logs start with.
        by_date: Sort them into folders by account, region, bucket and day, of the `"event"` or of the `"delivery"`.
            Default: one row of names.

    Raises:
        InvalidRequest: There is no such way to sort them, or that is no bucket.

    Examples:
        >>> Logging("acme-logs", "photos/").target
        'acme-logs'
    """

    target: str = field(converter=_name_of)
    prefix: str = ""
    by_date: Literal["event", "delivery"] | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.by_date is not None:
            one_of("by_date", self.by_date, ("event", "delivery"))


LoggingLike: TypeAlias = "Logging | BucketAddress | str"
"""What logging can be given as: all of it, or the bucket that gets the logs."""


def logging(bucket: BucketAddress) -> Logging | None:
    """Where the logs go, or None."""
    return _value(_read(bucket))


def set_logging(bucket: BucketAddress, given: LoggingLike | None) -> None:
    """Send the logs there, and let S3 write there; None stops it, and takes the leave to write back."""
    wanted = given if given is None or isinstance(given, Logging) else Logging(given)
    if wanted is not None and wanted.target == bucket.name:
        raise InvalidRequest(
            "a bucket that logs to itself logs its logs without end",
            resource=str(bucket),
            hint="Bucket.create('...-logs') makes one for them",
        )
    found = _read(bucket)
    before = _value(found)
    take_back = None if wanted is None else _let_in(bucket, wanted)
    status: dict[str, Any] = {}
    if wanted is not None:
        status["LoggingEnabled"] = compact(
            {
                "TargetBucket": wanted.target,
                "TargetPrefix": wanted.prefix,
                "TargetGrants": found.get("TargetGrants"),
                "TargetObjectKeyFormat": _key_format(wanted),
            }
        )
    try:
        _write(bucket, status)
    except CloudError as error:
        if take_back is not None and is_refusal(error):
            with suppress(CloudError):
                take_back()
        raise
    if before is not None and (wanted is None or before.target != wanted.target):
        _shut_out(bucket, before.target)


def _read(bucket: BucketAddress) -> dict[str, Any]:
    answer = bucket.cloud.invoke(S3, "get_bucket_logging", bucket_address(bucket), about=bucket)
    return answer.get("LoggingEnabled") or {}


@patient
def _write(bucket: BucketAddress, status: dict[str, Any]) -> None:
    bucket.cloud.invoke(
        S3, "put_bucket_logging", {**bucket_address(bucket), "BucketLoggingStatus": status}, about=bucket
    )


def _value(found: dict[str, Any]) -> Logging | None:
    if not found:
        return None
    source = dig(found, "TargetObjectKeyFormat.PartitionedPrefix.PartitionDateSource")
    by_date: dict[Any, Literal["event", "delivery"]] = {"EventTime": "event", "DeliveryTime": "delivery"}
    return Logging(found["TargetBucket"], found.get("TargetPrefix", ""), by_date=by_date.get(source))


def _key_format(wanted: Logging) -> dict[str, Any] | None:
    if wanted.by_date is None:
        return None
    source = "EventTime" if wanted.by_date == "event" else "DeliveryTime"
    return {"PartitionedPrefix": {"PartitionDateSource": source}}


def _let_in(bucket: BucketAddress, wanted: Logging) -> Callable[[], None] | None:
    """Let S3 write there; what takes that back, if anything was changed."""
    target = neighbour(bucket, wanted.target)
    found = read_policy(target)
    made = found.adding(
        Statement(
            for_service(
                _WRITER,
                "s3:PutObject",
                f"{target.arn}/{wanted.prefix}*",
                source_arn=bucket.arn,
                source_account=owner(bucket),
            )
        )
    )
    if made == found:
        return None
    write_policy(target, made)
    sid = service_sid(_WRITER, bucket.arn)
    before = [each for each in found if each.sid == sid and each.effect == "Allow"]

    def take_back() -> None:
        left = read_policy(target).removing(sid, effect="Allow")
        write_policy(target, left.adding(before[0]) if before else left)

    return take_back


def _shut_out(bucket: BucketAddress, name: str) -> None:
    target = neighbour(bucket, name)
    try:
        found = read_policy(target)
        left = found.removing(service_sid(_WRITER, bucket.arn), effect="Allow")
        if left != found:
            write_policy(target, left)
    except NotFound as error:
        if error.code != "NoSuchBucket":
            raise
