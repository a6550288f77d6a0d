"""What `wait_healthy` says of a target that it gave up: in words of its own case."""

from __future__ import annotations

import pytest

from cloudkit.elb import TargetUnhealthy
from tests.elb.serving_world import FIRST, SECOND, Service
from tests.elb.test_serving import SICK
from tests.faults import FaultServer

UNUSED = {
    "application": ("unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled"),
    "classic": (
        "OutOfService",
        "ELB",
        "Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.",
    ),
}
STOPPED = {
    "application": ("unused", "Target.InvalidState", "Target is in the stopped state"),
    "classic": ("OutOfService", "Instance", "Instance is in stopped state."),
}


@pytest.fixture(params=["application", "classic"])
def service(request: pytest.FixtureRequest, faults: FaultServer) -> Service:
    return Service.begin(faults, request.param, {"web-8080": [(FIRST, 8080), (SECOND, 8080)]})


def given_up(service: Service, state: tuple[str, str, str]) -> TargetUnhealthy:
    service.sick[FIRST] = state
    with pytest.raises(TargetUnhealthy) as caught:
        service.balancer.wait_healthy()
    error = caught.value
    assert [row.id for row in error.targets] == [FIRST]
    assert error.targets[0].advice == error.hint
    return error


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("404", "let /up answer 200, or check another path: group.update("),
        ("500", "the server itself fails at /up: see its log; let /up answer 200"),
        ("403", "health checks have no password: let /up answer 200 without one"),
    ],
)
def test_another_status(faults: FaultServer, code: str, fix: str) -> None:
    service = Service.begin(faults, "application", {"web-8080": [(FIRST, 8080)]})
    told = f"Health checks failed with these codes: [{code}]"
    error = given_up(service, ("unhealthy", "Target.ResponseCodeMismatch", told))
    assert error.message.endswith(
        f"(Target.ResponseCodeMismatch): the health check of /up on 8080 got {code}, and expects 200"
    )
    assert str(error.hint).startswith(fix)
    assert "DescribeInstances" not in faults.operations


def test_a_zone_that_is_not_enabled(service: Service) -> None:
    service.zone = "us-east-1c"
    error = given_up(service, UNUSED[service.kind])
    assert f"the zone us-east-1c of {FIRST} is not enabled" in error.message
    assert "(enabled: us-east-1a, us-east-1b)" in error.message
    assert "us-east-1c" in str(error.hint)
    assert service.faults.operations.count("DescribeInstances") == 1


def test_no_listener_forwards_to_its_group(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [(FIRST, 8080)]})
    error = given_up(service, UNUSED["application"])
    assert "no listener forwards to web-8080" in error.message


def test_a_security_group_that_does_not_admit_the_load_balancer(service: Service) -> None:
    service.admitted = "sg-0ff1ce"
    error = given_up(service, SICK[service.kind])
    assert f"sg-0b of {FIRST} does not admit sg-0f of the load balancer on 8080" in error.message
    assert error.hint == "SecurityGroup('sg-0b').allow(8080, 'sg-0f')"
    looked = [
        each for each in service.faults.operations if each in ("DescribeInstances", "DescribeSecurityGroups")
    ]
    assert looked == ["DescribeInstances", "DescribeSecurityGroups"]


@pytest.mark.parametrize("admitted", ["sg-0f", "10.0.0.0/8", "0.0.0.0/0"])
def test_a_group_that_may_admit_it_is_not_blamed(service: Service, admitted: str) -> None:
    service.admitted = admitted
    error = given_up(service, SICK[service.kind])
    assert "admit" not in error.message
    assert "/up on 8080" in error.message
    assert "127.0.0.1" in str(error.hint)


def test_the_time_is_named_that_it_had(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [(FIRST, 8080)]})
    assert "had no answer within 5 s" in given_up(service, SICK["application"]).message


@pytest.mark.parametrize("operation", ["DescribeInstances", "DescribeSecurityGroups"])
def test_what_cannot_be_asked_is_left_out(service: Service, operation: str) -> None:
    service.admitted = "sg-0ff1ce"
    service.refuse[operation] = "UnauthorizedOperation"
    assert "/up on 8080" in given_up(service, SICK[service.kind]).message


def test_a_stopped_instance(service: Service) -> None:
    error = given_up(service, STOPPED[service.kind])
    assert error.reason == "Target.InvalidState"
    assert error.hint == f"start it: Instance('{FIRST}').start(), or remove it: balancer.remove('{FIRST}')"
    assert service.faults.clock.slept == []


def test_many_are_not_all_told(faults: FaultServer) -> None:
    targets = [f"i-{number:017}" for number in range(9)]
    service = Service.begin(faults, "application", {"web-8080": [(each, 8080) for each in targets]})
    service.sick.update(dict.fromkeys(targets, STOPPED["application"]))
    with pytest.raises(TargetUnhealthy) as caught:
        service.balancer.wait_healthy()
    assert len(caught.value.targets) == 9
    assert caught.value.message.endswith("; and 6 more")
