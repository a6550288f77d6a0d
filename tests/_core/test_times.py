from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from botocore import parsers
from hypothesis import given, strategies as st

from cloudkit._core.times import fast_timestamp

SLOW = parsers.DEFAULT_TIMESTAMP_PARSER


@given(st.integers(0, 7 * 10**9), st.integers(0, 999_999), st.sampled_from([0, 3, 6]))
def test_a_time_is_the_one_that_botocore_reads(seconds: int, micros: int, digits: int) -> None:
    at = datetime.fromtimestamp(seconds, timezone.utc)
    fraction = f".{micros:06d}"[: digits + 1] if digits else ""
    for text in (f"{at:%Y-%m-%dT%H:%M:%S}{fraction}Z", f"{at:%a, %d %b %Y %H:%M:%S GMT}"):
        ours = fast_timestamp(_never)(text)
        assert ours == SLOW(text)
        assert ours.utcoffset() == SLOW(text).utcoffset()


def _never(value: object) -> datetime:
    raise AssertionError(f"{value!r} was left to botocore")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T10:00:00+02:00",
        "2026-11-23",
        "20261123T100000Z",
        "1764000000",
        1764000000,
        1764000000.5,
        "Monday, 23-Nov-26 10:00:00 GMT",
        "Mon, 23 Xyz 2026 10:00:00 GMT",
        "2026-13-45T99:00:00Z",
        "never",
        "",
    ],
)
def test_other_forms_of_a_time_are_left_to_botocore(text: Any) -> None:
    asked: list[Any] = []

    def slow(value: Any) -> datetime:
        asked.append(value)
        return datetime(2000, 1, 1, tzinfo=timezone.utc)

    assert fast_timestamp(slow)(text).year == 2000
    assert asked == [text]
