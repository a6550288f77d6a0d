"""Answers of AWS's that moto never gives, as XML for the fault server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cloudkit import Cloud
from tests.faults import FaultServer, Reply, Request

ACCOUNT = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
BALANCER_ARN = f"{ACCOUNT}:loadbalancer/app/web/50dc6c495c0c9188"
GROUP_ARN = f"{ACCOUNT}:targetgroup/web-8080/943f017f100becff"
LISTENER_ARN = f"{ACCOUNT}:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2"
BOX = "i-0123456789abcdef0"
CLASSIC_ARN = f"{ACCOUNT}:loadbalancer/web"
CLASSIC_VERSION = "2012-06-01"

Answer = Reply | Callable[[Request], Reply]


def answer(operation: str, inner: str = "") -> Reply:
    """A Query-protocol answer."""
    return Reply.xml(
        f"<{operation}Response><{operation}Result>{inner}</{operation}Result>"
        f"<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></{operation}Response>"
    )


def balancer(
    state: str = "active",
    *,
    reason: str = "",
    arn: str = BALANCER_ARN,
    name: str = "web",
    operation: str = "DescribeLoadBalancers",
) -> Reply:
    told = f"<Reason>{reason}</Reason>" if reason else ""
    return answer(
        operation,
        f"<LoadBalancers><member><LoadBalancerArn>{arn}</LoadBalancerArn><LoadBalancerName>{name}</LoadBalancerName>"
        "<DNSName>web-1234567890.us-east-1.elb.amazonaws.com</DNSName><Scheme>internet-facing</Scheme>"
        f"<VpcId>vpc-1</VpcId><Type>application</Type><State><Code>{state}</Code>{told}</State>"
        "<CreatedTime>2026-01-02T03:04:05.000Z</CreatedTime><AvailabilityZones><member><ZoneName>us-east-1a</ZoneName>"
        "<SubnetId>subnet-a</SubnetId></member></AvailabilityZones></member></LoadBalancers>",
    )


def security_group(*rows: tuple[str, str], group: str = "sg-0123456789abcdef0") -> Reply:
    """DescribeSecurityGroups: one group with those tags, which lets nothing in; none without tags."""
    tags = "".join(f"<item><key>{key}</key><value>{value}</value></item>" for key, value in rows)
    item = (
        f"<item><ownerId>1</ownerId><groupId>{group}</groupId><groupName>web-load-balancer</groupName>"
        "<groupDescription>x</groupDescription><vpcId>vpc-1</vpcId><ipPermissions/><ipPermissionsEgress/>"
        f"<tagSet>{tags}</tagSet></item>"
    )
    return Reply.xml(
        "<DescribeSecurityGroupsResponse><securityGroupInfo>"
        f"{item if rows else ''}</securityGroupInfo></DescribeSecurityGroupsResponse>"
    )


def guarded() -> dict[str, list[Answer]]:
    """The answers that the security group of a new load balancer takes."""
    return {
        "CreateSecurityGroup": [
            Reply.xml(
                "<CreateSecurityGroupResponse><return>true</return><groupId>sg-0123456789abcdef0</groupId>"
                "</CreateSecurityGroupResponse>"
            )
        ],
        "DescribeSecurityGroups": [security_group(("cloudkit:load-balancer", "web"))],
        "AuthorizeSecurityGroupIngress": [
            Reply.xml(
                "<AuthorizeSecurityGroupIngressResponse><return>true</return>"
                "</AuthorizeSecurityGroupIngressResponse>"
            )
        ],
        "DeleteSecurityGroup": [
            Reply.xml("<DeleteSecurityGroupResponse><return>true</return></DeleteSecurityGroupResponse>")
        ],
    }


def classic(
    *,
    name: str = "web",
    instances: Sequence[str] = (),
    check: str = "",
    listeners: Sequence[tuple[str, int, int]] = (("HTTP", 80, 8080),),
    policies: str = "",
    dns_name: str = "web-987654321.us-east-1.elb.amazonaws.com",
) -> Reply:
    """DescribeLoadBalancers of the API of classic load balancers; listeners are rows of protocol and two ports."""
    boxes = "".join(f"<member><InstanceId>{each}</InstanceId></member>" for each in instances)
    fronts = "".join(
        f"<member><Listener><Protocol>{protocol}</Protocol><LoadBalancerPort>{front}</LoadBalancerPort>"
        f"<InstanceProtocol>{protocol}</InstanceProtocol><InstancePort>{port}</InstancePort></Listener>"
        "<PolicyNames/></member>"
        for protocol, front, port in listeners
    )
    return answer(
        "DescribeLoadBalancers",
        f"<LoadBalancerDescriptions><member><LoadBalancerName>{name}</LoadBalancerName><DNSName>{dns_name}</DNSName>"
        f"<ListenerDescriptions>{fronts}</ListenerDescriptions>{policies}<AvailabilityZones>"
        "<member>us-east-1a</member></AvailabilityZones><Subnets><member>subnet-a</member></Subnets>"
        f"<VPCId>vpc-1</VPCId><Instances>{boxes}</Instances>{check}<SourceSecurityGroup><OwnerAlias>123456789012"
        "</OwnerAlias><GroupName>default</GroupName></SourceSecurityGroup><SecurityGroups><member>sg-1</member>"
        "</SecurityGroups><CreatedTime>2026-01-02T03:04:05.000Z</CreatedTime><Scheme>internet-facing</Scheme>"
        "</member></LoadBalancerDescriptions>",
    )


def instance_states(*rows: tuple[str, ...]) -> Reply:
    """DescribeInstanceHealth: rows of instance, state, reason code and description; the last two may be left out."""
    members = ""
    for row in rows:
        box, state, code, description = (*row, "N/A", "N/A")[:4]
        members += (
            f"<member><InstanceId>{box}</InstanceId><State>{state}</State><ReasonCode>{code}</ReasonCode>"
            f"<Description>{description}</Description></member>"
        )
    return answer("DescribeInstanceHealth", f"<InstanceStates>{members}</InstanceStates>")


def group(
    *,
    interval: int = 30,
    arn: str = GROUP_ARN,
    name: str = "web-8080",
    operation: str = "DescribeTargetGroups",
) -> Reply:
    return answer(
        operation,
        f"<TargetGroups><member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>{name}</TargetGroupName>"
        "<Protocol>HTTP</Protocol><Port>8080</Port><VpcId>vpc-1</VpcId><TargetType>instance</TargetType>"
        "<HealthCheckProtocol>HTTP</HealthCheckProtocol><HealthCheckPort>traffic-port</HealthCheckPort>"
        f"<HealthCheckPath>/</HealthCheckPath><HealthCheckIntervalSeconds>{interval}</HealthCheckIntervalSeconds>"
        "<HealthCheckTimeoutSeconds>5</HealthCheckTimeoutSeconds><HealthyThresholdCount>5</HealthyThresholdCount>"
        "<UnhealthyThresholdCount>2</UnhealthyThresholdCount><Matcher><HttpCode>200</HttpCode></Matcher>"
        "</member></TargetGroups>",
    )


def listener(*, arn: str = LISTENER_ARN, operation: str = "CreateListener") -> Reply:
    return answer(
        operation,
        f"<Listeners><member><ListenerArn>{arn}</ListenerArn><LoadBalancerArn>{BALANCER_ARN}</LoadBalancerArn>"
        f"<Port>80</Port><Protocol>HTTP</Protocol></member></Listeners>",
    )


def health(*rows: tuple[str, ...]) -> Reply:
    """Rows of target, state, reason and description; the last two may be left out."""
    members: list[str] = []
    for row in rows:
        target, state, reason, description = (*row, "", "")[:4]
        told = f"<Reason>{reason}</Reason>" if reason else ""
        told += f"<Description>{description}</Description>" if description else ""
        members.append(
            f"<member><Target><Id>{target}</Id><Port>8080</Port></Target>"
            f"<TargetHealth><State>{state}</State>{told}</TargetHealth></member>"
        )
    return answer(
        "DescribeTargetHealth", f"<TargetHealthDescriptions>{''.join(members)}</TargetHealthDescriptions>"
    )


def tagged(arn: str, key: str, value: str) -> Reply:
    return answer(
        "DescribeTags",
        f"<TagDescriptions><member><ResourceArn>{arn}</ResourceArn><Tags><member><Key>{key}</Key>"
        f"<Value>{value}</Value></member></Tags></member></TagDescriptions>",
    )


def subnets(*rows: tuple[str, str]) -> Reply:
    """DescribeSubnets: rows of subnet and zone, in one VPC."""
    items = "".join(
        f"<item><subnetId>{subnet}</subnetId><vpcId>vpc-1</vpcId><availabilityZone>{zone}</availabilityZone>"
        "<defaultForAz>true</defaultForAz><availableIpAddressCount>100</availableIpAddressCount>"
        "<mapPublicIpOnLaunch>true</mapPublicIpOnLaunch></item>"
        for subnet, zone in rows
    )
    return Reply.xml(f"<DescribeSubnetsResponse><subnetSet>{items}</subnetSet></DescribeSubnetsResponse>")


def instances(*rows: tuple[str, str]) -> Reply:
    """DescribeInstances: rows of instance and state, in zone us-east-1a."""
    items = "".join(
        f"<item><instanceId>{box}</instanceId><instanceState><code>0</code><name>{state}</name></instanceState>"
        "<vpcId>vpc-1</vpcId><placement><availabilityZone>us-east-1a</availabilityZone></placement></item>"
        for box, state in rows
    )
    return Reply.xml(
        f"<DescribeInstancesResponse><reservationSet><item><instancesSet>{items}</instancesSet></item>"
        "</reservationSet></DescribeInstancesResponse>"
    )


class World:
    """Answers by operation: in turn, and the last one for ever. No classic load balancer is there until it is given."""

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self._answers = {operation: list(given) for operation, given in answers.items()}

    def __call__(self, request: Request) -> Reply:
        name = request.operation
        if request.form.get("Version") == CLASSIC_VERSION:
            # The other API has operations of the same names: its answers are `ClassicDescribeLoadBalancers=`.
            name = f"Classic{name}"
        given = self._answers.get(name)
        if given is None:
            if name == "ClassicDescribeLoadBalancers":
                return Reply.query_error("LoadBalancerNotFound")
            return Reply.query_error("InvalidAction", f"no answer for {name}")
        step = given.pop(0) if len(given) > 1 else given[0]
        return step if isinstance(step, Reply) else step(request)


def world(faults: FaultServer, **answers: Sequence[Answer]) -> Cloud:
    faults.otherwise(World(**answers))
    return faults.cloud()


@contextmanager
def counted(cloud: Cloud) -> Iterator[list[str]]:
    """The operations that are called meanwhile."""
    called: list[str] = []

    def note(event_name: str, **_: object) -> None:
        called.append(event_name.rpartition(".")[2])

    clients = [cloud.client(service) for service in ("elbv2", "elb", "ec2")]
    for client in clients:
        client.meta.events.register("provide-client-params", note)
    try:
        yield called
    finally:
        for client in clients:
            client.meta.events.unregister("provide-client-params", note)
