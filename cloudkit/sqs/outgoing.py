"""Messages on their way into a queue, and what SQS says of them."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from cloudkit.sqs._attributes import AttributeValue
from cloudkit.types import Duration


@frozen
class Outgoing:
    """A message for `queue.send_many`, where a body alone does not say enough.

    Args:
        body: Text, or what `json.dumps` takes.
        attributes: As in `queue.send`.
        delay: As in `queue.send`.
        group: As in `queue.send`.
        deduplication_id: As in `queue.send`.

    Examples:
        >>> Queue("jobs").send_many([Outgoing("now"), Outgoing("in a minute", delay=60)])
        [Sent(id=...), Sent(id=...)]

    AWS: none
    """

    body: object
    attributes: Mapping[str, AttributeValue] | None = field(default=None, kw_only=True)
    delay: Duration | None = field(default=None, kw_only=True)
    group: str | None = field(default=None, kw_only=True)
    deduplication_id: str | None = field(default=None, kw_only=True)


@frozen
class Sent:
    """What SQS says of a message that it took, after its MD5 was compared.

    Attributes:
        id: The message's id, which `Message.id` will be too.
        sequence_number: Its place in the order of a FIFO queue; None on others.
    """

    id: str
    sequence_number: str | None = None
