"""A target group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any

from attrs import define
from typing_extensions import Self, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.tags import Tags
from cloudkit._core.waiting import wait_until
from cloudkit.elb._address import TargetGroupAddress
from cloudkit.elb._attributes.shape import Shape
from cloudkit.elb._limits import HEALTHY_SECONDS, RELEASE_SECONDS
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb._targets import deleting, making, registering, waiting
from cloudkit.elb._targets.making import Wanted
from cloudkit.elb.errors import TargetGroupNotFound
from cloudkit.elb.group_settings import TargetGroupChanges
from cloudkit.elb.health import HealthTable
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.metrics import TargetGroupMetrics, group_metrics
from cloudkit.elb.protocol import AddressFamily, Protocol, ProtocolVersion, TargetType
from cloudkit.elb.target import HasId, TargetLike, arn_of, id_of, targets_of
from cloudkit.errors import AlreadyExists, Conflict
from cloudkit.types import Duration, HasArn, TagMap


@define(eq=False, repr=False)
class TargetGroup(TargetGroupAddress):
    """A target group, by its name or ARN. Making one calls nothing.

    `with TargetGroup.create(...) as group:` deletes it in the end.

    Its settings are attributes, which are read together in one request, and set by assigning or with `update`.

    Args:
        name: Its name or ARN.
        arn: Its ARN, where it is known: calls then need not look it up.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: An ARN of something else.

    Examples:
        >>> TargetGroup("web-8080")
        <TargetGroup web-8080>
        >>> TargetGroup("web-8080").drain_delay
        300

    AWS: none
    """

    @property
    def metrics(self) -> TargetGroupMetrics:
        """Its metrics in CloudWatch, of what comes through its load balancer. One request that finds that."""
        balancer = next(iter(self.load_balancer_arns), None)
        if balancer is None:
            raise Conflict(
                "no load balancer uses it, so that it has no metrics",
                service="elbv2",
                resource=self.name,
                hint="a listener that forwards to it makes it used",
            )
        return group_metrics(self.arn, balancer, self.cloud)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        port: int | None = None,
        protocol: Protocol | str | None = None,
        type: TargetType | str | None = None,
        version: ProtocolVersion | str | None = None,
        family: AddressFamily | str | None = None,
        vpc: HasId | str | None = None,
        health_check: HealthCheck | None = None,
        targets: Iterable[TargetLike] = (),
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **settings: Unpack[TargetGroupChanges],
    ) -> Self:
        """Make a target group. Two requests; one more each for the default VPC, for settings and for targets.

        AWS answers success for a group that is there with the same settings, so that its name is looked up first. If
        its settings or targets are refused, it is taken away again.

        Args:
            name: 1 to 32 letters, digits and hyphens.
            port: The port that targets get requests on, 1 to 65535. A function has none; GENEVE has 6081.
            protocol: What they speak: `"HTTP"` or `"HTTPS"` behind an application load balancer; `"TCP"`, `"TLS"`,
                `"UDP"`, `"TCP_UDP"`, `"QUIC"` or `"TCP_QUIC"` behind a network one; `"GENEVE"` behind a gateway one.
                Default: HTTP; TCP for load balancers.
            type: What they are: `"instance"`, `"ip"`, `"lambda"` or `"alb"`. Default: what `targets` are, or instances.
            version: Of HTTP: `"HTTP1"`, `"HTTP2"` or `"GRPC"`. Default: HTTP1.
            family: Which addresses targets have, `"ipv4"` or `"ipv6"`. Default: IPv4.
            vpc: The VPC that they are in. Default: the region's default VPC; none for functions.
            health_check: How they are checked. Default: AWS's, which is `GET /` every 30 seconds with HTTP, and must
                answer 200. Functions are not checked without one.
            targets: What it has, as in `register`.
            tags: Its tags.
            aws: More parameters of CreateTargetGroup, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.
            **settings: `drain_delay`, `stickiness`, `slow_start`, `algorithm`, `cross_zone` and more, as
                `TargetGroupChanges` tells.

        Returns:
            The target group.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: AWS takes no such name, port, health check, setting or target, or not together.

        Examples:
            >>> TargetGroup.create("api", port=9000, health_check=HealthCheck(path="/up"), drain_delay=30)
            <TargetGroup api>

        AWS: elbv2:DescribeTargetGroups, elbv2:CreateTargetGroup, ec2:DescribeVpcs,
            elbv2:ModifyTargetGroupAttributes, elbv2:RegisterTargets, lambda:AddPermission, lambda:RemovePermission,
            elbv2:DeleteTargetGroup
        """
        given = targets_of(targets)
        shape = Shape.wanted(
            type=type, protocol=protocol, port=port, version=version, family=family, targets=given
        )
        wanted = Wanted(
            shape, None if vpc is None else id_of("vpc", vpc), health_check, given, tags or {}, settings
        )
        return making.create(cls(name, cloud=cloud), wanted, aws=aws)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        port: int | None = None,
        protocol: Protocol | str | None = None,
        type: TargetType | str | None = None,
        version: ProtocolVersion | str | None = None,
        family: AddressFamily | str | None = None,
        vpc: HasId | str | None = None,
        health_check: HealthCheck | None = None,
        targets: Iterable[TargetLike] = (),
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
        **settings: Unpack[TargetGroupChanges],
    ) -> Self:
        """Take the target group, or make it if it is not there; safe to repeat. One request or more.

        Targets that are there and not named stay; those that are named are registered. What is not given is not
        compared.

        Args:
            name: As in `create`, and so are the others.
            port: The port of its targets.
            protocol: What they speak.
            type: What they are.
            version: Of HTTP.
            family: Which addresses they have.
            vpc: The VPC that they are in.
            health_check: How they are checked; what is given of it.
            targets: What it shall have.
            tags: Its tags.
            update: Whether to change what differs.
            cloud: Where it lives. Default: the current Cloud.
            **settings: Its settings.

        Returns:
            The target group.

        Raises:
            Conflict: It is there with other settings, and `update` is not given; or with another port, protocol, type
                or VPC, which cannot be changed.

        Examples:
            >>> TargetGroup.ensure("web-8080", port=8080, targets=[box])
            <TargetGroup web-8080>

        AWS: elbv2:DescribeTargetGroups, elbv2:CreateTargetGroup, ec2:DescribeVpcs,
            elbv2:DescribeTargetGroupAttributes, elbv2:ModifyTargetGroup, elbv2:ModifyTargetGroupAttributes,
            elbv2:DescribeTags, elbv2:AddTags, elbv2:RegisterTargets, lambda:AddPermission, lambda:RemovePermission,
            elbv2:DeleteTargetGroup
        """
        given = targets_of(targets)
        group = cls(name, cloud=cloud)
        if not group.exists():
            try:
                return cls.create(
                    name,
                    port=port,
                    protocol=protocol,
                    type=type,
                    version=version,
                    family=family,
                    vpc=vpc,
                    health_check=health_check,
                    targets=given,
                    tags=tags,
                    cloud=group.cloud,
                    **settings,
                )
            except AlreadyExists:
                group.refresh()  # made by another process in between
        vpc_id = None if vpc is None else id_of("vpc", vpc)
        fixed = {
            "type": type,
            "protocol": protocol,
            "port": port,
            "version": version,
            "family": family,
            "vpc": vpc_id,
        }
        wanted = Wanted(Shape.of_row(group.raw), vpc_id, health_check, given, tags or {}, settings)
        return making.bring_about(group, wanted, fixed, update=update)

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a target group by name or ARN. One request.

        Args:
            name: Its name or ARN.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The target group, loaded.

        Raises:
            TargetGroupNotFound: There is none.

        Examples:
            >>> TargetGroup.get("web-8080").port
            8080

        AWS: elbv2:DescribeTargetGroups
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        name: str = "*",
        vpc: HasId | str | None = None,
        load_balancer: HasArn | str | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The target groups of the region, or of one load balancer. One request for each 400.

        Args:
            name: A pattern that their names match, such as `"web-*"`.
            vpc: The VPC that they are in.
            load_balancer: The load balancer whose listeners forward to them, or its ARN.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The target groups, loaded.

        Raises:
            AccessDenied: These credentials may not ask.
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [group.name for group in TargetGroup.list(name="web-*")]
            ['web-8080']

        AWS: elbv2:DescribeTargetGroups
        """
        cloud = cloud_or_current(cloud)
        vpc_id = None if vpc is None else id_of("vpc", vpc)
        found = paged(
            cloud,
            ELBV2,
            "describe_target_groups",
            "TargetGroups",
            lambda row: cls(row["TargetGroupName"], arn=row["TargetGroupArn"], cloud=cloud)._learn(
                row, whole=True
            ),
            of="TargetGroup",
            keep=lambda group: fnmatchcase(group.name, name) and vpc_id in (None, group.vpc_id),
            LoadBalancerArn=None if load_balancer is None else arn_of(load_balancer),
        )

        def fetch(limit: int | None) -> Iterator[Sequence[Self]]:
            pages = (found if limit is None else found.limit(limit)).pages()
            # AWS gives an empty list for a load balancer that has none; moto says that none was found.
            with suppress(TargetGroupNotFound):
                yield from pages

        return Listing(fetch, "TargetGroup")

    @classmethod
    def find(
        cls, name: str = "*", *, vpc: HasId | str | None = None, cloud: Cloud | None = None
    ) -> Self | None:
        """The first target group whose name matches. One request for each 400 looked through.

        Args:
            name: A pattern, such as `"web-*"`.
            vpc: The VPC that it is in.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The target group, loaded, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> TargetGroup.find("nothing-*") is None
            True

        AWS: elbv2:DescribeTargetGroups
        """
        return cls.list(name=name, vpc=vpc, cloud=cloud).first()

    @override
    def refresh(self) -> Self:
        """Load the attributes anew. One request; its settings are read anew when they are asked for.

        Returns:
            The target group itself.

        Raises:
            TargetGroupNotFound: It is not there.

        Examples:
            >>> TargetGroup("web-8080").refresh().port
            8080

        AWS: elbv2:DescribeTargetGroups
        """
        self._settings = None
        return super().refresh()

    # -- targets ---------------------------------------------------------------------------------------------

    def register(self, *targets: TargetLike, wait: bool = False, timeout: Duration = HEALTHY_SECONDS) -> None:
        """Give targets to the group; those that it has are fine. One request for each 200.

        A function has to let the group invoke it: the permission is given first, in one request more.

        Args:
            *targets: Running instances or their ids; addresses; a function or an application load balancer, or its
                ARN; or `Target` values, with ports and zones of their own.
            wait: Whether to wait until they are healthy, as `wait_healthy` does.
            timeout: Seconds to wait. Default: 600.

        Raises:
            InvalidRequest: One is not running, not in the group's VPC, not there, or of another type than the group's.
            TargetGroupNotFound: The group is not there.
            TargetUnhealthy: `wait` is given, and one was given up.
            WaitTimeout: `wait` is given, and some are not healthy in time.

        Examples:
            >>> TargetGroup("web-8080").register(box)
            >>> TargetGroup("web-8080").register(Target(box, 9000), wait=True)

        AWS: elbv2:RegisterTargets, lambda:AddPermission, lambda:RemovePermission, elbv2:DescribeTargetHealth,
            elbv2:DescribeTargetGroups, elbv2:DescribeLoadBalancers
        """
        given = targets_of(targets)
        registering.register(self, given)
        if wait and given:
            waiting.until_healthy(self, given, timeout=timeout, patience=None)

    def deregister(self, *targets: TargetLike) -> None:
        """Take targets from the group; those that it has not are fine. Two requests; one more for each 200.

        It looks first which ports a target has: AWS leaves it where it is if a port of its own is not named. Requests
        that are under way are finished, for up to `drain_delay` seconds; the target is `draining` meanwhile.

        Args:
            *targets: As in `register`; those without a port are taken from all their ports.

        Raises:
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> TargetGroup("web-8080").deregister(box)

        AWS: elbv2:DescribeTargetHealth, elbv2:DeregisterTargets, lambda:RemovePermission
        """
        registering.deregister(self, targets_of(targets))

    def drain(self, *targets: TargetLike, timeout: Duration | None = None) -> None:
        """Take targets from the group, and wait until they have finished. Three requests, and one a look.

        Args:
            *targets: As in `deregister`.
            timeout: Seconds, more than 0. Default: `drain_delay` and two minutes.

        Raises:
            TargetGroupNotFound: The group is not there.
            WaitTimeout: Some have not left in time; `.pending` names them.

        Examples:
            >>> TargetGroup("web-8080").drain(box)

        AWS: elbv2:DescribeTargetHealth, elbv2:DeregisterTargets, lambda:RemovePermission,
            elbv2:DescribeTargetGroupAttributes
        """
        given = targets_of(targets)
        registering.deregister(self, given)
        if given:
            waiting.until_drained(self, given, timeout=timeout)

    def health(self, *targets: TargetLike) -> HealthTable:
        """How its targets are. One request.

        Args:
            *targets: As in `register`; one that is not registered is shown as `unused`. Default: all.

        Returns:
            A row for each target.

        Raises:
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> TargetGroup("web-8080").health()[0].state
            <Health.HEALTHY: 'healthy'>

        AWS: elbv2:DescribeTargetHealth
        """
        return registering.health(self, targets_of(targets))

    def wait_healthy(
        self, *targets: TargetLike, timeout: Duration = HEALTHY_SECONDS, patience: Duration | None = None
    ) -> Self:
        """Wait until its targets are healthy. Three requests, and one a look.

        It ends early when waiting is not expected to help, as `LoadBalancer.wait_healthy` does. Targets of a group
        that no listener forwards to are `unused`, and given up after 30 seconds.

        Args:
            *targets: As in `register`. Default: all.
            timeout: Seconds, more than 0. Default: 600.
            patience: Seconds that a target may be unhealthy without a break. Default: three times the interval of the
                health check.

        Returns:
            The target group itself.

        Raises:
            TargetUnhealthy: A target was given up; `.targets` says which and why, the hint what to do.
            WaitTimeout: Some are not healthy in time; `.pending` names them.
            Conflict: It has no targets.

        Examples:
            >>> TargetGroup("web-8080").wait_healthy(timeout=300)
            <TargetGroup web-8080>

        AWS: elbv2:DescribeTargetGroups, elbv2:DescribeLoadBalancers, elbv2:DescribeTargetHealth
        """
        waiting.until_healthy(self, targets_of(targets), timeout=timeout, patience=patience)
        return self

    def wait_drained(self, *targets: TargetLike, timeout: Duration | None = None) -> Self:
        """Wait until targets that were deregistered have finished. One request, and one a look.

        Args:
            *targets: As in `deregister`. Default: all that are draining.
            timeout: Seconds, more than 0. Default: `drain_delay` and two minutes.

        Returns:
            The target group itself.

        Raises:
            TargetGroupNotFound: The group is not there.
            WaitTimeout: Some have not left in time, or are registered still; `.pending` names them.

        Examples:
            >>> TargetGroup("web-8080").deregister(box)
            >>> TargetGroup("web-8080").wait_drained(box)
            <TargetGroup web-8080>

        AWS: elbv2:DescribeTargetHealth, elbv2:DescribeTargetGroupAttributes
        """
        waiting.until_drained(self, targets_of(targets), timeout=timeout)
        return self

    # -- settings --------------------------------------------------------------------------------------------

    def update(
        self,
        *,
        health_check: HealthCheck | None = None,
        aws: Mapping[str, Any] | None = None,
        **settings: Unpack[TargetGroupChanges],
    ) -> Self:
        """Change what is given: one request for the health check, one for all settings.

        One more if it is not known what the group is.

        Args:
            health_check: What is given of it; the rest stays.
            aws: More parameters of ModifyTargetGroup, as boto3 takes them.
            **settings: As in `create`.

        Returns:
            The group itself.

        Raises:
            InvalidRequest: AWS takes no such health check or setting for such a group.
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> group = TargetGroup("web-8080").update(health_check=HealthCheck(path="/up"), drain_delay=30)
            >>> group.health_check.path, group.drain_delay
            ('/up', 30)

        AWS: elbv2:DescribeTargetGroups, elbv2:ModifyTargetGroup, elbv2:ModifyTargetGroupAttributes
        """
        if health_check is not None or aws:
            making.modify(self, health_check, aws)
        if settings:
            self._change(settings)
        return self

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        return tags_at(self.cloud, self._at_arn)

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the group; fine if it is not there. One request, or two if it is not known what the group is.

        A function that it has is asked for and loses the permission for the group, in two more.

        Raises:
            Conflict: A listener or rule still uses it; the hint names it, by two more requests.

        Examples:
            >>> TargetGroup("old-9000").delete()

        AWS: elbv2:DescribeTargetGroups, elbv2:DeleteTargetGroup, elbv2:DescribeTargetHealth, lambda:RemovePermission,
            elbv2:DescribeListeners
        """
        try:
            deleting.delete(self)
        except Conflict as error:
            deleting.explain(self, error)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        delete_when_released([self])


def delete_when_released(groups: Sequence[TargetGroup], *, timeout: Duration = RELEASE_SECONDS) -> None:
    """Delete groups whose load balancer was just deleted, which lets go of them a little later."""
    left = list(groups)

    def poll() -> Sequence[TargetGroup]:
        for group in list(left):
            try:
                deleting.delete(group)
            except Conflict as error:
                if error.code != deleting.IN_USE:
                    raise
            else:
                left.remove(group)
        return left

    if groups:
        wait_until(
            poll,
            lambda seen: not seen,
            timeout=timeout,
            clock=groups[0].cloud.clock,
            what="the load balancer to let go of its target groups",
            shown=lambda seen: "; ".join(f"{group.name} is in use" for group in seen),
        )
