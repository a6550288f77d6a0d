"""SQS: queues and messages."""

from __future__ import annotations

from cloudkit.sqs._consuming.options import ConsumerOptions
from cloudkit.sqs._settings import QueueSettings
from cloudkit.sqs.backoff import Backoff
from cloudkit.sqs.batch import Batch, Receipt
from cloudkit.sqs.codec import Codec
from cloudkit.sqs.consumer import Consumer
from cloudkit.sqs.counters import Counters
from cloudkit.sqs.counts import Counts
from cloudkit.sqs.errors import DecodeError, LeaseLost, QueueNotFound
from cloudkit.sqs.hooks import Hooks
from cloudkit.sqs.message import Message
from cloudkit.sqs.metrics import QueueMetrics
from cloudkit.sqs.object_event import ObjectEvent
from cloudkit.sqs.once import Once, OnceInMemory
from cloudkit.sqs.once_in_bucket import OnceInBucket
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.sqs.queue import Queue
from cloudkit.sqs.redrive import Redrive, RedriveState
from cloudkit.sqs.redriven import Redriven
from cloudkit.sqs.topic_message import TopicMessage
from cloudkit.sqs.worker import Worker

__all__ = [
    "Backoff",
    "Batch",
    "Codec",
    "Consumer",
    "ConsumerOptions",
    "Counters",
    "Counts",
    "DecodeError",
    "Hooks",
    "LeaseLost",
    "Message",
    "ObjectEvent",
    "Once",
    "OnceInBucket",
    "OnceInMemory",
    "Outgoing",
    "Queue",
    "QueueMetrics",
    "QueueNotFound",
    "QueueSettings",
    "Receipt",
    "Redrive",
    "RedriveState",
    "Redriven",
    "Sent",
    "TopicMessage",
    "Worker",
]
