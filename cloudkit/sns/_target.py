"""Where notifications go: what a subscription is made to, and by which protocol it is reached."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from cloudkit._core.params import one_of
from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import PREFIX, Arn
from cloudkit.sqs import Queue
from cloudkit.types import HasArn, OpenEnum

PHONE = re.compile(r"\+[1-9][0-9]{1,14}")  # E.164
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")
_EMAIL = re.compile(r"[^@\s:]+@[^@\s:/]+")


class DeliveryProtocol(OpenEnum):
    """How SNS reaches a subscriber."""

    SQS = "sqs"
    HTTP = "http"
    HTTPS = "https"
    EMAIL = "email"
    EMAIL_JSON = "email-json"
    SMS = "sms"
    LAMBDA = "lambda"
    FIREHOSE = "firehose"
    APPLICATION = "application"


# By the service in the target's ARN.
_BY_SERVICE: Mapping[str, DeliveryProtocol] = {
    "sqs": DeliveryProtocol.SQS,
    "lambda": DeliveryProtocol.LAMBDA,
    "firehose": DeliveryProtocol.FIREHOSE,
    "sns": DeliveryProtocol.APPLICATION,
}
# The protocols that a kind of target can have instead of its own.
_INSTEAD: Mapping[DeliveryProtocol, DeliveryProtocol] = {DeliveryProtocol.EMAIL: DeliveryProtocol.EMAIL_JSON}


@frozen
class Endpoint:
    """A target as SNS takes it.

    Attributes:
        protocol: How it is reached.
        address: An ARN, a URL, an e-mail address or a phone number.
    """

    protocol: DeliveryProtocol
    address: str

    @property
    def shown(self) -> str:
        """The address as people may see it: a URL's password is left out."""
        return without_password(self.address)


def without_password(address: str) -> str:
    """The address, with stars for the password of a URL that has one."""
    return _PASSWORD.sub(r"\1:****@", address)


def endpoint_of(target: Queue | HasArn | str, protocol: str | None) -> Endpoint:
    """The endpoint that a target stands for."""
    if not isinstance(target, str) and not hasattr(target, "arn"):
        raise _unclear(repr(target))
    address = target if isinstance(target, str) else target.arn
    natural = _natural(address)
    if protocol is None:
        return Endpoint(natural, address)
    allowed = [natural.value, *([_INSTEAD[natural].value] if natural in _INSTEAD else [])]
    return Endpoint(
        DeliveryProtocol(one_of(f"protocol for {without_password(address)}", protocol, allowed)), address
    )


def _natural(address: str) -> DeliveryProtocol:
    if address.startswith(PREFIX):
        arn = Arn.parse(address)
        if arn.service in _BY_SERVICE and (arn.service != "sns" or arn.resource.startswith("endpoint/")):
            return _BY_SERVICE[arn.service]
    elif (url := urlsplit(address)).scheme in ("http", "https") and url.hostname:
        return DeliveryProtocol(url.scheme)
    elif PHONE.fullmatch(address):
        return DeliveryProtocol.SMS
    elif _EMAIL.fullmatch(address):
        return DeliveryProtocol.EMAIL
    raise _unclear(repr(without_password(address)))


def _unclear(shown: str) -> InvalidRequest:
    return InvalidRequest(
        f"{shown} is nothing that a topic can deliver to",
        hint="give a Queue, 'https://...', 'me@example.com', '+441632960543', or the ARN of a queue, a Lambda"
        " function, a Firehose stream or a mobile endpoint",
    )
