"""Packed content: unpacked as it is read, packed as it is written."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

from typing_extensions import Buffer, override

from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._files.leaving import left_by_exception
from cloudkit.s3._files.zstd import WholeFrames, zstd_module
from cloudkit.s3._limits import READ_BUFFER_BYTES

if TYPE_CHECKING:
    from types import TracebackType

    from cloudkit.s3._files.writer import ObjectWriter

Packing: TypeAlias = Literal["gzip", "bz2", "xz", "zstd"]
"""A way of packing content."""

PACKINGS = ("gzip", "bz2", "xz", "zstd")
_SUFFIXES: dict[str, Packing] = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}
_GZIP_BITS = 16 + zlib.MAX_WBITS  # zlib's way to say that the gzip header is wanted


def packing_of(key: str, given: str | None) -> Packing | None:
    """The packing that is meant: the one given, or the key's by its suffix for `"auto"`.

    Raises:
        InvalidRequest: There is no such packing.
    """
    if given == "auto":
        return next((packing for suffix, packing in _SUFFIXES.items() if key.endswith(suffix)), None)
    if given is not None and given not in PACKINGS:
        raise InvalidRequest(
            f"compression={given!r}: it is 'auto', None or one of {', '.join(map(repr, PACKINGS))}"
        )
    return next((packing for packing in _SUFFIXES.values() if packing == given), None)


# -- in one piece ----------------------------------------------------------------------------------------------


def packed_whole(data: bytes, key: str, compression: str | None) -> bytes:
    """The bytes as the key's suffix, or `compression`, has them."""
    packing = packing_of(key, compression)
    if packing is None:
        return data
    packer = _new_packer(packing)
    return packer.compress(data) + packer.flush()


def unpacked_whole(data: bytes, key: str, compression: str | None, about: str) -> bytes:
    """What the bytes hold, by the key's suffix or `compression`.

    Raises:
        InvalidRequest: They are not packed so, or end early.
    """
    packing = packing_of(key, compression)
    if packing is None:
        return data
    with unpacked(cast("Any", io.BufferedReader(cast("Any", io.BytesIO(data)))), packing, about) as file:
        return file.read()


# -- reading ---------------------------------------------------------------------------------------------------


def unpacked(packed: io.BufferedReader[Any], packing: Packing, about: str) -> io.BufferedReader[Any]:
    """A file of what is packed in another one, which is closed with it."""
    file, errors = _opened(packed, packing)
    return io.BufferedReader(_Unpacked(packed, file, errors, packing, about), READ_BUFFER_BYTES)


class _Unpacked(io.RawIOBase):
    """Unpacks as it goes, and no more at once than is asked for."""

    def __init__(
        self,
        packed: io.BufferedReader[Any],
        file: Any,
        errors: tuple[type[Exception], ...],
        packing: Packing,
        about: str,
    ) -> None:
        super().__init__()
        self._packed = packed
        self._file = file
        self._errors = errors
        self._packing = packing
        self._about = about

    @property
    def name(self) -> str:
        """The address of the object."""
        return self._about

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return bool(self._file.seekable())

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._tried(lambda: int(self._file.seek(offset, whence)))

    @override
    def tell(self) -> int:
        return int(self._file.tell())

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        return self._tried(lambda: int(self._file.readinto(buffer)))

    @override
    def close(self) -> None:
        if not self.closed:
            try:
                self._file.close()
            finally:
                self._packed.close()
        super().close()

    def _tried(self, work: Callable[[], int]) -> int:
        try:
            return work()
        except CloudError:
            raise
        except self._errors as error:
            raise InvalidRequest(
                f"it holds no whole {self._packing} data: {error}",
                resource=self._about,
                hint="open('rb') and read_bytes() give the bytes as they are",
            ) from error


def _opened(packed: io.BufferedReader[Any], packing: Packing) -> tuple[Any, tuple[type[Exception], ...]]:
    """A file that unpacks, and what it raises over bytes that make no sense."""
    if packing == "gzip":
        return gzip.GzipFile(fileobj=packed, mode="rb"), (OSError, EOFError, zlib.error)
    if packing == "bz2":
        return bz2.BZ2File(packed, "rb"), (OSError, EOFError)
    if packing == "xz":
        return lzma.LZMAFile(packed, "rb"), (lzma.LZMAError, EOFError)
    module, standard = zstd_module()
    if standard:
        return module.ZstdFile(packed, "rb"), (module.ZstdError, EOFError)
    reader = module.ZstdDecompressor().stream_reader(
        WholeFrames(packed), read_across_frames=True, closefd=False
    )
    return reader, (module.ZstdError, EOFError)


# -- writing ---------------------------------------------------------------------------------------------------


class Packer(Protocol):
    """Packs piece by piece; it writes nothing by itself, not even when it is forgotten."""

    def compress(self, data: Buffer, /) -> bytes:
        """What is ready of it all after these bytes."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


class PackedWriter(io.RawIOBase):
    """A binary file that packs what is written into an `ObjectWriter`, and publishes nothing after an exception."""

    def __init__(self, below: ObjectWriter, packing: Packing) -> None:
        super().__init__()
        self._below = below
        self._packer = _new_packer(packing)
        self._position = 0

    @override
    def writable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._position

    @override
    def write(self, data: Buffer, /) -> int:
        if self.closed:
            raise ValueError("I/O operation on closed file")
        size = memoryview(data).nbytes
        self._below.write(self._packer.compress(data))
        self._position += size
        return size

    @override
    def close(self) -> None:
        if self.closed:
            return
        if left_by_exception(1):
            self.give_up()
        try:
            self._below.write(self._packer.flush())
        except BaseException:
            self._below.give_up()
            raise
        finally:
            super().close()
            self._below.close()

    def give_up(self) -> None:
        """Publish nothing."""
        self._below.give_up()

    def _dealloc_warn(self, layer: object, /) -> None:
        """As for the writer below: a layer above is closed since it was forgotten."""
        self._below._dealloc_warn(layer)  # pyright: ignore[reportPrivateUsage]

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.give_up()
        self.close()

    @override
    def __del__(self) -> None:
        # As for the writer below: what was not closed is not published.
        pass


def _new_packer(packing: Packing) -> Packer:
    if packing == "gzip":
        return cast("Packer", zlib.compressobj(wbits=_GZIP_BITS))
    if packing == "bz2":
        return bz2.BZ2Compressor()
    if packing == "xz":
        return lzma.LZMACompressor()
    module, standard = zstd_module()
    return cast("Packer", module.ZstdCompressor() if standard else module.ZstdCompressor().compressobj())
