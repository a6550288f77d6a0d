"""When an unhealthy target is given up, and when it may still recover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, field, frozen

from cloudkit.elb._limits import UNUSED_SECONDS
from cloudkit.elb.health import UNWELL, Health, HealthTable, TargetHealth
from cloudkit.elb.kinds import SERVING, LoadBalancerState
from cloudkit.errors import Conflict, WaitFailed

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

    @property
    def pending(self) -> Sequence[str]:
        """What is not there yet, an entry a thing."""
        waiting = [str(row) for row in self.table.unhealthy]
        return waiting if self.state in SERVING else [f"the load balancer is {self.state}", *waiting]


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

    def check(self, look: Look) -> Sequence[TargetHealth]:
        """The targets that are not expected to become healthy.

        Raises:
            WaitFailed: The load balancer has failed.
            Conflict: There is nothing to wait for.
        """
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
        return self.given_up(look)

    def given_up(self, look: Look) -> Sequence[TargetHealth]:
        """The targets that are not expected to become healthy."""
        before, self._since = self._since, {}
        lost: list[TargetHealth] = []
        for row in look.table.unhealthy:
            if row.reason in _FINAL_REASONS:
                lost.append(row)
                continue
            limit = self._limit(row)
            if limit is None or look.state not in SERVING:
                continue
            key = (row.group, row.id, row.port, row.state in UNWELL)
            since = self._since[key] = before.get(key, look.at)
            if look.at - since >= limit:
                lost.append(row)
        return lost

    def _limit(self, row: TargetHealth) -> float | None:
        if row.state in UNWELL:
            return self._patience[row.group]
        return UNUSED_SECONDS if row.state == Health.UNUSED else None
