"""Text messages."""

from __future__ import annotations

import traceback
from decimal import Decimal
from typing import Any

import pytest

from cloudkit import sms
from cloudkit.errors import AccessDenied, CloudError, InvalidRequest, ServiceError
from cloudkit.sns import Published
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns.answers import answer

NUMBER = "+441632960543"
TAKEN = answer("Publish", "<MessageId>id-1</MessageId>")


def entries(form: dict[str, str]) -> dict[str, tuple[str, str]]:
    stem = "MessageAttributes.entry."
    numbers = {name.split(".")[2] for name in form if name.startswith(stem)}
    return {
        form[f"{stem}{n}.Name"]: (
            form[f"{stem}{n}.Value.DataType"],
            form[f"{stem}{n}.Value.StringValue"],
        )
        for n in numbers
    }


def test_a_text_message(rig: Rig) -> None:
    assert sms(NUMBER, "Your code is 1234", sender_id="Acme", max_price=0.05, transactional=True).id


def test_what_is_sent(faults: FaultServer) -> None:
    faults.otherwise(TAKEN)
    cloud = faults.cloud()
    assert sms(NUMBER, "Hi", cloud=cloud) == Published("id-1")
    form = faults.requests[0].form
    assert (form["PhoneNumber"], form["Message"]) == (NUMBER, "Hi")
    assert entries(form) == {}
    sms(
        NUMBER,
        "Hi",
        sender_id="Acme1",
        origination_number="+441632960999",
        max_price=Decimal("0.05"),
        transactional=False,
        cloud=cloud,
    )
    assert entries(faults.requests[1].form) == {
        "AWS.SNS.SMS.SenderID": ("String", "Acme1"),
        "AWS.MM.SMS.OriginationNumber": ("String", "+441632960999"),
        "AWS.SNS.SMS.MaxPrice": ("Number", "0.05"),
        "AWS.SNS.SMS.SMSType": ("String", "Promotional"),
    }
    sms(NUMBER, "Hi", transactional=True, aws={"Subject": "x"}, cloud=cloud)
    assert entries(faults.requests[2].form) == {"AWS.SNS.SMS.SMSType": ("String", "Transactional")}
    assert faults.requests[2].form["Subject"] == "x"


@pytest.mark.parametrize(
    ("number", "text", "more"),
    [
        ("01632960543", "x", {}),
        ("+44 1632 960543", "x", {}),
        ("+0441632960543", "x", {}),
        ("+" + "1" * 16, "x", {}),
        ("+1", "x", {}),
        ("", "x", {}),
        (NUMBER, "", {}),
        (NUMBER, "x" * 1601, {}),
        (NUMBER, "\ud800", {}),
        (NUMBER, "x", {"sender_id": "ab"}),
        (NUMBER, "x", {"sender_id": "x" * 12}),
        (NUMBER, "x", {"sender_id": "12345"}),
        (NUMBER, "x", {"sender_id": "The Firm"}),
        (NUMBER, "x", {"origination_number": "12345"}),
        (NUMBER, "x", {"max_price": 0}),
        (NUMBER, "x", {"max_price": float("nan")}),
    ],
)
def test_what_is_refused_is_not_sent(faults: FaultServer, number: str, text: str, more: Any) -> None:
    with pytest.raises(InvalidRequest):
        sms(number, text, **more, cloud=faults.cloud())
    assert faults.operations == []


def test_an_error_does_not_tell_the_number(faults: FaultServer) -> None:
    faults.otherwise(Reply.query_error("AuthorizationError", "no", 403))
    with pytest.raises(AccessDenied) as caught:
        sms(NUMBER, "Your code is 1234", cloud=faults.cloud())
    assert caught.value.resource == "+...543"
    assert NUMBER not in str(caught.value)
    assert "1234" not in str(caught.value)


def test_what_sns_says_of_the_number_is_not_told_either(faults: FaultServer) -> None:
    said = f"Invalid parameter: PhoneNumber Reason: {NUMBER} is not valid to publish to"
    faults.otherwise(Reply.query_error("InvalidParameter", said))
    with pytest.raises(InvalidRequest, match="not valid to publish to") as caught:
        sms(NUMBER, "Your code is 1234", cloud=faults.cloud())
    assert NUMBER not in "".join(traceback.format_exception(caught.value))
    assert NUMBER not in repr(caught.value)


def test_a_lost_answer_is_asked_for_again_if_the_cloud_may(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True))
    faults.otherwise(answer("Publish", "<MessageId>id-1</MessageId>"))
    assert sms(NUMBER, "hello", cloud=faults.cloud(attempts=2, pauses=False)).id == "id-1"
    assert faults.operations == ["Publish"] * 2
    faults.replies(Reply(reset=True))
    with pytest.raises(CloudError):
        sms(NUMBER, "hello", cloud=faults.cloud(attempts=1))
    assert faults.operations == ["Publish"] * 3


def test_an_answer_without_an_id(faults: FaultServer) -> None:
    faults.otherwise(answer("Publish"))
    with pytest.raises(ServiceError, match="no MessageId") as caught:
        sms(NUMBER, "hello", cloud=faults.cloud())
    assert NUMBER not in str(caught.value)
