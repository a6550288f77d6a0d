"""How a subscription is changed."""

from __future__ import annotations

from collections.abc import Mapping

from cloudkit.sns._address.subscription import SubscriptionAddress
from cloudkit.sns._service import SNS
from cloudkit.sns._settings.subscription import FILTER, FILTER_SCOPE
from cloudkit.sns.filter import FilterScope


def put(subscription: SubscriptionAddress, attributes: Mapping[str, str]) -> None:
    """Change attributes of a subscription, one request each. What was known of it is forgotten."""
    try:
        for name, value in _in_order(attributes, subscription.raw if FILTER_SCOPE in attributes else {}):
            subscription.cloud.invoke(
                SNS,
                "set_subscription_attributes",
                # Left out, it ends what can be ended.
                {"SubscriptionArn": subscription.arn, "AttributeName": name, "AttributeValue": value or None},
                about=subscription,
            )
    finally:
        # One that failed may have been carried out all the same, and so were those before it.
        subscription._unlearn()  # pyright: ignore[reportPrivateUsage]


def _in_order(attributes: Mapping[str, str], present: Mapping[str, str]) -> list[tuple[str, str]]:
    """The attributes in an order in which SNS takes each: a scope must fit the filter that is there at the moment."""
    made = list(attributes.items())
    scope = attributes.get(FILTER_SCOPE)
    if scope is None or scope == present.get(FILTER_SCOPE) or FILTER not in attributes:
        return made
    # Back to attributes, a filter with keys within keys would be in the way: the new one first.
    if scope == FilterScope.ATTRIBUTES and present.get(FILTER):
        made.sort(key=lambda pair: pair[0] == FILTER_SCOPE)
    return made
