"""What a caller gives: numbers, times, texts and lists, told apart from what Python would take for them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from difflib import get_close_matches
from typing import TypeVar

from cloudkit.errors import InvalidRequest
from cloudkit.s3._limits import MAX_PRESIGN_SECONDS
from cloudkit.types import Duration

T = TypeVar("T")

_LIKE = 0.75  # how alike a word has to be to one that S3 knows, to be taken for a slip
_NOW = "datetime.now(timezone.utc)"


def whole(name: str, given: object, least: int = 0) -> int:
    """A whole number, no less than that. True would be a 1 by Python's rules, and is none here."""
    if not isinstance(given, int) or isinstance(given, bool):
        raise InvalidRequest(f"{name}={given!r}: it is a whole number")
    if given < least:
        raise InvalidRequest(f"{name}={given}: it is {least} or more")
    return given


def is_text(given: object) -> bool:
    """Whether it is text, and not empty."""
    return isinstance(given, str) and given != ""


def switch(name: str, given: object) -> bool:
    """True or False. A text such as "off" would be true by Python's rules, and so would any number but 0."""
    if not isinstance(given, bool):
        raise InvalidRequest(f"{name}={given!r}: it is True or False")
    return given


def several(name: str, given: Iterable[T], hint: str) -> list[T]:
    """What a collection holds. A text and a mapping can be iterated too, but into signs and keys."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(f"{name}={given!r}: it is a list", hint=hint)
    return list(given)


def refused(name: str, given: object, wanted: str, hint: str) -> InvalidRequest:
    """The error for what a setting cannot be."""
    return InvalidRequest(f"{name}={given!r}: it is {wanted}", hint=hint)


def lasting(name: str, given: object, *, also: str | None = None) -> float:
    """A time span in seconds, of a number of them or a `timedelta`.

    Args:
        name: What the argument is called.
        given: What it is.
        also: What else it could have been.
    """
    if isinstance(given, timedelta):
        return given.total_seconds()
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        more = "" if also is None else f", or {also}"
        raise InvalidRequest(f"{name}={given!r}: it is a number of seconds, or a timedelta{more}")
    if not math.isfinite(given):
        raise InvalidRequest(f"{name}={given}: it has an end")
    return float(given)


def moment(name: str, given: object, sign: str = "+") -> datetime:
    """A moment: a datetime that says which zone it is of; `sign` tells whether it is to come ("+") or has been."""
    if isinstance(given, datetime):
        if given.utcoffset() is None:
            raise InvalidRequest(
                f"{name}={given.isoformat()}: it has no time zone", hint="datetime(..., tzinfo=timezone.utc)"
            )
        return given
    hint = "datetime(2030, 1, 1, tzinfo=timezone.utc)"
    if isinstance(given, timedelta):
        hint = f"{name}={_NOW} {sign} timedelta(...)"
    elif isinstance(given, str):
        hint = f"{name}=datetime.fromisoformat(...), with its time zone"
    elif isinstance(given, date):
        hint = f"{name}=datetime({given.year}, {given.month}, {given.day}, tzinfo=timezone.utc)"
    elif isinstance(given, (int, float)) and not isinstance(given, bool):
        hint = f"{name}={_NOW} {sign} timedelta(seconds=...), or datetime.fromtimestamp(..., timezone.utc)"
    raise InvalidRequest(f"{name}={given!r}: it is a moment, a datetime with its time zone", hint=hint)


def past(name: str, given: object) -> datetime:
    """A moment that has been."""
    found = moment(name, given, "-")
    if found > datetime.now(timezone.utc):
        raise InvalidRequest(
            f"{name}={found.isoformat()} is still to come", hint=f"{name}={_NOW} is the latest moment"
        )
    return found


def lifetime(name: str, given: Duration | datetime) -> int:
    """How many whole seconds something signed is to last; a datetime is the moment when it ends."""
    if isinstance(given, datetime):
        left = (moment(name, given) - datetime.now(timezone.utc)).total_seconds()
        if left < 1:
            raise InvalidRequest(f"{name}={given.isoformat()} is over", hint=f"{_NOW} + timedelta(hours=1)")
        return _within_a_signature(name, given.isoformat(), math.floor(left))
    return _within_a_signature(name, given, round(lasting(name, given, also="the moment when it ends")))


def _within_a_signature(name: str, given: object, seconds: int) -> int:
    if 1 <= seconds <= MAX_PRESIGN_SECONDS:
        return seconds
    more = "whoever needs it for longer asks for a new one, or gets credentials"
    raise InvalidRequest(
        f"{name}={given} is {seconds} seconds: what is signed lasts 1 to {MAX_PRESIGN_SECONDS} seconds (7 days)",
        hint=more if seconds > 0 else None,
    )


def spelled_right(name: str, given: str, known: Sequence[str], parameter: str, *, open_ended: bool) -> str:
    """One of S3's words, which may be one that we do not know yet, but not one that is nearly another.

    Args:
        name: What the argument is called.
        given: What it is.
        known: S3's words.
        parameter: What boto3 calls it, under which any word can be given.
        open_ended: Whether the server may well have words of its own: then upper and lower case alone tell a slip.
    """
    if given in known:
        return given
    plain = {_plain(word): word for word in known}
    near = [plain[_plain(given)]] if _plain(given) in plain else []
    if not near and not open_ended:
        near = [plain[word] for word in get_close_matches(_plain(given), plain, cutoff=_LIKE)]
    if not near:
        return given
    raise InvalidRequest(
        f"{name}={given!r}: S3 knows {', '.join(map(repr, near))}",
        hint=f"{name}={near[0]!r}; if it is none of S3's words, aws={{{parameter!r}: {given!r}}}",
    )


def _plain(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "").replace(" ", "")


def below(prefix: str, name: str) -> str:
    """The key of that name below a prefix that ends in a slash, or is empty.

    Raises:
        InvalidRequest: The name leads elsewhere on a disk, and would not in S3.
    """
    wrong = None
    if not name:
        wrong = "is empty"
    elif name.startswith("/"):
        wrong = "begins with a slash, which leads to the root on a disk"
    elif any(part in (".", "..") for part in name.split("/")):
        wrong = "holds '.' or '..', which lead nowhere in S3"
    if wrong is None:
        return prefix + name
    raise InvalidRequest(
        f"{name!r} after a / {wrong}", hint=f"bucket[{prefix + name!r}] is the object of just that key"
    )
