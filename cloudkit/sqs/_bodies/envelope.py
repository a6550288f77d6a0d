"""What SNS puts around a message on its way to a queue, unless the subscription delivers raw."""

from __future__ import annotations

import json
from typing import Any, cast

from cloudkit._core.params import as_datetime
from cloudkit.sqs._attributes import from_text
from cloudkit.sqs.topic_message import TopicMessage

# What an envelope has, all of it text; others send JSON with a "Message" too.
_TEXTS = ("TopicArn", "MessageId", "Message", "Timestamp", "SignatureVersion")
_KIND = "Notification"
_MARK = '"SignatureVersion"'


def taken_off(text: str) -> TopicMessage | None:
    """What is in the envelope that a body is; None if it is none."""
    if _MARK not in text:
        return None
    try:
        found: Any = json.loads(text)
        if not isinstance(found, dict):
            return None
        fields = cast("dict[str, Any]", found)
        if fields.get("Type") != _KIND or not all(isinstance(fields.get(name), str) for name in _TEXTS):
            return None
        attributes = cast("dict[str, dict[str, str]]", fields.get("MessageAttributes") or {})
        return TopicMessage(
            message=fields["Message"],
            subject=_text_or_none(fields.get("Subject")),
            topic_arn=fields["TopicArn"],
            message_id=fields["MessageId"],
            timestamp=as_datetime(fields["Timestamp"]),
            attributes={name: from_text(each["Type"], each["Value"]) for name, each in attributes.items()},
            sequence_number=_text_or_none(fields.get("SequenceNumber")),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _text_or_none(found: object) -> str | None:
    return found if isinstance(found, str) else None
