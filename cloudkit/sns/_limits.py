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
MAX_FILTER_KEYS = 5  # Developer guide, "Filter policy constraints"; nested keys do not count
MAX_FILTER_COMBINATIONS = 150  # Developer guide, "Filter policy constraints"
MAX_FILTER_BYTES = 256 * 1024  # Developer guide, "Filter policy constraints"
MAX_FILTER_NUMBER = 10**9  # Developer guide, "Filter policy constraints": from minus that on
FILTER_DECIMALS = (
    5  # Developer guide, "Filter policy constraints": "digits of accuracy after the decimal point"
)
MIN_OR_BRANCHES = 2  # Developer guide, "AND/OR logic": with fewer, "$or" is an attribute's name
MAX_NOTIFICATION_BYTES = 2 * 1024 * 1024  # Publish, Message: 256 KiB over HTTP, in JSON up to six times that
MAX_NOTIFICATION_AGE_SECONDS = 3600  # Developer guide, "Creating an HTTP/S delivery policy": no try is later
MAX_CLOCK_SKEW_SECONDS = 300  # ours: how far in the future a timestamp may be, since clocks differ
MAX_CERTIFICATE_BYTES = 64 * 1024  # ours: signing certificates have about 2 KiB
MAX_CERTIFICATE_SECONDS = 5  # ours: to fetch one, in all; SNS waits 15 seconds for an answer
CERTIFICATE_CACHE_SECONDS = 24 * 3600  # ours: a certificate of an address does not change
MAX_CERTIFICATES = 64  # ours: kept at a time; a region has one or two
MIN_KEY_BITS = 2048  # ours: what authorities have asked of RSA since 2014
MIN_SIGNATURE_BYTES = MIN_KEY_BITS // 8  # RSA: a signature is as long as its key
MAX_SIGNATURE_BYTES = 1024  # ours: of a key of 8,192 bits, four times what SNS has
MAX_BODY_SECONDS = 20  # ours: for the body of a request to come; SNS itself gives up after 15 seconds
MAX_REMEMBERED_IDS = 100_000  # ours: ids of messages, about 20 MB
MAX_ARCHIVE_DAYS = 365  # Developer guide, "Amazon SNS message archiving for FIFO topic owners"
MAX_SMS_CHARACTERS = 1600  # Publish, Message: in all messages that it is cut into
MIN_SENDER_ID_CHARACTERS = 3  # Developer guide, "Publishing SMS messages to a mobile phone"
MAX_SENDER_ID_CHARACTERS = 11  # Developer guide, "Publishing SMS messages to a mobile phone"
MAX_POLICY_STATEMENTS = 20  # SQS developer guide, "Amazon SQS policy quotas"
MAX_POLICY_BYTES = 8192  # SQS developer guide, "Amazon SQS policy quotas"
MAX_LOOKED_AT = 100  # ours: subscriptions asked about before a statement of a policy is taken for needed
CHECK_WORKERS = 8  # ours: subscriptions looked at at once
TAP_RETENTION_SECONDS = 3600  # ours: how long a tap that was left behind keeps messages
TAP_WAIT_SECONDS = 20  # ours: silence after which reading a tap ends
TAP_AGE_SECONDS = 3600  # ours: how old a tap is that counts as left behind
TAP_STEM_CHARACTERS = 24  # ours: how much of the topic's name is in a tap's
MAX_HANDLING_SECONDS = 900  # ours: after which a handler that has not come back counts as gone
