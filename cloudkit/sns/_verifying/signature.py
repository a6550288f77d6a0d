"""What SNS signs of a message, and whether a signature fits."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from cloudkit.errors import MissingExtra
from cloudkit.sns._limits import MAX_SIGNATURE_BYTES, MIN_SIGNATURE_BYTES
from cloudkit.sns._verifying.envelope import Envelope, malformed
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

NOTIFICATION = "Notification"
SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"
UNSUBSCRIBE_CONFIRMATION = "UnsubscribeConfirmation"
_SUBJECT = "Subject"

_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# Developer guide, "Verifying the signatures of Amazon SNS messages": the fields of each type, in their order.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", _SUBJECT, "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION_CONFIRMATION: _CONFIRMED,
    UNSUBSCRIBE_CONFIRMATION: _CONFIRMED,
}
_VERSIONS = {"1": 1, "2": 2}


def check_extra() -> None:
    """Raise if what verifies signatures is not installed.

    Raises:
        MissingExtra: It is not.
    """
    try:
        import cryptography as _  # noqa: F401
    except ImportError as error:
        raise MissingExtra.of("webhooks", "verifying notifications", error) from error


def signed_text(envelope: Envelope) -> str:
    """What SNS signs: each field's name and value, on lines of their own.

    Only the message may have line breaks (`envelope.read` sees to that), and it comes first, so that no two messages
    have the same text.
    """
    kind = envelope.required("Type")
    if kind not in _SIGNED:
        raise malformed("its Type is none that SNS has")
    if kind == NOTIFICATION and not {"SubscribeURL", "Token"}.isdisjoint(envelope.fields):
        raise malformed("it is a notification with the fields of a confirmation")
    names = [name for name in _SIGNED[kind] if name != _SUBJECT or name in envelope.fields]
    return "".join(f"{name}\n{_value(envelope, name)}\n" for name in names)


def _value(envelope: Envelope, name: str) -> str:
    # An empty subject is not the same as none, and is signed as such.
    return envelope.fields[name] if name == _SUBJECT else envelope.required(name)


def version_of(envelope: Envelope, least: int) -> int:
    """The version of its signature, if it is accepted."""
    version = _VERSIONS.get(envelope.required("SignatureVersion"))
    if version is None or version < least:
        raise NotificationRefused.of(
            RefusalReason.VERSION,
            "its signature is of a version that is not accepted",
            hint="topic.signature_version is 1 (SHA-1) or 2 (SHA-256): topic.update(signature_version=2)",
        )
    return version


def signature_of(envelope: Envelope) -> bytes:
    """The signature, if it is as long as one by a key that is accepted. So nothing is fetched for one that cannot fit.

    Raises:
        NotificationRefused: It is not, or there is none.
    """
    text = envelope.required("Signature")
    found = b""
    with suppress(ValueError):
        found = base64.b64decode(text, validate=True)
    if not MIN_SIGNATURE_BYTES <= len(found) <= MAX_SIGNATURE_BYTES:
        raise _does_not_fit()
    return found


def check(envelope: Envelope, signature: bytes, version: int, key: RSAPublicKey) -> None:
    """Raise if the signature is not that of this message by this key.

    Raises:
        NotificationRefused: It is not.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    text = signed_text(envelope)
    # SHA-1 is what version 1 is made of, and a topic's default.
    digest = hashes.SHA1() if version == 1 else hashes.SHA256()  # noqa: S303
    try:
        key.verify(signature, text.encode(), PKCS1v15(), digest)
    except UnsupportedAlgorithm as error:
        raise NotificationRefused.of(
            RefusalReason.VERSION,
            "SHA-1 is switched off on this machine",
            hint="topic.update(signature_version=2) has it sign with SHA-256",
        ) from error
    except (InvalidSignature, ValueError) as error:
        raise _does_not_fit() from error


def _does_not_fit() -> NotificationRefused:
    return NotificationRefused.of(RefusalReason.SIGNATURE, "its signature is not SNS's")
