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
SEND_WORKERS = 32  # ours: SendMessageBatch calls under way at once, on queues that keep no order
DELETE_WORKERS = 32  # ours: DeleteMessageBatch calls under way at once
RECEIVE_MARGIN_SECONDS = 1  # ours: a long poll ends so long before a deadline that its answer is waited for
DRAIN_WAIT_SECONDS = 1  # ours: a poll without waiting asks some of SQS's servers only
FIRST_RETRY_SECONDS = 1  # ours: how long a message rests after its first failure
RETRY_GROWTH = 2  # ours: and how much longer after each further one
MAX_RETRY_SECONDS = 900  # ours: and how long at most
DEFAULT_CONCURRENCY = 8  # ours: handlers of a consumer under way at once
MIN_LEASE_SECONDS = 1  # ours: visibility timeouts are whole seconds
SHORTEST_USUAL_LEASE_SECONDS = 5  # ours: of a queue whose visibility timeout is too short to be kept up
LEASE_MARGIN_SECONDS = 10  # ours: SQS counts its 12 hours from before the message was here
EXTEND_PAUSE_SECONDS = 1.0  # ours: at least so long until a lease that could not be extended is tried again
ACK_SECONDS = 0.1  # ours: how long a message that is done waits for nine others
FIRST_SEND_PAUSE_SECONDS = 0.2  # ours: before an entry that was refused for a passing reason is sent again
LONGEST_SEND_PAUSE_SECONDS = 5.0  # ours: and where that ends
MAX_UNSETTLED = 100  # ours: with more messages that are done and not deleted yet, no new ones are taken
MAX_POLLS = 4  # ours: polls of a consumer under way at once, while each is full
GATHER_SECONDS = 0.01  # ours: how long a worker that is free waits for others before one poll is made for all
IDLE_SECONDS = 1.0  # ours: from one poll that found nothing to the next, where the server does not wait
FIRST_POLL_PAUSE_SECONDS = 0.5  # ours: after a poll that failed
LONGEST_POLL_PAUSE_SECONDS = 30.0  # ours: after many that failed
CONSUMER_CALLS = 4  # ours: a consumer's requests to delete, extend and give back under way at once
GRACE_SECONDS = 20.0  # ours: a container has 30 from SIGTERM to SIGKILL, and some are needed afterwards
CANCEL_SECONDS = 1.0  # ours: how long handlers that were cancelled may take to tidy up
FLUSH_SECONDS = 2.0  # ours: how long a consumer that ends waits for its last requests
MAX_REASON_CHARACTERS = 1024  # ours: a reason is for people, and a traceback may be long
MAX_OVERFLOW_BYTES = 256 * 1024**2  # ours: a body in a bucket is held in memory; whoever sends names its size
MAX_JSON_DEPTH = 500  # ours: parsers end at some depth, Python's at about 1,000 with all that called it
MAX_BUFFERED_MESSAGES = 1000  # ours: messages that a batch has taken and not sent; then `send` waits
BATCH_SECONDS = 0.05  # ours: how long a message waits for nine others
MAX_MOVE_RATE = 500  # StartMessageMoveTask, MaxNumberOfMessagesPerSecond
MAX_MOVE_TASKS = 10  # ListMessageMoveTasks, MaxResults
MIN_KEY_REUSE_SECONDS = 60  # SetQueueAttributes, KmsDataKeyReusePeriodSeconds
MAX_KEY_REUSE_SECONDS = 86_400  # SetQueueAttributes, KmsDataKeyReusePeriodSeconds
MAX_SOURCES_PER_PAGE = 1000  # ListDeadLetterSourceQueues, MaxResults
AGE_PERIOD_SECONDS = 60  # SQS sends its metrics to CloudWatch once a minute
AGE_WINDOW_SECONDS = 900  # ours: an age that is older says nothing of now; a queue that nobody uses has none
MOVE_SECONDS = 300  # ours: how long messages are hidden while they are moved or saved; then they come back
STALE_POLLS = 3  # ours: polls in a row with nothing but what was seen, until all is taken to be seen
MAX_POLICY_ACTIONS = 7  # Developer guide, "Amazon SQS policy quotas": actions in a statement
