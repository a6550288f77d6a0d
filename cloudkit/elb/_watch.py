"""When an unhealthy target is given up, and when it may still recover."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import define, field, frozen

from cloudkit._core.params import seconds
from cloudkit._core.waiting import wait_until
from cloudkit.elb._limits import UNHEALTHY_CHECKS, UNUSED_SECONDS
from cloudkit.elb.errors import TargetUnhealthy
from cloudkit.elb.health import Health, HealthTable, TargetHealth
from cloudkit.elb.kinds import SERVING, LoadBalancerState
from cloudkit.elb.target_group import TargetGroup
from cloudkit.errors import Conflict, WaitFailed, WaitTimeout
from cloudkit.types import Clock, Duration

# Reasons that do not pass by themselves.
_FINAL_REASONS = frozenset({"Target.InvalidState", "Target.IpUnusable", "Target.HealthCheckDisabled"})


@frozen
class Look:
    """What was seen of a load balancer and its targets at one moment.

    Attributes:
        at: When, in seconds of the clock.
        state: The state of the load balancer.
        reason: AWS's reason for that state.
        table: How the targets are.
    """

    at: float
    state: LoadBalancerState
    reason: str | None
    table: HealthTable

    @property
    def good(self) -> bool:
        """Whether requests get through to every target."""
        return self.state in SERVING and self.table.all_healthy


@define
class Watch:
    """Judges one look after another.

    A target is given up at once if its reason does not pass by itself (it is stopped, say). One that is `unhealthy`
    is given up when it was so in every look for as long as its group's patience; one that is `unused`, when it was so
    for 30 seconds. What is seen before the load balancer is active does not count, nor does a target that is leaving.
    """

    _name: str
    _patience: Mapping[str | None, float]
    _since: dict[tuple[object, ...], float] = field(factory=dict[tuple[object, ...], float])

    def check(self, look: Look) -> None:
        """Raise if this look, after those before it, leaves nothing to wait for."""
        if look.state == LoadBalancerState.FAILED:
            error = WaitFailed(
                f"it is failed, and cannot serve{f': {look.reason}' if look.reason else ''}",
                service="elbv2",
                resource=self._name,
            )
            error.reason = look.reason
            raise error
        if all(row.leaving for row in look.table):
            raise Conflict(
                "it has no targets to wait for",
                service="elbv2",
                resource=self._name,
                hint="balancer.add(instance) registers one",
            )
        lost = self.given_up(look)
        if lost:
            raise TargetUnhealthy.of(lost, resource=self._name)

    def given_up(self, look: Look) -> Sequence[TargetHealth]:
        """The targets that are not expected to become healthy."""
        before, self._since = self._since, {}
        lost: list[TargetHealth] = []
        for row in look.table:
            if row.healthy or row.leaving:
                continue
            if row.reason in _FINAL_REASONS:
                lost.append(row)
                continue
            limit = self._limit(row)
            if limit is None or look.state not in SERVING:
                continue
            key = (row.group, row.id, row.port, row.state)
            since = self._since[key] = before.get(key, look.at)
            if look.at - since >= limit:
                lost.append(row)
        return lost

    def _limit(self, row: TargetHealth) -> float | None:
        if row.state == Health.UNHEALTHY:
            return self._patience[row.group]
        return UNUSED_SECONDS if row.state == Health.UNUSED else None


def wait_until_healthy(
    name: str,
    look_up: Callable[[], tuple[LoadBalancerState, str | None]],
    target_groups: Iterable[TargetGroup],
    ids: Sequence[str],
    *,
    timeout: Duration,
    patience: Duration | None,
    clock: Clock,
) -> None:
    """Wait until a load balancer is active and its targets are healthy.

    Args:
        name: Its name.
        look_up: Asks for its state, and AWS's reason for that.
        target_groups: Its target groups; read once.
        ids: The targets; none for all.
        timeout: Seconds, more than 0.
        patience: Seconds that a target may be unhealthy; None for three health checks of its group.
        clock: Where time comes from.
    """
    groups: list[TargetGroup] = []
    limits: dict[str | None, float] = {}
    watch = Watch(name, limits)
    looks: list[Look] = []

    def poll() -> Look:
        last = looks[-1] if looks else None
        state, reason = (last.state, last.reason) if last is not None and last.state in SERVING else look_up()
        if last is None:
            groups.extend(target_groups)
            for group in groups:
                check = group.health_check
                limits[group.name] = (
                    UNHEALTHY_CHECKS * check.interval if patience is None else seconds(patience)
                )
        rows = tuple(row for group in groups for row in group.health(*ids))
        return Look(clock.now(), state, reason, HealthTable(rows))

    def check(look: Look) -> None:
        looks[:] = [look]
        watch.check(look)

    try:
        wait_until(
            poll,
            lambda look: look.good,
            timeout=timeout,
            clock=clock,
            what=f"{name} to be healthy",
            shown=lambda look: "; ".join(_pending(look)),
            check=check,
        )
    except WaitTimeout as error:
        error.pending = tuple(_pending(looks[0])) if looks else error.pending
        raise


def _pending(look: Look) -> Sequence[str]:
    """What is not there yet, an entry a thing."""
    waiting = [str(row) for row in look.table if not row.healthy and not row.leaving]
    return waiting if look.state in SERVING else [f"the load balancer is {look.state}", *waiting]
