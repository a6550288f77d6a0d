"""A request of a client's, as conditions look at it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from cloudkit.errors import InvalidRequest

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@frozen
class Asked:
    """A request of a client's.

    Attributes:
        method: Its method.
        host: The host that it names, without the port.
        path: Its path, without the query.
        query: Keys and values of its query, as they came; a value without a key has the key `""`.
        headers: The values of its headers, by the name in small letters.
        source: Where it comes from, if that is known.
    """

    method: str
    host: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, Sequence[str]]
    source: _Address | None


def asked(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, source: str | None = None
) -> Asked:
    """The request that somebody describes: with a whole address, or with a path and the header Host."""
    split = urlsplit(url)
    told = {name.lower(): (value,) for name, value in (headers or {}).items()}
    host = split.hostname or told.get("host", ("",))[0].partition(":")[0]
    if split.scheme and not split.netloc:
        raise InvalidRequest(
            f"url={url!r}: it is a path, or an address with its host", hint="'/api/users?page=2'"
        )
    try:
        address = None if source is None else ipaddress.ip_address(source)
    except ValueError as error:
        raise InvalidRequest(f"source={source!r} is no IP address") from error
    return Asked(method, host, split.path or "/", _pairs(split.query), told, address)


def _pairs(query: str) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for part in query.split("&") if query else ():
        key, separator, value = part.partition("=")
        found.append((key, value) if separator else ("", key))
    return found
