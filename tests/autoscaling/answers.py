"""Answers of AWS's that the embedded cloud never gives, as XML for the fault server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cloudkit import Cloud
from tests.faults import FaultServer, Reply, Request

ARN = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:c0ffee:autoScalingGroupName/web"
POLICY_ARN = (
    "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:autoScalingGroupName/web:policyName/busy"
)
TARGETS_ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web-8080/943f017f100becff"
# One that the embedded cloud knows; looking up the newest takes it a while.
IMAGE = "ami-12c6146b"
ONE, TWO = "i-0123456789abcdef0", "i-0123456789abcdef1"

Answer = Reply | Callable[[Request], Reply]


def answer(operation: str, inner: str = "") -> Reply:
    return Reply.xml(
        f"<{operation}Response><{operation}Result>{inner}</{operation}Result>"
        f"<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></{operation}Response>"
    )


def refusal(message: str, code: str = "ValidationError", status: int = 400) -> Reply:
    return Reply.query_error(code, message, status)


def group(
    *members: tuple[str, str] | tuple[str, str, str],
    desired: int | None = None,
    status: str = "",
    suspended: Sequence[str] = (),
    targets: Sequence[str] = (),
    tags: dict[str, str] | None = None,
    name: str = "web",
) -> Reply:
    """DescribeAutoScalingGroups: a group with members of an id, a lifecycle state and a health."""
    rows: list[str] = []
    for member in members:
        box, lifecycle, health = (*member, "Healthy")[:3]
        rows.append(
            f"<member><InstanceId>{box}</InstanceId><AvailabilityZone>us-east-1a</AvailabilityZone>"
            f"<LifecycleState>{lifecycle}</LifecycleState><HealthStatus>{health}</HealthStatus>"
            "<ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>"
        )
    processes = "".join(f"<member><ProcessName>{each}</ProcessName></member>" for each in suspended)
    tagged = "".join(
        f"<member><ResourceId>{name}</ResourceId><Key>{key}</Key><Value>{value}</Value></member>"
        for key, value in (tags or {}).items()
    )
    arns = "".join(f"<member>{each}</member>" for each in targets)
    return answer(
        "DescribeAutoScalingGroups",
        f"<AutoScalingGroups><member><AutoScalingGroupName>{name}</AutoScalingGroupName>"
        f"<AutoScalingGroupARN>{ARN}</AutoScalingGroupARN><MinSize>0</MinSize><MaxSize>9</MaxSize>"
        f"<DesiredCapacity>{len(members) if desired is None else desired}</DesiredCapacity>"
        "<HealthCheckType>EC2</HealthCheckType><CreatedTime>2026-01-02T03:04:05.000Z</CreatedTime>"
        f"<TargetGroupARNs>{arns}</TargetGroupARNs><SuspendedProcesses>{processes}</SuspendedProcesses>"
        f"{f'<Status>{status}</Status>' if status else ''}<Tags>{tagged}</Tags>"
        f"<Instances>{''.join(rows)}</Instances></member></AutoScalingGroups>",
    )


NOBODY = answer("DescribeAutoScalingGroups", "<AutoScalingGroups/>")


def activities(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> Reply:
    """DescribeScalingActivities: rows of status, description, message, and a cause that may be left out."""
    members: list[str] = []
    for number, row in enumerate(rows):
        status, description, message, cause = (*row, "because")[:4]
        told = f"<StatusMessage>{message}</StatusMessage>" if message else ""
        members.append(
            f"<member><ActivityId>{status}-{description}-{number}</ActivityId><AutoScalingGroupName>web"
            f"</AutoScalingGroupName><Description>{description}</Description><Cause>{cause}</Cause>"
            f"<StartTime>2099-01-02T03:04:05.678Z</StartTime><StatusCode>{status}</StatusCode>{told}"
            "<Progress>30</Progress></member>"
        )
    return answer("DescribeScalingActivities", f"<Activities>{''.join(members)}</Activities>")


def refreshes(status: str, *, percent: int = 0, reason: str = "", id: str = "r-1") -> Reply:
    told = f"<StatusReason>{reason}</StatusReason>" if reason else ""
    return answer(
        "DescribeInstanceRefreshes",
        f"<InstanceRefreshes><member><InstanceRefreshId>{id}</InstanceRefreshId><AutoScalingGroupName>web"
        f"</AutoScalingGroupName><Status>{status}</Status>{told}<StartTime>2026-01-02T03:04:05.000Z</StartTime>"
        f"<PercentageComplete>{percent}</PercentageComplete><InstancesToUpdate>2</InstancesToUpdate></member>"
        "</InstanceRefreshes>",
    )


def health(*rows: tuple[str, str, str, str]) -> Reply:
    """DescribeTargetHealth: rows of target, state, reason and description."""
    members = "".join(
        f"<member><Target><Id>{target}</Id><Port>8080</Port></Target><TargetHealth><State>{state}</State>"
        f"{f'<Reason>{reason}</Reason><Description>{description}</Description>' if reason else ''}"
        "</TargetHealth></member>"
        for target, state, reason, description in rows
    )
    return answer("DescribeTargetHealth", f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>")


class World:
    """Answers by operation: in turn, and the last one for ever."""

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self._answers = {operation: list(given) for operation, given in answers.items()}

    def __call__(self, request: Request) -> Reply:
        given = self._answers.get(request.operation)
        if given is None:
            return Reply.query_error("InvalidAction", f"no answer for {request.operation}")
        step = given.pop(0) if len(given) > 1 else given[0]
        return step if isinstance(step, Reply) else step(request)


def world(faults: FaultServer, *, attempts: int = 1, **answers: Sequence[Answer]) -> Cloud:
    faults.otherwise(World(**answers))
    return faults.cloud(attempts=attempts, pauses=False)


LOST = Reply(reset=True)
