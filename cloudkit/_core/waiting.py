"""Waiting for a state or a predicate: always finite, quick at first, and never past the deadline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from cloudkit._core.backoff import Backoff
from cloudkit._core.deadline import check as check_deadline, limit_seconds, shortened
from cloudkit._core.steps import attempt
from cloudkit.errors import DeadlineExceeded, WaitFailed, WaitTimeout
from cloudkit.types import Clock, Duration

T = TypeVar("T")

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
PAUSE_GROWTH = 1.5
# The last look begins as the time ends, and may still take this long.
LAST_LOOK_SECONDS = 0.8


def wait_until(
    poll: Callable[[], T],
    done: Callable[[T], bool],
    *,
    timeout: Duration,
    clock: Clock,
    what: str,
    shown: Callable[[T], str] = str,
    check: Callable[[T], None] | None = None,
) -> T:
    """Poll until it is done.

    Args:
        poll: One look. It runs on a thread of its own, so that a hanging server cannot outstay the deadline.
        done: Whether that look ends the wait.
        timeout: Seconds, more than 0.
        clock: Where time comes from.
        what: What is waited for, for the error.
        shown: A look in words, for the error.
        check: Raises if this look can never lead to the wanted one.

    Returns:
        The look that ended the wait.

    Raises:
        WaitTimeout: It was not done in time.
        DeadlineExceeded: The deadline around it was over first.
        InvalidRequest: The timeout is not more than 0.
    """
    limit = limit_seconds("timeout", timeout)
    pauses = Backoff(FIRST_PAUSE_SECONDS, PAUSE_GROWTH, LONGEST_PAUSE_SECONDS, limit=limit).begin(clock)
    last = "no answer yet"
    while True:
        _check_deadline(what, last)
        patience = max(pauses.left, LAST_LOOK_SECONDS)
        allowed = shortened(patience)
        found = attempt(poll, allowed)
        if found:
            seen = found[0]
            if done(seen):
                return seen
            if check is not None:
                check(seen)
            last = shown(seen)
        if not found and allowed < patience:
            continue  # the deadline around it is over
        if not found or not pauses.take():
            raise _late(what, limit, [last])


def wait_for_state(
    things: Sequence[T],
    wanted: str,
    *,
    look: Callable[[Sequence[T]], Sequence[str]],
    dead_ends: Collection[str],
    reason: Callable[[T], str | None],
    timeout: Duration,
    clock: Clock,
) -> None:
    """Wait until all those things are in a state, with one look a poll for all that are not yet.

    Args:
        things: What to wait for.
        wanted: The state.
        look: Refreshes those things, in as few requests as AWS allows, and gives their states in their order.
        dead_ends: States from which the wanted one cannot come.
        reason: AWS's reason for the state that a thing is in.
        timeout: Seconds, more than 0.
        clock: Where time comes from.

    Raises:
        WaitTimeout: Some were not there in time; `.pending` names them.
        WaitFailed: One reached a dead end.
    """
    waiting = list(things)
    states: list[str] = []

    def poll() -> list[tuple[T, str]]:
        return list(zip(waiting, look(waiting), strict=True))

    def check(seen: list[tuple[T, str]]) -> None:
        for thing, state in seen:
            if state in dead_ends and state != wanted:
                raise _dead_end(thing, state, wanted, reason(thing))
        left = [(thing, state) for thing, state in seen if state != wanted]
        waiting[:] = [thing for thing, _ in left]
        states[:] = [f"{thing} is {state}" for thing, state in left]

    if not waiting:
        return
    try:
        wait_until(
            poll,
            lambda seen: all(state == wanted for _, state in seen),
            timeout=timeout,
            clock=clock,
            what=f"{', '.join(str(thing) for thing in things[:3])}{' ...' if len(things) > 3 else ''} to be {wanted}",
            shown=lambda _: "; ".join(states),
            check=check,
        )
    except WaitTimeout as error:
        error.pending = tuple(states) or error.pending
        raise


def _check_deadline(what: str, last: str) -> None:
    try:
        check_deadline()
    except DeadlineExceeded as error:
        error.message = f"{error.message}: {what}: {last}"
        error.args = (error.message,)
        raise


def _late(what: str, limit: float, pending: Sequence[str]) -> WaitTimeout:
    error = WaitTimeout(
        f"waited {limit:g} s for {what}: {'; '.join(pending)}",
        retryable=True,
        hint="wait again, or give a longer timeout=",
    )
    error.pending = tuple(pending)
    return error


def _dead_end(thing: object, state: str, wanted: str, reason: str | None) -> WaitFailed:
    error = WaitFailed(
        f"{thing} is {state}, and cannot become {wanted}" + (f": {reason}" if reason else ""),
        resource=str(thing),
    )
    error.reason = reason
    return error
