"""Message attributes: Python values to SNS's form of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias, Union

from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import (
    MAX_ATTRIBUTE_NAME_CHARACTERS,
    MAX_NUMBER_DIGITS,
    MAX_NUMBER_EXPONENT,
    MIN_NUMBER_EXPONENT,
)

AttributeValue: TypeAlias = Union[str, int, float, Decimal, bytes, "Sequence[str | float | bool | None]"]
"""What a message attribute can be: text, a number, bytes, or a list."""

Converted: TypeAlias = Mapping[str, Mapping[str, Any]]

_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_RESERVED_NAME = re.compile(r"(aws|amazon)\.", re.IGNORECASE)


def converted(attributes: Mapping[str, AttributeValue]) -> dict[str, dict[str, Any]]:
    """The attributes as Publish takes them."""
    return {_checked_name(name): _value(name, value) for name, value in attributes.items()}


def bytes_of(attributes: Converted) -> int:
    """What the attributes take of a message's size: names, types and values."""
    return sum(
        len(name) + sum(len(part.encode() if isinstance(part, str) else part) for part in value.values())
        for name, value in attributes.items()
    )


def _checked_name(name: str) -> str:
    if len(name) > MAX_ATTRIBUTE_NAME_CHARACTERS or not _NAME.fullmatch(name) or _RESERVED_NAME.match(name):
        raise InvalidRequest(
            f"attribute {name[:40]!r}: a name has 1 to {MAX_ATTRIBUTE_NAME_CHARACTERS} letters, digits, hyphens,"
            " underscores and single dots between them, and does not begin with AWS. or Amazon."
        )
    return name


def _value(name: str, value: AttributeValue) -> dict[str, Any]:
    if isinstance(value, bool):
        raise InvalidRequest(
            f"attribute {name!r} is {value}: SNS has no truth values", hint="give 'true', or a list: [True]"
        )
    if isinstance(value, str):
        made: dict[str, Any] = {"DataType": "String", "StringValue": _encodable(name, value)}
    elif isinstance(value, (int, float, Decimal)):
        made = {"DataType": "Number", "StringValue": _digits(name, value)}
    elif isinstance(value, (bytes, bytearray, memoryview)):
        made = {"DataType": "Binary", "BinaryValue": bytes(value)}
    elif isinstance(value, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance]
        made = {"DataType": "String.Array", "StringValue": _array(name, value)}
    else:
        raise InvalidRequest(
            f"attribute {name!r} is a {type(value).__name__}: it is text, a number, bytes or a list"
        )
    if not made.get("StringValue", made.get("BinaryValue")):
        raise InvalidRequest(f"attribute {name!r} is empty", hint="leave it out")
    return made


def _digits(name: str, value: float | Decimal) -> str:
    """A number in plain digits: SNS compares numbers in filters, and is not said to read exponents."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise InvalidRequest(f"attribute {name!r} is {value}: SNS takes finite numbers")
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if not digits:
        return "0"
    exponent_fits = MIN_NUMBER_EXPONENT <= number.adjusted() <= MAX_NUMBER_EXPONENT
    if len(digits) > MAX_NUMBER_DIGITS or not exponent_fits:
        raise InvalidRequest(
            f"attribute {name!r}: a number has at most {MAX_NUMBER_DIGITS} digits, and lies between"
            f" 10^{MIN_NUMBER_EXPONENT} and 10^{MAX_NUMBER_EXPONENT}",
            hint="give it as text",
        )
    return format(number, "f")


def _array(name: str, values: Sequence[object]) -> str:
    for value in values:
        if value is not None and not isinstance(value, (str, int, float)):
            raise InvalidRequest(
                f"attribute {name!r} has a {type(value).__name__} in its list: a list holds text, numbers, truth"
                " values and None"
            )
    try:
        return _encodable(name, json.dumps(list(values), ensure_ascii=False, allow_nan=False))
    except ValueError as error:
        if isinstance(error, InvalidRequest):
            raise
        raise InvalidRequest(f"attribute {name!r}: SNS takes finite numbers") from error


def _encodable(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"attribute {name!r} has half a surrogate pair in it: it is no text") from error
    return text
