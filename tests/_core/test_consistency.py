from __future__ import annotations

from typing import Any

import pytest

from cloudkit import Cloud
from cloudkit._core.consistency import SETTLE_SECONDS, Recent
from cloudkit._core.service import Service
from cloudkit.errors import AccessDenied, NotFound
from cloudkit.testing import FakeClock
from tests.faults import FaultServer, Reply


class ThingNotFound(NotFound):
    pass


# A service of the tests' own under the name of EC2, whose answers are easy to write.
THINGS = Service("ec2", errors={"InvalidInstanceID.NotFound": ThingNotFound})
MISSING = Reply.ec2_error("InvalidInstanceID.NotFound", "The instance ID 'i-1' does not exist")
FOUND = Reply.xml("<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>")


@pytest.fixture(autouse=True)
def _own_service() -> Any:
    from cloudkit._core import service

    before = dict(service._registry)
    yield
    service._registry.clear()
    service._registry.update(before)


def describe(cloud: Cloud, *ids: str) -> None:
    cloud.invoke(THINGS, "describe_instances", {"InstanceIds": list(ids)})


def test_what_was_just_made_may_be_missing_for_a_while(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    faults.replies(MISSING, MISSING, MISSING, FOUND)
    describe(cloud, "i-0", "i-1")
    assert len(faults.requests) == 4
    assert faults.clock.slept == [0.2, 0.4, 0.8]


def test_a_listing_of_it_waits_too(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    faults.replies(MISSING, MISSING, MISSING, FOUND)
    assert len(list(cloud.pages(THINGS, "describe_instances", InstanceIds=["i-1"]))) == 1
    assert len(faults.requests) == 4


def test_what_is_missing_is_so_after_one_call(faults: FaultServer) -> None:
    cloud = faults.cloud()
    faults.otherwise(MISSING)
    with pytest.raises(ThingNotFound):
        describe(cloud, "i-1")
    cloud.remember("i-2", ThingNotFound)
    with pytest.raises(ThingNotFound):
        describe(cloud, "i-1")
    assert len(faults.requests) == 2
    with pytest.raises(ThingNotFound):
        list(cloud.pages(THINGS, "describe_instances", InstanceIds=["i-1"]))
    assert len(faults.requests) == 3
    assert faults.clock.slept == []


def test_after_a_delete_it_is_believed(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    cloud.forget("i-1")
    cloud.forget("never")
    faults.otherwise(MISSING)
    with pytest.raises(ThingNotFound):
        describe(cloud, "i-1")
    assert len(faults.requests) == 1


def test_after_a_minute_it_is_believed(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    faults.clock.advance(SETTLE_SECONDS + 1)
    faults.otherwise(MISSING)
    with pytest.raises(ThingNotFound):
        describe(cloud, "i-1")
    assert len(faults.requests) == 1


def test_what_never_comes_is_given_up_in_time(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    faults.otherwise(MISSING)
    with pytest.raises(ThingNotFound):
        describe(cloud, "i-1")
    assert sum(faults.clock.slept) <= SETTLE_SECONDS
    assert max(faults.clock.slept) <= 5


def test_a_delete_that_was_sent_twice_is_no_exception(faults: FaultServer) -> None:
    """A request that failed may have done nothing; NotFound after it may come from a server that knows nothing yet."""
    cloud = faults.cloud(attempts=2, pauses=False)
    cloud.remember("i-1", ThingNotFound)
    ended = Reply.xml("<TerminateInstancesResponse><instancesSet/></TerminateInstancesResponse>")
    faults.replies(Reply.ec2_error("Unavailable", status=503), MISSING, ended)
    cloud.invoke(THINGS, "terminate_instances", {"InstanceIds": ["i-1"]})
    assert faults.operations == ["TerminateInstances"] * 3


def test_another_error_about_it_is_not_waited_out(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    faults.otherwise(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        describe(cloud, "i-1")
    assert len(faults.requests) == 1


def test_other_clouds_of_its_region_know_it_too(faults: FaultServer) -> None:
    cloud = faults.cloud()
    cloud.in_region("eu-west-1").remember("i-1", ThingNotFound)
    faults.replies(MISSING, FOUND)
    describe(cloud.in_region("eu-west-1"), "i-1")
    assert len(faults.requests) == 2


def test_a_name_of_one_region_is_not_waited_for_in_another(faults: FaultServer) -> None:
    """Key pairs have names of their region's own: `copy_to` asks whether the other region has one."""
    cloud = faults.cloud()
    cloud.remember("i-1", ThingNotFound)
    faults.replies(MISSING)
    with pytest.raises(ThingNotFound):
        describe(cloud.in_region("eu-west-1"), "i-1")
    assert len(faults.requests) == 1


def test_ids_are_found_wherever_they_stand() -> None:
    recent = Recent(FakeClock())
    recent.remember("i-1", ThingNotFound)
    error = ThingNotFound("no")
    named: list[dict[str, Any]] = [
        {"Id": "i-1"},
        {"Ids": ["i-0", "i-1"]},
        {"Filters": [{"Name": "id", "Values": ("i-1",)}]},
    ]
    for params in named:
        assert recent.concerns(error, params)
    others: list[dict[str, Any]] = [{"Id": "i-10"}, {"Body": b"i-1"}, {"i-1": "x"}, {"Ids": []}, {"Count": 1}]
    for params in others:
        assert not recent.concerns(error, params)
    assert not recent.concerns(NotFound("another"), {"Id": "i-1"})


def test_an_id_that_grows_too_old_while_it_is_looked_up() -> None:
    class Ticking(FakeClock):
        def now(self) -> float:
            self.advance(SETTLE_SECONDS / 3)
            return super().now()

    recent = Recent(Ticking())
    for _ in range(20):
        recent.remember("i-1", ThingNotFound)
        assert recent.concerns(ThingNotFound("no"), {"Id": "i-1"}) in (True, False)
