"""Anything up: small things by one PUT, large ones in parts, in parallel."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import Buffer

from cloudkit._core.progress import Meter, metered
from cloudkit._core.workers import in_parallel
from cloudkit.errors import Conflict, InvalidRequest, NotFound, PreconditionFailed
from cloudkit.s3._address.object import place, with_key
from cloudkit.s3._directory import listed_prefix
from cloudkit.s3._files.body import Slice
from cloudkit.s3._files.multipart import Multipart, part_bytes
from cloudkit.s3._files.put import MET, put_object, spelled
from cloudkit.s3._files.writer import ObjectWriter
from cloudkit.s3._limits import MAX_PARTS, MIN_PART_BYTES, PARTS_AT_ONCE, UPLOAD_PART_BYTES, UPLOAD_PUT_BYTES
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.source import Content, Source, content_of
from cloudkit.types import Answer, ProgressHook

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

# Who may read it: an upload that was begun does not say what it was begun with, so none is taken up.
_PROTECTION = ("ACL", "Grant", "ServerSideEncryption", "SSEKMS", "BucketKeyEnabled", "ObjectLock")
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')


def upload(
    target: ObjectAddress,
    source: Source,
    options: Mapping[str, Any],
    *,
    progress: ProgressHook | bool | None = None,
    resume: bool = False,
) -> None:
    """Make it the content.

    Args:
        target: What it becomes.
        source: A path, bytes, an open file, or pieces of bytes.
        options: Parameters of PutObject.
        progress: Told of the bytes as they are sent.
        resume: Go on with an upload that failed before, and keep this one if it fails; not one whose protection is
            named here: it begins anew, and is aborted if it fails.
    """
    with content_of(source) as content:
        if isinstance(content, Content):
            with metered(progress, content.size, target.cloud.clock, target.name) as meter:
                known = None if progress is None or progress is False else meter
                answer = _send(target, content, options, known, resume=resume)
            target._written(answer, content.size)  # pyright: ignore[reportPrivateUsage]
            return
        if resume:
            raise InvalidRequest(
                "a stream is read once: its upload cannot be taken up again",
                hint="give a path, bytes or an open file of this machine, or leave resume= out",
            )
        with metered(progress, None, target.cloud.clock, target.name) as meter:
            known = None if progress is None or progress is False else meter
            _stream(target, content, options, known)


def _stream(
    target: ObjectAddress, pieces: Iterator[Buffer], options: Mapping[str, Any], meter: Meter | None
) -> None:
    with ObjectWriter(target, options, meter=meter) as file:
        for piece in pieces:
            if isinstance(piece, str):
                raise InvalidRequest("a piece is text, which has no bytes", hint="piece.encode()")
            file.write(piece)


def _send(
    target: ObjectAddress, content: Content, options: Mapping[str, Any], meter: Meter | None, *, resume: bool
) -> Answer:
    if content.size > UPLOAD_PUT_BYTES:
        return _send_parts(target, content, options, meter, resume=resume)
    # All of it at first: if the file is changed meanwhile, nothing was sent.
    data = content.read_at(0, content.size)
    content.check()
    if meter is None:
        return put_object(target, data, options)
    body = Slice(lambda first, count: data[first : first + count], 0, len(data), meter)
    answer = put_object(target, body, options)
    body.sent()
    return answer


# -- parts -------------------------------------------------------------------------------------------------------


def _send_parts(
    target: ObjectAddress, content: Content, options: Mapping[str, Any], meter: Meter | None, *, resume: bool
) -> Answer:
    resume = resume and not any(name.startswith(_PROTECTION) for name in options)
    each = part_bytes(content.size, UPLOAD_PART_BYTES)
    multipart = Multipart(target, options)
    there = _begun(multipart) if resume else None
    if there is not None:
        each = _part_size_of(there, content.size, each)

    def send(part: tuple[int, int]) -> None:
        number, first = part
        size = min(each, content.size - first)
        body = content.slice(first, size, meter)
        row = None if there is None else there.get(number)
        if row is not None and row["Size"] == size:
            same, crc = _compared(row, body, whole_crc=multipart.whole_crc)
            if same:
                multipart.keep(number, row, size, crc)
                body.sent()
                return
        multipart.send(number, body, size)
        body.sent()

    try:
        if there is None:
            multipart.begin(kept=resume)
        parts = ((index + 1, first) for index, first in enumerate(range(0, content.size, each)))
        for _ in in_parallel(send, parts, width=PARTS_AT_ONCE, name="cloudkit-upload"):
            pass
        content.check()
        return multipart.complete()
    except PreconditionFailed:
        multipart.give_up()  # it would never be completed
        raise
    except BaseException as error:
        # S3 wants an upload that met another writer begun again, so it is not kept either.
        if not resume or (isinstance(error, Conflict) and error.code == MET):
            multipart.give_up()
        raise


def _begun(multipart: Multipart) -> dict[int, Answer] | None:
    """Take up the newest upload of the object that was begun and is not over; its parts by their numbers."""
    target = multipart.target
    pages = target.cloud.pages(
        S3,
        "list_multipart_uploads",
        about=target,
        **_bucket_of(target),
        Prefix=listed_prefix(target.bucket_name, target.key),
    )
    rows = [
        row
        for page in pages
        for row in page.get("Uploads", [])
        if row["Key"] == target.key and multipart.fits(row)
    ]
    rows.sort(key=lambda row: row["Initiated"])
    for row in reversed(rows):
        try:
            parts = {
                int(part["PartNumber"]): part
                for page in target.cloud.pages(
                    S3,
                    "list_parts",
                    about=target,
                    **place(target),
                    **with_key(target),
                    UploadId=row["UploadId"],
                )
                for part in page.get("Parts", [])
            }
        except NotFound:
            continue  # it was completed or aborted meanwhile
        multipart.resume(row)
        return parts
    return None


def _bucket_of(target: ObjectAddress) -> dict[str, Any]:
    return {name: value for name, value in place(target).items() if name != "Key"}


def _part_size_of(there: Mapping[int, Answer], size: int, own: int) -> int:
    """How the earlier upload was cut, as its parts show it."""

    def agrees(each: int) -> bool:
        return all(row["Size"] == min(each, size - (number - 1) * each) for number, row in there.items())

    largest = max((int(row["Size"]) for row in there.values()), default=own)
    if agrees(own) or not agrees(largest):
        return own
    return largest if largest >= MIN_PART_BYTES and size <= largest * MAX_PARTS else own


def _compared(row: Answer, body: Slice, *, whole_crc: bool) -> tuple[bool, int | None]:
    """Whether a part in S3 has these bytes, and their CRC32 if that was made."""
    wanted = row.get("ChecksumCRC32")
    tag = _MD5.fullmatch(str(row.get("ETag", "")))
    if wanted is None and tag is None:
        return False, None
    crc = 0
    digest = hashlib.md5(usedforsecurity=False)

    def add(piece: bytes) -> None:
        nonlocal crc
        if wanted is not None or whole_crc:
            crc = zlib.crc32(piece, crc)
        if wanted is None:
            digest.update(piece)

    body.pieces_digest(add)
    same = spelled(crc) == wanted if wanted is not None else tag is not None and digest.hexdigest() == tag[1]
    return same, crc if wanted is not None or whole_crc else None
