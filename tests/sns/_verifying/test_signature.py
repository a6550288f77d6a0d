from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit.sns import NotificationRefused
from cloudkit.sns._verifying.envelope import read
from cloudkit.sns._verifying.signature import signature_of, signed_text, version_of

# The examples of the developer guide, "Verifying the signatures of Amazon SNS messages".
NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "4d4dc071-ddbf-465d-bba8-08f81c89da64",
    "TopicArn": "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P",
    "Subject": "My subject",
    "Message": "My Test Message",
    "Timestamp": "2019-01-31T04:37:04.321Z",
}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "3d891288-136d-417f-bc05-901c108273ee",
    "Token": "233...",
    "TopicArn": "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P",
    "Message": "My Test Message",
    "SubscribeURL": "https://sns.us-east-2.amazonaws.com/?Action=ConfirmSubscription&Token=233...",
    "Timestamp": "2019-01-31T19:25:13.719Z",
}


def test_what_is_signed_of_a_notification() -> None:
    assert signed_text(read(NOTIFICATION)) == (
        "Message\n"
        "My Test Message\n"
        "MessageId\n"
        "4d4dc071-ddbf-465d-bba8-08f81c89da64\n"
        "Subject\n"
        "My subject\n"
        "Timestamp\n"
        "2019-01-31T04:37:04.321Z\n"
        "TopicArn\n"
        "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\n"
        "Type\n"
        "Notification\n"
    )


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_what_is_signed_of_a_confirmation(kind: str) -> None:
    assert signed_text(read({**CONFIRMATION, "Type": kind})) == (
        "Message\n"
        "My Test Message\n"
        "MessageId\n"
        "3d891288-136d-417f-bc05-901c108273ee\n"
        "SubscribeURL\n"
        "https://sns.us-east-2.amazonaws.com/?Action=ConfirmSubscription&Token=233...\n"
        "Timestamp\n"
        "2019-01-31T19:25:13.719Z\n"
        "Token\n"
        "233...\n"
        "TopicArn\n"
        "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\n"
        "Type\n"
        f"{kind}\n"
    )


@pytest.mark.parametrize(
    ("subject", "lines"), [(None, []), ("", ["Subject\n\n"]), ("News", ["Subject\nNews\n"])]
)
def test_an_empty_subject_is_not_none(subject: str | None, lines: list[str]) -> None:
    text = signed_text(read({**NOTIFICATION, "Subject": subject}))
    assert text.count("Subject\n") == len(lines)
    assert all(line in text for line in lines)


@pytest.mark.parametrize("name", sorted(CONFIRMATION.keys() - {"Type", "Timestamp"}))
def test_what_a_confirmation_must_have(name: str) -> None:
    given: dict[str, Any] = {**CONFIRMATION, name: ""}
    with pytest.raises(NotificationRefused, match=name):
        signed_text(read(given))


def test_versions() -> None:
    assert version_of(read({**NOTIFICATION, "SignatureVersion": "1"}), 1) == 1
    assert version_of(read({**NOTIFICATION, "SignatureVersion": "2"}), 1) == 2
    for version, least in (("1", 2), ("3", 1), ("", 1), ("SHA256", 1), ("\u0661", 1)):
        with pytest.raises(NotificationRefused):
            version_of(read({**NOTIFICATION, "SignatureVersion": version}), least)


# -- one text, one message -----------------------------------------------------------------------------------


def _signed_fields(text: str) -> dict[str, str]:
    """What a signed text says, read from its end: all but the message stand on one line each."""
    assert text.endswith("\n")
    lines = text[:-1].split("\n")
    found: dict[str, str] = {}
    while lines[-2] != "MessageId":
        name, found[lines[-2]] = lines[-2], lines[-1]
        del lines[-2:]
        assert name in ("Type", "TopicArn", "Token", "Timestamp", "SubscribeURL", "Subject")
    found["MessageId"] = lines[-1]
    assert lines[0] == "Message"
    return {**found, "Message": "\n".join(lines[1:-2])}


PIECES = st.lists(
    st.sampled_from(
        [
            "\n",
            "\r",
            "\u2028",
            "\x85",
            "Message",
            "MessageId",
            "Subject",
            "Timestamp",
            "TopicArn",
            "Type",
            "Token",
            "a",
        ]
    ),
    max_size=9,
).map("".join)


@given(
    kind=st.sampled_from(["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]),
    changes=st.fixed_dictionaries(
        {"Message": PIECES, "MessageId": PIECES, "TopicArn": PIECES},
        optional={"Subject": PIECES, "Token": PIECES, "SubscribeURL": PIECES},
    ),
)
@settings(max_examples=400)
def test_no_two_messages_have_one_signed_text(kind: str, changes: dict[str, str]) -> None:
    """Whatever stands in the fields: from the text that is signed, each of them can be told."""
    given = {"Type": kind, "Timestamp": "2019-01-31T04:37:04.321Z", **changes}
    try:
        envelope = read(given)
        text = signed_text(envelope)
    except NotificationRefused:
        return
    if kind != "Notification":
        given.pop("Subject", None)  # which confirmations do not have, and SNS does not sign of them
    assert _signed_fields(text) == given


@pytest.mark.parametrize("size", [0, 1, 128, 255, 1025])
def test_a_signature_that_no_key_makes(size: int) -> None:
    with pytest.raises(NotificationRefused):
        signature_of(read({**NOTIFICATION, "Signature": base64.b64encode(b"a" * size).decode()}))


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_a_signature(size: int) -> None:
    text = base64.b64encode(b"a" * size).decode()
    assert signature_of(read({**NOTIFICATION, "Signature": text})) == b"a" * size
    for broken in (f"{text} ", f" {text}", text[:-1] + "-", f"{text}A"):
        with pytest.raises(NotificationRefused):
            signature_of(read({**NOTIFICATION, "Signature": broken}))
