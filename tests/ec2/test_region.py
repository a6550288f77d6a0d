from __future__ import annotations

import pickle
import unicodedata

import pytest

from cloudkit import Cloud
from cloudkit._core.partitions import partition_of
from cloudkit.ec2 import OptIn, Region, RegionNotFound, Vpc, ZoneState, ZoneType
from cloudkit.ec2._regions import NAMES
from cloudkit.errors import AccessDenied, CredentialsError
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


def test_what_aws_says_of_zones(faults: FaultServer) -> None:
    local = (
        "<item><zoneName>us-west-2-lax-1a</zoneName><zoneId>usw2-lax1-az1</zoneId><zoneState>available</zoneState>"
        "<zoneType>local-zone</zoneType><regionName>us-west-2</regionName><groupName>us-west-2-lax-1</groupName>"
        "<optInStatus>not-opted-in</optInStatus><networkBorderGroup>us-west-2-lax-1</networkBorderGroup>"
        "<parentZoneName>us-west-2d</parentZoneName><messageSet><item><message>power</message></item></messageSet></item>"
    )
    rows = answer("DescribeAvailabilityZones", f"<availabilityZoneInfo>{local}</availabilityZoneInfo>")
    faults.replies(rows, rows)
    region = Region("us-west-2", cloud=faults.cloud())
    (zone,) = region.all_zones
    assert zone == region.zones[0]
    assert str(zone) == "us-west-2-lax-1a"
    assert (zone.type, zone.state, zone.opt_in) == (
        ZoneType.LOCAL_ZONE,
        ZoneState.AVAILABLE,
        OptIn.NOT_OPTED_IN,
    )
    assert (zone.region, zone.group, zone.border_group) == ("us-west-2", "us-west-2-lax-1", "us-west-2-lax-1")
    assert (zone.parent, zone.messages) == ("us-west-2d", ("power",))
    assert faults.requests[0].form["AllAvailabilityZones"] == "true"
    assert "AllAvailabilityZones" not in faults.requests[1].form


def test_names_are_known_without_a_request(faults: FaultServer) -> None:
    region = Region("sa-east-1", cloud=faults.cloud())
    assert region.long_name == "South America (São Paulo)"
    assert faults.requests == []


def test_a_new_region_s_name_is_asked_for_once(faults: FaultServer) -> None:
    faults.replies(
        Reply.json({"Parameter": {"Name": "n", "Value": "Moon (Tranquility)"}}),
        Reply.json_error("ParameterNotFound"),
        Reply.json_error("AccessDeniedException"),
    )
    cloud = faults.cloud()
    assert [Region("mn-east-1", cloud=cloud).long_name for _ in range(2)] == ["Moon (Tranquility)"] * 2
    assert Region("mn-west-1", cloud=cloud).long_name == "mn-west-1"
    with pytest.raises(AccessDenied):
        _ = Region("mn-west-2", cloud=cloud).long_name
    path = "/aws/service/global-infrastructure/regions/mn-east-1/longName"
    assert faults.requests[0].json == {"Name": path}


def test_names_and_partitions_are_botocore_s() -> None:
    import botocore.session

    data = botocore.session.Session().get_component("data_loader").load_data("partitions")
    known = {
        region: (partition["id"], about["description"])
        for partition in data["partitions"]
        for region, about in partition["regions"].items()
    }
    for region, name in NAMES.items():
        if region in known:  # an older botocore knows fewer
            partition, description = known[region]
            assert Region(region, cloud=Cloud(region="us-east-1")).partition == partition
            plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
            assert plain == description or partition == "aws-eusc"  # which had another name at first
    assert {partition_of(region) for region in known if not region.endswith("-global")} == {
        partition for partition, _ in known.values()
    }


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


def test_a_region_that_the_account_does_not_use(faults: FaultServer) -> None:
    """All that AWS says of one is that the credentials are wrong."""
    faults.replies(
        Reply.ec2_error("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    )
    with pytest.raises(CredentialsError) as caught:
        Vpc.default(cloud=faults.cloud())
    assert "opted in" in str(caught.value.hint)


@pytest.mark.parametrize("code", ["OptInRequired", "PendingVerification", "Blocked"])
def test_what_the_account_has_to_do_first(faults: FaultServer, code: str) -> None:
    faults.replies(Reply.ec2_error(code, "please visit https://aws.amazon.com/marketplace/pp?sku=x", 401))
    with pytest.raises(AccessDenied) as caught:
        Vpc.default(cloud=faults.cloud())
    assert caught.value.hint
