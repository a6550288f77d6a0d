"""Deleting a group: with its instances, past what is under way, and until it is gone."""

from __future__ import annotations

from cloudkit._core.waiting import wait_until
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._refusals import DELETED_HINT
from cloudkit.errors import Conflict, NotFound
from cloudkit.types import Duration

_IN_PROGRESS = frozenset({"ScalingActivityInProgress", "ResourceContention"})
_IN_USE = "ResourceInUse"
_ACCEPTED = "accepted"
_GONE = "gone"


def delete(group: GroupAddress, *, force: bool, wait: bool, timeout: Duration) -> None:
    """Delete it; fine if it is gone."""
    passing = _IN_PROGRESS | ({_IN_USE} if force else frozenset[str]())

    def send() -> str:
        try:
            group._call(  # pyright: ignore[reportPrivateUsage]
                "delete_auto_scaling_group", AutoScalingGroupName=group.name, ForceDelete=force or None
            )
        except NotFound:
            return _GONE
        except Conflict as error:
            if error.hint == DELETED_HINT:
                return _ACCEPTED
            if error.code not in passing:
                raise
            return error.message
        return _ACCEPTED

    try:
        said = wait_until(
            send,
            lambda said: said in (_ACCEPTED, _GONE),
            timeout=timeout,
            clock=group.cloud.clock,
            what=f"{group} to be let go of",
        )
        if wait and said != _GONE:
            wait_gone(group, timeout)
    finally:
        group._unlearn()  # pyright: ignore[reportPrivateUsage]


def wait_gone(group: GroupAddress, timeout: Duration) -> None:
    """Wait until it is not there any more, and with it its instances."""

    def look() -> str:
        try:
            group.refresh()
        except NotFound:
            return _GONE
        left = len(group._members or ())  # pyright: ignore[reportPrivateUsage]
        return f"{group.status or 'there'}, with {left} instances"

    wait_until(
        look,
        lambda seen: seen == _GONE,
        timeout=timeout,
        clock=group.cloud.clock,
        what=f"{group} to be gone",
    )
