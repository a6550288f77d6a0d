"""What a topic can deliver to."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen

from cloudkit.errors import InvalidRequest
from cloudkit.sns._target import DeliveryProtocol, Endpoint, endpoint_of


@frozen
class Thing:
    arn: str


@pytest.mark.parametrize(
    ("target", "protocol"),
    [
        ("arn:aws:sqs:eu-west-1:123456789012:jobs", "sqs"),
        ("arn:aws-cn:sqs:cn-north-1:123456789012:jobs", "sqs"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:resize", "lambda"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:resize:live", "lambda"),
        ("arn:aws:firehose:eu-west-1:123456789012:deliverystream/all", "firehose"),
        ("arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/app/5e3e9847", "application"),
        ("https://example.com/hook?a=1", "https"),
        ("http://user:word@127.0.0.1:8080/", "http"),
        ("ops@example.com", "email"),
        ("ops+sns@example", "email"),
        ("+441632960543", "sms"),
    ],
)
def test_the_protocol_follows_from_the_target(target: str, protocol: str) -> None:
    assert endpoint_of(target, None) == Endpoint(DeliveryProtocol(protocol), target)
    assert endpoint_of(target, protocol) == Endpoint(DeliveryProtocol(protocol), target)
    if target.startswith("arn:"):
        assert endpoint_of(Thing(target), None) == Endpoint(DeliveryProtocol(protocol), target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "jobs",
        "441632960543",
        "+44 1632 960543",
        "+0",
        "a@b@c",
        "a b@example.com",
        "https://",
        "ftp://example.com",
        "arn:aws:s3:::bucket",
        "arn:aws:sns:eu-west-1:123456789012:news",
        7,
        None,
        Thing("jobs"),
    ],
)
def test_what_is_no_target(target: Any) -> None:
    with pytest.raises(InvalidRequest, match="nothing that a topic can deliver to"):
        endpoint_of(target, None)


def test_only_an_e_mail_address_has_a_choice() -> None:
    made = endpoint_of("ops@example.com", "email-json")
    assert made.protocol is DeliveryProtocol.EMAIL_JSON
    with pytest.raises(InvalidRequest, match="'email', 'email-json'"):
        endpoint_of("ops@example.com", "sms")
    with pytest.raises(InvalidRequest, match="it is one of 'https'"):
        endpoint_of("https://example.com", "http")


def test_a_password_is_not_shown() -> None:
    made = endpoint_of("https://user:se:cret@example.com/hook?a=b:c@d", None)
    assert made.address == "https://user:se:cret@example.com/hook?a=b:c@d"
    assert made.shown == "https://user:****@example.com/hook?a=b:c@d"
    assert endpoint_of("http://127.0.0.1:80/a@b", None).shown == "http://127.0.0.1:80/a@b"
    with pytest.raises(InvalidRequest) as caught:
        endpoint_of("https://user:secret@example.com", "sms")
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidRequest) as caught:
        endpoint_of("ftp://user:secret@example.com", None)
    assert "secret" not in str(caught.value)
