"""How long a block of work may take in all: what is in force, and what is left of it. No thread is started here."""

from __future__ import annotations

import contextvars
import math
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from types import TracebackType
from typing import TypeVar, cast

from attrs import frozen
from typing_extensions import Self

from cloudkit._core.params import seconds
from cloudkit.errors import BatchError, CloudError, DeadlineExceeded, InvalidRequest
from cloudkit.types import Duration

# What is undone after a failure may take so much longer than the deadline, all of it together. What ends by itself
# at the deadline is waited for as long.
CLEAN_UP_SECONDS = 0.5

E = TypeVar("E", bound=BatchError)


@frozen
class Limit:
    """A deadline.

    Attributes:
        given: Seconds that were given.
        ends: When it is over, by the machine's own clock: it is about real servers, whatever a test's clock says.
    """

    given: float
    ends: float

    @classmethod
    def of(cls, given: float) -> Self:
        """The one that begins now."""
        return cls(given, time.monotonic() + given)

    @property
    def left(self) -> float:
        """Seconds until it is over; less than 0 then."""
        return self.ends - time.monotonic()

    def exceeded(self) -> DeadlineExceeded:
        """The error that says that it is over."""
        error = DeadlineExceeded(
            f"it was not done within {self.given:g} s",
            retryable=True,
            attempts=0,
            hint="give it more time; what was sent by then may have been done all the same",
        )
        error.seconds = self.given
        return error


# The nearest deadline of those around; None: there is none. Workers carry it over with the rest of the context.
in_force: contextvars.ContextVar[Limit | None] = contextvars.ContextVar("cloudkit_deadline", default=None)


def time_left() -> float | None:
    """Seconds that a next step may take; None without a deadline.

    Raises:
        DeadlineExceeded: There are none left.
    """
    limit = in_force.get()
    if limit is None:
        return None
    left = limit.left
    if left <= 0:
        raise limit.exceeded()
    return left


def patience() -> float | None:
    """Seconds to wait for what ends by itself at the deadline, and for what undoes something; None without one."""
    limit = in_force.get()
    return None if limit is None else as_timeout(limit.left + CLEAN_UP_SECONDS)


def exceeded() -> DeadlineExceeded:
    """The error for a wait of `patience` seconds that has ended: nothing but the deadline in force ends one."""
    limit = in_force.get()
    if limit is None:
        raise RuntimeError("there is no deadline that could be over")
    return limit.exceeded()


def as_timeout(seconds: float) -> float:
    """Seconds that something may be waited for, as Python takes them."""
    return max(0.0, min(seconds, threading.TIMEOUT_MAX))


def check() -> None:
    """Raise if the deadline is over: between two pieces of work that no server has a part in.

    Raises:
        DeadlineExceeded: It is.
    """
    limit = in_force.get()
    if limit is not None and limit.left <= 0:
        raise limit.exceeded()


def shortened(wanted: float) -> float:
    """Seconds to sleep: those wanted, or what the deadline leaves of them. The next step then raises."""
    limit = in_force.get()
    return wanted if limit is None else max(0.0, min(wanted, limit.left))


def limit_seconds(name: str, value: Duration) -> float:
    """A time that something may take, in seconds.

    Raises:
        InvalidRequest: It is none.
    """
    if isinstance(value, bool) or not isinstance(cast("object", value), (int, float, timedelta)):
        raise InvalidRequest(f"{name}={value!r} is no time", hint="seconds as a number, or a timedelta")
    found = seconds(value)
    if not 0 < found < math.inf:
        raise InvalidRequest(f"{name}={value!r}: it is more than 0 seconds, and has an end")
    return found


class _Block:
    """The `with` block of a deadline: its time begins as it is entered."""

    def __init__(self, given: float) -> None:
        self._given = given
        self._around: list[Limit | None] = []

    def __enter__(self) -> None:
        around = in_force.get()
        self._around.append(around)
        own = Limit.of(self._given)
        if around is None or own.ends < around.ends:
            in_force.set(own)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Not by a token: a generator of the caller's may end the block in another context.
        in_force.set(self._around.pop())


def deadline(seconds: Duration) -> AbstractContextManager[None]:
    """A block whose calls to AWS end in that time, all of them together, or raise `DeadlineExceeded`.

    It holds for what cloudkit waits for in the block, in its own workers too: requests, bodies however slowly they
    come, pauses between attempts, waits. Code of your own is not interrupted. After the time nothing more is sent, but
    what is on its way may still be carried out. Blocks may be nested: the nearest deadline counts.

    Args:
        seconds: More than 0; a number or a `timedelta`.

    Returns:
        The block. Its time begins as it is entered.

    Raises:
        InvalidRequest: What is no such time.

    Examples:
        >>> with deadline(30):
        ...     contents = dict(Bucket("acme-photos").read_many(["hello.txt"]))

    AWS: none
    """
    return _Block(limit_seconds("deadline", seconds))


def limited(timeout: Duration | None) -> AbstractContextManager[None]:
    """The block of a method that takes `timeout=`. Not for generators, whose context is that of who reads them."""
    return nullcontext() if timeout is None else _Block(limit_seconds("timeout", timeout))


@contextmanager
def clean_up_time() -> Generator[None]:
    """A block that undoes something after a failure, and may take a little longer for it than the deadline says."""
    limit = in_force.get()
    if limit is None:
        yield
        return
    in_force.set(Limit(limit.given, limit.ends + CLEAN_UP_SECONDS))
    try:
        yield
    finally:
        in_force.set(limit)


def or_exceeded(error: E) -> E | DeadlineExceeded:
    """The error of a batch, or if the deadline is what ended it, the error that says so and has this one in it."""
    for failed in error.failed:
        found = failed.error
        if isinstance(found, DeadlineExceeded):
            made = DeadlineExceeded(
                found.message,
                service=found.service,
                operation=error.operation or found.operation,
                resource=error.resource or found.resource,
                retryable=True,
                attempts=0,
                hint=f"`.batch` says what was done; {found.hint}",
            )
            made.seconds, made.batch = found.seconds, error
            return made
    return error


def done_of(error: CloudError) -> CloudError:
    """What says most of what a batch did: of a deadline that ended one, the batch's own error."""
    return error.batch if isinstance(error, DeadlineExceeded) and error.batch is not None else error
