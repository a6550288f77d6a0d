"""Files of host keys, in OpenSSH's form."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from cloudkit.ec2._limits import SSH_PORT
from cloudkit.ec2.host_key import HostKey
from cloudkit.errors import InvalidRequest

USERS_OWN = "~/.ssh/known_hosts"

_REVOKED = "@revoked"
# A line is added at the end, and no link is followed.
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
_OWNER_ONLY = 0o600
# What is written there: no pattern that others match too, and no line of its own.
_NAME = re.compile(r"[\w.:\[\]-]+", re.A)


@frozen
class Known:
    """What a file says of a name.

    Attributes:
        keys: Its keys.
        revoked: Keys that nobody may have any more.
    """

    keys: tuple[HostKey, ...] = ()
    revoked: tuple[HostKey, ...] = ()


def known(path: str | os.PathLike[str], names: Sequence[str]) -> Known:
    """What a file says of those names; nothing if it is not there.

    Raises:
        PermissionError: It may not be read.
    """
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Known()
    lines = list(_lines(text))
    return Known(
        tuple(key for mark, hosts, key in lines if not mark and any(_is_of(each, hosts) for each in names)),
        tuple(
            key
            for mark, hosts, key in lines
            if mark == _REVOKED and any(_is_of(each, hosts) for each in names)
        ),
    )


def name_of(host: str, port: int) -> str:
    """What a server is called in such files."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def add(path: str | os.PathLike[str], name: str, key: HostKey) -> None:
    """Write a key down, unless it is there. A new file is its owner's alone.

    Raises:
        OSError: It cannot be written, or is a link.
    """
    target = Path(path).expanduser()
    if key.body is None or not _NAME.fullmatch(name) or key in known(target, [name]).keys:
        return
    handle = os.open(target, _APPEND, _OWNER_ONLY)
    with os.fdopen(handle, "a+b") as file:
        file.seek(0)
        begun = (file.read()[-1:] or b"\n") != b"\n"  # the last line has no end
        file.write(b"\n" * begun + f"{name} {key.kind} {key.body}\n".encode("ascii"))


def _lines(text: str) -> Iterator[tuple[str, str, HostKey]]:
    """Mark, hosts and key of each line that is understood."""
    # As OpenSSH does it: other separators are parts of a word.
    for line in text.split("\n"):
        words = re.split(r"[ \t]+", line.strip(" \t\r"))
        mark = words.pop(0) if words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#"):
            continue
        try:
            yield mark, words[0], HostKey.of(words[1], words[2])
        except InvalidRequest:
            continue


def _is_of(name: str, hosts: str) -> bool:
    """Whether a line's hosts have that name: patterns with a comma between, `!` for one that is not meant, or a hash."""
    if hosts.startswith("|1|"):
        return _hashed(name, hosts)
    found = False
    for pattern in hosts.lower().split(","):
        # In OpenSSH's patterns a bracket is a bracket.
        plain = pattern.removeprefix("!").replace("[", "[[]")
        if fnmatch.fnmatchcase(name.lower(), plain):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _hashed(name: str, hosts: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in hosts.split("|")[2:4])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)
