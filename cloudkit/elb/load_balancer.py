"""A load balancer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal, TypeVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import one_of
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit._core.waiting import wait_for_state
from cloudkit.elb._limits import (
    ACTIVE_SECONDS,
    HEALTHY_SECONDS,
    RELEASE_SECONDS,
)
from cloudkit.elb._naming import balancer_name
from cloudkit.elb._parts import Settings, groups_made_for
from cloudkit.elb._remembered import at_arn
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb._watch import wait_until_healthy
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.health import HealthTable
from cloudkit.elb.kinds import (
    DEFAULT_LISTENERS,
    Kind,
    LoadBalancerState,
    Scheme,
    checked_kind,
)
from cloudkit.elb.listener import Listener
from cloudkit.elb.metrics import LoadBalancerMetrics, balancer_metrics
from cloudkit.elb.target import HasId, Target, ids_of
from cloudkit.elb.target_group import TargetGroup, delete_when_released
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Answer, Duration, TagMap

T = TypeVar("T")


def _zones(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(row["ZoneName"]) for row in rows)


def _subnets(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(row["SubnetId"]) for row in rows)


def _texts(rows: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(str(row) for row in rows or ())


@define(eq=False, repr=False)
class LoadBalancer(Resource):
    """A load balancer, by its name, ARN or DNS name. Making one calls nothing.

    Args:
        name: Its name, its ARN, or its DNS name, from which the name is read.
        arn: Its ARN, where it is known: calls then need not look it up.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: An ARN of something else, or a host name that is no load balancer's.

    Examples:
        >>> LoadBalancer("web")
        <LoadBalancer web>
        >>> LoadBalancer("web-1.us-east-1.elb.amazonaws.com") == LoadBalancer("web")
        True

    AWS: none
    """

    _service = ELBV2
    _shown = ("State.Code",)

    name: str = field()
    _arn: str | None = field(default=None, kw_only=True, alias="arn")

    kind: ClassVar[Attribute[Kind]] = attribute("Type", Kind)
    state: ClassVar[Attribute[LoadBalancerState]] = attribute("State.Code", LoadBalancerState, volatile=True)
    state_reason: ClassVar[Attribute[str | None]] = attribute(
        "State.Reason", str, optional=True, volatile=True
    )
    dns_name: ClassVar[Attribute[str]] = attribute("DNSName", str)
    scheme: ClassVar[Attribute[Scheme]] = attribute("Scheme", Scheme)
    vpc_id: ClassVar[Attribute[str]] = attribute("VpcId", str)
    zones: ClassVar[Attribute[tuple[str, ...]]] = attribute("AvailabilityZones", _zones)
    subnet_ids: ClassVar[Attribute[tuple[str, ...]]] = attribute("AvailabilityZones", _subnets)
    security_group_ids: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "SecurityGroups", _texts, optional=True
    )
    created: ClassVar[Attribute[datetime]] = attribute("CreatedTime", datetime)

    def __attrs_post_init__(self) -> None:
        name, arn = balancer_name(self.name)
        self._identify(name=name)
        self._arn = self._arn or arn

    @property
    def arn(self) -> str:
        """The Amazon Resource Name. Looked up once in five minutes."""
        return self._arn or self._known("LoadBalancerArn") or self.cloud.lookup(self._key, self._find_arn)

    @property
    def _key(self) -> tuple[object, ...]:
        return ("elbv2", "load balancer", self.name)

    @property
    def metrics(self) -> LoadBalancerMetrics:
        """Its metrics in CloudWatch: `balancer.metrics.requests.last("3h")`. They are found by its ARN."""
        return balancer_metrics(self.arn, self.cloud)

    def _find_arn(self) -> str:
        return str(self.refresh().raw["LoadBalancerArn"])

    def _at_arn(self, use: Callable[[str], T]) -> T:
        return at_arn(use, lambda: self.arn, self._forget_arn, LoadBalancerNotFound)

    def _forget_arn(self) -> bool:
        if self._arn is not None:
            return False
        self.cloud.forget_lookup(self._key)
        self._unlearn()
        return True

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        listeners: Mapping[int, int] = DEFAULT_LISTENERS,
        targets: Iterable[Target] = (),
        kind: Kind | str = Kind.APPLICATION,
        scheme: Scheme | str = Scheme.INTERNET_FACING,
        subnets: Sequence[HasId | str] | None = None,
        security_groups: Sequence[HasId | str] | None = None,
        health_path: str = "/",
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a load balancer with its target groups and listeners. Six requests; two more with targets.

        AWS answers success for a load balancer that is there with the same settings, so that the name is looked up
        first. If a step fails, what was made before it is taken away again. All that is made carries the tag
        `cloudkit:load-balancer`, by which `delete` finds it. It takes AWS some minutes until it is `active`.

        Args:
            name: 1 to 32 letters, digits and hyphens.
            listeners: The ports that clients connect to, each with the port of the targets. Default: `{80: 8080}`.
            targets: Running instances, or their ids; those that are starting are waited for, up to 5 minutes.
            kind: `"application"`: the only kind that can be made yet.
            scheme: `"internet-facing"`, or `"internal"` for clients inside the VPC.
            subnets: One in each of 2 zones or more. Default: one in each zone of the targets' VPC, or of the region's
                default VPC; those that give out public addresses first, or last with `"internal"`.
            security_groups: What lets clients in. Default: AWS takes the VPC's default group, which lets only its own
                members in: for clients elsewhere give one that opens the ports.
            health_path: What is requested of a target to see whether it is well; it must answer 200.
            tags: The tags of all that is made.
            aws: More parameters of CreateLoadBalancer, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The load balancer.

        Raises:
            AlreadyExists: The name is taken, or the name of one of its target groups is.
            InvalidRequest: A name, port or path that AWS refuses; fewer than two zones; targets that do not run or
                are in several VPCs.

        Examples:
            >>> LoadBalancer.create("shop", listeners={80: 8080}, targets=[box]).dns_name
            'shop-1.us-east-1.elb.amazonaws.com'

        AWS: elbv2:DescribeLoadBalancers, ec2:DescribeInstances, ec2:DescribeSubnets, elbv2:DescribeTargetGroups,
            elbv2:CreateTargetGroup, elbv2:RegisterTargets, elbv2:CreateLoadBalancer, elbv2:CreateListener
        """
        cloud = cloud_or_current(cloud)
        settings = Settings.checked(
            name,
            listeners=listeners,
            targets=targets,
            scheme=scheme,
            subnets=subnets,
            security_groups=security_groups,
            health_path=health_path,
            tags=tags,
        )
        checked_kind(kind)
        if not listeners:
            raise InvalidRequest("listeners={}: a load balancer without a listener serves nobody")
        wanted = cls(name, cloud=cloud)
        if wanted.exists():
            raise AlreadyExists(
                "a load balancer of this name is there already",
                service="elbv2",
                operation="CreateLoadBalancer",
                resource=name,
                hint=f"LoadBalancer.ensure({name!r}) takes what is there",
            )
        cloud.forget_lookup(wanted._key)
        return cls._of_row(settings.make(cloud, aws=aws), cloud)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        listeners: Mapping[int, int] | None = None,
        targets: Iterable[Target] = (),
        scheme: Scheme | str | None = None,
        subnets: Sequence[HasId | str] | None = None,
        security_groups: Sequence[HasId | str] | None = None,
        health_path: str | None = None,
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take the load balancer, or make it if it is not there; safe to repeat. Three requests or more.

        Listeners and targets that are there and not named stay. The targets that are named are registered.

        Args:
            name: As in `create`.
            listeners: Ports that it shall listen on, each with the port of the targets. Default: as they are.
            targets: Targets that it shall have.
            scheme: From where it can be reached. Default: as it is.
            subnets: For one that is made: as in `create`.
            security_groups: For one that is made: as in `create`.
            health_path: What is requested of its targets. Default: as it is.
            tags: For one that is made: as in `create`.
            update: Whether to change what differs.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The load balancer.

        Raises:
            Conflict: It is there with other settings, and `update` is not given; or with another scheme, which
                cannot be changed.

        Examples:
            >>> LoadBalancer.ensure("web", listeners={80: 8080}, targets=[box])
            <LoadBalancer web active>

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeListeners, elbv2:DescribeTargetGroups,
            elbv2:RegisterTargets, elbv2:CreateTargetGroup, elbv2:CreateListener, elbv2:ModifyListener,
            elbv2:ModifyTargetGroup
        """
        settings = Settings.checked(
            name,
            listeners=listeners or {},
            targets=targets,
            scheme=scheme,
            subnets=subnets,
            security_groups=security_groups,
            health_path=health_path,
            tags=tags,
        )
        balancer = cls(name, cloud=cloud)
        if not balancer.exists():
            try:
                return cls.create(
                    name,
                    listeners=listeners or DEFAULT_LISTENERS,
                    targets=settings.targets,
                    scheme=scheme or Scheme.INTERNET_FACING,
                    subnets=subnets,
                    security_groups=security_groups,
                    health_path=health_path or "/",
                    tags=tags,
                    cloud=balancer.cloud,
                )
            except AlreadyExists as error:
                # Made by another process in between; a target group of the same name stays an error.
                if error.operation != "CreateLoadBalancer":
                    raise
        settings.check_scheme(balancer.scheme)
        if settings.listeners or settings.targets or health_path is not None:
            settings.bring_about(
                balancer,
                vpc=balancer.vpc_id,
                listeners=balancer.listeners().to_list() if settings.listeners else [],
                groups=balancer.target_groups().to_list(),
                update=update,
                cloud=balancer.cloud,
            )
        return balancer

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a load balancer by name, ARN or DNS name. One request.

        Args:
            name: Its name, ARN or DNS name.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The load balancer, loaded.

        Raises:
            LoadBalancerNotFound: There is none.

        Examples:
            >>> LoadBalancer.get("web").kind
            <Kind.APPLICATION: 'application'>

        AWS: elbv2:DescribeLoadBalancers
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(
        cls, *, name: str = "*", kind: Kind | str | None = None, cloud: Cloud | None = None
    ) -> Listing[Self]:
        """The load balancers of the region. One request for each 400.

        Args:
            name: A pattern that their names match, such as `"web-*"`.
            kind: Those of one kind alone. Default: application, network and gateway.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The load balancers, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [balancer.name for balancer in LoadBalancer.list(name="w*")]
            ['web']

        AWS: elbv2:DescribeLoadBalancers
        """
        cloud = cloud_or_current(cloud)
        return paged(
            cloud,
            ELBV2,
            "describe_load_balancers",
            "LoadBalancers",
            lambda row: cls._of_row(row, cloud),
            of="LoadBalancer",
            keep=lambda each: fnmatchcase(each.name, name) and kind in (None, each.kind),
        )

    @classmethod
    def find(
        cls, name: str = "*", *, kind: Kind | str | None = None, cloud: Cloud | None = None
    ) -> Self | None:
        """The first load balancer whose name matches. One request for each 400 looked through.

        Args:
            name: A pattern, such as `"web-*"`.
            kind: One of that kind alone.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The load balancer, loaded, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> LoadBalancer.find("nothing-*") is None
            True

        AWS: elbv2:DescribeLoadBalancers
        """
        return cls.list(name=name, kind=kind, cloud=cloud).first()

    @classmethod
    def _of_row(cls, row: Mapping[str, Any], cloud: Cloud) -> Self:
        return cls(row["LoadBalancerName"], arn=row["LoadBalancerArn"], cloud=cloud)._learn(row, whole=True)

    @override
    def _load(self) -> Answer:
        found = self._call(
            "describe_load_balancers",
            Names=[self.name] if self._arn is None else None,
            LoadBalancerArns=None if self._arn is None else [self._arn],
        ).get("LoadBalancers", [])
        if not found:
            raise LoadBalancerNotFound("there is no such load balancer", service="elbv2", resource=self.name)
        row: Answer = found[0]
        return row

    def wait(self, state: Literal["active"] = "active", *, timeout: Duration = ACTIVE_SECONDS) -> Self:
        """Wait until it is active, which takes some minutes. One request a look.

        Args:
            state: `"active"`.
            timeout: Seconds, more than 0. Default: 600.

        Returns:
            The load balancer itself.

        Raises:
            WaitTimeout: It is not active in time.
            WaitFailed: AWS could not make it; `.reason` says why.
            LoadBalancerNotFound: It is not there.

        Examples:
            >>> LoadBalancer("web").wait("active", timeout=300).state
            <LoadBalancerState.ACTIVE: 'active'>

        AWS: elbv2:DescribeLoadBalancers
        """
        wait_for_state(
            [self],
            one_of("state", state, [LoadBalancerState.ACTIVE]),
            look=lambda things: [str(each.refresh().state) for each in things],
            dead_ends={LoadBalancerState.FAILED},
            reason=lambda each: each.state_reason,
            timeout=timeout,
            clock=self.cloud.clock,
        )
        return self

    # -- its parts -------------------------------------------------------------------------------------------

    def listeners(self) -> Listing[Listener]:
        """The ports that it listens on. One request; one more if its ARN is not known.

        Returns:
            The listeners, loaded.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [listener.port for listener in LoadBalancer("web").listeners()]
            [80]

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeListeners
        """
        return self._children(lambda arn: Listener.list(arn, cloud=self.cloud), "Listener")

    def target_groups(self) -> Listing[TargetGroup]:
        """The target groups that its listeners forward to. One request; one more if its ARN is not known.

        Returns:
            The target groups, loaded.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [group.name for group in LoadBalancer("web").target_groups()]
            ['web-8080']

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups
        """
        return self._children(
            lambda arn: TargetGroup.list(load_balancer=arn, cloud=self.cloud), "TargetGroup"
        )

    def _children(self, find: Callable[[str], Listing[T]], of: str) -> Listing[T]:
        def fetch(_limit: int | None) -> Iterator[Sequence[T]]:
            yield self._at_arn(lambda arn: find(arn).to_list())

        return Listing(fetch, of)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        return tags_at(self.cloud, self._at_arn)

    # -- targets ---------------------------------------------------------------------------------------------

    def add(self, *targets: Target) -> None:
        """Register targets in all its target groups; those that it has are fine. A request each, and one to find them.

        Args:
            *targets: Running instances, or their ids.

        Raises:
            Conflict: It has no target group.
            InvalidRequest: A target is not running, not in the VPC, or not there.
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").add(box)

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:RegisterTargets
        """
        ids = ids_of("target", targets)
        groups = self.target_groups().to_list() if ids else []
        if ids and not groups:
            raise Conflict(
                "it has no target group to register targets in",
                service="elbv2",
                resource=self.name,
                hint="Listener.create(balancer, 80, target_group=TargetGroup.create(...)) gives it one",
            )
        for group in groups:
            group.register(*ids)

    def remove(self, *targets: Target) -> None:
        """Deregister targets from all its target groups; those that it has not are fine. Requests as for `add`.

        Requests that are under way are finished first, for up to 5 minutes; the target is `draining` meanwhile.

        Args:
            *targets: Instances, or their ids.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").remove(box)

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:DeregisterTargets,
            elbv2:DescribeTargetHealth
        """
        ids = ids_of("target", targets)
        for group in self.target_groups() if ids else ():
            group.deregister(*ids)

    def health(self) -> HealthTable:
        """How its targets are, in all its target groups. One request a target group, and one to find them.

        Returns:
            A row for each target of each group; it prints as a table.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").health().all_healthy
            True

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth
        """
        return HealthTable(tuple(row for group in self.target_groups() for row in group.health()))

    def wait_healthy(
        self, *targets: Target, timeout: Duration = HEALTHY_SECONDS, patience: Duration | None = None
    ) -> Self:
        """Wait until it is active and every target healthy. A look is one request a target group.

        A look takes one request more until it is active. Targets that are leaving do not count. It ends early when
        waiting is not expected to help: for a target that is stopped or cannot be used, at once; for one that is
        `unused` (no listener forwards to it, or its zone is not the load balancer's), after 30 seconds; for one that
        is `unhealthy`, once it was so without a break for three health checks of its group.

        Args:
            *targets: Instances, or their ids. Default: all.
            timeout: Seconds, more than 0. Default: 600.
            patience: Seconds that a target may be unhealthy without a break. Default: three times the interval of
                its group's health check, so 90 unless that was changed. Give more for servers that start slowly.

        Returns:
            The load balancer itself.

        Raises:
            TargetUnhealthy: A target was given up; `.targets` says which and why, the hint what to do.
            WaitTimeout: Some are not healthy in time; `.pending` names them.
            WaitFailed: AWS could not make the load balancer.
            Conflict: It has no targets.

        Examples:
            >>> LoadBalancer("web").wait_healthy(timeout=300)
            <LoadBalancer web active>

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth
        """
        wait_until_healthy(
            self.name,
            lambda: (LoadBalancerState(self.refresh()._known("State.Code")), self._known("State.Reason")),
            self.target_groups(),
            ids_of("target", targets),
            timeout=timeout,
            patience=patience,
            clock=self.cloud.clock,
        )
        return self

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self, *, timeout: Duration = RELEASE_SECONDS) -> None:
        """Delete it, its listeners, and the target groups that were made with it; fine if it is not there.

        Target groups that were made otherwise stay, and so do the targets. Four requests, and one for each target
        group or more: AWS releases them a little later. Safe to repeat after an error.

        Args:
            timeout: Seconds for its target groups to be released. Default: 120.

        Raises:
            Conflict: Deletion protection is on, or something else still uses it.
            WaitTimeout: The target groups were not released in time; the load balancer is gone.

        Examples:
            >>> LoadBalancer("web").delete()

        AWS: elbv2:DescribeLoadBalancers, elbv2:DeleteLoadBalancer, elbv2:DescribeTargetGroups, elbv2:DescribeTags,
            elbv2:DeleteTargetGroup
        """
        self.cloud.forget(self.name)
        with suppress(LoadBalancerNotFound):
            arn = self.arn
            self.cloud.forget(arn)
            self._at_arn(lambda arn: self._call("delete_load_balancer", LoadBalancerArn=arn))
        self.cloud.forget_lookup(self._key)
        self._unlearn()
        delete_when_released(groups_made_for(self.name, self.cloud), timeout=timeout)
