"""SQS: queues and messages."""

from __future__ import annotations

from cloudkit.sqs._settings import QueueSettings
from cloudkit.sqs.counts import Counts
from cloudkit.sqs.errors import LeaseLost, QueueNotFound
from cloudkit.sqs.message import Message
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.sqs.queue import Queue

__all__ = ["Counts", "LeaseLost", "Message", "Outgoing", "Queue", "QueueNotFound", "QueueSettings", "Sent"]
