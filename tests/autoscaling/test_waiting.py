"""Waiting for instances as AWS makes one wait: they come late, or not at all, and some are not well."""

from __future__ import annotations

import pytest

from cloudkit import Conflict, ScalingFailed, WaitFailed, WaitTimeout
from cloudkit.autoscaling import AutoScalingGroup, AutoScalingGroupNotFound
from cloudkit.autoscaling._limits import CAPACITY_SECONDS
from tests.autoscaling.answers import (
    NOBODY,
    ONE,
    TARGETS_ARN,
    TWO,
    activities,
    answer,
    group,
    health,
    world,
)
from tests.faults import FaultServer

LAUNCHING = "Launching a new EC2 instance"
NO_IMAGE = "The image id '[ami-1]' does not exist. Launching EC2 instance failed."
NO_ROOM = "We currently do not have sufficient t3.micro capacity in the zone. Launching EC2 instance failed."
UNDER_WAY = activities(("InProgress", LAUNCHING, ""))


def test_it_waits_until_all_are_in_service(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[
            group(desired=2),
            group((ONE, "Pending"), (TWO, "Pending:Wait")),
            group((ONE, "InService"), (TWO, "Pending:Proceed")),
            group((ONE, "InService"), (TWO, "InService")),
        ],
        DescribeScalingActivities=[UNDER_WAY],
    )
    made = AutoScalingGroup("web", cloud=cloud)
    assert made.wait() is made
    assert [member.in_service for member in made.members] == [True, True]
    assert faults.operations.count("DescribeAutoScalingGroups") == 4
    assert faults.operations.count("DescribeScalingActivities") == 3


def test_what_leaves_is_waited_for_too(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[
            group((ONE, "InService"), (TWO, "InService"), desired=1),
            group((ONE, "InService"), (TWO, "Terminating"), desired=1),
        ],
        DescribeScalingActivities=[activities()],
    )
    AutoScalingGroup("web", cloud=cloud).wait()
    assert faults.operations.count("DescribeAutoScalingGroups") == 2


def test_an_image_that_is_gone_ends_it_at_once(faults: FaultServer) -> None:
    begin = faults.clock.now()
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(desired=2)],
        DescribeScalingActivities=[activities(("Failed", LAUNCHING, NO_IMAGE))],
    )
    with pytest.raises(ScalingFailed, match="does not exist") as caught:
        AutoScalingGroup("web", cloud=cloud).wait()
    error = caught.value
    assert error.reason == NO_IMAGE
    assert error.resource == "web"
    assert error.hint is not None
    assert "create_version" in error.hint
    assert [activity.failed for activity in error.activities] == [True]
    assert faults.clock.now() == begin


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("You have requested more vCPU capacity than your current vCPU limit of 0 allows.", "quota"),
        ("The key pair 'laptop' does not exist.", "key pair"),
        ("The security group 'sg-1' does not exist in VPC 'vpc-1'.", "another VPC"),
        ("You are not authorized to use launch template: lt-1", "may not use"),
        ("Your requested instance type is not supported in your requested zone.", "subnets="),
    ],
)
def test_reasons_that_stay_come_with_advice(faults: FaultServer, message: str, hint: str) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(desired=1)],
        DescribeScalingActivities=[activities(("Failed", LAUNCHING, message))],
    )
    with pytest.raises(ScalingFailed) as caught:
        AutoScalingGroup("web", cloud=cloud).wait()
    assert hint in (caught.value.hint or "")


def test_lack_of_capacity_may_pass(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[*[group(desired=1)] * 3, group((ONE, "InService"))],
        DescribeScalingActivities=[
            activities(("Failed", LAUNCHING, NO_ROOM)),
            activities(("InProgress", LAUNCHING, ""), ("Failed", LAUNCHING, NO_ROOM)),
            activities(("Failed", LAUNCHING, NO_ROOM)),
        ],
    )
    AutoScalingGroup("web", cloud=cloud).wait()


def test_lack_of_capacity_that_lasts_ends_it(faults: FaultServer) -> None:
    begin = faults.clock.now()
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(desired=1)],
        DescribeScalingActivities=[
            activities(("Failed", LAUNCHING, NO_ROOM), ("Cancelled", LAUNCHING, NO_ROOM))
        ],
    )
    with pytest.raises(ScalingFailed, match="sufficient") as caught:
        AutoScalingGroup("web", cloud=cloud).wait(timeout=3600)
    assert len(caught.value.activities) == 2
    assert "more zones" in (caught.value.hint or "")
    assert CAPACITY_SECONDS <= faults.clock.now() - begin < CAPACITY_SECONDS + 60


def test_a_failure_before_a_success_is_past(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(desired=1), group((ONE, "InService"))],
        DescribeScalingActivities=[
            activities(("Successful", LAUNCHING, ""), ("Failed", LAUNCHING, NO_IMAGE)),
        ],
    )
    AutoScalingGroup("web", cloud=cloud).wait()


def test_a_failure_from_before_the_last_change_does_not_count(faults: FaultServer) -> None:
    old = activities(("Failed", LAUNCHING, NO_IMAGE))
    past = type(old)(old.status, old.body.replace(b"2099-", b"2020-"), old.headers)
    cloud = world(
        faults,
        SetDesiredCapacity=[answer("SetDesiredCapacity")],
        DescribeAutoScalingGroups=[group(desired=1), group((ONE, "InService"))],
        DescribeScalingActivities=[past],
    )
    made = AutoScalingGroup("web", cloud=cloud)
    made.scale(1, wait=True)
    cloud = world(faults, DescribeAutoScalingGroups=[group(desired=1)], DescribeScalingActivities=[past])
    with pytest.raises(ScalingFailed):
        AutoScalingGroup("web", cloud=cloud).wait()


def test_a_failure_to_end_an_instance_is_no_failed_launch(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group((ONE, "InService"), (TWO, "InService"), desired=1)],
        DescribeScalingActivities=[activities(("Failed", "Terminating EC2 instance: i-1", "no"))],
    )
    with pytest.raises(WaitTimeout, match="2 of 1 are in service") as caught:
        AutoScalingGroup("web", cloud=cloud).wait(timeout=30)
    assert any("Terminating" in each for each in caught.value.pending)


def test_launching_that_is_suspended_ends_it(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group(desired=1, suspended=["Launch"])],
        DescribeScalingActivities=[activities()],
    )
    with pytest.raises(Conflict, match="suspended") as caught:
        AutoScalingGroup("web", cloud=cloud).wait()
    assert "resume" in (caught.value.hint or "")


def test_a_group_that_is_being_deleted_ends_it(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group((ONE, "Terminating"), status="Delete in progress")],
        DescribeScalingActivities=[activities()],
    )
    with pytest.raises(WaitFailed, match="being deleted"):
        AutoScalingGroup("web", cloud=cloud).wait()


def test_a_group_that_is_not_there(faults: FaultServer) -> None:
    with pytest.raises(AutoScalingGroupNotFound):
        AutoScalingGroup("web", cloud=world(faults, DescribeAutoScalingGroups=[NOBODY])).wait()


def test_instances_that_are_replaced_again_and_again_end_it(faults: FaultServer) -> None:
    cause = "an instance was taken out of service in response to an ELB system health check failure."
    gone = ("Successful", "Terminating EC2 instance: i-1", "", cause)
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group((ONE, "Pending"))],
        DescribeScalingActivities=[
            activities(gone),
            activities(gone, gone),
            activities(("InProgress", LAUNCHING, ""), gone, gone, gone),
        ],
    )
    with pytest.raises(ScalingFailed, match="failed health checks") as caught:
        AutoScalingGroup("web", cloud=cloud).wait()
    assert caught.value.reason == cause
    assert "grace=" in (caught.value.hint or "")


def test_the_load_balancers_are_asked(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group((ONE, "InService"), (TWO, "InService"), targets=[TARGETS_ARN])],
        DescribeTargetHealth=[
            health((ONE, "healthy", "", "")),
            health(
                (ONE, "healthy", "", ""),
                (TWO, "initial", "Elb.InitialHealthChecking", "Initial health checks in progress"),
            ),
            health((ONE, "healthy", "", ""), (TWO, "healthy", "", "")),
        ],
    )
    made = AutoScalingGroup("web", cloud=cloud)
    made.wait()
    assert faults.operations.count("DescribeTargetHealth") == 3
    assert "DescribeScalingActivities" not in faults.operations
    made.wait("in service")
    assert faults.operations.count("DescribeTargetHealth") == 3


def test_what_is_not_healthy_in_time_is_named(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group((ONE, "InService"), targets=[TARGETS_ARN])],
        DescribeTargetHealth=[health((ONE, "unhealthy", "Target.Timeout", "Request timed out"))],
    )
    with pytest.raises(WaitTimeout) as caught:
        AutoScalingGroup("web", cloud=cloud).wait(timeout=60)
    (pending,) = caught.value.pending
    assert "Target.Timeout" in pending
    assert "Request timed out" in pending


def test_instances_that_the_group_takes_for_unhealthy_do_not_count(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeAutoScalingGroups=[group((ONE, "InService", "Unhealthy"))],
        DescribeScalingActivities=[activities()],
    )
    with pytest.raises(WaitTimeout) as caught:
        AutoScalingGroup("web", cloud=cloud).wait(timeout=20)
    assert f"{ONE} is InService, unhealthy" in caught.value.pending


def test_standby_waits_for_both_ways(faults: FaultServer) -> None:
    cloud = world(
        faults,
        EnterStandby=[answer("EnterStandby")],
        ExitStandby=[answer("ExitStandby")],
        DescribeAutoScalingGroups=[
            group((ONE, "EnteringStandby")),
            group((ONE, "Standby")),
            group((ONE, "Pending")),
            group((ONE, "InService")),
        ],
    )
    with AutoScalingGroup("web", cloud=cloud).standby(ONE) as boxes:
        assert boxes.ids == (ONE,)
        assert faults.operations[-1] == "DescribeAutoScalingGroups"
        assert faults.operations.count("DescribeAutoScalingGroups") == 2
    assert faults.operations.count("DescribeAutoScalingGroups") == 4
    assert faults.requests[0].form["ShouldDecrementDesiredCapacity"] == "true"


def test_standby_ends_when_the_block_fails(faults: FaultServer) -> None:
    cloud = world(
        faults,
        EnterStandby=[answer("EnterStandby")],
        ExitStandby=[answer("ExitStandby")],
        DescribeAutoScalingGroups=[group((ONE, "Standby"))],
    )
    with pytest.raises(ZeroDivisionError):
        with AutoScalingGroup("web", cloud=cloud).standby(ONE):
            raise ZeroDivisionError
    assert faults.operations[-1] == "ExitStandby"


def test_standby_ends_when_it_is_not_reached_in_time(faults: FaultServer) -> None:
    cloud = world(
        faults,
        EnterStandby=[answer("EnterStandby")],
        ExitStandby=[answer("ExitStandby")],
        DescribeAutoScalingGroups=[group((ONE, "EnteringStandby"))],
    )
    with pytest.raises(WaitTimeout, match="EnteringStandby"):
        with AutoScalingGroup("web", cloud=cloud).standby(ONE, timeout=20):
            pytest.fail("the block has run")
    assert faults.operations[-1] == "ExitStandby"
