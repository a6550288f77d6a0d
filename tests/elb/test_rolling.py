"""Rolling over the targets while the rest serves: one suite for target groups and classic load balancers."""

from __future__ import annotations

from collections import Counter

import pytest

from cloudkit import Conflict, Instance, WaitTimeout
from cloudkit.elb import LoadBalancer, TargetUnhealthy
from tests.conftest import Rig
from tests.elb.machines import launch
from tests.elb.serving_world import FIRST, FOURTH, SECOND, THIRD, Service
from tests.elb.test_serving import DEREGISTERS, LOOKS, REGISTERS, SICK
from tests.faults import FaultServer

ALL = (FIRST, SECOND, THIRD, FOURTH)


@pytest.fixture(params=["application", "classic"])
def four(request: pytest.FixtureRequest, faults: FaultServer) -> Service:
    return Service.begin(faults, request.param, {"web-8080": [(each, 8080) for each in ALL]})


def healthy(service: Service) -> set[str]:
    return {target for target, state in service.states().items() if state == "healthy"}


def test_one_after_another_with_the_rest_serving(four: Service) -> None:
    worked: list[str] = []
    for box in four.balancer.rolling():
        assert isinstance(box, Instance)
        worked.append(box.id)
        assert healthy(four) == set(ALL) - {box.id}
    assert worked == list(ALL)
    assert healthy(four) == set(ALL)


def test_a_batch_drains_and_comes_back_together(four: Service) -> None:
    out: list[set[str]] = []
    for box in four.balancer.rolling(batch=3, drain_timeout=200):
        out.append(set(ALL) - healthy(four))
        assert box.id in out[-1]
    assert out == [{FIRST, SECOND, THIRD}] * 3 + [{FOURTH}]
    seen = Counter(four.faults.operations)
    assert (seen[DEREGISTERS[four.kind]], seen[REGISTERS[four.kind]]) == (2, 2)
    # Two batches: a look before each, and one more than pauses in each of the four waits.
    assert seen[LOOKS[four.kind]] == 2 + len(four.faults.clock.slept) + 4
    assert seen["DescribeInstances"] == 1


def test_the_names_are_there_without_another_request(four: Service) -> None:
    with four.balancer.rolling() as boxes:
        for box in boxes:
            before = len(four.faults.requests)
            assert box.name == f"shop-{box.id[-1]}"
            assert len(four.faults.requests) == before
            break


def test_each_group_is_asked_once_for_its_delay(faults: FaultServer) -> None:
    groups = {"web-8080": [(FIRST, 8080), (SECOND, 8080)], "api-9000": [(THIRD, 9000), (FOURTH, 9000)]}
    service = Service.begin(faults, "application", groups)
    assert list(service.balancer.rolling(ALL)) == list(ALL)
    assert faults.operations.count("DescribeTargetGroupAttributes") == 2


def test_batches_as_a_whole(four: Service) -> None:
    with four.balancer.rolling([FIRST, SECOND, THIRD], batch=2) as boxes:
        assert list(boxes.batches()) == [[FIRST, SECOND], [THIRD]]
    assert "DescribeInstances" not in four.faults.operations


def test_it_stops_at_the_first_that_does_not_come_back(four: Service) -> None:
    worked: list[str] = []
    with pytest.raises(TargetUnhealthy) as caught:  # noqa: PT012
        for box in four.balancer.rolling(ALL):
            worked.append(box)
            if box == SECOND:
                four.sick[SECOND] = SICK[four.kind]
    assert worked == [FIRST, SECOND]
    assert [row.id for row in caught.value.targets] == [SECOND]
    assert healthy(four) >= {FIRST, THIRD, FOURTH}
    assert len(four.seats()) == 4


def test_a_batch_may_not_take_all_that_serve(four: Service) -> None:
    with pytest.raises(Conflict, match="nothing would serve"):
        list(four.balancer.rolling(batch=4))
    assert DEREGISTERS[four.kind] not in four.faults.operations
    assert len(list(four.balancer.rolling(batch=4, allow_empty=True))) == 4


def test_sick_ones_do_not_count_as_the_rest(four: Service) -> None:
    four.sick.update(dict.fromkeys((SECOND, THIRD, FOURTH), SICK[four.kind]))
    with pytest.raises(Conflict, match=FIRST):
        list(four.balancer.rolling([FIRST]))
    assert len(four.seats()) == 4


def test_an_error_in_the_body_brings_it_back(four: Service) -> None:
    with pytest.raises(ZeroDivisionError), four.balancer.rolling() as boxes:  # noqa: PT012
        for _ in boxes:
            _ = 1 / 0
    assert healthy(four) == set(ALL)


def test_an_error_without_with_registers_it_at_once(four: Service) -> None:
    inside = -1.0
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        for _ in four.balancer.rolling():
            inside = four.now
            _ = 1 / 0
    assert (len(four.seats()), four.now) == (4, inside)


def test_break_without_with_registers_it_at_once(four: Service) -> None:
    inside = -1.0
    for _ in four.balancer.rolling(batch=2):
        inside = four.now
        break
    assert (len(four.seats()), four.now) == (4, inside)


def test_break_within_with_waits_until_it_is_healthy(four: Service) -> None:
    with four.balancer.rolling() as boxes:
        for _ in boxes:
            break
    assert healthy(four) == set(ALL)


def test_break_within_with_tells_of_one_that_does_not_come_back(four: Service) -> None:
    with pytest.raises(TargetUnhealthy), four.balancer.rolling() as boxes:  # noqa: PT012
        for box in boxes:
            four.sick[box.id] = SICK[four.kind]
            break
    assert len(four.seats()) == 4


def test_an_interrupt_brings_it_back_at_once(four: Service) -> None:
    inside = -1.0
    with pytest.raises(KeyboardInterrupt), four.balancer.rolling() as boxes:  # noqa: PT012
        for _ in boxes:
            inside = four.now
            raise KeyboardInterrupt
    assert len(four.seats()) == 4
    assert four.now == inside


def test_one_that_does_not_drain_ends_it_with_all_in_place(four: Service) -> None:
    with pytest.raises(WaitTimeout):
        list(four.balancer.rolling(drain_timeout=5))
    assert len(four.seats()) == 4


def test_one_that_somebody_has_removed_meanwhile_is_left_out(four: Service) -> None:
    worked: list[str] = []
    for box in four.balancer.rolling(ALL):
        worked.append(box)
        if box == FIRST:
            four.deregister("web-8080", THIRD, None)
    assert worked == [FIRST, SECOND, FOURTH]
    assert {target for target, _ in four.seats()} == {FIRST, SECOND, FOURTH}


def test_what_is_not_registered_is_refused_before_anything_goes(four: Service) -> None:
    with pytest.raises(Conflict, match="i-9"):
        list(four.balancer.rolling([FIRST, "i-9"]))
    assert len(four.seats()) == 4


def test_addresses_have_to_be_given(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": [("10.1.2.3", 8080), ("10.1.2.4", 8080)]})
    with pytest.raises(Conflict, match=r"10\.1\.2\.3") as caught:
        list(service.balancer.rolling())
    assert "rolling([" in str(caught.value.hint)
    assert list(service.balancer.rolling(["10.1.2.3"])) == ["10.1.2.3"]


def test_it_is_used_once(four: Service) -> None:
    boxes = four.balancer.rolling([FIRST])
    assert list(boxes) == [FIRST]
    with pytest.raises(Conflict, match="once"):
        list(boxes)
    assert repr(boxes) == "<Rolling web batch=1>"


def test_without_targets_there_is_nothing_to_do(faults: FaultServer) -> None:
    service = Service.begin(faults, "application", {"web-8080": []})
    assert list(service.balancer.rolling()) == []


def test_on_the_embedded_cloud(rig: Rig) -> None:
    boxes = [launch(rig.cloud) for _ in range(3)]
    balancer = LoadBalancer.create(rig.name("web"), targets=boxes)
    worked: list[str] = []
    for box in balancer.rolling():
        worked.append(box.id)
        assert box.state == "running"
        assert {row.id for row in balancer.health()} == {each.id for each in boxes} - {box.id}
    assert sorted(worked) == sorted(each.id for each in boxes)
    assert balancer.health().all_healthy
