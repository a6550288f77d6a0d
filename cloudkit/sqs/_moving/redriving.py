"""Dead letters that are moved from here, one by one: chosen, changed, sent on, and only then deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from attrs import define, field

from cloudkit._core.deadline import clean_up_time, done_of, or_exceeded
from cloudkit.errors import BatchError, CloudError, Conflict, Failed, InvalidRequest
from cloudkit.sqs._address.message import MessageAddress
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._consuming.calls import give_back
from cloudkit.sqs._limits import DRAIN_WAIT_SECONDS, MAX_RECEIVE_MESSAGES, MOVE_SECONDS, STALE_POLLS
from cloudkit.sqs._managing.finding import sources_of
from cloudkit.sqs._service import SQS
from cloudkit.sqs._traffic.batches import Entry, Sending
from cloudkit.sqs._traffic.dead_letters import REASON
from cloudkit.sqs._traffic.deleting import delete_messages
from cloudkit.sqs._traffic.receiving import receive
from cloudkit.sqs._traffic.sending import entry_for, forwarded, send_entries, sending_to
from cloudkit.sqs.outgoing import Outgoing, Sent
from cloudkit.sqs.redriven import Redriven

# What SQS notes of a message that it has moved by itself.
_SOURCE = "DeadLetterQueueSourceArn"


@define(eq=False)
class Mover:
    """Moves messages of one queue to where they came from, or somewhere else.

    Attributes:
        queue: Whose messages.
        to: Where they go. Default: where each came from.
        where: Whether a message is to be moved.
        edit: What is sent in place of a message's body.
        limit: How many are moved at most.
    """

    queue: QueueAddress[Any]
    to: QueueAddress[Any] | None
    where: Callable[[Any], bool] | None
    edit: Callable[[Any], object] | None
    limit: int | None
    moved: int = 0
    _sendings: dict[str, Sending[Sent]] = field(factory=dict[str, "Sending[Sent]"])
    _held: dict[str, MessageAddress[Any]] = field(factory=dict[str, "MessageAddress[Any]"])
    _sent: set[str] = field(factory=set[str])
    _groups: set[str | None] = field(factory=set["str | None"])
    _failed: list[Failed] = field(factory=list[Failed])
    _only: QueueAddress[Any] | None = None

    def run(self) -> Redriven:
        """Move all that is there.

        Raises:
            BatchError: Some could not be sent, or not be deleted.
        """
        stopped: CloudError | None = None
        try:
            stale = 0
            while self._wanted() > 0 and stale < STALE_POLLS:
                found = receive(
                    self.queue,
                    min(MAX_RECEIVE_MESSAGES, self._wanted()),
                    wait=DRAIN_WAIT_SECONDS,
                    visibility_timeout=MOVE_SECONDS,
                    aws=None,
                )
                if not found:
                    break
                fresh = [each for each in found if each.id not in self._held and each.id not in self._sent]
                # One that comes again was held for too long: its newer receipt is what counts.
                self._held.update((each.id, each) for each in found)
                self._delete([each for each in found if each.id in self._sent])
                self._move(fresh)
                stale = 0 if fresh else stale + 1
        except CloudError as error:
            if not self._failed:
                raise
            stopped = error
        finally:
            with clean_up_time():
                give_back(self.queue, list(self._held.values()))
        if self._failed:
            failure = BatchError.of(
                self._failed, (), service=SQS.name, operation="SendMessageBatch", resource=str(self.queue)
            )
            raise or_exceeded(failure) from stopped
        return Redriven(self.moved, len(self._held))

    def _wanted(self) -> int:
        return MAX_RECEIVE_MESSAGES if self.limit is None else self.limit - self.moved

    def _move(self, messages: Sequence[MessageAddress[Any]]) -> None:
        by_target: dict[str, tuple[QueueAddress[Any], list[Entry]]] = {}
        for message in messages:
            if self.queue.fifo and message.group in self._groups:
                continue
            if self.where is not None and not self.where(message):
                # What is behind it in its group may not overtake it.
                self._groups.add(message.group)
                continue
            target = self._target(message)
            by_target.setdefault(target.url, (target, []))[1].append(self._entry(message, target))
        for url, (target, entries) in by_target.items():
            sending = self._sendings.setdefault(url, sending_to(target))
            self._delete(self._send(target, entries, sending))

    def _send(
        self, target: QueueAddress[Any], entries: Sequence[Entry], sending: Sending[Sent]
    ) -> Sequence[MessageAddress[Any]]:
        try:
            send_entries(target, entries, sending=sending)
        except CloudError as error:
            said = done_of(error)
            if not isinstance(said, BatchError):
                raise
            self._failed.extend(said.failed)
            self._groups.update(message.group for message in _messages(each.item for each in said.failed))
            return _messages(each.item for each in said.succeeded)
        return _messages(entry.item for entry in entries)

    def _delete(self, messages: Sequence[MessageAddress[Any]]) -> None:
        for message in messages:
            # It is not given back, whatever becomes of its deletion: it was sent.
            self._held.pop(message.id, None)
            if message.id not in self._sent:
                self._sent.add(message.id)
                self.moved += 1
        try:
            if messages:
                # The copy has the pointer, if there is one, and so the body stays in the bucket.
                delete_messages(self.queue, messages, bodies=self.edit is not None)
        except CloudError as error:
            said = done_of(error)
            if isinstance(said, BatchError):
                self._failed.extend(said.failed)
            else:
                # They are in both queues, and nobody else knows that.
                self._failed.extend(Failed(message, error) for message in messages)
                raise

    def _entry(self, message: MessageAddress[Any], target: QueueAddress[Any]) -> Entry:
        # Its own id in this queue: one of the first time might be known to the target still, and then SQS would drop
        # the message without a word. A repetition of this run is known by it.
        once = f"redrive-{message.id}" if target.fifo else None
        wire: Mapping[str, Any] = message.raw.get("MessageAttributes") or {}
        if self.edit is None:
            kept = {name: value for name, value in wire.items() if value and name != REASON}
            return forwarded(
                target,
                message.raw,
                item=message,
                attributes=kept,
                group=message.group,
                deduplication_id=str(once),
            )
        edited = self.edit(message)
        if edited is None:
            raise InvalidRequest(
                "edit= gave None for a message: it gives the body to send, or an Outgoing",
                hint="where= leaves messages out",
            )
        given = edited if isinstance(edited, Outgoing) else Outgoing(edited)
        plain = {name: value for name, value in message.attributes.items() if name != REASON}
        made = Outgoing(
            given.body,
            attributes=plain if given.attributes is None else given.attributes,
            delay=given.delay,
            group=given.group or message.group or (message.id if target.fifo else None),
            deduplication_id=given.deduplication_id or once,
        )
        return entry_for(target, made, item=message)

    def _target(self, message: MessageAddress[Any]) -> QueueAddress[Any]:
        if self.to is not None:
            return self.to
        said: Mapping[str, str] = message.raw.get("Attributes") or {}
        source = said.get(_SOURCE)
        if source is not None:
            return self.queue._sibling(source)  # pyright: ignore[reportPrivateUsage]
        if self._only is None:
            self._only = self._only_source()
        return self._only

    def _only_source(self) -> QueueAddress[Any]:
        sources = sources_of(self.queue).limit(2).to_list()
        if len(sources) != 1:
            raise Conflict(
                f"a message does not say where it came from, and {len(sources) or 'no'} queues have their dead letters"
                " here",
                service=SQS.name,
                resource=str(self.queue),
                hint="redrive(to=Queue('...')) says where they go",
            )
        return self.queue._sibling(sources[0].arn)  # pyright: ignore[reportPrivateUsage]


def _messages(items: Iterable[object]) -> Sequence[MessageAddress[Any]]:
    return cast("list[MessageAddress[Any]]", list(items))
