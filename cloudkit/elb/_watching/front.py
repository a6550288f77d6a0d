"""What a load balancer is to those who look after its targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit.elb._sides.side import Registry
from cloudkit.elb._watching.pool import Pool, pools_of
from cloudkit.elb.kinds import LoadBalancerState


@frozen
class Front:
    """A load balancer, of whatever kind.

    Attributes:
        name: Its name.
        cloud: Where it lives.
        state: Asks for its state, and AWS's reason for that. One request.
        zones: The zones that it is in.
        security_groups: The ids of its security groups.
        registries: Finds where its targets are registered. One request, or two.
    """

    name: str
    cloud: Cloud
    state: Callable[[], tuple[LoadBalancerState, str | None]]
    zones: Callable[[], Sequence[str]]
    security_groups: Callable[[], Sequence[str]]
    registries: Callable[[], Sequence[Registry]]

    def pools(self) -> Sequence[Pool]:
        """What its targets are registered in. One request, or two."""
        return pools_of(self.registries())
