"""What stands in for the package zstandard: the same functions, frames of unpacked blocks."""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any, cast

from typing_extensions import Buffer, override

MAGIC = (0xFD2FB528).to_bytes(4, "little")
# No content size, no checksum, no dictionary; and the byte of the window that then follows.
HEADER = MAGIC + b"\x00\x58"


class ZstdError(Exception):
    pass


def block(data: bytes, *, last: bool) -> bytes:
    return (len(data) << 3 | last).to_bytes(3, "little") + data


class _Packer:
    def __init__(self) -> None:
        self._begun = False

    def compress(self, data: Buffer) -> bytes:
        head = b"" if self._begun else HEADER
        self._begun = True
        return head + block(bytes(data), last=False)

    def flush(self) -> bytes:
        return (b"" if self._begun else HEADER) + block(b"", last=True)


class _Reader(io.RawIOBase):
    """As careless as the real one: a source that ends early is the end."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._in_frame = False
        self._ready = b""
        self._passed = 0

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size and (piece := self._source.read(size - len(taken))):
            taken += piece
        return taken

    @override
    def readable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._passed

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        while not self._ready:
            if not self._in_frame:
                head = self._take(len(HEADER))
                if not head:
                    return 0
                if not HEADER.startswith(head):
                    raise ZstdError("Unknown frame descriptor")
                self._in_frame = True
            header = int.from_bytes(self._take(3), "little")
            self._ready = self._take(header >> 3)
            self._in_frame = not header & 1
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._passed += count
        return count


class _Compressor:
    def compressobj(self) -> _Packer:
        return _Packer()


class _Decompressor:
    def stream_reader(self, source: Any, *, read_across_frames: bool, closefd: bool) -> _Reader:
        assert read_across_frames
        assert not closefd
        return _Reader(source)


def zstandard() -> ModuleType:
    module: Any = ModuleType("zstandard")
    module.ZstdError = ZstdError
    module.ZstdCompressor = _Compressor
    module.ZstdDecompressor = _Decompressor
    return cast("ModuleType", module)


class ZstdFile(_Reader):
    """Python's own: it sees for itself that a file is cut."""

    def __init__(self, source: Any, mode: str) -> None:
        assert mode == "rb"
        super().__init__(source)

    @override
    def _take(self, size: int) -> bytes:
        taken = super()._take(size)
        if self._in_frame and len(taken) < size:
            raise EOFError("Compressed file ended before the end-of-stream marker was reached")
        return taken


def compression_zstd() -> ModuleType:
    module: Any = ModuleType("compression.zstd")
    module.ZstdError = ZstdError
    module.ZstdCompressor = _Packer
    module.ZstdFile = ZstdFile
    return cast("ModuleType", module)
