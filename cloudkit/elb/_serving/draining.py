"""Taking targets out of service, and waiting until they have finished their requests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from cloudkit._core.deadline import limit_seconds
from cloudkit._core.waiting import wait_until
from cloudkit.elb._limits import DRAIN_MARGIN_SECONDS
from cloudkit.elb._watching.front import Front
from cloudkit.elb._watching.pool import Pool, is_one_of
from cloudkit.elb.health import Health, HealthTable, TargetHealth
from cloudkit.elb.target import Target
from cloudkit.errors import InvalidRequest, WaitTimeout
from cloudkit.types import Duration

Seen: TypeAlias = Sequence[tuple[Pool, HealthTable]]
"""What was seen of each pool at one moment."""

_NOT_TAKEN = "InvalidTarget"
_NOT_REGISTERED = "Target.NotRegistered"


def look(pools: Sequence[Pool]) -> Seen:
    """How the targets of those pools are. One request a pool."""
    return [(pool, pool.health()) for pool in pools]


def those(seen: Seen, targets: Collection[Target], *, leaving: bool) -> Seen:
    """Those targets, where there are any; with `leaving`, those too that are on their way out."""
    found = [
        (
            pool,
            HealthTable(
                tuple(row for row in table if is_one_of(row, targets) and _counts(row, leaving=leaving))
            ),
        )
        for pool, table in seen
    ]
    return [(pool, table) for pool, table in found if table]


def _counts(row: TargetHealth, *, leaving: bool) -> bool:
    registered = row.reason != _NOT_REGISTERED
    return registered and (leaving or not row.leaving)


def drain(front: Front, targets: Collection[Target], *, timeout: Duration | None) -> None:
    """Deregister targets and wait until they have finished. One request a pool to see them, and those of the steps."""
    if timeout is not None:
        limit_seconds("timeout", timeout)
    seen = look(front.pools())
    for pool, table in those(seen, targets, leaving=False):
        deregister(pool, table)
    wait_drained(front, those(seen, targets, leaving=True), timeout=timeout)


def deregister(pool: Pool, rows: Sequence[TargetHealth]) -> None:
    """Take targets from a pool. One request; two more if AWS refuses one of them, since that is gone by now."""
    try:
        pool.deregister(rows)
    except InvalidRequest as error:
        if error.code != _NOT_TAKEN:
            raise
        there = {(row.id, row.port) for row in pool.health() if not row.leaving}
        left = [row for row in rows if (row.id, row.port) in there]
        if len(left) == len(rows):
            raise
        if left:
            pool.deregister(left)


def delay_of(pools: Sequence[Pool]) -> float:
    """How long it takes at most until all of those have drained. One request a pool."""
    return max((pool.drain_seconds() for pool in pools), default=0.0) + DRAIN_MARGIN_SECONDS


def wait_drained(front: Front, wanted: Seen, *, timeout: Duration | None) -> None:
    """Wait until targets are gone, or unused. A look is one request for each pool that still has one of them.

    Args:
        front: The load balancer.
        wanted: What was deregistered.
        timeout: Seconds. Default: what the pools say, one request each, and a margin.
    """
    left: dict[int, HealthTable] = dict(enumerate(table for _, table in wanted))
    if not left:
        return

    def poll() -> dict[int, HealthTable]:
        return {at: _still(wanted[at][0].health(), wanted[at][1]) for at in left}

    def done(seen: dict[int, HealthTable]) -> bool:
        left.clear()
        left.update({at: table for at, table in seen.items() if table})
        return not left

    def pending() -> Sequence[str]:
        return [str(row) for table in left.values() for row in table]

    try:
        wait_until(
            poll,
            done,
            timeout=delay_of([pool for pool, _ in wanted]) if timeout is None else timeout,
            clock=front.cloud.clock,
            what=f"targets of {front.name} to be drained",
            shown=lambda _: "; ".join(pending()),
        )
    except WaitTimeout as error:
        error.pending = tuple(pending())
        raise


def _still(table: HealthTable, wanted: HealthTable) -> HealthTable:
    """Those of the wanted that are not out yet: one that AWS does not show any more is."""
    seats = {(row.id, row.port) for row in wanted}
    return HealthTable(
        tuple(row for row in table if (row.id, row.port) in seats and row.state != Health.UNUSED)
    )
