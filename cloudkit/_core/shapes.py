"""Values to their JSON form and back, by functions made once of botocore's shapes: for the usual values alone.

botocore walks through the shapes for each value. What is made here does the same to values of the expected types, and
says `Unusual` to all others: botocore then has the word, for its errors too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Convert: TypeAlias = Callable[[Any], Any]

_KNOWN_SERIALIZATION = frozenset({"name", "flattened"})
_SCALARS: Mapping[str, type[Any]] = {"string": str, "integer": int, "long": int, "boolean": bool}


class Unusual(Exception):
    """It is not what is expected here."""


def writer_of(shape: Any) -> Convert:
    """A function that makes the JSON form of a parameter, if botocore would take it.

    Raises:
        Unusual: There is something in the shape that is not known here; or, of the function, in the value.
    """
    return _make(shape, _WRITERS, ())


def reader_of(shape: Any) -> Convert:
    """A function that makes what botocore would of a piece of an answer.

    Raises:
        Unusual: As in `writer_of`.
    """
    return _make(shape, _READERS, ())


def _make(shape: Any, makers: Mapping[str, Any], above: tuple[str, ...]) -> Convert:
    kind: str = shape.type_name
    if kind in _SCALARS:
        return _scalar(shape, least=makers is _WRITERS)
    if (
        kind not in makers
        or shape.name in above
        or not shape.serialization.keys() <= _KNOWN_SERIALIZATION
        or getattr(shape, "is_document_type", False)
        or getattr(shape, "is_tagged_union", False)
    ):
        raise Unusual(f"{shape.name} is of a kind that is not known here")

    def inner_of(inner: Any) -> Convert:
        return _make(inner, makers, (*above, shape.name))

    made: Convert = makers[kind](shape, inner_of)
    return made


def _scalar(shape: Any, *, least: bool) -> Convert:
    wanted = _SCALARS[shape.type_name]
    if not shape.serialization.keys() <= _KNOWN_SERIALIZATION or (least and "min" in shape.metadata):
        raise Unusual(f"{shape.name} has rules that are not known here")

    def check(value: Any) -> Any:
        if type(value) is wanted:  # an enum, or a bool for a number, is botocore's to judge
            return value
        raise Unusual

    return check


def _list(shape: Any, make: Callable[[Any], Convert], wanted: tuple[type, ...]) -> Convert:
    inner = make(shape.member)

    def convert(value: Any) -> list[Any]:
        if type(value) in wanted:
            return [inner(each) for each in value]
        raise Unusual

    return convert


def _map(shape: Any, make: Callable[[Any], Convert]) -> Convert:
    key, inner = make(shape.key), make(shape.value)

    def convert(value: Any) -> dict[str, Any]:
        if type(value) is dict:
            return {key(name): inner(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
        raise Unusual

    return convert


# -- to JSON -------------------------------------------------------------------------------------------------------


def _write_blob(_shape: Any, _make_inner: Any) -> Convert:
    def write(value: Any) -> str:
        if type(value) is bytes:
            return base64.b64encode(value).decode("ascii")
        raise Unusual

    return write


def _write_list(shape: Any, make: Callable[[Any], Convert]) -> Convert:
    if "min" in shape.metadata:
        raise Unusual
    return _list(shape, make, (list, tuple))


def _write_structure(shape: Any, make: Callable[[Any], Convert]) -> Convert:
    members = _members(shape, make)
    required = frozenset(shape.metadata.get("required", ()))

    def write(value: Any) -> dict[str, Any]:
        if type(value) is not dict or not required <= value.keys():
            raise Unusual
        written: dict[str, Any] = {}
        for name, each in value.items():  # pyright: ignore[reportUnknownVariableType]
            known = members.get(name)  # pyright: ignore[reportUnknownArgumentType]
            if known is None:
                raise Unusual
            written[known[0]] = known[1](each)
        return written

    return write


# -- from JSON -----------------------------------------------------------------------------------------------------


def _read_blob(_shape: Any, _make_inner: Any) -> Convert:
    def read(value: Any) -> bytes:
        if type(value) is str:
            try:
                return base64.b64decode(value)
            except ValueError:
                pass
        raise Unusual

    return read


def _read_list(shape: Any, make: Callable[[Any], Convert]) -> Convert:
    return _list(shape, make, (list,))


def _read_structure(shape: Any, make: Callable[[Any], Convert]) -> Convert:
    members = [(name, wire, inner) for name, (wire, inner) in _members(shape, make).items()]

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Unusual
        # What the model does not know is left out, and so is what is null.
        return {
            name: inner(found)
            for name, wire, inner in members
            if (found := value.get(wire)) is not None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        }

    return read


def _members(shape: Any, make: Callable[[Any], Convert]) -> dict[str, tuple[str, Convert]]:
    return {
        name: (member.serialization.get("name", name), make(member)) for name, member in shape.members.items()
    }


_WRITERS = {"blob": _write_blob, "list": _write_list, "map": _map, "structure": _write_structure}
_READERS = {"blob": _read_blob, "list": _read_list, "map": _map, "structure": _read_structure}
