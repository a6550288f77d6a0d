"""What classic load balancers alone have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import define

from cloudkit.elb._sides import cookies, zoning
from cloudkit.elb._sides.checking import classic_health_check
from cloudkit.elb._sides.classic import Classic as Side, instances_in
from cloudkit.elb._sides.cookies import CookieStickiness
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.target import HasId, checked_port, ids_of
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration


@define(eq=False, repr=False)
class Classic:
    """What a classic load balancer alone has: `balancer.classic`.

    Examples:
        >>> LoadBalancer("veteran").classic.health_check.path
        '/'

    AWS: none
    """

    _side: Side
    # Lets the load balancer forget what it knew of itself.
    _changed: Callable[[], object]

    @property
    def health_check(self) -> HealthCheck:
        """How its instances are checked; may be set, where `codes` is 200 alone. One request each way, or two."""
        return classic_health_check(self._side.load())

    @health_check.setter
    def health_check(self, check: HealthCheck) -> None:
        self._side.check_by(check)
        self._changed()

    def instances(self) -> Sequence[str]:
        """The ids of the instances that are registered, those that are out of service included. One request.

        Returns:
            The ids.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("veteran").classic.instances() == [box.id]
            True

        AWS: elb:DescribeLoadBalancers
        """
        return instances_in(self._side.load())

    # -- where it stands -------------------------------------------------------------------------------------

    def enable_zones(self, *zones: str) -> Sequence[str]:
        """Let it stand in more zones of the region's default VPC; those that it has are fine. One request.

        Args:
            *zones: Such as `"us-east-1b"`.

        Returns:
            All zones that it stands in now.

        Raises:
            InvalidRequest: A zone that is not of this region, or it is in another VPC: `attach_subnets` then.

        Examples:
            >>> "us-east-1b" in LoadBalancer("veteran").classic.enable_zones("us-east-1b")
            True

        AWS: elb:EnableAvailabilityZonesForLoadBalancer
        """
        found = zoning.enable(self._side, _some("zone", zones))
        self._changed()
        return found

    def disable_zones(self, *zones: str) -> Sequence[str]:
        """Take it out of zones of the region's default VPC; those that it has not are fine. One request, or two.

        Instances there are out of service from now on.

        Args:
            *zones: Such as `"us-east-1b"`.

        Returns:
            The zones that it still stands in.

        Raises:
            InvalidRequest: It would stand in none.

        Examples:
            >>> "us-east-1b" in LoadBalancer("veteran").classic.disable_zones("us-east-1b")
            False

        AWS: elb:DisableAvailabilityZonesForLoadBalancer
        """
        found = zoning.disable(self._side, _some("zone", zones))
        self._changed()
        return found

    def attach_subnets(self, *subnets: HasId | str) -> Sequence[str]:
        """Let it stand in more subnets; one takes the place of another of its zone. One request.

        Args:
            *subnets: Subnets, or their ids, one in each zone.

        Returns:
            The ids of all subnets that it stands in now.

        Raises:
            InvalidRequest: A subnet that is not there, or of another VPC.

        Examples:
            >>> subnet, *_ = LoadBalancer("veteran").subnet_ids
            >>> subnet in LoadBalancer("veteran").classic.attach_subnets(subnet)
            True

        AWS: elb:AttachLoadBalancerToSubnets
        """
        found = zoning.attach(self._side, _some("subnet", subnets))
        self._changed()
        return found

    def detach_subnets(self, *subnets: HasId | str) -> Sequence[str]:
        """Take it out of subnets; those that it has not are fine. One request.

        Instances there are out of service from now on.

        Args:
            *subnets: Subnets, or their ids.

        Returns:
            The ids of the subnets that it still stands in.

        Raises:
            InvalidRequest: It would stand in none.

        Examples:
            >>> len(LoadBalancer("veteran").classic.detach_subnets("subnet-0123456789abcdef0")) > 0
            True

        AWS: elb:DetachLoadBalancerFromSubnets
        """
        found = zoning.detach(self._side, _some("subnet", subnets))
        self._changed()
        return found

    # -- stickiness ------------------------------------------------------------------------------------------

    def stickiness(self) -> Mapping[int, CookieStickiness]:
        """What binds clients to an instance, by the listener's port. One request.

        Returns:
            The ports that have it.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("veteran").classic.stickiness()
            {}

        AWS: elb:DescribeLoadBalancers
        """
        return cookies.found_in(self._side.load())

    def stick(self, port: int, *, seconds: Duration | None = None, cookie: str | None = None) -> None:
        """Bind clients of a listener to the instance that they got first, by a cookie. Three requests.

        Other policies of the listener, such as its TLS policy, stay.

        Args:
            port: The listener's port; it is one for HTTP or HTTPS.
            seconds: How long. Default: for the browser's session.
            cookie: The name of a cookie that the instances set: the binding lasts as long as that. Not with `seconds`.

        Raises:
            Conflict: Nothing listens on that port.
            InvalidRequest: Both are given, or AWS takes no such time or name.

        Examples:
            >>> LoadBalancer("veteran").classic.stick(80, seconds=600)
            >>> LoadBalancer("veteran").classic.stickiness()
            {80: CookieStickiness(seconds=600, cookie=None)}

        AWS: elb:DescribeLoadBalancers, elb:CreateLBCookieStickinessPolicy, elb:CreateAppCookieStickinessPolicy,
            elb:SetLoadBalancerPoliciesOfListener
        """
        cookies.stick(self._side, checked_port("port", port), cookies.checked(seconds=seconds, cookie=cookie))
        self._changed()

    def unstick(self, port: int) -> None:
        """Bind clients of a listener no longer; fine if it does not. One request, or two.

        Args:
            port: The listener's port.

        Raises:
            Conflict: Nothing listens on that port.

        Examples:
            >>> LoadBalancer("veteran").classic.unstick(80)

        AWS: elb:DescribeLoadBalancers, elb:SetLoadBalancerPoliciesOfListener
        """
        cookies.stick(self._side, checked_port("port", port), None)
        self._changed()


def _some(what: str, given: Sequence[HasId | str]) -> Sequence[str]:
    if not given:
        raise InvalidRequest(f"no {what} is given", hint=f"name the {what}s, one by one")
    return ids_of(what, given)
