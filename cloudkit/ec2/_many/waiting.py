"""Waiting for many instances, with one look a poll at those that are not there yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cloudkit._core.params import one_of
from cloudkit._core.resource import Resource
from cloudkit._core.waiting import wait_for_state
from cloudkit.ec2._limits import MAX_UNSEEN_LOOKS
from cloudkit.ec2._many.describing import describe, statuses
from cloudkit.ec2._many.member import M, by_cloud
from cloudkit.ec2.state import OK, STATES, InstanceState, dead_ends
from cloudkit.errors import Throttled
from cloudkit.types import Answer, Duration

_NOT_SHOWN = "not shown yet"
_THROTTLED = "not seen, since AWS is asked too much"


def wait_all(things: Iterable[M], state: str, *, timeout: Duration) -> tuple[M, ...]:
    """Wait until all of them are in a state, or `"ok"`.

    Raises:
        WaitTimeout: Some were not in time.
        WaitFailed: One can never be.
        Throttled: AWS is asked too much, four looks in a row.
        InvalidRequest: There is no such state.
    """
    instances = tuple(things)
    wanted = one_of("state", str(state), (*STATES, OK))
    if not instances:
        return instances

    unseen = 0  # looks in a row

    def look(waiting: Sequence[M]) -> Sequence[str]:
        nonlocal unseen
        try:
            found = _checks(waiting) if wanted == OK else _states(waiting, wanted)
        except Throttled:
            unseen += 1
            if unseen > MAX_UNSEEN_LOOKS:
                raise
            return [_THROTTLED] * len(waiting)  # the next look comes later, and later still
        unseen = 0
        return found

    wait_for_state(
        instances,
        wanted,
        look=look,
        dead_ends=dead_ends(wanted),
        reason=_reason,
        timeout=timeout,
        clock=instances[0].cloud.clock,
    )
    return instances


def look_at(things: Iterable[Resource], *, gone_is_fine: bool = False) -> None:
    """Load them all. One request for each 1,000 of a Cloud."""
    for cloud, near in by_cloud(things):
        found = describe(cloud, [str(each) for each in near], gone_is_fine=gone_is_fine)
        for each in near:
            each._learn(found.get(str(each), {}), whole=True)  # pyright: ignore[reportPrivateUsage]


def _states(waiting: Sequence[Resource], wanted: str) -> Sequence[str]:
    look_at(waiting, gone_is_fine=wanted == InstanceState.TERMINATED)
    return [_state(each) for each in waiting]


def _state(each: Resource) -> str:
    return str(each._known("State.Name") or _NOT_SHOWN)  # pyright: ignore[reportPrivateUsage]


def _checks(waiting: Sequence[Resource]) -> Sequence[str]:
    """`"ok"`, what the checks lack, or the state of one that does not run."""
    found: dict[Resource, Answer] = {}
    for cloud, near in by_cloud(waiting):
        rows = statuses(cloud, [str(each) for each in near])
        found.update({each: rows.get(str(each), {}) for each in near})
    seen = [_check(found[each]) for each in waiting]
    # The reason is in another answer.
    look_at(each for each, state in zip(waiting, seen, strict=True) if state in dead_ends(OK))
    return seen


def _check(row: Answer) -> str:
    state = row.get("InstanceState", {}).get("Name")
    if state is None:
        return _NOT_SHOWN
    if state != InstanceState.RUNNING:
        return str(state)
    system, own = _status(row, "SystemStatus"), _status(row, "InstanceStatus")
    return OK if system == own == OK else f"running, its checks are: system {system}, instance {own}"


def _status(row: Answer, name: str) -> Any:
    return row.get(name, {}).get("Status")


def _reason(each: Resource) -> str | None:
    known = each._known  # pyright: ignore[reportPrivateUsage]
    reason: str | None = known("StateReason.Message") or known("StateTransitionReason")
    return reason
