"""What a certificate says of itself, read by `cryptography`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from cloudkit.errors import InvalidRequest, MissingExtra

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@frozen
class Facts:
    """What a certificate says.

    Attributes:
        issuer: The name of who signed it, as DER.
        subject: The name of whom it is for, as DER.
        ends: Until when it is valid.
        names: The domain names that it is for.
        public_key: Its public key, as DER.
    """

    issuer: bytes
    subject: bytes
    ends: datetime
    names: tuple[str, ...]
    public_key: bytes


def facts_of(pem: str) -> Facts:
    """What a certificate says, which is one PEM block.

    Raises:
        InvalidRequest: It is none.
        MissingExtra: `cryptography` is not installed.
    """
    check_extra()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_pem_x509_certificate

    try:
        found = load_pem_x509_certificate(pem.encode())
        return Facts(
            issuer=found.issuer.public_bytes(),
            subject=found.subject.public_bytes(),
            ends=found.not_valid_after_utc,
            names=tuple(_alternative_names(found)) or tuple(_common_names(found)),
            public_key=found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidRequest(
            "it is no X.509 certificate: what stands between BEGIN and END is something else"
        ) from error


def public_key_of(private_key: str) -> bytes:
    """The public key, as DER, that belongs to a private one, which is one PEM block."""
    check_extra()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        found = load_pem_private_key(private_key.encode(), None)
        return found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The error stays behind: it may hold the key.
        raise InvalidRequest("the private key cannot be read") from None


def check_extra() -> None:
    """Raise if what reads certificates is not installed.

    Raises:
        MissingExtra: It is not.
    """
    try:
        import cryptography as _  # noqa: F401
    except ImportError as error:
        raise MissingExtra.of("tls", "reading certificates", error) from error


def _alternative_names(certificate: Certificate) -> Iterator[str]:
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName

    try:
        found = certificate.extensions.get_extension_for_class(SubjectAlternativeName)
    except ExtensionNotFound:
        return
    yield from found.value.get_values_for_type(DNSName)


def _common_names(certificate: Certificate) -> Iterator[str]:
    from cryptography.x509.oid import NameOID

    for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        yield each.value if isinstance(each.value, str) else each.value.decode()
