"""An upload in parts: begun, filled in any order by any thread, and completed or aborted."""

from __future__ import annotations

import base64
import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from cloudkit._core.params import merge_raw
from cloudkit.errors import CloudError, InvalidRequest, NotFound
from cloudkit.s3._address import copy_source, place, with_key
from cloudkit.s3._limits import (
    MAX_OBJECT_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    PART_BYTES,
    PART_GROWTH_EVERY,
)
from cloudkit.s3._service import S3
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3.object import Object

CONDITIONS = ("IfMatch", "IfNoneMatch")
_CHECKSUMS = (
    "ChecksumCRC32",
    "ChecksumCRC32C",
    "ChecksumCRC64NVME",
    "ChecksumSHA1",
    "ChecksumSHA256",
)
_MEBIBYTE = 1024**2


def part_bytes(size: int) -> int:
    """How large the parts of that many bytes are, so that 10,000 of them hold it all.

    Raises:
        InvalidRequest: No object is that large.
    """
    if size > MAX_OBJECT_BYTES:
        raise InvalidRequest(f"{size} bytes: an object has at most {MAX_OBJECT_BYTES}")
    least = -(-size // MAX_PARTS)
    return min(max(PART_BYTES, -(-least // _MEBIBYTE) * _MEBIBYTE), MAX_PART_BYTES)


def growing_part_bytes(number: int) -> int:
    """How large part `number` is, 1 to 10,000, where nobody knows how much is to come."""
    return min(PART_BYTES << ((number - 1) // PART_GROWTH_EVERY), MAX_PART_BYTES)


class Multipart:
    """An upload in parts under way. `begin()` it first.

    Args:
        target: What it becomes.
        options: Parameters as PutObject takes them; conditions among them hold at the completion.
    """

    def __init__(self, target: Object, options: Mapping[str, Any]) -> None:
        self.target = target
        self.upload_id: str | None = None
        self._conditions = {name: options[name] for name in CONDITIONS if name in options}
        self._options = {name: value for name, value in options.items() if name not in self._conditions}
        # Whole-object CRC32 where nothing else is asked for: any way of reading can then be verified against it.
        self._whole_crc = "ChecksumAlgorithm" not in self._options and target.cloud.sends_checksums
        self._parts: dict[int, dict[str, Any]] = {}
        self._crcs: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Begin it. One request."""
        checksum = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"} if self._whole_crc else {}
        answer = self.target.cloud.invoke(
            S3,
            "create_multipart_upload",
            merge_raw({**place(self.target), **with_key(self.target), **checksum}, self._options),
            about=self.target,
        )
        self.upload_id = str(answer["UploadId"])

    def send(self, number: int, body: bytes | IO[bytes], size: int, crc: int | None = None) -> None:
        """Send a part. One request.

        Args:
            number: 1 to 10,000.
            body: Its bytes, or a file of them that can be rewound.
            size: How many.
            crc: Their CRC32, if it is known already.
        """
        checksum: dict[str, Any] = {}
        if self._whole_crc:
            crc = _crc_of(body) if crc is None else crc
            checksum["ChecksumCRC32"] = base64.b64encode(crc.to_bytes(4, "big")).decode()
        elif "ChecksumAlgorithm" in self._options:
            checksum["ChecksumAlgorithm"] = self._options["ChecksumAlgorithm"]
        answer = self._invoke("upload_part", {"PartNumber": number, "Body": body, **checksum})
        self._note(number, answer, size, crc)

    def copy(self, number: int, source: Object, first: int, size: int, etag: str | None) -> None:
        """Make a part of bytes of an object in S3. One request.

        Args:
            number: 1 to 10,000.
            source: Whose bytes.
            first: The first of them.
            size: How many.
            etag: What the source must still be.
        """
        answer = self._invoke(
            "upload_part_copy",
            {
                "PartNumber": number,
                **copy_source(source),
                "CopySourceRange": f"bytes={first}-{first + size - 1}",
                "CopySourceIfMatch": etag,
            },
        )
        self._note(number, answer["CopyPartResult"], size, None)

    def _note(self, number: int, answer: Mapping[str, Any], size: int, crc: int | None) -> None:
        part = {"PartNumber": number, "ETag": answer["ETag"]}
        part.update({name: answer[name] for name in _CHECKSUMS if name in answer})
        with self._lock:
            self._parts[number] = part
            self._crcs[number] = (crc if crc is not None else -1, size)

    @property
    def size(self) -> int:
        """Bytes in the parts so far."""
        with self._lock:
            return sum(size for _, size in self._crcs.values())

    def complete(self) -> Answer:
        """Make the parts the object. One request."""
        parts = [part for _, part in sorted(self._parts.items())]
        return self._invoke(
            "complete_multipart_upload",
            {"MultipartUpload": {"Parts": parts}, "MpuObjectSize": self.size, **self._conditions},
        )

    def abort(self) -> None:
        """Throw the parts away; fine if it is over already. One request."""
        if self.upload_id is not None:
            with suppress(NotFound):
                self.target.cloud.invoke(
                    S3,
                    "abort_multipart_upload",
                    {**place(self.target), "UploadId": self.upload_id},
                    about=self.target,
                )

    def give_up(self) -> None:
        """`abort`, with an exception under way that a failing abort must not hide."""
        with suppress(CloudError):
            self.abort()

    def _invoke(self, operation: str, params: Mapping[str, Any]) -> Answer:
        given = {**place(self.target), **with_key(self.target), "UploadId": self.upload_id, **params}
        return self.target.cloud.invoke(S3, operation, given, about=self.target)


def _crc_of(body: bytes | IO[bytes]) -> int:
    if isinstance(body, (bytes, bytearray, memoryview)):
        return zlib.crc32(body)
    crc = 0
    start = body.tell()
    while piece := body.read(_MEBIBYTE):
        crc = zlib.crc32(piece, crc)
    body.seek(start)
    return crc
