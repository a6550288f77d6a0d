"""How much is stored where."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen


@frozen
class Usage:
    """What lies below a prefix.

    Attributes:
        prefix: What the keys begin with.
        count: Objects.
        size: Their bytes.
        folders: The same of each folder in it, as deep as was asked for, in the order of their names.
    """

    prefix: str
    count: int
    size: int
    folders: Sequence[Usage] = ()
