"""Waiting until targets are healthy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudkit._core.deadline import limit_seconds
from cloudkit._core.params import seconds
from cloudkit._core.waiting import wait_until
from cloudkit.elb._limits import UNHEALTHY_CHECKS
from cloudkit.elb._watching.case import gave_up
from cloudkit.elb._watching.front import Front
from cloudkit.elb._watching.pool import Pool, is_one_of
from cloudkit.elb._watching.watch import Look, Watch
from cloudkit.elb.health import Health, HealthTable, TargetHealth
from cloudkit.elb.kinds import SERVING, LoadBalancerState
from cloudkit.elb.target import Target
from cloudkit.errors import WaitTimeout
from cloudkit.types import Duration

_NOT_REGISTERED = "Target.NotRegistered"


def wait_healthy(
    front: Front, targets: Sequence[Target], *, timeout: Duration, patience: Duration | None = None
) -> None:
    """Wait until a load balancer is active and its targets are healthy. A look is one request a pool.

    Args:
        front: The load balancer.
        targets: Which; none for all.
        timeout: Seconds, more than 0.
        patience: Seconds that a target may be unhealthy; None for three health checks of its group.
    """
    limit_seconds("timeout", timeout)
    pools: list[Pool] = []
    states: list[tuple[LoadBalancerState, str | None]] = []

    def state() -> tuple[LoadBalancerState, str | None]:
        if not states or states[0][0] not in SERVING:
            states[:] = [front.state()]
        return states[0]

    def table() -> HealthTable:
        if not pools:
            pools.extend(front.pools())
        rows = [row for pool in pools for row in pool.health()]
        return HealthTable(tuple(_those(rows, targets) if targets else rows))

    _wait(front, pools, state, table, timeout=timeout, patience=patience)


def wait_returned(
    front: Front,
    wanted: Sequence[tuple[Pool, Sequence[TargetHealth]]],
    *,
    timeout: Duration,
    patience: Duration | None,
) -> None:
    """Wait until targets that were just registered are healthy. A look is one request a pool.

    Args:
        front: The load balancer, which is active.
        wanted: What was registered, and where.
        timeout: Seconds, more than 0.
        patience: As in `wait_healthy`.
    """

    def table() -> HealthTable:
        return HealthTable(tuple(row for pool, rows in wanted for row in _seats(pool.health(), rows)))

    _wait(
        front,
        [pool for pool, _ in wanted],
        lambda: (LoadBalancerState.ACTIVE, None),
        table,
        timeout=timeout,
        patience=patience,
    )


def _those(rows: Sequence[TargetHealth], targets: Sequence[Target]) -> Sequence[TargetHealth]:
    """The rows of those targets, and one for each that has none."""
    # Picked here: AWS says `unused` of a target whose port is not named with it, if that is not the group's.
    found = [row for row in rows if is_one_of(row, targets)]
    missing = [each for each in targets if not any(is_one_of(row, [each]) for row in found)]
    return [*found, *(_absent(each.id, each.port, None) for each in missing)]


def _seats(table: HealthTable, wanted: Sequence[TargetHealth]) -> Sequence[TargetHealth]:
    """How those that were registered are: what is still shown as leaving, or not at all, is not there yet."""
    found = {(row.id, row.port): row for row in table if not row.leaving}
    return [found.get((row.id, row.port)) or _absent(row.id, row.port, row.group) for row in wanted]


def _absent(target: str, port: int | None, group: str | None) -> TargetHealth:
    return TargetHealth(target, port, Health.UNUSED, _NOT_REGISTERED, "it is not registered", group)


def _wait(
    front: Front,
    pools: Sequence[Pool],
    state: Callable[[], tuple[LoadBalancerState, str | None]],
    table: Callable[[], HealthTable],
    *,
    timeout: Duration,
    patience: Duration | None,
) -> None:
    limits: dict[str | None, float] = {}
    watch = Watch(front.name, limits)
    looks: list[Look] = []
    lost: list[TargetHealth] = []

    def poll() -> Look:
        now, reason = state()
        rows = table()
        for pool in pools if not limits else ():
            limits[pool.group] = (
                UNHEALTHY_CHECKS * pool.check.interval if patience is None else seconds(patience)
            )
        return Look(front.cloud.clock.now(), now, reason, rows)

    def judge(look: Look) -> None:
        looks[:] = [look]
        lost[:] = [] if look.good else watch.check(look)

    def done(look: Look) -> bool:
        judge(look)
        return look.good or bool(lost)

    try:
        wait_until(
            poll,
            done,
            timeout=timeout,
            clock=front.cloud.clock,
            what=f"{front.name} to be healthy",
            shown=lambda look: "; ".join(look.pending),
        )
    except WaitTimeout as error:
        error.pending = tuple(looks[0].pending) if looks else error.pending
        raise
    if lost:
        raise gave_up(lost, front, pools)
