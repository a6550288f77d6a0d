"""An object as a file to write: it appears at the end, or not at all."""

from __future__ import annotations

import io
import mmap
import tempfile
import warnings
import zlib
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Buffer, Self, override

from cloudkit._core.workers import Task, Workers
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._files.body import Slice, of_file
from cloudkit.s3._files.leaving import left_by_exception
from cloudkit.s3._files.multipart import Multipart, growing_part_bytes, part_bytes
from cloudkit.s3._files.put import put_object
from cloudkit.s3._limits import (
    FILE_PARTS_AT_ONCE,
    MAX_PARTS,
    MEMORY_PART_BYTES,
    PARTS_AT_ONCE,
    PARTS_BYTES,
)

if TYPE_CHECKING:
    from cloudkit._core.progress import Meter
    from cloudkit.s3._address.object import ObjectAddress


class _Filling:
    """A part that is being filled: in memory, or in a temporary file if it is to be large.

    Args:
        size: Its bytes, once it is full.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.filled = 0
        self.in_memory = size <= MEMORY_PART_BYTES
        self.crc = 0
        # Of the system, and back to it at once: malloc keeps much of what is freed in pieces of some MiB.
        self._memory = mmap.mmap(-1, size if self.in_memory else 1, access=mmap.ACCESS_COPY)
        self._file = None if self.in_memory else _temporary()

    def add(self, data: memoryview) -> int:
        """Take as many of the bytes as it holds, and say how many."""
        data = data[: self.size - self.filled]
        taken = len(data)
        if self._file is None:
            self._memory[self.filled : self.filled + taken] = data
        else:
            self.crc = zlib.crc32(data, self.crc)
            while data:
                data = data[self._file.write(data) :]
        self.filled += taken
        return taken

    def body(self, meter: Meter | None) -> Slice:
        """Its bytes, as they are sent."""
        if self._file is not None:
            return Slice(of_file(self._file), 0, self.filled, meter)
        return Slice(self._at, 0, self.filled, meter)

    def _at(self, first: int, count: int) -> bytes:
        return self._memory[first : first + count]

    def close(self) -> None:
        """Give memory and disk back."""
        self._memory.close()
        if self._file is not None:
            self._file.close()


def _temporary() -> io.FileIO:
    return tempfile.TemporaryFile(buffering=0)


class ObjectWriter(io.RawIOBase):
    """A binary file that becomes the object when it is closed, and nothing if an exception comes first.

    What fits one part is one PUT; more is a multipart upload whose parts are sent in parallel, a few at a time, and
    grow, so that the largest object fits. A part that fails ends the writing at the next `write` or `close`.

    One that is forgotten, neither closed nor left by a `with` block, publishes nothing; if parts were sent by then,
    they stay, which a `ResourceWarning` tells of. So does one under a layer of Python's own that is forgotten, or whose
    block an exception leaves, though that layer closes it: `io.TextIOWrapper`, `io.BufferedWriter`. But `close()`
    says that the content is complete, wherever it is called: in `finally` too.

    Args:
        target: What it becomes.
        options: Parameters of PutObject.
        size: How many bytes it will be, if that is known: another number is an error, and nothing is published.
        meter: Told of the bytes as they are sent.
    """

    mode = "wb"

    def __init__(
        self,
        target: ObjectAddress,
        options: Mapping[str, Any],
        *,
        size: int | None = None,
        meter: Meter | None = None,
    ) -> None:
        super().__init__()
        self._discarded = True  # until all is well: `__del__` of one that was never made may look
        self._object = target
        self._options = options
        self._expected = size
        self._meter = meter
        self._each = None if size is None else part_bytes(size)
        self._position = 0
        self._number = 1
        self._part = _Filling(self._part_bytes())
        self._upload: Multipart | None = None
        self._workers: Workers[None] | None = None
        self._under_way: deque[tuple[_Filling, Task[None]]] = deque()
        self._discarded = False

    @property
    def name(self) -> str:
        """The address of the object."""
        return str(self._object)

    @override
    def writable(self) -> bool:
        self._check_open()
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        raise io.UnsupportedOperation("not readable")

    @override
    def tell(self) -> int:
        self._check_open()
        return self._position

    @override
    def write(self, data: Buffer, /) -> int:
        self._check_open()
        view = memoryview(data).cast("B")
        if self._discarded:
            return len(view)
        try:
            self._raise_failed()
            self._check_size(self._position + len(view), more=True)
            start = 0
            while start < len(view):
                start += self._filling().add(view[start:])
        except BaseException:
            self.give_up()
            raise
        self._position += len(view)
        return len(view)

    @override
    def close(self) -> None:
        if self.closed:
            return
        if left_by_exception(1):
            self.give_up()
        try:
            if not self._discarded:
                self._publish()
        finally:
            super().close()

    def _dealloc_warn(self, _layer: object, /) -> None:
        """A layer of `io` above is about to close this file, because nobody has the layer any more."""
        self._forget()

    def discard(self) -> None:
        """Publish nothing: what is under way is waited for, and what was uploaded is aborted."""
        if self._discarded or self.closed:
            return
        self._discarded = True
        try:
            self._stop()
            if self._upload is not None:
                self._upload.abort()
        finally:
            for part, _ in self._under_way:
                part.close()
            self._under_way.clear()
            self._part.close()

    def _stop(self) -> None:
        """Wait for the parts under way, unless an impatient Ctrl-C ends that: the upload is aborted then too."""
        try:
            if self._workers is not None:
                self._workers.close(drop=True)
        except BaseException:
            if self._upload is not None:
                self._upload.give_up()
            raise

    def give_up(self) -> None:
        """`discard`, with an exception under way that a failing abort must not hide."""
        with suppress(CloudError):
            self.discard()

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.give_up()
        self.close()

    @override
    def __del__(self) -> None:
        # A writer that was never closed has not said that its content is complete: nothing is sent from here, not even
        # an abort, which might wait for a network.
        self._forget()

    def _forget(self) -> None:
        if self._discarded or self.closed:
            return
        self._discarded = True
        if self._upload is not None:
            warnings.warn(
                f"{self.name} was being written in parts and neither closed nor discarded: the parts that were sent"
                " cost until bucket.uploads(...).abort() or a lifecycle rule takes them away",
                ResourceWarning,
                stacklevel=3,
                source=self,
            )

    # -- parts -----------------------------------------------------------------------------------------------

    def _part_bytes(self) -> int:
        if self._number > MAX_PARTS:
            raise InvalidRequest(
                f"{self._position} bytes are {MAX_PARTS} parts, which is all that an object has",
                resource=self.name,
                hint="open('wb', size=...) fits the parts to a size that is known",
            )
        return growing_part_bytes(self._number) if self._each is None else self._each

    def _filling(self) -> _Filling:
        """The part that has room for more."""
        if self._part.filled == self._part.size:
            self._hand_over(self._part)
            self._part = _Filling(self._part_bytes())
        return self._part

    def _hand_over(self, part: _Filling) -> None:
        """Send a part as soon as there is room for it among those under way."""
        if self._upload is None:
            self._upload = Multipart(self._object, self._options)
            self._upload.begin()
        if self._workers is None:
            self._workers = Workers(PARTS_AT_ONCE, "cloudkit-write")
        most = max(1, min(PARTS_AT_ONCE, PARTS_BYTES // part.size)) if part.in_memory else FILE_PARTS_AT_ONCE
        while len(self._under_way) >= most:
            self._under_way.popleft()[1].result()
        task = self._workers.submit(self._send, self._upload, self._number, part)
        self._under_way.append((part, task))
        self._number += 1

    def _send(self, upload: Multipart, number: int, part: _Filling) -> None:
        try:
            body = part.body(self._meter)
            upload.send(number, body, part.filled, None if part.in_memory else part.crc)
            body.sent()
        finally:
            part.close()

    def _raise_failed(self) -> None:
        for _, task in self._under_way:
            if task.done():
                task.result()

    def _publish(self) -> None:
        try:
            self._check_size(self._position, more=False)
            if self._upload is not None:
                answer = self._complete(self._upload)
            else:
                body = self._part.body(self._meter)
                answer = put_object(self._object, body, self._options)
                body.sent()
            self._object._written(answer, self._position)  # pyright: ignore[reportPrivateUsage]
        except BaseException:
            self.give_up()
            raise
        self._part.close()

    def _complete(self, upload: Multipart) -> Mapping[str, Any]:
        if self._part.filled:
            self._hand_over(self._part)
        while self._under_way:
            self._under_way.popleft()[1].result()
        if self._workers is not None:
            self._workers.close()
        return upload.complete()

    def _check_size(self, size: int, *, more: bool) -> None:
        if self._expected is None or size == self._expected or (more and size < self._expected):
            return
        raise InvalidRequest(
            f"{size} bytes were written, and size={self._expected} was given",
            resource=self.name,
            hint="nothing was published; leave size= out if it is not known",
        )

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")


class TextWriter(io.TextIOWrapper):
    """Text over an `ObjectWriter`, which an exception in the `with` block reaches too."""

    @override
    def __enter__(self) -> Self:
        return super().__enter__()

    @override
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            cast("ObjectWriter", self.buffer).give_up()
        self.close()

    @override
    def __del__(self) -> None:
        # As for the writer below: what was not closed is not published.
        pass
