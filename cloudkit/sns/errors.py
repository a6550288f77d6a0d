"""What can be missing in SNS."""

from __future__ import annotations

from cloudkit.errors import NotFound


class TopicNotFound(NotFound):
    """The topic is not there."""


class SubscriptionNotFound(NotFound):
    """The subscription is not there: unsubscribed, never confirmed within two days, or its topic is deleted."""
