"""The certificates that SNS signs with: fetched from where SNS keeps them, checked, and kept for a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.deadline import check as check_deadline
from cloudkit._core.fetching import fetch
from cloudkit._core.memory import Memory
from cloudkit.errors import ConnectionFailed, DeadlineExceeded, InvalidRequest
from cloudkit.sns._arn import Arn
from cloudkit.sns._limits import (
    CERTIFICATE_CACHE_SECONDS,
    MAX_CERTIFICATE_BYTES,
    MAX_CERTIFICATE_SECONDS,
    MAX_CERTIFICATES,
    MIN_KEY_BITS,
)
from cloudkit.sns._service import SNS
from cloudkit.sns._verifying.addresses import is_certificate, suffix_of
from cloudkit.sns._verifying.saying import drop_unawaited
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

Certificates: TypeAlias = Callable[[str], bytes]
"""Gives the certificate of an address, in PEM: for tests, which have their own."""

_OK = 200
_AGAIN = (429, 500)  # the server has too much to do; it, or one on the way to it, fails
_BEGIN = b"-----BEGIN "


@frozen
class Signer:
    """Who signs, as a certificate says."""

    key: RSAPublicKey = field(repr=False)
    begins: datetime
    ends: datetime


def check_address(url: str, topic: Arn) -> None:
    """Raise unless that is where SNS keeps the certificates for messages of a topic.

    Raises:
        NotificationRefused: It is not.
    """
    if not is_certificate(url, topic):
        raise NotificationRefused.of(
            RefusalReason.ADDRESS, "its certificate is not where SNS keeps those of the topic's region"
        )


def signing_key(url: str, topic: Arn, cloud: Cloud, certificates: Certificates | None) -> RSAPublicKey:
    """The key that messages of a topic are signed with, if that is the address of its certificate.

    Raises:
        NotificationRefused: The address is not SNS's, the certificate is not, or it could not be had.
    """
    check_address(url, topic)
    signer = _signer(url, topic, cloud, certificates)
    now = datetime.now(timezone.utc)
    if not signer.begins <= now <= signer.ends:
        raise _refused("its certificate is not valid now")
    return signer.key


def _signer(url: str, topic: Arn, cloud: Cloud, certificates: Certificates | None) -> Signer:
    if certificates is not None:
        given = certificates(url)
        if not isinstance(given, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            drop_unawaited(given)
            raise InvalidRequest(f"certificates= gave a {type(given).__name__}: it gives bytes, in PEM")
        return _read(given, topic)
    # Only what is one of SNS's is kept: what failed may be right the next time. Of many messages that come at once
    # after a start, one fetches it for all.
    found = known(cloud).get_or_make(url, lambda: _read(_fetched(url, topic, cloud), topic))
    if found is None:
        raise _unavailable()
    return found


def known(cloud: Cloud) -> Memory[str, Signer]:
    """The certificates that a Cloud has fetched, by their addresses."""
    return cloud.kept(
        ("signing certificates",),
        lambda: Memory[str, Signer](MAX_CERTIFICATES, CERTIFICATE_CACHE_SECONDS, cloud.clock),
    )


def _fetched(url: str, topic: Arn, cloud: Cloud) -> bytes:
    try:
        found = fetch(
            cloud,
            SNS,
            url,
            region=topic.region,
            most_bytes=MAX_CERTIFICATE_BYTES,
            seconds=MAX_CERTIFICATE_SECONDS,
        )
    except (ConnectionFailed, DeadlineExceeded) as error:
        check_deadline()  # the caller's own, if that is what is over
        raise _unavailable() from error
    if found.status >= _AGAIN[1] or found.status == _AGAIN[0]:
        raise _unavailable()
    if found.status != _OK:
        raise _refused(f"there is no certificate at its address: HTTP {found.status}")
    if found.body is None:
        raise _refused(f"its certificate has more than {MAX_CERTIFICATE_BYTES:,} bytes")
    return found.body


def _read(pem: bytes, topic: Arn) -> Signer:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    if pem.count(_BEGIN) != 1:
        raise _refused("what is at the address of its certificate is not one certificate")
    try:
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
        names = _names(certificate)
        own = certificate.issuer == certificate.subject
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _refused("its certificate is none that can be read") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
        raise _refused(f"its certificate has no RSA key of {MIN_KEY_BITS:,} bits or more")
    if own:
        raise _refused("its certificate is signed by itself")
    if names.isdisjoint(_names_of_sns(topic)):
        raise _refused("its certificate is not SNS's")
    return Signer(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _names(certificate: Certificate) -> set[str]:
    """Whose certificate it is, as it says."""
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName
    from cryptography.x509.oid import NameOID

    found = {str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    try:
        others = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return found
    return {*found, *others.get_values_for_type(DNSName)}


def _names_of_sns(topic: Arn) -> set[str]:
    """The names in SNS's signing certificates: one for the oldest regions together, and of each newer region its own."""
    suffix, region = suffix_of(topic), topic.region
    return {
        f"sns.{suffix}",
        f"sns.{region}.{suffix}",
        f"sns-{region}.{suffix}",
        f"sns-signing.{region}.{suffix}",
        *(["sns-us-gov-west-1.amazonaws.com"] if region.startswith("us-gov-") else []),  # of both its regions
    }


def _refused(message: str) -> NotificationRefused:
    return NotificationRefused.of(RefusalReason.CERTIFICATE, message)


def _unavailable() -> NotificationRefused:
    return NotificationRefused.of(
        RefusalReason.UNAVAILABLE,
        "its certificate could not be fetched",
        retryable=True,
        hint="this machine must reach https://sns.<region>.amazonaws.com, by a proxy if need be",
    )
