"""What SNS does, with keys and certificates of our own: signing messages, and keeping certificates."""

from __future__ import annotations

import base64
import functools
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:us-east-1:123456789012:news"
SERVER = "https://sns.us-east-1.amazonaws.com"
PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
URL = SERVER + PATH
TOKEN = "2336412f37fb687f5d51e6e241d59b68c9e583a5841e4b3dcb8f9cb0" * 4
DAY = timedelta(days=1)

SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@functools.cache
def key_of(who: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@functools.cache
def elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    *,
    name: str = "sns.amazonaws.com",
    also: str | None = None,
    issuer: str = "Authority of the tests",
    begins: timedelta = -DAY,
    ends: timedelta = DAY,
) -> bytes:
    """A certificate in PEM, signed by the authority of the tests."""
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key((key or key_of("sns")).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
    )
    if also is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(also)]), critical=False)
    made = builder.sign(key_of("authority"), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def written(when: datetime | None = None) -> str:
    """A time as SNS writes it."""
    return (when or datetime.now(timezone.utc)).strftime("%Y-%m-%dT%H:%M:%S.") + "123Z"


def ago(seconds: float) -> str:
    return written(datetime.now(timezone.utc) - timedelta(seconds=seconds))


def canonical(fields: Mapping[str, Any]) -> bytes:
    """What SNS signs, made the plainest way."""
    return "".join(f"{name}\n{fields[name]}\n" for name in SIGNED if name in fields).encode()


def signed(fields: Mapping[str, Any], *, version: str = "2", by: str = "sns") -> dict[str, Any]:
    """The fields with a signature."""
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()
    made = key_of(by).sign(canonical(fields), PKCS1v15(), digest)
    return {
        **fields,
        "SignatureVersion": version,
        "Signature": base64.b64encode(made).decode(),
        "SigningCertURL": fields.get("SigningCertURL", URL),
    }


def notification(message: str = "The site is up", /, *, version: str = "2", **fields: Any) -> dict[str, Any]:
    """A notification as SNS sends it; a field of None is left out."""
    made = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC,
        "Subject": "News",
        "Message": message,
        "Timestamp": written(),
        "UnsubscribeURL": f"{SERVER}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55",
        **fields,
    }
    return signed({name: value for name, value in made.items() if value is not None}, version=version)


def confirmation(kind: str = "SubscriptionConfirmation", /, **fields: Any) -> dict[str, Any]:
    """The question whether a subscription is wanted."""
    made = {
        "Type": kind,
        "MessageId": str(uuid.uuid4()),
        "Token": TOKEN,
        "TopicArn": TOPIC,
        "Message": f"You have chosen to subscribe to the topic {TOPIC}.\nTo confirm it, visit the SubscribeURL.",
        "SubscribeURL": f"{SERVER}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}",
        "Timestamp": written(),
        **fields,
    }
    return signed({name: value for name, value in made.items() if value is not None})


def body(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def headers(fields: Mapping[str, Any]) -> dict[str, str]:
    """The headers that SNS sends with it."""
    return {
        "x-amz-sns-message-type": fields["Type"],
        "x-amz-sns-message-id": fields["MessageId"],
        "x-amz-sns-topic-arn": fields["TopicArn"],
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }


@frozen
class Certificates:
    """Keeps certificates, and notes who asks."""

    pem: bytes = field(factory=certificate)
    asked: list[str] = field(factory=list[str])

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return self.pem
