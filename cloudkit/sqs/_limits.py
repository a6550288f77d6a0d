"""Numbers that SQS documents."""

from __future__ import annotations

MAX_QUEUE_NAME_CHARACTERS = 80  # CreateQueue, QueueName; `.fifo` counts
MAX_QUEUES_PER_PAGE = 1000  # ListQueues, MaxResults; without it AWS gives no further page
MAX_MESSAGE_BYTES = 1024**2  # SendMessage; attributes count
MIN_MAX_MESSAGE_BYTES = 1024  # SetQueueAttributes, MaximumMessageSize
MAX_BATCH_ENTRIES = 10  # SendMessageBatch, DeleteMessageBatch
MAX_BATCH_BYTES = 1024**2  # SendMessageBatch, the sum of its messages
MAX_ATTRIBUTES = 10  # Developer guide, "Amazon SQS message metadata"
MAX_ATTRIBUTE_NAME_CHARACTERS = (
    256  # Developer guides, "Amazon SQS message metadata", "Amazon SNS message attributes"
)
MAX_NUMBER_DIGITS = 38  # Developer guide, "Amazon SQS message metadata"
MIN_NUMBER_EXPONENT = -128  # Developer guide, "Amazon SQS message metadata"
MAX_NUMBER_EXPONENT = 126  # Developer guide, "Amazon SQS message metadata"
MAX_GROUP_CHARACTERS = 128  # SendMessage and Publish, MessageGroupId and MessageDeduplicationId
MAX_RECEIVE_MESSAGES = 10  # ReceiveMessage, MaxNumberOfMessages
MAX_WAIT_SECONDS = 20  # ReceiveMessage, WaitTimeSeconds
MAX_DELAY_SECONDS = 900  # SendMessage, DelaySeconds
MAX_VISIBILITY_SECONDS = 43_200  # ChangeMessageVisibility: 12 hours, in all since the receive
MIN_RETENTION_SECONDS = 60  # SetQueueAttributes, MessageRetentionPeriod
MAX_RETENTION_SECONDS = 14 * 24 * 3600  # SetQueueAttributes, MessageRetentionPeriod
MAX_MAX_RECEIVES = 1000  # Developer guide, "Amazon SQS dead-letter queues", maxReceiveCount
DEFAULT_MAX_RECEIVES = 10  # SetQueueAttributes, RedrivePolicy
MIN_READ_SECONDS = 30.0  # ours: a long poll is silent for up to 20 s
SEND_WORKERS = 4  # ours: SendMessageBatch calls under way at once, on queues that keep no order
DELETE_WORKERS = 4  # ours: DeleteMessageBatch calls under way at once
DRAIN_WAIT_SECONDS = 1  # ours: a poll without waiting asks some of SQS's servers only
FIRST_RETRY_SECONDS = 1  # ours: how long a message rests after its first failure
RETRY_GROWTH = 2  # ours: and how much longer after each further one
MAX_RETRY_SECONDS = 900  # ours: and how long at most
