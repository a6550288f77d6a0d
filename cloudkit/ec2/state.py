"""The states of an instance."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cloudkit.types import OpenEnum


class InstanceState(OpenEnum):
    """What an instance can be."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"


STATES = tuple(str(state) for state in InstanceState)
ENDED = (InstanceState.SHUTTING_DOWN, InstanceState.TERMINATED)
LASTING = tuple(state for state in InstanceState if state not in ENDED)

# No state, but more than "running": AWS's two status checks are well.
OK = "ok"

_DEAD_ENDS: Mapping[str, Collection[str]] = {
    InstanceState.TERMINATED: (),
    InstanceState.SHUTTING_DOWN: (InstanceState.TERMINATED,),
    OK: (*ENDED, InstanceState.STOPPING, InstanceState.STOPPED),
}


def dead_ends(wanted: str) -> Collection[str]:
    """The states from which that one cannot come. A stopped instance may be started by anybody: that is no end.

    Only who waits for its checks has seen it start, and is told when it stops.
    """
    return _DEAD_ENDS.get(wanted, ENDED)
