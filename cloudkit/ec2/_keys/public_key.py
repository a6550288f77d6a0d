"""The public half of a key: read, checked and compared."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias, Union

from cloudkit.errors import InvalidRequest

PublicKey: TypeAlias = Union[str, "os.PathLike[str]"]
"""A public key in OpenSSH's form, or the file that holds it."""

_ED25519 = "ssh-ed25519"
_KINDS = (_ED25519, "ssh-rsa")


def read_public_key(key: PublicKey) -> str:
    """The text of a public key, given as that or as a file.

    A private key is refused before anything is sent.
    """
    given = isinstance(key, str) and (key.lstrip().startswith(("ssh-", "ecdsa-", "-----")) or "\n" in key)
    text = str(key) if given else Path(key).expanduser().read_text(encoding="utf-8", errors="replace")
    if "PRIVATE KEY" in text:
        raise InvalidRequest(
            "this is the private half of a key: AWS gets the public one alone",
            hint="give the file that ends in .pub, or the output of `ssh-keygen -y -f FILE`",
        )
    same_key(text)
    return text.strip()


def same_key(text: str) -> tuple[str, bytes]:
    """Kind and bytes of a public key: what two texts of the same key agree in."""
    words = text.split()
    try:
        kind, body = words[0], base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error):
        kind, body = "", b""
    if kind not in _KINDS or not body:
        raise InvalidRequest(
            f"not a public key that EC2 takes: it begins with {' or '.join(_KINDS)}",
            hint="`ssh-keygen -t ed25519` makes one; `ssh-keygen -i -f FILE` converts other forms",
        )
    return kind, body


def fingerprint_of(text: str) -> str:
    """What EC2 calls the fingerprint of an imported public key.

    SHA-256 in base64 for ed25519; for RSA, MD5 in hexadecimal of the key in DER form. A pair of kind RSA that EC2 has
    made itself has the SHA-1 of its private half, which nobody can tell from the public one.
    """
    kind, body = same_key(text)
    if kind == _ED25519:
        return base64.b64encode(hashlib.sha256(body).digest()).decode()
    _, exponent, modulus = _fields(body)
    key = _der(_SEQUENCE, _der(_INTEGER, modulus) + _der(_INTEGER, exponent))
    whole = _der(_SEQUENCE, _RSA_ALGORITHM + _der(_BITS, b"\0" + key))
    digest = hashlib.md5(whole, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two fingerprints are one, however they are written."""
    return _bare(one) == _bare(other)


def _bare(fingerprint: str) -> str:
    return fingerprint.removeprefix("SHA256:").rstrip("=")


_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03
# The algorithm "rsaEncryption" with no parameters, as RFC 3279 writes it.
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
_SHORT = 0x80  # lengths from here on are written with how many bytes they take


def _fields(body: bytes) -> Iterator[bytes]:
    """The fields of a key in SSH's form: each with its length before it."""
    at = 0
    while at < len(body):
        (size,) = struct.unpack_from(">I", body, at)
        yield body[at + 4 : at + 4 + size]
        at += 4 + size


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _SHORT:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _SHORT | len(length)]) + length + content
