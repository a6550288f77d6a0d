"""A subscription: what a topic delivers to whom."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from attrs import define, field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.sns._arn import Arn, subscription_arn
from cloudkit.sns._service import PRINCIPAL, SNS
from cloudkit.sns._settings import FILTER, FILTER_SCOPE, RAW, FilterScope
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.errors import SubscriptionNotFound
from cloudkit.sqs import Queue, QueueNotFound
from cloudkit.sqs._settings import json_object
from cloudkit.types import Answer, Json

if TYPE_CHECKING:
    from cloudkit.sns.topic import Topic

# What stands in a listing where there is no ARN to tell.
_PENDING_ARN = "PendingConfirmation"


@define(eq=False, repr=False)
class Subscription(Resource):
    """A subscription, by its ARN. Making one calls nothing. Its region is the one in the ARN.

    Args:
        arn: Such as `"arn:aws:sns:eu-west-1:123456789012:news:8a21d249-4329-4871-acc6-7be709c6ea7f"`.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: It is no ARN of a subscription.

    Example:
        >>> Subscription(subscription.arn).protocol
        <DeliveryProtocol.SQS: 'sqs'>

    AWS: none
    """

    _service = SNS
    _shown = ("Protocol", "Endpoint")
    _boto3_name = "Subscription"

    arn: str = field()

    protocol: ClassVar[Attribute[DeliveryProtocol]] = attribute("Protocol", DeliveryProtocol)
    endpoint: ClassVar[Attribute[str]] = attribute("Endpoint", str)
    owner: ClassVar[Attribute[str]] = attribute("Owner", str)
    pending: ClassVar[Attribute[bool]] = attribute("PendingConfirmation", bool, volatile=True)
    raw_delivery: ClassVar[Attribute[bool]] = attribute(RAW, bool)
    filter: ClassVar[Attribute[dict[str, Json] | None]] = attribute(FILTER, json_object, optional=True)
    filter_scope: ClassVar[Attribute[FilterScope | None]] = attribute(
        FILTER_SCOPE, FilterScope, optional=True
    )

    def __attrs_post_init__(self) -> None:
        # Not compared with the Cloud's region: finding that out may read a file.
        self.cloud = self.cloud.in_region(subscription_arn(self.arn).region)

    @property
    def topic(self) -> Topic:
        """The topic that it is of, which stands in its ARN."""
        from cloudkit.sns.topic import Topic

        return Topic(self.arn.rpartition(":")[0], cloud=self.cloud)

    # -- finding ---------------------------------------------------------------------------------------------

    @classmethod
    def get(cls, arn: str, *, cloud: Cloud | None = None) -> Self:
        """Find a subscription by its ARN. One request.

        Args:
            arn: The ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The subscription, loaded.

        Raises:
            SubscriptionNotFound: There is none.
            AccessDenied: It is not yours to see.

        Example:
            >>> Subscription.get(subscription.arn).pending
            False

        AWS: sns:GetSubscriptionAttributes
        """
        return cls(arn, cloud=cloud).refresh()

    @classmethod
    def list(cls, *, cloud: Cloud | None = None) -> Listing[Subscription]:
        """The subscriptions of the account in the Cloud's region, of all topics. One request for each 100.

        Those that are not confirmed yet are left out, since AWS does not tell their ARNs here;
        `topic.pending_subscriptions()` shows them.

        Args:
            cloud: Whose subscriptions. Default: the current Cloud's.

        Returns:
            The subscriptions, with protocol, endpoint and owner already known.

        Raises:
            AccessDenied: These credentials may not ask.

        Example:
            >>> [each.topic.name for each in Subscription.list()]
            ['news']

        AWS: sns:ListSubscriptions
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            SNS,
            "list_subscriptions",
            confirmed_rows,
            lambda row: subscription_in(cloud, row["SubscriptionArn"])._learn(row, whole=False),
            of="Subscription",
        )

    @override
    def _load(self) -> Answer:
        found: Answer = self._call("get_subscription_attributes", SubscriptionArn=self.arn)["Attributes"]
        return found

    # -- beginning and end -----------------------------------------------------------------------------------

    def confirm(self, token: str, *, authenticated_unsubscribe: bool = False) -> Subscription:
        """Confirm it, with the token that SNS sent to the endpoint. One request.

        Args:
            token: From the confirmation message; it is good for two days.
            authenticated_unsubscribe: Whether the link in each message shall no longer be enough to unsubscribe.

        Returns:
            The subscription that the token is for, confirmed.

        Raises:
            InvalidRequest: The token is wrong or too old.
            TopicNotFound: The topic is not there.

        Example:
            >>> subscription.confirm("2336412f37fb687f5d51e6e2425e...").topic.name
            'news'

        AWS: sns:ConfirmSubscription
        """
        self._unlearn()
        return confirm(self.cloud, self.topic.arn, token, authenticated_unsubscribe)

    def unsubscribe(self) -> None:
        """End it; fine if it is not there. Two requests; two or three more for a queue.

        If it delivers to a queue of the Cloud's account, the statement that `topic.subscribe` put into the queue's
        policy is taken out again; all other statements stay. AWS ends a subscription that is not confirmed by
        itself after two days, and may refuse to do so before.

        Raises:
            AccessDenied: It is not yours to end, or the queue's policy is not yours to change.

        Example:
            >>> subscription.unsubscribe()
            >>> subscription.exists()
            False

        AWS: sns:GetSubscriptionAttributes, sns:Unsubscribe, sts:GetCallerIdentity, sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        with suppress(SubscriptionNotFound):
            # Unsubscribe takes one that is gone for success; the statement may by then be that of a newer one.
            queue = self.refresh()._own_queue()
            self._call("unsubscribe", SubscriptionArn=self.arn)
            if queue is not None:
                with suppress(QueueNotFound):
                    queue.disallow_service(PRINCIPAL, self.topic.arn)
        self.cloud.forget(self.arn)
        self._unlearn()

    def _own_queue(self) -> Queue | None:
        """The queue that it delivers to, if that is in the Cloud's account, whose policy is ours to tidy."""
        if self.protocol != DeliveryProtocol.SQS:
            return None
        own = Arn.parse(self.endpoint).account == self.cloud.account_id
        return Queue(self.endpoint, cloud=self.cloud) if own else None


@frozen
class PendingSubscription:
    """A subscription that its endpoint has not confirmed yet. AWS tells its ARN to nobody but who made it.

    Attributes:
        topic_arn: The topic.
        protocol: How the endpoint would be reached.
        endpoint: Whom it is for.
        owner: The account that made it.
    """

    topic_arn: str
    protocol: DeliveryProtocol
    endpoint: str
    owner: str


def confirmed_rows(page: Answer) -> list[Answer]:
    """The rows of a page that have an ARN: not those pending, nor those deleted a short while ago."""
    return [row for row in page.get("Subscriptions", []) if row["SubscriptionArn"].startswith("arn:")]


def pending_rows(page: Answer) -> list[Answer]:
    """The rows of a page that are not confirmed yet."""
    return [row for row in page.get("Subscriptions", []) if row["SubscriptionArn"] == _PENDING_ARN]


def pending_of(row: Answer) -> PendingSubscription:
    """What a row without an ARN says."""
    return PendingSubscription(
        row["TopicArn"], DeliveryProtocol(row["Protocol"]), row["Endpoint"], row["Owner"]
    )


def confirm(cloud: Cloud, topic_arn: str, token: str, authenticated_unsubscribe: bool) -> Subscription:
    """Confirm the subscription that a token is for."""
    answer = cloud.invoke(
        SNS,
        "confirm_subscription",
        {
            "TopicArn": topic_arn,
            "Token": token,
            "AuthenticateOnUnsubscribe": "true" if authenticated_unsubscribe else None,
        },
        about=topic_arn,
    )
    return subscription_in(cloud, answer["SubscriptionArn"])


def subscription_in(cloud: Cloud, arn: str) -> Subscription:
    """The subscription that this Cloud told of; it shares the Cloud, and so its connections."""
    made = Subscription(arn, cloud=cloud)
    made.cloud = cloud
    return made
