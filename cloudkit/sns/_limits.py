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
