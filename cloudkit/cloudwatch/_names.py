"""Names that CloudWatch takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from cloudkit.cloudwatch._limits import (
    MAX_DIMENSION_VALUE_CHARACTERS,
    MAX_DIMENSIONS,
    MAX_NAME_CHARACTERS,
    MAX_NAMESPACE_CHARACTERS,
)
from cloudkit.errors import InvalidRequest

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Dimensions, sorted by name: CloudWatch gives no meaning to their order."""

# What AWS's own services publish in.
RESERVED_NAMESPACE = "AWS/"
_ARN_PARTS, _REGION_PART = 7, 3
_FIRST_PRINTABLE = 32
_ASCII_CHARACTERS = 127


def checked_namespace(namespace: str) -> str:
    """The namespace, if CloudWatch takes it."""
    _printable("namespace", namespace, MAX_NAMESPACE_CHARACTERS, ascii_only=True)
    if namespace.startswith(":"):
        raise InvalidRequest(f"namespace={namespace!r}: it does not begin with a colon")
    return namespace


def checked_own_namespace(namespace: str) -> str:
    """The namespace, if others than AWS may publish in it."""
    checked_namespace(namespace)
    if namespace.startswith(RESERVED_NAMESPACE):
        raise InvalidRequest(
            f"namespace={namespace!r}: AWS keeps {RESERVED_NAMESPACE}... for its own services",
            hint=f"{namespace.removeprefix(RESERVED_NAMESPACE) or 'App'!r}",
        )
    return namespace


def checked_metric_name(name: str) -> str:
    """The name of a metric, if CloudWatch takes it."""
    return _printable("name", name, MAX_NAME_CHARACTERS, ascii_only=True)


def checked_alarm_name(name: str) -> str:
    """The name of an alarm, if CloudWatch takes it."""
    return _printable("name", name, MAX_NAME_CHARACTERS, ascii_only=False)


def alarm_place(name: str) -> tuple[str, str | None]:
    """The name of an alarm, and its region if it was named by its ARN."""
    if not isinstance(cast("object", name), str) or not name.startswith("arn:"):
        return name, None
    parts = name.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or parts[2] != "cloudwatch" or parts[5] != "alarm":
        raise InvalidRequest(
            f"{name!r} is no ARN of an alarm", hint="arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME"
        )
    return parts[6], parts[_REGION_PART]


def checked_dimensions(dimensions: Mapping[str, str] | None) -> Pairs:
    """The dimensions as sorted pairs, if CloudWatch takes them."""
    if dimensions is None:
        return ()
    if not isinstance(cast("object", dimensions), Mapping):
        raise InvalidRequest(
            f"dimensions={dimensions!r}: they are a mapping of text to text", hint="{'Host': 'web-1'}"
        )
    if len(dimensions) > MAX_DIMENSIONS:
        raise InvalidRequest(f"{len(dimensions)} dimensions: a metric has at most {MAX_DIMENSIONS}")
    for name, value in dimensions.items():
        _printable("dimension", name, MAX_NAME_CHARACTERS, ascii_only=True)
        if name.startswith(":"):
            raise InvalidRequest(f"dimension {name!r}: it does not begin with a colon")
        _printable(f"dimension {name!r}", value, MAX_DIMENSION_VALUE_CHARACTERS, ascii_only=True)
    return tuple(sorted(dimensions.items()))


def _printable(what: str, text: str, most: int, *, ascii_only: bool) -> str:
    if not isinstance(cast("object", text), str):
        raise InvalidRequest(f"{what}={text!r}: it is a text", hint=repr(str(text)))
    if not 1 <= len(text) <= most:
        raise InvalidRequest(f"{what}={text[:40]!r} has {len(text)} characters: AWS takes 1 to {most}")
    if not text.strip():
        raise InvalidRequest(f"{what}={text!r} is nothing but space")
    bad = [each for each in text if ord(each) < _FIRST_PRINTABLE or ord(each) == _ASCII_CHARACTERS]
    if ascii_only:
        bad += [each for each in text if ord(each) > _ASCII_CHARACTERS]
    if bad:
        raise InvalidRequest(
            f"{what}={text[:40]!r} has the character {bad[0]!r}: AWS takes "
            + ("ASCII without control characters" if ascii_only else "no control characters")
        )
    return text
