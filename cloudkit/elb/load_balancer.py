"""A load balancer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Literal, TypeVar, overload

from attrs import define, field
from typing_extensions import Self, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.deadline import limit_seconds
from cloudkit._core.listing import Listing
from cloudkit._core.params import one_of
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit._core.waiting import wait_for_state
from cloudkit.cloudwatch._spans import Span
from cloudkit.ec2 import Instance
from cloudkit.elb._drawing.reading import sketch_of
from cloudkit.elb._limits import (
    ACTIVE_SECONDS,
    HEALTHY_SECONDS,
    MIN_BATCH,
    RELEASE_SECONDS,
)
from cloudkit.elb._making.deleting import delete_parts, end_block
from cloudkit.elb._making.making import make
from cloudkit.elb._making.settling import bring_about
from cloudkit.elb._making.wanted import Subnets, Wanted, WantedOptions, check_for_some_kind
from cloudkit.elb._naming import balancer_name, classic_name
from cloudkit.elb._remembered import at_arn
from cloudkit.elb._service import ELBV2
from cloudkit.elb._serving.draining import drain
from cloudkit.elb._serving.finding import having
from cloudkit.elb._serving.leave import Leave, out_of_service
from cloudkit.elb._serving.picking import all_registered, given_once, instances_in
from cloudkit.elb._settings.changing import Changes, given, settings_of
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb._sides.classic import Classic as ClassicSide
from cloudkit.elb._sides.finding import pages, row_named, side_at
from cloudkit.elb._sides.rows import arn_in, name_in, value_at
from cloudkit.elb._sides.side import Side
from cloudkit.elb._sides.v2 import V2
from cloudkit.elb._undo import undoing
from cloudkit.elb._watching.boxes import named
from cloudkit.elb._watching.front import Front as Watched
from cloudkit.elb._watching.waiting import wait_healthy
from cloudkit.elb.classic import Classic
from cloudkit.elb.diagram import Diagram
from cloudkit.elb.errors import LoadBalancerNotFound
from cloudkit.elb.front import Front
from cloudkit.elb.health import HealthTable
from cloudkit.elb.kinds import (
    DEFAULT_LISTENERS,
    Kind,
    LoadBalancerState,
    Scheme,
    checked_kind,
)
from cloudkit.elb.listener import Listener
from cloudkit.elb.log_entry import LogEntry
from cloudkit.elb.log_place import LogKind, LogPlace, LogsLike
from cloudkit.elb.metrics import LoadBalancerMetrics, balancer_metrics
from cloudkit.elb.network import Network
from cloudkit.elb.rolling import Rolling
from cloudkit.elb.settings import AddressType, LoadBalancerChanges, LoadBalancerSettings
from cloudkit.elb.target import HasId, TargetLike, id_of, ids_of, targets_of
from cloudkit.elb.target_group import TargetGroup
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Answer, Duration, TagMap

T = TypeVar("T")
OneTarget = TypeVar("OneTarget", bound=TargetLike)


def _zones(found: Iterable[Mapping[str, Any] | str]) -> tuple[str, ...]:
    return tuple(each if isinstance(each, str) else str(each["ZoneName"]) for each in found)


def _texts(rows: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(str(row) for row in rows or ())


def _names(target: object, id: str) -> Sequence[str]:
    """What a target may be registered by: its id, and the addresses of an instance."""
    addresses = (target.private_ip, *(target.ipv6 or ())) if isinstance(target, Instance) else ()
    return [id, *(each for each in addresses if each is not None)]


@define(eq=False, repr=False)
class LoadBalancer(Resource):
    """A load balancer of any kind, by its name, ARN or DNS name. Making one calls nothing.

    AWS has two APIs for them, one of which knows classic load balancers alone. The first call finds out which of the
    two knows this one, unless its ARN says so. Where each has one of that name, the name means the one that is not
    classic.

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
    _dns_name: str | None = field(init=False, default=None)
    _keep_on_error: bool = field(init=False, default=False)

    kind: ClassVar[Attribute[Kind]] = attribute("Type", Kind)
    state: ClassVar[Attribute[LoadBalancerState]] = attribute("State.Code", LoadBalancerState, volatile=True)
    state_reason: ClassVar[Attribute[str | None]] = attribute(
        "State.Reason", str, optional=True, volatile=True
    )
    dns_name: ClassVar[Attribute[str]] = attribute("DNSName", str)
    scheme: ClassVar[Attribute[Scheme]] = attribute("Scheme", Scheme)
    ip_address_type: ClassVar[Attribute[AddressType | None]] = attribute(
        "IpAddressType", AddressType, optional=True
    )
    vpc_id: ClassVar[Attribute[str]] = attribute("VpcId", str)
    zones: ClassVar[Attribute[tuple[str, ...]]] = attribute("AvailabilityZones", _zones)
    subnet_ids: ClassVar[Attribute[tuple[str, ...]]] = attribute("Subnets", _texts)
    security_group_ids: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "SecurityGroups", _texts, optional=True
    )
    created: ClassVar[Attribute[datetime]] = attribute("CreatedTime", datetime)

    def __attrs_post_init__(self) -> None:
        name, arn, self._dns_name = balancer_name(self.name)
        self._identify(name=name)
        self._arn = self._arn or arn

    @property
    def arn(self) -> str:
        """The Amazon Resource Name. Looked up once in five minutes."""
        return self._arn or self._known("LoadBalancerArn") or self.cloud.lookup(self._key, self._find_arn)

    @property
    def _key(self) -> tuple[object, ...]:
        return ("elbv2", "load balancer", self._dns_name or self.name)

    @property
    def metrics(self) -> LoadBalancerMetrics:
        """Its metrics in CloudWatch: `balancer.metrics.requests.last("3h")`. They are found by its ARN."""
        return balancer_metrics(self.arn, self.cloud, kind=self._known("Type"))

    def _find_arn(self) -> str:
        return arn_in(self._find().raw, self.cloud)

    def _find(self) -> Self:
        """Look it up by its name, in both APIs."""
        return self._learn(row_named(self.cloud, self.name, dns_name=self._dns_name), whole=True)

    @override
    def _known(self, path: str) -> Any:
        snapshot = self._snapshot
        return None if snapshot is None else value_at(snapshot.data, path)

    @override
    def _look_up(self, path: str, *, volatile: bool) -> Any:
        found = super()._look_up(path, volatile=volatile)
        return self._known(path) if found is None else found

    def _at(self, use: Callable[[Side], T]) -> T:
        """Make a call of its API."""
        return self._at_arn(lambda arn: use(side_at(arn, self.cloud)))

    def _at_arn(self, use: Callable[[str], T]) -> T:
        return at_arn(use, lambda: self.arn, self._forget_arn, LoadBalancerNotFound)

    def _forget_arn(self) -> bool:
        if self._arn is not None:
            return False
        self.cloud.forget_lookup(self._key)
        self._unlearn()
        return True

    @property
    def classic(self) -> Classic:
        """What a classic load balancer alone has: health check, zones, cookies. No request if its kind is known."""
        side = self._at(lambda side: side)
        if isinstance(side, ClassicSide):
            return Classic(side, self._unlearn)
        raise self._other_kind(
            "classic", "target_groups() have health checks and stickiness; update(subnets=...)"
        )

    @property
    def network(self) -> Network:
        """What a network load balancer alone has: static addresses. No request if its kind is known."""
        side = self._at(lambda side: side)
        if isinstance(side, V2) and self.kind == Kind.NETWORK:
            return Network(side, self._unlearn)
        raise self._other_kind(
            "network", "its dns_name finds its addresses, which change; update(subnets=...)"
        )

    def _other_kind(self, view: str, instead: str) -> Conflict:
        return Conflict(
            f"it is a load balancer of kind {self.kind}, which has no .{view}",
            service="elbv2",
            resource=self.name,
            hint=instead,
        )

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        listeners: Mapping[int, Front] = DEFAULT_LISTENERS,
        targets: Iterable[HasId | str] = (),
        kind: Kind | str = Kind.APPLICATION,
        scheme: Scheme | str = Scheme.INTERNET_FACING,
        subnets: Subnets | None = None,
        security_groups: Sequence[HasId | str] | None = None,
        health_path: str | None = None,
        wait: Duration | None = None,
        keep_on_error: bool = False,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a load balancer with all that it needs. About ten requests; two more with targets, and those of waiting.

        Its VPC and subnets are found, its security group, target groups and listeners made. If a step fails, what was
        made before it is taken away again. All that is made carries the tag `cloudkit:load-balancer`, by which
        `delete` finds it. It takes AWS some minutes until it is `active`.

        What the targets' own security groups let in stays as it is: `wait_healthy` tells what they lack.

        `with LoadBalancer.create(...) as web:` deletes it at the end of the block.

        Args:
            name: 1 to 32 letters, digits and hyphens.
            listeners: The ports that clients connect to, each with the port of the targets, for plain HTTP (TCP with
                `"network"`), or with `Https`, `Tls`, `Tcp`, `Udp`, `Redirect` or `FixedResponse`. Default: `{80: 8080}`.
            targets: Running instances, or their ids; those that are starting are waited for, up to 5 minutes.
            kind: `"application"`, `"network"` or `"classic"`.
            scheme: `"internet-facing"`, or `"internal"` for clients inside the VPC.
            subnets: One in each of 2 zones or more; 1 will do for network and classic ones. Default: one in each zone
                of the targets' VPC, or of the region's default VPC; those that give out public addresses first, or
                last with `"internal"`. For a network one a mapping gives each its static address: an `ElasticIP` or
                its allocation id, or with `"internal"` a private address.
            security_groups: What lets clients in. Default: one is made that opens the listeners' ports, to everybody,
                or with `"internal"` to the VPC's own addresses. For a network one `[]` means none, for ever.
            health_path: What is requested of a target to see whether it is well; it must answer 200. Default: `/`
                where targets speak HTTP; else they are well if they can be connected to.
            wait: Seconds to wait until it is active and its targets are healthy. Default: it is not waited for.
            keep_on_error: Whether all stays if waiting for it, or the `with` block, ends with an error.
            tags: The tags of all that is made.
            aws: More parameters of CreateLoadBalancer, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The load balancer.

        Raises:
            AlreadyExists: The name is taken, by one of any kind, or the name of one of its target groups is.
            InvalidRequest: A name, port or path that AWS refuses; what this kind does not serve; too few zones;
                targets that do not run or are in several VPCs.
            TargetUnhealthy: A target was given up; with `wait` only.
            WaitTimeout: It did not serve in time; with `wait` only.

        Examples:
            >>> LoadBalancer.create("shop", listeners={80: 8080}, targets=[box]).dns_name
            'shop-1.us-east-1.elb.amazonaws.com'
            >>> with LoadBalancer.create("dns", kind="network", listeners={53: Udp(53, tcp=True)}) as dns:
            ...     dns.kind
            <Kind.NETWORK: 'network'>

        AWS: elbv2:DescribeLoadBalancers, elb:DescribeLoadBalancers, ec2:DescribeInstances, ec2:DescribeSubnets,
            ec2:DescribeVpcs, ec2:CreateSecurityGroup, ec2:DescribeSecurityGroups, ec2:AuthorizeSecurityGroupIngress,
            elbv2:DescribeTargetGroups, elbv2:CreateTargetGroup, elbv2:RegisterTargets, elbv2:CreateLoadBalancer,
            elbv2:CreateListener, elb:CreateLoadBalancer, elb:ConfigureHealthCheck,
            elb:RegisterInstancesWithLoadBalancer
        """
        cloud = cloud_or_current(cloud)
        wanted = Wanted.checked(
            name,
            kind=checked_kind(kind),
            listeners=listeners,
            targets=targets,
            scheme=scheme,
            subnets=subnets,
            security_groups=security_groups,
            health_path=health_path,
            tags=tags,
        )
        if not listeners:
            raise InvalidRequest("listeners={}: a load balancer without a listener serves nobody")
        limit = None if wait is None else limit_seconds("wait", wait)
        present = cls(name, cloud=cloud)
        if present.exists():
            raise AlreadyExists(
                f"a load balancer of this name is there already, of kind {present.kind}",
                service="elbv2",
                operation="CreateLoadBalancer",
                resource=name,
                hint=f"LoadBalancer.ensure({name!r}) takes what is there",
            )
        with undoing(f"LoadBalancer({name!r}).delete() removes what is there") as undo:
            made = cls._of_row(make(wanted, cloud, undo, aws=aws), cloud)
            made._keep_on_error = keep_on_error
            cloud.forget_lookup(made._key)
            cloud.lookup(made._key, lambda: made.arn)
            if not keep_on_error:
                made._wait_serving(limit, wanted.targets)
        if keep_on_error:
            made._wait_serving(limit, wanted.targets)
        return made

    def _wait_serving(self, limit: float | None, targets: Sequence[str]) -> None:
        if limit is None:
            return
        if targets:
            self.wait_healthy(timeout=limit)
        else:
            self.wait(timeout=limit)

    @classmethod
    def ensure(
        cls,
        name: str,
        *,
        listeners: Mapping[int, Front] | None = None,
        targets: Iterable[HasId | str] = (),
        kind: Kind | str | None = None,
        scheme: Scheme | str | None = None,
        subnets: Subnets | None = None,
        security_groups: Sequence[HasId | str] | None = None,
        health_path: str | None = None,
        tags: TagMap | None = None,
        update: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Take the load balancer, or make it if it is not there; safe to repeat. One request or more.

        Listeners and targets that are there and not named stay. The targets that are named are registered.

        Args:
            name: As in `create`.
            listeners: Ports that it shall listen on, each with what it serves. Default: as they are.
            targets: Targets that it shall have.
            kind: Its kind. Default: as it is; application for one that is made.
            scheme: From where it can be reached. Default: as it is.
            subnets: All of its subnets. Default: as they are.
            security_groups: All of its security groups. Default: as they are.
            health_path: What is requested of its targets. Default: as it is.
            tags: For one that is made: as in `create`.
            update: Whether to change what differs.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The load balancer.

        Raises:
            Conflict: It is there with other settings, and `update` is not given; or with another kind, scheme or
                static address, which cannot be changed.

        Examples:
            >>> LoadBalancer.ensure("web", listeners={80: 8080}, targets=[box])
            <LoadBalancer web active>

        AWS: elbv2:DescribeLoadBalancers, elb:DescribeLoadBalancers, elbv2:DescribeListeners,
            elbv2:DescribeTargetGroups, elbv2:RegisterTargets, elbv2:CreateTargetGroup, elbv2:CreateListener,
            elbv2:ModifyListener, elbv2:ModifyTargetGroup, elbv2:SetSubnets, elbv2:SetSecurityGroups,
            elb:RegisterInstancesWithLoadBalancer, elb:CreateLoadBalancerListeners, elb:DeleteLoadBalancerListeners,
            elb:ConfigureHealthCheck
        """
        settings = WantedOptions(
            listeners=listeners or {},
            targets=ids_of("target", targets),
            scheme=scheme,
            subnets=subnets,
            security_groups=security_groups,
            health_path=health_path,
            tags=tags,
        )
        made_as = Kind.APPLICATION if kind is None else checked_kind(kind)
        check_for_some_kind(name, [made_as] if kind else [made_as, Kind.NETWORK, Kind.CLASSIC], settings)
        balancer = cls(name, cloud=cloud)
        if not balancer.exists():
            try:
                return cls.create(
                    name,
                    kind=made_as,
                    listeners=listeners or DEFAULT_LISTENERS,
                    targets=settings["targets"],
                    scheme=scheme or Scheme.INTERNET_FACING,
                    subnets=subnets,
                    security_groups=security_groups,
                    health_path=health_path,
                    tags=tags,
                    cloud=balancer.cloud,
                )
            except AlreadyExists as error:
                # Made by another process in between; a target group of the same name stays an error.
                if error.operation != "CreateLoadBalancer":
                    raise
        wanted = Wanted.checked(name, kind=Kind(kind or balancer.kind), **settings)
        if balancer._at(lambda side: bring_about(wanted, side, balancer.raw, update=update)):
            balancer._unlearn()
        return balancer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        end_block(self.delete, error, keep_on_error=self._keep_on_error)

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a load balancer by name, ARN or DNS name. One request; two for a classic one by its name.

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

        AWS: elbv2:DescribeLoadBalancers,
            elb:DescribeLoadBalancers
        """
        found = cls(name, cloud=cloud).refresh()
        return cls._of_row(found.raw, found.cloud)

    @classmethod
    def list(
        cls,
        *,
        name: str = "*",
        kind: Kind | str | None = None,
        target: HasId | str | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The load balancers of the region, of all kinds. One request for each 400, and one for the classic ones.

        Args:
            name: A pattern that their names match, such as `"web-*"`.
            kind: Those of one kind alone; for classic ones one API is asked, for the others the other one.
            target: Those that serve an instance, given as an object or by its id. It takes a request for each target
                group that may have it; `box.load_balancers()` tells how it is there, too.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The load balancers, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [balancer.name for balancer in LoadBalancer.list(name="w*")]
            ['web']

        AWS: elbv2:DescribeLoadBalancers, elb:DescribeLoadBalancers, elbv2:DescribeTargetGroups,
            elbv2:DescribeTargetHealth, elb:DescribeInstanceHealth
        """
        cloud = cloud_or_current(cloud)
        serving = None if target is None else id_of("target", target)

        def fetch(_limit: int | None) -> Iterator[Sequence[Self]]:
            found_rows = (
                pages(cloud, kind)
                if serving is None
                else iter([[row for row, _ in having(cloud, _names(target, serving), vpc=None)]])
            )
            for page in found_rows:
                found = [cls._of_row(row, cloud) for row in page if fnmatchcase(name_in(row), name)]
                yield [each for each in found if kind in (None, each.kind)]

        return Listing(fetch, "LoadBalancer")

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

        AWS: elbv2:DescribeLoadBalancers,
            elb:DescribeLoadBalancers
        """
        return cls.list(name=name, kind=kind, cloud=cloud).first()

    @classmethod
    def _of_row(cls, row: Mapping[str, Any], cloud: Cloud) -> Self:
        return cls(name_in(row), arn=arn_in(row, cloud), cloud=cloud)._learn(row, whole=True)

    @override
    def _load(self) -> Answer:
        found: MutableSequence[Answer] = []

        def find() -> str:
            found.append(row_named(self.cloud, self.name, dns_name=self._dns_name))
            return arn_in(found[-1], self.cloud)

        def load(arn: str) -> Answer:
            return found[-1] if found else side_at(arn, self.cloud).load()

        return at_arn(
            load,
            lambda: self._arn or self.cloud.lookup(self._key, find),
            self._forget_arn,
            LoadBalancerNotFound,
        )

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

        AWS: elbv2:DescribeLoadBalancers,
            elb:DescribeLoadBalancers
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

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeListeners,
            elb:DescribeLoadBalancers
        """
        return self._children(lambda side: side.listeners(), "Listener")

    def target_groups(self) -> Listing[TargetGroup]:
        """The target groups that its listeners forward to; a classic one has none. One request; one more to find it.

        Returns:
            The target groups, loaded.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> [group.name for group in LoadBalancer("web").target_groups()]
            ['web-8080']

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups,
            elb:DescribeLoadBalancers
        """
        return self._children(lambda side: side.target_groups(), "TargetGroup")

    def _children(self, find: Callable[[Side], Sequence[T]], of: str) -> Listing[T]:
        def fetch(_limit: int | None) -> Iterator[Sequence[T]]:
            yield self._at(find)

        return Listing(fetch, of)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        return Tags(
            lambda: dict(self._at(lambda side: side.tags())),
            lambda tags: self._at(lambda side: side.tags().merge(tags)),
            lambda keys: self._at(lambda side: side.tags().discard(keys)),
        )

    # -- targets ---------------------------------------------------------------------------------------------

    def add(self, *targets: TargetLike) -> None:
        """Register targets in all its target groups; those that it has are fine. A request each, and one to find them.

        Args:
            *targets: Running instances, or their ids.

        Raises:
            Conflict: It has no target group.
            InvalidRequest: A target is not running, not in the VPC, or not there.
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").add(box)

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:RegisterTargets,
            elb:DescribeLoadBalancers, elb:RegisterInstancesWithLoadBalancer
        """
        ids = ids_of("target", targets)
        registries = self._at(lambda side: side.registries()) if ids else ()
        if ids and not registries:
            raise Conflict(
                "it has no target group to register targets in",
                service="elbv2",
                resource=self.name,
                hint="Listener.create(balancer, 80, target_group=TargetGroup.create(...)) gives it one",
            )
        for each in registries:
            each.register(*ids)

    def remove(self, *targets: TargetLike) -> None:
        """Deregister targets from all its target groups; those that it has not are fine. Requests as for `add`.

        Requests that are under way are finished first, for up to 5 minutes; the target is `draining` meanwhile.

        Args:
            *targets: Instances, or their ids.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").remove(box)

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:DeregisterTargets,
            elbv2:DescribeTargetHealth,
            elb:DescribeLoadBalancers, elb:DeregisterInstancesFromLoadBalancer
        """
        ids = ids_of("target", targets)
        for each in self._at(lambda side: side.registries()) if ids else ():
            each.deregister(*ids)

    def health(self, *, names: bool = False) -> HealthTable:
        """How its targets are, in all its target groups. One request a target group, and one to find them.

        Args:
            names: Whether to tell the name and the zone of each instance. One request for each 200.

        Returns:
            A row for each target of each group; it prints as a table.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").health().all_healthy
            True

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth,
            elb:DescribeInstanceHealth, ec2:DescribeInstances,
            elb:DescribeLoadBalancers
        """
        registries = self._at(lambda side: side.registries())
        table = HealthTable(tuple(row for each in registries for row in each.health()))
        return named(self.cloud, table) if names else table

    def diagram(self) -> Diagram:
        """Draw it, from its clients to the health of its targets. Three requests, and one for each listener and group.

        They are one for itself, its listeners and its target groups each, one for the rules of each listener of an
        application load balancer, and one for the health of each group; a classic one takes two requests. One more for
        each 200 instances tells their names, which are left out where the credentials may not ask.

        Returns:
            Mermaid text and a picture, which notebooks show. Of a group with more than 24 targets it shows those that
            are not healthy, and counts the others.

        Raises:
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").diagram().save("web.svg").name
            'web.svg'

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeListeners, elbv2:DescribeRules, elbv2:DescribeTargetGroups,
            elbv2:DescribeTargetHealth, elb:DescribeLoadBalancers, elb:DescribeInstanceHealth, ec2:DescribeInstances
        """
        sketch = self._at(lambda side: sketch_of(side, self.cloud))
        return Diagram(self.name, tuple(sketch.boxes), tuple(sketch.arrows))

    def wait_healthy(
        self, *targets: TargetLike, timeout: Duration = HEALTHY_SECONDS, patience: Duration | None = None
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
        wait_healthy(self._front(), targets_of(targets), timeout=timeout, patience=patience)
        return self

    def _front(self) -> Watched:
        """What those who look after its targets know of it."""
        return Watched(
            self.name,
            self.cloud,
            state=lambda: (
                LoadBalancerState(self.refresh()._known("State.Code")),
                self._known("State.Reason"),
            ),
            zones=lambda: self.zones,
            security_groups=lambda: self.security_group_ids or (),
            registries=lambda: self._at(lambda side: side.registries()),
        )

    def drain(self, *targets: TargetLike, timeout: Duration | None = None) -> None:
        """Deregister targets and wait until they have finished their requests. Those that it has not are fine.

        Requests: one to find its target groups, one for each to see the targets, one to take them from it, one for its
        deregistration delay, and one a look as long as one is draining there.

        Args:
            *targets: Instances, or their ids; addresses.
            timeout: Seconds, more than 0. Default: the longest deregistration delay of its groups (with a classic one
                its connection draining), and two minutes.

        Raises:
            WaitTimeout: One is still draining; it is deregistered.
            LoadBalancerNotFound: The load balancer is not there.

        Examples:
            >>> LoadBalancer("web").drain(box)

        AWS: elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth, elbv2:DeregisterTargets,
            elbv2:DescribeTargetGroupAttributes, elb:DescribeInstanceHealth,
            elb:DeregisterInstancesFromLoadBalancer, elb:DescribeLoadBalancerAttributes
        """
        wanted = targets_of(targets)
        if wanted:
            drain(self._front(), wanted, timeout=timeout)

    @overload
    def out_of_service(
        self,
        target: OneTarget,
        /,
        *,
        allow_empty: bool = ...,
        drain_timeout: Duration | None = ...,
        timeout: Duration = ...,
        patience: Duration | None = ...,
    ) -> AbstractContextManager[OneTarget]: ...
    @overload
    def out_of_service(
        self,
        target: OneTarget,
        second: OneTarget,
        /,
        *more: OneTarget,
        allow_empty: bool = ...,
        drain_timeout: Duration | None = ...,
        timeout: Duration = ...,
        patience: Duration | None = ...,
    ) -> AbstractContextManager[tuple[OneTarget, ...]]: ...
    def out_of_service(
        self,
        *targets: OneTarget,
        allow_empty: bool = False,
        drain_timeout: Duration | None = None,
        timeout: Duration = HEALTHY_SECONDS,
        patience: Duration | None = None,
    ) -> AbstractContextManager[OneTarget] | AbstractContextManager[tuple[OneTarget, ...]]:
        """A block in which targets get no requests: drained before it, and back and healthy after it.

        They come back to the groups that they were in, with the ports that they had, however the block ends; its
        exception stays the exception, and what goes wrong in bringing them back is told in its hint or notes. After
        Ctrl-C they are registered, and not waited for. Requests as for `drain`, and then one a group and one a look.

        Args:
            *targets: One or several that it has.
            allow_empty: Whether the last target that serves may go.
            drain_timeout: Seconds until they have drained. Default: as in `drain`.
            timeout: Seconds until they are healthy again, more than 0. Default: 600.
            patience: Seconds that they may be unhealthy then. Default: as in `wait_healthy`.

        Returns:
            The block; it gives the target as it was given, or all of them.

        Raises:
            Conflict: One is not registered, or nothing would serve: nothing was changed.
            TargetUnhealthy: One did not become healthy again.
            WaitTimeout: One has not drained, and is back; or is not healthy in time.

        Examples:
            >>> with LoadBalancer("web").out_of_service(box, allow_empty=True) as idle:
            ...     idle is box
            True

        AWS: elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth, elbv2:DeregisterTargets,
            elbv2:DescribeTargetGroupAttributes, elbv2:RegisterTargets, elb:DescribeInstanceHealth,
            elb:DeregisterInstancesFromLoadBalancer, elb:DescribeLoadBalancerAttributes,
            elb:RegisterInstancesWithLoadBalancer
        """
        wanted = targets_of(targets)
        if not wanted:
            raise InvalidRequest("no target was given", hint="balancer.out_of_service(box)")
        leave = Leave(self._front(), allow_empty, drain_timeout, timeout, patience)
        if len(targets) == 1:
            return out_of_service(leave, wanted, targets[0])
        return out_of_service(leave, wanted, targets)

    @overload
    def rolling(
        self,
        targets: None = None,
        *,
        batch: int = ...,
        allow_empty: bool = ...,
        drain_timeout: Duration | None = ...,
        timeout: Duration = ...,
        patience: Duration | None = ...,
    ) -> Rolling[Instance]: ...
    @overload
    def rolling(
        self,
        targets: Iterable[OneTarget],
        *,
        batch: int = ...,
        allow_empty: bool = ...,
        drain_timeout: Duration | None = ...,
        timeout: Duration = ...,
        patience: Duration | None = ...,
    ) -> Rolling[OneTarget]: ...
    def rolling(
        self,
        targets: Iterable[OneTarget] | None = None,
        *,
        batch: int = 1,
        allow_empty: bool = False,
        drain_timeout: Duration | None = None,
        timeout: Duration = HEALTHY_SECONDS,
        patience: Duration | None = None,
    ) -> Rolling[Instance] | Rolling[OneTarget]:
        """Its targets in turn, each out of service while it is worked on, with the rest serving. No request yet.

        A batch goes out, drains and comes back together: one request a group and look for all of it. A loop that ends
        early brings its targets back too; `with balancer.rolling() as boxes:` around it waits for them: see `Rolling`.

        Args:
            targets: Those that it has, which are given out as they are. Default: all, as `Instance`s, loaded with one
                request; targets that are no instances have to be given.
            batch: How many go out at the same time, 1 or more.
            allow_empty: Whether the last targets that serve may go.
            drain_timeout: Seconds until a batch has drained. Default: as in `drain`.
            timeout: Seconds until a batch is healthy again, more than 0. Default: 600.
            patience: Seconds that one may be unhealthy then. Default: as in `wait_healthy`.

        Returns:
            What gives them out; it is used once.

        Raises:
            InvalidRequest: The batch is less than 1, or a time is none.

        Examples:
            >>> for box in LoadBalancer("web").rolling(allow_empty=True):
            ...     print(box.state)
            running

        AWS: elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth, elbv2:DeregisterTargets,
            elbv2:DescribeTargetGroupAttributes, elbv2:RegisterTargets, ec2:DescribeInstances,
            elb:DescribeInstanceHealth, elb:DeregisterInstancesFromLoadBalancer,
            elb:DescribeLoadBalancerAttributes, elb:RegisterInstancesWithLoadBalancer
        """
        if isinstance(batch, bool) or batch < MIN_BATCH:
            raise InvalidRequest(f"batch={batch!r}: it is {MIN_BATCH} or more")
        leave = Leave(self._front(), allow_empty, drain_timeout, timeout, patience)
        if targets is None:
            return Rolling(leave, lambda seen: instances_in(seen, leave.front), batch=batch)
        given = given_once(targets)
        return Rolling(leave, lambda seen: all_registered(given, seen, leave.front), batch=batch)

    # -- settings --------------------------------------------------------------------------------------------

    @property
    def settings(self) -> LoadBalancerSettings:
        """How it is set: timeouts, protection, logs and more; a setting that its kind has not is None. One request."""
        return self._at_seat(settings_of)

    def update(self, **changes: Unpack[LoadBalancerChanges]) -> Self:
        """Change the settings that are given. One request for all of them; some more for where it stands.

        `subnets`, `security_groups` and `ip_address_type` take a request each, or up to three, and are changed after
        the others. All are looked through before the first request, and it is safe to repeat.

        Args:
            **changes: Settings, as in `LoadBalancerChanges`; such as `idle_timeout=120`. None leaves one as it is.

        Returns:
            The load balancer itself.

        Raises:
            InvalidRequest: Its kind has no such setting, and the hint says what has; or AWS takes no such value.
            Conflict: It was made so that this cannot be changed.
            LoadBalancerNotFound: It is not there.

        Examples:
            >>> LoadBalancer("web").update(idle_timeout=120, drop_invalid_headers=True).settings.idle_timeout
            120

        AWS: elbv2:DescribeLoadBalancers, elbv2:ModifyLoadBalancerAttributes, elbv2:SetIpAddressType,
            elbv2:SetSubnets, elbv2:SetSecurityGroups, elb:DescribeLoadBalancers, elb:ModifyLoadBalancerAttributes,
            elb:AttachLoadBalancerToSubnets, elb:DetachLoadBalancerFromSubnets, elb:ApplySecurityGroupsToLoadBalancer
        """
        if self._at_seat(lambda seat: Changes.checked(changes, seat.kind).make(seat)).placing:
            self._unlearn()
        return self

    @property
    def deletion_protection(self) -> bool | None:
        """Whether AWS refuses to delete it; may be set. None for a classic one. One request each way."""
        return self.settings.deletion_protection

    @deletion_protection.setter
    def deletion_protection(self, on: bool) -> None:
        self.update(deletion_protection=given("deletion_protection", on))

    @property
    def idle_timeout(self) -> int | None:
        """Seconds until a silent connection is closed; may be set. Application and classic. One request each way."""
        return self.settings.idle_timeout

    @idle_timeout.setter
    def idle_timeout(self, seconds: Duration) -> None:
        self.update(idle_timeout=given("idle_timeout", seconds))

    @property
    def access_logs(self) -> LogPlace | None:
        """Where its access logs go; None for nowhere. May be set, to a bucket too, as by `log_to`. One request."""
        return self.settings.access_logs

    @access_logs.setter
    def access_logs(self, place: LogsLike | None) -> None:
        self.log_to(place)

    @property
    def connection_logs(self) -> LogPlace | None:
        """Where the logs of its connections go, as `access_logs`; of application load balancers. One request."""
        return self.settings.connection_logs

    @connection_logs.setter
    def connection_logs(self, place: LogsLike | None) -> None:
        self.log_to(place, what=LogKind.CONNECTIONS)

    @property
    def health_check_logs(self) -> LogPlace | None:
        """Where the logs of its health checks go, as `access_logs`; of application load balancers. One request."""
        return self.settings.health_check_logs

    @health_check_logs.setter
    def health_check_logs(self, place: LogsLike | None) -> None:
        self.log_to(place, what=LogKind.HEALTH_CHECKS)

    def log_to(
        self,
        bucket: LogsLike | None,
        *,
        prefix: str = "",
        interval: Duration | None = None,
        what: LogKind | str = LogKind.ACCESS,
    ) -> None:
        """Send its logs to a bucket, whose policy is made to let them in; or to nowhere. Safe to repeat.

        Two requests for the load balancer and two to four for the bucket. A statement of its own for this load
        balancer comes into the bucket's policy, and is taken away again when the logs go elsewhere; all others stay.
        S3 may need some seconds until the policy counts: meanwhile AWS refuses, and is asked again for up to a
        minute.

        The logs of a network load balancer tell of TLS listeners alone; gateway ones write none.

        Args:
            bucket: The bucket, of the load balancer's region, or its name; a `LogPlace`; None to end it.
            prefix: The folder in it. Default: none.
            interval: Seconds between two files of a classic load balancer: 300 or 3600, the default.
            what: `"access"`; and for application load balancers `"connections"` or `"health_checks"`.

        Raises:
            InvalidRequest: The bucket is in another region, or its default encryption keeps logs out; its kind
                writes no such logs; or AWS may not write to the bucket though its policy allows that.
            BucketNotFound: The bucket is not there.
            AccessDenied: These credentials may not change the bucket's policy.

        Examples:
            >>> LoadBalancer("web").log_to(Bucket("acme-logs"), prefix="web")
            >>> LoadBalancer("web").access_logs
            LogPlace(bucket='acme-logs', prefix='web', interval=None)

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeLoadBalancerAttributes, elbv2:ModifyLoadBalancerAttributes,
            elb:DescribeLoadBalancers, elb:DescribeLoadBalancerAttributes, elb:ModifyLoadBalancerAttributes,
            s3:HeadBucket, s3:GetBucketEncryption, s3:GetBucketPolicy, s3:PutBucketPolicy, s3:DeleteBucketPolicy
        """
        from cloudkit.elb._logging.switching import log_to

        self._at_seat(lambda seat: log_to(seat, bucket, what, prefix=prefix, interval=interval))

    def logs(
        self,
        since: Span | datetime = "1h",
        until: datetime | None = None,
        *,
        place: LogsLike | None = None,
    ) -> Iterator[LogEntry]:
        """What its access logs say of a span of time, read from their bucket. Requests as for reading the files.

        One request finds where they are, one or more list them for each day, and one reads each file. They come
        file by file, so that the times of different nodes are not in order, some 5 minutes late or more (those of a
        classic load balancer up to an hour), and not all: AWS writes down what it can.

        Args:
            since: From when on: a span until then, such as `"15m"`, `"3h"` or seconds; or a time with its zone.
            until: Up to when, with its zone. Default: now.
            place: Where they are, if it is not where they go now: a `LogPlace`, a bucket or its name.

        Returns:
            An iterator over the entries; each says what all kinds tell, and the rest in its `fields`.

        Raises:
            Conflict: It writes no access logs, and `place` is not given.
            InvalidRequest: There is no such span, or its kind writes no access logs.
            AccessDenied: These credentials may not read the bucket.

        Examples:
            >>> [(entry.status, entry.url) for entry in LoadBalancer("web").logs("1h")]
            [(504, 'http://shop.example.com:80/slow')]

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeLoadBalancerAttributes, elb:DescribeLoadBalancerAttributes,
            s3:ListObjectsV2, s3:GetObject
        """
        from cloudkit.elb._logging.reading import entries, span_of

        first, last = span_of(since, until)
        return entries(self._at_seat(lambda seat: seat), first, last, place)

    def _at_seat(self, use: Callable[[Seat], T]) -> T:
        return self._at_arn(lambda arn: use(Seat.at(arn, self.cloud, lambda: self.kind)))

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self, *, timeout: Duration = RELEASE_SECONDS) -> None:
        """Delete it, its listeners, and the target groups and security group made with it; fine if it is not there.

        Those that were made otherwise stay, and so do the targets. Five requests, and one for each target group and
        security group or more: AWS releases them a little later. Rules of other security groups that name its own go
        with that. Safe to repeat after an error.

        Args:
            timeout: Seconds for its target groups to be released, and as many for its security group. Default: 300.

        Raises:
            Conflict: Deletion protection is on, or something else still uses it.
            WaitTimeout: These were not released in time; the load balancer is gone.

        Examples:
            >>> LoadBalancer("web").delete()

        AWS: elbv2:DescribeLoadBalancers, elb:DescribeLoadBalancers, elbv2:DeleteLoadBalancer, elb:DeleteLoadBalancer,
            elbv2:DescribeTargetGroups, elbv2:DescribeTags, elbv2:DeleteTargetGroup, ec2:DescribeSecurityGroups,
            ec2:RevokeSecurityGroupIngress, ec2:RevokeSecurityGroupEgress, ec2:DeleteSecurityGroup,
            ec2:DescribeNetworkInterfaces
        """
        classic = False
        self.cloud.forget(self.name)
        with suppress(LoadBalancerNotFound):
            arn = self.arn
            classic = classic_name(arn) is not None
            self.cloud.forget(arn)
            self._at(lambda side: side.delete())
        for known_by in (self, LoadBalancer(self.name, cloud=self.cloud)):
            self.cloud.forget_lookup(known_by._key)
        self._unlearn()
        delete_parts(self.name, self.cloud, target_groups=not classic, timeout=timeout)


def balancers_having(
    target: HasId, names: Sequence[str], *, vpc: str | None, cloud: Cloud
) -> Mapping[LoadBalancer, HealthTable]:
    """The load balancers that have a target, by any of the names that it is registered by, and how it is there."""
    found = having(cloud, [target.id, *names], vpc=vpc)
    build = LoadBalancer._of_row  # pyright: ignore[reportPrivateUsage]
    return MappingProxyType({build(row, cloud): table for row, table in found})
