"""Instances that join a group, leave it, or stand by."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import partial
from typing import cast

from cloudkit._core.batching import split
from cloudkit._core.deadline import clean_up_time
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import MAX_INSTANCES_PER_CALL, MAX_PROTECTED_PER_CALL
from cloudkit.autoscaling._refusals import unless
from cloudkit.autoscaling._waiting import wait_lifecycle
from cloudkit.autoscaling.kinds import Lifecycle
from cloudkit.ec2 import Instance
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

# In standby, or on its way; and out of the group, or on its way.
_IN = frozenset({Lifecycle.ENTERING_STANDBY, Lifecycle.STANDBY})
_LEFT = frozenset({None, Lifecycle.DETACHING, Lifecycle.DETACHED})


def ids_of(instances: Iterable[Instance | str]) -> Sequence[str]:
    """The ids of instances, each once."""
    found: list[str] = []
    for each in instances:
        if not isinstance(cast("object", each), (Instance, str)) or not str(each):
            raise InvalidRequest(
                f"{each!r} is neither an instance nor the id of one", hint="group.attach(box)"
            )
        found.append(each.id if isinstance(each, Instance) else each)
    return tuple(dict.fromkeys(found))


def _lifecycles(group: GroupAddress) -> dict[str, Lifecycle]:
    group.refresh()
    return {each.id: each.lifecycle for each in group._members or ()}  # pyright: ignore[reportPrivateUsage]


def _each_batch(
    group: GroupAddress,
    ids: Sequence[str],
    send: Callable[[list[str]], object],
    done: Callable[[Lifecycle | None], bool],
) -> None:
    """Send them in batches; of one that AWS refuses, those that are not as wanted, if others are.

    Args:
        group: The group.
        ids: The instances.
        send: Makes the call for some.
        done: Whether an instance in that state is as wanted; None is that of one that is not in the group.
    """
    for batch in split(ids, most=MAX_INSTANCES_PER_CALL):
        left: list[str] = []

        def some_done(batch: list[str] = batch, left: list[str] = left) -> bool:
            states = _lifecycles(group)
            left[:] = [each for each in batch if not done(states.get(each))]
            return len(left) < len(batch)

        unless(partial(send, batch), some_done)
        if left:
            send(left)
    group._unlearn()  # pyright: ignore[reportPrivateUsage]


def attach(group: GroupAddress, ids: Sequence[str]) -> None:
    """Let instances join; the group grows by as many. One request for each 20."""
    _each_batch(
        group,
        ids,
        lambda batch: group._call(  # pyright: ignore[reportPrivateUsage]
            "attach_instances", AutoScalingGroupName=group.name, InstanceIds=batch
        ),
        lambda state: state is not None,
    )


def detach(group: GroupAddress, ids: Sequence[str], *, replace: bool) -> None:
    """Let instances leave, and go on by themselves. One request for each 20."""
    _each_batch(
        group,
        ids,
        lambda batch: group._call(  # pyright: ignore[reportPrivateUsage]
            "detach_instances",
            AutoScalingGroupName=group.name,
            InstanceIds=batch,
            ShouldDecrementDesiredCapacity=not replace,
        ),
        lambda state: state in _LEFT,
    )


def terminate(group: GroupAddress, ids: Sequence[str], *, replace: bool) -> None:
    """End instances. One request each."""
    for each in ids:
        unless(partial(_terminate, group, each, replace), partial(_is_leaving, group, each))
    group._unlearn()  # pyright: ignore[reportPrivateUsage]


def _terminate(group: GroupAddress, id: str, replace: bool) -> None:
    group._call(  # pyright: ignore[reportPrivateUsage]
        "terminate_instance_in_auto_scaling_group",
        InstanceId=id,
        ShouldDecrementDesiredCapacity=not replace,
    )


def _is_leaving(group: GroupAddress, id: str) -> bool:
    state = _lifecycles(group).get(id)
    return state is None or str(state).startswith(Lifecycle.TERMINATING.value)


def protect(group: GroupAddress, ids: Sequence[str], *, on: bool) -> None:
    """Let instances stay when the group shrinks, or not. One request for each 50."""
    for batch in split(ids, most=MAX_PROTECTED_PER_CALL):
        group._call(  # pyright: ignore[reportPrivateUsage]
            "set_instance_protection",
            AutoScalingGroupName=group.name,
            InstanceIds=batch,
            ProtectedFromScaleIn=on,
        )
    group._unlearn()  # pyright: ignore[reportPrivateUsage]


@contextmanager
def standing_by(
    group: GroupAddress, ids: Sequence[str], *, replace: bool, timeout: Duration
) -> Generator[None]:
    """A block in which instances stand by."""
    try:
        _each_batch(
            group,
            ids,
            lambda batch: group._call(  # pyright: ignore[reportPrivateUsage]
                "enter_standby",
                AutoScalingGroupName=group.name,
                InstanceIds=batch,
                ShouldDecrementDesiredCapacity=not replace,
            ),
            lambda state: state in _IN,
        )
        _wait(group, ids, Lifecycle.STANDBY, timeout)
        yield
    finally:
        with clean_up_time():
            _each_batch(
                group,
                ids,
                lambda batch: group._call(  # pyright: ignore[reportPrivateUsage]
                    "exit_standby", AutoScalingGroupName=group.name, InstanceIds=batch
                ),
                lambda state: state not in _IN,
            )
    _wait(group, ids, Lifecycle.IN_SERVICE, timeout)


def _wait(group: GroupAddress, ids: Sequence[str], state: Lifecycle, timeout: Duration) -> None:
    if ids:
        wait_lifecycle(group, ids, str(state), timeout)
