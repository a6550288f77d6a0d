"""SQS's tasks that move messages, which moto lacks: they do nothing, and say that they have."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from cloudkit import Cloud

DONE = {
    "TaskHandle": "handle-1",
    "Status": "COMPLETED",
    "SourceArn": "arn:aws:sqs:us-east-1:123456789012:jobs-failed",
    "ApproximateNumberOfMessagesMoved": 3,
    "ApproximateNumberOfMessagesToMove": 3,
    "StartedTimestamp": 1_700_000_000_000,
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "ListMessageMoveTasks": {"Results": [DONE]},
    "StartMessageMoveTask": {"TaskHandle": "handle-1"},
    "CancelMessageMoveTask": {"ApproximateNumberOfMessagesMoved": 3},
}


def pretend(cloud: Cloud) -> None:
    """Have those operations answered without a server."""

    def answered(answer: dict[str, Any]) -> Any:
        return lambda **_: (SimpleNamespace(status_code=200), dict(answer))

    for operation, answer in _ANSWERS.items():
        cloud.client("sqs").meta.events.register(f"before-call.sqs.{operation}", answered(answer))
