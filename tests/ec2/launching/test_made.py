"""What is made for a launch goes with it; if anything goes wrong, all goes."""

from __future__ import annotations

import pytest

from cloudkit import Cloud, deadline
from cloudkit.ec2 import ElasticIP, Fleet, Instance, KeyPair, Rule, SecurityGroup
from cloudkit.errors import DeadlineExceeded, InvalidRequest, LimitExceeded, ServiceError
from tests.conftest import Rig
from tests.ec2.answers import answer, described, done, instance_row, launched, terminating
from tests.faults import FaultServer, Reply, Request

BOX = "i-0123456789abcdef0"
AMI = "ami-0123456789abcdef0"
OFFICE = Rule(22, "203.0.113.7")


def made_names(cloud: Cloud) -> set[str]:
    return {
        *(key.name for key in KeyPair.list(name="cloudkit-*", cloud=cloud)),
        *(group.name for group in SecurityGroup.list(name="cloudkit-*", cloud=cloud)),
        *(str(address.name) for address in ElasticIP.list(cloud=cloud) if address.name),
    }


def test_all_that_was_made_goes_with_it(rig: Rig) -> None:
    own = SecurityGroup.create(rig.name("own"))
    with Instance.launch(
        "al2023", new_key=True, new_group=[OFFICE], new_address=True, security_groups=[own]
    ) as box:
        key = box.key
        assert key is not None
        assert key.name == box.key_name
        assert "PRIVATE KEY" in key.private_key
        groups = {group.id: group for group in box.security_groups}
        assert own.id in groups
        group = next(each for each in groups.values() if each != own)
        assert group.rules == {OFFICE}
        address = ElasticIP.find(public_ip=box.public_ip)
        assert address is not None
        assert address.instance_id == box.id
    assert box.refresh().state == "terminated"
    assert not key.exists()
    assert not group.exists()
    assert not address.exists()
    assert own.exists()


def test_a_fleet_shares_them(rig: Rig) -> None:
    with Instance.launch("al2023", count=2, new_key="rsa", new_group=[]) as fleet:
        assert isinstance(fleet, Fleet)
        key = fleet.key
        assert key is not None
        assert {box.key_name for box in fleet} == {key.name}
        assert key.type == "rsa"
    assert fleet.states() == {"terminated": 2}
    assert not key.exists()


def test_without_a_block_it_stays(rig: Rig) -> None:
    box = Instance.launch("al2023", new_key=True)
    assert box.key is not None
    assert box.key.exists()
    box.terminate()
    assert box.key.exists()


def test_keep_on_error(rig: Rig) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Instance.launch("al2023", new_key=True, keep_on_error=True) as box,
    ):
        _ = 1 / 0
    assert box.refresh().state == "running"
    assert box.key is not None
    assert box.key.exists()
    with Instance.launch("al2023", keep_on_error=True) as well:
        pass
    assert well.refresh().state == "terminated"


def test_an_error_in_the_block_takes_all_away(rig: Rig) -> None:
    with pytest.raises(ZeroDivisionError), Instance.launch("al2023", new_key=True) as box:
        _ = 1 / 0
    assert box.refresh().state == "terminated"
    assert box.key is not None
    assert not box.key.exists()


def test_what_is_refused_makes_nothing(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for options, words in (
        ({"new_key": True, "key": "laptop"}, "two keys"),
        ({"new_key": True, "count": 0}, "count="),
        ({"new_address": True, "count": 2}, "one instance"),
        ({"new_group": [Rule(22)]}, "whole internet"),
        ({"new_group": [443]}, "no rule"),
        ({"new_key": "dsa"}, "type="),
    ):
        with pytest.raises(InvalidRequest, match=words):
            Instance.launch(AMI, cloud=cloud, **options)
    assert faults.requests == []


def test_a_launch_that_fails_leaves_nothing(faults: FaultServer) -> None:
    replies = {
        "CreateKeyPair": answer(
            "CreateKeyPair",
            "<keyName>k</keyName><keyPairId>key-1</keyPairId><keyMaterial>PRIVATE KEY</keyMaterial>",
        ),
        "RunInstances": Reply.ec2_error("VcpuLimitExceeded"),
        "DeleteKeyPair": done("DeleteKeyPair"),
    }
    faults.otherwise(lambda request: replies[request.operation])
    with pytest.raises(LimitExceeded):
        Instance.launch(AMI, new_key=True, cloud=faults.cloud())
    assert faults.operations == ["CreateKeyPair", "RunInstances", "DeleteKeyPair"]
    assert faults.requests[1].form["KeyName"] == faults.requests[2].form["KeyName"]


def test_an_address_waits_for_the_instance_and_all_goes_if_that_never_runs(faults: FaultServer) -> None:
    replies = {
        "AllocateAddress": answer(
            "AllocateAddress", "<publicIp>192.0.2.7</publicIp><allocationId>eipalloc-1</allocationId>"
        ),
        "RunInstances": launched(BOX),
        "DescribeInstances": described(instance_row(BOX, "terminated", reason="Server.InternalError: no")),
        "DescribeAddresses": answer(
            "DescribeAddresses",
            "<addressesSet><item><publicIp>192.0.2.7</publicIp><allocationId>eipalloc-1</allocationId></item>"
            "</addressesSet>",
        ),
        "ReleaseAddress": done("ReleaseAddress"),
    }

    def reply(request: Request) -> Reply:
        return (
            terminating(request) if request.operation == "TerminateInstances" else replies[request.operation]
        )

    faults.otherwise(reply)
    with pytest.raises(Exception, match="InternalError"):
        Instance.launch(AMI, new_address=True, cloud=faults.cloud())
    assert faults.operations[-1] == "ReleaseAddress"
    assert "TerminateInstances" in faults.operations
    assert "AssociateAddress" not in faults.operations


def test_a_deadline_in_the_block_does_not_leave_it_running(rig: Rig) -> None:
    box = Instance.launch("al2023", new_key=True)
    key = box.key
    assert key is not None
    with pytest.raises(DeadlineExceeded), box, deadline(0.000_001):
        box.refresh()
    assert Instance.get(box.id).state == "terminated"
    assert not key.exists()


def test_what_cannot_be_taken_away_is_told(faults: FaultServer) -> None:
    protected = Reply.ec2_error("OperationNotPermitted", f"The instance '{BOX}' may not be terminated")
    faults.otherwise(protected)
    box = Instance(BOX, cloud=faults.cloud())
    with pytest.raises(Exception, match="may not be terminated"), box:
        pass
    with (
        pytest.warns(ResourceWarning, match="may not be terminated"),
        pytest.raises(ZeroDivisionError),
        box,
    ):
        _ = 1 / 0


def test_no_answer_at_all_is_looked_for_by_the_token(faults: FaultServer) -> None:
    faults.replies(Reply(reset=True), described(instance_row(BOX, "pending")))
    assert Instance.launch(AMI, cloud=faults.cloud(attempts=1)).id == BOX
    token = faults.requests[0].form["ClientToken"]
    assert faults.requests[1].form["Filter.1.Name"] == "client-token"
    assert faults.requests[1].form["Filter.1.Value.1"] == token


def test_where_nothing_is_found_the_first_error_counts(faults: FaultServer) -> None:
    for found in (described(), Reply.ec2_error("UnauthorizedOperation", status=403)):
        faults.replies(Reply(reset=True), found)
        with pytest.raises(ConnectionError):
            Instance.launch(AMI, cloud=faults.cloud(attempts=1))


def test_no_capacity_says_what_to_do(faults: FaultServer) -> None:
    faults.otherwise(Reply.ec2_error("InsufficientInstanceCapacity", "none", status=500))
    with pytest.raises(ServiceError) as caught:
        Instance.launch(AMI, cloud=faults.cloud(attempts=1))
    assert "another zone, another type" in str(caught.value.hint)
    assert len({request.form["ClientToken"] for request in faults.requests}) == 1


def test_a_launch_does_not_advise_what_it_cannot_take(rig: Rig) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Instance.launch("al2023", new_group=[Rule(22)])
    assert "open_to_world" not in str(caught.value.hint)
    assert "security_groups=group" in str(caught.value.hint)
