"""How many values of one period become one."""

from __future__ import annotations

import re

from cloudkit.errors import InvalidRequest
from cloudkit.types import OpenEnum


class Statistic(OpenEnum):
    """How the values of a period become one. Percentiles are texts beside these: `"p99"`."""

    AVERAGE = "Average"
    SUM = "Sum"
    MINIMUM = "Minimum"
    MAXIMUM = "Maximum"
    SAMPLE_COUNT = "SampleCount"


_SPOKEN = {
    "average": "Average",
    "avg": "Average",
    "mean": "Average",
    "sum": "Sum",
    "total": "Sum",
    "minimum": "Minimum",
    "min": "Minimum",
    "maximum": "Maximum",
    "max": "Maximum",
    "samplecount": "SampleCount",
    "samples": "SampleCount",
    "median": "p50",
    "iqm": "IQM",
}
_PERCENT = r"(?:\d{1,2}(?:\.\d{1,10})?|100)"
_NUMBER = r"-?\d+(?:\.\d+)?(?:[Ee][+-]?\d+)?"
# User guide, "CloudWatch statistics definitions".
_EXTENDED = re.compile(
    rf"(?:p|tm|tc|ts|wm){_PERCENT}"
    rf"|(?:TM|TC|TS|WM)\((?:(?:{_PERCENT}%)?:{_PERCENT}%|{_PERCENT}%:(?:{_PERCENT}%)?)\)"
    rf"|(?:TM|TC|TS|WM|PR)\((?:(?:{_NUMBER})?:{_NUMBER}|{_NUMBER}:(?:{_NUMBER})?)\)"
)


def checked_statistic(statistic: Statistic | str) -> str:
    """The statistic in CloudWatch's spelling.

    Raises:
        InvalidRequest: There is none of that name.
    """
    text = str(statistic)
    spoken = _SPOKEN.get(text.lower().replace("_", ""))
    if spoken is not None:
        return spoken
    if _EXTENDED.fullmatch(text):
        return text
    raise InvalidRequest(
        f"statistic={text!r}: CloudWatch has none of that name",
        hint="'Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount', or a percentile such as 'p99', 'tm90', 'TM(10%:90%)'",
    )


def is_extended(statistic: str) -> bool:
    """Whether alarms name it in another field than the five plain ones."""
    return statistic not in [str(each) for each in Statistic.known()]
