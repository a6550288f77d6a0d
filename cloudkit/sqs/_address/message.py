"""A message that was received: what names it, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeAlias, cast

from attrs import define, field
from typing_extensions import TypeVar, override

from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._attributes import AttributeValue
from cloudkit.sqs._bodies.envelope import taken_off
from cloudkit.sqs._bodies.events import events_in
from cloudkit.sqs._bodies.overflow import discarded, fetched, is_pointer
from cloudkit.sqs._bodies.typed import undecodable, value_of
from cloudkit.sqs._service import LEASE_HINT, SQS
from cloudkit.sqs.errors import LeaseLost
from cloudkit.sqs.object_event import ObjectEvent
from cloudkit.sqs.topic_message import TopicMessage
from cloudkit.types import Answer

# What its body says, and the class of its queue.
T_co = TypeVar("T_co", covariant=True, default=str)
Queue_co = TypeVar("Queue_co", bound=QueueAddress[Any], covariant=True, default=QueueAddress[Any])

Settlement: TypeAlias = Literal["deleted", "released", "dead-lettered"]


@define(repr=False, unsafe_hash=True)
class MessageAddress(Generic[T_co, Queue_co]):
    """What `Message` is but for its verbs. It is made as a `Message` alone."""

    queue: Queue_co
    id: str
    _body: str = field(eq=False, alias="body")
    attributes: dict[str, AttributeValue] = field(eq=False)
    sent: datetime = field(eq=False)
    receives: int = field(eq=False)
    group: str | None = field(eq=False)
    deduplication_id: str | None = field(eq=False)
    sequence_number: str | None = field(eq=False)
    _receipt: str = field(alias="receipt")
    _raw: Answer = field(eq=False, alias="raw")
    settlement: Settlement | None = field(eq=False, default=None, init=False)
    lost: bool = field(eq=False, default=False, init=False)
    _fetched: str | None = field(eq=False, default=None, init=False)
    _value: tuple[Any] | None = field(eq=False, default=None, init=False)

    @property
    def body(self) -> str:
        """The text. One that was too large for SQS is read from the queue's `overflow`, when it is first asked for."""
        store = self.queue.overflow
        if store is None or not _overflowed(self):
            return self._body
        if self._fetched is None:
            self._fetched = fetched(store, self._body, about=self)
        return self._fetched

    @property
    def data(self) -> T_co:
        """What was sent, as a value of the queue's type, such as an `Order`; `DecodeError` if it is none. The text if there is no type.

        Of a notification, which SNS sends in an envelope of its own, it is what was published.
        """
        if self._value is None:
            self._value = (value_of(self.queue.body, self.notification.message, self),)
        return cast("T_co", self._value[0])

    @property
    def notification(self) -> TopicMessage:
        """What was published to a topic: without the envelope that SNS puts around it, unless delivery is raw."""
        body = self.body
        return taken_off(body) or TopicMessage(body, attributes=self.attributes, raw=True)

    @property
    def events(self) -> Sequence[ObjectEvent]:
        """What happened to objects, as S3 tells: by itself, through a topic or EventBridge; `DecodeError` if it tells none."""
        try:
            return events_in(self.notification.message)
        except (ValueError, RecursionError) as error:
            raise undecodable(str(error), self, "message.events is for what S3 sends") from error

    @property
    def receipt(self) -> str:
        """SQS's receipt handle: whoever has it may delete the message."""
        return self._receipt

    @property
    def raw(self) -> Mapping[str, Any]:
        """AWS's form of it as it came, read-only."""
        return MappingProxyType(self._raw)

    @override
    def __str__(self) -> str:
        return f"{self.queue}/{self.id}"

    @override
    def __repr__(self) -> str:
        # Neither body nor receipt: reprs end in logs.
        return f"<{type(self).__name__} {self}>"


def discard(message: MessageAddress[Any]) -> None:
    """Delete the body that a message, which was deleted, had in its queue's bucket, if it had. One request at most."""
    store = message.queue.overflow
    if store is not None and _overflowed(message):
        discarded(store, str(message.raw["Body"]))


def _overflowed(message: MessageAddress[Any]) -> bool:
    return is_pointer(message.raw.get("MessageAttributes") or {})


def lease_lost(message: MessageAddress[Any]) -> LeaseLost:
    """The error that says that a message's time was over."""
    return LeaseLost(
        "its time was over before it was done, and another consumer may have it",
        service=SQS.name,
        resource=str(message),
        hint=LEASE_HINT,
    )
