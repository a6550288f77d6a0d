from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.cloudwatch._spans import Span, aware, span_seconds, whole_span, written


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("3h", 10_800),
        ("2d", 172_800),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1.5h", 5400),
        (60, 60),
        (0.5, 0.5),
        (timedelta(minutes=2), 120),
    ],
)
def test_a_span_is_seconds(span: Span, seconds: float) -> None:
    assert span_seconds("for_", span) == seconds


@pytest.mark.parametrize(
    "span", ["", "5", "m5", "5 minutes", "-5m", "5M", "0s", 0, -1, True, float("nan"), float("inf"), None, []]
)
def test_what_is_no_span_is_refused(span: Span) -> None:
    with pytest.raises(InvalidRequest, match="for_="):
        span_seconds("for_", span)


def test_a_period_is_whole() -> None:
    assert whole_span("period", "1.5m") == 90
    with pytest.raises(InvalidRequest, match="whole seconds"):
        whole_span("period", 1.5)


@given(st.integers(1, 10**8))
def test_what_is_written_is_read(seconds: int) -> None:
    assert span_seconds("x", written(seconds)) == seconds


def test_times_say_their_zone() -> None:
    east = timezone(timedelta(hours=2))
    assert aware("start", datetime(2026, 1, 1, 2, tzinfo=east)) == datetime(2026, 1, 1, tzinfo=timezone.utc)
    with pytest.raises(InvalidRequest, match="of which zone") as caught:
        aware("start", datetime(2026, 1, 1))  # noqa: DTZ001
    assert "astimezone" in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="no time"):
        aware("start", "yesterday")  # type: ignore[arg-type]
