"""What values are in."""

from __future__ import annotations

import difflib

from cloudkit.errors import InvalidRequest
from cloudkit.types import OpenEnum


class Unit(OpenEnum):
    """What the values of a metric are in, in CloudWatch's words."""

    SECONDS = "Seconds"
    MICROSECONDS = "Microseconds"
    MILLISECONDS = "Milliseconds"
    BYTES = "Bytes"
    KILOBYTES = "Kilobytes"
    MEGABYTES = "Megabytes"
    GIGABYTES = "Gigabytes"
    TERABYTES = "Terabytes"
    BITS = "Bits"
    KILOBITS = "Kilobits"
    MEGABITS = "Megabits"
    GIGABITS = "Gigabits"
    TERABITS = "Terabits"
    PERCENT = "Percent"
    COUNT = "Count"
    BYTES_PER_SECOND = "Bytes/Second"
    KILOBYTES_PER_SECOND = "Kilobytes/Second"
    MEGABYTES_PER_SECOND = "Megabytes/Second"
    GIGABYTES_PER_SECOND = "Gigabytes/Second"
    TERABYTES_PER_SECOND = "Terabytes/Second"
    BITS_PER_SECOND = "Bits/Second"
    KILOBITS_PER_SECOND = "Kilobits/Second"
    MEGABITS_PER_SECOND = "Megabits/Second"
    GIGABITS_PER_SECOND = "Gigabits/Second"
    TERABITS_PER_SECOND = "Terabits/Second"
    COUNT_PER_SECOND = "Count/Second"
    NONE = "None"


_SHORT = {
    Unit.SECONDS: "s",
    Unit.MILLISECONDS: "ms",
    Unit.MICROSECONDS: "µs",
    Unit.PERCENT: "%",
    Unit.BYTES: "B",
    Unit.BYTES_PER_SECOND: "B/s",
    Unit.COUNT: "",
    Unit.COUNT_PER_SECOND: "/s",
    Unit.NONE: "",
}


_KNOWN = {str(each): each for each in Unit.known()}


def checked_unit(unit: Unit | str) -> Unit:
    """The unit, if it is one of CloudWatch's."""
    found = _KNOWN.get(unit)
    if found is None:
        near = difflib.get_close_matches(str(unit).capitalize(), _KNOWN, 3)
        raise InvalidRequest(
            f"unit={unit!r}: CloudWatch has none of that name",
            hint=f"{' or '.join(map(repr, near))}?" if near else f"one of {', '.join(_KNOWN)}",
        )
    return found


def short(unit: Unit | None) -> str:
    """How a unit is written behind a value."""
    return "" if unit is None else _SHORT.get(unit, str(unit))
