from __future__ import annotations

import pytest

from cloudkit import InvalidRequest
from cloudkit.cloudwatch import Statistic, Unit
from cloudkit.cloudwatch.statistic import checked_statistic, is_extended
from cloudkit.cloudwatch.unit import checked_unit, short


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("average", "Average"),
        ("Average", "Average"),
        (Statistic.SUM, "Sum"),
        ("max", "Maximum"),
        ("sample_count", "SampleCount"),
        ("median", "p50"),
        ("p99", "p99"),
        ("p99.9", "p99.9"),
        ("p100", "p100"),
        ("tm90", "tm90"),
        ("TM(10%:90%)", "TM(10%:90%)"),
        ("TM(:90%)", "TM(:90%)"),
        ("PR(:300)", "PR(:300)"),
        ("PR(100:2000)", "PR(100:2000)"),
        ("IQM", "IQM"),
    ],
)
def test_statistics(said: str, meant: str) -> None:
    assert checked_statistic(said) == meant


@pytest.mark.parametrize("said", ["", "p", "p101", "p-1", "99", "avrage", "TM(90%)", "PR(1%:2%)", "P99"])
def test_what_is_no_statistic(said: str) -> None:
    with pytest.raises(InvalidRequest, match="statistic="):
        checked_statistic(said)


def test_five_are_plain() -> None:
    assert [is_extended(each) for each in ("Average", "SampleCount", "p99", "IQM")] == [
        False,
        False,
        True,
        True,
    ]


def test_units() -> None:
    assert checked_unit("Bytes") is Unit.BYTES
    assert checked_unit(Unit.NONE) is Unit.NONE
    with pytest.raises(InvalidRequest) as caught:
        checked_unit("bytes")
    assert "'Bytes'" in str(caught.value.hint)
    with pytest.raises(InvalidRequest) as caught:
        checked_unit("x")
    assert "Kilobytes/Second" in str(caught.value.hint)
    assert (short(None), short(Unit.PERCENT), short(Unit.TERABITS)) == ("", "%", "Terabits")
