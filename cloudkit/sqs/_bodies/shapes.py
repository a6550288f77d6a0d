"""Values of declared types as JSON, and back: what a type says is what is sent and what is received."""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Literal, TypeVar, Union, cast
from uuid import UUID

import attrs
from attrs import frozen

from cloudkit.errors import InvalidRequest

_PLAIN = (str, bool, int, float)
_UNIONS = (Union, types.UnionType)
_LISTS = {list: list, Sequence: list, tuple: tuple, set: set, frozenset: frozenset}
_TYPES_OF_LISTS = (list, tuple)
_TYPES_OF_SETS = (set, frozenset)
_SHOWN_CHARACTERS = 60


class Misfit(ValueError):
    """A value is not what its type says."""


class Number(float):
    """A number with a fraction, which remembers how it was written: a Decimal needs all of its digits."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Number:
        """The number that a text spells."""
        made = super().__new__(cls, text)
        made.text = text
        return made


@frozen
class Shape:
    """How values of one type become JSON, and are made of it. Both raise `Misfit`, with where it was found.

    Attributes:
        dump: What `json.dumps` takes, of a value; after it the place.
        load: The value, of what `json.loads` gave; after it the place.
    """

    dump: Callable[[Any, str], Any]
    load: Callable[[Any, str], Any]


@functools.cache
def shape_of(wanted: Any) -> Shape:
    """The shape of a type.

    Args:
        wanted: A class made with attrs or `dataclass`, or a type of such: lists, dicts, `X | None`, and so on.

    Raises:
        InvalidRequest: There is no JSON form that would be told from others.
    """
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is Any or wanted is object:
        return Shape(lambda value, _: value, _anything)
    if wanted is None or wanted is type(None):
        return Shape(_none, _none)
    if origin is typing.Annotated:
        return shape_of(inner[0])
    if origin in _UNIONS:
        return _union(inner)
    if origin is Literal:
        return _literal(inner)
    kind = origin or wanted
    if kind in _LISTS:
        return _list(kind, inner)
    if kind in (dict, Mapping):
        return _dict(inner)
    if isinstance(kind, type):
        found = _class(kind)
        if found is not None:
            return found
    raise InvalidRequest(
        f"{wanted!r} is no type that is known to JSON here",
        hint="attrs classes and dataclasses of text, numbers, lists, dicts, enums, datetimes and the like are; for"
        " others give body= an object with encode(value) and decode(text)",
    )


def _class(kind: type[Any]) -> Shape | None:
    if kind in _PLAIN:
        return _plain(kind)
    if issubclass(kind, Enum):
        return Shape(
            lambda value, place: _expected(kind, value, place).value,
            lambda value, place: _made(lambda: kind(value), kind, value, place),
        )
    if _is_record(kind):
        return _record(kind)
    if kind in _TEXTS:
        return _text(kind, *_TEXTS[kind])
    return None


# -- what is one value -------------------------------------------------------------------------------------------


def _anything(value: Any, place: str) -> Any:
    if isinstance(value, list):
        return [_anything(each, place) for each in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _anything(each, place) for key, each in cast("dict[str, Any]", value).items()}
    return float(value) if isinstance(value, Number) else value


def _none(value: Any, place: str) -> None:
    if value is not None:
        raise _misfit("None", value, place)


def _plain(kind: type[Any]) -> Shape:
    def checked(value: Any, place: str) -> Any:
        # A bool is an int to Python, and no number to anybody else.
        whole = kind is float and isinstance(value, int)
        if not (isinstance(value, kind) or whole) or (isinstance(value, bool) and kind is not bool):
            raise _misfit(kind.__name__, value, place)
        return kind(value) if kind is float else value

    return Shape(checked, checked)


def _text(kind: type[Any], dump: Callable[[Any], str], load: Callable[[str], Any]) -> Shape:
    def made(value: Any, place: str) -> Any:
        text = value.text if isinstance(value, Number) else value
        if isinstance(text, int) and not isinstance(text, bool) and kind is Decimal:
            text = str(text)
        if not isinstance(text, str):
            raise _misfit(kind.__name__, value, place)
        return _made(lambda: load(text), kind, value, place)

    return Shape(lambda value, place: dump(_expected(kind, value, place)), made)


def _datetime(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_TEXTS: dict[type[Any], tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    Decimal: (str, Decimal),
    datetime: (datetime.isoformat, _datetime),
    date: (date.isoformat, date.fromisoformat),
    time: (time.isoformat, time.fromisoformat),
    timedelta: (lambda value: str(_seconds(value)), lambda text: _timedelta(Decimal(text))),
    UUID: (str, UUID),
    bytes: (lambda value: base64.b64encode(value).decode(), _bytes),
}


def _seconds(value: timedelta) -> Decimal:
    return Decimal(value // timedelta(microseconds=1)) / 10**6


def _timedelta(seconds: Decimal) -> timedelta:
    return timedelta(microseconds=int(seconds * 10**6))


def _literal(values: Sequence[Any]) -> Shape:
    def checked(value: Any, place: str) -> Any:
        # By type too: True is 1, and is another thing in JSON.
        if not any(type(each) is type(value) and each == value for each in values):
            raise _misfit(f"one of {', '.join(map(repr, values))}", value, place)
        return value

    return Shape(checked, checked)


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and (attrs.has(kind) or dataclasses.is_dataclass(kind))


# -- what has parts ----------------------------------------------------------------------------------------------


def _union(members: Sequence[Any]) -> Shape:
    shapes = [shape_of(each) for each in members]
    records = [str(each.__name__) for each in members if _is_record(each)]
    if len(records) > 1:
        raise InvalidRequest(
            f"{' | '.join(records)}: JSON does not tell these classes apart",
            hint="give them a common class with an attribute that says which it is",
        )

    def first(value: Any, place: str, which: str) -> Any:
        # The most fitting one: `int | float` keeps a whole number whole, and `str | datetime` a text.
        misfits: list[str] = []
        for shape in shapes:
            try:
                return getattr(shape, which)(value, place)
            except Misfit as error:
                misfits.append(str(error))
        raise Misfit("; ".join(misfits))

    return Shape(
        lambda value, place: first(value, place, "dump"), lambda value, place: first(value, place, "load")
    )


def _list(kind: Any, inner: Sequence[Any]) -> Shape:
    make = _LISTS[kind]
    fixed = kind is tuple and inner and inner[-1] is not Ellipsis
    shapes = [shape_of(each) for each in inner if each is not Ellipsis] or [shape_of(Any)]

    def each_of(value: Sequence[Any], place: str, which: str) -> list[Any]:
        if fixed and len(value) != len(shapes):
            raise Misfit(f"{place} has {len(value)} entries, not {len(shapes)}")
        of = shapes if fixed else shapes * len(value)
        return [
            getattr(shape, which)(each, f"{place}[{index}]")
            for index, (shape, each) in enumerate(zip(of, value, strict=True))
        ]

    def dump(given: object, place: str) -> Any:
        if not isinstance(given, _TYPES_OF_SETS if make in _TYPES_OF_SETS else _TYPES_OF_LISTS):
            raise _misfit(make.__name__, given, place)
        value = cast("Iterable[Any]", given)
        # Sets in an order that is the same for the same set: what is sent twice is then told to be the same.
        made = each_of(list(value), place, "dump")
        return sorted(made, key=json.dumps) if make in _TYPES_OF_SETS else made

    def load(given: object, place: str) -> Any:
        if not isinstance(given, list):
            raise _misfit(make.__name__, given, place)
        return cast("Any", make)(each_of(given, place, "load"))  # pyright: ignore[reportUnknownArgumentType]

    return Shape(dump, load)


def _dict(inner: Sequence[Any]) -> Shape:
    if inner and inner[0] is not str and not isinstance(inner[0], TypeVar):
        raise InvalidRequest(f"dict[{inner[0].__name__}, ...]: keys of JSON are text", hint="dict[str, ...]")
    shape = shape_of(inner[1]) if inner else shape_of(Any)

    def each_of(given: object, place: str, which: str) -> Any:
        if not isinstance(given, Mapping):
            raise _misfit("dict", given, place)
        made: dict[str, Any] = {}
        for key, each in cast("Mapping[object, Any]", given).items():
            if not isinstance(key, str):
                raise _misfit("str", key, f"a key of {place}")
            made[key] = getattr(shape, which)(each, f"{place}[{key!r}]")
        return made

    return Shape(
        lambda value, place: each_of(value, place, "dump"), lambda value, place: each_of(value, place, "load")
    )


@frozen
class _Part:
    """A field of a class."""

    name: str
    argument: str
    wanted: Any
    needed: bool


def _record(kind: type[Any]) -> Shape:
    parts = _parts(kind)
    # Made when it is first needed: a class may have itself among its parts.
    shapes: dict[str, Shape] = {}

    def shape(part: _Part) -> Shape:
        return shapes.get(part.name) or shapes.setdefault(part.name, shape_of(part.wanted))

    def dump(value: Any, place: str) -> Any:
        _expected(kind, value, place)
        return {
            part.argument: shape(part).dump(getattr(value, part.name), f"{place}.{part.name}")
            for part in parts
        }

    def load(value: Any, place: str) -> Any:
        if not isinstance(value, Mapping):
            raise _misfit(kind.__name__, value, place)
        given = cast("Mapping[str, Any]", value)
        # What is not known is left out: who sends may be newer than who receives.
        made = {
            part.argument: shape(part).load(given[part.argument], f"{place}.{part.name}")
            for part in parts
            if part.argument in given
        }
        missing = [part.name for part in parts if part.needed and part.argument not in given]
        if missing:
            raise Misfit(f"{place} has no {', '.join(missing)}")
        return _made(lambda: kind(**made), kind, value, place)

    return Shape(dump, load)


def _parts(kind: type[Any]) -> Sequence[_Part]:
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise InvalidRequest(
            f"the types of {kind.__name__} cannot be read: {error}",
            hint="classes that its annotations name are to be at the top of their module",
        ) from error
    if attrs.has(kind):
        return [
            _Part(
                each.name,
                each.alias or each.name.lstrip("_"),
                hints.get(each.name, Any),
                each.default is attrs.NOTHING,
            )
            for each in attrs.fields(kind)
            if each.init
        ]
    missing = dataclasses.MISSING
    return [
        _Part(
            each.name,
            each.name,
            hints.get(each.name, Any),
            each.default is missing and each.default_factory is missing,
        )
        for each in dataclasses.fields(kind)
        if each.init
    ]


# -- what does not fit -------------------------------------------------------------------------------------------


def _expected(kind: type[Any], value: Any, place: str) -> Any:
    # A datetime is a date to Python, and is not spelled like one.
    if not isinstance(value, kind) or (kind is date and isinstance(value, datetime)):
        raise _misfit(kind.__name__, value, place)
    return value


def _made(make: Callable[[], Any], kind: type[Any], value: Any, place: str) -> Any:
    try:
        return make()
    except Misfit:
        raise
    except InvalidOperation as error:
        raise Misfit(f"{place}: {_shown(value)} makes no {kind.__name__}") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise Misfit(f"{place}: {_shown(value)} makes no {kind.__name__}: {error}") from error


def _misfit(wanted: str, value: Any, place: str) -> Misfit:
    return Misfit(f"{place} is {type(value).__name__}, not {wanted}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 3]}..."
