"""Whether a file here and an object there have the same content."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from cloudkit._core.workers import in_parallel
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.object import address, with_key
from cloudkit.s3._limits import VERIFY_WORKERS
from cloudkit.s3._service import S3
from cloudkit.s3.checksum import Checksum, checksum_of, digest_of, new_digest, parts_of_etag
from cloudkit.types import Answer

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

_MD5 = "md5"
# A plain MD5, or one of the MD5s of the parts.
_MD5_ETAG = re.compile(r'"?([0-9a-f]{32})(?:-\d+)?"?')
# Directory buckets have ETags of another kind.
_NO_MD5_BUCKETS = "--x-s3"


def verify(thing: ObjectAddress, head: Answer, data: bytes | str | os.PathLike[str]) -> bool:
    """Whether these bytes, or those of a file, are what S3 keeps.

    Args:
        thing: The object.
        head: The answer of its HEAD with `ChecksumMode`.
        data: The bytes, or the path of the file.
    """
    if isinstance(data, (str, os.PathLike)):
        with open(data, "rb") as file:
            return _same(thing, head, file, os.fstat(file.fileno()).st_size)
    return _same(thing, head, io.BytesIO(data), len(data))


def _same(thing: ObjectAddress, head: Answer, file: IO[bytes], size: int) -> bool:
    expected = _comparable(thing, head)
    if size != int(head["ContentLength"]):
        return False
    if expected.kind == "composite":
        if _same_parts(thing, file, size, expected):
            return True
        if expected.algorithm == _MD5 or "ChecksumType" in head:
            return False
        file.seek(0)  # nobody said which of the two it is
    return digest_of(file, expected.algorithm) == expected.digest


def _comparable(thing: ObjectAddress, head: Answer) -> Checksum:
    """What S3 keeps that can be made here too: a checksum, or an ETag that is one."""
    kept = checksum_of(head)
    if kept is not None and new_digest(kept.algorithm) is not None:
        return kept
    etag = str(head.get("ETag", ""))
    md5 = _MD5_ETAG.fullmatch(etag)
    plain = head.get("ServerSideEncryption", "AES256") == "AES256" and "SSECustomerAlgorithm" not in head
    if md5 is not None and plain and not thing.bucket_name.endswith(_NO_MD5_BUCKETS):
        parts = parts_of_etag(etag)
        value = base64.b64encode(bytes.fromhex(md5[1])).decode()
        return Checksum(_MD5, value, "full" if parts is None else "composite", parts)
    what = "no checksum" if kept is None else f"a {kept.algorithm} alone, which cannot be computed here"
    raise InvalidRequest(
        f"S3 keeps {what}, and its ETag is no MD5: there is nothing to compare with",
        resource=str(thing),
        hint="write it with checksum='sha256'"
        if kept is None
        else "pip install 'botocore[crt]', which can compute it",
    )


def _same_parts(thing: ObjectAddress, file: IO[bytes], size: int, expected: Checksum) -> bool:
    count = expected.parts or 1
    # Nearly all uploads have parts of one size, and a shorter one at the end.
    first = _part_size(thing, 1)
    last = size - first * (count - 1)
    alike = [*[first] * (count - 1), last] if 0 < last <= first else []
    if alike and _digest_of_parts(file, expected.algorithm, alike) == expected.digest:
        return True
    numbers = range(1, count + 1)
    found = in_parallel(lambda number: _part_size(thing, number), numbers, width=VERIFY_WORKERS)
    sizes = [part for _, part in found]
    if sum(sizes) != size:
        raise InvalidRequest(
            f"the server does not say how large the {count} parts were: there is nothing to compare with",
            resource=str(thing),
        )
    return sizes != alike and _digest_of_parts(file, expected.algorithm, sizes) == expected.digest


def _digest_of_parts(file: IO[bytes], algorithm: str, sizes: Sequence[int]) -> bytes:
    file.seek(0)
    digests = b"".join(digest_of(file, algorithm, size) for size in sizes)
    return digest_of(io.BytesIO(digests), algorithm)


def _part_size(thing: ObjectAddress, number: int) -> int:
    named = {**address(thing), **with_key(thing), "PartNumber": number}
    return int(thing.cloud.invoke(S3, "head_object", named, about=thing)["ContentLength"])
