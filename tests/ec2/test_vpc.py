from __future__ import annotations

import pickle
from ipaddress import IPv4Network

import pytest

from cloudkit.ec2 import Subnet, SubnetNotFound, Vpc, VpcNotFound
from cloudkit.errors import AccessDenied
from tests.conftest import Rig
from tests.ec2.answers import answer
from tests.faults import FaultServer, Reply


def test_the_default_one(rig: Rig, faults: FaultServer) -> None:
    vpc = Vpc.default()
    assert vpc.is_default
    assert vpc.network == IPv4Network("172.31.0.0/16")
    assert vpc.state == "available"
    assert Vpc.get(vpc.id) == vpc
    assert vpc in list(Vpc.list())
    assert repr(vpc) == f"<Vpc {vpc.id} 172.31.0.0/16>"
    assert vpc.owner
    faults.replies(answer("DescribeVpcs", "<vpcSet/>"))
    with pytest.raises(VpcNotFound, match="no default VPC in us-east-1") as caught:
        Vpc.default(cloud=faults.cloud())
    assert "create-default-vpc" in str(caught.value.hint)


def test_names_and_tags(rig: Rig) -> None:
    vpc, name = Vpc.default(), rig.name("main")
    vpc.tags["Name"] = name
    assert vpc.name == name
    assert Vpc.find(name=name) == vpc
    assert Vpc.find(name=rig.name("none")) is None
    subnet = vpc.subnets().first()
    assert subnet is not None
    subnet.tags["Name"] = name
    assert subnet.name == name
    assert Subnet.find(name=name) == subnet


def test_subnets_by_zone(rig: Rig) -> None:
    vpc = Vpc.default()
    subnets = vpc.subnets().to_list()
    assert [each.zone for each in vpc.subnets(zone="us-east-1b")] == ["us-east-1b"]
    found = Subnet.find(vpc=vpc, zone="us-east-1a", default=True)
    assert found is not None
    assert found in subnets
    assert found.network is not None
    assert found.network.subnet_of(vpc.network)
    assert 0 < found.free_addresses < found.network.num_addresses
    assert (found.vpc_id, found.is_default, found.public, found.state) == (vpc.id, True, True, "available")
    assert str(found.zone_id).startswith("use1-az")
    assert found.owner == vpc.owner
    assert Subnet.get(found.id) == found
    assert repr(found) == f"<Subnet {found.id} us-east-1a {found.network}>"
    assert Subnet.list(vpc=vpc.id, default=False).to_list() == []


def test_a_subnet_without_ipv4(faults: FaultServer) -> None:
    faults.replies(
        answer(
            "DescribeSubnets", "<subnetSet><item><subnetId>subnet-1</subnetId><cidrBlock/></item></subnetSet>"
        )
    )
    assert Subnet("subnet-1", cloud=faults.cloud()).network is None


@pytest.mark.parametrize(
    ("cls", "id", "missing", "codes"),
    [
        (Vpc, "vpc-0123456789abcdef0", VpcNotFound, ["InvalidVpcID.NotFound"]),
        (
            Subnet,
            "subnet-0123456789abcdef0",
            SubnetNotFound,
            ["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound"],
        ),
    ],
)
def test_what_is_not_there(
    rig: Rig,
    faults: FaultServer,
    cls: type[Vpc | Subnet],
    id: str,
    missing: type[Exception],
    codes: list[str],
) -> None:
    assert not cls(id).exists()
    for code in codes:
        faults.replies(Reply.ec2_error(code))
        with pytest.raises(missing):
            cls.get(id, cloud=faults.cloud())
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        cls(id, cloud=faults.cloud()).exists()
    thing = cls(id, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(thing)) == thing
