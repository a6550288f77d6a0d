from __future__ import annotations

import pytest

from cloudkit import Conflict, ElasticIP, InvalidRequest
from cloudkit.elb import LoadBalancer, StaticAddress
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import BALANCER_ARN
from tests.elb.machines import network
from tests.faults import FaultServer, Reply

ARN = BALANCER_ARN.replace("/app/", "/net/")


def with_addresses(inner: str) -> Reply:
    body = answers.balancer(arn=ARN).body.replace(b">application<", b">network<")
    place = b"<SubnetId>subnet-a</SubnetId>"
    return Reply(
        body=body.replace(place, place + f"<LoadBalancerAddresses>{inner}</LoadBalancerAddresses>".encode())
    )


ELASTIC = "<member><IpAddress>203.0.113.7</IpAddress><AllocationId>eipalloc-0a</AllocationId></member>"
PRIVATE = "<member><PrivateIPv4Address>10.0.0.9</PrivateIPv4Address></member>"


def test_addresses(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[with_addresses(ELASTIC), with_addresses(ELASTIC), with_addresses(PRIVATE)],
    )
    view = LoadBalancer(ARN, cloud=cloud).network
    assert view.addresses() == [StaticAddress("us-east-1a", "subnet-a", "203.0.113.7", "eipalloc-0a")]
    assert view.addresses() == [StaticAddress("us-east-1a", "subnet-a", "10.0.0.9")]


def test_more_subnets_with_addresses_name_those_that_are_there(faults: FaultServer) -> None:
    cloud = answers.world(
        faults, DescribeLoadBalancers=[with_addresses(ELASTIC)], SetSubnets=[answers.answer("SetSubnets")]
    )
    view = LoadBalancer(ARN, cloud=cloud).network
    view.add_subnets({"subnet-b": "eipalloc-0b"})
    sent = faults.requests[-1].form
    assert [
        sent[f"SubnetMappings.member.{n}.{key}"] for n in (1, 2) for key in ("SubnetId", "AllocationId")
    ] == [
        "subnet-a",
        "eipalloc-0a",
        "subnet-b",
        "eipalloc-0b",
    ]
    with pytest.raises(InvalidRequest, match="Elastic IP"):
        view.add_subnets({"subnet-b": "10.0.0.1"})


def test_made_with_an_elastic_ip_address_in_each_zone(rig: Rig) -> None:
    _, subnets = network(rig.cloud, "a", "b")
    addresses = [ElasticIP.allocate() for _ in subnets]
    balancer = LoadBalancer.create(
        rig.name("web"), kind="network", subnets=dict(zip(subnets, addresses, strict=True))
    )
    assert set(balancer.subnet_ids) == set(subnets)
    assert balancer.network.addresses() == []  # moto keeps none


def test_an_address_cannot_be_changed(faults: FaultServer) -> None:
    cloud = answers.world(faults, DescribeLoadBalancers=[with_addresses(ELASTIC)])
    LoadBalancer.ensure("web", subnets={"subnet-a": "eipalloc-0a"}, cloud=cloud)
    for update in (False, True):
        with pytest.raises(Conflict, match="addresses are") as caught:
            LoadBalancer.ensure("web", subnets={"subnet-a": "eipalloc-0b"}, update=update, cloud=cloud)
        assert "cannot change" in str(caught.value.hint)


def test_without_security_groups_for_ever(rig: Rig) -> None:
    balancer = LoadBalancer.create(rig.name("web"), kind="network", security_groups=[])
    assert not balancer.security_group_ids


def test_on_another_kind_it_says_what_to_use(rig: Rig) -> None:
    for kind in ("application", "classic"):
        balancer = LoadBalancer.create(rig.name("web"), kind=kind)
        with pytest.raises(Conflict, match=f"of kind {kind}, which has no .network") as caught:
            balancer.network.addresses()
        assert "dns_name" in str(caught.value.hint)
