"""Whether a policy lets SNS do something."""

from __future__ import annotations

from typing import Any

import pytest

from cloudkit._core.policy import for_service
from cloudkit.sns._checking.granting import Verdict, verdict
from cloudkit.sns._checking.keys import request_of
from tests.sns.answers import QUEUE, TOPIC

YES, NO, MAYBE = Verdict.YES, Verdict.NO, Verdict.MAYBE
SNS = {"Service": "sns.amazonaws.com"}


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": SNS, "Action": "sqs:SendMessage", "Resource": QUEUE, **more}


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE, **more}


def said(*statements: Any) -> Verdict:
    return verdict(
        {"Statement": list(statements)},
        service="sns.amazonaws.com",
        action="sqs:SendMessage",
        resource=QUEUE,
        context=request_of(TOPIC),
    )


def test_what_we_write_ourselves_is_enough() -> None:
    assert said(for_service("sns.amazonaws.com", "sqs:SendMessage", QUEUE, source_arn=TOPIC)) is YES


def test_nothing_is_not_enough() -> None:
    assert said() is NO
    assert verdict({}, service="sns.amazonaws.com", action="a:b", resource=QUEUE, context={}) is NO


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, YES),
        ({"Principal": "*"}, YES),
        ({"Principal": {"AWS": "*"}}, YES),
        ({"Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}}, YES),
        ({"Principal": {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}}, YES),
        ({"Principal": {"Service": "sns.eu-south-1.amazonaws.com"}}, YES),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, NO),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, NO),
        ({"Principal": None}, NO),
        ({"Action": "*"}, YES),
        ({"Action": "SQS:sendmessage"}, YES),
        ({"Action": ["sqs:Receive*", "sqs:Send*"]}, YES),
        ({"Action": "sqs:ReceiveMessage"}, NO),
        ({"Action": "sqs:Send"}, NO),
        ({"Resource": "*"}, YES),
        ({"Resource": "arn:aws:sqs:*:*:jobs"}, YES),
        ({"Resource": "arn:aws:sqs:us-east-1:123456789012:job?"}, YES),
        ({"Resource": f"{QUEUE}-other"}, NO),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}}}, YES),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:*:*:new*"}}}, YES),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": f"{TOPIC}s"}}}, NO),
        ({"Condition": {"StringEquals": {"aws:SourceArn": ["x", TOPIC]}}}, YES),
        ({"Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:sns:*"}}}, NO),
        ({"Condition": {"StringLike": {"aws:SourceArn": "arn:aws:sns:*"}}}, YES),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}, YES),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "210987654321"}}}, NO),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "210987654321"}}}, YES),
        ({"Condition": {"Bool": {"aws:SecureTransport": True}}}, YES),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, NO),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, MAYBE),
        ({"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}, MAYBE),
        (
            {
                "Condition": {
                    "StringEquals": {"aws:PrincipalOrgID": "o-1"},
                    "ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:olds"},
                }
            },
            NO,
        ),
    ],
)
def test_a_statement_that_allows(more: Any, expected: Verdict) -> None:
    assert said(allow(**more)) is expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (deny(), NO),
        (deny(Action="sqs:ReceiveMessage"), YES),
        (deny(Principal={"AWS": "arn:aws:iam::1:root"}), YES),
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), YES),
        (deny(Condition={"StringNotEquals": {"aws:SourceAccount": "123456789012"}}), YES),
        (deny(Condition={"StringNotEquals": {"aws:SourceAccount": "210987654321"}}), NO),
        (deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}), MAYBE),
        ({"Effect": "Deny", "NotPrincipal": SNS, "Action": "*", "Resource": "*"}, MAYBE),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sqs:SendMessage", "Resource": "*"}, YES),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sqs:Receive*", "Resource": "*"}, NO),
        ({"Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": QUEUE}, YES),
    ],
)
def test_a_statement_that_denies_beside_one_that_allows(statement: Any, expected: Verdict) -> None:
    assert said(allow(), statement) is expected
    assert said(statement, allow()) is expected


def test_two_that_allow() -> None:
    doubtful = allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
    assert said(doubtful, allow()) is YES
    assert said(doubtful, allow(Resource="x")) is MAYBE
    assert said("no statement", allow()) is YES
