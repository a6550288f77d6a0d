from __future__ import annotations

from typing import Any

import pytest

from cloudkit import Conflict, InvalidRequest
from cloudkit.elb import AddressType, Kind, LoadBalancer
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import ACCOUNT, answer, world
from tests.elb.kinds import balancer_of, security_group
from tests.elb.machines import network
from tests.faults import FaultServer

GATEWAY_ARN = f"{ACCOUNT}:loadbalancer/gwy/web/50dc6c495c0c9188"
NETWORK_ARN = f"{ACCOUNT}:loadbalancer/net/web/50dc6c495c0c9188"
CLASSIC_ARN = f"{ACCOUNT}:loadbalancer/web"


@pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC])
def test_other_subnets(rig: Rig, kind: Kind) -> None:
    balancer = balancer_of(rig, kind, zones="abc")
    a, b, c = balancer.subnet_ids
    _, (elsewhere,) = network(rig.cloud, "d")
    balancer.update(subnets=[b, c, elsewhere])
    assert set(balancer.subnet_ids) == {b, c, elsewhere}
    assert a not in balancer.subnet_ids


@pytest.mark.parametrize("kind", [Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC])
def test_other_security_groups(rig: Rig, kind: Kind) -> None:
    balancer = balancer_of(rig, kind, groups=1)
    new = [security_group(rig, balancer.vpc_id) for _ in range(2)]
    balancer.update(security_groups=new)
    assert set(balancer.security_group_ids or ()) == set(new)


def test_other_addresses(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    assert balancer.update(ip_address_type="dualstack").ip_address_type is AddressType.DUALSTACK


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        (Kind.APPLICATION, {"subnets": ["subnet-a"]}, "2 zones or more"),
        (Kind.NETWORK, {"subnets": []}, "at least one"),
        (Kind.CLASSIC, {"subnets": "subnet-a"}, "list of them"),
        (Kind.CLASSIC, {"security_groups": []}, "at least one"),
        (Kind.GATEWAY, {"security_groups": ["sg-1"]}, "no security groups"),
        (Kind.CLASSIC, {"ip_address_type": "dualstack"}, "no such setting"),
        (Kind.NETWORK, {"ip_address_type": "dualstack-without-public-ipv4"}, "one of 'ipv4', 'dualstack'"),
        (Kind.APPLICATION, {"ip_address_type": "ipv6"}, "dualstack-without-public-ipv4"),
    ],
)
def test_what_a_kind_cannot(faults: FaultServer, kind: Kind, changes: dict[str, Any], why: str) -> None:
    tails = {Kind.APPLICATION: "app/web/1", Kind.NETWORK: "net/web/1", Kind.GATEWAY: "gwy/web/1"}
    arn = f"{ACCOUNT}:loadbalancer/{tails.get(kind, 'web')}"
    cloud = world(faults, DescribeLoadBalancers=[answers.balancer()])
    with pytest.raises(InvalidRequest, match=why):
        LoadBalancer(arn, cloud=cloud).update(**changes)
    assert set(faults.operations) <= {"DescribeLoadBalancers"}


def test_a_network_one_without_groups_gets_none(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.NETWORK)
    with pytest.raises(Conflict, match="made without security groups") as refused:
        balancer.update(security_groups=[security_group(rig, balancer.vpc_id)])
    assert "kind='network'" in str(refused.value.hint)


def row(subnets: str) -> str:
    return (
        f"<LoadBalancers><member><LoadBalancerArn>{GATEWAY_ARN}</LoadBalancerArn>"
        f"<LoadBalancerName>web</LoadBalancerName><AvailabilityZones>{subnets}</AvailabilityZones></member></LoadBalancers>"
    )


def test_a_gateway_keeps_its_subnets(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeLoadBalancers=[
            answer("DescribeLoadBalancers", row("<member><SubnetId>subnet-a</SubnetId></member>"))
        ],
        SetSubnets=[answer("SetSubnets")],
    )
    balancer = LoadBalancer(GATEWAY_ARN, cloud=cloud)
    with pytest.raises(Conflict, match="subnet-a is not among those wanted"):
        balancer.update(subnets=["subnet-b"])
    balancer.update(subnets=["subnet-a", "subnet-b"])
    assert faults.operations == ["DescribeLoadBalancers", "DescribeLoadBalancers", "SetSubnets"]


def test_a_classic_one_stands_somewhere_all_the_time(faults: FaultServer) -> None:
    described = answer(
        "DescribeLoadBalancers",
        "<LoadBalancerDescriptions><member><LoadBalancerName>web</LoadBalancerName>"
        "<Subnets><member>subnet-a</member><member>subnet-b</member></Subnets></member></LoadBalancerDescriptions>",
    )
    attached = answer(
        "AttachLoadBalancerToSubnets",
        # The new subnet took the place of subnet-b, which is in its zone.
        "<Subnets><member>subnet-a</member><member>subnet-c</member></Subnets>",
    )
    cloud = world(
        faults,
        ClassicDescribeLoadBalancers=[described],
        ClassicAttachLoadBalancerToSubnets=[attached],
        ClassicDetachLoadBalancerFromSubnets=[answer("DetachLoadBalancerFromSubnets")],
    )
    balancer = LoadBalancer(CLASSIC_ARN, cloud=cloud)
    balancer.update(subnets=["subnet-c"])
    assert faults.operations == [
        "DescribeLoadBalancers",
        "AttachLoadBalancerToSubnets",
        "DetachLoadBalancerFromSubnets",
    ]
    assert [faults.requests[n].form["Subnets.member.1"] for n in (1, 2)] == ["subnet-c", "subnet-a"]
    balancer.update(subnets=["subnet-a", "subnet-b"])
    assert faults.operations[3:] == ["DescribeLoadBalancers"]
