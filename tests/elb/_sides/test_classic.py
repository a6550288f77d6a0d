"""What AWS says of classic load balancers, and moto does not."""

from __future__ import annotations

import pytest

from cloudkit import InvalidRequest
from cloudkit.elb import HealthCheck, LoadBalancer, LoadBalancerNotFound
from cloudkit.elb._sides.checking import classic_check_params, classic_health_check
from tests.elb import answers
from tests.elb.answers import BOX, CLASSIC_ARN
from tests.faults import FaultServer, Reply

CHECK = (
    "<HealthCheck><Target>HTTP:8080/up</Target><Interval>10</Interval><Timeout>3</Timeout>"
    "<UnhealthyThreshold>2</UnhealthyThreshold><HealthyThreshold>4</HealthyThreshold></HealthCheck>"
)


def registered() -> Reply:
    return answers.answer("RegisterInstancesWithLoadBalancer")


def test_only_instances_that_it_has_not_are_registered(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        ClassicDescribeLoadBalancers=[answers.classic(instances=[BOX])],
        ClassicRegisterInstancesWithLoadBalancer=[registered()],
    )
    balancer = LoadBalancer(CLASSIC_ARN, cloud=cloud)
    balancer.add(BOX)
    assert faults.operations == ["DescribeLoadBalancers"]
    balancer.add(BOX, "i-2")
    sent = faults.requests[-1].form
    assert [value for name, value in sent.items() if name.startswith("Instances")] == ["i-2"]


def test_an_instance_that_is_gone_does_not_keep_the_others_registered(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        ClassicDescribeLoadBalancers=[answers.classic(instances=[BOX])],
        ClassicDeregisterInstancesFromLoadBalancer=[
            Reply.query_error("InvalidInstance", "Could not find EC2 instance i-2"),
            answers.answer("DeregisterInstancesFromLoadBalancer"),
        ],
    )
    LoadBalancer(CLASSIC_ARN, cloud=cloud).remove(BOX, "i-2")
    sent = faults.requests[-1].form
    assert [value for name, value in sent.items() if name.startswith("Instances")] == [BOX]


def test_another_refusal_stays_one(faults: FaultServer) -> None:
    cloud = answers.world(
        faults, ClassicDeregisterInstancesFromLoadBalancer=[Reply.query_error("ValidationError")]
    )
    with pytest.raises(InvalidRequest):
        LoadBalancer(CLASSIC_ARN, cloud=cloud).remove(BOX)
    assert len(faults.requests) == 1


def test_an_instance_that_does_not_run(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        ClassicDescribeLoadBalancers=[answers.classic()],
        ClassicRegisterInstancesWithLoadBalancer=[Reply.query_error("InvalidInstance")],
    )
    with pytest.raises(InvalidRequest) as caught:
        LoadBalancer(CLASSIC_ARN, cloud=cloud).add(BOX)
    assert "running" in str(caught.value.hint)


def test_one_that_is_gone(faults: FaultServer) -> None:
    gone = Reply.query_error("LoadBalancerNotFound")
    cloud = answers.world(
        faults, ClassicDescribeInstanceHealth=[gone], ClassicDescribeTags=[gone], DescribeLoadBalancers=[gone]
    )
    for balancer in (LoadBalancer(CLASSIC_ARN, cloud=cloud), LoadBalancer("web", cloud=cloud)):
        with pytest.raises(LoadBalancerNotFound):
            balancer.health()
        with pytest.raises(LoadBalancerNotFound):
            dict(balancer.tags)


@pytest.mark.parametrize(
    ("target", "protocol", "port", "path"),
    [
        ("HTTP:8080/up", "HTTP", 8080, "/up"),
        ("HTTPS:443/a/b", "HTTPS", 443, "/a/b"),
        ("TCP:5432", "TCP", 5432, None),
        ("SSL:8443", "TLS", 8443, None),
    ],
)
def test_a_health_check_is_one_text(target: str, protocol: str, port: int, path: str | None) -> None:
    row = {
        "HealthCheck": {
            "Target": target,
            "Interval": 10,
            "Timeout": 3,
            "HealthyThreshold": 4,
            "UnhealthyThreshold": 2,
        }
    }
    check = classic_health_check(row)
    assert (check.protocol, check.port, check.path) == (protocol, port, path)
    assert (check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold) == (
        10,
        3,
        4,
        2,
    )
    assert classic_check_params(check, port=1) == row["HealthCheck"]


def test_the_check_that_aws_begins_with() -> None:
    check = classic_health_check({"ListenerDescriptions": [{"Listener": {"InstancePort": 8080}}]})
    assert (check.protocol, check.port, check.healthy_threshold) == ("TCP", 8080, 10)
    assert classic_health_check({}).port == 80


def test_codes_that_classic_ones_have_not() -> None:
    with pytest.raises(InvalidRequest, match="200 alone"):
        classic_check_params(HealthCheck(path="/up", codes="200-299"), port=80)
    with pytest.raises(InvalidRequest, match="interval"):
        classic_check_params(HealthCheck(path="/up", interval=1), port=80)


def test_the_view_reads_and_sets_it(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        ClassicDescribeLoadBalancers=[answers.classic(check=CHECK)],
        ClassicConfigureHealthCheck=[answers.answer("ConfigureHealthCheck")],
    )
    balancer = LoadBalancer(CLASSIC_ARN, cloud=cloud)
    assert balancer.classic.health_check.path == "/up"
    balancer.classic.health_check = HealthCheck(path="/well")
    assert faults.requests[-1].form["HealthCheck.Target"] == "HTTP:8080/well"
    balancer.classic.health_check = HealthCheck(protocol="TCP", port=9000)
    assert faults.requests[-1].form["HealthCheck.Target"] == "TCP:9000"
