"""Whether two things of the same size have the same content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cloudkit._core.deadline import check as check_deadline
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._files.verifying import verify
from cloudkit.s3._limits import HASH_PIECE_BYTES
from cloudkit.s3.checksum import Checksum, checksum_of
from cloudkit.s3.errors import ObjectNotFound

_MD5_CHARACTERS = 32


def same_content(thing: ObjectAddress, path: Path) -> bool:
    """Whether an object has the content of a file. No request if its ETag is the file's MD5, else those of `verify`."""
    etag = thing.etag.strip('"')
    try:
        if len(etag) == _MD5_CHARACTERS and etag == _md5(path):
            return True
        # Another MD5 says nothing of an encrypted object, and the parts of a larger one are not known here.
        return verify(thing, thing._head_with_checksum(), path)  # pyright: ignore[reportPrivateUsage]
    except (InvalidRequest, ObjectNotFound):
        return False  # S3 keeps nothing that can be made here, or nothing any more: moving it is right
    except OSError as error:
        if isinstance(error, CloudError):
            raise
        return False  # whoever moves the file tells why it cannot be read


def same_objects(one: ObjectAddress, other: ObjectAddress) -> bool:
    """Whether two objects have the same content. No request if their ETags are one, else one HEAD each."""
    if one.etag and one.etag == other.etag:
        return True
    try:
        kept = _checksum(one)
        return kept is not None and kept == _checksum(other)
    except ObjectNotFound:
        return False


def _checksum(thing: ObjectAddress) -> Checksum | None:
    return checksum_of(thing._head_with_checksum())  # pyright: ignore[reportPrivateUsage]


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(HASH_PIECE_BYTES):
            check_deadline()
            digest.update(piece)
    return digest.hexdigest()
