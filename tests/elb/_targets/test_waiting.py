from __future__ import annotations

import pytest

from cloudkit import InvalidRequest, WaitTimeout
from cloudkit.elb import Target, TargetGroup, TargetUnhealthy
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BALANCER_ARN, BOX, GROUP_ARN
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply

SETTINGS = answers.answer(
    "DescribeTargetGroupAttributes",
    "<Attributes><member><Key>deregistration_delay.timeout_seconds</Key><Value>20</Value></member></Attributes>",
)
DONE = answers.answer("DeregisterTargets")


def used(balancer: str = f"<member>{BALANCER_ARN}</member>") -> Reply:
    """The group, behind a load balancer."""
    arns = f"<LoadBalancerArns>{balancer}</LoadBalancerArns>"
    return Reply(body=answers.group().body.replace(b"<TargetType>", arns.encode() + b"<TargetType>"))


def test_draining_is_waited_for(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetHealth=[
            answers.health((BOX, "healthy")),
            answers.health((BOX, "draining", "Target.DeregistrationInProgress")),
            answers.health((BOX, "draining", "Target.DeregistrationInProgress")),
            answers.health((BOX, "unused", "Target.NotRegistered")),
        ],
        DeregisterTargets=[DONE],
        DescribeTargetGroupAttributes=[SETTINGS],
    )
    TargetGroup(GROUP_ARN, cloud=cloud).drain(BOX)
    assert faults.operations == [
        "DescribeTargetHealth",
        "DeregisterTargets",
        "DescribeTargetGroupAttributes",
        *["DescribeTargetHealth"] * 3,
    ]
    assert len(faults.clock.slept) == 2


def test_it_waits_as_long_as_the_delay_and_a_while(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetHealth=[answers.health((BOX, "draining"), ("i-2", "healthy"))],
        DescribeTargetGroupAttributes=[SETTINGS],
    )
    group = TargetGroup(GROUP_ARN, cloud=cloud)
    with pytest.raises(WaitTimeout, match="140 s") as caught:
        group.wait_drained()
    assert caught.value.pending == (f"{BOX}:8080 is draining",)
    assert sum(faults.clock.slept) == pytest.approx(140)
    with pytest.raises(WaitTimeout) as caught:
        group.wait_drained("i-2", timeout=5)
    assert caught.value.pending == ("i-2:8080 is healthy",)
    assert group.wait_drained(Target(BOX, 9999), Target("i-3")) is group
    with pytest.raises(InvalidRequest):
        group.wait_drained(timeout=0)


def test_one_that_has_gone_does_not_wait(rig: Rig) -> None:
    box = launch(rig.cloud)
    group = TargetGroup.create(rig.name("tg"), port=80, targets=[box])
    group.drain(box)
    group.drain()
    assert group.wait_drained(box) is group
    assert rig.clock.slept == []
    assert len(group.health()) == 0


def test_register_waits_if_it_is_told_to(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        RegisterTargets=[answers.answer("RegisterTargets")],
        DescribeTargetGroups=[used()],
        DescribeLoadBalancers=[answers.balancer()],
        DescribeTargetHealth=[
            answers.health(),
            answers.health(
                (BOX, "initial", "Elb.RegistrationInProgress"), ("i-2", "unhealthy", "Target.Timeout")
            ),
            answers.health((BOX, "healthy"), ("i-2", "unhealthy", "Target.Timeout")),
        ],
    )
    TargetGroup(GROUP_ARN, cloud=cloud).register(BOX, wait=True)
    assert faults.operations == [
        "RegisterTargets",
        "DescribeTargetGroups",
        "DescribeLoadBalancers",
        *["DescribeTargetHealth"] * 3,
    ]
    assert len(faults.clock.slept) == 2


def test_a_target_that_is_stopped_is_given_up_at_once(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[used()],
        DescribeLoadBalancers=[answers.balancer()],
        DescribeTargetHealth=[answers.health((BOX, "unused", "Target.InvalidState"))],
    )
    with pytest.raises(TargetUnhealthy) as caught:
        TargetGroup(GROUP_ARN, cloud=cloud).wait_healthy()
    assert caught.value.reason == "Target.InvalidState"
    assert faults.clock.slept == []


def test_a_group_that_nothing_forwards_to_is_given_up_soon(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeTargetGroups=[used("")],
        DescribeTargetHealth=[answers.health((BOX, "unused", "Target.NotInUse"))],
        DescribeInstances=[answers.instances((BOX, "running"))],
    )
    with pytest.raises(TargetUnhealthy, match="no listener forwards to"):
        TargetGroup(GROUP_ARN, cloud=cloud).wait_healthy()
    assert 29 < sum(faults.clock.slept) < 50
    assert "DescribeLoadBalancers" not in faults.operations


def test_healthy_ones(rig: Rig) -> None:
    box = launch(rig.cloud)
    group = TargetGroup.create(rig.name("tg"), port=80)
    group.register(box, wait=True)
    group.register(wait=True)
    assert group.wait_healthy(box) is group
