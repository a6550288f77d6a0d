"""Where a load balancer's logs go."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from cloudkit._core.params import seconds
from cloudkit.elb._limits import LOG_INTERVALS_SECONDS
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration, OpenEnum

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket

# AWS puts it into the names of its own files, and refuses a prefix that holds it.
_FOLDER = "AWSLogs"


class LogKind(OpenEnum):
    """What a load balancer writes down."""

    ACCESS = "access"
    CONNECTIONS = "connections"
    HEALTH_CHECKS = "health_checks"


def _name_of(given: Bucket | str) -> str:
    """The name of a bucket, which is given as the bucket or as its name."""
    from cloudkit.s3._given import is_text
    from cloudkit.s3.bucket import Bucket

    found = given.name if isinstance(given, Bucket) else given
    if not is_text(found) or {"/", ":"} & {*found}:
        raise InvalidRequest(
            f"logs go to a bucket, and {given!r} is none",
            hint="Bucket('acme-logs'), its name, or LogPlace('acme-logs', 'web')",
        )
    return found


def _plain_prefix(given: str) -> str:
    prefix = given.strip("/")
    if _FOLDER in prefix:
        raise InvalidRequest(
            f"prefix={given!r}: AWS puts {_FOLDER!r} behind the prefix itself, and takes none that holds it"
        )
    return prefix


def _checked_interval(given: Duration | None) -> int | None:
    interval = None if given is None else round(seconds(given))
    if interval is not None and interval not in LOG_INTERVALS_SECONDS:
        raise InvalidRequest(
            f"interval={interval} seconds: a classic load balancer writes every 300 seconds or every 3600",
            hint="interval=300",
        )
    return interval


@frozen
class LogPlace:
    """Where the logs of a load balancer go.

    Attributes:
        bucket: The name of the bucket that gets them, of the load balancer's region; may be given as a `Bucket`.
        prefix: The folder in it, without slashes around; AWS makes folders by account, region and day in there.
        interval: Seconds between two files of a classic load balancer, 300 or 3600. The others write every 5 minutes,
            and take none.

    Raises:
        InvalidRequest: That is no bucket, no prefix or no interval.

    Examples:
        >>> LogPlace("acme-logs", "web/").prefix
        'web'
    """

    bucket: str = field(converter=_name_of)
    prefix: str = field(default="", converter=_plain_prefix)
    interval: int | None = field(default=None, kw_only=True, converter=_checked_interval)

    @property
    def folder(self) -> str:
        """What the keys of its files begin with."""
        return f"{self.prefix}/{_FOLDER}/" if self.prefix else f"{_FOLDER}/"


LogsLike: TypeAlias = "LogPlace | Bucket | str"
"""What a place for logs can be given as: all of it, or the bucket, or the bucket's name."""
