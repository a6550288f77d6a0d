"""A fault server that does what AWS does over time: targets are checked before they serve, and drain before they go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from attrs import define, field

from cloudkit import Cloud
from cloudkit.elb import LoadBalancer
from tests.elb.answers import ACCOUNT, BALANCER_ARN
from tests.faults import FaultServer, Reply, Request

_CAPITALS = re.compile("(?<!^)(?=[A-Z])")
CLASSIC_VERSION = "2012-06-01"
CHECKING_SECONDS = 20.0
DELAY_SECONDS = 60.0
FIRST, SECOND, THIRD, FOURTH = (f"i-{number}" for number in ("1" * 17, "2" * 17, "3" * 17, "4" * 17))


@define
class Seat:
    """A registered target: since when, or until when it drains."""

    id: str
    port: int
    healthy_at: float
    gone_at: float | None = None
    zone: str | None = None


@define
class Service:
    """A load balancer of either API.

    Attributes:
        faults: Where it is served.
        kind: `"application"` or `"classic"`.
        groups: The seats of each target group; a classic one has one group, whose name nobody sees.
        sick: Targets that never become healthy (again), each with state, reason and description as its API says them.
        refuse: Operations that fail from now on, each with a code.
    """

    faults: FaultServer
    kind: str
    groups: dict[str, list[Seat]] = field(factory=dict[str, "list[Seat]"])
    sick: dict[str, tuple[str, str, str]] = field(factory=dict[str, "tuple[str, str, str]"])
    refuse: dict[str, str] = field(factory=dict[str, str])
    admitted: str = "sg-0f"
    zone: str = "us-east-1a"
    draining: bool = True
    begun: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.begun = self.faults.clock.now()

    @classmethod
    def begin(
        cls, faults: FaultServer, kind: str, groups: Mapping[str, Iterable[tuple[str, int]]]
    ) -> Service:
        made = cls(faults, kind)
        for name, seats in groups.items():
            made.groups[name] = [Seat(target, port, 0.0) for target, port in seats]
        faults.otherwise(made)
        return made

    @property
    def balancer(self) -> LoadBalancer:
        name = "web" if self.kind == "classic" else BALANCER_ARN
        cloud: Cloud = self.faults.cloud()
        return LoadBalancer(name, cloud=cloud)

    def seats(self, group: str | None = None) -> set[tuple[str, int]]:
        """Who is registered and not leaving."""
        groups = self.groups.values() if group is None else [self.groups[group]]
        return {(seat.id, seat.port) for seats in groups for seat in seats if seat.gone_at is None}

    def states(self) -> dict[str, str]:
        """How each target is, all groups together; a target that is gone is missing."""
        self._pass()
        return {seat.id: self._state(seat)[0] for seats in self.groups.values() for seat in seats}

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return self.faults.clock.now() - self.begun

    def _pass(self) -> None:
        for seats in self.groups.values():
            seats[:] = [seat for seat in seats if seat.gone_at is None or seat.gone_at > self.now]

    def _state(self, seat: Seat) -> tuple[str, str, str]:
        if seat.gone_at is not None:
            return "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
        if seat.healthy_at > self.now:
            return "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"
        return self.sick.get(seat.id, ("healthy", "", ""))

    def __call__(self, request: Request) -> Reply:
        self._pass()
        form = request.form
        operation = request.operation
        if operation in self.refuse:
            return Reply.query_error(self.refuse[operation], "refused")
        classic = form["Version"] == CLASSIC_VERSION
        if operation == "DescribeLoadBalancers":
            return self._classic_row() if classic else self._row()
        answer = getattr(self, "_" + _CAPITALS.sub("_", operation).lower())
        reply: Reply = answer(form)
        return reply

    def register(self, group: str, target: str, port: int, zone: str | None) -> None:
        seats = self.groups[group]
        if (target, port) not in self.seats(group):
            seats[:] = [seat for seat in seats if (seat.id, seat.port) != (target, port)]
            seats.append(Seat(target, port, self.now + CHECKING_SECONDS, zone=zone))

    def deregister(self, group: str, target: str, port: int | None) -> None:
        for seat in self.groups[group]:
            if seat.id == target and port in (None, seat.port) and seat.gone_at is None:
                seat.gone_at = self.now + (DELAY_SECONDS if self.draining else 0.0)

    # -- elbv2 -----------------------------------------------------------------------------------------------

    def _row(self) -> Reply:
        if self.kind == "classic":
            return Reply.query_error("LoadBalancerNotFound", "no such load balancer")
        return _answer(
            "DescribeLoadBalancers",
            f"<LoadBalancers><member><LoadBalancerArn>{BALANCER_ARN}</LoadBalancerArn>"
            "<LoadBalancerName>web</LoadBalancerName><DNSName>web-1.us-east-1.elb.amazonaws.com</DNSName>"
            "<Type>application</Type><State><Code>active</Code></State><VpcId>vpc-1</VpcId>"
            "<SecurityGroups><member>sg-0f</member></SecurityGroups><AvailabilityZones>"
            "<member><ZoneName>us-east-1a</ZoneName><SubnetId>subnet-a</SubnetId></member>"
            "<member><ZoneName>us-east-1b</ZoneName><SubnetId>subnet-b</SubnetId></member>"
            "</AvailabilityZones></member></LoadBalancers>",
        )

    def _describe_target_groups(self, form: Mapping[str, str]) -> Reply:
        rows = "".join(
            f"<member><TargetGroupArn>{ACCOUNT}:targetgroup/{name}/0123456789abcdef</TargetGroupArn>"
            f"<TargetGroupName>{name}</TargetGroupName><Protocol>HTTP</Protocol><Port>{_port(name)}</Port>"
            "<TargetType>instance</TargetType><VpcId>vpc-1</VpcId><HealthCheckPath>/up</HealthCheckPath>"
            "<HealthCheckProtocol>HTTP</HealthCheckProtocol><HealthCheckPort>traffic-port</HealthCheckPort>"
            "<HealthCheckIntervalSeconds>10</HealthCheckIntervalSeconds>"
            "<HealthCheckTimeoutSeconds>5</HealthCheckTimeoutSeconds><Matcher><HttpCode>200</HttpCode></Matcher>"
            f"<LoadBalancerArns><member>{BALANCER_ARN}</member></LoadBalancerArns></member>"
            for name in (() if self.kind == "classic" else self.groups)
        )
        return _answer("DescribeTargetGroups", f"<TargetGroups>{rows}</TargetGroups>")

    def _describe_target_group_attributes(self, form: Mapping[str, str]) -> Reply:
        return _answer(
            "DescribeTargetGroupAttributes",
            "<Attributes><member><Key>deregistration_delay.timeout_seconds</Key>"
            f"<Value>{DELAY_SECONDS:g}</Value></member></Attributes>",
        )

    def _describe_target_health(self, form: Mapping[str, str]) -> Reply:
        rows = "".join(
            f"<member><Target><Id>{seat.id}</Id><Port>{seat.port}</Port>"
            f"{f'<AvailabilityZone>{seat.zone}</AvailabilityZone>' if seat.zone else ''}</Target>"
            f"<TargetHealth>{_told(self._state(seat), ('State', 'Reason', 'Description'))}</TargetHealth></member>"
            for seat in self.groups[_group(form)]
        )
        return _answer("DescribeTargetHealth", f"<TargetHealthDescriptions>{rows}</TargetHealthDescriptions>")

    def _register_targets(self, form: Mapping[str, str]) -> Reply:
        for target, port, zone in _targets(form):
            self.register(_group(form), target, port or _port(_group(form)), zone)
        return _answer("RegisterTargets")

    def _deregister_targets(self, form: Mapping[str, str]) -> Reply:
        for target, port, _ in _targets(form):
            self.deregister(_group(form), target, port)
        return _answer("DeregisterTargets")

    # -- elb -------------------------------------------------------------------------------------------------

    def _classic_row(self) -> Reply:
        if self.kind != "classic":
            return _answer("DescribeLoadBalancers", "<LoadBalancerDescriptions/>")
        [seats] = self.groups.values()
        instances = "".join(
            f"<member><InstanceId>{seat.id}</InstanceId></member>" for seat in seats if seat.gone_at is None
        )
        return _answer(
            "DescribeLoadBalancers",
            "<LoadBalancerDescriptions><member><LoadBalancerName>web</LoadBalancerName>"
            "<DNSName>web-1.us-east-1.elb.amazonaws.com</DNSName><VPCId>vpc-1</VPCId>"
            f"<Instances>{instances}</Instances><SecurityGroups><member>sg-0f</member></SecurityGroups>"
            "<AvailabilityZones><member>us-east-1a</member><member>us-east-1b</member></AvailabilityZones>"
            "<SourceSecurityGroup><OwnerAlias>123456789012</OwnerAlias></SourceSecurityGroup>"
            "<HealthCheck><Target>HTTP:8080/up</Target><Interval>10</Interval><Timeout>5</Timeout>"
            "<UnhealthyThreshold>2</UnhealthyThreshold><HealthyThreshold>2</HealthyThreshold></HealthCheck>"
            "<ListenerDescriptions><member><Listener><Protocol>HTTP</Protocol><LoadBalancerPort>80</LoadBalancerPort>"
            "<InstanceProtocol>HTTP</InstanceProtocol><InstancePort>8080</InstancePort></Listener></member>"
            "</ListenerDescriptions></member></LoadBalancerDescriptions>",
        )

    def _describe_load_balancer_attributes(self, form: Mapping[str, str]) -> Reply:
        return _answer(
            "DescribeLoadBalancerAttributes",
            "<LoadBalancerAttributes><ConnectionDraining>"
            f"<Enabled>{str(self.draining).lower()}</Enabled><Timeout>{DELAY_SECONDS:g}</Timeout>"
            "</ConnectionDraining></LoadBalancerAttributes>",
        )

    def _describe_instance_health(self, form: Mapping[str, str]) -> Reply:
        [seats] = self.groups.values()
        rows = "".join(
            f"<member><InstanceId>{seat.id}</InstanceId>"
            f"{_told(self._classic_state(seat), ('State', 'ReasonCode', 'Description'))}</member>"
            for seat in seats
        )
        return _answer("DescribeInstanceHealth", f"<InstanceStates>{rows}</InstanceStates>")

    def _classic_state(self, seat: Seat) -> tuple[str, str, str]:
        if seat.gone_at is not None:
            return "InService", "N/A", "Instance deregistration currently in progress."
        if seat.healthy_at > self.now:
            return "OutOfService", "ELB", "Instance registration is still in progress."
        return self.sick.get(seat.id, ("InService", "N/A", "N/A"))

    def _register_instances_with_load_balancer(self, form: Mapping[str, str]) -> Reply:
        [group] = self.groups
        for target in _instances(form):
            self.register(group, target, 8080, None)
        return _answer("RegisterInstancesWithLoadBalancer", "<Instances/>")

    def _deregister_instances_from_load_balancer(self, form: Mapping[str, str]) -> Reply:
        [group] = self.groups
        for target in _instances(form):
            self.deregister(group, target, None)
        return _answer("DeregisterInstancesFromLoadBalancer", "<Instances/>")

    # -- ec2 -------------------------------------------------------------------------------------------------

    def _describe_instances(self, form: Mapping[str, str]) -> Reply:
        asked = [value for value in form.values() if value.startswith("i-")]
        items = "".join(
            f"<item><instanceId>{box}</instanceId><instanceState><code>16</code><name>running</name></instanceState>"
            f"<vpcId>vpc-1</vpcId><placement><availabilityZone>{self.zone}</availabilityZone></placement>"
            "<groupSet><item><groupId>sg-0b</groupId><groupName>box</groupName></item></groupSet>"
            f"<tagSet><item><key>Name</key><value>shop-{box[-1]}</value></item></tagSet></item>"
            for box in asked
        )
        return Reply.xml(
            f"<DescribeInstancesResponse><reservationSet><item><instancesSet>{items}</instancesSet></item>"
            "</reservationSet></DescribeInstancesResponse>"
        )

    def _describe_security_groups(self, form: Mapping[str, str]) -> Reply:
        out = "<ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item></ipPermissionsEgress>"
        peer = (
            f"<ipRanges><item><cidrIp>{self.admitted}</cidrIp></item></ipRanges>"
            if "/" in self.admitted
            else f"<groups><item><groupId>{self.admitted}</groupId><userId>123456789012</userId></item></groups>"
        )
        rule = (
            f"<item><ipProtocol>tcp</ipProtocol><fromPort>8080</fromPort><toPort>8080</toPort>{peer}</item>"
        )
        items = "".join(
            f"<item><groupId>{group}</groupId><ownerId>123456789012</ownerId><groupName>{group}</groupName>"
            f"<ipPermissions>{rule if group == 'sg-0b' else ''}</ipPermissions>{out}</item>"
            for group in ("sg-0f", "sg-0b")
        )
        return Reply.xml(
            f"<DescribeSecurityGroupsResponse><securityGroupInfo>{items}</securityGroupInfo>"
            "</DescribeSecurityGroupsResponse>"
        )


def _answer(operation: str, inner: str = "") -> Reply:
    return Reply.xml(
        f"<{operation}Response><{operation}Result>{inner}</{operation}Result>"
        f"<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></{operation}Response>"
    )


def _told(state: tuple[str, str, str], names: tuple[str, str, str]) -> str:
    return "".join(
        f"<{name}>{escape(text)}</{name}>" for name, text in zip(names, state, strict=True) if text
    )


def _group(form: Mapping[str, str]) -> str:
    return form["TargetGroupArn"].split("/")[1]


def _port(group: str) -> int:
    return int(group.rpartition("-")[2])


def _targets(form: Mapping[str, str]) -> Iterable[tuple[str, int | None, str | None]]:
    for number in range(1, len(form)):
        prefix = f"Targets.member.{number}"
        if f"{prefix}.Id" not in form:
            return
        port = form.get(f"{prefix}.Port")
        yield (
            form[f"{prefix}.Id"],
            None if port is None else int(port),
            form.get(f"{prefix}.AvailabilityZone"),
        )


def _instances(form: Mapping[str, str]) -> Iterable[str]:
    return [value for key, value in form.items() if key.startswith("Instances.member.")]
