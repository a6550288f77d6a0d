"""A small object by one request."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloudkit._core.backoff import Backoff
from cloudkit._core.params import compact, merge_raw
from cloudkit.errors import CloudError, Conflict, InvalidRequest, PreconditionFailed
from cloudkit.s3._address.object import place, with_key
from cloudkit.s3._files.body import Slice, crc_of, own_errors
from cloudkit.s3._headers import WRITE_MARK
from cloudkit.s3._limits import (
    CONFLICT_ATTEMPTS,
    CONFLICT_PAUSE_SECONDS,
    MAX_METADATA_BYTES,
    MAX_PUT_BYTES,
    WRITE_TOKEN_BYTES,
)
from cloudkit.s3._options import CONDITIONS, marked, metadata_bytes
from cloudkit.s3._service import S3
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

# S3's word for two writers that met: the same PUT may get through a moment later.
MET = "ConditionalRequestConflict"
_WHILE_OTHERS_WRITE = Backoff(CONFLICT_PAUSE_SECONDS, attempts=CONFLICT_ATTEMPTS)


def put_object(target: ObjectAddress, body: bytes | Slice, options: Mapping[str, Any]) -> Answer:
    """One PUT. With a condition, it is repeated while others write in the same moment.

    Args:
        target: What it becomes.
        body: Its content.
        options: Parameters of PutObject.

    Raises:
        InvalidRequest: It is too large for one request.
        PreconditionFailed: A condition does not hold, and what is there is not what an earlier try has written.
    """
    token = new_token(options)
    if token is not None:
        options = marked(options, token)
    if len(body) > MAX_PUT_BYTES:
        raise InvalidRequest(
            f"{len(body)} bytes: one request takes {MAX_PUT_BYTES}",
            resource=str(target),
            hint="upload(data) and open('wb') send parts",
        )
    own: dict[str, Any] = {**place(target), **with_key(target), "Body": body}
    crc: int | None = None
    if takes_crc(target, options):
        crc = crc_of(body)
        own.update(crc_params(crc))
        options = {name: value for name, value in options.items() if name != "ChecksumAlgorithm"}
    params = merge_raw(own, options)
    doubtful = False
    pauses = _WHILE_OTHERS_WRITE.begin(target.cloud.clock)
    while True:
        try:
            with own_errors():
                return target.cloud.invoke(S3, "put_object", params, about=target)
        except Conflict as error:
            doubtful = doubtful or error.attempts > 1
            if error.code != MET or not pauses.take():
                raise
        except PreconditionFailed as error:
            found = None
            if token is not None and (doubtful or error.attempts > 1):
                found = own_write(target, size=len(body), crc=crc, etag=None, token=token)
            if found is None:
                raise
            return found


def new_token(options: Mapping[str, Any]) -> str | None:
    """What marks the write of this call, if it is one with a condition: by its content it cannot be told.

    None too where the metadata leaves no room for it, as that of a source may: then a lost answer stays an error.
    """
    if not any(name in options for name in CONDITIONS):
        return None
    token = secrets.token_hex(WRITE_TOKEN_BYTES)
    return token if metadata_bytes(marked(options, token)["Metadata"]) <= MAX_METADATA_BYTES else None


def takes_crc(target: ObjectAddress, options: Mapping[str, Any]) -> bool:
    """Whether CRC32 is what S3 is given to verify the content by: asked for, or nothing else is."""
    asked = options.get("ChecksumAlgorithm")
    if asked is not None:
        return bool(asked == "CRC32")
    return target.cloud.sends_checksums and not any(
        name.startswith("Checksum") or name == "ContentMD5" for name in options
    )


def crc_params(crc: int) -> dict[str, Any]:
    """A CRC32 as PutObject and UploadPart take it."""
    return {"ChecksumAlgorithm": "CRC32", "ChecksumCRC32": spelled(crc)}


def spelled(crc: int) -> str:
    """A CRC32 as S3 spells it."""
    return base64.b64encode(crc.to_bytes(4, "big")).decode()


def own_write(
    target: ObjectAddress, *, size: int, crc: int | None, etag: str | None, token: str | None = None
) -> Answer | None:
    """What a write would have been answered, if the object there is what it wrote; None if it is not. One HEAD.

    An answer can get lost: then the repeated request finds its condition broken by the first one.

    Args:
        target: Where it was written.
        size: What it has to be.
        crc: The CRC32 of the whole, if S3 was told it.
        etag: The ETag that S3 makes of it where it is not encrypted with a key of somebody's.
        token: What `marked` put into its metadata. Then nothing else counts: another may have written the same bytes.
    """
    checksum = crc is not None and token is None
    with suppress(CloudError):
        answer = target.cloud.invoke(
            S3,
            "head_object",
            compact(
                {
                    **place(target),
                    **with_key(target),
                    "ChecksumMode": "ENABLED" if checksum else None,
                }
            ),
            about=target,
        )
        if token is not None:
            return answer if answer.get("Metadata", {}).get(WRITE_MARK) == token else None
        same = answer.get("ETag") == etag or (crc is not None and answer.get("ChecksumCRC32") == spelled(crc))
        if answer.get("ContentLength") == size and same:
            return answer
    return None
