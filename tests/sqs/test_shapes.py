"""Types as JSON: every value comes back, and what is not of the type is refused with its place."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, Union
from uuid import UUID

import pytest
from attrs import define, field, frozen
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.sqs._bodies.shapes import Misfit, Number, shape_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


@frozen
class Line:
    name: str
    price: Decimal
    count: int = 1


@frozen
class Order:
    id: int
    lines: list[Line] = field(factory=list[Line])
    placed: datetime | None = None
    colour: Colour = Colour.RED
    notes: dict[str, str] = field(factory=dict[str, str])
    _secret: str = "x"
    parent: Order | None = None


@dataclasses.dataclass
class Point:
    x: float
    tags: tuple[str, ...] = ()
    pair: tuple[int, str] = (1, "a")
    seen: set[int] = dataclasses.field(default_factory=set)


def there_and_back(wanted: Any, value: Any) -> Any:
    text = json.dumps(shape_of(wanted).dump(value, "it"), allow_nan=False)
    return shape_of(wanted).load(json.loads(text, parse_float=Number), "it")


orders = st.builds(
    Order,
    st.integers(),
    st.lists(
        st.builds(Line, st.text(), st.decimals(allow_nan=False, allow_infinity=False), st.integers()),
        max_size=3,
    ),
    st.none() | st.datetimes(timezones=st.just(timezone.utc)),
    st.sampled_from(Colour),
    st.dictionaries(st.text(), st.text(), max_size=2),
    st.text(),
)


@given(st.builds(Order, st.integers(), parent=st.none() | orders) | orders)
def test_orders_come_back(order: Order) -> None:
    assert there_and_back(Order, order) == order


@given(
    st.builds(
        Point,
        st.floats(allow_nan=False, allow_infinity=False),
        st.lists(st.text()).map(tuple),
        st.tuples(st.integers(), st.text()),
        st.sets(st.integers()),
    )
)
def test_dataclasses_come_back(point: Point) -> None:
    assert there_and_back(Point, point) == point


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (date, date(2026, 11, 23)),
        (time, time(12, 30)),
        (timedelta, timedelta(days=-1, microseconds=7)),
        (UUID, UUID(int=7)),
        (bytes, b"\x00\xff"),
        (Level, Level.LOW),
        (Literal["a", 1], "a"),
        (Annotated[int, "bytes"], 3),
        (Union[int, str, None], None),  # noqa: UP007
        (int | float, 3),
        (frozenset[str], frozenset({"a"})),
        (list, [1, {"a": 2.5}]),
        (dict[str, list[int]], {"a": [1]}),
        (dict, {"a": 2.5}),
        (Any, [2.5]),
        (None, None),
    ],
)
def test_values_come_back(wanted: Any, value: Any) -> None:
    found = there_and_back(wanted, value)
    assert found == value
    assert type(found) is type(value)


def test_the_digits_of_foreign_numbers_are_kept() -> None:
    digits = "1234567890123456789.0123456789"
    found = shape_of(Line).load(json.loads(f'{{"name": "x", "price": {digits}}}', parse_float=Number), "it")
    assert found.price == Decimal(digits)
    assert shape_of(Line).load({"name": "x", "price": 3}, "it").price == 3
    plain = shape_of(Any).load(json.loads("[1.5]", parse_float=Number), "it")
    assert type(plain[0]) is float
    assert type(shape_of(float).load(Number("1.5"), "it")) is float


def test_what_a_newer_sender_adds_is_left_out() -> None:
    assert shape_of(Line).load({"name": "x", "price": "1", "new": 1}, "it") == Line("x", Decimal(1))


@pytest.mark.parametrize(
    ("wanted", "value", "says"),
    [
        (Order, {"lines": []}, "it has no id"),
        (Order, {"id": "7"}, "it.id is str, not int"),
        (Order, {"id": True}, "it.id is bool, not int"),
        (
            Order,
            {"id": 1, "lines": [{"name": "x", "price": "x"}]},
            r"it.lines\[0\].price: 'x' makes no Decimal",
        ),
        (Order, {"id": 1, "notes": {"a": 1}}, r"it.notes\['a'\] is int, not str"),
        (Order, {"id": 1, "colour": "green"}, "it.colour: 'green' makes no Colour"),
        (Order, [], "it is list, not Order"),
        (list[int], {}, "it is dict, not list"),
        (tuple[int, str], [1], "it has 1 entries, not 2"),
        (Literal[1], True, "it is bool, not one of 1"),
        (int | None, "x", "it is str, not int; it is str, not None"),
        (bytes, "a", "makes no bytes"),
        (datetime, "yesterday", "makes no datetime"),
        (float, "1", "it is str, not float"),
    ],
)
def test_what_does_not_fit(wanted: Any, value: Any, says: str) -> None:
    with pytest.raises(Misfit, match=says):
        shape_of(wanted).load(value, "it")


@pytest.mark.parametrize(
    ("wanted", "value", "says"),
    [
        (Order, "x", "it is str, not Order"),
        (Order, Order("x"), "it.id is str, not int"),  # type: ignore[arg-type]
        (date, datetime(2026, 1, 1, tzinfo=timezone.utc), "it is datetime, not date"),
        (list[int], "abc", "it is str, not list"),
        (dict[str, int], {1: 1}, "a key of it is int, not str"),
    ],
)
def test_what_is_not_sent(wanted: Any, value: Any, says: str) -> None:
    with pytest.raises(Misfit, match=says):
        shape_of(wanted).dump(value, "it")


class Plain:
    pass


@define
class Local:
    other: "NotThere"  # type: ignore[name-defined]  # noqa: F821, UP037


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Plain, "no type that is known"),
        (dict[int, str], "keys of JSON are text"),
        (Order | Line, "does not tell these classes apart"),
        (Local, "cannot be read"),
    ],
)
def test_types_without_a_form(wanted: Any, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        shape_of(wanted)


def test_a_class_that_checks_itself_is_asked() -> None:
    @frozen
    class Even:
        number: int = field()

        @number.validator
        def _even(self, _: object, value: int) -> None:
            if value % 2:
                raise ValueError("odd")

    assert shape_of(Even).load({"number": 2}, "it") == Even(2)
    with pytest.raises(Misfit, match="odd"):
        shape_of(Even).load({"number": 3}, "it")
