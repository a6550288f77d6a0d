"""Message attributes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.errors import InvalidRequest
from cloudkit.sns._attributes import to_wire
from cloudkit.sqs._attributes import size_of

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)


@given(TEXTS)
def test_text_stays_text(value: str) -> None:
    assert to_wire({"a": value}) == {"a": {"DataType": "String", "StringValue": value}}


@given(st.binary(min_size=1))
def test_bytes_stay_bytes(value: bytes) -> None:
    assert to_wire({"a": value}) == {"a": {"DataType": "Binary", "BinaryValue": value}}
    assert to_wire({"a": bytearray(value)}) == to_wire({"a": value})


@given(
    st.integers(-(10**37), 10**37)
    | st.floats(-1e100, 1e100, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-100)
    | st.decimals(-(10**30), 10**30, allow_nan=False, places=5)
)
def test_a_number_is_the_same_number_in_plain_digits(value: float | Decimal) -> None:
    made = to_wire({"a": value})["a"]
    assert made["DataType"] == "Number"
    assert not {"e", "E", "+"} & set(made["StringValue"])
    assert Decimal(str(made["StringValue"])) == (Decimal(repr(value)) if isinstance(value, float) else value)


@given(st.lists(TEXTS | st.integers() | st.booleans() | st.none()))
def test_a_list_is_json(values: list[Any]) -> None:
    made = to_wire({"a": values})["a"]
    assert made["DataType"] == "String.Array"
    assert json.loads(made["StringValue"]) == values


# No more digits than SNS takes.
NUMBERS = st.integers(-(10**37), 10**37)


@given(st.dictionaries(st.from_regex(r"\A[a-z_-]{1,20}\Z"), TEXTS | st.binary(min_size=1) | NUMBERS))
def test_the_size_counts_names_types_and_values(values: dict[str, Any]) -> None:
    made = to_wire(values)
    whole = b"".join(
        name.encode()
        + b"".join(part if isinstance(part, bytes) else part.encode() for part in value.values())
        for name, value in made.items()
    )
    assert size_of(made) == len(whole)


@pytest.mark.parametrize("value", ["", b"", float("nan"), float("inf"), Decimal("NaN"), [float("nan")]])
def test_what_sns_refuses(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="attribute 'a'"):
        to_wire({"a": value})


@pytest.mark.parametrize(
    "value", [True, None, {"a": 1}, {1}, object(), [b"x"], [["x"]], "\ud800", ["\ud800"]]
)
def test_what_has_no_form(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="attribute 'a'"):
        to_wire({"a": value})


@pytest.mark.parametrize(
    "value", [Decimal("1e999999999"), Decimal("1e-999999999"), 10**200, Decimal("1." + "1" * 40)]
)
def test_numbers_without_end(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="38 digits"):
        to_wire({"a": value})


@pytest.mark.parametrize("value", [0, 0.0, -0.0, Decimal("0E+999999")])
def test_nothing_is_zero(value: Any) -> None:
    assert to_wire({"a": value})["a"]["StringValue"] == "0"


@pytest.mark.parametrize(
    "name", ["", ".a", "a.", "a..b", "a b", "ä", "AWS.a", "aws.a", "Amazon.a", "a" * 257]
)
def test_names_that_sns_refuses(name: str) -> None:
    with pytest.raises(InvalidRequest, match="a name has 1 to 256"):
        to_wire({name: "x"})


@pytest.mark.parametrize("name", ["a", "a.b", "a-b_c", "awsome", "A" * 256])
def test_names_that_sns_takes(name: str) -> None:
    assert list(to_wire({name: "x"})) == [name]
