"""SNS: topics and subscriptions, and the receiving end of notifications."""

from __future__ import annotations

from cloudkit.sns._settings.topic import TopicSettings
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.check import Checkup, Finding
from cloudkit.sns.errors import (
    NotificationRefused,
    SubscriptionNotFound,
    TopicNotFound,
)
from cloudkit.sns.filter import F, Field, Filter, FilterScope
from cloudkit.sns.hook import Webhook, webhook
from cloudkit.sns.metrics import TopicMetrics
from cloudkit.sns.notification import Notification, NotificationKind
from cloudkit.sns.outgoing import Outgoing, Published
from cloudkit.sns.pending import PendingSubscription
from cloudkit.sns.problem import Problem, Severity
from cloudkit.sns.refusal import RefusalReason
from cloudkit.sns.replay import ReplayStatus
from cloudkit.sns.reply import Reply
from cloudkit.sns.seen import Seen, SeenMessages
from cloudkit.sns.subscription import Subscription
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
    "TopicMetrics",
    "TopicNotFound",
    "TopicSettings",
    "Webhook",
    "webhook",
]
