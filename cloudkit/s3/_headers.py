"""What becomes a header of a request arrives as it was given, or is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from cloudkit.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrs import Attribute

# Tells one's own conditional write from another's after an answer was lost: kept with the object, of each call another.
WRITE_MARK = "cloudkit-write"


def refuse_line_breaks(name: str, value: object) -> None:
    """What becomes a header, or part of one, is of one line."""
    if isinstance(value, str) and any(sign in value for sign in "\r\n\0"):
        raise InvalidRequest(f"{name} holds a line break, which would become another header")


def check_header(name: str, value: str | None, *, hint: str | None = None) -> None:
    """What becomes a header is printable ASCII without blanks around it. None is not given.

    Args:
        name: What it is called.
        value: What it is to be.
        hint: What the same thing is called in ASCII, if it can be said so.
    """
    if value is None:
        return
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        raise InvalidRequest(f"{name} is of type {type(value).__name__}, not text", hint=f"{str(value)!r}")
    refuse_line_breaks(name, value)
    if not value.isascii() or not value.isprintable():
        raise InvalidRequest(
            f"{name} is not of printable ASCII characters, as headers are",
            hint=hint or "urllib.parse.quote or base64 makes it of any text",
        )
    if value != value.strip():
        raise InvalidRequest(f"{name} begins or ends with blanks, which would not arrive")


# The name of the file in a content disposition.
_FILE_NAME = re.compile(r'filename="?([^";]*)"?')


def disposition_hint(value: object) -> str | None:
    """How a content disposition names a file whose name is not ASCII, RFC 6266."""
    found = _FILE_NAME.search(value) if isinstance(value, str) and not value.isascii() else None
    if found is None:
        return None
    kind = "inline" if str(value).startswith("inline") else "attachment"
    return f"content_disposition={attachment(found[1], kind)!r}"


def attachment(filename: str, kind: str = "attachment") -> str:
    """A content disposition that has a browser save the file under that name, or show it ("inline")."""
    plain = "".join(sign if sign.isascii() and sign not in '"\\' else "_" for sign in filename)
    named = f'{kind}; filename="{plain}"'
    return named if plain == filename else f"{named}; filename*=UTF-8''{quote(filename, safe='')}"


def one_line(_: object, attribute: Attribute[str | None], value: str | None) -> None:
    """`check_header` for an attribute of a class."""
    check_header(attribute.name, value)


def without_mark(metadata: Mapping[str, str]) -> dict[str, str]:
    """The caller's own metadata."""
    return {name: value for name, value in metadata.items() if name.lower() != WRITE_MARK}
