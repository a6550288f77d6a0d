"""What CloudWatch computes: a metric, or an expression of several."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, Union, cast

from attrs import evolve, field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit.cloudwatch import _reading
from cloudkit.cloudwatch._limits import MAX_EXPRESSION_CHARACTERS
from cloudkit.cloudwatch._spans import Span, aware, now, span_seconds
from cloudkit.cloudwatch._terms import MetricTerm, Term
from cloudkit.cloudwatch.condition import Comparison, Condition
from cloudkit.cloudwatch.series import Series
from cloudkit.cloudwatch.unit import Unit, checked_unit
from cloudkit.errors import InvalidRequest

if TYPE_CHECKING:
    from cloudkit.cloudwatch.metric import Metric

Piece: TypeAlias = Union[str, "Computed"]


class Computed(Term):
    """What CloudWatch can compute over time: a `Metric`, or an `Expression` of several.

    With numbers and with one another they are added, subtracted, multiplied, divided and raised to powers; compared
    with a number they are a condition for an alarm. Nothing is asked of AWS until they are read.
    """

    __slots__ = ()

    @abstractmethod
    @override
    def metrics_within(self) -> Iterator[Metric]:
        """The metrics that it is made of. No request. AWS: none."""
        ...

    @abstractmethod
    def labelled(self, label: str, *, unit: Unit | str | None = None) -> Computed:
        """The same, called so in a `Series`. No request. AWS: none."""
        ...

    # -- reading ---------------------------------------------------------------------------------------------

    def last(self, span: Span, *, period: Span | None = None) -> Series:
        """What it was in the time until now. One request; more for more than 100,800 points.

        Args:
            span: How far back, up to 455 days: `"3h"`, `"14d"`, seconds, or a `timedelta`.
            period: Seconds that a point stands for. Default: by the points' age, and so that there are no more than
                1,440: a minute up to 15 days back, five up to 63, then an hour, and longer for long spans.

        Returns:
            The series, the oldest point first.

        Raises:
            InvalidRequest: No such span, or a period that CloudWatch does not keep for so long.
            IncompleteData: CloudWatch says that points are missing.

        Examples:
            >>> errors = Metric("App", "errors").stat("Sum")
            >>> requests = Metric("App", "requests").stat("Sum")
            >>> (errors / requests * 100).labelled("error rate", unit="Percent")
            <Expression error rate: errors Sum / requests Sum * 100>

        AWS: cloudwatch:GetMetricData
        """
        length = timedelta(seconds=span_seconds("last", span))
        end = now()
        return self.between(end - length, end, period=period)

    def between(self, start: datetime, end: datetime | None = None, *, period: Span | None = None) -> Series:
        """What it was from one time to another. One request; more for more than 100,800 points.

        Args:
            start: From when, at most 455 days ago. The period that it falls in is there from its beginning.
            end: Until when, itself not included. Default: now.
            period: As in `last`.

        Returns:
            The series, the oldest point first.

        Raises:
            InvalidRequest: Times without a zone, or an end before the start, or as in `last`.
            IncompleteData: CloudWatch says that points are missing.

        Examples:
            >>> from datetime import datetime, timedelta, timezone
            >>> yesterday = datetime.now(timezone.utc) - timedelta(days=1)
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").between(yesterday).sum()
            70.0

        AWS: cloudwatch:GetMetricData
        """
        start, end = checked_times(start, end)
        return _reading.read([self], start, end, period)[0]

    # -- arithmetic ------------------------------------------------------------------------------------------

    def __add__(self, other: Computed | float) -> Expression:
        return _joined(self, "+", other)

    def __radd__(self, other: float) -> Expression:
        return _joined(other, "+", self)

    def __sub__(self, other: Computed | float) -> Expression:
        return _joined(self, "-", other)

    def __rsub__(self, other: float) -> Expression:
        return _joined(other, "-", self)

    def __mul__(self, other: Computed | float) -> Expression:
        return _joined(self, "*", other)

    def __rmul__(self, other: float) -> Expression:
        return _joined(other, "*", self)

    def __truediv__(self, other: Computed | float) -> Expression:
        return _joined(self, "/", other)

    def __rtruediv__(self, other: float) -> Expression:
        return _joined(other, "/", self)

    def __pow__(self, other: Computed | float) -> Expression:
        return _joined(self, "^", other)

    def __neg__(self) -> Expression:
        return Expression(("-", *_operand(self, BINDING["^"])), binding=0)

    def __abs__(self) -> Expression:
        return applied("ABS", self)

    # -- conditions ------------------------------------------------------------------------------------------

    def __gt__(self, threshold: float) -> Condition:
        return Condition(self, Comparison.ABOVE, threshold)

    def __ge__(self, threshold: float) -> Condition:
        return Condition(self, Comparison.AT_LEAST, threshold)

    def __lt__(self, threshold: float) -> Condition:
        return Condition(self, Comparison.BELOW, threshold)

    def __le__(self, threshold: float) -> Condition:
        return Condition(self, Comparison.AT_MOST, threshold)

    def outside_band(self, deviations: float = 2) -> Condition:
        """The condition that it is not what it usually is at that time, which CloudWatch learns. No request.

        Args:
            deviations: How wide the band of what is usual is, in standard deviations; more than 0.

        Returns:
            A condition for an alarm.

        Raises:
            InvalidRequest: A band that is not wider than 0.

        Examples:
            >>> Metric("App", "requests").stat("Sum").outside_band(3)
            <Condition requests Sum outside the band of 3>

        AWS: none
        """
        return _band(self, Comparison.OUTSIDE_BAND, deviations)

    def above_band(self, deviations: float = 2) -> Condition:
        """The condition that it is more than it usually is at that time. No request. See `outside_band`.

        Args:
            deviations: As in `outside_band`.

        Returns:
            A condition for an alarm.

        Raises:
            InvalidRequest: A band that is not wider than 0.

        Examples:
            >>> Metric("App", "requests").stat("Sum").above_band()
            <Condition requests Sum above the band of 2>

        AWS: none
        """
        return _band(self, Comparison.ABOVE_BAND, deviations)

    def below_band(self, deviations: float = 2) -> Condition:
        """The condition that it is less than it usually is at that time. No request. See `outside_band`.

        Args:
            deviations: As in `outside_band`.

        Returns:
            A condition for an alarm.

        Raises:
            InvalidRequest: A band that is not wider than 0.

        Examples:
            >>> Metric("App", "requests").stat("Sum").below_band()
            <Condition requests Sum below the band of 2>

        AWS: none
        """
        return _band(self, Comparison.BELOW_BAND, deviations)

    # -- functions -------------------------------------------------------------------------------------------

    def rate(self) -> Expression:
        """How fast it changes, a second. No request.

        Returns:
            An expression.

        Examples:
            >>> Metric("App", "requests").stat("Sum").rate()
            <Expression RATE(requests Sum)>

        AWS: none
        """
        return applied("RATE", self)

    def diff(self) -> Expression:
        """How much it changed from one point to the next. No request.

        Returns:
            An expression.

        Examples:
            >>> Metric("App", "queue length").diff()
            <Expression DIFF(queue length Average)>

        AWS: none
        """
        return applied("DIFF", self)

    def running_sum(self) -> Expression:
        """How much it was in all up to each point. No request.

        Returns:
            An expression.

        Examples:
            >>> Metric("App", "requests").stat("Sum").running_sum()
            <Expression RUNNING_SUM(requests Sum)>

        AWS: none
        """
        return applied("RUNNING_SUM", self)

    def per_second(self) -> Expression:
        """How much it was a second: the sums of periods, divided by their length. No request.

        Returns:
            An expression.

        Examples:
            >>> Metric("App", "requests").stat("Sum").per_second()
            <Expression requests Sum / PERIOD(requests Sum)>

        AWS: none
        """
        return _joined(self, "/", applied("PERIOD", self))

    def fill(self, value: float | Computed | Literal["repeat", "linear"]) -> Expression:
        """It with its missing points filled, by CloudWatch and because you say so. No request.

        Args:
            value: What to put there: a number, the point before (`"repeat"`), what lies on the line between the points
                around (`"linear"`), or the point of another metric.

        Returns:
            An expression.

        Raises:
            InvalidRequest: Another text.

        Examples:
            >>> Metric("App", "errors").stat("Sum").fill(0)
            <Expression FILL(errors Sum, 0)>

        AWS: none
        """
        if isinstance(value, str):
            if value not in ("repeat", "linear"):
                raise InvalidRequest(f"fill({value!r}): it is a number, a metric, 'repeat' or 'linear'")
            return Expression(("FILL(", self, f", {value.upper()})"))
        return applied("FILL", self, value)


@frozen(repr=False, order=False)
class Expression(Computed):
    """What CloudWatch computes of metrics. Made by arithmetic on them, and by `expression()` for all else.

    Examples:
        >>> errors, requests = Metric("App", "errors").stat("Sum"), Metric("App", "requests").stat("Sum")
        >>> 100 * errors / requests
        <Expression 100 * errors Sum / requests Sum>

    AWS: none
    """

    pieces: tuple[Piece, ...]
    label: str | None = field(kw_only=True, default=None)
    unit: Unit | None = field(kw_only=True, default=None)
    # How firmly it holds together beside an operator; what is no operation stands as it is.
    binding: int = field(kw_only=True, default=9)
    _own_cloud: Cloud | None = field(kw_only=True, default=None, alias="cloud")

    def __attrs_post_init__(self) -> None:
        clouds = {metric.cloud for metric in self.metrics_within()}
        if len(clouds) > 1:
            raise InvalidRequest(
                "an expression of metrics of several accounts or regions: CloudWatch computes within one",
                hint="read each, and compute with their values",
            )
        least = len(self.rendered(lambda _: "m1"))
        if least > MAX_EXPRESSION_CHARACTERS:
            raise InvalidRequest(
                f"an expression of {least} characters: CloudWatch takes {MAX_EXPRESSION_CHARACTERS}",
                hint="expression('SUM(METRICS())', a=..., b=...) for a sum of all",
            )

    @property
    @override
    def cloud(self) -> Cloud:
        """Where its metrics are."""
        first = next(self.metrics_within(), None)
        return cloud_or_current(self._own_cloud) if first is None else first.cloud

    @property
    @override
    def title(self) -> str:
        """Its label, or else the expression with its metrics' names."""
        return self.label or self._text

    @property
    def _text(self) -> str:
        return "".join(piece if isinstance(piece, str) else piece.title for piece in self.pieces)

    @override
    def metrics_within(self) -> Iterator[Metric]:
        """The metrics that it is made of. No request.

        Returns:
            Them, those that it has twice twice.

        Examples:
            >>> [metric.name for metric in (Metric("App", "errors") / 2).metrics_within()]
            ['errors']

        AWS: none
        """
        for piece in self.pieces:
            if not isinstance(piece, str):
                yield from piece.metrics_within()

    @override
    def rendered(self, name_of: Callable[[MetricTerm], str]) -> str:
        """It in CloudWatch's language. No request.

        Args:
            name_of: Gives the id of a metric.

        Returns:
            The expression.

        Examples:
            >>> ((Metric("App", "errors") + 1) / 2).rendered(lambda metric: "m1")
            '(m1 + 1) / 2'

        AWS: none
        """
        return "".join(piece if isinstance(piece, str) else piece.rendered(name_of) for piece in self.pieces)

    @override
    def labelled(self, label: str, *, unit: Unit | str | None = None) -> Self:
        """The same, called so in a `Series`. No request.

        Args:
            label: What to call it.
            unit: What its values are in. Default: nothing is said of it.

        Returns:
            An expression.

        Raises:
            InvalidRequest: There is no such unit.

        Examples:
            >>> (Metric("App", "errors") / 60).labelled("errors a second").title
            'errors a second'

        AWS: none
        """
        return evolve(self, label=label, unit=self.unit if unit is None else checked_unit(unit))

    @override
    def __repr__(self) -> str:
        return f"<Expression {self._text if self.label is None else f'{self.label}: {self._text}'}>"


# -- making them -----------------------------------------------------------------------------------------------

BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


def _joined(left: Computed | float, sign: str, right: Computed | float) -> Expression:
    if not all(
        isinstance(each, (Computed, int, float)) for each in cast("tuple[object, ...]", (left, right))
    ):
        raise TypeError(f"{sign} takes metrics and numbers, not {left!r} and {right!r}")
    own = BINDING[sign]
    # What stands on the right of `-` and `/` has to hold together more firmly than they do.
    pieces = (*_operand(left, own + (sign == "^")), f" {sign} ", *_operand(right, own + (sign in "-/^")))
    return Expression(pieces, binding=own)


def _operand(value: Computed | float, binding: int) -> tuple[Piece, ...]:
    if isinstance(value, Computed):
        loose = isinstance(value, Expression) and value.binding < binding
        return ("(", value, ")") if loose else (value,)
    text = _number(value)
    return (f"({text})",) if text.startswith("-") else (text,)


def _number(value: float) -> str:
    if isinstance(value, bool) or not math.isfinite(value):
        raise InvalidRequest(f"{value!r} is no number that CloudWatch can compute with")
    return repr(value)


def _piece(value: Computed | float) -> Piece:
    return value if isinstance(value, Computed) else _number(value)


def applied(function: str, *operands: Computed | float) -> Expression:
    """A function of CloudWatch's, of those."""
    pieces: list[Piece] = [f"{function}("]
    for number, operand in enumerate(operands):
        pieces += [", ", _piece(operand)] if number else [_piece(operand)]
    return Expression((*pieces, ")"))


def _band(of: Computed, comparison: Comparison, deviations: float) -> Condition:
    made = Condition(of, comparison, deviations)
    if made.threshold <= 0:
        raise InvalidRequest(f"a band of {deviations} standard deviations: it is more than 0")
    return made


def checked_times(start: datetime, end: datetime | None) -> tuple[datetime, datetime]:
    """The beginning and the end of what is read, if they are."""
    start, end = aware("start", start), now() if end is None else aware("end", end)
    if start >= end:
        raise InvalidRequest(
            f"from {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S}: the end is not after it"
        )
    return start, end
