"""What S3 keeps of an object's content, to tell later whether it is still the same."""

from __future__ import annotations

import base64
import hashlib
import importlib
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import IO, Any, Literal, Protocol

from attrs import frozen

from cloudkit._core.deadline import check as check_deadline
from cloudkit.errors import InvalidRequest, ServiceError
from cloudkit.s3._limits import READ_PIECE_BYTES
from cloudkit.s3._service import S3

# In this order they are looked for in an answer: what is always here first.
_ALWAYS = ("crc32", "sha256", "sha1", "sha512", "md5")
_BY_AWSCRT = ("crc64nvme", "crc32c")
_ALWAYS_WHOLE = ("crc64nvme",)  # S3 makes no composite of it
_WITH_AWSCRT = "pip install 'botocore[crt]' brings crc32c and crc64nvme"
_PREFIX = "Checksum"
_BYTES = {"crc32": 4, "crc32c": 4, "crc64nvme": 8}


@frozen
class Checksum:
    """A checksum that S3 keeps of an object's content.

    Attributes:
        algorithm: `"crc32"`, `"crc32c"`, `"crc64nvme"`, `"sha1"`, `"sha256"` ...
        value: What S3 says, in base64, without the number of parts.
        kind: `"full"`, of the whole content; `"composite"`, of the checksums of its parts.
        parts: How many parts, if it is composite.
    """

    algorithm: str
    value: str
    kind: Literal["full", "composite"] = "full"
    parts: int | None = None

    @property
    def digest(self) -> bytes:
        """The value in bytes."""
        return base64.b64decode(self.value)


class Digest(Protocol):
    """A checksum under way."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take these bytes in."""
        ...

    def digest(self) -> bytes:
        """The checksum of what was taken in so far."""
        ...


class _Crc:
    """A CRC as hashlib has its own."""

    def __init__(self, function: Callable[[bytes | memoryview, int], int], size: int) -> None:
        self._function = function
        self._size = size
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def new_digest(algorithm: str) -> Digest | None:
    """A checksum of that algorithm, nothing taken in yet; None if it cannot be made here."""
    if algorithm == "crc32":
        return _Crc(zlib.crc32, _BYTES[algorithm])
    if algorithm in _BY_AWSCRT:
        function = _of_awscrt(algorithm)
        return None if function is None else _Crc(function, _BYTES[algorithm])
    if algorithm in _ALWAYS:
        return hashlib.new(algorithm, usedforsecurity=False)
    return None


def digest_of(file: IO[bytes], algorithm: str, size: int | None = None) -> bytes:
    """The checksum of the next bytes of a file; of all that are left without a size."""
    digest = new_digest(algorithm)
    if digest is None:
        raise InvalidRequest(f"{algorithm} cannot be computed here", hint=_WITH_AWSCRT)
    while size is None or size > 0:
        check_deadline()
        piece = file.read(READ_PIECE_BYTES if size is None else min(size, READ_PIECE_BYTES))
        if not piece:
            break
        digest.update(piece)
        size = None if size is None else size - len(piece)
    return digest.digest()


@lru_cache
def _of_awscrt(algorithm: str) -> Callable[[bytes | memoryview, int], int] | None:
    try:
        found = getattr(importlib.import_module("awscrt.checksums"), algorithm, None)
    except ImportError:
        return None
    return None if found is None else lambda data, before: int(found(bytes(data), before))


def checksum_of(answer: Mapping[str, Any]) -> Checksum | None:
    """The checksum in the answer of a HEAD or GET with `ChecksumMode`; one that can be made here goes first."""
    found = {
        name[len(_PREFIX) :].lower(): str(value)
        for name, value in answer.items()
        if name.startswith(_PREFIX) and name != "ChecksumType" and value
    }
    order = [name for name in (*_ALWAYS, *_BY_AWSCRT) if name in found]
    algorithm = next(iter([*order, *found]), None)
    if algorithm is None:
        return None
    value, mark, number = found[algorithm].partition("-")
    parts = int(number) if mark and number.isdigit() else None
    if parts is None:
        parts = _parts_without_a_word(algorithm, answer)
    return Checksum(algorithm, value, "full" if parts is None else "composite", parts)


def check_digest(expected: Checksum, made: bytes, about: object) -> None:
    """Refuse content that is not what S3 keeps.

    Raises:
        ServiceError: It is not.
    """
    if made != expected.digest:
        raise ServiceError(
            f"what arrived is not what S3 keeps: its {expected.algorithm} is {base64.b64encode(made).decode()},"
            f" and should be {expected.value}",
            service=S3.name,
            operation="GetObject",
            code="ChecksumMismatch",
            resource=str(about),
            retryable=True,
            hint="something changed bytes on the way: read it again",
        )


def _parts_without_a_word(algorithm: str, answer: Mapping[str, Any]) -> int | None:
    """The parts that a composite checksum is of, if the checksum leaves that out."""
    kind = answer.get("ChecksumType")
    if kind == "FULL_OBJECT" or (kind is None and algorithm in _ALWAYS_WHOLE):
        return None
    # Where nobody says so, what was uploaded in parts is taken for composite, which no stream is held against.
    return parts_of_etag(str(answer.get("ETag", "")))


def parts_of_etag(etag: str) -> int | None:
    """How many parts an object was uploaded in, as its ETag says; None if it was not."""
    number = etag.strip('"').partition("-")[2]
    return int(number) if number.isdigit() else None
