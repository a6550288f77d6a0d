"""A subscription: what names it, and what AWS says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, field
from typing_extensions import TypeVar, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing, paged
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.errors import ServiceError
from cloudkit.sns._address.topic import TopicAddress
from cloudkit.sns._answering import said
from cloudkit.sns._arn import PREFIX, subscription_arn
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.subscription import (
    FILTER,
    FILTER_SCOPE,
    RAW,
    REDRIVE,
    ROLE,
    dead_letters_in,
    filter_in,
)
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.filter import Filter, FilterScope
from cloudkit.sns.pending import PendingSubscription
from cloudkit.sns.replay import ReplayStatus
from cloudkit.types import Answer

# What stands in a listing where there is no ARN to tell.
_PENDING_ARN = "PendingConfirmation"


@define(eq=False, repr=False)
class SubscriptionAddress(Resource):
    """What `Subscription` is but for its verbs. It is made as a `Subscription` alone."""

    _service = SNS
    _shown = ("Protocol", "Endpoint")
    _boto3_name: ClassVar[str | None] = "Subscription"

    arn: str = field()

    protocol: ClassVar[Attribute[DeliveryProtocol]] = attribute("Protocol", DeliveryProtocol)
    endpoint: ClassVar[Attribute[str]] = attribute("Endpoint", str)
    owner: ClassVar[Attribute[str]] = attribute("Owner", str)
    pending: ClassVar[Attribute[bool]] = attribute("PendingConfirmation", bool, volatile=True)
    role: ClassVar[Attribute[str | None]] = attribute(ROLE, str, optional=True)
    replay_status: ClassVar[Attribute[ReplayStatus | None]] = attribute(
        "ReplayStatus", ReplayStatus, optional=True, volatile=True
    )
    _raw_delivery: ClassVar[Attribute[bool]] = attribute(RAW, bool)
    _filter: ClassVar[Attribute[Filter | None]] = attribute(FILTER, filter_in, optional=True)
    _filter_scope: ClassVar[Attribute[FilterScope | None]] = attribute(
        FILTER_SCOPE, FilterScope, optional=True
    )
    _dead_letters_arn: ClassVar[Attribute[str | None]] = attribute(REDRIVE, dead_letters_in, optional=True)

    def __attrs_post_init__(self) -> None:
        # Not compared with the Cloud's region: finding that out may read a file.
        self._identify(cloud=self.cloud.in_region(subscription_arn(self.arn).region))

    @override
    def _load(self) -> Answer:
        answer = self._call("get_subscription_attributes", SubscriptionArn=self.arn)
        found: Answer = said(answer, "Attributes", "GetSubscriptionAttributes", self)
        return found


S = TypeVar("S", bound=SubscriptionAddress)


def told(cloud: Cloud, answer: Mapping[str, str], operation: str, kind: type[S]) -> S:
    """The subscription that an answer tells of; it shares the Cloud, and so its connections.

    Args:
        cloud: Who was asked.
        answer: The answer, or a row of it.
        operation: What was asked, for the error.
        kind: Of which class it is made.

    Raises:
        ServiceError: It tells no ARN.
    """
    arn = answer.get("SubscriptionArn", "")
    if not arn.startswith(PREFIX):
        raise ServiceError(
            f"the answer tells no ARN of the subscription, but {arn!r}",
            service=SNS.name,
            operation=operation,
            hint="it is there; topic.pending_subscriptions() shows those that are not confirmed yet",
        )
    made = kind(arn, cloud=cloud)
    made._identify(cloud=cloud)  # pyright: ignore[reportPrivateUsage]
    return made


# -- in listings -------------------------------------------------------------------------------------------------


def subscriptions_of(topic: TopicAddress, kind: type[S]) -> Listing[S]:
    """The confirmed subscriptions of a topic.

    Args:
        topic: The topic.
        kind: Of which class they are made.
    """
    return paged(
        topic.cloud,
        SNS,
        "list_subscriptions_by_topic",
        confirmed_rows,
        lambda row: listed(topic.cloud, row, kind),
        of=kind.__name__,
        about=topic,
        TopicArn=topic.arn,
    )


def pending_of(topic: TopicAddress) -> Listing[PendingSubscription]:
    """The subscriptions of a topic that are not confirmed yet."""
    return paged(
        topic.cloud,
        SNS,
        "list_subscriptions_by_topic",
        _pending_rows,
        _pending,
        of="PendingSubscription",
        about=topic,
        TopicArn=topic.arn,
    )


def confirmed_rows(page: Answer) -> list[Answer]:
    """The rows of a page that have an ARN: not those pending, nor those deleted a short while ago."""
    return [row for row in page.get("Subscriptions", []) if row["SubscriptionArn"].startswith(PREFIX)]


def listed(cloud: Cloud, row: Answer, kind: type[S]) -> S:
    """The subscription that a row of a listing tells of."""
    made = told(cloud, row, "ListSubscriptions", kind)
    return made._learn(row, whole=False)  # pyright: ignore[reportPrivateUsage]


def _pending_rows(page: Answer) -> list[Answer]:
    return [row for row in page.get("Subscriptions", []) if row["SubscriptionArn"] == _PENDING_ARN]


def _pending(row: Answer) -> PendingSubscription:
    return PendingSubscription(
        row["TopicArn"], DeliveryProtocol(row["Protocol"]), row["Endpoint"], row["Owner"]
    )
