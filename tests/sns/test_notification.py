from __future__ import annotations

import base64
import binascii
import copy
import json
import pickle
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta, timezone
from decimal import Decimal
from email.message import Message as Headers
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings, strategies as st

from cloudkit import Cloud, InvalidRequest, MissingExtra, deadline
from cloudkit.errors import DeadlineExceeded
from cloudkit.sns import (
    Notification,
    NotificationKind,
    NotificationRefused,
    RefusalReason,
    SeenMessages,
    Topic,
)
from cloudkit.sns._verifying.certificate import known
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns import signing
from tests.sns.signing import PATH, SERVER, TOKEN, TOPIC, URL, Certificates, ago, body, certificate

PEM = certificate()


def verify(given: Any, **options: Any) -> Notification:
    options.setdefault("certificates", Certificates(PEM))
    options.setdefault("topics", [TOPIC])
    raw = body(given) if isinstance(given, dict) else given
    return Notification.verify(raw, **options)


def refused(given: Any, **options: Any) -> NotificationRefused:
    with pytest.raises(NotificationRefused) as caught:
        verify(given, **options)
    return caught.value


# -- what is SNS's -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_notification_of_sns_s(rig: Rig, version: str) -> None:
    sent = signing.notification("Täglich neu\n\n€", version=version)
    certificates = Certificates(PEM)
    found = verify(sent, headers=signing.headers(sent), certificates=certificates)
    assert found.verified
    assert found.kind is NotificationKind.NOTIFICATION
    assert (found.message, found.subject) == ("Täglich neu\n\n€", "News")
    assert (found.topic_arn, found.message_id) == (TOPIC, sent["MessageId"])
    assert found.timestamp.tzinfo is timezone.utc
    assert found.timestamp.microsecond == 123_000
    assert found.unsubscribe_url == sent["UnsubscribeURL"]
    assert (found.token, found.subscribe_url) == (None, None)
    assert certificates.asked == [URL]


def test_without_a_subject(rig: Rig) -> None:
    sent = signing.notification(Subject=None)
    assert verify(sent).subject is None
    # A Lambda function finds null where there is none.
    assert verify({**sent, "Subject": None}).subject is None


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_confirmations(rig: Rig, kind: str) -> None:
    sent = signing.confirmation(kind)
    found = verify(sent, headers=signing.headers(sent))
    assert found.kind == kind
    assert found.token == TOKEN
    assert found.subscribe_url == sent["SubscribeURL"]


@pytest.mark.parametrize(
    ("arn", "server"),
    [
        ("arn:aws:sns:eu-west-1:123456789012:news", "https://sns.eu-west-1.amazonaws.com"),
        ("arn:aws-cn:sns:cn-north-1:123456789012:news", "https://sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-east-1:123456789012:news", "https://sns.us-gov-east-1.amazonaws.com"),
    ],
)
def test_other_regions_and_partitions(rig: Rig, arn: str, server: str) -> None:
    suffix = ".amazonaws.com.cn" if "cn-north" in arn else ".amazonaws.com"
    sent = signing.notification(TopicArn=arn, SigningCertURL=server + PATH)
    for name in (f"sns{suffix}", f"sns-signing.{arn.split(':')[3]}{suffix}"):
        assert verify(sent, topics=[arn], certificates=Certificates(certificate(name=name))).topic_arn == arn


def test_the_spelling_that_lambda_functions_get(rig: Rig) -> None:
    sent = signing.notification()
    given = {
        **{name: value for name, value in sent.items() if not name.endswith("URL")},
        "SigningCertUrl": sent["SigningCertURL"],
        "UnsubscribeUrl": sent["UnsubscribeURL"],
        "MessageAttributes": {},
    }
    found = Notification.verify(given, topics=[TOPIC], certificates=Certificates(PEM))
    assert found.unsubscribe_url == sent["UnsubscribeURL"]
    assert refused({**given, "SigningCertURL": "https://evil.test/a.pem"}).reason == RefusalReason.MALFORMED


def test_attributes_are_plain_values(rig: Rig) -> None:
    sent = signing.notification()
    sent["MessageAttributes"] = {
        "event": {"Type": "String", "Value": "paid"},
        "total": {"Type": "Number", "Value": "12"},
        "share": {"Type": "Number", "Value": "0.5"},
        "tags": {"Type": "String.Array", "Value": '["new", 1, null]'},
        "key": {"Type": "Binary", "Value": "AAE="},
        "kind": {"Type": "String.json", "Value": "{}"},
    }
    assert verify(sent).attributes == {
        "event": "paid",
        "total": 12,
        "share": Decimal("0.5"),
        "tags": ["new", 1, None],
        "key": b"\x00\x01",
        "kind": "{}",
    }


def test_the_place_in_the_order_of_a_fifo_topic(rig: Rig) -> None:
    arn = f"{TOPIC}.fifo"
    sent = {**signing.notification(TopicArn=arn), "SequenceNumber": "10000000000000003000"}
    assert verify(sent, topics=[arn]).sequence_number == "10000000000000003000"


def test_topics_can_be_objects_arns_or_a_function(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    sent = signing.notification(TopicArn=topic.arn)
    assert verify(sent, topics=[topic]).verified
    assert verify(sent, topics=iter([TOPIC, topic.arn])).verified
    asked: list[str] = []

    def mine(arn: str) -> bool:
        asked.append(arn)
        return True

    assert verify(sent, topics=mine).verified
    assert asked == [topic.arn]
    assert refused(sent, topics=lambda arn: False).reason == RefusalReason.TOPIC


@pytest.mark.parametrize("topics", [[], TOPIC, ["news"], ["arn:aws:sqs:us-east-1:123456789012:jobs"], 7])
def test_topics_that_are_none(rig: Rig, topics: Any) -> None:
    with pytest.raises(InvalidRequest):
        verify(signing.notification(), topics=topics)


def test_one_topic_alone_is_told_without_a_request(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="one topic"):
        verify(signing.notification(), topics=Topic("news"))


def test_headers_of_any_framework(rig: Rig) -> None:
    sent = signing.notification()
    given = Headers()
    for name, value in signing.headers(sent).items():
        given[name.upper()] = value
    assert verify(sent, headers=given).verified


def test_the_age_is_what_the_caller_says(rig: Rig) -> None:
    old = signing.notification(Timestamp=ago(7200))
    assert verify(old, max_age=timedelta(hours=3)).verified
    assert verify(old, max_age=None).verified
    assert verify(signing.notification(Timestamp=ago(-200))).verified
    with pytest.raises(InvalidRequest, match="max_age"):
        verify(old, max_age=0)


def test_versions_can_be_narrowed(rig: Rig) -> None:
    assert verify(signing.notification(version="2"), min_version=2).verified
    assert refused(signing.notification(version="1"), min_version=2).reason == RefusalReason.VERSION
    with pytest.raises(InvalidRequest, match="min_version"):
        verify(signing.notification(), min_version=3)


# -- the forged corpus -------------------------------------------------------------------------------------------


def changed(**fields: Any) -> dict[str, Any]:
    """A genuine one in which fields were changed after it was signed."""
    return {**signing.notification(), **fields}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in signing.notification().items() if name not in names}


ADDRESSES = {
    "look-alike host": f"https://sns.us-east-1.amazonaws.com.evil.test{PATH}",
    "user info": f"https://sns.us-east-1.amazonaws.com@evil.test{PATH}",
    "user info of its own": f"https://me@sns.us-east-1.amazonaws.com{PATH}",
    "user info with a backslash": f"https://evil.test\\@sns.us-east-1.amazonaws.com{PATH}",
    "a bucket named sns": f"https://sns.s3.amazonaws.com{PATH}",
    "a bucket named sns, in a region": f"https://sns.s3.us-east-1.amazonaws.com{PATH}",
    "a bucket by its path": f"https://s3.us-east-1.amazonaws.com/sns{PATH}",
    "a PEM in a public bucket": "https://public.s3.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
    "another service": f"https://sqs.us-east-1.amazonaws.com{PATH}",
    "a host that ends alike": f"https://evil-sns.us-east-1.amazonaws.com{PATH}",
    "a host below": f"https://evil.sns.us-east-1.amazonaws.com{PATH}",
    "no region": f"https://sns.amazonaws.com{PATH}",
    "another region": f"https://sns.eu-west-1.amazonaws.com{PATH}",
    "another partition": f"https://sns.us-east-1.amazonaws.com.cn{PATH}",
    "another port": f"https://sns.us-east-1.amazonaws.com:8443{PATH}",
    "its own port, spelt out": f"https://sns.us-east-1.amazonaws.com:443{PATH}",
    "an empty port": f"https://sns.us-east-1.amazonaws.com:{PATH}",
    "http": f"http://sns.us-east-1.amazonaws.com{PATH}",
    "ftp": f"ftp://sns.us-east-1.amazonaws.com{PATH}",
    "file": f"file://sns.us-east-1.amazonaws.com{PATH}",
    "no scheme": f"//sns.us-east-1.amazonaws.com{PATH}",
    "scheme in upper case": f"HTTPS://sns.us-east-1.amazonaws.com{PATH}",
    "a link-local address": f"https://169.254.169.254{PATH}",
    "a local address": f"https://127.0.0.1{PATH}",
    "an IPv6 address": f"https://[::1]{PATH}",
    "a number for an address": f"https://2852039166{PATH}",
    "full-width dots": f"https://sns\uff0eus-east-1\uff0eamazonaws\uff0ecom{PATH}",
    "ideographic dots": f"https://sns\u3002us-east-1\u3002amazonaws\u3002com{PATH}",
    "a letter of another script": f"https://sn\u0455.us-east-1.amazonaws.com{PATH}",
    "punycode": f"https://xn--sn-jmc.us-east-1.amazonaws.com{PATH}",
    "a trailing dot": f"https://sns.us-east-1.amazonaws.com.{PATH}",
    "upper case": f"https://SNS.us-east-1.amazonaws.com{PATH}",
    "an encoded host": f"https://sns%2eus-east-1.amazonaws.com{PATH}",
    "an encoded slash": "https://sns.us-east-1.amazonaws.com%2fSimpleNotificationService-0a.pem",
    "a path behind it": f"{URL}/../a",
    "a path before it": f"{SERVER}/a/..{PATH}",
    "two slashes": f"{SERVER}/{PATH}",
    "an encoded path": f"{SERVER}/SimpleNotificationService-%30a.pem",
    "a path parameter": f"{URL};a=b",
    "no hex": f"{SERVER}/SimpleNotificationService-x.pem",
    "hex in upper case": f"{SERVER}/SimpleNotificationService-ABCDEF.pem",
    "nothing where the hex stands": f"{SERVER}/SimpleNotificationService-.pem",
    "very much hex": f"{SERVER}/SimpleNotificationService-{'a' * 5000}.pem",
    "another ending": f"{SERVER}/SimpleNotificationService-0a.crt",
    "another file": f"{SERVER}/evil.pem",
    "a query": f"{URL}?a=b",
    "an empty query": f"{URL}?",
    "a query for a path": f"{SERVER}/?{PATH}",
    "a fragment": f"{URL}#a",
    "a space before it": f" {URL}",
    "a space behind it": f"{URL} ",
    "a tab in it": f"https://sns.us-east-1.amazon\taws.com{PATH}",
    "a line break behind it": f"{URL}\n",
}


@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_no_certificate_is_asked_for_elsewhere(rig: Rig, url: str) -> None:
    certificates = Certificates(PEM)
    error = refused(signing.notification(SigningCertURL=url), certificates=certificates)
    # One with control characters is no notification at all.
    assert error.reason == (RefusalReason.ADDRESS if url.isprintable() else RefusalReason.MALFORMED)
    assert certificates.asked == []
    assert url not in str(error)


SUBSCRIBE_ADDRESSES = {
    "look-alike host": f"https://sns.us-east-1.amazonaws.com.evil.test/?Action=ConfirmSubscription&Token={TOKEN}",
    "user info": f"https://sns.us-east-1.amazonaws.com@evil.test/?Action=ConfirmSubscription&Token={TOKEN}",
    "another region": f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token={TOKEN}",
    "another port": f"https://sns.us-east-1.amazonaws.com:8443/?Action=ConfirmSubscription&Token={TOKEN}",
    "http": f"http://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token={TOKEN}",
    "a link-local address": "https://169.254.169.254/latest/meta-data/",
    "a path": f"{SERVER}/evil?Action=ConfirmSubscription",
    "a script": "javascript:alert(1)",
}


@pytest.mark.parametrize("url", SUBSCRIBE_ADDRESSES.values(), ids=SUBSCRIBE_ADDRESSES.keys())
def test_a_confirmation_that_leads_elsewhere(rig: Rig, url: str) -> None:
    certificates = Certificates(PEM)
    error = refused(signing.confirmation(SubscribeURL=url), certificates=certificates)
    assert error.reason == RefusalReason.ADDRESS
    assert certificates.asked == []


OTHERS = "arn:aws:sns:us-east-1:999999999999:news"
FORGED: dict[str, tuple[Any, RefusalReason]] = {
    # one field changed after it was signed
    "another message": (changed(Message="The site is down"), RefusalReason.SIGNATURE),
    "another id": (changed(MessageId="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"), RefusalReason.SIGNATURE),
    "another subject": (changed(Subject="Old"), RefusalReason.SIGNATURE),
    "another time": (changed(Timestamp=ago(1)), RefusalReason.SIGNATURE),
    "no subject where one was signed": (without("Subject"), RefusalReason.SIGNATURE),
    "null for a subject that was signed": (changed(Subject=None), RefusalReason.SIGNATURE),
    "an empty subject where none was signed": (
        {**signing.notification(Subject=None), "Subject": ""},
        RefusalReason.SIGNATURE,
    ),
    "none where an empty subject was signed": (
        {name: value for name, value in signing.notification(Subject="").items() if name != "Subject"},
        RefusalReason.SIGNATURE,
    ),
    "another token": ({**signing.confirmation(), "Token": "0" * 64}, RefusalReason.SIGNATURE),
    "an unsubscribe confirmation as one to subscribe": (
        {**signing.confirmation("UnsubscribeConfirmation"), "Type": "SubscriptionConfirmation"},
        RefusalReason.SIGNATURE,
    ),
    "a notification as a confirmation": (changed(Type="SubscriptionConfirmation"), RefusalReason.MALFORMED),
    "a notification with a token": (changed(Token=TOKEN), RefusalReason.MALFORMED),
    "a confirmation as a notification": (
        {**signing.confirmation(), "Type": "Notification"},
        RefusalReason.MALFORMED,
    ),
    "another type": (changed(Type="Order"), RefusalReason.MALFORMED),
    # signatures
    "version 3": (changed(SignatureVersion="3"), RefusalReason.VERSION),
    "version 02": (changed(SignatureVersion="02"), RefusalReason.VERSION),
    "version as a number": (changed(SignatureVersion=2), RefusalReason.MALFORMED),
    "version 1 with SHA-256": (
        {**signing.notification(version="2"), "SignatureVersion": "1"},
        RefusalReason.SIGNATURE,
    ),
    "version 2 with SHA-1": (
        {**signing.notification(version="1"), "SignatureVersion": "2"},
        RefusalReason.SIGNATURE,
    ),
    "signed by somebody else": (
        signing.signed(signing.notification(), by="somebody else"),
        RefusalReason.SIGNATURE,
    ),
    "no signature": (without("Signature"), RefusalReason.MALFORMED),
    "an empty signature": (changed(Signature=""), RefusalReason.MALFORMED),
    "a signature in no base64": (changed(Signature="%%%"), RefusalReason.SIGNATURE),
    "a signature of one byte": (changed(Signature="AA=="), RefusalReason.SIGNATURE),
    "a very long signature": (changed(Signature="A" * 100_000), RefusalReason.SIGNATURE),
    "no version": (without("SignatureVersion"), RefusalReason.MALFORMED),
    "no certificate": (without("SigningCertURL"), RefusalReason.MALFORMED),
    # whose it is
    "another topic": (signing.notification(TopicArn=f"{TOPIC}-2"), RefusalReason.TOPIC),
    "a topic of another account": (signing.notification(TopicArn=OTHERS), RefusalReason.TOPIC),
    "the same topic in another region": (
        signing.notification(TopicArn=TOPIC.replace("us-east-1", "eu-west-1")),
        RefusalReason.TOPIC,
    ),
    "a topic in upper case": (signing.notification(TopicArn=TOPIC.upper()), RefusalReason.MALFORMED),
    "a queue": (
        signing.notification(TopicArn=TOPIC.replace(":sns:", ":sqs:")),
        RefusalReason.MALFORMED,
    ),
    "no topic": (without("TopicArn"), RefusalReason.MALFORMED),
    "a confirmation of another account's topic": (
        signing.confirmation(TopicArn=OTHERS),
        RefusalReason.TOPIC,
    ),
    # when
    "old": (signing.notification(Timestamp=ago(3660)), RefusalReason.OLD),
    "of another century": (signing.notification(Timestamp="0001-01-01T00:00:00.000Z"), RefusalReason.OLD),
    "of the future": (signing.notification(Timestamp=ago(-86_400)), RefusalReason.FUTURE),
    "of the far future": (
        signing.notification(Timestamp="9999-12-31T23:59:59.999Z"),
        RefusalReason.FUTURE,
    ),
    "a time without a zone": (
        signing.notification(Timestamp="2026-11-23T10:00:00.000"),
        RefusalReason.MALFORMED,
    ),
    "a time with an offset": (
        signing.notification(Timestamp="2026-11-23T10:00:00.000+00:00"),
        RefusalReason.MALFORMED,
    ),
    "a time in other digits": (
        signing.notification(Timestamp="\u0662\u0660\u0662\u0666-11-23T10:00:00.000Z"),
        RefusalReason.MALFORMED,
    ),
    "a time that is none": (
        signing.notification(Timestamp="2026-13-45T10:00:00.000Z"),
        RefusalReason.MALFORMED,
    ),
    "no time": (without("Timestamp"), RefusalReason.MALFORMED),
    # fields that shift
    "a line break in the subject": (signing.notification(Subject="a\nb"), RefusalReason.MALFORMED),
    "a line break in the id": (signing.notification(MessageId="a\nSubject\nb"), RefusalReason.MALFORMED),
    "a line break in the token": (signing.confirmation(Token="a\nb"), RefusalReason.MALFORMED),
    "NUL in the subject": (signing.notification(Subject="a\x00b"), RefusalReason.MALFORMED),
    # what is no notification
    "a message that is a number": (changed(Message=7), RefusalReason.MALFORMED),
    "a message that is null": (changed(Message=None), RefusalReason.MALFORMED),
    "an id that is null": (changed(MessageId=None), RefusalReason.MALFORMED),
    "a type that is null": (changed(Type=None), RefusalReason.MALFORMED),
    "a topic that is a list": (changed(TopicArn=[TOPIC]), RefusalReason.MALFORMED),
    "a certificate that is an object": (changed(SigningCertURL={"a": URL}), RefusalReason.MALFORMED),
    "attributes that are a list": (changed(MessageAttributes=[]), RefusalReason.MALFORMED),
    "an attribute without a type": (
        changed(MessageAttributes={"a": {"Value": "b"}}),
        RefusalReason.MALFORMED,
    ),
    "an attribute that is text": (changed(MessageAttributes={"a": "b"}), RefusalReason.MALFORMED),
    "binary that is none": (
        changed(MessageAttributes={"a": {"Type": "Binary", "Value": "%"}}),
        RefusalReason.MALFORMED,
    ),
    "a list that is none": (
        changed(MessageAttributes={"a": {"Type": "String.Array", "Value": "[" * 100_000}}),
        RefusalReason.MALFORMED,
    ),
    "half a character": (b'{"Type": "Notification", "Message": "\\ud800"}', RefusalReason.MALFORMED),
    "a name twice": (
        body(signing.notification())[:-1] + b', "Message": "The site is down"}',
        RefusalReason.MALFORMED,
    ),
    "two spellings": (changed(SigningCertUrl=URL), RefusalReason.MALFORMED),
    "nothing": (b"", RefusalReason.MALFORMED),
    "no JSON": (b"The site is up", RefusalReason.MALFORMED),
    "JSON that is no object": (b'["Notification"]', RefusalReason.MALFORMED),
    "an empty object": (b"{}", RefusalReason.MALFORMED),
    "two objects": (body(signing.notification()) * 2, RefusalReason.MALFORMED),
    "no number": (b'{"Message": NaN}', RefusalReason.MALFORMED),
    "a number of many digits": (b'{"Message": ' + b"9" * 10_000 + b"}", RefusalReason.MALFORMED),
    "not in UTF-8": (b'{"Message": "\xff"}', RefusalReason.MALFORMED),
    "in UTF-16": (json.dumps({"Message": "a"}).encode("utf-16"), RefusalReason.MALFORMED),
    "deep lists": (b'{"Message": ' + b"[" * 500_000, RefusalReason.MALFORMED),
    "deep objects": (b'{"a":' * 300_000, RefusalReason.MALFORMED),
    "too many bytes": (b" " * (2 * 1024 * 1024 + 1), RefusalReason.TOO_LONG),
    "too many characters": (" " * (2 * 1024 * 1024 + 1), RefusalReason.TOO_LONG),
}


@pytest.mark.parametrize(("forged", "reason"), FORGED.values(), ids=FORGED.keys())
def test_what_is_forged_is_refused(rig: Rig, forged: Any, reason: RefusalReason) -> None:
    error = refused(forged)
    assert error.reason == reason
    assert not error.retryable
    assert len(str(error)) < 400


@pytest.mark.parametrize("given", [{7: "a"}, {7: 7}, {None: None}, {("a",): "\n"}])
def test_names_that_are_none(given: Any) -> None:
    with pytest.raises(NotificationRefused):
        Notification.parse(given)


def test_too_long_for_a_mapping() -> None:
    with pytest.raises(NotificationRefused) as caught:
        Notification.parse({"Type": "Notification", "Message": "a" * 2 * 1024**2, "TopicArn": TOPIC})
    assert caught.value.reason == RefusalReason.TOO_LONG


@pytest.mark.parametrize("given", [None, 7, ["a"], object()])
def test_what_is_no_body(given: Any) -> None:
    with pytest.raises(InvalidRequest, match="body"):
        Notification.parse(given)


def test_a_field_cannot_be_moved_into_another(rig: Rig) -> None:
    """Two readings of one signed text: the message of the first holds what the second takes for fields."""
    inner = "The site is up\nMessageId\nforged-id\nSubject\nforged"
    genuine = signing.notification(inner, Subject=None, MessageId="real-id")
    assert verify(genuine).message == inner
    other = {
        **genuine,
        "Message": "The site is up",
        "MessageId": "forged-id",
        "Subject": "forged\nMessageId\nreal-id",
    }
    assert signing.canonical(other) == signing.canonical(genuine)  # the signature does fit
    assert refused(other).reason == RefusalReason.MALFORMED


@pytest.mark.parametrize(
    ("pem", "why"),
    {
        "expired": (certificate(ends=-signing.DAY / 2), "not valid now"),
        "not valid yet": (certificate(begins=signing.DAY / 2), "not valid now"),
        "signed by itself": (certificate(issuer="sns.amazonaws.com"), "by itself"),
        "of another name": (certificate(name="evil.test"), "not SNS's"),
        "of a name that ends alike": (certificate(name="evil-sns.amazonaws.com"), "not SNS's"),
        "of another region": (certificate(name="sns-signing.eu-west-1.amazonaws.com"), "not SNS's"),
        "an elliptic key": (certificate(signing.elliptic_key()), "no RSA key"),
        "a short key": (certificate(signing.key_of("short", 1024)), "no RSA key"),
        "two": (certificate() + certificate(), "not one"),
        "a key beside it": (certificate() + b"-----BEGIN PRIVATE KEY-----\n", "not one"),
        "no PEM": (b"<html>", "not one"),
        "empty": (b"", "not one"),
        "broken": (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "none that can be read",
        ),
    }.values(),
)
def test_certificates_that_are_none(rig: Rig, pem: bytes, why: str) -> None:
    error = refused(signing.notification(), certificates=Certificates(pem))
    assert error.reason == RefusalReason.CERTIFICATE
    assert why in error.message


def test_a_certificate_s_other_names_count(rig: Rig) -> None:
    pem = certificate(name="signing", also="sns-signing.us-east-1.amazonaws.com")
    assert verify(signing.notification(), certificates=Certificates(pem)).verified


@pytest.mark.parametrize("value", ["true", "TRUE", " true"])
def test_raw_delivery_is_not_signed(rig: Rig, value: str) -> None:
    error = refused(b"The site is up", headers={"X-Amz-Sns-Rawdelivery": value})
    assert error.reason == RefusalReason.RAW
    assert error.hint is not None
    assert "raw_delivery" in error.hint
    # Nor does the header stand for a signature, with an envelope in the body.
    sent = signing.notification()
    assert refused(sent, headers={"x-amz-sns-rawdelivery": value}).reason == RefusalReason.RAW
    assert verify(sent, headers={"x-amz-sns-rawdelivery": "false"}).verified


@pytest.mark.parametrize("header", ["x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn"])
def test_headers_of_another_message(rig: Rig, header: str) -> None:
    sent = signing.notification()
    error = refused(sent, headers={**signing.headers(sent), header: "other"})
    assert error.reason == RefusalReason.HEADERS


def test_what_is_not_signed_is_given_with_care(rig: Rig) -> None:
    """Whoever was sent the same message can change these and send it on."""
    found = verify(changed(UnsubscribeURL="http://169.254.169.254/"))
    assert found.unsubscribe_url is None
    parsed = Notification.parse(body(changed(UnsubscribeURL="http://169.254.169.254/")))
    assert parsed.unsubscribe_url == "http://169.254.169.254/"
    assert not parsed.verified


# -- replay ------------------------------------------------------------------------------------------------------


def test_a_repeat_is_refused_if_asked_to(rig: Rig) -> None:
    sent, seen = signing.notification(), SeenMessages()
    assert verify(sent, replay=seen).verified
    assert refused(sent, replay=seen).reason == RefusalReason.REPLAYED
    assert verify(sent).verified
    assert verify(signing.notification(), replay=seen).verified


def test_what_is_forged_does_not_stand_in_the_way(rig: Rig) -> None:
    sent, seen = signing.notification(), SeenMessages()
    refused({**sent, "Message": "forged"}, replay=seen)
    assert len(seen) == 0
    assert verify(sent, replay=seen).verified


# -- laws --------------------------------------------------------------------------------------------------------


@given(
    message=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    subject=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=99),
    version=st.sampled_from(["1", "2"]),
)
def test_all_that_is_signed_is_verified(message: str, subject: str | None, version: str) -> None:
    sent = signing.notification(message, Subject=subject, version=version)
    found = verify(sent, cloud=Cloud(region="us-east-1"))
    assert (found.message, found.subject) == (message, subject)


@given(st.data())
@settings(max_examples=300)
def test_any_change_of_what_is_signed_is_refused(data: st.DataObject) -> None:
    make = data.draw(st.sampled_from([signing.notification, signing.confirmation]))
    sent = make()
    name = data.draw(st.sampled_from([name for name in signing.SIGNED if name in sent] + ["Signature"]))
    raw = bytearray(str(sent[name]).encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[place]))
    try:
        forged: Any = {**sent, name: raw.decode()}
    except UnicodeDecodeError:
        forged = body({**sent, name: "@@@"}).replace(b"@@@", bytes(raw))
    if name == "Signature" and isinstance(forged, dict):
        with suppress(binascii.Error):  # base64 has two spellings of some bytes
            assume(base64.b64decode(forged[name], validate=True) != base64.b64decode(sent[name]))
    with pytest.raises(NotificationRefused):
        verify(forged, topics=lambda arn: True, max_age=None, cloud=Cloud(region="us-east-1"))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_parse_raises_nothing_else(raw: bytes | str) -> None:
    with pytest.raises(NotificationRefused):
        Notification.parse(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@given(st.dictionaries(st.sampled_from([*signing.notification(), "MessageAttributes"]), JSON))
def test_no_value_of_a_field_breaks_it(fields: dict[str, Any]) -> None:
    try:
        Notification.parse({**signing.notification(), **fields})
        Notification.parse(body({**signing.notification(), **fields}))
    except NotificationRefused:
        pass


# -- reading -----------------------------------------------------------------------------------------------------


def test_json(rig: Rig) -> None:
    found = Notification.parse(body(signing.notification('{"order": 7}')))
    assert found.json(dict) == {"order": 7}
    with pytest.raises(InvalidRequest, match="of type dict, not list"):
        found.json(list)
    with pytest.raises(InvalidRequest, match="no JSON"):
        Notification.parse(body(signing.notification("[" * 100_000))).json()


def test_its_repr_tells_no_secret(rig: Rig) -> None:
    found = verify(signing.confirmation())
    for shown in (repr(found), str(found), f"{found!s}"):
        assert TOKEN not in shown
        assert "http" not in shown
        assert found.message not in shown
    assert "not verified" in repr(Notification.parse(body(signing.notification())))
    assert found.raw["Token"] == TOKEN
    with pytest.raises(TypeError):
        found.raw["Token"] = ""  # type: ignore[index]


def test_copies_and_pickles_are_not_verified(rig: Rig) -> None:
    sent = signing.notification()
    sent["MessageAttributes"] = {"total": {"Type": "Number", "Value": "12"}}
    found = verify(sent)
    for made in (
        pickle.loads(pickle.dumps(found)),
        copy.copy(found),
        copy.deepcopy(found),
        attrs.evolve(found),
    ):
        assert made == found
        assert made.attributes == {"total": 12}
        assert found.verified
        assert not made.verified
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.message = "forged"  # type: ignore[misc]


# -- confirming --------------------------------------------------------------------------------------------------


def test_confirm(rig: Rig) -> None:
    topic = Topic.create(rig.name("news"))
    subscription = topic.subscribe("http://127.0.0.1:9/sns")
    sent = signing.confirmation(
        TopicArn=topic.arn, SubscribeURL=f"{SERVER}/?Action=ConfirmSubscription&TopicArn={topic.arn}"
    )
    confirmed = verify(sent, topics=[topic]).confirm()
    assert confirmed.topic.arn == topic.arn == subscription.topic.arn


def test_confirm_by_the_api(faults: FaultServer) -> None:
    arn = f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f"
    answer = Reply.xml(
        "<ConfirmSubscriptionResponse><ConfirmSubscriptionResult><SubscriptionArn>"
        f"{arn}</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
    )
    faults.otherwise(answer)
    sent = signing.confirmation()
    found = verify(sent, cloud=faults.cloud())
    assert found.confirm().arn == arn
    assert found.confirm(authenticated_unsubscribe=True).arn == arn
    first, second = (request.form for request in faults.requests)
    assert (first["Action"], first["TopicArn"], first["Token"]) == ("ConfirmSubscription", TOPIC, TOKEN)
    assert "AuthenticateOnUnsubscribe" not in first
    assert second["AuthenticateOnUnsubscribe"] == "true"
    # Nobody's credentials are needed.
    verify(sent, cloud=faults.cloud(anonymous=True)).confirm()
    assert "Authorization" not in faults.requests[-1].headers


def test_confirm_goes_to_the_topic_s_region(rig: Rig) -> None:
    arn = TOPIC.replace("us-east-1", "eu-west-1")
    server = SERVER.replace("us-east-1", "eu-west-1")
    sent = signing.confirmation(
        TopicArn=arn, SigningCertURL=server + PATH, SubscribeURL=f"{server}/?Action=ConfirmSubscription"
    )
    found = verify(sent, topics=[arn], cloud=Cloud(region="us-east-1"))
    assert found._cloud is not None
    assert found._cloud.region == "eu-west-1"


def test_what_is_not_verified_cannot_confirm(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="not verified") as caught:
        Notification.parse(body(signing.confirmation())).confirm()
    assert TOKEN not in str(caught.value)
    changed = attrs.evolve(verify(signing.confirmation()), topic_arn=TOPIC)
    with pytest.raises(InvalidRequest, match="not verified"):
        changed.confirm()


@pytest.mark.parametrize(
    "sent", [signing.notification(), signing.confirmation("UnsubscribeConfirmation")], ids=["message", "end"]
)
def test_what_asks_nothing_is_not_confirmed(rig: Rig, sent: dict[str, Any]) -> None:
    found = verify(sent, max_age=None)
    with pytest.raises(InvalidRequest, match="asks for no confirmation"):
        found.confirm()


# -- the certificate on its way ----------------------------------------------------------------------------------


def test_the_certificate_is_fetched_once_a_day(faults: FaultServer) -> None:
    faults.otherwise(Reply(body=PEM))
    cloud = faults.cloud()
    for _ in range(3):
        assert Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=cloud).verified
    assert [request.path for request in faults.requests] == [PATH]
    faults.clock.advance(24 * 3600 + 1)
    assert Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=cloud).verified
    assert len(faults.requests) == 2


UNAVAILABLE = {
    "too much to do": Reply(503),
    "throttled": Reply(429),
    "reset": Reply(reset=True),
    "cut": Reply(body=PEM, cut_after=100),
}


@pytest.mark.parametrize("reply", UNAVAILABLE.values(), ids=UNAVAILABLE.keys())
def test_a_certificate_that_does_not_come_may_come_later(faults: FaultServer, reply: Reply) -> None:
    sent, cloud = body(signing.notification()), faults.cloud()
    faults.replies(reply)
    faults.otherwise(Reply(body=PEM))
    with pytest.raises(NotificationRefused) as caught:
        Notification.verify(sent, topics=[TOPIC], cloud=cloud)
    assert caught.value.reason == RefusalReason.UNAVAILABLE
    assert caught.value.retryable
    assert Notification.verify(sent, topics=[TOPIC], cloud=cloud).verified


NOT_THERE = {
    "redirect": Reply(302, headers={"Location": "/elsewhere.pem"}),
    "redirect that stays": Reply(301, PEM, headers={"Location": "https://evil.test/a.pem"}),
    "not found": Reply(404),
    "forbidden": Reply(403, PEM),
    "no content": Reply(204),
    "over 64 KiB": Reply(body=PEM + b"\n" * 64 * 1024),
    "no PEM": Reply(body=b"<html>"),
    "another key": Reply(body=certificate(signing.elliptic_key())),
}


@pytest.mark.parametrize("reply", NOT_THERE.values(), ids=NOT_THERE.keys())
def test_what_is_no_certificate_is_not_kept(faults: FaultServer, reply: Reply) -> None:
    sent, cloud = body(signing.notification()), faults.cloud()
    faults.replies(reply)
    faults.otherwise(Reply(body=PEM))
    with pytest.raises(NotificationRefused) as caught:
        Notification.verify(sent, topics=[TOPIC], cloud=cloud)
    assert caught.value.reason == RefusalReason.CERTIFICATE
    assert not caught.value.retryable
    assert len(faults.requests) == 1  # no redirect is followed
    assert Notification.verify(sent, topics=[TOPIC], cloud=cloud).verified


def test_a_certificate_kept_is_looked_at_again(faults: FaultServer) -> None:
    faults.otherwise(Reply(body=PEM))
    cloud = faults.cloud()
    Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=cloud)
    memory = known(cloud)
    kept = memory.get(URL)
    assert kept is not None
    memory.put(URL, attrs.evolve(kept, ends=kept.begins))  # as if days had passed
    with pytest.raises(NotificationRefused, match="not valid now"):
        Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=cloud)
    assert len(faults.requests) == 1


@pytest.mark.parametrize("reply", [Reply(body=PEM, drip=0.05), Reply(delay=30)], ids=["drip", "hang"])
def test_a_certificate_that_comes_slowly(
    faults: FaultServer, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudkit.sns._verifying.certificate.MAX_CERTIFICATE_SECONDS", 0.3)
    faults.otherwise(reply)
    with deadline(2), pytest.raises(NotificationRefused) as caught:
        Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=faults.cloud())
    assert caught.value.reason == RefusalReason.UNAVAILABLE


def test_the_caller_s_own_deadline_is_told_as_such(faults: FaultServer) -> None:
    faults.otherwise(Reply(delay=30))
    with deadline(0.2), pytest.raises(DeadlineExceeded):
        Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=faults.cloud())


def test_nothing_is_fetched_for_what_is_refused_anyway(faults: FaultServer) -> None:
    faults.otherwise(Reply(body=PEM))
    early = {
        name: value
        for name, value in FORGED.items()
        if value[1] != RefusalReason.SIGNATURE or ("signature" in name and name != "signed by somebody else")
    }
    assert len(early) > 40
    for forged, _ in early.values():
        raw = body(forged) if isinstance(forged, dict) else forged
        with pytest.raises(NotificationRefused):
            Notification.verify(raw, topics=[TOPIC], cloud=faults.cloud())
    assert faults.requests == []


def test_without_cryptography(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtra, match="webhooks"):
        verify(signing.notification())
    assert Notification.parse(body(signing.notification())).message == "The site is up"


# -- what many messages at once, and what the errors say ---------------------------------------------------------


def test_of_many_messages_at_once_one_fetches_the_certificate(faults: FaultServer) -> None:
    faults.otherwise(Reply(body=PEM, delay=0.2))
    cloud, start = faults.cloud(), threading.Barrier(8)

    def take(_: int) -> bool:
        sent = body(signing.notification())
        start.wait(5)
        return Notification.verify(sent, topics=[TOPIC], cloud=cloud).verified

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(take, range(8))) == [True] * 8
    assert len(faults.requests) == 1


def test_if_it_cannot_be_fetched_all_of_them_come_again(faults: FaultServer) -> None:
    faults.replies(Reply(404, delay=0.3))
    faults.otherwise(Reply(body=PEM))
    cloud, start = faults.cloud(), threading.Barrier(4)

    def take(_: int) -> RefusalReason | None:
        sent = body(signing.notification())
        start.wait(5)
        try:
            Notification.verify(sent, topics=[TOPIC], cloud=cloud)
        except NotificationRefused as error:
            return error.reason
        return None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(take, range(4)))
    assert found.count(RefusalReason.CERTIFICATE) == 1
    assert set(found) <= {RefusalReason.CERTIFICATE, RefusalReason.UNAVAILABLE, None}
    assert Notification.verify(body(signing.notification()), topics=[TOPIC], cloud=cloud).verified


@pytest.mark.parametrize("signature", ["", "%%%", "AA==", "A" * 100_000, "QUJD" * 50])
def test_nothing_is_fetched_for_a_signature_that_cannot_fit(faults: FaultServer, signature: str) -> None:
    faults.otherwise(Reply(body=PEM))
    with pytest.raises(NotificationRefused) as caught:
        Notification.verify(body(changed(Signature=signature)), topics=[TOPIC], cloud=faults.cloud())
    assert caught.value.reason in (RefusalReason.SIGNATURE, RefusalReason.MALFORMED)
    assert faults.requests == []


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(("forged", "reason"), FORGED.values(), ids=FORGED.keys())
def test_no_error_repeats_what_the_sender_wrote(rig: Rig, forged: Any, reason: RefusalReason) -> None:
    """Nor does its cause: Python's own errors of JSON and UTF-8 hold the whole text."""
    for error in chain(refused(forged)):
        assert not hasattr(error, "doc")
        assert not hasattr(error, "object")
        assert len(repr(error)) < 500
        assert str(error).isprintable() or "\n" in str(error)
        assert TOKEN not in repr(error) + str(error) + str(vars(error))


def test_what_the_sender_wrote_makes_no_line_in_a_log(rig: Rig) -> None:
    forged = changed(MessageAttributes={"a": {"Type": "Binary.\nERROR forged", "Value": "%"}})
    assert "\nERROR" not in str(refused(forged))
    named = refused({**signing.notification(), "\nERROR forged": 7, "TopicArn": "\nERROR forged"})
    assert all("\nERROR" not in str(error) for error in chain(named))


@pytest.mark.parametrize("value", [7, None, True, [1], {"a": 1}, "a\nb", "\ud800"], ids=repr)
def test_a_field_that_sns_may_have_one_day_is_no_reason_to_refuse(rig: Rig, value: Any) -> None:
    """It is not signed, and nothing is decided by it."""
    found = verify({**signing.notification(), "NewField": value})
    assert found.verified
    assert found.raw.get("NewField") == (value if value == "a\nb" else None)


@pytest.mark.parametrize("name", ["type", "MESSAGE", "signingCertURL", "topicArn", " TopicArn", "Subject "])
def test_names_in_another_case_are_other_names(rig: Rig, name: str) -> None:
    sent = signing.notification()
    assert verify({**sent, name: "forged"}).message == sent["Message"]


@pytest.mark.parametrize("begin", [b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\x0c", b"//\n"])
def test_what_may_not_stand_before_json(rig: Rig, begin: bytes) -> None:
    assert refused(begin + body(signing.notification())).reason == RefusalReason.MALFORMED


def test_half_a_character_in_an_attribute(rig: Rig) -> None:
    for each in ({"Type": "String", "Value": "\ud800"}, {"Type": "\ud800", "Value": "a"}):
        assert refused(changed(MessageAttributes={"a": each})).reason == RefusalReason.MALFORMED


# -- what the caller gives ---------------------------------------------------------------------------------------


async def _later(given: str) -> bool:
    return False


@pytest.mark.parametrize(
    "options",
    [
        {"topics": _later},
        {"topics": lambda arn: _later(arn)},
        {"topics": lambda arn: None},
        {"topics": type("Topics", (), {})},
        {"replay": _later},
        {"replay": lambda message_id: _later(message_id)},
        {"replay": lambda message_id: None},
        {"certificates": lambda url: None},
        {"certificates": lambda url: PEM.decode()},
        {"certificates": lambda url: _later(url)},
        {"max_age": 0},
        {"max_age": float("nan")},
        {"min_version": 0},
        {"min_version": "2"},
    ],
)
def test_what_the_caller_gets_wrong_lets_nothing_through(rig: Rig, options: dict[str, Any]) -> None:
    """A coroutine that nobody awaits counts as true: an async `topics=` would expect every topic there is."""
    with pytest.raises(InvalidRequest):
        verify(signing.notification(), **options)


@pytest.mark.parametrize("options", [{"max_age": 0}, {"min_version": 3}, {"replay": _later}])
def test_it_is_told_whatever_came(rig: Rig, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        verify(b"forged", **options)


@pytest.mark.parametrize("age", [float("inf"), 1e300, timedelta.max])
def test_an_age_without_end(rig: Rig, age: Any) -> None:
    assert verify(signing.notification(Timestamp=ago(10**9)), max_age=age).verified
