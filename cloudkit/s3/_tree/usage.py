"""Sizes and counts by folder, of one listing."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3.usage import Usage


@define
class _Tally:
    prefix: str
    count: int = 0
    size: int = 0
    folders: dict[str, _Tally] = field(factory=dict[str, "_Tally"])

    def add(self, size: int) -> None:
        self.count += 1
        self.size += size

    def done(self) -> Usage:
        inner = sorted(self.folders.items())
        return Usage(self.prefix, self.count, self.size, tuple(each.done() for _, each in inner))


def usage_of(objects: Iterable[ObjectAddress], prefix: str, depth: int) -> Usage:
    """Count them, by folder down to that depth.

    Raises:
        InvalidRequest: A negative depth.
    """
    if depth < 0:
        raise InvalidRequest(f"depth={depth}: it is 0 or more")
    whole = _Tally(prefix)
    for each in objects:
        key, size, tally = each.key, each.size, whole
        tally.add(size)
        end = len(prefix)
        for _ in range(depth):
            end = key.find("/", end) + 1
            if not end:
                break
            folder = key[:end]
            tally = tally.folders.setdefault(folder, _Tally(folder))
            tally.add(size)
    return whole.done()
