"""AWS's two usual forms of a time, read quickly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_HTTP_DATE_LENGTH = len("Mon, 23 Nov 2026 10:00:00 GMT")


def fast_timestamp(slow: Callable[[Any], datetime]) -> Callable[[Any], datetime]:
    """A parser of AWS's two usual forms of a time, which leaves all others to `slow`."""

    def parse(value: Any) -> datetime:
        if isinstance(value, str):
            try:
                if value[4:5] == "-" and value[-1:] == "Z" and value[10:11] == "T":
                    return datetime.fromisoformat(value[:-1]).replace(tzinfo=timezone.utc)
                if len(value) == _HTTP_DATE_LENGTH and value[-4:] == " GMT":
                    return datetime(
                        int(value[12:16]),
                        _MONTHS[value[8:11]],
                        int(value[5:7]),
                        int(value[17:19]),
                        int(value[20:22]),
                        int(value[23:25]),
                        tzinfo=timezone.utc,
                    )
            except (ValueError, KeyError):
                pass
        return slow(value)

    return parse
