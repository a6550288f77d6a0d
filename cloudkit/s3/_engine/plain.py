"""boto3 as an engine: it can do all that is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cloudkit.s3._engine.protocol import Engine
from cloudkit.s3._files.put import put_object
from cloudkit.s3._files.reader import read_whole
from cloudkit.s3._limits import PLAIN_WIDTH

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress


class Plain(Engine):
    """boto3. Wider is slower: Python does the work of each request, one thread at a time."""

    name: ClassVar[str] = "boto3"
    width: ClassVar[int] = PLAIN_WIDTH

    def get(self, source: ObjectAddress) -> bytes:
        """One GET, and more if the connection drops."""
        return read_whole(source)

    def put(self, target: ObjectAddress, body: bytes, params: Mapping[str, Any]) -> None:
        """One PUT."""
        put_object(target, body, params)
