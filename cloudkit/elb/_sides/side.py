"""What a load balancer of either API can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cloudkit._core.tags import Tags
from cloudkit.elb.health import HealthTable
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.listener import Listener
from cloudkit.elb.target import TargetLike
from cloudkit.elb.target_group import TargetGroup
from cloudkit.types import Answer


class Registry(Protocol):
    """Where targets are registered: a target group, or a classic load balancer itself."""

    @property
    def name(self) -> str | None:
        """The name of the target group; None for a classic load balancer."""
        ...

    @property
    def health_check(self) -> HealthCheck:
        """How its targets are checked."""
        ...

    def register(self, *targets: TargetLike) -> None:
        """Give it targets."""
        ...

    def deregister(self, *targets: TargetLike) -> None:
        """Take targets away."""
        ...

    def health(self, *targets: TargetLike) -> HealthTable:
        """How its targets are."""
        ...


class Side(Protocol):
    """One load balancer, as its API knows it."""

    def load(self) -> Answer:
        """AWS's row of it."""
        ...

    def registries(self) -> Sequence[Registry]:
        """Where its targets are registered."""
        ...

    def target_groups(self) -> Sequence[TargetGroup]:
        """Its target groups; a classic one has none."""
        ...

    def listeners(self) -> Sequence[Listener]:
        """What it listens on."""
        ...

    def tags(self) -> Tags:
        """Its tags."""
        ...

    def delete(self) -> None:
        """Delete it; fine if it is not there."""
        ...
