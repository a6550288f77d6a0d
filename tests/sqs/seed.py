"""The world that the docstring examples of SQS speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit import Bucket, Topic
from cloudkit.sqs import (
    Backoff,
    Consumer,
    Hooks,
    Message,
    OnceInBucket,
    OnceInMemory,
    Outgoing,
    Queue,
    Sent,
)
from tests.sqs.tasks import pretend


def seed(folder: Path, example: str) -> dict[str, object]:
    Queue.create("jobs").send("resize cat.jpg")
    Queue.create("orders")
    inbox = Queue.create("inbox", visibility_timeout=0)
    topic = Topic.create("news")
    topic.subscribe(inbox)
    topic.publish({"event": "up"}, subject="The site is up")
    Bucket.create("acme-photos")
    pretend(Queue("jobs").cloud)
    names = (Backoff, Bucket, Consumer, Hooks, Message, OnceInBucket, OnceInMemory, Outgoing, Queue, Sent)
    return {each.__name__: each for each in names}
