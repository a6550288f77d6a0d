"""What network load balancers alone have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import define

from cloudkit.elb._making.wanted import HasAllocationId, checked_addresses
from cloudkit.elb._sides import addressing
from cloudkit.elb._sides.addressing import StaticAddress
from cloudkit.elb._sides.v2 import V2
from cloudkit.elb.kinds import Kind, Scheme
from cloudkit.elb.target import HasId


@define(eq=False, repr=False)
class Network:
    """What a network load balancer alone has: `balancer.network`.

    Examples:
        >>> LoadBalancer("fast").network.addresses()
        []

    AWS: none
    """

    _side: V2
    # Lets the load balancer forget what it knew of itself.
    _changed: Callable[[], object]

    def addresses(self) -> Sequence[StaticAddress]:
        """Its static addresses: those that it was given, one in each zone at most. One request.

        `LoadBalancer.create("fast", kind="network", subnets={subnet: elastic_ip})` gives some. The others have an
        address of AWS's own, which stays as long as the load balancer and is found by its DNS name.

        Returns:
            The addresses.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [address.ip for address in LoadBalancer("fast").network.addresses()]
            []

        AWS: elbv2:DescribeLoadBalancers
        """
        return addressing.addresses_in(self._side.load())

    def add_subnets(self, subnets: Mapping[HasId | str, HasAllocationId | str]) -> None:
        """Let it stand in more zones, with a static address in each. Two requests; what it has stays.

        `balancer.update(subnets=...)` is for subnets without such addresses.

        Args:
            subnets: The subnets, one in each zone, each with an `ElasticIP` or its allocation id; for an internal load
                balancer with a private address of the subnet.

        Raises:
            InvalidRequest: What AWS takes for no such address; a subnet in a zone that it stands in already.
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> address = ElasticIP.allocate()
            >>> LoadBalancer("fast").network.add_subnets({third_subnet: address})

        AWS: elbv2:DescribeLoadBalancers, elbv2:SetSubnets
        """
        row = self._side.load()
        addressing.add(self._side, row, checked_addresses(subnets, Kind.NETWORK, Scheme(row["Scheme"])))
        self._changed()
