"""What targets are registered in: a target group, or a classic load balancer itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import dig
from cloudkit.elb._limits import TARGETS_PER_CALL
from cloudkit.elb._service import ELB, ELBV2
from cloudkit.elb._sides.classic import Classic
from cloudkit.elb._sides.side import Registry
from cloudkit.elb.health import HealthTable, TargetHealth, entry_of
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.target import Target
from cloudkit.elb.target_group import TargetGroup

_DELAY = "deregistration_delay.timeout_seconds"


def is_one_of(row: TargetHealth, targets: Iterable[Target]) -> bool:
    """Whether a row is about one of those targets; a target without a port is meant on all of its ports."""
    return any(row.id == each.id and each.port in (None, row.port) for each in targets)


class Pool(Protocol):
    """Targets that are registered, checked and drained together."""

    @property
    def group(self) -> str | None:
        """The target group's name; None if there is none."""
        ...

    @property
    def check(self) -> HealthCheck:
        """How its targets are checked. One request at most."""
        ...

    def health(self) -> HealthTable:
        """How its targets are, those that are leaving included. One request."""
        ...

    def register(self, rows: Sequence[TargetHealth]) -> None:
        """Register targets as they were, with port and zone. One request."""
        ...

    def deregister(self, rows: Sequence[TargetHealth]) -> None:
        """Take targets away, from the ports that they have there. One request."""
        ...

    def drain_seconds(self) -> float:
        """How long a target finishes its requests at most. One request."""
        ...


class GroupPool:
    """A target group."""

    def __init__(self, group: TargetGroup) -> None:
        self._group = group

    @property
    def group(self) -> str:
        """As in `Pool`."""
        return self._group.name

    @property
    def check(self) -> HealthCheck:
        """As in `Pool`. No request: listings tell of it."""
        return self._group.health_check

    def health(self) -> HealthTable:
        """As in `Pool`."""
        return self._group.health()

    def register(self, rows: Sequence[TargetHealth]) -> None:
        """As in `Pool`."""
        self._change("register_targets", rows)

    def deregister(self, rows: Sequence[TargetHealth]) -> None:
        """As in `Pool`."""
        self._change("deregister_targets", rows)

    def _change(self, operation: str, rows: Sequence[TargetHealth]) -> None:
        for batch in split([entry_of(row) for row in rows], most=TARGETS_PER_CALL):
            params = {"TargetGroupArn": self._group.arn, "Targets": batch}
            self._cloud.invoke(ELBV2, operation, params, about=self.group)

    def drain_seconds(self) -> float:
        """As in `Pool`."""
        params = {"TargetGroupArn": self._group.arn}
        answer = self._cloud.invoke(ELBV2, "describe_target_group_attributes", params, about=self.group)
        found = {row["Key"]: row.get("Value") for row in answer.get("Attributes", ())}
        return float(found.get(_DELAY) or 0)  # a group of a Lambda function has none

    @property
    def _cloud(self) -> Cloud:
        return self._group.cloud


class ClassicPool:
    """A classic load balancer."""

    def __init__(self, side: Classic) -> None:
        self._side = side
        self._check: HealthCheck | None = None

    @property
    def group(self) -> None:
        """As in `Pool`."""
        return

    @property
    def check(self) -> HealthCheck:
        """As in `Pool`."""
        if self._check is None:
            self._check = self._side.health_check
        return self._check

    def health(self) -> HealthTable:
        """As in `Pool`."""
        return self._side.health()

    def register(self, rows: Sequence[TargetHealth]) -> None:
        """As in `Pool`. One request more shows which it has."""
        self._side.register(*(row.id for row in rows))

    def deregister(self, rows: Sequence[TargetHealth]) -> None:
        """As in `Pool`."""
        self._side.deregister(*(row.id for row in rows))

    def drain_seconds(self) -> float:
        """As in `Pool`: nothing, if connection draining is off."""
        name = self._side.balancer
        params = {"LoadBalancerName": name}
        answer = self._side.cloud.invoke(ELB, "describe_load_balancer_attributes", params, about=name)
        draining: Mapping[str, Any] = dig(answer, "LoadBalancerAttributes.ConnectionDraining") or {}
        return float(draining.get("Timeout") or 0) if draining.get("Enabled") else 0.0


def pools_of(registries: Sequence[Registry]) -> Sequence[Pool]:
    """Where targets are registered, as pools."""
    return [
        ClassicPool(each) if isinstance(each, Classic) else GroupPool(each)
        for each in registries
        if isinstance(each, (Classic, TargetGroup))
    ]
