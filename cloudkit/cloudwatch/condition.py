"""What is to be noticed: a metric that is above or below something."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn, cast

from attrs import field, frozen
from typing_extensions import override

from cloudkit.errors import InvalidRequest
from cloudkit.types import OpenEnum

if TYPE_CHECKING:
    from cloudkit.cloudwatch.maths import Computed

# Whole numbers up to here are exact, and have no exponent.
_WHOLE_DIGITS = 1e15


class Comparison(OpenEnum):
    """How a metric is compared, in CloudWatch's words."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"
    AT_MOST = "LessThanOrEqualToThreshold"
    ABOVE_BAND = "GreaterThanUpperThreshold"
    BELOW_BAND = "LessThanLowerThreshold"
    OUTSIDE_BAND = "LessThanLowerOrGreaterThanUpperThreshold"


_SIGNS = {
    Comparison.ABOVE: ">",
    Comparison.AT_LEAST: ">=",
    Comparison.BELOW: "<",
    Comparison.AT_MOST: "<=",
    Comparison.ABOVE_BAND: "above the band of",
    Comparison.BELOW_BAND: "below the band of",
    Comparison.OUTSIDE_BAND: "outside the band of",
}


def checked_threshold(value: object) -> float:
    """A number that a metric can be compared with."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidRequest(f"{value!r} is no number that a metric can be compared with")
    return float(value)


def written_number(value: float) -> str:
    """A number with all of its digits: two thresholds never look the same, since alarms are named by them."""
    return str(int(value)) if value.is_integer() and abs(value) < _WHOLE_DIGITS else repr(value)


@frozen(repr=False)
class Condition:
    """What an alarm watches for: `metric > 80`. Made by comparing a metric, or what is computed of some.

    Attributes:
        of: What is compared.
        comparison: How.
        threshold: With what; of a band, its width in standard deviations.

    Examples:
        >>> Metric("App", "errors") >= 5
        <Condition errors Average >= 5>

    AWS: none
    """

    of: Computed
    comparison: Comparison
    threshold: float = field(converter=checked_threshold)

    @property
    def uses_band(self) -> bool:
        """Whether CloudWatch learns what is usual, and compares with that."""
        return self.comparison in (
            Comparison.ABOVE_BAND,
            Comparison.BELOW_BAND,
            Comparison.OUTSIDE_BAND,
        )

    @override
    def __str__(self) -> str:
        return f"{self.of.title} {_SIGNS.get(self.comparison, str(self.comparison))} {written_number(self.threshold)}"

    @override
    def __repr__(self) -> str:
        return f"<Condition {self}>"

    def _not_joined(self) -> NoReturn:
        raise InvalidRequest(
            f"{self} is joined to no other condition: an alarm has one",
            hint="an alarm on each, and CompositeAlarm.create(name, one & other) of those;"
            " or a condition of one expression, such as sum_of(a, b) > 80",
        )

    def __and__(self, other: object) -> NoReturn:
        self._not_joined()

    def __rand__(self, other: object) -> NoReturn:
        self._not_joined()

    def __or__(self, other: object) -> NoReturn:
        self._not_joined()

    def __ror__(self, other: object) -> NoReturn:
        self._not_joined()

    def __invert__(self) -> NoReturn:
        self._not_joined()

    def __bool__(self) -> NoReturn:
        raise InvalidRequest(
            f"{self} is a condition for an alarm, neither true nor false",
            hint="Alarm.when(condition); to compare now: metric.latest() is a number",
        )


def checked_condition(condition: Condition) -> Condition:
    """The condition, if it is one."""
    if not isinstance(cast("object", condition), Condition):
        raise InvalidRequest(f"{condition!r} is no condition", hint="metric > 80")
    return condition
