"""The bytes of a request, in a form that can be sent again: botocore repeats what got lost."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudkit._core.deadline import check as check_deadline
from cloudkit.errors import InvalidRequest
from cloudkit.s3._limits import HASH_PIECE_BYTES, SEND_PIECE_BYTES

if TYPE_CHECKING:
    from cloudkit._core.progress import Meter


class Broken(BaseException):
    """Carries an error of the caller's file or progress hook past botocore, which would repeat the request.

    Attributes:
        error: What went wrong.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class Slice:
    """Some bytes of a file or of memory, as a file that botocore sends, and rewinds to send again.

    `read` gives more than it is asked for where that is little: urllib3 asks for 16 KiB at a time, and each piece
    costs a turn of the interpreter.

    Args:
        read_at: Gives the bytes at a position: `read_at(first, count)`.
        first: Where the slice begins.
        size: Its bytes.
        meter: Told of the bytes as they are sent.
    """

    def __init__(
        self, read_at: Callable[[int, int], bytes], first: int, size: int, meter: Meter | None = None
    ) -> None:
        self._read_at = read_at
        self._first = first
        self._size = size
        self._meter = meter
        self._position = 0
        self._told = 0

    def __len__(self) -> int:
        return self._size

    def __bool__(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        left = self._size - self._position
        count = left if size < 0 else min(left, max(size, SEND_PIECE_BYTES))
        if count == 0:
            return b""
        try:
            check_deadline()  # of a request that was given up, the rest is not sent
            data = self._read_at(self._first + self._position, count)
            self._position += len(data)
            # A signature or a checksum reads it first, and in larger pieces than a connection does.
            if self._meter is not None and size < HASH_PIECE_BYTES:
                self._told += len(data)
                self._meter(len(data))
        except BaseException as error:
            raise Broken(error) from error
        return data

    def tell(self) -> int:
        """Where it stands."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Stand elsewhere: at the start to be sent again."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = min(max(0, base + offset), self._size)
        if self._meter is not None and self._position < self._told:
            self._meter(self._position - self._told)
            self._told = self._position
        return self._position

    def sent(self) -> None:
        """Tell the meter of what it was not told of: the slice was sent as a whole."""
        if self._meter is not None:
            self._meter(self._size - self._told)
            self._told = self._size

    def pieces_digest(self, add: Callable[[bytes], object]) -> None:
        """Give all bytes to a hash, piece by piece."""
        for position in range(0, self._size, HASH_PIECE_BYTES):
            check_deadline()
            add(self._read_at(self._first + position, min(HASH_PIECE_BYTES, self._size - position)))


@contextmanager
def own_errors() -> Generator[None]:
    """What the caller's file or hook raises within the block comes out as it was raised."""
    try:
        yield
    except Broken as broken:
        raise broken.error from None


def of_memory(data: bytes | memoryview) -> Callable[[int, int], bytes]:
    """Reads from memory."""
    view = data if isinstance(data, memoryview) else memoryview(data)
    return lambda first, count: bytes(view[first : first + count])


def of_file(file: io.FileIO) -> Callable[[int, int], bytes]:
    """Reads from a file by position, for one thread at a time."""

    def read_at(first: int, count: int) -> bytes:
        file.seek(first, os.SEEK_SET)
        return file.read(count)

    return read_at


def crc_of(body: bytes | Slice) -> int:
    """The CRC32 of a body."""
    if isinstance(body, bytes):
        return zlib.crc32(body)
    crc = 0

    def add(piece: bytes) -> None:
        nonlocal crc
        crc = zlib.crc32(piece, crc)

    body.pieces_digest(add)
    return crc


def as_bytes(content: object) -> bytes:
    """The bytes of anything that has some in memory.

    Raises:
        InvalidRequest: It has none.
    """
    if isinstance(content, bytes):
        return content
    try:
        return memoryview(content).tobytes()  # type: ignore[arg-type]  # which says so itself
    except TypeError:
        raise InvalidRequest(
            f"its content is of type {type(content).__name__}: neither bytes nor text",
            hint="bytes, bytearray or memoryview; upload() takes files and iterables of bytes",
        ) from None
