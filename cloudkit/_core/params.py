"""Python values to AWS's form of them, and back. Checks that save a request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, Duration, TagMap


def compact(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were given: None means not given."""
    return {name: value for name, value in params.items() if value is not None}


def merge_raw(params: Mapping[str, Any], raw: Mapping[str, Any] | None) -> dict[str, Any]:
    """Our parameters and the caller's raw `aws={...}`; a name in both is an error, not a guess."""
    if not raw:
        return dict(params)
    clash = sorted(params.keys() & raw.keys())
    if clash:
        raise InvalidRequest(
            f"aws={{...}} gives {', '.join(clash)}, which cloudkit sets itself",
            hint="use the named argument, or leave it out of aws={...}",
        )
    return {**params, **raw}


def dig(data: Any, path: str) -> Any:
    """The value at `"Path.In.Answer"`, or None where a step is missing."""
    for step in path.split("."):
        if not isinstance(data, Mapping):
            return None
        data = data.get(step)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return data  # pyright: ignore[reportUnknownVariableType]


def rows(answer: Mapping[str, Any], path: str) -> Iterator[Any]:
    """The rows at `"Reservations.Instances"`: lists on the way are walked, missing ones are empty."""
    if not path:
        yield answer
        return
    head, _, rest = path.partition(".")
    found = answer.get(head)
    for item in found if isinstance(found, list) else [found] if found is not None else []:  # pyright: ignore[reportUnknownVariableType]
        if rest:
            yield from rows(item, rest)  # pyright: ignore[reportUnknownArgumentType]
        else:
            yield item


def tag_list(tags: TagMap | None) -> list[dict[str, str]] | None:
    """`{"team": "x"}` as AWS's list of Key and Value; None if there are none."""
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tags else None


def tag_dict(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """AWS's list of Key and Value as a dict."""
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def filter_list(filters: Mapping[str, str | Iterable[str] | None]) -> list[dict[str, Any]] | None:
    """`{"instance-state-name": "running"}` as AWS's list of Name and Values; None if nothing is asked."""
    given = [
        {"Name": name, "Values": [value] if isinstance(value, str) else [str(each) for each in value]}
        for name, value in filters.items()
        if value is not None
    ]
    return given or None


def seconds(value: Duration) -> float:
    """A duration in seconds."""
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def whole_seconds(name: str, value: Duration | None, low: int, high: int) -> int | None:
    """A duration as whole seconds within AWS's range."""
    return None if value is None else within(name, round(seconds(value)), low, high, "seconds")


def within(name: str, value: int, low: int, high: int, unit: str) -> int:
    """The value, if AWS takes it."""
    if not low <= value <= high:
        raise InvalidRequest(f"{name}={value} {unit}: AWS takes {low} to {high} {unit}")
    return value


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """The value, if it is one of those."""
    if value not in allowed:
        raise InvalidRequest(f"{name}={value!r}: it is one of {', '.join(map(repr, allowed))}")
    return value


def as_text(name: str, value: str, low: int, high: int) -> str:
    """The text, if its length is one that AWS takes."""
    if not low <= len(value) <= high:
        raise InvalidRequest(f"{name}={value[:40]!r} has {len(value)} characters: AWS takes {low} to {high}")
    return value


def as_datetime(value: Any) -> datetime:
    """A time of AWS's, in any of its forms, as an aware datetime in UTC."""
    if isinstance(value, datetime):
        if value.tzinfo is timezone.utc:
            return value
        # Botocore reads times that are numbers as those of this machine's zone.
        return value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
    try:
        return datetime.fromtimestamp(float(value), timezone.utc)
    except ValueError:
        return as_datetime(datetime.fromisoformat(str(value).replace("Z", "+00:00")))


def as_bool(value: Any) -> bool:
    """A truth of AWS's: a bool, or the text of one."""
    return value.lower() in ("true", "enabled") if isinstance(value, str) else bool(value)


def from_json(text: str | bytes, wanted: type[Any] | None, about: object) -> Any:
    """What a JSON text says, if it is of the class wanted; what is inside of it is not checked."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"it holds no JSON: {error}", resource=str(about)) from error
    cls = getattr(wanted, "__origin__", wanted)
    if cls is not None and not isinstance(value, cls):
        raise InvalidRequest(
            f"its JSON is of type {type(value).__name__}, not {cls.__name__}", resource=str(about)
        )
    return value


def without_metadata(answer: Answer) -> Answer:
    """An answer without the part about the HTTP exchange."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
