"""The content as lines: of text, and of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudkit._core.params import from_json
from cloudkit.errors import InvalidRequest
from cloudkit.s3._files.compression import packing_of
from cloudkit.s3._files.documents import json_text
from cloudkit.s3._files.opening import opened
from cloudkit.s3._options import WriteOptions

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

JSON_LINES_TYPE = "application/x-ndjson"


def lines(thing: ObjectAddress, encoding: str, errors: str, compression: str | None) -> Iterator[str]:
    """The lines without their ends."""
    with opened(
        thing, "r", {}, encoding=encoding, errors=errors, newline=None, compression=compression
    ) as file:
        for line in file:
            yield str(line).removesuffix("\n")


def json_lines(thing: ObjectAddress, wanted: type[Any] | None, compression: str | None) -> Iterator[Any]:
    """What each line says; empty ones say nothing."""
    for number, line in enumerate(lines(thing, "utf-8", "strict", compression), 1):
        if line and not line.isspace():
            yield _value(line, wanted, thing, number)


def _value(line: str, wanted: type[Any] | None, thing: ObjectAddress, number: int) -> Any:
    try:
        return from_json(line, wanted, thing)
    except InvalidRequest as error:
        error.message = f"line {number}: {error.message}"
        error.args = (error.message,)
        raise


def _line(value: object, thing: ObjectAddress, number: int) -> str:
    try:
        return json_text(value, thing) + "\n"
    except InvalidRequest as error:
        error.message = f"line {number}: {error.message}"
        error.args = (error.message,)
        raise


def _check_several(values: object, thing: ObjectAddress) -> None:
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise InvalidRequest(
            f"a {type(values).__name__} is one value, not a line each",  # pyright: ignore[reportUnknownArgumentType]
            resource=str(thing),
            hint="write_json(value); or write_json_lines([value])",
        )


def write_json_lines(
    thing: ObjectAddress, values: Iterable[object], options: WriteOptions, compression: str | None
) -> None:
    """Each value as a line."""
    _check_several(values, thing)
    if options.get("content_type") is None and packing_of(thing.key, compression) is None:
        options = {**options, "content_type": JSON_LINES_TYPE}
    with opened(
        thing, "w", options, encoding="utf-8", errors=None, newline=None, compression=compression
    ) as file:
        for number, value in enumerate(values, 1):
            file.write(_line(value, thing, number))  # type: ignore[call-overload]  # it is text
