"""Spans of time as people write them: `"3h"`, beside seconds and `timedelta`.

Only here, where one speaks of hours and weeks: everywhere else a duration is a number of seconds, or a `timedelta`.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import TypeAlias, cast

from cloudkit._core.params import seconds
from cloudkit.errors import InvalidRequest

Span: TypeAlias = int | float | timedelta | str
"""Seconds as a number, a `timedelta`, or a text such as `"90s"`, `"5m"`, `"3h"`, `"14d"`, `"2w"`, `"1h30m"`."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def span_seconds(name: str, value: Span) -> float:
    """A span in seconds.

    Raises:
        InvalidRequest: It is none, or not more than 0.
    """
    if isinstance(value, str):
        text = value.replace(" ", "")
        if not _WHOLE.fullmatch(text):
            raise InvalidRequest(
                f"{name}={value!r} is no span of time",
                hint="'90s', '5m', '3h', '14d', '2w', '1h30m', or seconds",
            )
        found = float(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    elif isinstance(value, bool) or not isinstance(cast("object", value), (int, float, timedelta)):
        raise InvalidRequest(f"{name}={value!r} is no span of time", hint="'3h', seconds, or a timedelta")
    else:
        found = seconds(value)
    if not 0 < found < math.inf:
        raise InvalidRequest(f"{name}={value!r}: it is more than 0 seconds, and has an end")
    return found


def whole_span(name: str, value: Span) -> int:
    """A span in whole seconds, as periods are."""
    found = span_seconds(name, value)
    if found != int(found):
        raise InvalidRequest(f"{name}={value!r}: it is whole seconds")
    return int(found)


def written(total: float) -> str:
    """A span as people write it."""
    left, parts = round(total), list[str]()
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or f"{total:g}s"


def now() -> datetime:
    """The time, as AWS counts it."""
    return datetime.now(timezone.utc)


def aware(name: str, value: datetime) -> datetime:
    """A time of the caller's, if it says of which zone it is."""
    if not isinstance(cast("object", value), datetime):
        raise InvalidRequest(f"{name}={value!r} is no time", hint="a datetime with a time zone")
    if value.tzinfo is None:
        raise InvalidRequest(
            f"{name}={value!r} does not say of which zone it is",
            hint=f"{name}.astimezone() if it is this machine's, {name}.replace(tzinfo=timezone.utc) if UTC",
        )
    return value.astimezone(timezone.utc)
