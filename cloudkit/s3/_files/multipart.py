"""An upload in parts: begun, filled in any order by any thread, and completed or aborted."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from cloudkit._core.params import compact, merge_raw, without_metadata
from cloudkit._core.steps import clean_up
from cloudkit.errors import CloudError, InvalidRequest, NotFound, PreconditionFailed
from cloudkit.s3._address.object import copy_source, place, with_key
from cloudkit.s3._files.body import Slice, crc_of, own_errors
from cloudkit.s3._files.crc32 import crc32_of_parts
from cloudkit.s3._files.put import crc_params, new_token, own_write, spelled, takes_crc
from cloudkit.s3._limits import (
    MAX_OBJECT_BYTES,
    MAX_PART_BYTES,
    MAX_PARTS,
    PART_BYTES,
    PART_GROWTH_EVERY,
)
from cloudkit.s3._options import CONDITIONS, marked
from cloudkit.s3._service import S3
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

_CHECKSUM = "Checksum"
_WHOLE = "FULL_OBJECT"
# What says that it is CRC32, where the caller says it too.
_OURS = ("ChecksumAlgorithm", "ChecksumType")
# What concerns who pays, and is asked at every step.
_EVERYWHERE = ("RequestPayer",)
_MEBIBYTE = 1024**2


def part_bytes(size: int, least: int | None = None) -> int:
    """How large the parts of that many bytes are, so that 10,000 of them hold it all.

    Args:
        size: Bytes in all.
        least: What parts have if that is enough. Default: 8 MiB.

    Raises:
        InvalidRequest: No object is that large.
    """
    if size > MAX_OBJECT_BYTES:
        raise InvalidRequest(f"{size} bytes: an object has at most {MAX_OBJECT_BYTES}")
    needed = -(-size // MAX_PARTS)
    return min(
        max(PART_BYTES if least is None else least, -(-needed // _MEBIBYTE) * _MEBIBYTE), MAX_PART_BYTES
    )


def growing_part_bytes(number: int) -> int:
    """How large part `number` is, 1 to 10,000, where nobody knows how much is to come."""
    return min(PART_BYTES << ((number - 1) // PART_GROWTH_EVERY), MAX_PART_BYTES)


@frozen
class _Part:
    """A part that S3 has.

    Attributes:
        named: What the completion calls it by.
        size: Its bytes.
        crc: Its CRC32, if anybody made it.
    """

    named: Mapping[str, Any]
    size: int
    crc: int | None


class Multipart:
    """An upload in parts under way. `begin()` it first, or `resume()` one that was begun earlier.

    Args:
        target: What it becomes.
        options: Parameters as PutObject takes them; conditions among them hold at the completion.
    """

    def __init__(self, target: ObjectAddress, options: Mapping[str, Any]) -> None:
        self.target = target
        self.upload_id: str | None = None
        self._conditions = {name: options[name] for name in CONDITIONS if name in options}
        self._always = {name: options[name] for name in _EVERYWHERE if name in options}
        self._options = {name: value for name, value in options.items() if name not in self._conditions}
        self._token = new_token(options)
        self._algorithm: str | None = options.get("ChecksumAlgorithm")
        # Whole-object CRC32 where nothing else is asked for: any way of reading can then be verified against it.
        self.whole_crc = takes_crc(target, options) and options.get("ChecksumType", _WHOLE) == _WHOLE
        self._cloud = target.cloud
        self._given_up = False
        self._parts: dict[int, _Part] = {}
        self._lock = threading.Lock()

    # -- the steps -------------------------------------------------------------------------------------------

    def begin(self, *, kept: bool = False) -> None:
        """Begin it. One request.

        Args:
            kept: Whether it stays where it fails. Else one that S3 begins after the deadline is aborted.
        """
        named: dict[str, Any] = {**place(self.target), **with_key(self.target)}
        options = self._options if self._token is None else marked(self._options, self._token)
        if self.whole_crc:
            named.update(ChecksumAlgorithm="CRC32", ChecksumType=_WHOLE)
            options = {name: value for name, value in options.items() if name not in _OURS}
        answer = self._cloud.invoke(
            S3,
            "create_multipart_upload",
            merge_raw(named, options),
            about=self.target,
            late=None if kept else self._begun_late,
        )
        self.upload_id = str(answer["UploadId"])

    def _begun_late(self, answer: Answer) -> None:
        self.upload_id = str(answer["UploadId"])
        self.give_up()

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether an upload of ListMultipartUploads is one that this one could go on with."""
        algorithm, kind = row.get("ChecksumAlgorithm"), row.get("ChecksumType")
        if algorithm is None:
            return self._algorithm is None  # its parts are verified as they are sent, and its whole is not
        return self.whole_crc and (algorithm, kind) == ("CRC32", _WHOLE)

    def resume(self, row: Mapping[str, Any]) -> None:
        """Go on with an upload of ListMultipartUploads that `fits`. No request."""
        self.upload_id = str(row["UploadId"])
        self._token = None  # it was begun with another one, which nobody knows any more
        if row.get("ChecksumAlgorithm") is None:
            # S3 refuses checksums of parts where the upload was begun without, and botocore would send them.
            self.whole_crc = False
            transfers = self._cloud.transfers
            self._cloud = self._cloud.with_options(transfers=evolve(transfers, checksums="when_required"))

    def keep(self, number: int, row: Mapping[str, Any], size: int, crc: int | None) -> None:
        """Take a part of ListParts as it is. No request."""
        self._note(number, row, size, crc)

    def send(self, number: int, body: bytes | Slice, size: int, crc: int | None = None) -> None:
        """Send a part. One request.

        Args:
            number: 1 to 10,000.
            body: Its bytes.
            size: How many.
            crc: Their CRC32, if it is known already.

        Raises:
            InvalidRequest: There have been 10,000 parts.
        """
        if number > MAX_PARTS:
            raise InvalidRequest(
                f"part {number}: an upload has at most {MAX_PARTS} parts", resource=str(self.target)
            )
        checksum: dict[str, Any] = {}
        if self.whole_crc:
            crc = crc_of(body) if crc is None else crc
            checksum = crc_params(crc)
        elif self._algorithm is not None:
            checksum = {"ChecksumAlgorithm": self._algorithm}
        with own_errors():
            answer = self._invoke("upload_part", {"PartNumber": number, "Body": body, **checksum})
        self._note(number, answer, size, crc)

    def copy(self, number: int, source: ObjectAddress, first: int, size: int, etag: str | None) -> None:
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
        copied = answer["CopyPartResult"]
        said = copied.get("ChecksumCRC32")
        self._note(number, copied, size, int.from_bytes(base64.b64decode(said), "big") if said else None)

    def _note(self, number: int, answer: Mapping[str, Any], size: int, crc: int | None) -> None:
        named = {"PartNumber": number, "ETag": answer["ETag"]}
        named.update(
            (name, value)
            for name, value in answer.items()
            if name.startswith(_CHECKSUM) and name != "ChecksumType"
        )
        if self.whole_crc and crc is not None:
            named["ChecksumCRC32"] = spelled(crc)
        with self._lock:
            self._parts[number] = _Part(named, size, crc)

    @property
    def size(self) -> int:
        """Bytes in the parts so far."""
        with self._lock:
            return sum(part.size for part in self._parts.values())

    def complete(self) -> Answer:
        """Make the parts the object. One request; another one where the answer was lost or does not say the ETag.

        Returns:
            The answer, with an ETag.

        Raises:
            PreconditionFailed: A condition does not hold.
            Conflict: Others wrote in the same moment: it has to be begun again.
        """
        parts = [part for _, part in sorted(self._parts.items())]
        crcs = [(part.crc, part.size) for part in parts if part.crc is not None]
        crc = crc32_of_parts(crcs) if self.whole_crc and len(crcs) == len(parts) else None
        named: dict[str, Any] = {"MultipartUpload": {"Parts": [dict(part.named) for part in parts]}}
        if self.whole_crc:
            named["ChecksumType"] = _WHOLE
            named["ChecksumCRC32"] = None if crc is None else spelled(crc)
        if self._cloud.sends_checksums:
            named["MpuObjectSize"] = self.size
        try:
            answer = self._invoke("complete_multipart_upload", {**named, **self._conditions})
        except (NotFound, PreconditionFailed) as error:
            # An answer can get lost: then the repeated request finds the upload gone, or its own object there.
            found = None
            # With a condition there is one winner: that another's object has the same content makes it not ours.
            if error.attempts > 1 and (self._token is not None or not self._conditions):
                etag = _tag_of_parts(parts)
                found = own_write(self.target, size=self.size, crc=crc, etag=etag, token=self._token)
            if found is None:
                raise
            return found
        if not str(answer.get("ETag", "")).strip('"'):  # some servers leave it empty
            head = self._cloud.invoke(
                S3, "head_object", {**place(self.target), **with_key(self.target)}, about=self.target
            )
            return {**without_metadata(answer), "ETag": head["ETag"]}
        return answer

    def abort(self) -> None:
        """Throw the parts away; fine if it is over already. One request. No part may be under way any more.

        But for those that the deadline has ended: the ones that arrive all the same are thrown away by another one.
        """
        self._given_up = True
        if self.upload_id is not None:
            clean_up(self._abort)

    def _abort(self) -> None:
        if self.upload_id is not None:
            with suppress(NotFound):
                self._cloud.invoke(
                    S3,
                    "abort_multipart_upload",
                    {**place(self.target), **self._always, "UploadId": self.upload_id},
                    about=self.target,
                )

    def give_up(self) -> None:
        """`abort`, with an exception under way that a failing abort must not hide."""
        with suppress(CloudError):
            self.abort()

    def _invoke(self, operation: str, params: Mapping[str, Any]) -> Answer:
        given = {
            **place(self.target),
            **with_key(self.target),
            **self._always,
            "UploadId": self.upload_id,
            **params,
        }
        answer = self._cloud.invoke(S3, operation, compact(given), about=self.target, late=self._arrived_late)
        self._arrived_late(answer)
        return answer

    def _arrived_late(self, _: Answer) -> None:
        if self._given_up:
            self.give_up()


def _tag_of_parts(parts: list[_Part]) -> str | None:
    """The ETag that S3 makes of parts: of their MD5 sums, where their ETags are that."""
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        try:
            digest.update(bytes.fromhex(str(part.named["ETag"]).strip('"')))
        except ValueError:
            return None
    return f'"{digest.hexdigest()}-{len(parts)}"'
