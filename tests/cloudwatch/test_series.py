from __future__ import annotations

import pickle
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest, MissingExtra, Series
from cloudkit.cloudwatch import Unit
from tests.cloudwatch.answers import NOON, minute


def series(*values: float | None, **more: Any) -> Series:
    """A value a minute; None for a minute without one."""
    points = {minute(number): value for number, value in enumerate(values) if value is not None}
    return Series(tuple(points), tuple(points.values()), **{"period": 60, "label": "load", **more})


def test_it_is_a_sequence_of_points() -> None:
    load = series(1, None, 3)
    assert len(load) == 2
    assert list(load) == [(NOON, 1), (minute(2), 3)]
    assert load[-1] == (minute(2), 3)
    assert load[0].time == NOON
    assert load[1:].values == (3,)
    assert load[1:].label == "load"
    assert (NOON, 1) in load
    assert [value for _, value in reversed(load)] == [3, 1]
    with pytest.raises(IndexError):
        load[2]
    assert pickle.loads(pickle.dumps(load)) == load
    assert hash(load) == hash(series(1, None, 3))


def test_what_is_said_of_all_values() -> None:
    load = series(1, 4, None, 1)
    assert (load.mean(), load.min(), load.max(), load.sum(), load.latest) == (2, 1, 4, 6, 1)
    empty = series()
    assert (empty.mean(), empty.min(), empty.max(), empty.sum(), empty.latest) == (None, None, None, 0, None)
    assert not empty


def test_it_shows_itself() -> None:
    assert repr(series(1, 2.25, statistic="Average", unit=Unit.PERCENT)) == (
        f"<Series load Average, 2 points of 1m, latest 2.25% at {NOON:%Y-%m-%d} 12:01 UTC, ▁█>"
    )
    assert (
        repr(series(12345.0))
        == f"<Series load, 1 point of 1m, latest 12,345 at {NOON:%Y-%m-%d} 12:00 UTC, ▁>"
    )
    assert repr(series()) == "<Series load, no points>"


def test_the_line_of_bars_has_gaps() -> None:
    assert series(0, 7, None, 3.5).spark() == "▁█ ▅"
    assert series(5, 5, 5).spark() == "▁▁▁"
    assert series(0, 1.1e-308).spark() == "▁█"
    assert series(*range(80)).spark(8) == "▁▂▃▄▅▆▇█"
    assert series().spark() == ""
    assert series(1, 2, period=None).spark() == "▁█"
    with pytest.raises(InvalidRequest):
        series(1).spark(0)


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=200), st.integers(1, 60))
def test_the_line_is_never_wider_than_asked(values: list[float | None], width: int) -> None:
    load = series(*values)
    line = load.spark(width)
    assert len(line) <= width
    assert bool(line) == bool(load.values)
    assert set(line) <= set("▁▂▃▄▅▆▇█ ")
    if load.values:
        assert line[0] != " " != line[-1]


def test_pandas_gets_the_points_that_there_are() -> None:
    found: Any = series(1, None, 3, statistic="Sum").to_pandas()
    assert found.name == "load Sum"
    assert str(found.index.tz) == "UTC"
    assert found.tolist() == [1.0, 3.0]
    assert found.index[0].to_pydatetime() == NOON
    assert series().to_pandas().empty


@pytest.fixture
def drawing() -> Any:
    from matplotlib import pyplot as plt

    plt.switch_backend("Agg")
    yield plt
    plt.close("all")


def test_a_picture(drawing: Any, tmp_path: Path) -> None:
    load = series(1, 2, None, None, 5, statistic="Average", unit=Unit.PERCENT, start=NOON, end=minute(10))
    axes: Any = load.plot()
    (line,) = axes.lines
    values = [float(each) for each in line.get_ydata()]
    assert values[:2] == [1, 2]
    assert values[2] != values[2], "missing points break the line"
    assert values[3:] == [5]
    assert (axes.get_title(), axes.get_ylabel(), axes.get_xlabel()) == ("load Average", "Percent", "UTC")
    assert axes.get_ylim()[0] == 0
    left, right = axes.get_xlim()
    assert (right - left) * 24 * 60 == pytest.approx(10)
    axes.figure.savefig(tmp_path / "load.png")
    assert (tmp_path / "load.png").stat().st_size > 5000


def test_several_in_one_picture(drawing: Any) -> None:
    axes: Any = series(1, 2, unit=Unit.PERCENT).plot(label="web-1", color="red")
    same = series(-1, 2, unit=Unit.BYTES).plot(axes, label="web-2")
    assert id(same) == id(axes)
    assert [line.get_label() for line in axes.lines] == ["web-1", "web-2"]
    assert axes.lines[0].get_color() == "red"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["web-1", "web-2"]
    assert axes.get_title() == ""
    assert axes.get_ylabel() == "", "they are in different units"
    assert axes.get_ylim()[0] < -1, "all of both lines is seen"
    assert series().plot() is not axes


def test_the_second_line_is_seen_whole(drawing: Any) -> None:
    axes = series(1, 2, start=NOON, end=minute(5)).plot()
    series(50, 90, start=NOON, end=minute(20)).plot(axes)
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylim()[1] > 90
    left, right = axes.get_xlim()
    assert (right - left) * 24 * 60 == pytest.approx(20)


def test_many_points_have_no_marks(drawing: Any) -> None:
    assert series(*range(59)).plot().lines[0].get_markevery() is None, "a mark at each"
    assert series(*range(60)).plot().lines[0].get_markevery() == []


def test_a_point_with_none_around_it_is_seen(drawing: Any) -> None:
    values = [1.0] * 60 + [None, 7.0, None, 2.0, 2.0, None, 9.0]
    axes: Any = series(*values).plot()
    (line,) = axes.lines
    drawn = [float(each) for each in line.get_ydata()]
    assert [drawn[place] for place in line.get_markevery()] == [7, 9]


def test_a_metric_of_every_five_minutes_is_a_line_though_periods_are_of_one(drawing: Any) -> None:
    values = [float(number) if number % 5 == 0 else None for number in range(400)]
    cpu = series(*values, every=300)
    axes: Any = cpu.plot()
    (line,) = axes.lines
    assert not any(each != each for each in line.get_ydata()), "nothing is missing"
    assert " " not in cpu.spark()
    axes = series(*values[:100], *[None] * 20, *values[:100], every=300).plot()
    (broken,) = axes.lines
    assert sum(each != each for each in broken.get_ydata()) == 1


@pytest.mark.parametrize(("seconds", "left"), [(0, 2), (59, 2), (60, 3), (600, 3)])
def test_the_period_that_goes_on_can_be_left_out(seconds: int, left: int) -> None:
    load = series(1, 2, 3, end=minute(2) + timedelta(seconds=seconds))
    assert load.complete().values == (1, 2, 3)[:left]
    assert load.complete().end == load.end
    assert series(end=minute(2)).complete().values == ()
    assert series(1, 2, period=None, end=minute(0)).complete().values == (1, 2), "nobody knows"
    assert series(1, 2).complete().values == (1, 2)


@pytest.mark.parametrize(("module", "extra"), [("pandas", "pandas"), ("matplotlib", "plot")])
def test_a_missing_extra_is_named(module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra) as caught:
        series(1).to_pandas() if module == "pandas" else series(1).plot()
    assert f"cloudkit[{extra}]" in str(caught.value.hint)


def test_times_are_aware() -> None:
    assert all(time.utcoffset() == timedelta(0) for time, _ in series(1, 2))
