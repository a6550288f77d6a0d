"""A series in other forms: a line of bars, a picture, a pandas Series."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, cast

from cloudkit.cloudwatch._spans import written
from cloudkit.errors import InvalidRequest, MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import Series as PandasSeries

    from cloudkit.cloudwatch.unit import Unit

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH_INCHES, _HEIGHT_INCHES = 9.0, 3.6
# Points further apart than so many of their usual distances have a gap between them.
_GAP_DISTANCES = 1.5
# From so many points on, a mark at each would make a thick line of them.
_MANY_POINTS = 60
_LEGEND_COLUMNS = 4
# From here on `120 M` is read more easily than `1.2` and an exponent somewhere.
_LARGE = 10_000


class Drawable(Protocol):
    """A series, as far as it is drawn."""

    @property
    def times(self) -> tuple[datetime, ...]:
        """When each point begins."""
        ...

    @property
    def values(self) -> tuple[float, ...]:
        """The values."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def unit(self) -> Unit | None:
        """What its values are in."""
        ...

    @property
    def period(self) -> int | None:
        """Seconds that a point stands for."""
        ...

    @property
    def every(self) -> int | None:
        """Seconds between its values."""
        ...

    @property
    def start(self) -> datetime | None:
        """The beginning of what was asked for."""
        ...

    @property
    def end(self) -> datetime | None:
        """Its end."""
        ...


def spark(series: Drawable, width: int) -> str:
    """The series as a line of small bars."""
    if width < 1:
        raise InvalidRequest(f"spark({width}): it is 1 or more bars wide")
    if not series.values:
        return ""
    bins = _binned(series, width)
    values = [value for value in bins if value is not None]
    low, high = min(values), max(values)
    top = len(_BARS) - 1
    span = (high - low) or 1.0
    # Divided first: for the smallest numbers there are, what is divided by their distance is too large.
    line = (" " if value is None else _BARS[round((value - low) / span * top)] for value in bins)
    return "".join(line)


def _binned(series: Drawable, width: int) -> Sequence[float | None]:
    """Means of equal stretches of time from the first point to the last; None for one without points."""
    first, last = series.times[0], series.times[-1]
    step = _usual_distance(series) or _least_distance(series.times)
    length = (last - first).total_seconds() + step
    count = max(1, min(width, round(length / step))) if step else 1
    found: list[list[float]] = [[] for _ in range(count)]
    for time, value in zip(series.times, series.values, strict=True):
        place = int((time - first).total_seconds() / length * count) if length else 0
        found[min(place, count - 1)].append(value)
    return [sum(each) / len(each) if each else None for each in found]


def _usual_distance(series: Drawable) -> float:
    """Seconds between points that have no gap between them; 0 where that is not known."""
    return max(series.period or 0, series.every or 0) if series.period else 0


def _least_distance(times: Sequence[datetime]) -> float:
    return min(((b - a).total_seconds() for a, b in itertools.pairwise(times)), default=0.0)


def written_period(period: int) -> str:
    """A period as people write it."""
    return written(period)


def number(value: float) -> str:
    """A value with as many digits as one reads."""
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 1 else f"{value:.4g}"


def to_pandas(series: Drawable) -> PandasSeries[float]:
    """The series as one of pandas."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtra.of("pandas", "to_pandas()", error) from error
    index = pd.DatetimeIndex(list(series.times), tz="UTC", name="time")
    return pd.Series(list(series.values), index=index, name=series.name, dtype="float64")


def plot(series: Drawable, axes: Axes | None, label: str, options: Mapping[str, Any]) -> Axes:
    """Draw the series, and give the axes that it is on."""
    try:
        from matplotlib import dates
    except ImportError as error:
        raise MissingExtra.of("plot", "plot()", error) from error
    drawn: Any = _new_axes() if axes is None else axes
    times, values = _broken(series)
    marked = None if len(series.values) < _MANY_POINTS else _alone(values)
    given: dict[str, Any] = {"marker": "o", "markevery": marked, "markersize": 3, "linewidth": 1.4, **options}
    first = not drawn.lines
    drawn.plot(times, values, label=label, **given)
    unit = str(series.unit) if series.unit is not None else ""
    if first:
        marks: Any = dates
        locator = marks.AutoDateLocator()
        drawn.xaxis.set_major_locator(locator)
        drawn.xaxis.set_major_formatter(marks.ConciseDateFormatter(locator))
        drawn.set_xlabel("UTC")
        drawn.set_ylabel(unit)
        drawn.set_title(label)
        drawn.grid(visible=True, alpha=0.3)
    else:
        # Several lines: which is which stands above, in place of the one's name.
        drawn.set_title("")
        drawn.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=_LEGEND_COLUMNS, frameon=False)
        if drawn.get_ylabel() != unit:
            drawn.set_ylabel("")
    _fit(drawn, series, first=first)
    found: Axes = drawn
    return found


def _new_axes() -> Axes:
    from matplotlib import pyplot as plt

    # Without a display pyplot takes a backend that draws into files.
    _, axes = plt.subplots(figsize=(_WIDTH_INCHES, _HEIGHT_INCHES), layout="constrained")
    return axes


def _fit(axes: Axes, series: Drawable, *, first: bool) -> None:
    """Show all of the time that was asked for, and all values; those that are never below nothing from there on."""
    if series.start is not None and series.end is not None:
        from matplotlib import dates

        drawn, numbers = cast("tuple[Any, Any]", (axes, dates))
        begin, end = (float(numbers.date2num(each)) for each in (series.start, series.end))
        left, right = drawn.get_xlim()
        drawn.set_xlim(begin if first else min(left, begin), end if first else max(right, end))
    axes.set_autoscaley_on(True)
    axes.relim()
    axes.autoscale_view(scalex=False)
    low, high = (float(each) for each in axes.dataLim.intervaly)
    if 0 <= low <= high:
        axes.set_ylim(bottom=0)
    if high >= _LARGE:
        from matplotlib.ticker import EngFormatter

        axes.yaxis.set_major_formatter(EngFormatter())


def _broken(series: Drawable) -> tuple[list[datetime], list[float]]:
    """Times and values, with a point that is none wherever some are missing."""
    times, values = list[datetime](), list[float]()
    gap = timedelta(seconds=_GAP_DISTANCES * _usual_distance(series))
    for time, value in zip(series.times, series.values, strict=True):
        if times and gap and time - times[-1] > gap:
            times.append(times[-1] + gap / _GAP_DISTANCES)
            values.append(float("nan"))
        times.append(time)
        values.append(value)
    return times, values


def _alone(values: Sequence[float]) -> list[int]:
    """The places of values with none on either side, of which a line shows nothing."""
    around = [float("nan"), *values, float("nan")]
    return [
        place
        for place, (before, value, after) in enumerate(zip(around, around[1:], around[2:], strict=False))
        if math.isnan(before) and math.isnan(after) and not math.isnan(value)
    ]
