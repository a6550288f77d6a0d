"""Deleting as AWS does it: refused while something is under way, and only then by and by."""

from __future__ import annotations

import pytest

from cloudkit import AccessDenied, Conflict, WaitTimeout
from cloudkit.autoscaling import AutoScalingGroup
from tests.autoscaling.answers import LOST, NOBODY, ONE, answer, group, refusal, world
from tests.faults import FaultServer

DELETED = answer("DeleteAutoScalingGroup")
BUSY = refusal(
    "You cannot delete an AutoScalingGroup while there are scaling activities.", "ScalingActivityInProgress"
)
IN_USE = refusal("You cannot delete an AutoScalingGroup while there are instances.", "ResourceInUse")
GONE = refusal("AutoScalingGroup name not found - AutoScalingGroup 'web' not found")
LEAVING = group((ONE, "Terminating"), status="Delete in progress")


def test_it_waits_until_the_group_is_gone(faults: FaultServer) -> None:
    cloud = world(
        faults, DeleteAutoScalingGroup=[DELETED], DescribeAutoScalingGroups=[LEAVING, LEAVING, NOBODY]
    )
    AutoScalingGroup("web", cloud=cloud).delete()
    assert faults.operations == ["DeleteAutoScalingGroup", *["DescribeAutoScalingGroups"] * 3]
    assert faults.requests[0].form["ForceDelete"] == "true"


def test_it_need_not_wait(faults: FaultServer) -> None:
    AutoScalingGroup("web", cloud=world(faults, DeleteAutoScalingGroup=[DELETED])).delete(wait=False)
    assert faults.operations == ["DeleteAutoScalingGroup"]


def test_what_is_under_way_is_waited_out(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DeleteAutoScalingGroup=[BUSY, IN_USE, refusal("pending update", "ResourceContention"), DELETED],
        DescribeAutoScalingGroups=[NOBODY],
    )
    AutoScalingGroup("web", cloud=cloud).delete()
    assert faults.operations.count("DeleteAutoScalingGroup") == 4


def test_what_does_not_end_is_named(faults: FaultServer) -> None:
    cloud = world(faults, DeleteAutoScalingGroup=[BUSY])
    with pytest.raises(WaitTimeout, match="scaling activities"):
        AutoScalingGroup("web", cloud=cloud).delete(timeout=30)


def test_a_group_that_does_not_go_is_named(faults: FaultServer) -> None:
    cloud = world(faults, DeleteAutoScalingGroup=[DELETED], DescribeAutoScalingGroups=[LEAVING])
    with pytest.raises(WaitTimeout, match="Delete in progress, with 1 instances"):
        AutoScalingGroup("web", cloud=cloud).delete(timeout=30)


def test_without_force_instances_prevent_it(faults: FaultServer) -> None:
    cloud = world(faults, DeleteAutoScalingGroup=[IN_USE])
    with pytest.raises(Conflict, match="there are instances") as caught:
        AutoScalingGroup("web", cloud=cloud).delete(force=False)
    assert "force=True" in (caught.value.hint or "")
    assert faults.operations == ["DeleteAutoScalingGroup"]
    assert "ForceDelete" not in faults.requests[0].form


@pytest.mark.parametrize("attempts", [1, 3])
def test_one_that_is_gone_is_fine(faults: FaultServer, attempts: int) -> None:
    AutoScalingGroup("web", cloud=world(faults, attempts=attempts, DeleteAutoScalingGroup=[GONE])).delete()
    assert faults.operations == ["DeleteAutoScalingGroup"]


def test_a_lost_answer_is_fine(faults: FaultServer) -> None:
    cloud = world(faults, attempts=3, DeleteAutoScalingGroup=[LOST, GONE])
    AutoScalingGroup("web", cloud=cloud).delete()


def test_one_that_is_being_deleted_is_waited_for(faults: FaultServer) -> None:
    pending = refusal("The AutoScaling group may not be modified while it is pending delete")
    cloud = world(faults, DeleteAutoScalingGroup=[pending], DescribeAutoScalingGroups=[LEAVING, NOBODY])
    AutoScalingGroup("web", cloud=cloud).delete()
    assert faults.operations.count("DescribeAutoScalingGroups") == 2


def test_a_block_deletes_it(faults: FaultServer) -> None:
    cloud = world(faults, DeleteAutoScalingGroup=[DELETED], DescribeAutoScalingGroups=[NOBODY])
    with AutoScalingGroup("web", cloud=cloud) as made:
        assert made.name == "web"
        assert faults.operations == []
    assert "DeleteAutoScalingGroup" in faults.operations


def test_a_block_that_fails_keeps_its_error(faults: FaultServer) -> None:
    denied = refusal("no", "AccessDenied", 403)
    cloud = world(faults, DeleteAutoScalingGroup=[denied])
    with pytest.warns(ResourceWarning, match="web was not taken away"), pytest.raises(ZeroDivisionError):
        with AutoScalingGroup("web", cloud=cloud):
            raise ZeroDivisionError
    with pytest.raises(AccessDenied), AutoScalingGroup("web", cloud=cloud):
        pass
