from __future__ import annotations

import pytest

from cloudkit import Cloud
from cloudkit.ec2 import Instance, Region, RegionalListing
from cloudkit.errors import AccessDenied, InvalidRequest
from tests.conftest import Rig
from tests.ec2.answers import answer, described, ids, instance_row
from tests.faults import FaultServer, Reply, Request


def test_all_regions_that_the_account_can_use(rig: Rig) -> None:
    name = rig.name("web")
    here = Instance.launch("al2023", name=name)
    there = Instance.launch("al2023", name=name, cloud=rig.cloud.in_region("eu-west-1"))
    found = Instance.list(regions="all", name=name)
    assert isinstance(found, RegionalListing)
    assert set(found) == {here, there}
    assert {box.cloud.region for box in found} == {"us-east-1", "eu-west-1"}
    assert dict(found.errors) == {}
    assert Instance.find(regions=["eu-west-1"], name=name) == there
    assert Instance.find(regions="eu-west-2", name=name) is None
    assert list(Instance.list(regions=[], name=name)) == []
    there.wait("running").terminate()
    assert there.wait("terminated").state == "terminated"


def region_of(request: Request) -> str:
    return request.headers["Authorization"].split("/")[2]


def regions(*names: str, not_enabled: str = "") -> Reply:
    rows = "".join(
        f"<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
        for name in names
    )
    rows += f"<item><regionName>{not_enabled}</regionName><optInStatus>not-opted-in</optInStatus></item>"
    return answer("DescribeRegions", f"<regionInfo>{rows}</regionInfo>")


def test_a_region_that_cannot_be_asked_stops_no_other(faults: FaultServer) -> None:
    first, second = ids(2)
    denied = {"eu-north-1"}

    def reply(request: Request) -> Reply:
        region = region_of(request)
        if request.operation == "DescribeRegions":
            return regions("us-east-1", "eu-north-1", "eu-west-1", not_enabled="af-south-1")
        if region in denied:
            return Reply.ec2_error("UnauthorizedOperation", "not in this region", status=403)
        return described(instance_row(first if region == "us-east-1" else second))

    faults.otherwise(reply)
    found = Instance.list(regions="all", cloud=faults.cloud())
    assert faults.requests == []
    assert [box.id for box in found] == [first, second]
    assert set(found.errors) == {"eu-north-1"}
    assert isinstance(found.errors["eu-north-1"], AccessDenied)
    assert {region_of(request) for request in faults.requests[1:]} == {"us-east-1", "eu-north-1", "eu-west-1"}
    denied.clear()
    assert len(list(found)) == 3
    assert dict(found.errors) == {}
    assert len(found.limit(2).to_list()) == 2


def test_where_all_fail_it_is_an_error(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        list(Instance.list(regions=["us-east-1", "eu-west-1"], cloud=faults.cloud()))
    with pytest.raises(AccessDenied):
        list(Instance.list(regions="all", cloud=faults.cloud()))


def test_ids_are_of_one_region(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="ids="):
        Instance.list(regions="all", ids=ids(1), cloud=faults.cloud())
    assert faults.requests == []


def test_the_region_of_each_is_where_it_is_asked(rig: Rig) -> None:
    assert {region.name for region in Region.list()} >= {"us-east-1", "eu-west-1"}
    assert Cloud(region="eu-west-1") != Cloud(region="us-east-1")
