"""How old the oldest message of a queue is, which CloudWatch alone knows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._limits import AGE_PERIOD_SECONDS, AGE_WINDOW_SECONDS


def oldest_age(queue: QueueAddress[Any]) -> float | None:
    """Seconds; None if CloudWatch has heard nothing of the queue lately. See `Queue.oldest_age`."""
    now = datetime.now(timezone.utc)
    answer = queue.cloud.call(
        "cloudwatch",
        "get_metric_statistics",
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": queue.name}],
        StartTime=now - timedelta(seconds=AGE_WINDOW_SECONDS),
        EndTime=now,
        Period=AGE_PERIOD_SECONDS,
        Statistics=["Maximum"],
    )
    points = answer.get("Datapoints", [])
    latest = max(points, key=lambda point: point["Timestamp"], default=None)
    return None if latest is None else float(latest["Maximum"])
