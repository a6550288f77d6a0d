"""Batches of SQS and SNS: ten entries a call, each of which can fail alone."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import field, frozen

from cloudkit._core.batching import Outcome
from cloudkit._core.service import Service
from cloudkit._core.translate import entry_error
from cloudkit.errors import CloudError, Conflict, InvalidRequest
from cloudkit.sqs._bodies.overflow import Parcel
from cloudkit.types import Answer

R = TypeVar("R")

_FIRST_SERVER_STATUS = 500

Call: TypeAlias = Callable[[Sequence[Mapping[str, Any]]], Answer]


@frozen(eq=False)
class Entry:
    """A message in AWS's form, or the reason why there is none. One is equal to itself alone.

    Attributes:
        item: What the caller gave.
        params: The parameters of SendMessage or Publish.
        size: Bytes, attributes included.
        group: Its group.
        error: Why it cannot be sent.
        parcel: Its body, if that goes into a bucket.
    """

    item: object
    params: Mapping[str, Any] = field(factory=dict[str, Any])
    size: int = 0
    group: str | None = None
    error: CloudError | None = None
    parcel: Parcel | None = None


def entry_or_error(item: object, group: str | None, make: Callable[[], Entry]) -> Entry:
    """The entry of a batch that an item stands for; one with an error if AWS would refuse it.

    Others are on their way already: it is reported with those that fail there.
    """
    try:
        return make()
    except InvalidRequest as error:
        return Entry(item, group=group, error=error)


def no_hint(_entry: Entry) -> str | None:
    """Nothing to say."""
    return None


class Sending(Generic[R]):
    """Sends the batches of one queue or topic, and keeps the order within the groups of one that is FIFO.

    Once a message of a group has failed, the later ones of that group are not sent: they would overtake it.

    Args:
        call: Makes one call for the rows of one batch.
        result: What came of an entry, by its row in the answer; raises CloudError if it is not what was sent.
        service: The service.
        operation: What the call is, as AWS names it.
        about: The queue or topic, for errors.
        fifo: Whether it keeps order.
        hint: What to do about an entry that failed, where the service's own table says nothing.
    """

    def __init__(
        self,
        call: Call,
        result: Callable[[Entry, Answer], R],
        *,
        service: Service,
        operation: str,
        about: object,
        fifo: bool,
        hint: Callable[[Entry], str | None] = no_hint,
    ) -> None:
        self._call = call
        self._result = result
        self._service = service
        self._operation = operation
        self._about = str(about)
        self._fifo = fifo
        self._hint = hint
        # By group, the entries that failed: they alone may be sent again.
        self._failed: dict[str | None, set[Entry]] = {}

    def __call__(self, batch: Sequence[Entry]) -> Outcome[R]:
        """Make one call for one batch; none if there is nothing that can be sent."""
        results: dict[int, R] = {}
        errors: dict[int, CloudError] = {}
        live: dict[str, int] = {}
        for index, entry in enumerate(batch):
            error = entry.error or self._held(entry) or _put(entry)
            if error is None:
                live[str(index)] = index
            else:
                errors[index] = error
                # At once: the next one of the group is held by it.
                self._note(entry, failed=True)
        if live:
            sent = [batch[index] for index in live.values()]
            with taken_back_if_refused(sent):
                answer = self._call([{"Id": each, **batch[index].params} for each, index in live.items()])
            self._read(answer, batch, live, results, errors)
            _take_back([batch[index] for index in live.values() if _final(errors.get(index))])
        if self._fifo:
            _forbid_overtaking(batch, results, errors)
        for index, entry in enumerate(batch):
            # One that the answer does not mention has failed too.
            self._note(entry, failed=index not in results)
        return Outcome(results, errors)

    def _read(
        self,
        answer: Answer,
        batch: Sequence[Entry],
        live: Mapping[str, int],
        results: dict[int, R],
        errors: dict[int, CloudError],
    ) -> None:
        for row in answer.get("Successful", []):
            index = live.get(row.get("Id"), -1)
            if index >= 0:
                try:
                    results[index] = self._result(batch[index], row)
                except CloudError as error:
                    errors[index] = error
        for row in answer.get("Failed", []):
            index = live.get(row.get("Id"), -1)
            if index >= 0:
                refused = row_error(row, service=self._service, operation=self._operation, about=self._about)
                refused.hint = refused.hint or self._hint(batch[index])
                errors[index] = refused

    def _held(self, entry: Entry) -> CloudError | None:
        failed = self._failed.get(entry.group)
        if not failed or entry in failed:
            return None
        return Conflict(
            f"an earlier message of group {entry.group!r} failed, and this one would overtake it: it was not sent",
            service=self._service.name,
            operation=self._operation,
            resource=self._about,
        )

    def _note(self, entry: Entry, *, failed: bool) -> None:
        if self._fifo and failed:
            self._failed.setdefault(entry.group, set()).add(entry)
        else:
            self._failed.get(entry.group, set()).discard(entry)


# -- bodies in a bucket ------------------------------------------------------------------------------------------


def _put(entry: Entry) -> CloudError | None:
    """Put the body of an entry where it goes, and say what is wrong if that fails."""
    try:
        if entry.parcel is not None:
            entry.parcel.put()
    except CloudError as error:
        return error
    return None


@contextmanager
def taken_back_if_refused(entries: Sequence[Entry]) -> Generator[None]:
    """A block that sends entries, whose bodies are taken out of the bucket again if none was sent for certain."""
    try:
        yield
    except CloudError as error:
        # Of several attempts an earlier one may have got through.
        if error.attempts <= 1 and error.status is not None and error.status < _FIRST_SERVER_STATUS:
            _take_back(entries)
        raise


def _final(error: CloudError | None) -> bool:
    return error is not None and not error.retryable


def _take_back(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.parcel is not None:
            entry.parcel.take_back()


def _forbid_overtaking(
    batch: Sequence[Entry], results: Mapping[int, object], errors: Mapping[int, CloudError]
) -> None:
    """Let no entry be sent again that would come after a later one of its group, or before an earlier one."""
    given_up: set[str | None] = set()
    for index, entry in enumerate(batch):
        if index in results:
            continue
        error = errors.get(index)
        overtaken = any(later > index and batch[later].group == entry.group for later in results)
        if error is not None and (overtaken or entry.group in given_up):
            error.retryable = False
        if error is None or not error.retryable:
            given_up.add(entry.group)


def row_error(row: Answer, *, service: Service, operation: str, about: str) -> CloudError:
    """The error of an entry that failed.

    Args:
        row: What AWS says of it.
        service: The service.
        operation: Which operation it was.
        about: The queue or topic.
    """
    return entry_error(
        service,
        operation,
        code=str(row.get("Code", "Unknown")),
        message=str(row.get("Message") or ""),
        retryable=not row.get("SenderFault", False),
        about=about,
    )
