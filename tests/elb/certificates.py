"""Certificates made for tests: of elliptic curves, which take no time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import cache

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

BEGINS = datetime(2026, 1, 1, tzinfo=timezone.utc)


@frozen
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def old_key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    @property
    def locked_key_pem(self) -> str:
        form = PrivateFormat.PKCS8
        return self.key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret")).decode()


def made(
    *names: str,
    subject: str | None = None,
    signer: Made | None = None,
    begins: datetime = BEGINS,
    days: int = 36500,
) -> Made:
    """A certificate for those names; of the first one without more names if `subject` is given alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = _name(subject or names[0])
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own if signer is None else signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )
    if names:
        builder = builder.add_extension(_alternatives(names), critical=False)
    return Made(builder.sign(key if signer is None else signer.key, hashes.SHA256()), key)


@cache
def shop() -> Made:
    """The certificate of shop.example.com: the same one all the time."""
    return made("shop.example.com")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternatives(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
