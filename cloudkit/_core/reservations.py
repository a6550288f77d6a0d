"""Instances out of DescribeInstances' body, each parsed when it is first read.

Botocore takes 600 ms for 1,000 instances, of whose 60 fields a program reads three. Here an instance is a piece of the
body until somebody asks for more than its id. What is not of the usual form is left to botocore.

Loaded with the first such answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element, fromstring
from xml.parsers.expat import ExpatError, ParserCreate

from typing_extensions import override

from cloudkit._core.marks import lean
from cloudkit._core.times import fast_timestamp

Read: TypeAlias = Callable[[Element], Any]

_LIST, _LIST_END = "<reservationSet>", "</reservationSet>"
_SET, _SET_END = "<instancesSet>", "</instancesSet>"
_ITEM = "<item>"
_FIRST = re.compile(r"\s*<item>\s*(?=<)")
# Between the instances of one reservation and those of the next: what more is said of the first, and of the second.
_BETWEEN = re.compile(r"((?:\s*<(\w+)>[^<]*</\2>|\s*<\w+\s*/>)*)\s*</item>\s*(?:<item>|$)")
_SIGN = re.compile(r"</?item>")
# Nothing else in an instance is called that.
_ID = re.compile(r"<instanceId>([^<&]+)</instanceId>")
_OF_ALL = re.compile(r"<(reservationId|ownerId|requesterId)>([^<&]*)</")
_NAMES = {"reservationId": "ReservationId", "ownerId": "OwnerId", "requesterId": "RequesterId"}
# What only a parser of the whole body knows the meaning of.
_STRANGERS = (b"<!", b"<instancesSet ", b"<item ", b"<reservationSet ")


class Unusual(Exception):
    """Not of the form that is read here."""


class InstanceRow(Mapping[str, Any]):
    """An instance in an answer: AWS's row of it, with what is said of its reservation."""

    __slots__ = ("_id", "_more", "_parsed", "_read", "_text")

    def __init__(self, id: str, text: str, more: Mapping[str, str], read: Read) -> None:
        self._id = id
        self._text = text
        self._more = more
        self._read = read
        self._parsed: Mapping[str, Any] | None = None

    def _all(self) -> Mapping[str, Any]:
        parsed = self._parsed
        if parsed is None:  # several threads may do it, with the same result
            parsed = self._parsed = {**self._read(fromstring(self._text)), **self._more}  # noqa: S314 - no DTD in it
        return parsed

    @override
    def __getitem__(self, name: str) -> Any:
        return self._id if name == "InstanceId" else self._all()[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    @override
    def __len__(self) -> int:
        return len(self._all())


def read_reservations(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Take the instances out of an answer's body, for botocore's event `before-parse`."""
    body = response_dict.get("body")
    if not lean.get() or response_dict.get("status_code") != 200 or not isinstance(body, bytes):
        return
    try:
        read = _reader_of(operation_model)
        before, rows, after = _split(body, read)
    except (Unusual, ValueError, ExpatError, KeyError, AttributeError):
        return
    customized_response_dict["Reservations"] = [{"Instances": rows}]
    response_dict["body"] = f"{before}{_LIST}{_LIST_END}{after}".encode()


def _split(body: bytes, read: Read) -> tuple[str, list[InstanceRow], str]:
    """What stands before the reservations, the instances of all of them, and what follows."""
    if any(stranger in body for stranger in _STRANGERS) or body.count(b"xmlns") > 1:
        raise Unusual
    ParserCreate().Parse(body, True)  # so that what is broken is so at once, as it is with botocore
    text = body.decode()
    before, begins, inside = text.partition(_LIST)
    inside, ends, after = inside.partition(_LIST_END)
    if not (begins and ends) or _LIST in after:
        raise Unusual
    head, *parts = inside.split(_SET)
    first = _FIRST.match(head)
    if first is None or not parts:
        raise Unusual  # none, or of another form
    said = head[first.end() :]
    rows: list[InstanceRow] = []
    for index, part in enumerate(parts):
        instances, ends, rest = part.partition(_SET_END)
        between = _BETWEEN.match(rest)
        last = index == len(parts) - 1
        if not ends or between is None or last != (not rest[between.end() :].strip()):
            raise Unusual
        more = {_NAMES[name]: value for name, value in _OF_ALL.findall(said + between[1])}
        rows.extend(_rows(instances.strip(), more, read))
        said = rest[between.end() :]
    return before, rows, after


def _rows(instances: str, more: Mapping[str, str], read: Read) -> Iterator[InstanceRow]:
    depth = begin = end = 0
    for sign in _SIGN.finditer(instances):
        if sign[0] == _ITEM:
            if not depth:
                begin = sign.start()
                if instances[end:begin].strip():
                    raise Unusual
            depth += 1
            continue
        depth -= 1
        if not depth:
            end = sign.end()
            piece = instances[begin:end]
            ids: list[str] = _ID.findall(piece)
            if len(ids) != 1:
                raise Unusual
            yield InstanceRow(ids[0], piece, more, read)
    if depth or end != len(instances):
        raise Unusual


# -- botocore's shapes -------------------------------------------------------------------------------------------


_readers: dict[int, tuple[Any, Read]] = {}


def _reader_of(operation_model: Any) -> Read:
    """Reads an instance as botocore's parser would by its model. One for each model; those are few."""
    service: Any = operation_model.service_model
    known = _readers.get(id(service))
    if known is None:
        reservation: Any = operation_model.output_shape.members["Reservations"].member
        shape: Any = reservation.members["Instances"].member
        known = _readers[id(service)] = (service, _read_structure(shape, {}))
    return known[1]


def _reader(shape: Any, made: dict[str, Read]) -> Read:
    kind: str = shape.type_name
    if kind == "structure":
        return made.get(shape.name) or _read_structure(shape, made)
    if kind == "list":
        return _read_list(shape, made)
    read = _SCALARS.get(kind)
    if read is None:
        raise Unusual
    return read


def _read_structure(shape: Any, made: dict[str, Read]) -> Read:
    table: dict[str, tuple[str, Read]] = {}

    def read(node: Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for child in node:
            member = table.get(child.tag)
            if member is not None:
                name, value = member
                found[name] = value(child)
        return found

    made[shape.name] = read  # before its members, one of which may be of the same shape
    for name, member in shape.members.items():
        if member.serialization.get("flattened") or shape.is_tagged_union:
            raise Unusual
        table[member.serialization.get("name", name)] = (name, _reader(member, made))
    return read


def _read_list(shape: Any, made: dict[str, Read]) -> Read:
    each = _reader(shape.member, made)
    return lambda node: [each(child) for child in node]


def _parse_time(text: str) -> datetime:
    from botocore import parsers

    slow: Any = getattr(parsers, "DEFAULT_TIMESTAMP_PARSER")  # noqa: B009 - which has no types
    found: datetime = slow(text)
    return found


_time = fast_timestamp(_parse_time)
_SCALARS: Mapping[str, Read] = {
    "string": lambda node: node.text or "",
    "character": lambda node: node.text or "",
    "boolean": lambda node: node.text == "true",
    "integer": lambda node: int(node.text or ""),
    "long": lambda node: int(node.text or ""),
    "float": lambda node: float(node.text or ""),
    "double": lambda node: float(node.text or ""),
    "timestamp": lambda node: _time(node.text or ""),
}
