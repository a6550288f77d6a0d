"""Objects as files: reading by ranges pinned to one version, writing that publishes all or nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Buffer, Self, override

from cloudkit._core.params import merge_raw
from cloudkit.errors import CloudError, ConnectionFailed, InvalidRequest, ServiceError
from cloudkit.s3._limits import (
    MAX_PART_BYTES,
    PART_BYTES,
    PART_GROWTH_EVERY,
    READ_ATTEMPTS,
    READ_BUFFER_BYTES,
)
from cloudkit.s3._service import S3
from cloudkit.s3.errors import ObjectChanged
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3.object import Object

# What S3 says to a range that begins at the end of the object or behind it.
_PAST_THE_END = "InvalidRange"


def address(of: Object) -> dict[str, Any]:
    """What S3's operations name an object by."""
    place = {"Bucket": of.bucket_name, "Key": of.key}
    return place if of.version_id is None else {**place, "VersionId": of.version_id}


def put_object(target: Object, body: bytes, options: Mapping[str, Any]) -> Answer:
    """One PUT."""
    return target.cloud.invoke(
        S3, "put_object", merge_raw({**address(target), "Body": body}, options), about=target
    )


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


class ObjectWriter(io.RawIOBase):
    """A binary file that becomes the object when it is closed, and nothing if an exception comes first.

    What fits one part is one PUT; more is a multipart upload whose parts grow, so that the largest object fits.
    """

    def __init__(self, target: Object, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._object = target
        # Conditions hold when the object appears, which for an upload in parts is at its completion.
        self._conditions = {name: options[name] for name in ("IfMatch", "IfNoneMatch") if name in options}
        self._options = {name: value for name, value in options.items() if name not in self._conditions}
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []
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
            while len(self._buffer) > (size := self._part_bytes()):
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
        if self._upload_id is not None:
            self._upload("abort_multipart_upload", {})

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

    def _begin(self) -> None:
        answer = self._object.cloud.invoke(
            S3,
            "create_multipart_upload",
            merge_raw(address(self._object), self._options),
            about=self._object,
        )
        self._upload_id = str(answer["UploadId"])

    def _upload(self, operation: str, params: Mapping[str, Any]) -> Answer:
        given = {**address(self._object), "UploadId": self._upload_id, **params}
        return self._object.cloud.invoke(S3, operation, given, about=self._object)

    def _part_bytes(self) -> int:
        return min(PART_BYTES << (len(self._parts) // PART_GROWTH_EVERY), MAX_PART_BYTES)

    def _send_part(self, size: int) -> None:
        if self._upload_id is None:
            self._begin()
        number = len(self._parts) + 1
        part = self._upload("upload_part", {"PartNumber": number, "Body": bytes(self._buffer[:size])})
        self._parts.append({"PartNumber": number, "ETag": part["ETag"]})
        del self._buffer[:size]

    def _publish(self) -> None:
        if self._upload_id is None:
            put_object(self._object, bytes(self._buffer), {**self._options, **self._conditions})
            return
        try:
            if self._buffer:
                self._send_part(len(self._buffer))
            self._upload(
                "complete_multipart_upload", {"MultipartUpload": {"Parts": self._parts}, **self._conditions}
            )
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
