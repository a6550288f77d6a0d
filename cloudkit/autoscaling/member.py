"""A member of a group: one of its instances, as the group sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen
from typing_extensions import override

from cloudkit._core.params import dig
from cloudkit.autoscaling.kinds import Lifecycle

_HEALTHY = "healthy"


@frozen
class Member:
    """One of a group's instances, as the group sees it.

    Attributes:
        id: The instance's id.
        zone: Its zone.
        type: Its instance type.
        lifecycle: Where it is on its way through the group.
        healthy: Whether the group takes it for healthy; else it is replaced.
        protected: Whether it stays when the group shrinks.
        template_version: The version of the launch template that it was launched with; None if it was with none.
    """

    id: str
    zone: str
    type: str | None
    lifecycle: Lifecycle
    healthy: bool
    protected: bool
    template_version: str | None

    @property
    def in_service(self) -> bool:
        """Whether it is in service, and healthy as far as the group knows."""
        return self.lifecycle == Lifecycle.IN_SERVICE and self.healthy

    @override
    def __str__(self) -> str:
        return f"{self.id} is {self.lifecycle}{'' if self.healthy else ', unhealthy'}"


def members_of(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Member, ...]:
    """The members that AWS's rows tell of."""
    return tuple(_member(row) for row in rows or ())


def _member(row: Mapping[str, Any]) -> Member:
    version = dig(row, "LaunchTemplate.Version")
    return Member(
        id=str(row["InstanceId"]),
        zone=str(row["AvailabilityZone"]),
        type=row.get("InstanceType"),
        lifecycle=Lifecycle(row["LifecycleState"]),
        healthy=str(row.get("HealthStatus", _HEALTHY)).lower() == _HEALTHY,
        protected=bool(row.get("ProtectedFromScaleIn")),
        template_version=None if version is None else str(version),
    )
