"""Beginning an instance refresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudkit._core.params import compact, one_of, whole_seconds, within
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import (
    MAX_BAKE_SECONDS,
    MAX_CHECKPOINT_SECONDS,
    MAX_HEALTHY_SPAN,
    MAX_OVER_PERCENT,
    MAX_PERCENT,
    MAX_REFRESH_ALARMS,
    MAX_SECONDS,
)
from cloudkit.autoscaling.refresh import ACTIVE, InstanceRefresh
from cloudkit.cloudwatch import Alarm
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.types import Duration

_LEFT_ALONE = {"ignore": "Ignore", "wait": "Wait"}
_PROTECTED = {**_LEFT_ALONE, "replace": "Refresh"}
_STANDBY = {**_LEFT_ALONE, "terminate": "Terminate"}


def preferences(
    *,
    min_healthy: int | None,
    max_healthy: int | None,
    warm_up: Duration | None,
    skip_matching: bool | None,
    checkpoints: Sequence[int] | None,
    checkpoint_delay: Duration | None,
    bake: Duration | None,
    roll_back: bool | None,
    alarms: Iterable[Alarm | str],
    protected: str | None,
    standby: str | None,
) -> dict[str, Any] | None:
    """RefreshPreferences, as far as they are given; None if nothing is."""
    if min_healthy is not None:
        within("min_healthy", min_healthy, 0, MAX_PERCENT, "percent")
    if max_healthy is not None:
        within("max_healthy", max_healthy, MAX_PERCENT, MAX_OVER_PERCENT, "percent")
        if min_healthy is None or max_healthy - min_healthy > MAX_HEALTHY_SPAN:
            raise InvalidRequest(
                f"max_healthy={max_healthy} goes with a min_healthy that is at most {MAX_HEALTHY_SPAN} less"
            )
    steps = None if checkpoints is None else [*checkpoints]
    if steps is not None and (
        steps != sorted(set(steps)) or not all(1 <= each <= MAX_PERCENT for each in steps)
    ):
        raise InvalidRequest(
            f"checkpoints={steps}: they are percents that grow, up to {MAX_PERCENT}", hint="[25, 50, 100]"
        )
    if checkpoint_delay is not None and steps is None:
        raise InvalidRequest("checkpoint_delay= without checkpoints=", hint="checkpoints=[50, 100]")
    names = [str(each) for each in alarms]
    if len(names) > MAX_REFRESH_ALARMS:
        raise InvalidRequest(f"{len(names)} alarms: a refresh looks at {MAX_REFRESH_ALARMS} at most")
    found = compact(
        {
            "MinHealthyPercentage": min_healthy,
            "MaxHealthyPercentage": max_healthy,
            "InstanceWarmup": whole_seconds("warm_up", warm_up, 0, MAX_SECONDS),
            "SkipMatching": skip_matching,
            "CheckpointPercentages": steps,
            "CheckpointDelay": whole_seconds("checkpoint_delay", checkpoint_delay, 0, MAX_CHECKPOINT_SECONDS),
            "BakeTime": whole_seconds("bake", bake, 0, MAX_BAKE_SECONDS),
            "AutoRollback": roll_back,
            "AlarmSpecification": {"Alarms": names} if names else None,
            "ScaleInProtectedInstances": None
            if protected is None
            else _PROTECTED[one_of("protected", protected, [*_PROTECTED])],
            "StandbyInstances": None
            if standby is None
            else _STANDBY[one_of("standby", standby, [*_STANDBY])],
        }
    )
    return found or None


def begin(
    group: GroupAddress,
    chosen: Mapping[str, Any] | None,
    desired: Mapping[str, Any] | None,
    aws: Mapping[str, Any] | None,
) -> InstanceRefresh:
    """Begin one. One request; where its answer was lost, one more that finds it."""
    try:
        answer = group._call(  # pyright: ignore[reportPrivateUsage]
            "start_instance_refresh",
            aws=aws,
            AutoScalingGroupName=group.name,
            Preferences=chosen,
            DesiredConfiguration=desired or None,
        )
    except Conflict as error:
        if error.code != "InstanceRefreshInProgress" or error.attempts == 1:
            raise
        # The first try has begun it.
        for each in InstanceRefresh.list(group):
            if each.status in ACTIVE:
                return each
        raise
    finally:
        group._unlearn()  # pyright: ignore[reportPrivateUsage]
    return InstanceRefresh(group, answer["InstanceRefreshId"], cloud=group.cloud)
