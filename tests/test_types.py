from __future__ import annotations

import copy
import io
import json
import pickle
import time

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit import Bucket, Cloud
from cloudkit.types import HasArn, OpenEnum, Progress, Readable, SystemClock, Writable


class Colour(OpenEnum):
    RED = "red"
    GREEN = "green"


# -- enums that take what AWS invents later ----------------------------------------------------------------------


def test_known_values() -> None:
    assert Colour("red") is Colour.RED
    assert Colour.RED == "red"
    assert Colour.RED.value == "red"
    assert str(Colour.RED) == f"{Colour.RED}" == "red"
    assert list(Colour.known()) == [Colour.RED, Colour.GREEN]
    assert {Colour.RED: 1}["red"] == 1  # type: ignore[index]


def test_unknown_values_are_values_too() -> None:
    mauve = Colour("mauve")
    assert isinstance(mauve, Colour)
    assert mauve == "mauve" == mauve.value == str(mauve) == mauve.name
    assert mauve != Colour.RED
    assert mauve == Colour("mauve")
    assert hash(mauve) == hash("mauve")
    assert len(Colour.known()) == 2
    assert mauve in ("red", "mauve")
    assert "mauve" in repr(mauve)


@given(st.sampled_from(["red", "mauve", ""]))
@settings(deadline=None)
def test_they_travel(text: str) -> None:
    value = Colour(text)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        found = pickle.loads(pickle.dumps(value, protocol))
        assert type(found) is Colour
        assert found == value
    assert copy.deepcopy(value) == value
    assert json.dumps({"colour": value}) == json.dumps({"colour": text})


def test_what_is_no_text_is_no_value() -> None:
    for wrong in (None, 5, b"red"):
        with pytest.raises(ValueError):
            Colour(wrong)


def test_they_compare_with_text_alone() -> None:
    assert Colour.RED != 5
    assert (Colour.RED == 5) is False
    assert Colour.RED != "green"
    assert not Colour.RED != "red"  # noqa: SIM202 - `!=` is what is tested


# -- progress ----------------------------------------------------------------------------------------------------


def test_progress() -> None:
    assert Progress(5).fraction is None
    assert Progress(5, 10).fraction == 0.5
    assert Progress(0, 0).fraction == 1.0
    assert Progress(11, 10).fraction == 1.0
    assert Progress(1, 2) == Progress(1, 2)
    with pytest.raises(AttributeError):
        Progress(1).done = 2  # type: ignore[misc]


# -- protocols ---------------------------------------------------------------------------------------------------


def test_protocols() -> None:
    assert isinstance(Bucket("acme", cloud=Cloud(region="us-east-1")), HasArn)
    assert not isinstance("arn:aws:s3:::acme", HasArn)
    assert isinstance(io.BytesIO(), Readable)
    assert isinstance(io.BytesIO(), Writable)
    assert not isinstance("path", Readable)


# -- the clock ---------------------------------------------------------------------------------------------------


def test_the_machine_s_clock() -> None:
    clock = SystemClock()
    before = clock.now()
    begun = time.monotonic()
    clock.sleep(0.02)
    assert clock.now() - before >= 0.015
    assert time.monotonic() - begun < 1


@given(st.floats(0, 100))
@settings(deadline=None)
def test_jitter_is_half_to_all_of_it(seconds: float) -> None:
    assert seconds / 2 <= SystemClock().jitter(seconds) <= seconds
