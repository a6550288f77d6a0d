from __future__ import annotations

import pickle

import pytest

from cloudkit.ec2 import OptIn, Region, RegionNotFound
from cloudkit.errors import AccessDenied
from tests.conftest import Rig
from tests.ec2.answers import answer
from tests.faults import FaultServer, Reply


def described(*regions: tuple[str, str]) -> Reply:
    items = "".join(
        f"<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>"
        f"<optInStatus>{opt_in}</optInStatus></item>"
        for name, opt_in in regions
    )
    return answer("DescribeRegions", f"<regionInfo>{items}</regionInfo>")


def test_list_gives_those_that_can_be_used(rig: Rig) -> None:
    usable, all_there_are = set(Region.list()), set(Region.list(all=True))
    assert Region("eu-west-1") in usable
    assert usable < all_there_are
    assert all(region.enabled for region in usable)
    assert {region.opt_in for region in all_there_are - usable} == {OptIn.NOT_OPTED_IN}


def test_all_is_asked_for(faults: FaultServer) -> None:
    faults.replies(
        described(("eu-west-1", "opt-in-not-required"), ("ap-east-1", "opted-in")),
        described(("eu-west-1", "opt-in-not-required"), ("af-south-1", "not-opted-in")),
    )
    cloud = faults.cloud()
    assert [region.name for region in Region.list(cloud=cloud)] == ["eu-west-1", "ap-east-1"]
    assert "AllRegions" not in faults.requests[0].form
    assert [region.name for region in Region.list(all=True, cloud=cloud)] == ["eu-west-1", "af-south-1"]
    assert faults.requests[1].form["AllRegions"] == "true"


def test_get(rig: Rig) -> None:
    region = Region.get("eu-west-1")
    assert region.opt_in is OptIn.NOT_REQUIRED
    assert region.enabled
    assert region.endpoint == "ec2.eu-west-1.amazonaws.com"
    assert region.exists()


def test_zones_are_asked_for_in_that_region(rig: Rig) -> None:
    zones = Region("eu-west-1").zones
    assert [zone.name for zone in zones] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert all(zone.id.startswith("euw1-az") for zone in zones)
    assert {(zone.state, zone.type) for zone in zones} == {("available", "availability-zone")}


def test_a_region_that_is_none(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(RegionNotFound):
        Region.get("eu-nowhere-1")
    assert not Region("eu-nowhere-1").exists()
    faults.replies(
        Reply.ec2_error("InvalidParameterValue", "Invalid region provided: [eu-nowhere-1]"),
        Reply.ec2_error("UnauthorizedOperation", status=403),
    )
    region = Region("eu-nowhere-1", cloud=faults.cloud())
    assert not region.exists()
    with pytest.raises(AccessDenied):
        region.exists()


def test_pickle(faults: FaultServer) -> None:
    region = Region("eu-west-1", cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(region)) == region
    assert repr(region) == "<Region eu-west-1>"
