from __future__ import annotations

import pytest

from cloudkit import Conflict, InvalidRequest
from cloudkit.elb import CookieStickiness, HealthCheck, LoadBalancer
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import CLASSIC_ARN, counted
from tests.elb.machines import launch, network
from tests.faults import FaultServer, Reply


def veteran(rig: Rig) -> LoadBalancer:
    return LoadBalancer.create(rig.name("web"), kind="classic", listeners={80: 8080, 90: 9000})


def test_it_checks_by_http_and_can_be_told_otherwise(rig: Rig) -> None:
    balancer = veteran(rig)
    assert balancer.classic.health_check.path == "/"
    balancer.classic.health_check = HealthCheck(path="/up", interval=10)
    check = LoadBalancer(balancer.name).classic.health_check
    assert (check.path, check.interval, check.port) == ("/up", 10, 8080)


def test_instances(rig: Rig) -> None:
    balancer, box = veteran(rig), launch(rig.cloud)
    assert balancer.classic.instances() == []
    balancer.add(box)
    assert balancer.classic.instances() == [box.id]


def test_zones(rig: Rig) -> None:
    _, subnets = network(rig.cloud, "a")
    balancer = LoadBalancer.create(rig.name("web"), kind="classic", subnets=subnets)
    assert list(balancer.zones) == ["us-east-1a"]
    classic = balancer.classic
    assert classic.enable_zones("us-east-1a", "us-east-1b") == ["us-east-1a", "us-east-1b"]
    assert list(balancer.zones) == ["us-east-1a", "us-east-1b"]
    assert classic.disable_zones("us-east-1b") == ["us-east-1a"]
    with pytest.raises(InvalidRequest):
        classic.enable_zones()


def test_a_dns_name_with_a_number_in_it(rig: Rig) -> None:
    balancer = veteran(rig)
    assert LoadBalancer(balancer.dns_name) == balancer
    assert LoadBalancer(balancer.dns_name).kind == "classic"


def test_subnets(rig: Rig) -> None:
    _, subnets = network(rig.cloud, "a", "b")
    balancer = LoadBalancer.create(rig.name("web"), kind="classic", subnets=subnets[:1])
    assert set(balancer.classic.attach_subnets(subnets[1])) == set(subnets)
    assert set(balancer.subnet_ids) == set(subnets)
    assert balancer.classic.detach_subnets(subnets[0]) == subnets[1:]
    assert balancer.subnet_ids == tuple(subnets[1:])


def test_cookies(rig: Rig) -> None:
    balancer = veteran(rig)
    classic = balancer.classic
    assert classic.stickiness() == {}
    classic.stick(80, seconds=600)
    classic.stick(90, cookie="session")
    assert classic.stickiness() == {
        80: CookieStickiness(seconds=600),
        90: CookieStickiness(cookie="session"),
    }
    with counted(rig.cloud) as called:
        classic.stick(80, seconds=600)
    assert called == ["DescribeLoadBalancers"]
    classic.stick(90, seconds=600)
    classic.stick(80)
    assert classic.stickiness() == {80: CookieStickiness(), 90: CookieStickiness(seconds=600)}
    classic.unstick(80)
    classic.unstick(90)
    classic.unstick(90)
    assert classic.stickiness() == {}


def test_what_aws_would_refuse(rig: Rig) -> None:
    classic = veteran(rig).classic
    with counted(rig.cloud) as called:
        for bad in ({"seconds": 1, "cookie": "x"}, {"seconds": 0}, {"cookie": "a b"}, {"cookie": ""}):
            with pytest.raises(InvalidRequest):
                classic.stick(80, **bad)
    assert called == []
    with pytest.raises(Conflict, match="nothing listens on port 81"):
        classic.stick(81)


def test_other_policies_of_the_port_stay(faults: FaultServer) -> None:
    row = answers.classic().body.replace(
        b"<PolicyNames/>", b"<PolicyNames><member>tls</member><member>old</member></PolicyNames>"
    )
    policies = (
        b"<Policies><AppCookieStickinessPolicies/><LBCookieStickinessPolicies><member><PolicyName>old</PolicyName>"
        b"<CookieExpirationPeriod>60</CookieExpirationPeriod></member></LBCookieStickinessPolicies>"
        b"<OtherPolicies><member>tls</member></OtherPolicies></Policies><AvailabilityZones>"
    )
    cloud = answers.world(
        faults,
        ClassicDescribeLoadBalancers=[Reply(body=row.replace(b"<AvailabilityZones>", policies, 1))],
        ClassicCreateLBCookieStickinessPolicy=[Reply.query_error("DuplicatePolicyName")],
        ClassicSetLoadBalancerPoliciesOfListener=[answers.answer("SetLoadBalancerPoliciesOfListener")],
    )
    classic = LoadBalancer(CLASSIC_ARN, cloud=cloud).classic
    assert classic.stickiness() == {80: CookieStickiness(seconds=60)}
    classic.stick(80, seconds=600)
    sent = faults.requests[-1].form
    names = [value for name, value in sent.items() if name.startswith("PolicyNames")]
    assert names == ["tls", "cloudkit-sticky-600"]


def test_on_another_kind_it_says_what_to_use(rig: Rig) -> None:
    for kind in ("application", "network"):
        balancer = LoadBalancer.create(rig.name("web"), kind=kind)
        with pytest.raises(Conflict, match=f"of kind {kind}, which has no .classic") as caught:
            balancer.classic.instances()
        assert "target_groups()" in str(caught.value.hint)
