"""What a metric was, over time."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from attrs import evolve, field, frozen
from typing_extensions import override

from cloudkit.cloudwatch import _drawing
from cloudkit.cloudwatch.unit import Unit, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import Series as PandasSeries


class DataWarning(UserWarning):
    """CloudWatch says of what it gave that something was left out of it."""


class Point(NamedTuple):
    """What a metric was in one period, named by the time at which it begins."""

    time: datetime
    value: float


@frozen(repr=False)
class Series(Sequence[Point]):
    """What a metric was, over time: points sorted by time, the oldest first.

    A period of which CloudWatch has no values has no point: none is made up. `times` and `values` are as long as each
    other. Iterating gives pairs of time and value, an index one such pair, a slice a shorter series.

    Attributes:
        times: When the period of each point begins, in UTC.
        values: The values.
        label: What it is of.
        statistic: How the values of a period became one; None for what is computed.
        period: Seconds that a point stands for; None where that is not known.
        every: Seconds between the metric's values, as far as is known; there may be fewer points than periods.
        unit: What the values are in, where that is known. CloudWatch does not tell.
        start: The beginning of what was asked for.
        end: Its end. The period of the last point may not have been over then: see `complete`.
        messages: What CloudWatch says about it, such as that something was left out. It is warned of too.

    Examples:
        >>> requests = Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h")
        >>> requests
        <Series requests Host=web-1 Sum, 3 points of 1m, latest 40 at ... UTC, ▁▃█>
        >>> [value for time, value in requests]
        [10.0, 20.0, 40.0]
        >>> requests[-1].value, requests.max(), requests.sum()
        (40.0, 40.0, 70.0)

    AWS: none
    """

    times: tuple[datetime, ...]
    values: tuple[float, ...]
    label: str = field(kw_only=True, default="")
    statistic: str | None = field(kw_only=True, default=None)
    period: int | None = field(kw_only=True, default=None)
    every: int | None = field(kw_only=True, default=None)
    unit: Unit | None = field(kw_only=True, default=None)
    start: datetime | None = field(kw_only=True, default=None)
    end: datetime | None = field(kw_only=True, default=None)
    messages: tuple[str, ...] = field(kw_only=True, default=())

    @override
    def __len__(self) -> int:
        return len(self.times)

    @override
    def __iter__(self) -> Iterator[Point]:
        return map(Point, self.times, self.values)

    @overload
    def __getitem__(self, index: int) -> Point: ...
    @overload
    def __getitem__(self, index: slice) -> Series: ...
    @override
    def __getitem__(self, index: int | slice) -> Point | Series:
        if isinstance(index, slice):
            return evolve(self, times=self.times[index], values=self.values[index])
        return Point(self.times[index], self.values[index])

    @property
    def latest(self) -> float | None:
        """The value of the last point; None if there are no points. Its period may go on still: see `complete`."""
        return self.values[-1] if self.values else None

    def complete(self) -> Series:
        """The series without the point whose period was not over when it was read. No request.

        The sum of a minute that has just begun is less than that of others, and its maximum may still rise. CloudWatch
        gives it like any other.

        Returns:
            A series: this one, or one without the last point.

        Examples:
            >>> requests = Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h")
            >>> requests.complete().values
            (10.0, 20.0, 40.0)

        AWS: none
        """
        if self.period is None or self.end is None:
            return self
        over = self.end - timedelta(seconds=self.period)
        return self[: bisect.bisect_right(self.times, over)]

    def mean(self) -> float | None:
        """The mean of the values. No request.

        Each point counts the same, however many values it was made of.

        Returns:
            The mean; None if there are no points.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h").mean()
            23.3...

        AWS: none
        """
        return sum(self.values) / len(self.values) if self.values else None

    def min(self) -> float | None:
        """The least of the values. No request.

        Returns:
            The least; None if there are no points.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h").min()
            10.0

        AWS: none
        """
        return min(self.values, default=None)

    def max(self) -> float | None:
        """The greatest of the values. No request.

        Returns:
            The greatest; None if there are no points.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h").max()
            40.0

        AWS: none
        """
        return max(self.values, default=None)

    def sum(self) -> float:
        """The sum of the values: how much it was in all, of a series of sums. No request.

        Returns:
            The sum; 0 if there are no points.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h").sum()
            70.0

        AWS: none
        """
        return float(sum(self.values))

    def spark(self, width: int = 40) -> str:
        """The series as a line of small bars; a space where there are no points. No request.

        Args:
            width: Bars at most, 1 or more.

        Returns:
            The line; empty if there are no points.

        Raises:
            InvalidRequest: Less than one bar.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h")[-3:].spark()
            '▁▃█'

        AWS: none
        """
        return _drawing.spark(self, width)

    def to_pandas(self) -> PandasSeries[float]:
        """The series as one of pandas, by time in UTC. No request. Needs the extra `pandas`.

        Returns:
            A `pandas.Series` with a `DatetimeIndex`, named by the label. Periods without values are not in it.

        Raises:
            MissingExtra: pandas is not installed.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h").to_pandas().tolist()
            [10.0, 20.0, 40.0]

        AWS: none
        """
        return _drawing.to_pandas(self)

    def plot(self, axes: Axes | None = None, *, label: str | None = None, **options: Any) -> Axes:
        """Draw it. No request. Needs the extra `plot`.

        The line breaks where points are missing. Several series go into one picture with the `axes` of the first.

        Args:
            axes: Where to draw. Default: a new figure.
            label: What the line is called. Default: the series' own.
            **options: More of matplotlib's own for a line, such as `color="red"`.

        Returns:
            Matplotlib's axes; `.figure.savefig("cpu.png")` saves the picture.

        Raises:
            MissingExtra: matplotlib is not installed.

        Examples:
            >>> axes = Metric("App", "requests", {"Host": "web-1"}).stat("Sum").last("1h").plot()
            >>> axes.figure.savefig("requests.png")

        AWS: none
        """
        return _drawing.plot(self, axes, label or self.name, options)

    @property
    def name(self) -> str:
        """The label, and the statistic behind it."""
        return " ".join(part for part in (self.label, self.statistic) if part)

    @override
    def __repr__(self) -> str:
        if not self.values:
            return f"<Series {self.name}, no points>"
        periods = "" if self.period is None else f" of {_drawing.written_period(self.period)}"
        count = f"{len(self)} point{'' if len(self) == 1 else 's'}{periods}"
        latest = f"latest {_drawing.number(self.values[-1])}{short(self.unit)}"
        return (
            f"<Series {self.name}, {count}, {latest} at {self.times[-1]:%Y-%m-%d %H:%M} UTC, {self.spark()}>"
        )
