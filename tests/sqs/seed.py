"""The world that the docstring examples of SQS speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit.sqs import Message, Outgoing, Queue, Sent


def seed(folder: Path) -> dict[str, object]:
    Queue.create("jobs").send("resize cat.jpg")
    Queue.create("orders")
    return {"Queue": Queue, "Message": Message, "Outgoing": Outgoing, "Sent": Sent}
