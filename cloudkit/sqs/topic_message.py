"""What came through a topic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, overload

from attrs import field, frozen

from cloudkit._core.params import from_json
from cloudkit.sqs._attributes import AttributeValue
from cloudkit.types import Json

T = TypeVar("T")


@frozen
class TopicMessage:
    """A message of a topic, as `message.notification` has it: with or without raw delivery the same.

    That it came through a topic is what the message says, and whoever may send to the queue can say so. A queue whose
    policy lets topics alone send to it, as `topic.subscribe` makes it, gets no others;
    `Notification.verify(message.body, topics=[...], max_age=None)` checks SNS's signature.

    Attributes:
        message: The text.
        subject: Its subject; None if it has none, as in raw delivery.
        attributes: The attributes as plain values; lists among them, unless delivery is raw.
        topic_arn: The topic; None in raw delivery, which does not say.
        message_id: The id, which `Published.id` was; None in raw delivery.
        timestamp: When it was published; None in raw delivery.
        sequence_number: Its place in the order of a FIFO topic.
        raw: Whether there was no envelope: delivery was raw, or the message came through no topic.

    Examples:
        >>> Queue("inbox").receive(1)[0].notification.subject
        'The site is up'

    AWS: none
    """

    message: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    attributes: Mapping[str, AttributeValue | list[Json]] = field(factory=dict[str, Any], repr=False)
    topic_arn: str | None = None
    message_id: str | None = None
    timestamp: datetime | None = None
    sequence_number: str | None = None
    raw: bool = False

    @overload
    def json(self) -> Json: ...
    @overload
    def json(self, type: type[T]) -> T: ...
    def json(self, type: type[Any] | None = None) -> Any:
        """The message as JSON. No request.

        Args:
            type: The class it must be of, such as `dict` or `list[int]`, which type checkers then know too; what
                is inside is not checked. Default: any.

        Returns:
            What the JSON says.

        Raises:
            InvalidRequest: It is no JSON, or not of that type.

        Examples:
            >>> Queue("inbox").receive(1)[0].notification.json(dict)
            {'event': 'up'}

        AWS: none
        """
        return from_json(self.message, type, self)
