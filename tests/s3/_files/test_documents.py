from __future__ import annotations

import dataclasses
import enum
import json
from collections import OrderedDict
from datetime import date, datetime, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import pytest
from hypothesis import given, strategies as st

from cloudkit import Object
from cloudkit.errors import InvalidRequest
from cloudkit.s3._files.documents import json_text
from tests.faults import FaultServer


@attrs.frozen
class Point:
    x: int = 1


@dataclasses.dataclass
class Pair:
    x: int = 1


class Named(NamedTuple):
    x: int = 1


class Level(enum.IntEnum):
    LOW = 1


class Color(enum.Enum):
    RED = "red"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=10,
)


@given(_json)
def test_what_json_can_hold_comes_back(value: Any) -> None:
    assert json.loads(json_text(value, "it")) == value


def test_it_is_what_json_makes_of_it() -> None:
    value = {"a": (1, Named()), 2: Level.LOW, None: True, "o": OrderedDict(b=[])}
    assert json_text(value, "it") == json.dumps(value)


@pytest.mark.parametrize(
    ("value", "said", "hint"),
    [
        (float("nan"), "value is nan", "None"),
        ({"rows": [1, float("-inf")]}, "value['rows'][1] is -inf", "None"),
        (b"x", "value is of type bytes", "write_bytes"),
        ([bytearray(b"x")], "value[0] is of type bytearray", "write_bytes"),
        (
            {"when": datetime(2030, 1, 1, tzinfo=timezone.utc)},
            "value['when'] is of type datetime",
            "isoformat()",
        ),
        (date(2030, 1, 1), "of type date", "isoformat()"),
        ({"p": Point()}, "value['p'] is of type Point", "attrs.asdict(value)"),
        (Pair(), "of type Pair", "dataclasses.asdict(value)"),
        ({1}, "of type set", "sorted(value)"),
        (Decimal(1), "of type Decimal", "str(value)"),
        (Color.RED, "of type Color", "str(value)"),
        (MappingProxyType({}), "of type mappingproxy", "dict(value)"),
        ({(1, 2): "x"}, "value[(1, 2)] is under a key of type tuple", "str(value)"),
        ({"a": "\ud800"}, "value['a'] is text with a lone surrogate", "str(value)"),
        (Object("acme", "k"), "of type Object", "str(value)"),
    ],
)
def test_what_json_has_no_form_for(value: Any, said: str, hint: str, faults: FaultServer) -> None:
    thing = Object("acme", "k.json", cloud=faults.cloud())
    uses = (
        lambda: json_text(value, thing),
        lambda: thing.write_json(value),
        lambda: thing.write_json_lines([value]),
    )
    for use in uses:
        with pytest.raises(InvalidRequest) as caught:
            use()
        assert said in caught.value.message
        assert hint in str(caught.value.hint)
        assert caught.value.resource == "s3://acme/k.json"
    assert faults.requests == []


def test_what_holds_itself() -> None:
    loop: list[Any] = []
    loop.append({"a": loop})
    with pytest.raises(InvalidRequest, match="the same as what it is in"):
        json_text(loop, "it")
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(InvalidRequest, match="too deep"):
        json_text(deep, "it")
    while deep:  # taken apart here: the interpreter would do so by calls within calls
        deep = deep.pop()
