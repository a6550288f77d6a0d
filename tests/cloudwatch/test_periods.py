from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.cloudwatch._limits import MAX_CHOSEN_POINTS, PERIODS
from cloudkit.cloudwatch._periods import aligned, chosen_period, coarsest_kept, fitting_period, usual_period
from cloudkit.cloudwatch._spans import now, span_seconds


def last(span: str, every: int = 60) -> int:
    end = now()
    return chosen_period(end - timedelta(seconds=span_seconds("last", span)), end, usual_period([every]))


@pytest.mark.parametrize(
    ("span", "period"),
    [
        ("5m", 60),
        ("3h", 60),
        ("1d", 60),
        ("2d", 300),
        ("5d", 300),
        ("14d", 900),
        ("30d", 3600),
        ("60d", 3600),
        ("64d", 10_800),
        ("180d", 10_800),
        ("455d", 86_400),
    ],
)
def test_the_period_goes_by_age_and_by_number(span: str, period: int) -> None:
    assert last(span) == period


def test_seconds_are_there_for_three_hours() -> None:
    assert last("20m", every=1) == 1
    assert last("1h", every=1) == 5
    assert last("3h", every=1) == 10
    assert last("4h", every=1) == 60


def test_a_metric_with_one_point_a_day_is_not_asked_for_hours() -> None:
    assert last("14d", every=86_400) == 86_400


def test_metrics_that_are_read_together_have_the_period_of_the_slowest() -> None:
    assert usual_period([300]) == usual_period([300, 300]) == 60, "with detailed monitoring there are more"
    assert usual_period([300, 60]) == 300
    assert usual_period([1, 60, 1]) == 60
    assert usual_period([86_400, 60]) == 86_400
    assert usual_period([1]) == 1
    assert usual_period([]) == 60


def test_old_points_have_long_periods_even_of_a_short_time() -> None:
    for days, period in ((1, 60), (16, 300), (70, 3600)):
        start = now() - timedelta(days=days)
        assert chosen_period(start, start + timedelta(hours=1), 60) == period


@given(st.floats(60, 455 * 86_400), st.floats(0, 1), st.sampled_from([1, 60, 300, 86_400]))
def test_what_is_chosen_is_kept_and_no_more_than_a_chart_shows(age: float, share: float, every: int) -> None:
    start = now() - timedelta(seconds=age)
    length = max(1.0, age * share)
    period = chosen_period(start, start + timedelta(seconds=length), every)
    assert fitting_period(period, start) == period
    assert length / period <= MAX_CHOSEN_POINTS
    shorter = [
        each for each in PERIODS if max(60, every) <= each < period and each % coarsest_kept(start) == 0
    ]
    assert all(length / each > MAX_CHOSEN_POINTS for each in shorter)


def test_nothing_is_kept_for_ever() -> None:
    with pytest.raises(InvalidRequest, match="455 days"):
        coarsest_kept(now() - timedelta(days=457))
    assert coarsest_kept(now() - timedelta(days=455, minutes=5)) == 3600


@pytest.mark.parametrize(
    ("period", "days", "fix"), [(60, 20, 300), (90, 1, 60), (1, 1, 60), (300, 100, 3600), (5400, 100, 3600)]
)
def test_a_period_that_gives_nothing_is_refused(period: int, days: int, fix: int) -> None:
    start = now() - timedelta(days=days)
    with pytest.raises(InvalidRequest) as caught:
        fitting_period(period, start)
    if period != 90:
        assert f"period={fix}" in str(caught.value.hint)
    assert fitting_period(fix, start) == fix


@given(st.sampled_from(PERIODS), st.floats(0, 10**8))
def test_a_period_begins_when_the_clock_says_so(period: int, ago: float) -> None:
    time = now() - timedelta(seconds=ago)
    begin = aligned(time, period)
    assert begin.microsecond == 0
    assert int(begin.timestamp()) % period == 0, "a microsecond before, and a minute more would be read"
    assert timedelta(0) <= time - begin < timedelta(seconds=period)
