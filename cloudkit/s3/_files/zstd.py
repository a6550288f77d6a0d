"""Zstandard: by Python's own module (3.14 and later), or by the package zstandard."""

from __future__ import annotations

import importlib
from collections.abc import Generator
from typing import Any

from cloudkit.errors import InvalidRequest
from cloudkit.types import Readable

# RFC 8878, "Zstandard Frames" and "Skippable Frames".
_MAGIC = 0xFD2FB528
_SKIPPABLE_MAGIC = 0x184D2A50
_SKIPPABLE_MASK = 0xFFFFFFF0
_DICTIONARY_ID_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (2, 4, 8)
_MAGIC_BYTES = 4
_SKIPPABLE_SIZE_BYTES = 4
_BLOCK_HEADER_BYTES = 3
_REPEATED_BYTE = 1  # a block that says one byte and how often
_CHECKSUM_BYTES = 4
_FOR_EVER = 1 << 62


def zstd_module() -> tuple[Any, bool]:
    """The module, and whether it is Python's own."""
    for name, standard in (("compression.zstd", True), ("zstandard", False)):
        try:
            return importlib.import_module(name), standard
        except ImportError:
            continue
    raise InvalidRequest(
        "nothing here can pack or unpack Zstandard",
        hint="pip install 'cloudkit[zstd]', or Python 3.14; compression=None gives the bytes as they are",
    )


class WholeFrames:
    """A file of Zstandard frames that refuses to end within one: the package takes a cut file for a whole one."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._gathered = b""
        self._between = True
        self._frames = self._walk()
        # Bytes to gather; below 0, bytes to pass over.
        self._wanted = next(self._frames)

    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes.

        Raises:
            EOFError: It ends within a frame.
        """
        data = self._file.read(size)
        if data:
            self._look_at(data)
        elif self._gathered or not self._between:
            raise EOFError("it ends in the middle of a frame")
        return data

    def _look_at(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            left = len(data) - at
            if self._wanted < 0:
                step = min(-self._wanted, left)
                self._wanted += step
            else:
                step = min(self._wanted - len(self._gathered), left)
                self._gathered += data[at : at + step]
            at += step
            while len(self._gathered) == self._wanted:
                gathered, self._gathered = self._gathered, b""
                self._wanted = self._frames.send(gathered)

    def _walk(self) -> Generator[int, bytes, None]:
        """Through one frame after the other: yields what is wanted, and is sent what was gathered."""
        while True:
            self._between = True
            magic = int.from_bytes((yield _MAGIC_BYTES), "little")
            if magic & _SKIPPABLE_MASK == _SKIPPABLE_MAGIC:
                self._between = False
                yield -int.from_bytes((yield _SKIPPABLE_SIZE_BYTES), "little")
                continue
            if magic != _MAGIC:
                yield -_FOR_EVER  # no frame: the decoder says so
            self._between = False
            descriptor = (yield 1)[0]
            single = descriptor >> 5 & 1
            sizes = (1 if single else 0, *_CONTENT_SIZE_BYTES)
            yield -((not single) + _DICTIONARY_ID_BYTES[descriptor & 3] + sizes[descriptor >> 6])
            last = 0
            while not last:
                block = int.from_bytes((yield _BLOCK_HEADER_BYTES), "little")
                last = block & 1
                yield -(1 if block >> 1 & 3 == _REPEATED_BYTE else block >> 3)
            yield -(_CHECKSUM_BYTES if descriptor >> 2 & 1 else 0)
