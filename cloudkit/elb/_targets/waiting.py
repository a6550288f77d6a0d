"""Waiting for targets of one group: until they are healthy, and until they are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudkit._core.params import seconds
from cloudkit._core.waiting import wait_until
from cloudkit.elb._address import TargetGroupAddress
from cloudkit.elb._limits import DRAIN_MARGIN_SECONDS
from cloudkit.elb._service import ELBV2
from cloudkit.elb._targets.registering import health
from cloudkit.elb.health import Health, TargetHealth
from cloudkit.elb.kinds import LoadBalancerState
from cloudkit.elb.target import Target
from cloudkit.errors import WaitTimeout
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.elb.target_group import TargetGroup

_GONE = "Target.NotRegistered"


def until_healthy(
    group: TargetGroup, targets: Sequence[Target], *, timeout: Duration, patience: Duration | None
) -> None:
    """Wait until targets of a group are healthy; see `TargetGroup.wait_healthy`."""
    # Those who watch load balancers know target groups.
    from cloudkit.elb._watching.front import Front
    from cloudkit.elb._watching.waiting import wait_healthy

    balancer: dict[str, Any] = {}

    def state() -> tuple[LoadBalancerState, str | None]:
        balancer.update(_balancer(group))
        told: Mapping[str, Any] = balancer.get("State") or {}
        # Without a load balancer there is none to wait for; AWS says `unused` of the targets.
        return LoadBalancerState(told.get("Code", LoadBalancerState.ACTIVE)), told.get("Reason")

    front = Front(
        group.name,
        group.cloud,
        state,
        lambda: [str(zone["ZoneName"]) for zone in balancer.get("AvailabilityZones", ())],
        lambda: balancer.get("SecurityGroups", ()),
        lambda: [group],
    )
    wait_healthy(front, targets, timeout=timeout, patience=patience)


def _balancer(group: TargetGroupAddress) -> Mapping[str, Any]:
    """AWS's row of the load balancer that a group is behind; empty if it is behind none. Two requests."""
    arns = group.refresh().load_balancer_arns
    if not arns:
        return {}
    params = {"LoadBalancerArns": [arns[0]]}
    found = group.cloud.invoke(ELBV2, "describe_load_balancers", params, about=group.name)
    row: Mapping[str, Any] = found["LoadBalancers"][0]
    return row


def until_drained(group: TargetGroupAddress, targets: Sequence[Target], *, timeout: Duration | None) -> None:
    """Wait until targets have left a group; see `TargetGroup.wait_drained`."""
    limit = group.drain_delay + DRAIN_MARGIN_SECONDS if timeout is None else seconds(timeout)
    wanted = {(each.id, each.port) for each in targets}
    left: list[str] = []

    def here(row: TargetHealth) -> bool:
        if not wanted:
            return row.state == Health.DRAINING
        return row.reason != _GONE and bool(wanted & {(row.id, row.port), (row.id, None)})

    def poll() -> Sequence[TargetHealth]:
        return [row for row in health(group, ()) if here(row)]

    def shown(rows: Sequence[TargetHealth]) -> str:
        left[:] = [str(row) for row in rows]
        return "; ".join(left)

    try:
        wait_until(
            poll,
            lambda rows: not rows,
            timeout=limit,
            clock=group.cloud.clock,
            what=f"targets to leave {group.name}",
            shown=shown,
        )
    except WaitTimeout as error:
        error.pending = tuple(left) or error.pending
        raise
