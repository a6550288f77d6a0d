"""An object as a file to write: it appears at the end, or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Buffer, Self, override

from cloudkit._core.params import merge_raw
from cloudkit.errors import CloudError
from cloudkit.s3._address import place, with_key
from cloudkit.s3._files.multipart import Multipart, growing_part_bytes
from cloudkit.s3._service import S3
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3.object import Object


def put_object(target: Object, body: bytes, options: Mapping[str, Any]) -> Answer:
    """One PUT."""
    return target.cloud.invoke(
        S3,
        "put_object",
        merge_raw({**place(target), **with_key(target), "Body": body}, options),
        about=target,
    )


class ObjectWriter(io.RawIOBase):
    """A binary file that becomes the object when it is closed, and nothing if an exception comes first.

    What fits one part is one PUT; more is a multipart upload whose parts grow, so that the largest object fits.
    """

    def __init__(self, target: Object, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._object = target
        self._options = options
        self._buffer = bytearray()
        self._upload: Multipart | None = None
        self._number = 0
        self._position = 0
        self._discarded = False

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
        view = memoryview(data).cast("B")
        self._position += len(view)
        if self._discarded:
            return len(view)
        self._buffer += view
        try:
            while len(self._buffer) > (size := growing_part_bytes(self._number + 1)):
                self._send_part(size)
        except BaseException:
            self.give_up()
            raise
        return len(view)

    @override
    def close(self) -> None:
        if self.closed:
            return
        try:
            if not self._discarded:
                self._publish()
        finally:
            super().close()

    def discard(self) -> None:
        """Publish nothing: what was uploaded is aborted."""
        if self._discarded or self.closed:
            return
        self._discarded = True
        self._buffer.clear()
        if self._upload is not None:
            self._upload.abort()

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
        # A writer that was never closed has not said that its content is complete: nothing is sent from here.
        self._discarded = True

    def _send_part(self, size: int) -> None:
        if self._upload is None:
            self._upload = Multipart(self._object, self._options)
            self._upload.begin()
        self._number += 1
        self._upload.send(self._number, bytes(self._buffer[:size]), size)
        del self._buffer[:size]

    def _publish(self) -> None:
        if self._upload is None:
            put_object(self._object, bytes(self._buffer), self._options)
            return
        try:
            if self._buffer:
                self._send_part(len(self._buffer))
            self._upload.complete()
        except BaseException:
            self.give_up()
            raise


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
