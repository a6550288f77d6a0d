"""How old the oldest message of a queue is, which CloudWatch alone knows."""

from __future__ import annotations

from typing import Any

from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._limits import AGE_WINDOW_SECONDS
from cloudkit.sqs.metrics import queue_metrics


def oldest_age(queue: QueueAddress[Any]) -> float | None:
    """Seconds; None if CloudWatch has heard nothing of the queue lately. See `Queue.oldest_age`."""
    return queue_metrics(queue.name, queue.cloud).oldest_age.latest(within=AGE_WINDOW_SECONDS)
