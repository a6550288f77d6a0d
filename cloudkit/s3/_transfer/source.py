"""What is uploaded: a file, memory or a stream, and how its bytes are got at."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from attrs import frozen
from typing_extensions import Buffer

from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.s3._files.body import Slice, of_memory
from cloudkit.s3._limits import HASH_PIECE_BYTES
from cloudkit.types import Readable

if TYPE_CHECKING:
    from cloudkit._core.progress import Meter

Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Readable | Iterable[Buffer]"
"""What `upload` takes."""


@frozen
class Content:
    """Bytes of a known number, that can be read at any place, by any thread, and again.

    Attributes:
        size: How many.
        read_at: Gives those at a position: `read_at(first, count)`.
        check: Raises if they are no longer the same.
    """

    size: int
    read_at: Callable[[int, int], bytes]
    check: Callable[[], object]

    def slice(self, first: int, size: int, meter: Meter | None = None) -> Slice:
        """Some of them, as they are sent."""
        return Slice(self.read_at, first, size, meter)


@contextmanager
def content_of(source: Source) -> Generator[Content | Iterator[Buffer]]:
    """The content that a source is; of a stream, its pieces.

    A file of the caller's stays open, and stands behind what was read of it.

    Raises:
        InvalidRequest: It is nothing that can be uploaded.
        OSError: The file cannot be read.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        with _viewed(memoryview(source).cast("B")) as view:
            yield _of_memory(view)
    elif hasattr(source, "copy_to"):  # an object, which is no path of this machine though it is like one
        raise InvalidRequest(f"{source} is in S3 already", hint="source.copy_to(target) copies within S3")
    elif isinstance(source, (str, os.PathLike)):
        with _opened(source) as file:
            yield _of_file(file) or _pieces(file)
    elif isinstance(source, io.TextIOBase):
        raise InvalidRequest("the file is open for text, which has no bytes", hint="open(path, 'rb')")
    elif isinstance(source, io.BytesIO):
        with _viewed(source.getbuffer()) as whole, _viewed(whole[source.tell() :]) as view:
            yield _of_memory(view)
        source.seek(0, os.SEEK_END)
    elif isinstance(source, Readable):
        found = _of_file(source)
        yield found or _pieces(source)
        if found is not None:
            source.seek(found.size, os.SEEK_CUR)  # type: ignore[attr-defined]  # a file of this machine
    elif isinstance(source, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without types
        yield iter(source)
    else:
        raise InvalidRequest(
            f"upload({type(source).__name__}): it takes a path, bytes, an open binary file, or pieces of bytes"
        )


@contextmanager
def _viewed(view: memoryview) -> Generator[memoryview]:
    """A view for the block: what is viewed may change its size after it."""
    try:
        yield view
    finally:
        # A request that the deadline ended may be copying the last bytes it is given.
        with suppress(BufferError):
            view.release()


def _opened(path: str | os.PathLike[str]) -> io.BufferedReader:
    """The file of that path; if there is none, the error says what else may have been meant."""
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        if isinstance(path, str):
            said = f"{error.strerror}, if a path is meant; write_text(...) writes a text"
            raise FileNotFoundError(error.errno, said, path) from None
        raise
    except IsADirectoryError as error:
        said = f"{error.strerror}; bucket.sync_from(folder, prefix) uploads one"
        raise IsADirectoryError(error.errno, said, os.fspath(path)) from None
    except (ValueError, OSError) as error:
        # What no file can be called: with a NUL in it, or too long.
        if isinstance(path, str) and (isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG):
            raise InvalidRequest(
                f"upload({path[:40]!r}...): no file has such a name", hint="write_text(...) writes a text"
            ) from error
        raise


def _of_memory(view: memoryview) -> Content:
    return Content(len(view), of_memory(view), lambda: None)


def _of_file(file: Any) -> Content | None:
    """An open file of this machine, from where it stands; None if it is something else with a `read`."""
    # A GzipFile has a `fileno` too, of the packed file below it.
    raw: Any = file
    if isinstance(file, (io.BufferedReader, io.BufferedRandom)):
        raw = cast("Any", file).raw
    if not isinstance(raw, io.FileIO):
        return None
    if isinstance(file, io.BufferedRandom):
        file.flush()
    facts = os.fstat(raw.fileno())
    read = _reads_at(raw)
    if read is None or not stat.S_ISREG(facts.st_mode):
        return None
    name = str(file.name)
    start = file.tell()

    def check() -> None:
        now = os.fstat(raw.fileno())
        if (now.st_size, now.st_mtime_ns) != (facts.st_size, facts.st_mtime_ns):
            raise _changed(name)

    def read_at(first: int, count: int) -> bytes:
        pieces: list[bytes] = []
        position, end = start + first, start + first + count
        while position < end:
            piece = read(position, end - position)
            if not piece:
                raise _changed(name)
            pieces.append(piece)
            position += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    return Content(max(0, facts.st_size - start), read_at, check)


def _reads_at(raw: io.FileIO) -> Callable[[int, int], bytes] | None:
    """Reads at a position without moving the file, which several threads do at once."""
    if hasattr(os, "pread"):
        return lambda first, count: os.pread(raw.fileno(), count, first)
    if not isinstance(raw.name, (str, bytes)):  # pyright: ignore[reportUnnecessaryIsInstance] - it may be a number
        return None

    def read(first: int, count: int) -> bytes:  # Windows
        with open(raw.name, "rb", buffering=0) as again:
            again.seek(first)
            return again.read(count)

    return read


def _changed(name: str) -> Conflict:
    return Conflict(
        f"the file {name} was changed while it was read: nothing was published",
        hint="upload a copy of it, or stop who writes to it",
    )


def _pieces(file: Readable) -> Iterator[Buffer]:
    return iter(lambda: file.read(HASH_PIECE_BYTES), b"")
