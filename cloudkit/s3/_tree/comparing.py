"""Whether two things of the same size have the same content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cloudkit.errors import InvalidRequest
from cloudkit.s3._limits import HASH_PIECE_BYTES
from cloudkit.s3.object import Object

_MD5_CHARACTERS = 32


def same_content(thing: Object, path: Path) -> bool:
    """Whether an object has the content of a file. No request if its ETag is the file's MD5, else those of `verify`."""
    if len(thing.etag.strip('"')) == _MD5_CHARACTERS and thing.etag.strip('"') == _md5(path):
        return True
    # Another MD5 says nothing of an encrypted object, and the parts of a larger one are not known here.
    try:
        return thing.verify(path)
    except InvalidRequest:  # S3 keeps nothing that can be made here: nobody can say, and moving it is right
        return False


def same_objects(one: Object, other: Object) -> bool:
    """Whether two objects have the same content. No request if their ETags are one, else one HEAD each."""
    if one.etag and one.etag == other.etag:
        return True
    kept = one.checksum
    return kept is not None and kept == other.checksum


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(HASH_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
