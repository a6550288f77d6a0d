"""`wait_healthy`, with the states that AWS goes through and moto does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudkit import Cloud, Conflict, InvalidRequest, WaitFailed, WaitTimeout
from cloudkit.elb import LoadBalancer, TargetUnhealthy
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BOX, counted
from tests.elb.machines import launch
from tests.faults import FaultServer, Reply

INITIAL = (BOX, "initial", "Elb.InitialHealthChecking")
HEALTHY = (BOX, "healthy")
UNHEALTHY = (BOX, "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]")
UNUSED = (BOX, "unused", "Target.NotInUse", "not configured to receive traffic")


def cloud_with(
    faults: FaultServer, *looks: Reply, states: tuple[str, ...] = ("active",), interval: int = 30
) -> Cloud:
    return answers.world(
        faults,
        DescribeLoadBalancers=[answers.balancer(state) for state in states],
        DescribeTargetGroups=[answers.group(interval=interval)],
        DescribeTargetHealth=looks,
    )


def test_healthy_at_once_takes_three_requests(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("web"), targets=[launch(rig.cloud)])
    with counted(rig.cloud) as called:
        assert LoadBalancer(balancer.name).wait_healthy(timeout=60) == balancer
    assert called == ["DescribeLoadBalancers", "DescribeTargetGroups", "DescribeTargetHealth"]
    assert rig.clock.slept == []


def test_one_request_a_group_and_poll_once_it_is_active(faults: FaultServer) -> None:
    cloud = cloud_with(
        faults,
        answers.health((BOX, "initial", "Elb.RegistrationInProgress")),
        answers.health(INITIAL),
        answers.health(INITIAL),
        answers.health(HEALTHY),
        states=("provisioning", "active"),
    )
    LoadBalancer("web", cloud=cloud).wait_healthy()
    assert faults.operations == [
        "DescribeLoadBalancers",
        "DescribeTargetGroups",
        "DescribeTargetHealth",
        "DescribeLoadBalancers",
        *["DescribeTargetHealth"] * 3,
    ]


def test_healthy_targets_of_a_load_balancer_that_is_not_active_are_not_enough(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(HEALTHY), states=("provisioning", "provisioning", "active"))
    LoadBalancer("web", cloud=cloud).wait_healthy()
    assert faults.operations.count("DescribeLoadBalancers") == 3


def test_targets_that_are_leaving_are_not_waited_for(faults: FaultServer) -> None:
    leaving = ("i-2", "draining", "Target.DeregistrationInProgress")
    LoadBalancer("web", cloud=cloud_with(faults, answers.health(HEALTHY, leaving))).wait_healthy()
    assert faults.clock.slept == []


def test_it_ends_and_names_who_is_not_there(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(HEALTHY, ("i-2", "initial", "Elb.InitialHealthChecking")))
    with pytest.raises(WaitTimeout) as caught:
        LoadBalancer("web", cloud=cloud).wait_healthy(timeout=timedelta(minutes=2))
    assert caught.value.pending == ("i-2:8080 is initial (Elb.InitialHealthChecking)",)
    assert sum(faults.clock.slept) == pytest.approx(120)


def test_it_names_the_load_balancer_that_is_not_active(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(UNUSED), states=("provisioning",))
    with pytest.raises(WaitTimeout) as caught:
        LoadBalancer("web", cloud=cloud).wait_healthy(timeout=100)
    assert caught.value.pending == (
        "the load balancer is provisioning",
        f"{BOX}:8080 is unused (Target.NotInUse)",
    )


def test_unhealthy_for_three_checks_of_its_group_is_given_up(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(INITIAL), answers.health(UNHEALTHY))
    with pytest.raises(TargetUnhealthy) as caught:
        LoadBalancer("web", cloud=cloud).wait_healthy()
    error = caught.value
    assert error.reason == "Target.ResponseCodeMismatch"
    assert [row.id for row in error.targets] == [BOX]
    assert "the health check of / on 8080 got 502, and expects 200" in error.message
    assert "the server itself fails at /" in str(error.hint)
    assert error.resource == "web"
    assert 90 <= sum(faults.clock.slept) < 90 + 2 * 15


def test_the_interval_of_the_group_counts(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(UNHEALTHY), interval=5)
    with pytest.raises(TargetUnhealthy):
        LoadBalancer("web", cloud=cloud).wait_healthy()
    assert 15 <= sum(faults.clock.slept) < 15 + 15


def test_patience_may_be_given(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(UNHEALTHY))
    with pytest.raises(TargetUnhealthy):
        LoadBalancer("web", cloud=cloud).wait_healthy(patience=300)
    assert 300 <= sum(faults.clock.slept) < 300 + 2 * 15
    faults.clock.slept.clear()
    with pytest.raises(TargetUnhealthy):
        LoadBalancer("web", cloud=cloud).wait_healthy(patience=0)
    assert faults.clock.slept == []


def test_a_target_that_recovers_in_time_is_healthy(faults: FaultServer) -> None:
    looks = [INITIAL, UNHEALTHY, UNHEALTHY, UNHEALTHY, INITIAL, UNHEALTHY, HEALTHY]
    cloud = cloud_with(faults, *(answers.health(look) for look in looks))
    LoadBalancer("web", cloud=cloud).wait_healthy()
    assert faults.operations.count("DescribeTargetHealth") == len(looks)


def test_unused_fails_early_with_advice(faults: FaultServer) -> None:
    with pytest.raises(TargetUnhealthy) as caught:
        LoadBalancer("web", cloud=cloud_with(faults, answers.health(HEALTHY, UNUSED))).wait_healthy()
    assert caught.value.reason == "Target.NotInUse"
    assert "listener" in str(caught.value.hint)
    assert "zone" in str(caught.value.hint)
    assert 30 <= sum(faults.clock.slept) < 30 + 15


def test_a_stopped_target_fails_at_once(faults: FaultServer) -> None:
    stopped = (BOX, "unused", "Target.InvalidState", "Target is in the stopped state")
    with pytest.raises(TargetUnhealthy, match="stopped state"):
        LoadBalancer("web", cloud=cloud_with(faults, answers.health(stopped))).wait_healthy()
    assert faults.clock.slept == []


def test_a_stopped_target_on_the_embedded_cloud(rig: Rig) -> None:
    box = launch(rig.cloud)
    balancer = LoadBalancer.create(rig.name("web"), targets=[box])
    rig.cloud.call("ec2", "stop_instances", InstanceIds=[box.id])
    with pytest.raises(TargetUnhealthy) as caught:
        balancer.wait_healthy()
    assert caught.value.targets[0].id == box.id
    assert caught.value.reason == "Target.InvalidState"


def test_a_failed_load_balancer_fails_at_once(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[answers.balancer("failed", reason="no addresses")],
        DescribeTargetGroups=[answers.group()],
        DescribeTargetHealth=[answers.health(INITIAL)],
    )
    with pytest.raises(WaitFailed) as caught:
        LoadBalancer("web", cloud=cloud).wait_healthy()
    assert caught.value.reason == "no addresses"
    assert not isinstance(caught.value, TargetUnhealthy)
    assert faults.clock.slept == []


def test_without_targets_there_is_nothing_to_wait_for(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("web"))
    with pytest.raises(Conflict, match="no targets") as caught:
        balancer.wait_healthy()
    assert "add" in str(caught.value.hint)
    assert rig.clock.slept == []


def test_some_targets_alone(faults: FaultServer) -> None:
    sick = ("i-2", "unhealthy", "Target.Timeout")
    LoadBalancer("web", cloud=cloud_with(faults, answers.health(HEALTHY, sick))).wait_healthy(BOX)
    assert faults.clock.slept == []


def test_a_target_that_is_not_registered_is_given_up(faults: FaultServer) -> None:
    with pytest.raises(TargetUnhealthy) as caught:
        LoadBalancer("web", cloud=cloud_with(faults, answers.health(HEALTHY))).wait_healthy(BOX, "i-2")
    assert caught.value.reason == "Target.NotRegistered"
    assert [row.id for row in caught.value.targets] == ["i-2"]
    assert "balancer.add" in str(caught.value.hint)
    assert 30 <= sum(faults.clock.slept) < 30 + 15


def test_a_fault_of_aws_ends_the_wait(faults: FaultServer) -> None:
    cloud = cloud_with(faults, answers.health(INITIAL), Reply.query_error("AccessDenied", "no", 403))
    with pytest.raises(PermissionError):
        LoadBalancer("web", cloud=cloud).wait_healthy()


def test_a_timeout_is_more_than_nothing(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="timeout"):
        LoadBalancer("web", cloud=faults.cloud()).wait_healthy(timeout=0)
    assert faults.requests == []
