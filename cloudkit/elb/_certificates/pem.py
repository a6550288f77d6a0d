"""Certificates and keys as PEM, checked before they are sent to AWS."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import TypeAlias, cast

from attrs import field, frozen

from cloudkit.elb._certificates.facts import Facts, facts_of, public_key_of
from cloudkit.elb._limits import MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS
from cloudkit.errors import InvalidRequest

Pem: TypeAlias = str | bytes | Path
"""PEM as text or bytes, or the path of a file that holds it."""

_BLOCK = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>.*?)-----END (?P=label)-----", re.S)
_CERTIFICATE = "CERTIFICATE"
_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_ENCRYPTED = ("ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED")
_DECRYPT = "openssl pkey -in encrypted.pem -out key.pem makes one without a password"


@frozen
class Bundle:
    """A certificate with its private key and those that vouch for it.

    Attributes:
        certificate: The certificate, one PEM block.
        private_key: Its private key, one PEM block; `repr` does not show it.
        chain: Those that vouch for it, from the one that signed it upwards; None if none is needed.
        facts: What the certificate says.
    """

    certificate: str
    private_key: str = field(repr=False)
    chain: str | None
    facts: Facts = field(repr=False)


def bundle_of(certificate: Pem, private_key: Pem, chain: Pem | None) -> Bundle:
    """Certificate, key and chain, if they are what AWS takes and belong together.

    A file that holds the whole chain behind the certificate, as certbot's `fullchain.pem` does, is taken apart.
    """
    first, *behind = _certificates("certificate", certificate)
    behind += [] if chain is None else _certificates("chain", chain)
    key = _private_key(private_key)
    facts = facts_of(first)
    above = facts
    for each in behind:
        signer = facts_of(each)
        if above.issuer != signer.subject:
            raise InvalidRequest(
                "the chain is not in order: each certificate is followed by the one that signed it",
                hint="the one that signed the server's certificate first, then upwards; the root may be left out",
            )
        above = signer
    if facts.public_key != public_key_of(key):
        raise InvalidRequest(
            "the private key belongs to another certificate",
            hint="they come in pairs: openssl x509 -in cert.pem -noout -pubkey, openssl pkey -in key.pem -pubout",
        )
    told = "\n".join(behind) or None
    _check_length("certificate", first, MAX_CERTIFICATE_CHARACTERS)
    _check_length("private_key", key, MAX_CERTIFICATE_CHARACTERS)
    _check_length("chain", told or "", MAX_CHAIN_CHARACTERS)
    return Bundle(first, key, told, facts)


def same_certificate(one: str, other: str) -> bool:
    """Whether two PEM texts hold the same certificate, however their lines are broken."""
    return _der(_certificates("certificate", one)[0]) == _der(_certificates("certificate", other)[0])


def facts_of_pem(text: str) -> Facts:
    """What the first certificate in a PEM text says."""
    return facts_of(_certificates("certificate", text)[0])


def _text(name: str, given: Pem) -> str:
    raw = cast("object", given.read_bytes() if isinstance(given, Path) else given)
    if not isinstance(raw, (str, bytes)):
        raise InvalidRequest(f"{name} is of type {type(raw).__name__}: it is PEM text, bytes, or a Path")
    try:
        return raw if isinstance(raw, str) else raw.decode("ascii")
    except UnicodeDecodeError:
        raise InvalidRequest(
            f"{name} is not PEM, which is text",
            hint="openssl x509 -inform der -in file.der makes PEM of DER" if name != "private_key" else None,
        ) from None


def _blocks(name: str, given: Pem) -> list[tuple[str, str]]:
    text = _text(name, given)
    found = [(each["label"], each[0].replace("\r\n", "\n")) for each in _BLOCK.finditer(text)]
    if not found:
        # What was given is not shown: it may be a key.
        raise InvalidRequest(
            f"{name} has no PEM block: -----BEGIN ...----- is missing",
            hint="a file is given by its path: pathlib.Path('server.pem')",
        )
    return found


def _certificates(name: str, given: Pem) -> list[str]:
    found = _blocks(name, given)
    for label, _ in found:
        if label in _KEYS or label in _ENCRYPTED:
            raise InvalidRequest(f"{name} holds a private key: that goes to private_key= alone")
    certificates = [text for label, text in found if label == _CERTIFICATE]
    if len(certificates) != len(found):
        raise InvalidRequest(
            f"{name} holds {', '.join(label for label, _ in found)}: blocks of {_CERTIFICATE} are taken alone"
        )
    for each in certificates:
        _der(each)
    return certificates


def _private_key(given: Pem) -> str:
    keys = [
        (label, text)
        for label, text in _blocks("private_key", given)
        if label != "EC PARAMETERS"  # openssl ecparam writes it before the key
    ]
    if len(keys) != 1:
        raise InvalidRequest(f"private_key holds {len(keys)} PEM blocks: it is one private key")
    label, text = keys[0]
    if label == _ENCRYPTED[0] or _ENCRYPTED[1] in text:
        raise InvalidRequest("private_key is encrypted, which AWS cannot read", hint=_DECRYPT)
    if label not in _KEYS:
        raise InvalidRequest(f"private_key holds a block of {label}: it is one of {', '.join(_KEYS)}")
    _der(text)
    return text


def _der(pem: str) -> bytes:
    found = cast("re.Match[str]", _BLOCK.search(pem))
    try:
        return base64.b64decode("".join(found["body"].split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(
            f"the PEM block of {found['label']} is not base64 inside: it is damaged"
        ) from None


def _check_length(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise InvalidRequest(f"{name} has {len(text)} characters: IAM takes {most} at most")
