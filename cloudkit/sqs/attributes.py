"""Message attributes: a plain dict here, typed values on the wire."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from cloudkit.errors import InvalidRequest
from cloudkit.sqs._limits import (
    MAX_ATTRIBUTE_NAME_CHARACTERS,
    MAX_ATTRIBUTES,
    MAX_NUMBER_DIGITS,
    MAX_NUMBER_EXPONENT,
    MIN_NUMBER_EXPONENT,
)

AttributeValue: TypeAlias = str | int | float | Decimal | bytes
"""What a message attribute can hold. Received, a number is an int if it is whole, and else a Decimal."""

WireValue: TypeAlias = dict[str, str | bytes]

_NAME = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]+(?<!\.)")
_RESERVED = ("aws.", "amazon.")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TEXT_MARK = b"\x01"
_BYTES_MARK = b"\x02"
_LENGTH_BYTES = 4


def to_wire(attributes: Mapping[str, AttributeValue] | None) -> dict[str, WireValue]:
    """Attributes in AWS's form.

    Args:
        attributes: Names and values.

    Raises:
        InvalidRequest: SQS would refuse them.
    """
    if not attributes:
        return {}
    if len(attributes) > MAX_ATTRIBUTES:
        raise InvalidRequest(
            f"{len(attributes)} attributes: a message has at most {MAX_ATTRIBUTES}",
            hint="put the rest into the body",
        )
    return {_checked_name(name): _to_wire(name, value) for name, value in attributes.items()}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > MAX_ATTRIBUTE_NAME_CHARACTERS:
        raise InvalidRequest(
            f"attribute name {name[:40]!r}: it has 1 to {MAX_ATTRIBUTE_NAME_CHARACTERS} letters, digits, underscores,"
            " hyphens and single dots inside"
        )
    if name.lower().startswith(_RESERVED):
        raise InvalidRequest(f"attribute name {name!r}: AWS keeps AWS. and Amazon. for itself")
    return name


def _to_wire(name: str, value: object) -> WireValue:
    if isinstance(value, str):
        checked_text(f"attribute {name!r}", value)
        return {"DataType": "String", "StringValue": value}
    if isinstance(value, bytes):
        if not value:
            raise InvalidRequest(f"attribute {name!r} is empty", hint="leave it out")
        return {"DataType": "Binary", "BinaryValue": value}
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return {"DataType": "Number", "StringValue": _number_text(name, value)}
    raise InvalidRequest(
        f"attribute {name!r} is of type {type(value).__name__}: it is text, a number or bytes",
        hint="str(value), or put it into the body",
    )


def _number_text(name: str, value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise InvalidRequest(f"attribute {name!r} is {value}: SQS has no such number")
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > MAX_NUMBER_DIGITS or (
        digits and not MIN_NUMBER_EXPONENT <= number.adjusted() <= MAX_NUMBER_EXPONENT
    ):
        raise InvalidRequest(
            f"attribute {name!r}: a number has at most {MAX_NUMBER_DIGITS} digits, and lies between"
            f" 10^{MIN_NUMBER_EXPONENT} and 10^{MAX_NUMBER_EXPONENT}",
            hint="send it as text",
        )
    return format(number, "f") if digits else "0"


def checked_text(what: str, text: str) -> str:
    """The text, if SQS takes its characters.

    Args:
        what: What it is, for the error.
        text: The text.

    Raises:
        InvalidRequest: It is empty, or has a character that SQS refuses.
    """
    if not text:
        raise InvalidRequest(f"{what} is empty: SQS takes at least one character")
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise InvalidRequest(
            f"{what} has the character U+{ord(found[0]):04X} at {found.start()}, which SQS refuses",
            hint="send it within JSON (a dict or a list), which spells it out",
        )
    return text


def is_allowed(text: str) -> bool:
    """Whether SQS takes all characters of the text."""
    return _FORBIDDEN.search(text) is None


def from_wire(attributes: Mapping[str, Mapping[str, str | bytes]]) -> dict[str, AttributeValue]:
    """Attributes of AWS's form as plain values; one of a kind not known here stays what it is, text or bytes."""
    return {name: _from_wire(value) for name, value in attributes.items()}


def _from_wire(value: Mapping[str, str | bytes]) -> AttributeValue:
    if "StringValue" not in value:
        return value.get("BinaryValue", b"")
    text = str(value["StringValue"])
    # Senders may add a kind of their own: "Number.int", "String.json".
    kind = str(value.get("DataType", "")).partition(".")[0]
    return _number(text) if kind == "Number" else text


def _number(text: str) -> AttributeValue:
    if not _NUMBER.fullmatch(text):
        return text
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text
    # A foreign "1e999999999" must not become a gigabyte of digits.
    small = number.adjusted() <= MAX_NUMBER_EXPONENT
    return int(number) if small and number == number.to_integral_value() else number


def size_of(attributes: Mapping[str, WireValue]) -> int:
    """Bytes that attributes take of a message's size: names, types and values."""
    return sum(
        len(name.encode()) + sum(len(_as_bytes(part)) for part in value.values())
        for name, value in attributes.items()
    )


def digest(attributes: Mapping[str, Mapping[str, str | bytes]]) -> str:
    """The MD5 that SQS computes of message attributes (developer guide, "Calculating the MD5 message digest")."""
    known = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        text = "StringValue" in value
        for part in (name, value.get("DataType", "")):
            known.update(_framed(_as_bytes(part)))
        known.update(_TEXT_MARK if text else _BYTES_MARK)
        known.update(_framed(_as_bytes(value["StringValue"] if text else value.get("BinaryValue", b""))))
    return known.hexdigest()


def _framed(part: bytes) -> bytes:
    return len(part).to_bytes(_LENGTH_BYTES, "big") + part


def _as_bytes(part: str | bytes) -> bytes:
    return part.encode() if isinstance(part, str) else part
