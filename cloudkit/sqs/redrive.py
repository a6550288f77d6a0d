"""Dead letters on their way back: a task of SQS's, or what was moved from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import Self, override

from cloudkit._core.params import as_datetime
from cloudkit._core.waiting import wait_for_state
from cloudkit.errors import CloudError, NotFound, ServiceError
from cloudkit.sqs._limits import MAX_MOVE_TASKS
from cloudkit.sqs._service import SQS
from cloudkit.types import Answer, Duration, OpenEnum

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

_MILLISECONDS = 1000
# What servers other than AWS's say to an operation that they do not know.
_UNKNOWN = (
    "InvalidAction",
    "UnknownOperation",
    "UnknownOperationException",
    "UnsupportedOperation",
    "404",
    "501",
)
_STARTED = "StartedTimestamp"


class RedriveState(OpenEnum):
    """How a redrive is doing."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


_ENDS = (RedriveState.COMPLETED, RedriveState.CANCELLED, RedriveState.FAILED)


class Redrive:
    """A task of SQS's that moves dead letters back, made by `queue.redrive()`.

    Attributes:
        queue: Whose messages it moves.

    Examples:
        >>> failed = Queue.create("jobs-failed")
        >>> failed.redrive(rate=50).wait(timeout=600)
        <Redrive of jobs-failed: COMPLETED, 3 moved>

    AWS: none
    """

    def __init__(self, queue: Queue[Any], row: Answer) -> None:
        self.queue = queue
        self._row = row

    @override
    def __repr__(self) -> str:
        return f"<Redrive of {self.queue}: {self.state}, {self.moved} moved>"

    @property
    def state(self) -> RedriveState:
        """How it was doing when it was last looked at; `refresh` and `wait` look."""
        return RedriveState(self._row.get("Status", RedriveState.RUNNING))

    @property
    def moved(self) -> int:
        """Messages moved by then, approximately."""
        return int(self._row.get("ApproximateNumberOfMessagesMoved", 0))

    @property
    def total(self) -> int | None:
        """Messages that were to be moved as it began, if SQS says that."""
        found = self._row.get("ApproximateNumberOfMessagesToMove")
        return None if found is None else int(found)

    @property
    def started(self) -> datetime | None:
        """When it began; None until it was looked at."""
        found = self._row.get(_STARTED)
        return None if found is None else as_datetime(int(found) / _MILLISECONDS)

    @property
    def failure(self) -> str | None:
        """Why it failed, in SQS's words."""
        found = self._row.get("FailureReason")
        return None if found is None else str(found)

    @property
    def raw(self) -> Mapping[str, Any]:
        """What SQS said of it last."""
        return dict(self._row)

    def refresh(self) -> Self:
        """Look how it is doing. One request.

        Returns:
            The redrive itself.

        Raises:
            NotFound: SQS does not remember it: it keeps the ten latest of a queue.

        Examples:
            >>> Queue.create("jobs-failed").redrive().refresh().moved
            3

        AWS: sqs:ListMessageMoveTasks
        """
        row = _same(self._row, tasks(self.queue))
        if row is None:
            raise NotFound("SQS does not remember this redrive", service=SQS.name, resource=str(self.queue))
        # Its handle is said while it runs.
        self._row = {**self._row, **row}
        return self

    def wait(self, *, timeout: Duration = 3600, progress: Callable[[Redrive], object] | None = None) -> Self:
        """Wait until it is completed. One request for each look, after one second, then rarer.

        Args:
            timeout: Seconds to wait at most.
            progress: Called with the redrive after each look.

        Returns:
            The redrive itself.

        Raises:
            WaitTimeout: It was not done by then; it goes on.
            WaitFailed: It has failed, or was cancelled.

        Examples:
            >>> redrive = Queue.create("jobs-failed").redrive()
            >>> redrive.wait(progress=lambda redrive: print(redrive.moved, "of", redrive.total)).state
            3 of 3
            <RedriveState.COMPLETED: 'COMPLETED'>

        AWS: sqs:ListMessageMoveTasks
        """

        def look(_: object) -> list[str]:
            self.refresh()
            if progress is not None:
                progress(self)
            return [str(self.state)]

        wait_for_state(
            [self],
            str(RedriveState.COMPLETED),
            look=look,
            dead_ends=[str(each) for each in _ENDS],
            reason=lambda each: each.failure,
            timeout=timeout,
            clock=self.queue.cloud.clock,
        )
        return self

    def cancel(self) -> Self:
        """Stop it; fine if it is over. What was moved stays moved. One request.

        Returns:
            The redrive itself; `refresh` says when it has stopped.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> redrive = Queue.create("jobs-failed").redrive()
            >>> redrive.cancel().state
            <RedriveState.CANCELLING: 'CANCELLING'>

        AWS: sqs:CancelMessageMoveTask
        """
        handle = self._row.get("TaskHandle")
        if handle is None or self.state in _ENDS:
            return self
        try:
            answer = self.queue.cloud.invoke(
                SQS, "cancel_message_move_task", {"TaskHandle": handle}, about=self.queue
            )
        except NotFound:
            return self  # it was over
        moved = answer.get("ApproximateNumberOfMessagesMoved", self.moved)
        self._row = {**self._row, "Status": "CANCELLING", "ApproximateNumberOfMessagesMoved": moved}
        return self


# -- its tasks ---------------------------------------------------------------------------------------------------


def tasks(queue: Queue[Any]) -> list[Answer]:
    """The latest tasks of a queue, the newest first."""
    params = {"SourceArn": queue.arn, "MaxResults": MAX_MOVE_TASKS}
    answer = queue.cloud.invoke(SQS, "list_message_move_tasks", params, about=queue)
    return sorted(answer.get("Results", []), key=_started, reverse=True)


def begin(queue: Queue[Any], destination: str | None, rate: int | None) -> Redrive:
    """Start a task; see `Queue.redrive`."""
    try:
        return _begun(queue, destination, rate)
    except CloudError as error:
        if isinstance(error, ServiceError) or error.code in _UNKNOWN:
            error.hint = "if the server has no such tasks: redrive(where=lambda message: True) moves the messages from here"
        raise


def _begun(queue: Queue[Any], destination: str | None, rate: int | None) -> Redrive:
    # A task that is over has no handle: what is newer than all that there were is known to be this one.
    before = max(map(_started, tasks(queue)), default=0)
    params: dict[str, Any] = {"SourceArn": queue.arn}
    if destination is not None:
        params["DestinationArn"] = destination
    if rate is not None:
        params["MaxNumberOfMessagesPerSecond"] = rate
    try:
        answer = queue.cloud.invoke(SQS, "start_message_move_task", params, about=queue)
    except CloudError as error:
        # Refused, since an attempt of our own whose answer was lost has begun it?
        found = tasks(queue)[:1] if error.attempts > 1 and not error.retryable else []
        if not found or _started(found[0]) <= before:
            raise
        return Redrive(queue, found[0])
    return Redrive(queue, {"TaskHandle": answer.get("TaskHandle"), _BEFORE: before})


_BEFORE = "_before"


def _same(known: Answer, rows: list[Answer]) -> Answer | None:
    """The row of a task among the latest ones of its queue."""
    for row in rows:
        if known.get("TaskHandle") is not None and row.get("TaskHandle") == known["TaskHandle"]:
            return row
        if _STARTED in known and _started(row) == _started(known):
            return row
    if _STARTED in known:
        return None
    newer = [row for row in rows if _started(row) > known.get(_BEFORE, 0)]
    # The oldest of them: others may have begun since.
    return newer[-1] if newer else {}


def _started(row: Answer) -> int:
    return int(row.get(_STARTED) or 0)
