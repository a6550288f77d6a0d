from __future__ import annotations

import pytest

from cloudkit import InvalidRequest, WaitTimeout
from cloudkit.elb._places import default_vpc, find_place
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BOX, counted
from tests.elb.machines import launch, network
from tests.faults import FaultServer, Reply


def test_the_default_vpc_has_a_subnet_in_each_zone(rig: Rig) -> None:
    with counted(rig.cloud) as called:
        place = find_place(rig.cloud, subnets=(), targets=(), internal=False)
    assert called == ["DescribeSubnets"]
    assert place.vpc_id == default_vpc(rig.cloud)
    assert len(place.subnets) == len(set(place.zones)) >= 2
    assert place.zones[:2] == ("us-east-1a", "us-east-1b")


def test_the_targets_decide_the_vpc(rig: Rig) -> None:
    vpc, (first, second, _) = network(rig.cloud, "a", "b", "a")
    box = launch(rig.cloud, subnet=second)
    place = find_place(rig.cloud, subnets=(), targets=(box.id,), internal=False)
    assert (place.vpc_id, place.zones) == (vpc, ("us-east-1a", "us-east-1b"))
    assert second in place.subnets
    given = find_place(rig.cloud, subnets=(second, first), targets=(box.id,), internal=False)
    assert given.subnets == (second, first)


def test_a_public_subnet_is_taken_for_the_internet_and_a_private_one_inside(rig: Rig) -> None:
    _, (public_a, private_a, private_b) = network(rig.cloud, "a", "a", "b")
    rig.cloud.call("ec2", "modify_subnet_attribute", SubnetId=public_a, MapPublicIpOnLaunch={"Value": True})
    box = launch(rig.cloud, subnet=private_a)
    outside = find_place(rig.cloud, subnets=(), targets=(box.id,), internal=False)
    assert outside.subnets == (public_a, private_b)
    inside = find_place(rig.cloud, subnets=(), targets=(box.id,), internal=True)
    assert inside.subnets == (private_a, private_b)


def test_one_zone_is_too_few(rig: Rig) -> None:
    vpc, (first, second) = network(rig.cloud, "a", "a")
    box = launch(rig.cloud, subnet=first)
    with pytest.raises(InvalidRequest, match="us-east-1a alone") as caught:
        find_place(rig.cloud, subnets=(), targets=(box.id,), internal=False)
    assert vpc in str(caught.value)
    assert "another zone" in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="several of the subnets are in us-east-1a"):
        find_place(rig.cloud, subnets=(first, second), targets=(), internal=False)
    with pytest.raises(InvalidRequest, match="2 zones or more"):
        find_place(rig.cloud, subnets=(first,), targets=(), internal=False)


def test_a_region_without_default_subnets(faults: FaultServer) -> None:
    faults.otherwise(answers.subnets())
    with pytest.raises(InvalidRequest, match="the default VPC has none") as caught:
        find_place(faults.cloud(), subnets=(), targets=(), internal=False)
    assert "subnets=" in str(caught.value.hint)


def test_full_subnets_and_local_zones_are_passed_over(faults: FaultServer) -> None:
    found = answers.subnets(
        ("subnet-a", "us-east-1a"),
        ("subnet-full", "us-east-1b"),
        ("subnet-lax", "us-west-2-lax-1a"),
        ("subnet-c", "us-east-1c"),
    )
    head, tail = found.body.split(b"subnet-full", 1)
    full = head + b"subnet-full" + tail.replace(b">100<", b">7<", 1)
    faults.otherwise(Reply.xml(full.decode()))
    place = find_place(faults.cloud(), subnets=(), targets=(), internal=False)
    assert place.subnets == ("subnet-a", "subnet-c")


def test_subnets_and_targets_must_go_together(rig: Rig) -> None:
    _, ours = network(rig.cloud, "a", "b", "c")
    _, others = network(rig.cloud, "a", "b")
    here, there = launch(rig.cloud, subnet=ours[2]), launch(rig.cloud, subnet=others[0])
    with pytest.raises(InvalidRequest, match="several VPCs"):
        find_place(rig.cloud, subnets=(), targets=(here.id, there.id), internal=False)
    with pytest.raises(InvalidRequest, match="the subnets are in several VPCs"):
        find_place(rig.cloud, subnets=(ours[0], others[1]), targets=(), internal=False)
    with pytest.raises(InvalidRequest, match="and the subnets are in vpc-"):
        find_place(rig.cloud, subnets=tuple(others), targets=(here.id,), internal=False)
    with pytest.raises(InvalidRequest, match="zone us-east-1c") as caught:
        find_place(rig.cloud, subnets=tuple(ours[:2]), targets=(here.id,), internal=False)
    assert "us-east-1c" in str(caught.value.hint)


def test_a_subnet_that_is_not_there(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(LookupError):
        find_place(rig.cloud, subnets=("subnet-0123", "subnet-4567"), targets=(), internal=False)
    faults.otherwise(answers.subnets(("subnet-a", "us-east-1a")))
    with pytest.raises(InvalidRequest, match="no subnet subnet-b"):
        find_place(faults.cloud(), subnets=("subnet-a", "subnet-b"), targets=(), internal=False)


def test_instances_that_start_are_waited_for(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeInstances=[answers.instances((BOX, "pending")), answers.instances((BOX, "running"))],
        DescribeSubnets=[answers.subnets(("subnet-a", "us-east-1a"), ("subnet-b", "us-east-1b"))],
    )
    place = find_place(cloud, subnets=(), targets=(BOX,), internal=False)
    assert place.vpc_id == "vpc-1"
    assert faults.operations == ["DescribeInstances", "DescribeInstances", "DescribeSubnets"]


def test_instances_that_never_start_are_not_waited_for_for_ever(faults: FaultServer) -> None:
    cloud = answers.world(faults, DescribeInstances=[answers.instances((BOX, "pending"))])
    with pytest.raises(WaitTimeout, match="pending"):
        find_place(cloud, subnets=(), targets=(BOX,), internal=False)


@pytest.mark.parametrize("state", ["stopped", "stopping", "shutting-down", "terminated"])
def test_instances_that_do_not_run_are_refused(faults: FaultServer, state: str) -> None:
    cloud = answers.world(faults, DescribeInstances=[answers.instances((BOX, state))])
    with pytest.raises(InvalidRequest, match=state):
        find_place(cloud, subnets=(), targets=(BOX,), internal=False)
    assert faults.operations == ["DescribeInstances"]


def test_no_default_vpc(faults: FaultServer) -> None:
    faults.otherwise(Reply.xml("<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"))
    with pytest.raises(InvalidRequest, match="no default VPC"):
        default_vpc(faults.cloud())
