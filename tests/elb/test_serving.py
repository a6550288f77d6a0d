"""Targets out of service and back, with the states that AWS goes through: one suite for target groups and classic ones."""

from __future__ import annotations

from collections import Counter

import pytest

from cloudkit import Conflict, InvalidRequest, WaitTimeout
from cloudkit.elb import LoadBalancer, TargetUnhealthy
from cloudkit.elb.target import Target
from tests.conftest import Rig
from tests.elb.machines import launch
from tests.elb.serving_world import CHECKING_SECONDS, DELAY_SECONDS, FIRST, FOURTH, SECOND, THIRD, Service
from tests.faults import FaultServer

KINDS = ("application", "classic")
LOOKS = {"application": "DescribeTargetHealth", "classic": "DescribeInstanceHealth"}
REGISTERS = {"application": "RegisterTargets", "classic": "RegisterInstancesWithLoadBalancer"}
DEREGISTERS = {"application": "DeregisterTargets", "classic": "DeregisterInstancesFromLoadBalancer"}
SICK = {
    "application": ("unhealthy", "Target.Timeout", "Request timed out"),
    "classic": (
        "OutOfService",
        "Instance",
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
    ),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def three(faults: FaultServer, kind: str) -> Service:
    return Service.begin(faults, kind, {"web-8080": [(FIRST, 8080), (SECOND, 8080), (THIRD, 8080)]})


def counts(service: Service) -> Counter[str]:
    return Counter(service.faults.operations)


# -- drain -------------------------------------------------------------------------------------------------------


def test_drain_ends_when_the_delay_is_over(three: Service) -> None:
    three.balancer.drain(FIRST)
    assert FIRST not in three.states()
    assert DELAY_SECONDS <= three.now < DELAY_SECONDS + 15
    assert three.seats() == {(SECOND, 8080), (THIRD, 8080)}


def test_drain_takes_one_look_a_poll_for_all(three: Service) -> None:
    three.balancer.drain(FIRST, SECOND)
    seen = counts(three)
    assert seen[DEREGISTERS[three.kind]] == 1
    # One to see them; then one a pause, and one at the end.
    assert seen[LOOKS[three.kind]] == 1 + len(three.faults.clock.slept) + 1


def test_a_target_that_drains_already_is_waited_for(three: Service) -> None:
    three.deregister("web-8080", FIRST, None)
    three.balancer.drain(FIRST)
    assert FIRST not in three.states()
    assert counts(three)[DEREGISTERS[three.kind]] == 0


def test_drain_of_what_it_has_not_is_fine(three: Service) -> None:
    three.balancer.drain(FOURTH)
    three.balancer.drain()
    assert three.faults.clock.slept == []
    assert counts(three)[DEREGISTERS[three.kind]] == 0


def test_drain_names_what_still_drains_when_time_is_over(three: Service) -> None:
    with pytest.raises(WaitTimeout) as caught:
        three.balancer.drain(FIRST, timeout=20)
    assert len(caught.value.pending) == 1
    assert caught.value.pending[0].startswith(FIRST)
    assert "draining" in caught.value.pending[0]


def test_without_connection_draining_it_is_over_at_once(faults: FaultServer) -> None:
    service = Service.begin(faults, "classic", {"web-8080": [(FIRST, 8080)]})
    service.draining = False
    service.balancer.drain(FIRST)
    assert service.states() == {}
    assert faults.clock.slept == []


def test_drain_takes_a_target_from_each_port_that_it_has(faults: FaultServer) -> None:
    service = Service.begin(
        faults, "application", {"web-8080": [(FIRST, 8080), (FIRST, 8081)], "api-9000": [(SECOND, 9000)]}
    )
    service.balancer.drain(FIRST)
    assert service.seats() == {(SECOND, 9000)}
    seen = counts(service)
    assert (seen["DeregisterTargets"], seen["DescribeTargetGroupAttributes"]) == (1, 1)


def test_a_single_port_may_be_drained(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [(FIRST, 8080), (FIRST, 8081)]})
    service.balancer.drain(Target(FIRST, port=8081))
    assert service.seats() == {(FIRST, 8080)}


# -- out of service ----------------------------------------------------------------------------------------------


def test_out_of_service_and_back(three: Service) -> None:
    with three.balancer.out_of_service(FIRST) as target:
        assert target == FIRST
        assert set(three.states()) == {SECOND, THIRD}
        inside = three.now
    assert inside >= DELAY_SECONDS
    assert three.now >= inside + CHECKING_SECONDS
    assert set(three.states().values()) == {"healthy"}


def test_several_at_once_share_their_looks(three: Service) -> None:
    with three.balancer.out_of_service(FIRST, SECOND) as targets:
        assert targets == (FIRST, SECOND)
        assert set(three.states()) == {THIRD}
    seen = counts(three)
    assert (seen[DEREGISTERS[three.kind]], seen[REGISTERS[three.kind]]) == (1, 1)
    # One at first, and one more than pauses in each of the two waits.
    assert seen[LOOKS[three.kind]] == 1 + len(three.faults.clock.slept) + 2
    assert len(three.seats()) == 3


def test_it_comes_back_where_it_was_and_nowhere_else(faults: FaultServer) -> None:
    groups = {
        "web-8080": [(FIRST, 8080), (FIRST, 8081), (SECOND, 8080)],
        "api-9000": [(FIRST, 9100), (SECOND, 9000)],
        "old-7000": [(SECOND, 7000)],
    }
    service = Service.begin(faults, "application", groups)
    with service.balancer.out_of_service(FIRST):
        assert service.seats() == {(SECOND, 8080), (SECOND, 9000), (SECOND, 7000)}
    assert {name: service.seats(name) for name in groups} == {
        name: set(seats) for name, seats in groups.items()
    }


def test_an_address_keeps_its_zone(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [("10.1.2.3", 8080), ("10.1.2.4", 8080)]})
    service.groups["web-8080"][0].zone = "all"
    with service.balancer.out_of_service("10.1.2.3"):
        pass
    [back] = [seat for seat in service.groups["web-8080"] if seat.id == "10.1.2.3"]
    assert back.zone == "all"


def test_the_body_fails_and_it_comes_back_all_the_same(three: Service) -> None:
    with pytest.raises(ZeroDivisionError), three.balancer.out_of_service(FIRST):
        _ = 1 / 0
    assert set(three.states().values()) == {"healthy"}
    assert len(three.seats()) == 3


def test_after_an_interrupt_it_is_back_and_not_waited_for(three: Service) -> None:
    inside = -1.0
    with pytest.raises(KeyboardInterrupt), three.balancer.out_of_service(FIRST):  # noqa: PT012
        inside = three.now
        raise KeyboardInterrupt
    assert three.now == inside
    assert (FIRST, 8080) in three.seats()


def test_the_error_of_the_body_stays_and_tells_what_stayed_out(three: Service) -> None:
    with pytest.raises(ZeroDivisionError) as caught, three.balancer.out_of_service(FIRST):  # noqa: PT012
        three.refuse[REGISTERS[three.kind]] = "AccessDenied"
        _ = 1 / 0
    notes = " ".join(getattr(caught.value, "__notes__", ()))
    assert "not back in service" in notes
    assert f"balancer.add({FIRST!r})" in notes


def test_the_hint_of_an_error_of_ours_tells_it_too(three: Service) -> None:
    with pytest.raises(Conflict) as caught, three.balancer.out_of_service(FIRST):  # noqa: PT012
        three.sick[FIRST] = SICK[three.kind]
        raise Conflict("the upgrade did not work", hint="read its log")
    assert str(caught.value.hint).startswith("read its log; back in service, but not seen healthy: ")
    assert (FIRST, 8080) in three.seats()


def test_one_that_does_not_come_back_healthy_is_an_error(three: Service) -> None:
    with pytest.raises(TargetUnhealthy) as caught, three.balancer.out_of_service(FIRST):
        three.sick[FIRST] = SICK[three.kind]
    assert [row.id for row in caught.value.targets] == [FIRST]
    assert (FIRST, 8080) in three.seats()


def test_one_that_cannot_be_registered_is_named(three: Service) -> None:
    with pytest.raises(PermissionError) as caught, three.balancer.out_of_service(FIRST):
        three.refuse[REGISTERS[three.kind]] = "AccessDenied"
    assert "still out of service" in str(caught.value)
    assert FIRST in str(caught.value)


def test_one_that_does_not_drain_in_time_is_put_back(three: Service) -> None:
    with pytest.raises(WaitTimeout), three.balancer.out_of_service(FIRST, drain_timeout=10):
        pytest.fail("the block is not entered")
    assert len(three.seats()) == 3


def test_a_refused_deregistration_changes_nothing(three: Service) -> None:
    three.refuse[DEREGISTERS[three.kind]] = "AccessDenied"
    with pytest.raises(PermissionError), three.balancer.out_of_service(FIRST):
        pytest.fail("the block is not entered")
    assert len(three.seats()) == 3


def test_the_last_one_that_serves_stays(three: Service) -> None:
    three.sick.update({SECOND: SICK[three.kind], THIRD: SICK[three.kind]})
    with pytest.raises(Conflict, match=FIRST) as caught, three.balancer.out_of_service(FIRST):
        pytest.fail("the block is not entered")
    assert "allow_empty" in str(caught.value.hint)
    assert len(three.seats()) == 3
    with three.balancer.out_of_service(FIRST, allow_empty=True):
        assert len(three.seats()) == 2


def test_where_none_is_healthy_all_get_requests_so_that_one_may_go(three: Service) -> None:
    three.sick.update(dict.fromkeys((FIRST, SECOND, THIRD), SICK[three.kind]))
    with pytest.raises(TargetUnhealthy), three.balancer.out_of_service(FIRST):
        assert len(three.seats()) == 2
    with pytest.raises(Conflict), three.balancer.out_of_service(FIRST, SECOND, THIRD):
        pytest.fail("the block is not entered")


@pytest.mark.parametrize("leaving", [False, True])
def test_what_is_not_registered_cannot_go(three: Service, leaving: bool) -> None:
    if leaving:
        three.deregister("web-8080", THIRD, None)
    with (
        pytest.raises(Conflict, match="not registered"),
        three.balancer.out_of_service(FIRST, THIRD if leaving else FOURTH),
    ):
        pytest.fail("the block is not entered")
    assert counts(three)[DEREGISTERS[three.kind]] == 0


def test_what_is_wrong_is_said_before_any_request(faults: FaultServer) -> None:
    balancer = LoadBalancer("web", cloud=faults.cloud())
    with pytest.raises(InvalidRequest):
        balancer.out_of_service()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    with pytest.raises(InvalidRequest):
        balancer.out_of_service(FIRST, timeout=0)
    with pytest.raises(InvalidRequest):
        balancer.drain(FIRST, timeout=-1)
    with pytest.raises(InvalidRequest):
        balancer.rolling(batch=0)
    assert faults.requests == []


def test_on_the_embedded_cloud(rig: Rig) -> None:
    first, second = launch(rig.cloud), launch(rig.cloud)
    balancer = LoadBalancer.create(rig.name("web"), targets=[first, second])
    with balancer.out_of_service(first) as box:
        assert box is first
        assert [row.id for row in balancer.health()] == [second.id]
    assert {row.id for row in balancer.health()} == {first.id, second.id}
    balancer.drain(second)
    assert [row.id for row in balancer.health()] == [first.id]


def test_an_instance_that_was_terminated_in_the_body(rig: Rig) -> None:
    first, second = launch(rig.cloud), launch(rig.cloud)
    balancer = LoadBalancer.create(rig.name("web"), targets=[first, second])
    with pytest.raises(InvalidRequest, match=first.id) as caught, balancer.out_of_service(first):
        rig.cloud.call("ec2", "terminate_instances", InstanceIds=[first.id])
    assert "still out of service" in str(caught.value.hint)
