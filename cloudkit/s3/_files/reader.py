"""An object as a file to read: by ranges, of one version."""

from __future__ import annotations

import io
from collections.abc import Mapping
from operator import index
from typing import TYPE_CHECKING, Any

from typing_extensions import Buffer, override

from cloudkit.s3._files.content import Content
from cloudkit.s3._limits import (
    FIRST_WINDOW_BYTES,
    MAX_WINDOW_BYTES,
    READ_BUFFER_BYTES,
    READ_ON_BYTES,
    READ_PIECE_BYTES,
    WINDOW_GROWTH,
)

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress


def read_whole(source: ObjectAddress) -> bytes:
    """The whole content. One request; more if the connection drops."""
    content = Content(source)
    try:
        first = content.read()
        return first if content.at_end else _rest(content, first)
    finally:
        content.close()


def read_range(source: ObjectAddress, start: int, size: int | None) -> bytes:
    """Some of the content; nothing past its end. One request; more if the connection drops."""
    if size == 0:
        return b""
    content = Content(source)
    content.begin(start, None if size is None else start + size)
    try:
        return _rest(content, content.read())
    finally:
        content.close()


def _rest(content: Content, first: bytes) -> bytes:
    gathered = io.BytesIO()
    piece = first
    while piece:
        gathered.write(piece)
        piece = content.read()
    return gathered.getvalue()


class ObjectReader(io.RawIOBase):
    """A seekable binary file over an object, of the one version that its first answer was of.

    Read from its start, it is one request for everything. After a seek it asks for little, and for more each time
    that reading goes on from there.
    """

    def __init__(self, source: ObjectAddress, options: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._object = source
        self._position = 0
        self._window = 0
        self._content = Content(source, options)

    @property
    def name(self) -> str:
        """The address of the object."""
        return str(self._object)

    @property
    def mode(self) -> str:
        """What it was opened for."""
        return "rb"

    @override
    def readable(self) -> bool:
        self._check_open()
        return True

    @override
    def seekable(self) -> bool:
        self._check_open()
        return True

    @override
    def tell(self) -> int:
        self._check_open()
        return self._position

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._check_open()
        if whence not in (io.SEEK_SET, io.SEEK_CUR, io.SEEK_END):
            raise ValueError(f"seek with whence={whence}: it is 0, 1 or 2")
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence)
        target = index(offset) + (self._known_size() if base is None else base)
        if target < 0:
            raise ValueError(f"seek to {target}: before the start")
        self._position = target
        return target

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        self._check_open()
        view = memoryview(buffer).cast("B")
        # A buffer's fill says nothing of how much its owner wants; a larger one does.
        wanted = len(view) if len(view) > READ_BUFFER_BYTES else 0
        data = self._next(min(len(view), READ_PIECE_BYTES), wanted) if view else b""
        view[: len(data)] = data
        return len(data)

    @override
    def readall(self) -> bytes:
        self._check_open()
        gathered = io.BytesIO()
        while piece := self._next(READ_PIECE_BYTES, None):
            gathered.write(piece)
        return gathered.getvalue()

    @override
    def close(self) -> None:
        content: Content | None = getattr(self, "_content", None)
        if content is not None:
            content.close()
        super().close()

    def _next(self, count: int, wanted: int | None) -> bytes:
        """Up to `count` bytes from the position; empty only at the end.

        Args:
            count: How many at most.
            wanted: How many more reads are known to want; None is all.
        """
        content = self._content
        if content.size is not None and self._position >= content.size:
            return b""
        self._turn_to_position(wanted)
        data = content.read(count)
        if not data and content.stop is not None and self._position >= content.stop:
            self._ask_for_more(wanted)
            data = content.read(count)
        self._position += len(data)
        return data

    def _turn_to_position(self, wanted: int | None) -> None:
        content = self._content
        ahead = self._position - content.position
        if ahead == 0:
            return
        if 0 < ahead <= READ_ON_BYTES and content.is_open:
            content.skip(ahead)
        if content.position != self._position:
            self._window = 0
            self._ask_for_more(wanted)

    def _ask_for_more(self, wanted: int | None) -> None:
        self._window = min(max(FIRST_WINDOW_BYTES, self._window * WINDOW_GROWTH), MAX_WINDOW_BYTES)
        stop = None if wanted is None else self._position + max(self._window, wanted)
        self._content.begin(self._position, stop)

    def _known_size(self) -> int:
        content = self._content
        if content.size is None:
            found = self._object.refresh()
            content.etag, content.size = found.etag, found.size
        return content.size

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
