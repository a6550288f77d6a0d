"""What becomes a header of a request arrives as it was given, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudkit.errors import InvalidRequest

if TYPE_CHECKING:
    from attrs import Attribute


def refuse_line_breaks(name: str, value: object) -> None:
    """What becomes a header, or part of one, is of one line."""
    if isinstance(value, str) and any(sign in value for sign in "\r\n\0"):
        raise InvalidRequest(f"{name} holds a line break, which would become another header")


def check_header(name: str, value: str | None) -> None:
    """What becomes a header is printable ASCII without blanks around it. None is not given."""
    if value is None:
        return
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        raise InvalidRequest(f"{name} is of type {type(value).__name__}, not text")
    refuse_line_breaks(name, value)
    if not value.isascii() or not value.isprintable():
        raise InvalidRequest(
            f"{name} is not of printable ASCII characters, as headers are",
            hint="urllib.parse.quote or base64 makes it of any text",
        )
    if value != value.strip():
        raise InvalidRequest(f"{name} begins or ends with blanks, which would not arrive")


def one_line(_: object, attribute: Attribute[str | None], value: str | None) -> None:
    """`check_header` for an attribute of a class."""
    check_header(attribute.name, value)
