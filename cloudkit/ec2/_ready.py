"""Waiting for the state of one thing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from cloudkit._core.params import dig, one_of
from cloudkit._core.resource import Resource
from cloudkit._core.waiting import wait_for_state
from cloudkit.errors import CloudError
from cloudkit.types import Duration

R = TypeVar("R", bound=Resource)

STATE = "State"


def wait_for(
    thing: R,
    wanted: str,
    *,
    states: Collection[str],
    dead_ends: Collection[str],
    missing: type[CloudError],
    gone: str | None,
    reason: str,
    timeout: Duration,
) -> R:
    """Wait until it is in a state, with one look a poll.

    Args:
        thing: What to wait for.
        wanted: The state.
        states: Those that there are.
        dead_ends: Those from which the wanted one cannot come.
        missing: What says that it is not there.
        gone: The state that it has when it is not there. Default: then it fails.
        reason: Where AWS's reason for its state stands in an answer.
        timeout: Seconds, more than 0.
    """
    one_of("state", str(wanted), [str(each) for each in states])

    def look(waiting: Sequence[R]) -> Sequence[str]:
        return [_state_of(each) for each in waiting]

    def _state_of(each: R) -> str:
        try:
            return str(each.refresh().raw.get(STATE))
        except missing:
            if gone is None or wanted != gone:
                raise
            return gone

    wait_for_state(
        [thing],
        str(wanted),
        look=look,
        dead_ends=dead_ends,
        reason=lambda each: _text(each.raw, reason),
        timeout=timeout,
        clock=thing.cloud.clock,
    )
    return thing


def _text(said: Mapping[str, Any], path: str) -> str | None:
    found = dig(said, path)
    return None if found is None else str(found)
