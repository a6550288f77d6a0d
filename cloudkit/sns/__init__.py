"""SNS: topics and subscriptions."""

from __future__ import annotations

from cloudkit.sns._settings import FilterScope
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.errors import SubscriptionNotFound, TopicNotFound
from cloudkit.sns.outgoing import Outgoing, Published
from cloudkit.sns.subscription import PendingSubscription, Subscription
from cloudkit.sns.topic import Topic

__all__ = [
    "DeliveryProtocol",
    "FilterScope",
    "Outgoing",
    "PendingSubscription",
    "Published",
    "Subscription",
    "SubscriptionNotFound",
    "Topic",
    "TopicNotFound",
]
