"""How a subscription is changed, and what goes with it when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set as AbstractSet
from typing import TYPE_CHECKING

from cloudkit._core.workers import in_parallel
from cloudkit.sns._limits import CHECK_WORKERS, MAX_LOOKED_AT
from cloudkit.sns._service import SNS
from cloudkit.sns._settings import FILTER, FILTER_SCOPE, REDRIVE, dead_letters_in
from cloudkit.sns.errors import SubscriptionNotFound

if TYPE_CHECKING:
    from cloudkit.sns.subscription import Subscription

# One's own, which may still be listed, and one that says that there are too many.
MOST = MAX_LOOKED_AT + 2


def put(subscription: Subscription, attributes: Mapping[str, str]) -> None:
    """Change attributes of a subscription, one request each. The caller forgets what was known of it."""
    for name, value in _in_order(attributes, subscription.raw if FILTER_SCOPE in attributes else {}):
        subscription.cloud.invoke(
            SNS,
            "set_subscription_attributes",
            # Left out, it ends what can be ended.
            {"SubscriptionArn": subscription.arn, "AttributeName": name, "AttributeValue": value or None},
            about=subscription,
        )


def _in_order(attributes: Mapping[str, str], present: Mapping[str, str]) -> list[tuple[str, str]]:
    """The attributes in an order in which SNS takes each: a scope must fit the filter that is there at the moment."""
    made = list(attributes.items())
    scope = attributes.get(FILTER_SCOPE)
    if scope is None or scope == present.get(FILTER_SCOPE) or FILTER not in attributes:
        return made
    # Back to attributes, a filter with keys within keys would be in the way: the new one first.
    if scope == "MessageAttributes" and present.get(FILTER):
        made.sort(key=lambda pair: pair[0] == FILTER_SCOPE)
    return made


def still_used(others: Sequence[Subscription], queue_arns: AbstractSet[str]) -> AbstractSet[str]:
    """Those of the queues that other subscriptions of a topic deliver to, or send their dead letters to.

    Args:
        others: The other subscriptions, no more than `MOST` of them.
        queue_arns: The queues. All of them count as used if there are too many subscriptions to ask.
    """
    if len(others) > MAX_LOOKED_AT:
        return queue_arns
    used: set[str] = set()
    for _, found in in_parallel(_queues_of, others, width=min(CHECK_WORKERS, len(others))):
        used |= found & queue_arns
        if used == queue_arns:
            break
    return used


def _queues_of(subscription: Subscription) -> AbstractSet[str]:
    try:
        redrive = subscription.refresh().raw.get(REDRIVE)
    except SubscriptionNotFound:  # it ended meanwhile
        return frozenset()
    return {subscription.endpoint, dead_letters_in(redrive) or ""}
