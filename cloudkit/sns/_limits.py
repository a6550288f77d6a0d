"""Numbers that SNS documents."""

from __future__ import annotations

MAX_TOPIC_NAME_CHARACTERS = 256  # CreateTopic, Name
MAX_DISPLAY_NAME_CHARACTERS = 100  # Developer guide, "Creating an Amazon SNS topic"
DEFAULT_MESSAGE_BYTES = 256 * 1024  # Publish, Message: body and attributes, unless the topic says otherwise
MAX_MESSAGE_BYTES = 1024 * 1024  # CreateTopic, MaximumMessageSize: what a topic can be set to
MIN_MAX_MESSAGE_BYTES = 1024  # CreateTopic, MaximumMessageSize: the least it can be set to
MAX_ENTRIES_PER_BATCH = 10  # PublishBatch
MAX_BATCH_BYTES = 256 * 1024  # PublishBatch: all bodies and attributes, unless the topic says otherwise
MAX_SUBJECT_CHARACTERS = 99  # Publish, Subject: "less than 100"
MAX_GROUP_CHARACTERS = 128  # Publish, MessageGroupId and MessageDeduplicationId
MAX_ATTRIBUTE_NAME_CHARACTERS = 256  # Developer guide, "Amazon SNS message attributes"
MAX_NUMBER_DIGITS = (
    38  # SQS developer guide, "Amazon SQS message metadata": what an attribute of a queue can hold
)
MAX_NUMBER_EXPONENT = 126  # the same
MIN_NUMBER_EXPONENT = -128  # the same
