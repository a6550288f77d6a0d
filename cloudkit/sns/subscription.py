"""A subscription: what a topic delivers to whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define
from typing_extensions import Self

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit.errors import InvalidRequest
from cloudkit.sns._address.subscription import SubscriptionAddress, confirmed_rows, listed, told
from cloudkit.sns._arn import topic_of
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.off import Off
from cloudkit.sns._settings.subscription import REPLAY, of_replay, of_subscription
from cloudkit.sns._subscribing.admitting import admit_dead_letters
from cloudkit.sns._subscribing.changing import put
from cloudkit.sns._subscribing.ending import unsubscribe
from cloudkit.sns.filter import Filter, FilterScope
from cloudkit.sqs import Queue
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.types import HasArn

if TYPE_CHECKING:
    from cloudkit.sns.topic import Topic


@define(eq=False, repr=False)
class Subscription(SubscriptionAddress):
    """A subscription, by its ARN. Making one calls nothing. Its region is the one in the ARN.

    Args:
        arn: Such as `"arn:aws:sns:eu-west-1:123456789012:news:8a21d249-4329-4871-acc6-7be709c6ea7f"`.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: It is no ARN of a subscription.

    Examples:
        >>> Subscription(subscription.arn).protocol
        <DeliveryProtocol.SQS: 'sqs'>

    AWS: none
    """

    @property
    def topic(self) -> Topic:
        """The topic that it is of, which stands in its ARN."""
        from cloudkit.sns.topic import Topic

        return Topic(topic_of(self.arn), cloud=self.cloud)

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

        Examples:
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

        Examples:
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
            lambda row: listed(cloud, row, Subscription),
            of="Subscription",
        )

    # -- settings --------------------------------------------------------------------------------------------

    @property
    def raw_delivery(self) -> bool:
        """Whether messages go without SNS's envelope of JSON; setting it changes that. One request each way."""
        return self._raw_delivery

    @raw_delivery.setter
    def raw_delivery(self, raw: bool) -> None:
        self.update(raw=raw)

    @property
    def filter(self) -> Filter | None:
        """Its filter policy, None for none; setting it replaces it, `{}` takes it away. One request each way."""
        return self._filter

    @filter.setter
    def filter(self, filter: Mapping[str, object]) -> None:
        self.update(filter=filter)

    @property
    def filter_scope(self) -> FilterScope | None:
        """What the filter looks at, None where there is none; setting it changes that. One request each way."""
        return self._filter_scope

    @filter_scope.setter
    def filter_scope(self, scope: FilterScope | str) -> None:
        self.update(filter_scope=scope)

    @property
    def dead_letters(self) -> Queue | None:
        """The queue that gets what cannot be delivered, if there is one; setting it changes it, `"off"` ends that."""
        arn = self._dead_letters_arn
        return None if arn is None else Queue(arn, cloud=self.cloud)

    @dead_letters.setter
    def dead_letters(self, queue: HasArn | Off) -> None:
        self.update(dead_letters=queue)

    def update(
        self,
        *,
        raw: bool | None = None,
        filter: Mapping[str, object] | None = None,
        filter_scope: FilterScope | str | None = None,
        dead_letters: HasArn | Off | None = None,
        role: HasArn | str | None = None,
    ) -> Self:
        """Change settings; those not named stay. One request each, and one before that reads what there is.

        SNS needs up to 15 minutes to follow a new filter. A `Queue` for dead letters gets the statement in its policy
        that lets the topic send to it: two or three requests more.

        Args:
            raw: As in `Topic.subscribe`, and so are the others.
            filter: The filter policy; `{}` lets everything through.
            filter_scope: What it looks at.
            dead_letters: Where what cannot be delivered goes; `"off"` for nowhere.
            role: The role by which SNS writes to Firehose.

        Returns:
            The subscription itself.

        Raises:
            SubscriptionNotFound: It is not there.
            InvalidRequest: SNS takes no such setting.
            Conflict: The queue for dead letters is encrypted with a key that SNS cannot use.

        Examples:
            >>> subscription.update(raw=True, filter=F.event == "paid").filter
            Filter({'event': ['paid']})

        AWS: sns:GetSubscriptionAttributes, sns:SetSubscriptionAttributes, sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        changes = of_subscription(
            self.protocol,
            raw=raw,
            filter=filter,
            filter_scope=filter_scope,
            dead_letters=dead_letters,
            role=role,
            present=self.raw,
        )
        if dead_letters is not None and dead_letters != "off":
            admit_dead_letters(dead_letters, topic_of(self.arn))
        put(self, changes)
        return self

    def replay(self, since: datetime, *, until: datetime | None = None) -> Self:
        """Have the messages of a FIFO topic delivered again that its archive has. One request.

        A replayed message has the id and the time of the first one, and the attribute `Replayed`. `replay_status`
        says how far it is; a new replay takes the place of one that runs. The filter counts.

        Args:
            since: From when on; within the time that the topic archives, see `topic.archive_start`.
            until: Up to when. Default: all, and then what comes anew. With an end, nothing more is delivered
                after it.

        Returns:
            The subscription itself.

        Raises:
            InvalidRequest: The topic is no FIFO topic, or keeps no archive, or no such old messages.
            SubscriptionNotFound: It is not there.

        Examples:
            >>> def catch_up(ledger: Subscription) -> None:
            ...     ledger.replay(datetime(2026, 1, 2, 6, tzinfo=timezone.utc))

        AWS: sns:SetSubscriptionAttributes
        """
        if not self.topic.fifo:
            raise InvalidRequest(
                f"{self.topic} is a standard topic, which keeps no messages",
                hint=f"topics whose names end in {FIFO_SUFFIX} do, with archive_days",
            )
        put(self, {REPLAY: of_replay(since, until)})
        return self

    def stop_replay(self) -> Self:
        """End a replay; fine if none runs. One request.

        Returns:
            The subscription itself.

        Raises:
            SubscriptionNotFound: It is not there.

        Examples:
            >>> def enough(ledger: Subscription) -> None:
            ...     ledger.stop_replay()

        AWS: sns:SetSubscriptionAttributes
        """
        put(self, {REPLAY: ""})
        return self

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

        Examples:
            >>> subscription.confirm("2336412f37fb687f5d51e6e2425e...").topic.name
            'news'

        AWS: sns:ConfirmSubscription
        """
        self._unlearn()
        return confirm(self.cloud, self.topic.arn, token, authenticated_unsubscribe)

    def unsubscribe(self) -> None:
        """End it; fine if it is not there. Two requests; for a queue more.

        If it delivers to a queue of the Cloud's account, or has its dead letters there, the statement that
        `topic.subscribe` put into that queue's policy is taken out again, unless another subscription of the topic
        needs it: one request for each 100 subscriptions of the topic and one for each of them; if there are more
        than 100, the statement stays. All other statements stay in any case. AWS ends a subscription that is not
        confirmed by itself after two days, and may refuse to do so before.

        Raises:
            AccessDenied: It is not yours to end, or the queue's policy is not yours to change.

        Examples:
            >>> subscription.unsubscribe()
            >>> subscription.exists()
            False

        AWS: sns:GetSubscriptionAttributes, sns:Unsubscribe, sts:GetCallerIdentity, sns:ListSubscriptionsByTopic, sqs:GetQueueAttributes, sqs:SetQueueAttributes
        """
        unsubscribe(self, self.topic)


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
    return told(cloud, answer, "ConfirmSubscription", Subscription)
