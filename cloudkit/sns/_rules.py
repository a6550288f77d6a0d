"""What SNS asks of names and of messages, where that is not what SQS asks."""

from __future__ import annotations

import re

from cloudkit.sns._limits import MAX_MESSAGE_BYTES, MAX_TOPIC_NAME_CHARACTERS
from cloudkit.sns._service import SNS
from cloudkit.sqs._rules import Rules

TOPICS = Rules(
    service=SNS,
    noun="topic",
    max_name_characters=MAX_TOPIC_NAME_CHARACTERS,
    # What a topic can be set to take; whether this one is, SNS says.
    max_message_bytes=MAX_MESSAGE_BYTES,
    # Publish, Message: "UTF-8 encoded strings", and no more. Half a surrogate pair has no such form.
    refused=re.compile("[\ud800-\udfff]"),
    # None is documented for SNS itself; raw delivery to a queue drops a message with more than the queue's 10.
    max_attributes=None,
    attribute_kinds="text, a number, bytes or a list",
)
