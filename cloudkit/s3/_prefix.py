"""What a user gives to say which keys: prefixes and patterns, told apart from what only looks like one."""

from __future__ import annotations

from pathlib import PurePath

from cloudkit.errors import InvalidRequest


def as_text(name: str, value: object) -> str:
    """The value, if it is text.

    Raises:
        InvalidRequest: It is a path, an object, a folder or anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, PurePath):
        hint = f"keys have '/' on every system: {name}=path.as_posix()"
    elif hasattr(value, "key"):
        hint = f"{name}=thing.key is its text"
    elif hasattr(value, "prefix"):
        hint = f"{name}=folder.prefix is its text"
    else:
        hint = f"{name}=str(...), if that is what is meant"
    raise InvalidRequest(f"{name} is text, and not {type(value).__name__}: {value!r}", hint=hint)


def without_slash(name: str, value: object) -> str:
    """The text, if it does not begin with a slash as paths do, and keys hardly ever.

    Raises:
        InvalidRequest: It does, or is no text.
    """
    text = as_text(name, value)
    if text.startswith("/"):
        raise InvalidRequest(
            f"{name}={text!r} begins with a slash, which keys do not",
            hint=f"{name}={text.lstrip('/')!r}; bucket.objects('/') lists keys that do begin so",
        )
    return text


def as_prefix(text: str) -> str:
    """The prefix of a folder: it ends in a slash, unless it is empty."""
    text = as_text("prefix", text)
    return text if not text or text.endswith("/") else f"{text}/"


class Named(str):
    """The prefix of a folder that S3 or an address has named, which may begin with a slash."""

    __slots__ = ()


def named(prefix: str) -> str:
    """The prefix of a folder, marked if it begins with a slash and that is meant."""
    prefix = as_prefix(prefix)
    return Named(prefix) if prefix.startswith("/") else prefix
