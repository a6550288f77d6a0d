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

_DEAD_ENDS: Mapping[str, Collection[str]] = {
    InstanceState.TERMINATED: (),
    InstanceState.SHUTTING_DOWN: (InstanceState.TERMINATED,),
}


def dead_ends(wanted: InstanceState) -> Collection[str]:
    """The states from which that one cannot come. A stopped instance may be started by anybody: that is no end."""
    return _DEAD_ENDS.get(wanted, ENDED)
