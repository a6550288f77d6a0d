"""Amazon Resource Names, as far as SNS needs them."""

from __future__ import annotations

from attrs import frozen
from typing_extensions import override

from cloudkit.errors import InvalidRequest

PREFIX = "arn:"
_PARTS = 6

# What AWS writes in place of a subscription's ARN, in small letters and without blanks.
_NOT_TOLD = ("pendingconfirmation", "deleted")


@frozen
class Arn:
    """An Amazon Resource Name in its parts."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The parts of an ARN."""
        parts = text.split(":", _PARTS - 1)
        if len(parts) != _PARTS or parts[0] != "arn" or not all((parts[1], parts[2], parts[5])):
            raise InvalidRequest(
                f"{text!r} is no ARN", hint="an ARN looks like arn:aws:sns:eu-west-1:123456789012:news"
            )
        return cls(*parts[1:])

    @override
    def __str__(self) -> str:
        return f"{PREFIX}{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def topic_arn(text: str) -> Arn:
    """The parts of a topic's ARN."""
    arn = Arn.parse(text)
    if arn.service != "sns" or not arn.region or not arn.account or {":", "/"} & set(arn.resource):
        raise InvalidRequest(
            f"{text!r} is the ARN of something else than a topic",
            hint="a topic's looks like arn:aws:sns:eu-west-1:123456789012:news",
        )
    return arn


def subscription_arn(text: str) -> Arn:
    """The parts of a subscription's ARN: the topic's, and an id."""
    if text.replace(" ", "").lower() in _NOT_TOLD:
        raise InvalidRequest(
            f"{text!r} is no ARN, but stands where AWS tells none: the subscription is not confirmed yet, or deleted",
            hint="topic.pending_subscriptions() shows those that are not confirmed, topic.confirm(token) makes one of it",
        )
    arn = Arn.parse(text)
    name, _, number = arn.resource.partition(":")
    if arn.service != "sns" or not arn.region or not name or not number:
        raise InvalidRequest(
            f"{text!r} is the ARN of something else than a subscription",
            hint="topic.subscriptions() gives the subscriptions of a topic",
        )
    return arn


def topic_of(subscription_arn: str) -> str:
    """The ARN of the topic that a subscription is of."""
    return subscription_arn.rpartition(":")[0]
