from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.sqs import Queue
from cloudkit.sqs._attributes import digest, from_wire, size_of, to_wire
from tests.conftest import Rig

NAMES = st.from_regex(r"\A(?!aws\.|amazon\.)[a-zA-Z0-9_-]{1,20}(\.[a-z0-9]{1,5})?\Z")
TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
    ),
    min_size=1,
)
INTEGERS = st.integers(-(10**38) + 1, 10**38 - 1)
DECIMALS = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**27), 10**27),
    st.integers(-40, 40),
)
FLOATS = st.floats(-1e100, 1e100).filter(lambda value: value == 0 or abs(value) > 1e-100)
VALUES: st.SearchStrategy[Any] = st.one_of(TEXTS, INTEGERS, DECIMALS, FLOATS, st.binary(min_size=1))


@given(st.dictionaries(NAMES, VALUES, max_size=10))
def test_what_is_sent_comes_back(attributes: dict[str, Any]) -> None:
    back = from_wire(to_wire(attributes))
    assert back.keys() == attributes.keys()
    for name, value in attributes.items():
        expected = Decimal(repr(value)) if isinstance(value, float) else value
        assert back[name] == expected
        if isinstance(expected, Decimal) and expected != expected.to_integral_value():
            assert isinstance(back[name], Decimal)
        if isinstance(expected, (int, str, bytes)):
            assert type(back[name]) is type(expected)


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        ("x", {"DataType": "String", "StringValue": "x"}),
        (7, {"DataType": "Number", "StringValue": "7"}),
        (-7, {"DataType": "Number", "StringValue": "-7"}),
        (0.1, {"DataType": "Number", "StringValue": "0.1"}),
        (1e-7, {"DataType": "Number", "StringValue": "0.0000001"}),
        (-0.0, {"DataType": "Number", "StringValue": "0"}),
        (Decimal("1.50"), {"DataType": "Number", "StringValue": "1.50"}),
        (b"\0", {"DataType": "Binary", "BinaryValue": b"\0"}),
    ],
)
def test_the_wire_form(value: Any, wire: dict[str, Any]) -> None:
    assert to_wire({"a": value}) == {"a": wire}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "empty"),
        (b"", "empty"),
        ("a\0b", r"U\+0000 at 1"),
        ("\ufffe", r"U\+FFFE"),
        ("\ud800", r"U\+D800"),
        (True, "of type bool"),
        (None, "of type NoneType"),
        ([1], "of type list"),
        (float("nan"), "no such number"),
        (float("inf"), "no such number"),
        (Decimal("-Infinity"), "no such number"),
        (10**38 + 1, "38 digits"),
        (Decimal("1E+127"), "38 digits"),
        (Decimal("1E-129"), "38 digits"),
    ],
)
def test_refused_values(value: Any, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        to_wire({"a": value})


@pytest.mark.parametrize(
    "name", ["", ".a", "a.", "a..b", "a b", "é", "x" * 257, "AWS.x", "amazon.x", "aws.Trace"]
)
def test_refused_names(name: str) -> None:
    with pytest.raises(InvalidRequest, match="attribute name"):
        to_wire({name: "x"})


def test_ten_at_most() -> None:
    assert len(to_wire({f"a{number}": number for number in range(10)})) == 10
    with pytest.raises(InvalidRequest, match="11 attributes"):
        to_wire({f"a{number}": number for number in range(11)})


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ({"DataType": "Number.int", "StringValue": "7"}, 7),
        ({"DataType": "Number", "StringValue": "7.0"}, 7),
        ({"DataType": "Number", "StringValue": "1.5e3"}, 1500),
        ({"DataType": "Number", "StringValue": "7.25"}, Decimal("7.25")),
        ({"DataType": "Number", "StringValue": "seven"}, "seven"),
        ({"DataType": "Number", "StringValue": "NaN"}, "NaN"),
        ({"DataType": "Number", "StringValue": "1e999999999999999999999"}, "1e999999999999999999999"),
        ({"DataType": "String.json", "StringValue": "7"}, "7"),
        ({"DataType": "Binary.png", "BinaryValue": b"x"}, b"x"),
        ({"DataType": "Later", "StringValue": "x"}, "x"),
    ],
)
def test_what_others_send(wire: dict[str, Any], value: Any) -> None:
    back = from_wire({"a": wire})["a"]
    assert back == value
    assert type(back) is type(value)


def test_a_huge_exponent_makes_no_huge_integer() -> None:
    back = from_wire({"a": {"DataType": "Number", "StringValue": "1e99999999"}})["a"]
    assert isinstance(back, Decimal)


def test_size_counts_names_types_and_values() -> None:
    assert size_of(to_wire({"né".replace("é", "e"): "é", "b": b"123"})) == 2 + 6 + 2 + 1 + 6 + 3
    assert size_of({}) == 0


@given(
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
)
def test_the_digest_tells_attributes_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = to_wire(one), to_wire(other)
    assert (digest(first) == digest(second)) == (first == second)
    assert digest(first) == digest(dict(reversed(first.items())))


def test_the_digest_is_the_one_of_the_server(rig: Rig) -> None:
    # Sending and receiving compare it with the server's own: a wrong one raises.
    queue = Queue.create(rig.name())
    given: dict[str, Any] = {
        "text": "é",
        "number": Decimal("1.5"),
        "whole": 3,
        "bytes": b"\0\xff",
        "Z.z": "last",
    }
    queue.send("x", attributes=given)
    [message] = queue.receive(1, wait=0)
    assert message.attributes == given
    assert message.raw["MD5OfMessageAttributes"] == digest(to_wire(given))
