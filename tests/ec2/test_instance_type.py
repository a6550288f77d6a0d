from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from cloudkit.ec2 import InstanceType, InstanceTypeNotFound
from cloudkit.ec2._quotas import quota_class
from cloudkit.errors import AccessDenied
from tests.conftest import Rig
from tests.ec2.answers import answer
from tests.faults import FaultServer, Reply


def described(*names: str) -> Reply:
    items = "".join(
        f"<item><instanceType>{name}</instanceType><memoryInfo><sizeInMiB>{1024 * number}</sizeInMiB></memoryInfo></item>"
        for number, name in enumerate(names, 1)
    )
    return answer("DescribeInstanceTypes", f"<instanceTypeSet>{items}</instanceTypeSet>")


def offered(*names: str) -> Reply:
    items = "".join(
        f"<item><instanceType>{name}</instanceType><location>us-east-1a</location></item>" for name in names
    )
    return answer(
        "DescribeInstanceTypeOfferings", f"<instanceTypeOfferingSet>{items}</instanceTypeOfferingSet>"
    )


def test_get(rig: Rig) -> None:
    kind = InstanceType.get("t3.micro")
    assert (kind.vcpus, kind.memory_gib, kind.memory_bytes) == (2, 1.0, 1024**3)
    assert kind.architectures == ("x86_64",)
    assert (kind.family, kind.quota_class) == ("t3", "Standard (A, C, D, H, I, M, R, T, Z)")
    assert (kind.current, kind.burstable, kind.bare_metal, kind.gpus) == (True, True, False, 0)
    assert kind.spot
    assert kind.usage_classes[0] == "on-demand"
    assert kind.hypervisor == "nitro"
    assert kind.cores
    assert kind.clock_ghz
    assert kind.network
    assert kind.free_tier is not None
    assert kind.disks_gb is None
    assert InstanceType("g4dn.xlarge").gpus == 1
    assert InstanceType("m5d.large").disks_gb == 75


def test_list_and_find(rig: Rig) -> None:
    arm = InstanceType.list(name="t4g.*", arch="arm64").to_list()
    assert {each.family for each in arm} == {"t4g"}
    assert InstanceType.list(name="t4g.*", arch="x86_64").to_list() == []
    smallest = InstanceType.find(name="t4g.*")
    assert smallest == InstanceType("t4g.nano")
    assert InstanceType.find(name="t4g.*", vcpus=8) == InstanceType("t4g.2xlarge")
    assert InstanceType.find(name="no.such") is None
    assert "us-east-1a" in InstanceType("t3.micro").zones()
    assert InstanceType.find(name="t3.micro", zone="us-east-1a") == InstanceType("t3.micro")
    prices = InstanceType("t3.micro").spot_prices()
    assert all(price > Decimal(0) for price in prices.values())


def test_a_zone_is_asked_once_for_what_it_has(faults: FaultServer) -> None:
    faults.replies(described("t3.micro", "m7i.large", "t3.small"), offered("t3.micro", "t3.small"))
    found = InstanceType.list(zone="us-east-1a", cloud=faults.cloud())
    assert [each.name for each in found] == ["t3.micro", "t3.small"]
    assert faults.requests[1].form["Filter.1.Value.1"] == "us-east-1a"
    faults.replies(described("t3.micro"), offered())
    assert InstanceType.list(zone="us-east-1b", cloud=faults.cloud()).to_list() == []
    assert faults.operations == ["DescribeInstanceTypes", "DescribeInstanceTypeOfferings"] * 2


def test_older_generations_are_left_out(faults: FaultServer) -> None:
    faults.otherwise(described())
    cloud = faults.cloud()
    for current in (True, None):
        InstanceType.list(current=current, cloud=cloud).to_list()
    assert faults.requests[0].form["Filter.1.Value.1"] == "true"
    assert "Filter.1.Name" not in faults.requests[1].form


def test_the_newest_price_of_each_zone(faults: FaultServer) -> None:
    def row(zone: str, price: str, at: str) -> str:
        return (
            f"<item><availabilityZone>{zone}</availabilityZone><spotPrice>{price}</spotPrice>"
            f"<timestamp>2026-01-{at}T00:00:00Z</timestamp></item>"
        )

    rows = (
        row("us-east-1a", "0.0300", "02")
        + row("us-east-1a", "0.0310", "01")
        + row("us-east-1b", "0.0299", "01")
    )
    faults.replies(answer("DescribeSpotPriceHistory", f"<spotPriceHistorySet>{rows}</spotPriceHistorySet>"))
    prices = InstanceType("t3.micro", cloud=faults.cloud()).spot_prices(system="Windows")
    assert prices == {"us-east-1a": Decimal("0.0300"), "us-east-1b": Decimal("0.0299")}
    form = faults.requests[0].form
    assert [form[f"ProductDescription.{n}"] for n in (1, 2)] == ["Windows", "Windows (Amazon VPC)"]
    assert form["StartTime"]


@pytest.mark.parametrize(
    ("name", "code", "spot"),
    [
        ("t3.micro", "L-1216C47A", "L-34B43A08"),
        ("im4gn.large", "L-1216C47A", "L-34B43A08"),
        ("d3en.xlarge", "L-1216C47A", "L-34B43A08"),
        ("dl2q.24xlarge", "L-6E869C2A", "L-85EED4F7"),
        ("g5g.xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("gr6.4xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("vt1.3xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("p5.48xlarge", "L-417A185B", "L-7212CCBC"),
        ("inf2.xlarge", "L-1945791B", "L-B5D1601B"),
        ("trn1.2xlarge", "L-2C3B7624", "L-6B0D517C"),
        ("x2gd.medium", "L-7295265B", "L-E3A00192"),
        ("hpc7g.4xlarge", "L-F7808C92", None),
        ("u-6tb1.56xlarge", "L-43DA4232", None),
        ("u7i-12tb.224xlarge", "L-43DA4232", None),
    ],
)
def test_quotas_by_class(faults: FaultServer, name: str, code: str, spot: str | None) -> None:
    faults.otherwise(Reply.json({"Quota": {"Value": 64.0}}))
    kind = InstanceType(name, cloud=faults.cloud())
    assert kind.vcpu_quota == 64
    assert faults.requests[0].json == {"ServiceCode": "ec2", "QuotaCode": code}
    assert kind.spot_vcpu_quota == (None if spot is None else 64)
    assert [request.json["QuotaCode"] for request in faults.requests[1:]] == ([] if spot is None else [spot])


@pytest.mark.parametrize("name", ["mac2.metal", "7x.large", "q1.large"])
def test_what_is_counted_in_hosts(faults: FaultServer, name: str) -> None:
    kind = InstanceType(name, cloud=faults.cloud())
    assert (kind.quota_class, kind.vcpu_quota, kind.spot_vcpu_quota) == (None, None, None)
    assert faults.requests == []


def test_every_type_that_there_is_has_a_class(rig: Rig) -> None:
    without = {each.family for each in InstanceType.list(current=None) if quota_class(each.name) is None}
    assert all(family.startswith("mac") for family in without)


def test_what_is_not_there(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(InstanceTypeNotFound):
        InstanceType.get("t9.micro")
    assert not InstanceType("t9.micro").exists()
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        InstanceType("t3.micro", cloud=faults.cloud()).exists()


def test_pickle(faults: FaultServer) -> None:
    kind = InstanceType("t3.micro", cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(kind)) == kind
    assert repr(kind) == "<InstanceType t3.micro>"
