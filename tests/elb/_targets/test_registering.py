from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from cloudkit import AccessDenied, Cloud, InvalidRequest, local
from cloudkit.elb import HealthCheck, LoadBalancer, Target, TargetGroup, TargetType
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BOX, GROUP_ARN
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply, Request

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:hello"


def rows(*given: tuple[str, int, str]) -> Reply:
    members = "".join(
        f"<member><Target><Id>{target}</Id><Port>{port}</Port></Target>"
        f"<TargetHealth><State>{state}</State></TargetHealth></member>"
        for target, port, state in given
    )
    inner = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
    return answers.answer("DescribeTargetHealth", inner)


def sent(request: Request) -> list[tuple[str, str | None]]:
    numbers = range(1, sum(name.endswith(".Id") for name in request.form) + 1)
    form = request.form
    return [(form[f"Targets.member.{n}.Id"], form.get(f"Targets.member.{n}.Port")) for n in numbers]


def test_ports_and_zones_go_along(faults: FaultServer) -> None:
    cloud = answers.world(faults, RegisterTargets=[answers.answer("RegisterTargets")])
    group = TargetGroup(GROUP_ARN, cloud=cloud)
    group.register(Target(BOX, 8081), Target(BOX, 8082), Target(BOX, 8082), BOX)
    assert sent(faults.requests[0]) == [(BOX, "8081"), (BOX, "8082"), (BOX, None)]
    group.register(Target("10.1.2.3", zone="all"), Target("i-2", server_id="0x0000000000000001"))
    form = faults.requests[1].form
    assert form["Targets.member.1.AvailabilityZone"] == "all"
    assert form["Targets.member.2.QuicServerId"] == "0x0000000000000001"


def test_deregister_names_all_ports_of_a_target(faults: FaultServer) -> None:
    """AWS leaves a target where it is, and says nothing, if it has a port of its own that is not named."""
    cloud = answers.world(
        faults,
        DescribeTargetHealth=[
            rows(
                (BOX, 8081, "healthy"),
                (BOX, 8082, "draining"),
                (BOX, 8083, "initial"),
                ("i-2", 80, "healthy"),
            )
        ],
        DeregisterTargets=[answers.answer("DeregisterTargets")],
    )
    group = TargetGroup(GROUP_ARN, cloud=cloud)
    group.deregister(BOX)
    assert faults.operations == ["DescribeTargetHealth", "DeregisterTargets"]
    assert sent(faults.requests[1]) == [(BOX, "8081"), (BOX, "8083")]
    group.deregister(Target(BOX, 8083), "i-3")
    assert sent(faults.requests[3]) == [(BOX, "8083")]
    group.deregister("i-3")
    assert faults.operations[4:] == ["DescribeTargetHealth"]
    group.deregister()
    assert len(faults.requests) == 5


def test_what_goes_meanwhile_does_not_keep_the_others(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetHealth=[rows((BOX, 80, "healthy"), ("i-2", 80, "unused")), rows((BOX, 80, "healthy"))],
        DeregisterTargets=[Reply.query_error("InvalidTarget"), answers.answer("DeregisterTargets")],
    )
    TargetGroup(GROUP_ARN, cloud=cloud).deregister(BOX, "i-2")
    assert [sent(each) for each in faults.requests if each.operation == "DeregisterTargets"] == [
        [(BOX, "80"), ("i-2", "80")],
        [(BOX, "80")],
    ]


def test_what_the_group_does_not_take_is_refused_before_any_call(faults: FaultServer) -> None:
    group = TargetGroup(GROUP_ARN, cloud=faults.cloud())
    for wrong in (Target("i-1", zone="all"), Target(FUNCTION, 80), Target("8.8.8.8", zone="all")):
        with pytest.raises(InvalidRequest):
            group.register(wrong)
    assert faults.requests == []
    answers.world(faults, DescribeTargetGroups=[answers.group()])
    known = TargetGroup(GROUP_ARN, cloud=group.cloud).refresh()
    with pytest.raises(InvalidRequest) as caught:
        known.register("10.0.0.1")
    assert caught.value.hint == "TargetGroup.create(..., type='ip') takes such targets"
    assert faults.operations == ["DescribeTargetGroups"]


def test_an_address_outside_of_the_vpc_says_what_to_do(faults: FaultServer) -> None:
    cloud = answers.world(faults, RegisterTargets=[Reply.query_error("InvalidTarget")])
    with pytest.raises(InvalidRequest) as caught:
        TargetGroup(GROUP_ARN, cloud=cloud).register("10.9.9.9")
    assert "Target('10.9.9.9', zone='all')" in str(caught.value.hint)


def test_addresses(rig: Rig) -> None:
    with TargetGroup.create(rig.name("ip"), port=8080, targets=["10.0.0.7"]) as group:
        assert group.type is TargetType.IP
        group.register(Target("10.0.0.8", 9000))
        assert {(row.id, row.port) for row in group.health()} == {("10.0.0.7", 8080), ("10.0.0.8", 9000)}
        group.drain("10.0.0.7")
        assert [row.id for row in group.health()] == ["10.0.0.8"]
    assert not group.exists()


def test_another_load_balancer(rig: Rig) -> None:
    inner = LoadBalancer.create(rig.name("web"))
    group = TargetGroup.create(rig.name("alb"), port=80, targets=[inner])
    assert (group.type, group.protocol) == ("alb", "TCP")
    assert [row.id for row in group.health()] == [inner.arn]
    group.deregister(inner)
    assert len(group.health()) == 0


# -- functions -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Cloud, str]]:
    with local() as cloud:
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        role = cloud.call("iam", "create_role", RoleName="runs", AssumeRolePolicyDocument=trust)["Role"][
            "Arn"
        ]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("hello.py", "def answer(event, context):\n    return {}\n")
        made = cloud.call(
            "lambda",
            "create_function",
            FunctionName="hello",
            Runtime="python3.12",
            Role=role,
            Handler="hello.answer",
            Code={"ZipFile": packed.getvalue()},
        )
        yield cloud, made["FunctionArn"]


def sources(cloud: Cloud) -> list[str]:
    """The ARNs that may invoke the function."""
    found = json.loads(cloud.call("lambda", "get_policy", FunctionName="hello")["Policy"])["Statement"]
    return [each["Condition"]["ArnLike"]["AWS:SourceArn"] for each in found]


def test_a_function_lets_its_group_invoke_it(world: tuple[Cloud, str]) -> None:
    cloud, function = world
    cloud.call(
        "lambda",
        "add_permission",
        FunctionName="hello",
        StatementId="other",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::photos",
    )
    group = TargetGroup.create("hello", targets=[function], cloud=cloud, multi_value_headers=True)
    assert (group.type, group.port, group.protocol, group.vpc_id) == ("lambda", None, None, None)
    assert group.health_check.enabled is False
    assert group.multi_value_headers is True
    assert sources(cloud) == ["arn:aws:s3:::photos", group.arn]
    group.deregister(function)
    assert sources(cloud) == ["arn:aws:s3:::photos"]
    group.register(function)
    TargetGroup("hello", cloud=cloud).delete()
    assert sources(cloud) == ["arn:aws:s3:::photos"]


def test_a_function_is_checked_if_a_check_is_given(world: tuple[Cloud, str]) -> None:
    cloud, _ = world
    group = TargetGroup.create("checked", type="lambda", health_check=HealthCheck(path="/up"), cloud=cloud)
    assert (group.health_check.enabled, group.health_check.interval) == (True, 35)
    group.update(health_check=HealthCheck(enabled=False))
    with pytest.raises(InvalidRequest):
        group.drain_delay = 30
    group.delete()


def test_a_permission_needs_a_moment_to_be_known(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        RegisterTargets=[
            Reply.query_error("AccessDenied", "no permission to invoke", 403),
            answers.answer("RegisterTargets"),
        ],
        **{"": [Reply.json({"Statement": "{}"}, status=201)]},
    )
    TargetGroup(GROUP_ARN, cloud=cloud).register(FUNCTION)
    registered = [each for each in faults.requests if each.operation == "RegisterTargets"]
    assert len(registered) == 2
    assert len(faults.clock.slept) == 1


def test_a_function_that_is_refused_keeps_no_permission(faults: FaultServer) -> None:
    methods: list[str] = []

    def permission(request: Request) -> Reply:
        methods.append(request.method)
        return Reply.json({"Statement": "{}"}, status=201) if request.method == "POST" else Reply(status=204)

    cloud = answers.world(
        faults, RegisterTargets=[Reply.query_error("AccessDenied", "never", 403)], **{"": [permission]}
    )
    with pytest.raises(AccessDenied, match="never"):
        TargetGroup(GROUP_ARN, cloud=cloud).register(FUNCTION)
    assert methods == ["POST", "DELETE"]


def test_a_version_of_a_function_has_a_policy_of_its_own(faults: FaultServer) -> None:
    paths: list[str] = []

    def conflict(request: Request) -> Reply:
        paths.append(request.target)
        return Reply(409, b'{"message": "there already"}', {"x-amzn-ErrorType": "ResourceConflictException"})

    cloud = answers.world(faults, RegisterTargets=[answers.answer("RegisterTargets")], **{"": [conflict]})
    TargetGroup(GROUP_ARN, cloud=cloud).register(f"{FUNCTION}:live")
    assert len(paths) == 1
    assert paths[0].endswith("?Qualifier=live")
    assert "live" not in paths[0].partition("?")[0]


def test_instances_on_several_ports(rig: Rig) -> None:
    box = launch(rig.cloud)
    group = TargetGroup.create(rig.name("tg"), port=8080, targets=[Target(box, 9000)])
    assert [(row.id, row.port) for row in group.health()] == [(box.id, 9000)]
    group.deregister(box)
    assert len(group.health()) == 0
