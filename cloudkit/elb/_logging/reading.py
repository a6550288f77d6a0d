"""Access logs read from the bucket that they went to."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from cloudkit.cloudwatch._spans import Span, aware, now, span_seconds
from cloudkit.elb._limits import DEFAULT_CLASSIC_LOG_SECONDS, LOG_DELAY_SECONDS, NEW_LOG_INTERVAL_SECONDS
from cloudkit.elb._logging.parsing import entry
from cloudkit.elb._logging.switching import checked_what
from cloudkit.elb._settings.changing import settings_of
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_entry import LogEntry
from cloudkit.elb.log_place import LogKind, LogPlace, LogsLike
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.s3.bucket import Bucket
from cloudkit.s3.object import Object

_ENDED = re.compile(r"_(\d{8}T\d{4})Z_")
_DAY = timedelta(days=1)
# The caller's line, behind the generator.
_CALLER = 2


def span_of(since: Span | datetime, until: datetime | None) -> tuple[datetime, datetime]:
    """From when to when, in UTC."""
    last = now() if until is None else aware("until", until)
    first = (
        aware("since", since)
        if isinstance(since, datetime)
        else last - timedelta(seconds=span_seconds("since", since))
    )
    if first >= last:
        raise InvalidRequest(f"since={first.isoformat()} is not before until={last.isoformat()}")
    return first, last


def entries(seat: Seat, first: datetime, last: datetime, given: LogsLike | None) -> Iterator[LogEntry]:
    """The entries of that time, file by file; see `LoadBalancer.logs`. No request until they are read."""
    checked_what(LogKind.ACCESS, seat.kind)
    if given is not None and not isinstance(given, LogPlace):
        LogPlace(given)
    return _entries(seat, first, last, given)


def _entries(seat: Seat, first: datetime, last: datetime, given: LogsLike | None) -> Iterator[LogEntry]:
    place = _place(seat) if given is None else given if isinstance(given, LogPlace) else LogPlace(given)
    bucket = given if isinstance(given, Bucket) else Bucket(place.bucket, cloud=seat.cloud)
    for each in _files(seat, bucket, place, first, last):
        yield from _entries_in(each, seat.kind, first, last)


def _place(seat: Seat) -> LogPlace:
    found = settings_of(seat).access_logs
    if found is None:
        raise Conflict(
            "it writes no access logs",
            service="elbv2",
            resource=seat.name,
            hint="balancer.access_logs = Bucket('...') begins; logs(..., place=...) reads those of former times",
        )
    return found


def _files(seat: Seat, bucket: Bucket, place: LogPlace, first: datetime, last: datetime) -> Iterator[Object]:
    """The files that may hold entries of that time. A file has the time in its name up to which its entries go."""
    longest = timedelta(
        seconds=(place.interval or DEFAULT_CLASSIC_LOG_SECONDS)
        if seat.kind == Kind.CLASSIC
        else NEW_LOG_INTERVAL_SECONDS
    )
    # Its folder is that of the day when it came.
    day, end = first.date(), (last + longest + timedelta(seconds=LOG_DELAY_SECONDS)).date()
    name = f"{seat.account}_elasticloadbalancing_{seat.region}_{seat.id.replace('/', '.')}_"
    while day <= end:
        folder = f"{place.folder}{seat.account}/elasticloadbalancing/{seat.region}/{day:%Y/%m/%d}/"
        for each in bucket.objects(prefix=folder + name):
            ended = _ENDED.search(each.key, len(folder))
            if ended is None:
                continue
            until = datetime.strptime(ended[1], "%Y%m%dT%H%M").replace(tzinfo=timezone.utc)
            # It may hold what came some seconds after the minute in its name.
            if until + timedelta(minutes=1) > first and until - longest <= last:
                yield each
        day += _DAY


def _entries_in(file: Object, kind: Kind, first: datetime, last: datetime) -> Iterator[LogEntry]:
    unread = 0
    # Those of classic load balancers are plain text, the others are packed; their names tell.
    with file.open("r", errors="replace", newline="\n") as lines:
        for line in lines:
            plain = line.rstrip("\n")
            found = entry(plain, kind)
            if found is not None:
                if first <= found.time < last:
                    yield found
            elif plain.strip():
                unread += 1
    if unread:
        warnings.warn(f"{unread} lines of {file} are no entries of an access log", stacklevel=_CALLER)
