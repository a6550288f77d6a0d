"""SNS: topics and subscriptions, and the receiving end of notifications."""

from __future__ import annotations

from cloudkit.sns._settings import TopicSettings
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.check import Checkup, Finding, Problem, Severity
from cloudkit.sns.errors import (
    NotificationRefused,
    SubscriptionNotFound,
    TopicNotFound,
)
from cloudkit.sns.filter import F, Field, Filter, FilterScope
from cloudkit.sns.hook import Reply, Webhook, webhook
from cloudkit.sns.notification import Notification, NotificationKind
from cloudkit.sns.outgoing import Outgoing, Published
from cloudkit.sns.refusal import RefusalReason
from cloudkit.sns.seen import Seen, SeenMessages
from cloudkit.sns.subscription import PendingSubscription, ReplayStatus, Subscription
from cloudkit.sns.tap import Tap
from cloudkit.sns.topic import Topic

__all__ = [
    "Checkup",
    "DeliveryProtocol",
    "F",
    "Field",
    "Filter",
    "FilterScope",
    "Finding",
    "Notification",
    "NotificationKind",
    "NotificationRefused",
    "Outgoing",
    "PendingSubscription",
    "Problem",
    "Published",
    "RefusalReason",
    "ReplayStatus",
    "Reply",
    "Seen",
    "SeenMessages",
    "Severity",
    "Subscription",
    "SubscriptionNotFound",
    "Tap",
    "Topic",
    "TopicNotFound",
    "TopicSettings",
    "Webhook",
    "webhook",
]
