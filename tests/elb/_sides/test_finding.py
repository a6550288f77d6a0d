"""Which API a load balancer is of: by its ARN, its name, its DNS name."""

from __future__ import annotations

import pytest

from cloudkit import AccessDenied
from cloudkit.elb import Kind, LoadBalancer, LoadBalancerNotFound
from tests.elb import answers
from tests.elb.answers import BALANCER_ARN, CLASSIC_ARN, CLASSIC_VERSION
from tests.faults import FaultServer, Reply

V2_DNS = "web-1234567890.us-east-1.elb.amazonaws.com"
CLASSIC_DNS = "web-987654321.us-east-1.elb.amazonaws.com"


def asked(faults: FaultServer) -> list[str]:
    return ["classic" if each.form["Version"] == CLASSIC_VERSION else "v2" for each in faults.requests]


def test_an_arn_tells_at_once(faults: FaultServer) -> None:
    cloud = answers.world(
        faults, DescribeLoadBalancers=[answers.balancer()], ClassicDescribeLoadBalancers=[answers.classic()]
    )
    classic = LoadBalancer(CLASSIC_ARN, cloud=cloud)
    assert classic.kind is Kind.CLASSIC
    assert asked(faults) == ["classic"]
    assert faults.requests[0].form["LoadBalancerNames.member.1"] == "web"
    assert LoadBalancer(BALANCER_ARN, cloud=cloud).kind is Kind.APPLICATION
    assert asked(faults) == ["classic", "v2"]


def test_a_name_that_both_have_is_not_the_classic_one(faults: FaultServer) -> None:
    cloud = answers.world(
        faults, DescribeLoadBalancers=[answers.balancer()], ClassicDescribeLoadBalancers=[answers.classic()]
    )
    assert LoadBalancer("web", cloud=cloud).kind is Kind.APPLICATION
    assert asked(faults) == ["v2"]
    assert LoadBalancer.get(CLASSIC_ARN, cloud=cloud).kind is Kind.CLASSIC
    assert [each.kind for each in LoadBalancer.list(cloud=cloud)] == [Kind.APPLICATION, Kind.CLASSIC]


def test_a_dns_name_is_that_very_one(faults: FaultServer) -> None:
    cloud = answers.world(
        faults, DescribeLoadBalancers=[answers.balancer()], ClassicDescribeLoadBalancers=[answers.classic()]
    )
    assert LoadBalancer.get(V2_DNS, cloud=cloud).kind is Kind.APPLICATION
    found = LoadBalancer.get(f"dualstack.{CLASSIC_DNS.upper()}.", cloud=cloud)
    assert (found.kind, found.name, found.arn) == (Kind.CLASSIC, "web", CLASSIC_ARN)
    other = "web-555.us-east-1.elb.amazonaws.com"
    with pytest.raises(LoadBalancerNotFound) as caught:
        LoadBalancer.get(other, cloud=cloud)
    assert caught.value.resource == other


def test_a_dns_name_whose_name_does_not_stand_in_it_is_looked_for(faults: FaultServer) -> None:
    strange = answers.classic(name="web-a", dns_name="web-a.us-east-1.elb.amazonaws.com")
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[
            lambda request: (
                Reply.query_error("LoadBalancerNotFound")
                if "Names.member.1" in request.form
                else answers.balancer(name="another")
            )
        ],
        ClassicDescribeLoadBalancers=[
            lambda request: (
                strange
                if request.form.get("LoadBalancerNames.member.1") in (None, "web-a")
                else Reply.query_error("LoadBalancerNotFound")
            )
        ],
    )
    assert LoadBalancer.get("web-a.us-east-1.elb.amazonaws.com", cloud=cloud).name == "web-a"


def test_what_is_read_of_a_classic_row(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply.query_error("LoadBalancerNotFound")],
        ClassicDescribeLoadBalancers=[answers.classic()],
    )
    found = LoadBalancer("web", cloud=cloud)
    assert (found.state, found.vpc_id, found.scheme) == ("active", "vpc-1", "internet-facing")
    assert (found.zones, found.subnet_ids, found.security_group_ids) == (
        ("us-east-1a",),
        ("subnet-a",),
        ("sg-1",),
    )
    assert (found.arn, found.dns_name) == (CLASSIC_ARN, CLASSIC_DNS)
    assert "VPCId" in found.raw
    assert "Type" not in found.raw
    assert repr(found) == "<LoadBalancer web active>"
    assert asked(faults) == ["v2", "classic"]
    found.wait("active")
    assert found.target_groups().to_list() == []


def test_one_that_was_deleted_and_made_anew_as_another_kind_is_found(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply.query_error("LoadBalancerNotFound"), answers.balancer()],
        ClassicDescribeLoadBalancers=[answers.classic(), Reply.query_error("LoadBalancerNotFound")],
    )
    assert LoadBalancer("web", cloud=cloud).kind is Kind.CLASSIC
    again = LoadBalancer("web", cloud=cloud)
    assert (again.kind, again.arn) == (Kind.APPLICATION, BALANCER_ARN)


def test_403_of_either_is_not_taken_for_no(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply.query_error("LoadBalancerNotFound")],
        ClassicDescribeLoadBalancers=[Reply.query_error("AccessDenied", "not yours", 403)],
    )
    with pytest.raises(AccessDenied):
        LoadBalancer("web", cloud=cloud).exists()


def test_the_account_is_asked_for_where_the_row_does_not_say_it(faults: FaultServer) -> None:
    row = answers.classic().body.replace(b"<OwnerAlias>123456789012</OwnerAlias>", b"")
    cloud = answers.world(
        faults,
        DescribeLoadBalancers=[Reply.query_error("LoadBalancerNotFound")],
        ClassicDescribeLoadBalancers=[Reply(body=row)],
        GetCallerIdentity=[
            answers.answer(
                "GetCallerIdentity", "<Account>123456789012</Account><Arn>arn:x</Arn><UserId>u</UserId>"
            )
        ],
    )
    assert LoadBalancer("web", cloud=cloud).arn == CLASSIC_ARN
    assert LoadBalancer.find(kind="classic", cloud=cloud) == LoadBalancer("web", cloud=cloud)
    assert faults.operations.count("GetCallerIdentity") == 1
