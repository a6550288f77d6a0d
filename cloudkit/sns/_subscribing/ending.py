"""How a subscription ends, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set as AbstractSet
from contextlib import suppress

from cloudkit._core.workers import in_parallel
from cloudkit.sns._address.subscription import SubscriptionAddress, subscriptions_of
from cloudkit.sns._address.topic import TopicAddress
from cloudkit.sns._arn import Arn
from cloudkit.sns._limits import CHECK_WORKERS, MAX_LOOKED_AT
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.subscription import REDRIVE, dead_letters_in
from cloudkit.sns._subscribing.admitting import forbid
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.errors import SubscriptionNotFound, TopicNotFound
from cloudkit.sqs import Queue, QueueNotFound

# One's own, which may still be listed, and one that says that there are too many.
_MOST = MAX_LOOKED_AT + 2


def unsubscribe(subscription: SubscriptionAddress, topic: TopicAddress) -> None:
    """End a subscription of that topic; see `Subscription.unsubscribe`."""
    try:
        # Unsubscribe takes one that is gone for success; the statement may by then be that of a newer one.
        queues = _own_queues(subscription.refresh())
        end(subscription)
    except SubscriptionNotFound:
        queues = dict[str, Queue]()
    subscription.cloud.forget(subscription.arn)
    subscription._unlearn()  # pyright: ignore[reportPrivateUsage]
    if queues:
        _take_back(subscription, topic, queues)


def end(subscription: SubscriptionAddress) -> None:
    """End a subscription, and leave the policies of queues to themselves. One request."""
    subscription.cloud.invoke(SNS, "unsubscribe", {"SubscriptionArn": subscription.arn}, about=subscription)


def _own_queues(subscription: SubscriptionAddress) -> Mapping[str, Queue]:
    """The queues of the Cloud's account, whose policies are ours to tidy, that it sends to."""
    return {
        arn: Queue(arn, cloud=subscription.cloud)
        for arn in _queues_of(subscription)
        if Arn.parse(arn).account == subscription.cloud.account_id
    }


def _take_back(subscription: SubscriptionAddress, topic: TopicAddress, queues: Mapping[str, Queue]) -> None:
    try:
        rows = subscriptions_of(topic, type(subscription)).limit(_MOST)
        used = _still_used([each for each in rows if each.arn != subscription.arn], queues.keys())
    except TopicNotFound:
        used = frozenset[str]()
    for arn in queues.keys() - used:
        with suppress(QueueNotFound):
            forbid(queues[arn], topic.arn)


def _still_used(others: Sequence[SubscriptionAddress], queue_arns: AbstractSet[str]) -> AbstractSet[str]:
    """Those of the queues that other subscriptions of a topic deliver to, or send their dead letters to.

    All of them count as used if there are too many subscriptions to ask.
    """
    if len(others) > MAX_LOOKED_AT:
        return queue_arns
    used: set[str] = set()
    for _, found in in_parallel(_if_there, others, width=min(CHECK_WORKERS, len(others))):
        used |= found & queue_arns
        if used == queue_arns:
            break
    return used


def _if_there(subscription: SubscriptionAddress) -> AbstractSet[str]:
    try:
        return _queues_of(subscription.refresh())
    except SubscriptionNotFound:  # it ended meanwhile
        return frozenset()


def _queues_of(subscription: SubscriptionAddress) -> AbstractSet[str]:
    """The queues that it sends to, dead letters included."""
    dead_letters = dead_letters_in(subscription.raw.get(REDRIVE))
    own = {subscription.endpoint} if subscription.protocol == DeliveryProtocol.SQS else set[str]()
    return own | ({dead_letters} if dead_letters is not None else set[str]())
