from __future__ import annotations

import pytest

from cloudkit import Conflict, InvalidRequest
from cloudkit.elb import HealthCheck, Stickiness, TargetGroup
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BOX, GROUP_ARN, counted
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply

VPC = "vpc-1"


def test_settings_are_set_as_it_is_made(rig: Rig) -> None:
    name = rig.name("tg")
    with counted(rig.cloud) as called:
        group = TargetGroup.create(
            name, port=80, drain_delay=15, stickiness=Stickiness.load_balancer(60), slow_start=30
        )
    assert called[-1] == "ModifyTargetGroupAttributes"
    for each in (group, TargetGroup(name)):
        assert (each.drain_delay, each.slow_start, each.algorithm) == (15, 30, "round_robin")
        assert each.stickiness == Stickiness.load_balancer(60)
        assert each.cross_zone == "inherit"


def test_settings_are_read_together_and_kept(rig: Rig) -> None:
    group = TargetGroup.create(rig.name("tg"), port=80)
    with counted(rig.cloud) as called:
        assert (group.drain_delay, group.slow_start) == (300, 0)
        group.drain_delay = 20
        assert group.drain_delay == 20
        group.update(slow_start=60, drain_delay=10)
        assert (group.slow_start, group.drain_delay) == (60, 10)
    assert called.count("DescribeTargetGroupAttributes") == 1
    assert called.count("ModifyTargetGroupAttributes") == 2
    TargetGroup(group.name).drain_delay = 7
    assert group.refresh().drain_delay == 7
    with pytest.raises(InvalidRequest, match="drain_delay=None"):
        group.drain_delay = None  # type: ignore[assignment]
    with pytest.raises(InvalidRequest, match="network"):
        group.proxy_protocol = True


def test_a_group_whose_targets_are_refused_goes_again(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[Reply.query_error("TargetGroupNotFound")],
        CreateTargetGroup=[answers.group(operation="CreateTargetGroup")],
        RegisterTargets=[Reply.query_error("InvalidTarget", "not running")],
        DeleteTargetGroup=[answers.answer("DeleteTargetGroup")],
    )
    with pytest.raises(InvalidRequest, match="not running"):
        TargetGroup.create("web-8080", port=8080, vpc=VPC, targets=[BOX], cloud=cloud)
    assert faults.operations[-2:] == ["RegisterTargets", "DeleteTargetGroup"]


@pytest.mark.parametrize("protocol", ["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC", "GENEVE"])
def test_all_protocols_are_sent(faults: FaultServer, protocol: str) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[Reply.query_error("TargetGroupNotFound")],
        CreateTargetGroup=[answers.group(operation="CreateTargetGroup")],
    )
    TargetGroup.create("web-8080", protocol=protocol, port=6081, type="ip", vpc=VPC, cloud=cloud)
    form = faults.requests[-1].form
    assert (form["Protocol"], form["TargetType"], form["Port"]) == (protocol, "ip", "6081")
    assert not any(name.startswith("Health") for name in form)


def test_a_function_has_neither_port_nor_vpc(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[Reply.query_error("TargetGroupNotFound")],
        CreateTargetGroup=[answers.group(operation="CreateTargetGroup")],
    )
    TargetGroup.create("web-8080", type="lambda", health_check=HealthCheck(interval=60), cloud=cloud)
    form = faults.requests[-1].form
    assert not {"Port", "VpcId", "Protocol"} & form.keys()
    assert form["HealthCheckEnabled"] == "true"


def test_ensure_makes_it_once(rig: Rig) -> None:
    name, box = rig.name("tg"), launch(rig.cloud)
    made = TargetGroup.ensure(name, port=80, targets=[box], drain_delay=30, tags={"team": "web"})
    with counted(rig.cloud) as called:
        again = TargetGroup.ensure(
            name, port=80, protocol="HTTP", targets=[box], drain_delay=30, tags={"team": "web"}
        )
    assert made == again
    assert "CreateTargetGroup" not in called
    assert "ModifyTargetGroupAttributes" not in called
    assert [row.id for row in again.health()] == [box.id]
    assert TargetGroup.ensure(name) == made


def test_ensure_names_what_differs_and_changes_it_if_told(rig: Rig) -> None:
    name = rig.name("tg")
    TargetGroup.create(name, port=80, drain_delay=30)
    wanted = {
        "health_check": HealthCheck(path="/up", interval=20),
        "drain_delay": 40,
        "tags": {"team": "web"},
    }
    with pytest.raises(Conflict) as caught:
        TargetGroup.ensure(name, **wanted)  # type: ignore[arg-type]
    assert "path is /, not /up; health check: interval is 30, not 20" in caught.value.message
    assert "is 30, not 40" in caught.value.message
    assert "tag team is None, not web" in caught.value.message
    group = TargetGroup.ensure(name, update=True, **wanted)  # type: ignore[arg-type]
    assert (group.health_check.path, group.health_check.interval, group.drain_delay) == ("/up", 20, 40)
    assert dict(group.tags) == {"team": "web"}


def test_ensure_does_not_change_what_aws_keeps_for_ever(rig: Rig) -> None:
    name = rig.name("tg")
    TargetGroup.create(name, port=80)
    for wrong in ({"port": 81}, {"protocol": "HTTPS"}, {"type": "ip"}, {"vpc": "vpc-0123"}):
        with pytest.raises(Conflict, match="not") as caught:
            TargetGroup.ensure(name, update=True, **wrong)
        assert "another name" in str(caught.value.hint)


def test_update_sends_what_is_given_alone(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[answers.group()],
        ModifyTargetGroup=[answers.group(operation="ModifyTargetGroup")],
    )
    group = TargetGroup(GROUP_ARN, cloud=cloud)
    group.update(health_check=HealthCheck(path="/up"), aws={"HealthCheckPort": "traffic-port"})
    form = faults.requests[-1].form
    assert {name for name in form if name.startswith("Health")} == {"HealthCheckPath", "HealthCheckPort"}
    assert group.update() is group
    assert faults.operations == ["DescribeTargetGroups", "ModifyTargetGroup"]


def test_who_still_uses_a_group_is_named(faults: FaultServer) -> None:
    arns = f"<LoadBalancerArns><member>{answers.BALANCER_ARN}</member></LoadBalancerArns><TargetType>"
    used = Reply(body=answers.group().body.replace(b"<TargetType>", arns.encode()))
    forwards = (
        f"<DefaultActions><member><Type>forward</Type><TargetGroupArn>{GROUP_ARN}</TargetGroupArn></member>"
        "</DefaultActions>"
    )
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[used],
        DeleteTargetGroup=[Reply.query_error("ResourceInUse")],
        DescribeListeners=[
            answers.answer(
                "DescribeListeners",
                f"<Listeners><member><ListenerArn>a</ListenerArn><Port>80</Port>{forwards}</member></Listeners>",
            ),
            answers.answer("DescribeListeners", "<Listeners/>"),
            Reply.query_error("AccessDenied", "no", 403),
        ],
    )
    group = TargetGroup(GROUP_ARN, cloud=cloud)
    hints = []
    for _ in range(3):
        with pytest.raises(Conflict) as caught:
            group.delete()
        hints.append(str(caught.value.hint))
    assert hints[0].startswith("listener 80 of web forwards to it")
    assert hints[1].startswith("a rule of a listener of web")
    assert "a listener or rule still uses it" in hints[2]


def test_with_deletes_it(rig: Rig) -> None:
    with TargetGroup.create(rig.name("tg"), port=80) as group:
        assert group.exists()
    assert not group.exists()
