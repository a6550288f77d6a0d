"""The world that the docstring examples of SNS speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit.sns import Outgoing, Subscription, Topic
from cloudkit.sqs import Queue


def seed(folder: Path) -> dict[str, object]:
    topic = Topic.ensure("news")
    subscription = topic.subscribe(Queue.ensure("archive"))
    return {
        "Outgoing": Outgoing,
        "Queue": Queue,
        "Subscription": Subscription,
        "Topic": Topic,
        "queue": Queue.ensure("jobs"),
        "subscription": subscription,
    }
