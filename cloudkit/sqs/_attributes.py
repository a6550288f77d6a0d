"""Message attributes of SQS and SNS: a plain dict here, typed values on the wire."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NoReturn, TypeAlias, cast

from cloudkit.errors import InvalidRequest
from cloudkit.sqs._limits import (
    MAX_ATTRIBUTE_NAME_CHARACTERS,
    MAX_NUMBER_DIGITS,
    MAX_NUMBER_EXPONENT,
    MIN_NUMBER_EXPONENT,
)
from cloudkit.sqs._rules import QUEUES, Rules
from cloudkit.types import Json

AttributeValue: TypeAlias = str | int | float | Decimal | bytes
"""What a message attribute can hold. Received, a number is an int if it is whole, and else a Decimal."""

WireValue: TypeAlias = dict[str, str | bytes]

_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_RESERVED = ("aws.", "amazon.")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TEXT_MARK = b"\x01"
_BYTES_MARK = b"\x02"
_LENGTH_BYTES = 4
_ARRAY = "String.Array"
_SHOWN_CHARACTERS = 40


def _no_other(_name: str, _value: object) -> WireValue | None:
    return None


def to_wire(
    attributes: Mapping[str, object] | None,
    rules: Rules = QUEUES,
    other: Callable[[str, object], WireValue | None] = _no_other,
) -> dict[str, WireValue]:
    """Attributes in AWS's form.

    Args:
        attributes: Names and values.
        rules: Those of the service that they are for.
        other: Makes the form of a value that is neither text nor a number nor bytes; None if it has none.

    Raises:
        InvalidRequest: The service would refuse them.
    """
    if not attributes:
        return {}
    if rules.max_attributes is not None and len(attributes) > rules.max_attributes:
        raise InvalidRequest(
            f"{len(attributes)} attributes: a message has at most {rules.max_attributes}",
            hint="put the rest into the body",
        )
    return {
        _checked_name(name): _to_wire(name, value, rules)
        or other(name, value)
        or _no_form(name, value, rules)
        for name, value in attributes.items()
    }


def _checked_name(name: str) -> str:
    if (
        len(name) > MAX_ATTRIBUTE_NAME_CHARACTERS
        or not _NAME.fullmatch(name)
        or name.lower().startswith(_RESERVED)
    ):
        raise InvalidRequest(
            f"attribute name {name[:_SHOWN_CHARACTERS]!r}: a name has 1 to {MAX_ATTRIBUTE_NAME_CHARACTERS} letters,"
            " digits, underscores, hyphens and single dots between them, and does not begin with AWS. or Amazon."
        )
    return name


def _to_wire(name: str, value: object, rules: Rules) -> WireValue | None:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": rules.checked_text(f"attribute {name!r}", value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        if not value:
            raise InvalidRequest(f"attribute {name!r} is empty", hint="leave it out")
        return {"DataType": "Binary", "BinaryValue": bytes(cast("bytes", value))}
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return {"DataType": "Number", "StringValue": _number_text(name, value, rules)}
    return None


def _no_form(name: str, value: object, rules: Rules) -> WireValue:
    raise InvalidRequest(
        f"attribute {name!r} is of type {type(value).__name__}: it is {rules.attribute_kinds}",
        hint="str(value), or put it into the body",
    )


def _number_text(name: str, value: float | Decimal, rules: Rules) -> str:
    """A number in plain digits: SNS compares numbers in filters, and is not said to read exponents."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise InvalidRequest(f"attribute {name!r} is {value}: {rules.label} has no such number")
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if not digits:
        return "0"
    if len(digits) > MAX_NUMBER_DIGITS or not MIN_NUMBER_EXPONENT <= number.adjusted() <= MAX_NUMBER_EXPONENT:
        raise InvalidRequest(
            f"attribute {name!r}: a number has at most {MAX_NUMBER_DIGITS} digits, and lies between"
            f" 10^{MIN_NUMBER_EXPONENT} and 10^{MAX_NUMBER_EXPONENT}",
            hint="send it as text",
        )
    return format(number, "f")


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


def from_text(kind: str, text: str) -> AttributeValue | list[Json]:
    """The plain value of an attribute as SNS writes it into its JSON: text of a kind.

    Raises:
        ValueError: It is none of that kind.
    """
    if kind == _ARRAY:
        found: object = json.loads(text, parse_constant=_no_constant)
        if not isinstance(found, list):
            raise ValueError("it is no list")
        return cast("list[Json]", found)
    if kind.partition(".")[0] == "Binary":
        return base64.b64decode(text, validate=True)
    return _from_wire({"DataType": kind, "StringValue": text})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


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
