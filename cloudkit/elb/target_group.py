"""A target group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any, ClassVar, TypeVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import one_of, tag_list
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags, checked_tags
from cloudkit._core.waiting import wait_until
from cloudkit.elb._limits import RELEASE_SECONDS, TARGETS_PER_CALL
from cloudkit.elb._naming import checked_name, target_group_name
from cloudkit.elb._network import default_vpc
from cloudkit.elb._remembered import at_arn
from cloudkit.elb._service import ELBV2
from cloudkit.elb._tagging import tags_at
from cloudkit.elb.errors import TargetGroupNotFound
from cloudkit.elb.health import HealthTable, target_health
from cloudkit.elb.health_check import HealthCheck, health_check_of, health_check_params
from cloudkit.elb.metrics import TargetGroupMetrics, group_metrics
from cloudkit.elb.target import HasId, Target, arn_of, checked_port, id_of, ids_of
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Answer, Duration, HasArn, OpenEnum, TagMap

T = TypeVar("T")

_WEB_PROTOCOLS = ("HTTP", "HTTPS")


class Protocol(OpenEnum):
    """What is spoken on a port."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    TCP = "TCP"
    TLS = "TLS"
    UDP = "UDP"
    TCP_UDP = "TCP_UDP"
    GENEVE = "GENEVE"


def _texts(value: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in value)


@define(eq=False, repr=False)
class TargetGroup(Resource):
    """A target group, by its name or ARN. Making one calls nothing.

    Args:
        name: Its name or ARN.
        arn: Its ARN, where it is known: calls then need not look it up.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: An ARN of something else.

    Examples:
        >>> TargetGroup("web-8080")
        <TargetGroup web-8080>

    AWS: none
    """

    _service = ELBV2

    name: str = field()
    _arn: str | None = field(default=None, kw_only=True, alias="arn")

    port: ClassVar[Attribute[int | None]] = attribute("Port", int, optional=True)
    protocol: ClassVar[Attribute[Protocol | None]] = attribute("Protocol", Protocol, optional=True)
    vpc_id: ClassVar[Attribute[str | None]] = attribute("VpcId", str, optional=True)
    target_type: ClassVar[Attribute[str]] = attribute("TargetType", str)
    load_balancer_arns: ClassVar[Attribute[tuple[str, ...]]] = attribute(
        "LoadBalancerArns", _texts, volatile=True
    )

    def __attrs_post_init__(self) -> None:
        name, arn = target_group_name(self.name)
        self._identify(name=name)
        self._arn = self._arn or arn

    @property
    def arn(self) -> str:
        """The Amazon Resource Name. Looked up once in five minutes."""
        return self._arn or self._known("TargetGroupArn") or self.cloud.lookup(self._key, self._find_arn)

    @property
    def _key(self) -> tuple[object, ...]:
        return ("elbv2", "target group", self.name)

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

    def _find_arn(self) -> str:
        return str(self.refresh().raw["TargetGroupArn"])

    def _at_arn(self, use: Callable[[str], T]) -> T:
        return at_arn(use, lambda: self.arn, self._forget_arn, TargetGroupNotFound)

    def _forget_arn(self) -> bool:
        if self._arn is not None:
            return False
        self.cloud.forget_lookup(self._key)
        self._unlearn()
        return True

    @property
    def health_check(self) -> HealthCheck:
        """How it finds out whether a target is well. Loaded like an attribute."""
        return health_check_of(self.raw)

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        *,
        port: int,
        protocol: Protocol | str = Protocol.HTTP,
        vpc: HasId | str | None = None,
        health_check: HealthCheck | None = None,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Make a target group. Two requests; one more to find the default VPC.

        AWS answers success for a group that is there with the same settings, so that its name is looked up first.

        Args:
            name: 1 to 32 letters, digits and hyphens.
            port: The port that targets get requests on, 1 to 65535.
            protocol: What they speak: `"HTTP"` or `"HTTPS"`.
            vpc: The VPC that they are in. Default: the region's default VPC.
            health_check: How they are checked. Default: `GET /` every 30 seconds, which must answer 200.
            tags: Its tags.
            aws: More parameters of CreateTargetGroup, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.

        Returns:
            The target group.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: AWS takes no such name, port or health check.

        Examples:
            >>> TargetGroup.create("api", port=9000, health_check=HealthCheck(path="/up"))
            <TargetGroup api>

        AWS: elbv2:DescribeTargetGroups, elbv2:CreateTargetGroup, ec2:DescribeVpcs
        """
        cloud = cloud_or_current(cloud)
        checked_name("target group", name)
        checked_port("port", port)
        one_of("protocol", str(protocol), _WEB_PROTOCOLS)
        check = (health_check or HealthCheck()).checked()
        params: dict[str, Any] = {
            "Name": name,
            "Protocol": str(protocol),
            "Port": port,
            "Tags": tag_list(checked_tags(tags or {})),
            **health_check_params(check),
        }
        if cls(name, cloud=cloud).exists():
            raise AlreadyExists(
                "a target group of this name is there already",
                service="elbv2",
                operation="CreateTargetGroup",
                resource=name,
                hint=f"TargetGroup({name!r}) is the one that is there",
            )
        params["VpcId"] = default_vpc(cloud) if vpc is None else id_of("vpc", vpc)
        row = cloud.invoke(ELBV2, "create_target_group", params, aws=aws, about=name)["TargetGroups"][0]
        made = cls(name, arn=row["TargetGroupArn"], cloud=cloud)
        cloud.forget_lookup(made._key)
        cloud.remember(made.arn, TargetGroupNotFound)
        cloud.remember(name, TargetGroupNotFound)
        return made._learn(row, whole=False)

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
    def _load(self) -> Answer:
        found = self._call(
            "describe_target_groups",
            Names=[self.name] if self._arn is None else None,
            TargetGroupArns=None if self._arn is None else [self._arn],
        ).get("TargetGroups", [])
        if not found:
            raise TargetGroupNotFound("there is no such target group", service="elbv2", resource=self.name)
        row: Answer = found[0]
        return row

    # -- targets ---------------------------------------------------------------------------------------------

    def register(self, *targets: Target) -> None:
        """Give targets to the group; those that it has are fine. One request for each 200.

        Args:
            *targets: Running instances, or their ids.

        Raises:
            InvalidRequest: One is not running, not in the group's VPC, or not there.
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> TargetGroup("web-8080").register(box)

        AWS: elbv2:RegisterTargets
        """
        for batch in split(ids_of("target", targets), most=TARGETS_PER_CALL):
            self._register([{"Id": each} for each in batch])

    def _register(self, entries: Sequence[Mapping[str, str]]) -> None:
        self._at_arn(lambda arn: self._call("register_targets", TargetGroupArn=arn, Targets=entries))

    def deregister(self, *targets: Target) -> None:
        """Take targets from the group; those that it has not are fine. One request for each 200.

        Requests that are under way are finished first, for up to 5 minutes; the target is `draining` meanwhile.

        Args:
            *targets: Instances, or their ids.

        Raises:
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> TargetGroup("web-8080").deregister(box)

        AWS: elbv2:DeregisterTargets, elbv2:DescribeTargetHealth
        """
        for batch in split(ids_of("target", targets), most=TARGETS_PER_CALL):
            try:
                self._deregister(batch)
            except InvalidRequest as error:
                # AWS ignores what is not registered, unless the instance is gone: then it refuses the others too.
                if error.code != "InvalidTarget":
                    raise
                registered = {row.id for row in self.health()}
                left = [each for each in batch if each in registered]
                if left:
                    self._deregister(left)

    def _deregister(self, ids: Sequence[str]) -> None:
        entries = [{"Id": each} for each in ids]
        self._at_arn(lambda arn: self._call("deregister_targets", TargetGroupArn=arn, Targets=entries))

    def health(self, *targets: Target) -> HealthTable:
        """How its targets are. One request.

        Args:
            *targets: Instances, or their ids; one that is not registered is shown as `unused`. Default: all.

        Returns:
            A row for each target.

        Raises:
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> TargetGroup("web-8080").health()[0].state
            <Health.HEALTHY: 'healthy'>

        AWS: elbv2:DescribeTargetHealth
        """
        asked = [{"Id": each} for each in ids_of("target", targets)] or None
        answer = self._at_arn(
            lambda arn: self._call("describe_target_health", TargetGroupArn=arn, Targets=asked)
        )
        return HealthTable(
            tuple(target_health(row, self.name) for row in answer.get("TargetHealthDescriptions", []))
        )

    # -- settings --------------------------------------------------------------------------------------------

    def update(self, *, health_check: HealthCheck) -> Self:
        """Change how its targets are checked. One request.

        Args:
            health_check: All of the new health check.

        Returns:
            The group itself.

        Raises:
            InvalidRequest: AWS takes no such health check.
            TargetGroupNotFound: The group is not there.

        Examples:
            >>> TargetGroup("web-8080").update(health_check=HealthCheck(path="/up")).health_check.path
            '/up'

        AWS: elbv2:ModifyTargetGroup
        """
        params = health_check_params(health_check.checked())
        answer = self._at_arn(lambda arn: self._call("modify_target_group", TargetGroupArn=arn, **params))
        return self._learn(answer["TargetGroups"][0], whole=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set. One request each way."""
        return tags_at(self.cloud, self._at_arn)

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Delete the group; fine if it is not there. One request, or two if its ARN is not known.

        Raises:
            Conflict: A listener or rule still uses it.

        Examples:
            >>> TargetGroup("old-9000").delete()

        AWS: elbv2:DescribeTargetGroups, elbv2:DeleteTargetGroup
        """
        with suppress(TargetGroupNotFound):
            self.cloud.forget(self.name)
            arn = self.arn
            self.cloud.forget(arn)
            self._at_arn(lambda arn: self._call("delete_target_group", TargetGroupArn=arn))
        self.cloud.forget_lookup(self._key)
        self._unlearn()


def delete_when_released(groups: Sequence[TargetGroup], *, timeout: Duration = RELEASE_SECONDS) -> None:
    """Delete groups whose load balancer was just deleted, which lets go of them a little later."""
    left = list(groups)

    def poll() -> Sequence[TargetGroup]:
        for group in list(left):
            try:
                group.delete()
            except Conflict as error:
                if error.code != "ResourceInUse":
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
