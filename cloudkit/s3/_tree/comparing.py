"""Whether two things of the same size have the same content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cloudkit._core.deadline import check as check_deadline
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.s3._limits import HASH_PIECE_BYTES
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.s3.object import Object

_MD5_CHARACTERS = 32


def same_content(thing: Object, path: Path) -> bool:
    """Whether an object has the content of a file. No request if its ETag is the file's MD5, else those of `verify`."""
    etag = thing.etag.strip('"')
    try:
        if len(etag) == _MD5_CHARACTERS and etag == _md5(path):
            return True
        # Another MD5 says nothing of an encrypted object, and the parts of a larger one are not known here.
        return thing.verify(path)
    except (InvalidRequest, ObjectNotFound):
        return False  # S3 keeps nothing that can be made here, or nothing any more: moving it is right
    except OSError as error:
        if isinstance(error, CloudError):
            raise
        return False  # whoever moves the file tells why it cannot be read


def same_objects(one: Object, other: Object) -> bool:
    """Whether two objects have the same content. No request if their ETags are one, else one HEAD each."""
    if one.etag and one.etag == other.etag:
        return True
    try:
        kept = one.checksum
        return kept is not None and kept == other.checksum
    except ObjectNotFound:
        return False


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(HASH_PIECE_BYTES):
            check_deadline()
            digest.update(piece)
    return digest.hexdigest()
