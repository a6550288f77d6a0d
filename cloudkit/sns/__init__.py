"""SNS: topics and subscriptions."""

from __future__ import annotations

from cloudkit.sns.errors import SubscriptionNotFound, TopicNotFound
from cloudkit.sns.message import Outgoing, Published
from cloudkit.sns.settings import FilterScope
from cloudkit.sns.subscription import PendingSubscription, Subscription
from cloudkit.sns.target import DeliveryProtocol
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
