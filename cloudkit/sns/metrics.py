"""What SNS reports of topics."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Source, Statistic, Unit


class TopicMetrics(Source):
    """The metrics of a topic: `topic.metrics`. They have a value every minute in which something was published.

    Examples:
        >>> Topic("news").metrics.failed > 0
        <Condition NumberOfNotificationsFailed TopicName=news Sum > 0>

    AWS: none
    """

    def _sum(self, name: str) -> Metric:
        return self.named(name, statistic=Statistic.SUM, unit=Unit.COUNT)

    @property
    def published(self) -> Metric:
        """Messages that were published."""
        return self._sum("NumberOfMessagesPublished")

    @property
    def delivered(self) -> Metric:
        """Notifications that reached a subscriber."""
        return self._sum("NumberOfNotificationsDelivered")

    @property
    def failed(self) -> Metric:
        """Notifications that did not, after all attempts."""
        return self._sum("NumberOfNotificationsFailed")

    @property
    def filtered_out(self) -> Metric:
        """Notifications that a filter kept back."""
        return self._sum("NumberOfNotificationsFilteredOut")

    @property
    def redriven(self) -> Metric:
        """Notifications that went to a dead-letter queue."""
        return self._sum("NumberOfNotificationsRedrivenToDlq")

    @property
    def lost(self) -> Metric:
        """Notifications that could not even go there."""
        return self._sum("NumberOfNotificationsFailedToRedriveToDlq")

    @property
    def size(self) -> Metric:
        """Bytes of a message."""
        return self.named("PublishSize", unit=Unit.BYTES)


def topic_metrics(name: str, cloud: Cloud) -> TopicMetrics:
    """Those of the topic of that name."""
    return TopicMetrics("AWS/SNS", {"TopicName": name}, cloud)
