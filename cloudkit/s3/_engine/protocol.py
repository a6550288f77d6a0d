"""What an engine does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress


class Engine(Protocol):
    """Moves small objects. Each call is for one of them, and any number of threads may call.

    All engines give the same results and raise the same errors.

    Attributes:
        name: Which one it is.
        width: How many objects to have under way at once.
    """

    name: ClassVar[str]
    width: ClassVar[int]

    def get(self, source: ObjectAddress) -> bytes:
        """The whole content."""
        ...

    def put(self, target: ObjectAddress, body: bytes, params: Mapping[str, Any]) -> None:
        """Make these bytes the content. `params` are PutObject's, without conditions or with."""
        ...
