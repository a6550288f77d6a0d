"""A load balancer as its settings need it: its ARN, its kind, and the way there."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit.elb._naming import balancer_name
from cloudkit.elb.kinds import Kind

_KINDS = {"app": Kind.APPLICATION, "net": Kind.NETWORK, "gwy": Kind.GATEWAY}
# arn : partition : elasticloadbalancing : region : account : loadbalancer/app/web/50dc6c495c0c9188
_PARTITION, _REGION, _ACCOUNT = 1, 3, 4


@frozen
class Seat:
    """A load balancer, by its ARN and its kind."""

    arn: str
    kind: Kind
    cloud: Cloud

    @classmethod
    def at(cls, arn: str, cloud: Cloud, look: Callable[[], Kind]) -> Seat:
        """The one at that ARN.

        Args:
            arn: The ARN, which tells the kind. But moto makes those of application load balancers for all kinds.
            cloud: Where it lives.
            look: Asks AWS for the kind.
        """
        found = kind_in(arn)
        return cls(arn, look() if found == Kind.APPLICATION else found, cloud)

    @property
    def id(self) -> str:
        """What AWS names it by in logs and metrics: `app/web/50dc6c495c0c9188`, or the name of a classic one."""
        return self.arn.partition(":loadbalancer/")[2]

    @property
    def name(self) -> str:
        """Its name."""
        return balancer_name(self.arn)[0]

    @property
    def partition(self) -> str:
        """The part of AWS that it is in."""
        return self.arn.split(":")[_PARTITION]

    @property
    def region(self) -> str:
        """The region that it is in."""
        return self.arn.split(":")[_REGION]

    @property
    def account(self) -> str:
        """The number of the account that it is of."""
        return self.arn.split(":")[_ACCOUNT]


def kind_in(arn: str) -> Kind:
    """The kind that the ARN of a load balancer tells."""
    head, slash, _ = arn.partition(":loadbalancer/")[2].partition("/")
    return _KINDS.get(head, Kind(head)) if slash else Kind.CLASSIC
