"""The content down to a file: large ones in ranges, in parallel."""

from __future__ import annotations

import io
import os
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cloudkit._core.progress import Meter, metered
from cloudkit._core.workers import Workers
from cloudkit.errors import InvalidRequest
from cloudkit.s3._files.content import Content
from cloudkit.s3._files.crc32 import crc32_of_parts
from cloudkit.s3._limits import (
    DOWNLOAD_RANGE_BYTES,
    DOWNLOAD_WORKERS,
    ONE_STREAM_BYTES,
    READ_PIECE_BYTES,
)
from cloudkit.s3._transfer.paths import refusal
from cloudkit.s3.checksum import check_digest, digest_of
from cloudkit.types import ProgressHook, Writable

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

_CRC32 = "crc32"
_CRC32_BYTES = 4


def check_target(target: object) -> None:
    """Refuse what nothing can be written to, before anything is fetched.

    Raises:
        InvalidRequest: It is neither a path nor a binary file open for writing.
    """
    if isinstance(target, (str, os.PathLike)):
        if target == "":
            raise InvalidRequest("download(''): that is no path", hint="'.' is the folder here")
        return
    if isinstance(target, bytes) or not hasattr(target, "write"):
        raise InvalidRequest(
            f"download({type(target).__name__}): it takes a path, or a binary file open for writing",
            hint="read_bytes() gives the content itself",
        )
    if isinstance(target, io.TextIOBase):
        raise InvalidRequest("the file is open for text, which has no bytes", hint="open(path, 'wb')")
    if isinstance(target, io.IOBase) and not target.closed and not target.writable():
        raise InvalidRequest("the file is not open for writing", hint="open(path, 'wb')")


def download(
    source: ObjectAddress, path: str | os.PathLike[str], progress: ProgressHook | bool | None
) -> Path:
    """Fetch into a temporary file beside the path, and rename it when it is complete."""
    target = Path(path)
    if target.is_dir():
        target = target / _file_name(source)
    elif os.fspath(path).endswith(("/", os.sep)):
        raise NotADirectoryError(f"there is no folder {os.fspath(path)!r}: make it first, or name the file")
    # Not longer than any name may be, however long the target's is.
    temporary = target.with_name(f".cloudkit-{secrets.token_hex(8)}.part")
    content = Content(source)
    try:
        content.connect()  # what is not there leaves no file behind, not even for a moment
        with metered(progress, content.size, source.cloud.clock, source.name) as meter:
            meter(0)
            _fetch(source, content, temporary, meter)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        content.close()
    return target


def download_into(source: ObjectAddress, file: Writable, progress: ProgressHook | bool | None) -> int:
    """Write the content into an open file, in order, and say how many bytes that were."""
    check_target(file)
    content = Content(source)
    try:
        content.connect()
        with metered(progress, content.size, source.cloud.clock, source.name) as meter:
            meter(0)
            while piece := content.read():
                _write(file, piece)
                meter(len(piece))
    finally:
        content.close()
    return content.position


def _fetch(source: ObjectAddress, content: Content, temporary: Path, meter: Meter) -> None:
    with open(temporary, "xb", buffering=0) as file:
        if content.size is not None and content.size > ONE_STREAM_BYTES:
            _InRanges(source, content, temporary, meter).run(file)
        else:
            while piece := content.read():
                _write(file, piece)
                meter(len(piece))


class _InRanges:
    """One object over several connections.

    The connection that asked for everything goes on from the front. The others take ranges from the end, until
    they meet it.
    """

    def __init__(self, source: ObjectAddress, first: Content, path: Path, meter: Meter) -> None:
        self._source = source
        self._first = first
        self._size = first.size or 0
        self._path = path
        self._meter = meter
        self._left = deque(range(0, self._size, DOWNLOAD_RANGE_BYTES))
        self._crcs: dict[int, tuple[int, int]] = {}
        self._expected = first.leave_unverified()
        self._sums = self._expected is not None and self._expected.algorithm == _CRC32
        self._over = False

    def run(self, file: IO[bytes]) -> None:
        """Fetch it all, and verify it."""
        file.truncate(self._size)
        with Workers[None](DOWNLOAD_WORKERS - 1, "cloudkit-download") as workers:
            try:
                under_way = [workers.submit(self._from_the_end) for _ in range(DOWNLOAD_WORKERS - 1)]
                self._take(self._left.popleft, self._first, file)
                self._first.close()
                for future in under_way:
                    future.result()
            except BaseException:
                self._over = True
                raise
        self._verify()

    def _from_the_end(self) -> None:
        content = Content(self._source, etag=self._first.etag, size=self._size)
        try:
            with open(self._path, "r+b", buffering=0) as file:
                self._take(self._left.pop, content, file)
        except BaseException:
            self._over = True
            raise
        finally:
            content.close()

    def _take(self, next_start: Callable[[], int], content: Content, file: IO[bytes]) -> None:
        while not self._over:
            try:
                start = next_start()
            except IndexError:
                return
            stop = min(start + DOWNLOAD_RANGE_BYTES, self._size)
            if content is not self._first:
                content.begin(start, stop)
            file.seek(start)
            crc = 0
            while content.position < stop and not self._over:
                piece = content.read(min(READ_PIECE_BYTES, stop - content.position))
                if self._sums:
                    crc = zlib.crc32(piece, crc)
                _write(file, piece)
                self._meter(len(piece))
            self._crcs[start] = (crc, stop - start)

    def _verify(self) -> None:
        if self._expected is None:
            return
        if self._sums:
            crc = crc32_of_parts(part for _, part in sorted(self._crcs.items()))
            made = crc.to_bytes(_CRC32_BYTES, "big")
        else:  # others cannot be put together of those of the ranges
            with open(self._path, "rb") as file:
                made = digest_of(file, self._expected.algorithm)
        check_digest(self._expected, made, self._source)


def _write(file: Writable, data: bytes) -> None:
    """Write all of it: an unbuffered file may take less at once."""
    written: Any = file.write(data)  # None, where a file is careless
    while written is not None and written < len(data):
        data = data[written:]
        written = file.write(data)


def _file_name(source: ObjectAddress) -> str:
    name = source.name
    # A key may spell what is no name of a file, or the way to another folder.
    reason = "a slash" if "/" in name else refusal(name)
    if reason is not None:
        raise InvalidRequest(
            f"the key ends in {name!r}, which is no name for a file: {reason}",
            resource=str(source),
            hint="download(folder / name)",
        )
    return name
