"""Messages on their way to a topic, and what SNS says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union

from attrs import field, frozen

from cloudkit.sns._attributes import AttributeValue

Content: TypeAlias = Union[str, "Mapping[str, object]", "Sequence[object]"]
"""What can be published: text, or a dict or list that goes as JSON."""


@frozen
class Outgoing:
    """One message for `publish_many`, where it is more than its text.

    Attributes:
        message: Text, or a dict or list that goes as JSON.
        subject: As in `Topic.publish`, and so are the others.
        attributes: Message attributes.
        per_protocol: Other texts for some protocols.
        group: The message group.
        deduplication_id: What makes a repeat a repeat.
    """

    message: Content
    subject: str | None = field(default=None, kw_only=True)
    attributes: Mapping[str, AttributeValue] | None = field(default=None, kw_only=True)
    per_protocol: Mapping[str, str] | None = field(default=None, kw_only=True)
    group: str | None = field(default=None, kw_only=True)
    deduplication_id: str | None = field(default=None, kw_only=True)


@frozen
class Published:
    """What SNS says of a message that it took.

    Attributes:
        id: The message's id, which every subscriber gets.
        sequence_number: Its place in the order of a FIFO topic; None elsewhere.
    """

    id: str
    sequence_number: str | None = None
