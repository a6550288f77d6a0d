"""What SQS reports of queues."""

from __future__ import annotations

from cloudkit._core.cloud import Cloud
from cloudkit.cloudwatch import Metric, Source, Statistic, Unit


class QueueMetrics(Source):
    """The metrics of a queue: `queue.metrics`. They have a value every minute, of queues that somebody uses.

    A queue that nobody used for six hours has no more of them, and they come again up to 15 minutes after its first
    request: a missing point is no 0.

    Examples:
        >>> Queue("jobs").metrics.oldest_age
        <Metric AWS/SQS ApproximateAgeOfOldestMessage QueueName=jobs Maximum>
        >>> Queue("jobs").metrics.visible > 1000
        <Condition ApproximateNumberOfMessagesVisible QueueName=jobs Maximum > 1000>

    AWS: none
    """

    def _sum(self, name: str) -> Metric:
        return self.named(name, statistic=Statistic.SUM, unit=Unit.COUNT)

    def _most(self, name: str) -> Metric:
        return self.named(name, statistic=Statistic.MAXIMUM, unit=Unit.COUNT)

    @property
    def oldest_age(self) -> Metric:
        """Seconds since the oldest message was sent: the longest."""
        return self.named("ApproximateAgeOfOldestMessage", statistic=Statistic.MAXIMUM, unit=Unit.SECONDS)

    @property
    def visible(self) -> Metric:
        """Messages that wait: the most."""
        return self._most("ApproximateNumberOfMessagesVisible")

    @property
    def in_flight(self) -> Metric:
        """Messages that somebody works on: the most."""
        return self._most("ApproximateNumberOfMessagesNotVisible")

    @property
    def delayed(self) -> Metric:
        """Messages that are held back: the most."""
        return self._most("ApproximateNumberOfMessagesDelayed")

    @property
    def sent(self) -> Metric:
        """Messages that were sent."""
        return self._sum("NumberOfMessagesSent")

    @property
    def received(self) -> Metric:
        """Messages that were received, each time counted."""
        return self._sum("NumberOfMessagesReceived")

    @property
    def deleted(self) -> Metric:
        """Messages that were deleted."""
        return self._sum("NumberOfMessagesDeleted")

    @property
    def empty_receives(self) -> Metric:
        """Receives that found nothing, each of which costs a request."""
        return self._sum("NumberOfEmptyReceives")

    @property
    def deduplicated(self) -> Metric:
        """Messages that were sent again and left out; of FIFO queues."""
        return self._sum("NumberOfDeduplicatedSentMessages")

    @property
    def groups_in_flight(self) -> Metric:
        """Message groups of which somebody works on a message: the most; of FIFO queues."""
        return self._most("ApproximateNumberOfGroupsWithInflightMessages")

    @property
    def sent_size(self) -> Metric:
        """Bytes of a message."""
        return self.named("SentMessageSize", unit=Unit.BYTES)


def queue_metrics(name: str, cloud: Cloud) -> QueueMetrics:
    """Those of the queue of that name."""
    return QueueMetrics("AWS/SQS", {"QueueName": name}, cloud)
