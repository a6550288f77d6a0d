"""What a setting is given as: what is not meant for it is refused, and never taken for something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from cloudkit.errors import InvalidRequest

T = TypeVar("T")


def switch(name: str, given: object) -> bool:
    """True or False. A text such as "off" would be true by Python's rules, and so would any number but 0."""
    if not isinstance(given, bool):
        raise InvalidRequest(f"{name}={given!r}: it is True or False")
    return given


def is_name(given: object) -> bool:
    """Whether it is text, with something in it."""
    return isinstance(given, str) and bool(given)


def several(name: str, given: Iterable[T], hint: str) -> list[T]:
    """What a collection holds. A text and a mapping can be iterated too, but into signs and keys."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(f"{name}={given!r}: it is a list", hint=hint)
    return list(given)


def refused(name: str, given: object, wanted: str, hint: str) -> InvalidRequest:
    """The error for what a setting cannot be."""
    return InvalidRequest(f"{name}={given!r}: it is {wanted}", hint=hint)
