"""The public half of a key: read, checked and compared."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TypeAlias, Union

from cloudkit.errors import InvalidRequest

PublicKey: TypeAlias = Union[str, "os.PathLike[str]"]
"""A public key in OpenSSH's form, or the file that holds it."""

_KINDS = ("ssh-ed25519", "ssh-rsa")


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
