"""Values as JSON: what JSON cannot hold is named, and refused before anything is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, time

import attrs

from cloudkit._core.resource import Resource
from cloudkit.errors import InvalidRequest

JSON_TYPE = "application/json"
_HINTS: tuple[tuple[type[object] | tuple[type[object], ...], str], ...] = (
    ((bytes, bytearray, memoryview), "bytes go by write_bytes(data), or as text: data.decode()"),
    ((date, time), "value.isoformat()"),
    ((set, frozenset), "sorted(value), or list(value)"),
)


def json_text(value: object, about: object) -> str:
    """The JSON of a value.

    Raises:
        InvalidRequest: JSON has no form for it, or for something in it.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except RecursionError as error:
        raise InvalidRequest(
            "the value holds itself, or is too deep for JSON", resource=str(about)
        ) from error
    except (TypeError, ValueError) as error:
        raise _refusal(value, about, error) from error
    return text


def _refusal(value: object, about: object, error: Exception) -> InvalidRequest:
    """Which part of the value it is."""
    for path, found, why in _wrong_parts(value, ""):
        place = f"value{path}"
        return InvalidRequest(
            f"{place} is {why}, which JSON has no form for", resource=str(about), hint=_hint(found)
        )
    return InvalidRequest(f"JSON has no form for the value: {error}", resource=str(about))


def _wrong_parts(value: object, path: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, object, str]]:
    """Where the value holds what JSON cannot, what that is, and what to call it."""
    if id(value) in above:
        yield path, value, "the same as what it is in"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield path, value, str(value)
    elif isinstance(value, str):
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            yield path, value, "text with a lone surrogate"
    elif isinstance(value, Mapping):
        yield from _of_mapping(value, path, (*above, id(value)))  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _wrong_parts(each, f"{path}[{index}]", (*above, id(value)))  # pyright: ignore[reportUnknownArgumentType]
    elif value is not None and not isinstance(value, int):
        yield path, value, f"of type {type(value).__name__}"


def _of_mapping(
    value: Mapping[object, object], path: str, above: tuple[int, ...]
) -> Iterator[tuple[str, object, str]]:
    if not isinstance(value, dict):
        yield path, value, f"of type {type(value).__name__}"
    for key, each in value.items():
        inside = f"{path}[{key!r}]"
        if key is not None and not isinstance(key, (str, int, float)):
            yield inside, key, f"under a key of type {type(key).__name__}"
        yield from _wrong_parts(each, inside, above)


def _hint(value: object) -> str | None:
    if isinstance(value, float):
        return "None, or the text of it"
    if isinstance(value, Mapping):
        return "dict(value)"
    if attrs.has(type(value)) and not isinstance(value, Resource):
        return "attrs.asdict(value)"
    if hasattr(type(value), "__dataclass_fields__"):
        return "dataclasses.asdict(value)"
    found = next((hint for kinds, hint in _HINTS if isinstance(value, kinds)), None)
    return found or "str(value), if that is what is meant"
