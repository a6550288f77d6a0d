"""An object as a file to read: by ranges, pinned to one version."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Buffer, override

from cloudkit.errors import CloudError, ConnectionFailed, InvalidRequest, ServiceError
from cloudkit.s3._address import address, with_key
from cloudkit.s3._limits import (
    READ_ATTEMPTS,
    READ_BUFFER_BYTES,
)
from cloudkit.s3._service import S3
from cloudkit.s3.errors import ObjectChanged

if TYPE_CHECKING:
    from cloudkit.s3.object import Object

# What S3 says to a range that begins at the end of the object or behind it.
_PAST_THE_END = "InvalidRange"


class ObjectReader(io.RawIOBase):
    """A seekable binary file over ranged GETs of one object.

    All ranges are of the ETag that the first answer had, so that bytes of two objects are never mixed. A dropped
    connection is taken up again at the position reached.
    """

    def __init__(self, source: Object, options: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self._object = source
        self._options = options
        self._position = 0
        self._etag: str | None = None
        self._size: int | None = None
        self._body: Any = None
        self._idle_attempts = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
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
        target = offset + (self._known_size() if base is None else base)
        if target < 0:
            raise ValueError(f"seek to {target}: before the start")
        if target != self._position:
            self._hang_up()
            self._position = target
        return target

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        self._check_open()
        view = memoryview(buffer).cast("B")
        if not view:
            return 0
        data = self._next(len(view))
        view[: len(data)] = data
        return len(data)

    @override
    def readall(self) -> bytes:
        self._check_open()
        pieces: list[bytes] = []
        while piece := self._next(READ_BUFFER_BYTES):
            pieces.append(piece)
        return b"".join(pieces)

    @override
    def close(self) -> None:
        self._hang_up()
        super().close()

    def _next(self, count: int) -> bytes:
        """Up to `count` bytes from the position; empty only at the end."""
        while True:
            if self._size is not None and self._position >= self._size:
                return b""
            if self._body is None and not self._connect():
                return b""
            try:
                data = self._read_body(count)
                if data:
                    self._position += len(data)
                    self._idle_attempts = 0
                    return data
                if self._size is None or self._position >= self._size:
                    return b""
                raise ConnectionFailed(
                    f"the body ended at byte {self._position} of {self._size}", resource=str(self._object)
                )
            except ConnectionFailed as error:
                self._hang_up()
                self._idle_attempts += 1
                if self._idle_attempts >= READ_ATTEMPTS:
                    error.attempts = self._idle_attempts
                    raise

    def _read_body(self, count: int) -> bytes:
        def read(_: Any) -> bytes:
            return cast("bytes", self._body.read(count))

        return self._object.cloud.run(S3, "get_object", self._object, read)

    def _connect(self) -> bool:
        """Ask for the bytes from the position on; False if that is past the end."""
        try:
            answer = self._object.cloud.invoke(
                S3,
                "get_object",
                {
                    **address(self._object),
                    **with_key(self._object),
                    "Range": f"bytes={self._position}-" if self._position else None,
                    "IfMatch": self._etag,
                },
                aws=self._options,
                about=self._object,
            )
        except InvalidRequest as error:
            if error.code != _PAST_THE_END:
                raise
            return False
        part, _, whole = str(answer.get("ContentRange", "")).rpartition("/")
        etag = answer.get("ETag", self._etag)
        wrong: CloudError | None = None
        # Not every server looks at Range and If-Match.
        if self._position and not part.startswith(f"bytes {self._position}-"):
            wrong = ServiceError(
                f"asked for byte {self._position} and the rest, the server sent something else"
            )
        elif self._etag is not None and etag != self._etag:
            wrong = ObjectChanged("the object was replaced while it was being read")
        if wrong is not None:
            answer["Body"].close()
            wrong.service, wrong.operation, wrong.resource = S3.name, "GetObject", str(self._object)
            raise wrong
        self._body, self._etag = answer["Body"], etag
        self._size = int(whole) if whole.isdigit() else int(answer["ContentLength"])
        return True

    def _known_size(self) -> int:
        if self._size is None:
            source = self._object.refresh()
            self._etag, self._size = source.etag, source.size
        return self._size

    def _hang_up(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file")
