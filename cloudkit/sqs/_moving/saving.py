"""Messages in a file: one a line, as JSON, with all that is needed to send them again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TextIO, TypeAlias, cast

from attrs import define, field

from cloudkit._core.deadline import clean_up_time
from cloudkit._core.params import compact
from cloudkit.errors import InvalidRequest
from cloudkit.sqs._address.message import MessageAddress
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._attributes import WireValue
from cloudkit.sqs._bodies.overflow import RESERVED_ATTRIBUTES
from cloudkit.sqs._consuming.calls import give_back
from cloudkit.sqs._limits import (
    DRAIN_WAIT_SECONDS,
    MAX_RECEIVE_MESSAGES,
    MOVE_SECONDS,
    STALE_POLLS,
)
from cloudkit.sqs._rules import QUEUES
from cloudkit.sqs._traffic.batches import Entry, entry_or_error
from cloudkit.sqs._traffic.deleting import delete_messages
from cloudkit.sqs._traffic.receiving import receive
from cloudkit.sqs._traffic.sending import packed, send_entries

_BINARY = "base64"
_VALUE = "value"
_TYPE = "type"


class Openable(Protocol):
    """What can be opened as a file of text, such as an `Object`."""

    def open(self, mode: Any, /) -> Any:
        """Open it: `"w"` for writing, `"r"` for reading."""
        ...


Place: TypeAlias = "str | Path | Openable"
"""Where messages are saved: a path, or what can be opened, such as an `Object`."""


# -- out of a queue ----------------------------------------------------------------------------------------------


@define(eq=False)
class Saver:
    """Writes the messages of a queue into a file.

    Attributes:
        queue: The queue.
        delete: Whether they are deleted, once the file is closed.
        limit: How many are saved at most.
    """

    queue: QueueAddress[Any]
    delete: bool
    limit: int | None
    _held: dict[str, MessageAddress[Any]] = field(factory=dict[str, "MessageAddress[Any]"])

    def run(self, place: Place) -> int:
        """Write them, and say how many."""
        if self.queue.fifo and not self.delete:
            raise InvalidRequest(
                f"{self.queue} is a FIFO queue: SQS gives no later messages of a group before those given are deleted",
                hint="save(..., delete=True), and load() puts them back",
            )
        if self.queue.fifo and not _is_path(place):
            raise InvalidRequest(
                f"{self.queue} is a FIFO queue: its messages are deleted as they are written, so that they have to be"
                " safe at once",
                hint="save them to a path on disk",
            )
        done = False
        try:
            with _opened(place, "x" if _is_path(place) else "w") as file:
                count = self._fill(file)
            done = True
        finally:
            if not (done and self.delete):
                with clean_up_time():
                    give_back(self.queue, list(self._held.values()))
        if self.delete:
            delete_messages(self.queue, list(self._held.values()))
        return count

    def _fill(self, file: TextIO) -> int:
        seen: set[str] = set()
        stale = 0
        while stale < STALE_POLLS and (self.limit is None or len(seen) < self.limit):
            left = MAX_RECEIVE_MESSAGES if self.limit is None else self.limit - len(seen)
            found = receive(
                self.queue,
                min(MAX_RECEIVE_MESSAGES, left),
                wait=DRAIN_WAIT_SECONDS,
                visibility_timeout=MOVE_SECONDS,
                aws=None,
            )
            if not found:
                break
            self._held.update((message.id, message) for message in found)
            fresh = [message for message in found if message.id not in seen]
            for message in fresh:
                file.write(_line(message) + "\n")
                seen.add(message.id)
            stale = 0 if fresh else stale + 1
            if self.queue.fifo:
                _make_safe(file)
                delete_messages(self.queue, found)
                self._held.clear()
        if _on_disk(file):
            _make_safe(file)
        return len(seen)


def _line(message: MessageAddress[Any]) -> str:
    wire: Mapping[str, Any] = message.raw.get("MessageAttributes") or {}
    # A body in a bucket is written as it is, so that the file has all of it.
    pointing = RESERVED_ATTRIBUTES if message.queue.overflow is not None else ()
    attributes = {name: _spelled(value) for name, value in wire.items() if value and name not in pointing}
    made = compact(
        {
            "id": message.id,
            "sent": message.sent.isoformat(),
            "body": message.body,
            "attributes": attributes or None,
            "group": message.group,
            "deduplication_id": message.deduplication_id,
        }
    )
    # In ASCII: no line ends but those between messages, whoever reads it.
    return json.dumps(made)


def _spelled(value: WireValue) -> dict[str, str]:
    if "StringValue" in value:
        return {_TYPE: str(value["DataType"]), _VALUE: str(value["StringValue"])}
    data = cast("bytes", value.get("BinaryValue", b""))
    return {_TYPE: str(value["DataType"]), _BINARY: base64.b64encode(data).decode()}


# -- into a queue ------------------------------------------------------------------------------------------------


def load(queue: QueueAddress[Any], place: Place) -> int:
    """Send what was saved, and say how many; see `Queue.load`."""
    with _opened(place, "r") as file:
        return len(send_entries(queue, _entries(queue, file)))


def _entries(queue: QueueAddress[Any], lines: Iterable[str]) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield entry_or_error(line.rstrip("\n"), None, partial(_entry, queue, line, number))


def _entry(queue: QueueAddress[Any], line: str, number: int) -> Entry:
    try:
        row: Any = json.loads(line)
        body, group = QUEUES.checked_text("its body", str(row["body"])), row.get("group")
        attributes = {name: _wire(value) for name, value in row.get("attributes", {}).items()}
    except InvalidRequest:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise InvalidRequest(f"line {number} is no message that was saved: {error!r}") from error
    # One of its own: by that of the first time SQS could know the message still, and would drop it without a word.
    # A file that is loaded twice within five minutes is loaded once.
    once = hashlib.sha256(line.strip().encode()).hexdigest() if queue.fifo else None
    if queue.fifo and group is None:
        group = str(row.get("id", once))
    return packed(queue, body, attributes, item=line.rstrip("\n"), group=group, deduplication_id=once)


def _wire(value: Mapping[str, str]) -> WireValue:
    if _VALUE in value:
        return {"DataType": value[_TYPE], "StringValue": value[_VALUE]}
    return {"DataType": value[_TYPE], "BinaryValue": base64.b64decode(value[_BINARY], validate=True)}


# -- files -------------------------------------------------------------------------------------------------------


def _is_path(place: object) -> bool:
    # Not any `os.PathLike`: an `Object` is one, to say that it is not on the disk.
    return isinstance(place, (str, Path))


def _opened(place: Place, mode: str) -> AbstractContextManager[TextIO]:
    if isinstance(place, (str, Path)):
        file = open(place, mode, encoding="utf-8", newline="\n")  # noqa: SIM115
        return cast("AbstractContextManager[TextIO]", file)
    return cast("AbstractContextManager[TextIO]", place.open(mode))


def _on_disk(file: Any) -> bool:
    try:
        return bool(file.fileno() >= 0)
    except (OSError, AttributeError):
        return False


def _make_safe(file: TextIO) -> None:
    """See that it is on the disk: what it says is deleted elsewhere."""
    file.flush()
    os.fsync(file.fileno())
