"""The key by which an SSH server shows that it is itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit.errors import InvalidRequest

_KINDS = "ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9-]+@openssh.com"
_KEY = re.compile(rf"({_KINDS})[ \t]+(AAAA[A-Za-z0-9+/]+={{0,3}})(?:[ \t].*)?")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


@frozen(repr=False)
class HostKey:
    """A host key, or what is known of one. Two are equal when their fingerprints are.

    Attributes:
        fingerprint: Such as `"SHA256:..."`, as `ssh-keygen -l` shows it.
        kind: Such as `"ssh-ed25519"`; None if its fingerprint alone is known.
        body: The key itself in base64; None if its fingerprint alone is known.

    Examples:
        >>> HostKey.parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcO/A6JWWd4YHZctFGZOIBfmfCWORPX7QpYG/xxOhnw").kind
        'ssh-ed25519'

    AWS: none
    """

    fingerprint: str
    kind: str | None = field(default=None, eq=False)
    body: str | None = field(default=None, eq=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one from a text. No request.

        Args:
            text: As in a `.pub` file (`"ssh-ed25519 AAAA..."`), or a fingerprint (`"SHA256:..."`).

        Returns:
            The key.

        Raises:
            InvalidRequest: It is neither. Fingerprints of MD5 prove nothing, and are refused.

        Examples:
            >>> HostKey.parse("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")
            <HostKey SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU>

        AWS: none
        """
        stripped = text.strip()
        if _FINGERPRINT.fullmatch(stripped):
            return cls(stripped.rstrip("="))
        found = _KEY.fullmatch(stripped)
        if found is None:
            raise InvalidRequest(
                f"not a host key: {stripped[:40]!r}",
                hint="give 'ssh-ed25519 AAAA...' as `ssh-keyscan` shows it, or its fingerprint 'SHA256:...'",
            )
        return cls.of(found[1], found[2])

    @classmethod
    def of(cls, kind: str, body: str) -> Self:
        """Make one of its two parts. No request.

        Args:
            kind: Such as `"ssh-ed25519"`.
            body: The key in base64.

        Returns:
            The key.

        Raises:
            InvalidRequest: The body is no key of that kind.

        Examples:
            >>> HostKey.of("ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIBcO/A6JWWd4YHZctFGZOIBfmfCWORPX7QpYG/xxOhnw")
            <HostKey ssh-ed25519 SHA256:...>

        AWS: none
        """
        try:
            raw = base64.b64decode(body, validate=True)
        except binascii.Error:
            raw = b""
        # The key itself says its kind first, and a line that was cut off is no key.
        if next(_parts(raw), b"") != kind.encode() or not all(each is not None for each in _parts(raw)):
            raise InvalidRequest(f"not a key of the kind {kind}: {body[:20]!r} ...")
        digest = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
        return cls(f"SHA256:{digest}", kind, body)

    @override
    def __str__(self) -> str:
        return self.fingerprint if self.body is None else f"{self.kind} {self.body}"

    @override
    def __repr__(self) -> str:
        return f"<{' '.join(filter(None, ['HostKey', self.kind, self.fingerprint]))}>"


def _parts(raw: bytes) -> Iterator[bytes | None]:
    """What a key consists of (RFC 4251, section 5, strings); None if it ends too early."""
    place = 0
    while place < len(raw):
        begin = place + 4
        place = begin + int.from_bytes(raw[place:begin], "big")
        yield raw[begin:place] if begin <= place <= len(raw) else None
