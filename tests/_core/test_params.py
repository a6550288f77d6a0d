from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit._core import params
from cloudkit.errors import InvalidRequest

texts = st.text("aZ9 ä\n日", max_size=8)
names = st.text("abcdef", min_size=1, max_size=3)
given_params = st.dictionaries(names, st.one_of(st.none(), st.integers(), texts), max_size=6)


@given(given_params)
@settings(deadline=None)
def test_none_means_not_given(values: dict[str, Any]) -> None:
    left = params.compact(values)
    assert left == {name: value for name, value in values.items() if value is not None}
    assert params.compact({"a": 0, "b": "", "c": False, "d": []}) == {"a": 0, "b": "", "c": False, "d": []}


@given(given_params, given_params)
@settings(deadline=None)
def test_raw_parameters_are_added_or_refused(ours: dict[str, Any], raw: dict[str, Any]) -> None:
    if set(ours) & set(raw):
        with pytest.raises(InvalidRequest, match=sorted(set(ours) & set(raw))[0]):
            params.merge_raw(ours, raw)
    else:
        merged = params.merge_raw(ours, raw)
        assert merged == {**ours, **raw}
        assert merged is not ours
    assert params.merge_raw(ours, None) == ours


def test_digging() -> None:
    data = {"State": {"Name": "running"}, "Empty": None, "List": [1]}
    assert params.dig(data, "State.Name") == "running"
    assert params.dig(data, "State") == {"Name": "running"}
    for path in ("Nothing", "State.Nothing", "Empty.Name", "State.Name.More", "List.0"):
        assert params.dig(data, path) is None


def test_rows_walk_lists() -> None:
    answer = {"Reservations": [{"Instances": [{"Id": 1}, {"Id": 2}]}, {"Instances": [{"Id": 3}]}, {}]}
    assert [row["Id"] for row in params.rows(answer, "Reservations.Instances")] == [1, 2, 3]
    assert list(params.rows(answer, "Nothing.Here")) == []
    assert list(params.rows({"One": {"Two": "x"}}, "One.Two")) == ["x"]
    assert list(params.rows({"One": None}, "One")) == []
    assert list(params.rows({"One": ["", 0]}, "One")) == ["", 0]


@given(st.dictionaries(texts, texts, max_size=5))
@settings(deadline=None)
def test_tags_there_and_back(tags: dict[str, str]) -> None:
    assert params.tag_dict(params.tag_list(tags)) == tags
    assert params.tag_list({}) is None
    assert params.tag_dict(None) == {}


def test_filters() -> None:
    assert params.filter_list({"a": "x", "b": ["y", "z"], "c": None, "d": (each for each in ("u", "v"))}) == [
        {"Name": "a", "Values": ["x"]},
        {"Name": "b", "Values": ["y", "z"]},
        {"Name": "d", "Values": ["u", "v"]},
    ]
    assert params.filter_list({"c": None}) is None


def test_durations() -> None:
    assert params.seconds(90) == params.seconds(timedelta(minutes=1.5)) == 90.0
    assert params.whole_seconds("delay", None, 0, 900) is None
    assert params.whole_seconds("delay", timedelta(minutes=15), 0, 900) == 900
    assert params.whole_seconds("delay", 0.6, 0, 900) == 1
    for wrong in (-1, 901, timedelta(hours=1)):
        with pytest.raises(InvalidRequest, match="delay=-?[0-9]+ seconds: AWS takes 0 to 900 seconds"):
            params.whole_seconds("delay", wrong, 0, 900)


def test_checks_that_save_a_request() -> None:
    assert params.within("size", 5, 5, 5, "bytes") == 5
    assert params.one_of("mode", "a", ["a", "b"]) == "a"
    with pytest.raises(InvalidRequest, match="mode='c': it is one of 'a', 'b'"):
        params.one_of("mode", "c", ["a", "b"])
    assert params.as_text("name", "abc", 3, 3) == "abc"
    for wrong in ("ab", "abcd", "x" * 500):
        with pytest.raises(InvalidRequest, match=f"{len(wrong)} characters: AWS takes 3 to 3") as caught:
            params.as_text("name", wrong, 3, 3)
        assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - AWS's UTC, without saying so
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T04:04:05+01:00",
        "2026-01-02T03:04:05",
        1767323045,
        "1767323045",
        1767323045.0,
    ],
)
def test_times_in_all_of_aws_s_forms(value: Any) -> None:
    found = params.as_datetime(value)
    assert found == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assert found.tzinfo is not None


def test_truths() -> None:
    assert [params.as_bool(value) for value in (True, "true", "True", "Enabled", 1)] == [True] * 5
    assert [params.as_bool(value) for value in (False, "false", "Disabled", "", 0)] == [False] * 5


def test_the_http_part_is_left_out() -> None:
    assert params.without_metadata({"A": 1, "ResponseMetadata": {}}) == {"A": 1}


def test_a_time_is_in_utc_whatever_zone_it_was_read_in() -> None:
    there = timezone(timedelta(hours=-3))
    moment = datetime(2026, 1, 2, 9, 30, tzinfo=there)
    for said in (
        moment,
        moment.timestamp(),
        str(moment.timestamp()),
        moment.isoformat(),
        "2026-01-02T12:30:00Z",
    ):
        found = params.as_datetime(said)
        assert (found, found.utcoffset()) == (moment, timedelta(0))
