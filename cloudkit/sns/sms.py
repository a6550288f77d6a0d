"""Text messages to phones, without a topic."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sns._answering import said
from cloudkit.sns._limits import (
    MAX_SENDER_ID_CHARACTERS,
    MAX_SMS_CHARACTERS,
    MIN_SENDER_ID_CHARACTERS,
)
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._service import SNS
from cloudkit.sns._target import PHONE
from cloudkit.sns.outgoing import Published

_SENDER = re.compile(rf"(?=.*[A-Za-z])[A-Za-z0-9]{{{MIN_SENDER_ID_CHARACTERS},{MAX_SENDER_ID_CHARACTERS}}}")
_SHOWN_DIGITS = 3


def sms(
    number: str,
    text: str,
    *,
    sender_id: str | None = None,
    origination_number: str | None = None,
    max_price: float | Decimal | None = None,
    transactional: bool | None = None,
    aws: Mapping[str, Any] | None = None,
    cloud: Cloud | None = None,
) -> Published:
    """Send a text message to a phone. One request.

    SNS says that it took the message, not that it arrived; a new account reaches verified numbers alone. If its answer
    is lost, the message is sent again, and may arrive twice: `Retry(attempts=1)` in the Cloud prevents that.

    Args:
        number: In the international form of E.164, such as `"+441632960543"`.
        text: Up to 1,600 characters; SNS cuts what is longer than 160 (70 beyond GSM's alphabet) into several.
        sender_id: Who it is from, in countries that show it: 3 to 11 letters and digits, one letter among them.
        origination_number: The number of yours that it is from.
        max_price: US dollars that it may cost; it is not sent if it would cost more.
        transactional: True for what must arrive, such as one-time passwords; False for the cheapest way. Default: as
            the account is set.
        aws: More parameters of Publish, as boto3 takes them.
        cloud: Who sends it. Default: the current Cloud.

    Returns:
        The message's id.

    Raises:
        InvalidRequest: That is no such number, text, sender or price.
        AccessDenied: These credentials may not publish to phones.
        LimitExceeded: The account's monthly budget is spent.

    Examples:
        >>> sms("+441632960543", "Your code is 1234", sender_id="Acme", transactional=True).id
        '...'

    AWS: sns:Publish
    """
    attributes: dict[str, dict[str, str]] = {}
    if sender_id is not None:
        attributes["AWS.SNS.SMS.SenderID"] = _text(_checked_sender(sender_id))
    if origination_number is not None:
        _checked_number("origination_number", origination_number)
        attributes["AWS.MM.SMS.OriginationNumber"] = _text(origination_number)
    if max_price is not None:
        attributes["AWS.SNS.SMS.MaxPrice"] = {"DataType": "Number", "StringValue": _checked_price(max_price)}
    if transactional is not None:
        attributes["AWS.SNS.SMS.SMSType"] = _text("Transactional" if transactional else "Promotional")
    params = {
        "PhoneNumber": _checked_number("number", number),
        "Message": _checked_message(text),
        "MessageAttributes": attributes or None,
    }
    try:
        answer = cloud_or_current(cloud).invoke(SNS, "publish", params, aws=aws, about=masked(number))
    except CloudError as error:
        # SNS repeats the number in what it says, which goes into logs.
        error.message = error.message.replace(number, masked(number))
        error.args = (error.message,)
        raise error from None
    return Published(str(said(answer, "MessageId", "Publish", masked(number))))


def masked(number: str) -> str:
    """A number as logs may have it: its end alone."""
    return f"+...{number[-_SHOWN_DIGITS:]}"


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _checked_number(name: str, number: str) -> str:
    if not PHONE.fullmatch(number):
        raise InvalidRequest(
            f"{name}={number!r}: a phone number has a plus, the country's code and up to 15 digits in all",
            hint="such as '+441632960543': no blanks, hyphens or brackets, and no 0 before the area",
        )
    return number


def _checked_message(text: str) -> str:
    if len(text) > MAX_SMS_CHARACTERS:
        raise InvalidRequest(f"the text has {len(text):,} characters: SNS takes {MAX_SMS_CHARACTERS:,}")
    return TOPICS.checked_text("the text", text)


def _checked_sender(sender: str) -> str:
    if not _SENDER.fullmatch(sender):
        raise InvalidRequest(
            f"sender_id={sender!r}: it has {MIN_SENDER_ID_CHARACTERS} to {MAX_SENDER_ID_CHARACTERS} letters and digits,"
            " a letter among them"
        )
    return sender


def _checked_price(price: float | Decimal) -> str:
    value = Decimal(repr(price)) if isinstance(price, float) else Decimal(price)
    if not value.is_finite() or value <= 0:
        raise InvalidRequest(f"max_price={price}: it is an amount of US dollars, such as 0.05")
    return format(value, "f")
