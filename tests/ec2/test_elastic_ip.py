from __future__ import annotations

import ipaddress
import pickle

import pytest

from cloudkit.ec2 import AddressNotFound, ElasticIP, Instance, InstanceNotFound
from cloudkit.errors import AccessDenied, Conflict, LimitExceeded
from tests.conftest import Rig
from tests.ec2.answers import answer, done
from tests.faults import FaultServer, Reply

ADDRESS = "eipalloc-0123456789abcdef0"
UNKNOWN = Reply.ec2_error("InvalidAllocationID.NotFound", "not there")
ALLOCATED = answer("AllocateAddress", f"<publicIp>192.0.2.7</publicIp><allocationId>{ADDRESS}</allocationId>")


def described(association: str = "", border: str = "us-east-1") -> Reply:
    attached = f"<associationId>{association}</associationId><instanceId>i-1</instanceId>"
    return answer(
        "DescribeAddresses",
        f"<addressesSet><item><publicIp>192.0.2.7</publicIp><allocationId>{ADDRESS}</allocationId>"
        f"<networkBorderGroup>{border}</networkBorderGroup>"
        f"{attached if association else ''}</item></addressesSet>",
    )


def test_allocate_get_list(rig: Rig) -> None:
    team = rig.name("team")
    address = ElasticIP.allocate(tags={"team": team})
    assert ipaddress.ip_address(address.public_ip).version == 4
    assert repr(address) == f"<ElasticIP {address.allocation_id} {address.public_ip}>"
    assert address.instance_id is None
    assert address.association_id is None
    assert address.network_interface_id is None
    assert dict(address.tags) == {"team": team}
    assert ElasticIP.get(address.allocation_id) == address
    assert address.exists()
    assert list(ElasticIP.list(tags={"team": team})) == [address]
    assert ElasticIP.list(public_ip=address.public_ip).one() == address
    address.tags["a"] = "b"
    assert dict(ElasticIP.get(address.allocation_id).tags) == {"team": team, "a": "b"}


def test_it_is_told_not_to_take_the_address_away(faults: FaultServer) -> None:
    faults.otherwise(done("AssociateAddress"))
    address = ElasticIP(ADDRESS, cloud=faults.cloud())
    address.attach("i-1")
    address.attach("i-1", move=True)
    assert [request.form["AllowReassociation"] for request in faults.requests] == ["false", "true"]
    assert faults.requests[0].form["InstanceId"] == "i-1"


def test_attach_and_detach(rig: Rig) -> None:
    box, address = Instance.launch("al2023"), ElasticIP.allocate()
    address.attach(box)
    assert address.instance_id == box.id
    assert address.private_ip == box.private_ip
    assert list(ElasticIP.list(instance=box)) == [address]
    address.detach()
    assert address.instance_id is None
    address.detach()


def test_attached_elsewhere(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("Resource.AlreadyAssociated", "already associated"))
    with pytest.raises(Conflict) as caught:
        ElasticIP(ADDRESS, cloud=faults.cloud()).attach("i-2")
    assert "move=True" in str(caught.value.hint)


def test_an_instance_that_is_not_running_yet(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("InvalidInstanceID", "The pending instance 'i-1' is not in a valid state"))
    with pytest.raises(Conflict) as caught:
        ElasticIP(ADDRESS, cloud=faults.cloud()).attach("i-1")
    assert "wait('running')" in str(caught.value.hint)


def test_what_is_not_there(rig: Rig) -> None:
    with pytest.raises(AddressNotFound):
        ElasticIP.get(ADDRESS)
    with pytest.raises(AddressNotFound):
        ElasticIP(ADDRESS).detach()
    assert not ElasticIP(ADDRESS).exists()
    with pytest.raises(InstanceNotFound):
        ElasticIP.allocate().attach("i-0123456789abcdef0")


def test_exists_raises_what_is_no_not_found(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        ElasticIP(ADDRESS, cloud=faults.cloud()).exists()


def test_detached_by_somebody_else_in_between(faults: FaultServer) -> None:
    faults.replies(described("eipassoc-1"), Reply.ec2_error("InvalidAssociationID.NotFound"))
    ElasticIP(ADDRESS, cloud=faults.cloud()).detach()
    assert faults.operations == ["DescribeAddresses", "DisassociateAddress"]


def test_release_is_fine_twice(rig: Rig) -> None:
    address = ElasticIP.allocate()
    address.release()
    address.release()
    assert not address.exists()


def test_an_attached_address_is_not_released(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("InvalidIPAddress.InUse", "currently in use"))
    with pytest.raises(Conflict) as caught:
        ElasticIP(ADDRESS, cloud=faults.cloud()).release()
    assert "detach()" in str(caught.value.hint)


def test_the_context_detaches_and_releases(rig: Rig, faults: FaultServer) -> None:
    with ElasticIP.allocate() as address:
        address.attach(Instance.launch("al2023"))
    assert not address.exists()
    with pytest.raises(ZeroDivisionError):
        with address:
            raise ZeroDivisionError
    faults.replies(ALLOCATED, described("eipassoc-1"), done("DisassociateAddress"), done("ReleaseAddress"))
    with ElasticIP.allocate(cloud=faults.cloud()):
        pass
    assert faults.operations == [
        "AllocateAddress",
        "DescribeAddresses",
        "DisassociateAddress",
        "ReleaseAddress",
    ]


def test_the_context_of_one_that_was_released(rig: Rig) -> None:
    with ElasticIP.allocate() as address:
        address.release()


def test_an_address_that_aws_does_not_know_yet_is_released_all_the_same(faults: FaultServer) -> None:
    faults.replies(ALLOCATED, UNKNOWN, UNKNOWN, UNKNOWN, described(), UNKNOWN, done("ReleaseAddress"))
    with ElasticIP.allocate(cloud=faults.cloud()):
        pass
    assert faults.operations[-1] == "ReleaseAddress"
    assert len(faults.requests) == 7


def test_no_more_addresses(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("AddressLimitExceeded"))
    with pytest.raises(LimitExceeded):
        ElasticIP.allocate(cloud=faults.cloud())


def test_too_many_says_what_to_do(faults: FaultServer) -> None:
    faults.replies(
        Reply.ec2_error("AddressLimitExceeded", "The maximum number of addresses has been reached.")
    )
    with pytest.raises(LimitExceeded) as caught:
        ElasticIP.allocate(cloud=faults.cloud())
    assert "attached=False" in str(caught.value.hint)


def test_find_by_name_and_use(rig: Rig) -> None:
    name = rig.name("web")
    free, used = (ElasticIP.allocate(name=name) for _ in range(2))
    used.attach(Instance.launch("al2023"))
    assert free.name == name
    assert list(ElasticIP.list(name=name, attached=False)) == [free]
    assert list(ElasticIP.list(name=name, attached=True)) == [used]
    assert ElasticIP.find(name=name, attached=True) == used
    assert ElasticIP.find(name=rig.name("none")) is None
    assert used.attached
    assert not free.attached


def test_attach_to_an_interface(faults: FaultServer) -> None:
    faults.replies(done("AssociateAddress"))
    ElasticIP(ADDRESS, cloud=faults.cloud()).attach("eni-1", private_ip="10.0.0.7")
    form = faults.requests[0].form
    assert (form["NetworkInterfaceId"], form["PrivateIpAddress"]) == ("eni-1", "10.0.0.7")
    assert "InstanceId" not in form


def test_pickle(faults: FaultServer) -> None:
    address = ElasticIP(ADDRESS, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(address)) == address


def test_one_that_is_announced_for_a_local_zone(faults: FaultServer) -> None:
    group = "us-west-2-lax-1"
    cloud = faults.cloud()
    faults.replies(ALLOCATED)
    ElasticIP.allocate(border_group=group, cloud=cloud)
    assert faults.requests[0].form["NetworkBorderGroup"] == group
    cloud.forget(ADDRESS)
    # As AWS answers where the group is not named.
    wrong = Reply.ec2_error("InvalidAddressID.NotFound", "The address does not exist")
    faults.replies(wrong, described(border=group), done("ReleaseAddress"))
    ElasticIP(ADDRESS, cloud=cloud).release()
    assert faults.operations[1:] == ["ReleaseAddress", "DescribeAddresses", "ReleaseAddress"]
    assert "NetworkBorderGroup" not in faults.requests[1].form
    assert faults.requests[3].form["NetworkBorderGroup"] == group


def test_one_that_is_gone_is_looked_for_once(faults: FaultServer) -> None:
    faults.replies(UNKNOWN, UNKNOWN)
    ElasticIP(ADDRESS, cloud=faults.cloud()).release()
    assert faults.operations == ["ReleaseAddress", "DescribeAddresses"]


def test_who_may_not_look_whether_it_is_gone_is_told(faults: FaultServer) -> None:
    faults.replies(UNKNOWN, Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        ElasticIP(ADDRESS, cloud=faults.cloud()).release()


@pytest.mark.parametrize(("code", "hint"), [("PtrSet", "reset_address_attribute"), ("Locked", "support")])
def test_what_keeps_it(faults: FaultServer, code: str, hint: str) -> None:
    faults.replies(Reply.ec2_error(f"InvalidAddress.{code}", "cannot be released"))
    with pytest.raises(Conflict) as caught:
        ElasticIP(ADDRESS, cloud=faults.cloud()).release()
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(("border", "sent"), [("us-west-2-lax-1", "us-west-2-lax-1"), ("us-east-1", None)])
def test_where_it_is_announced_is_known_of_one_that_was_looked_at(
    faults: FaultServer, border: str, sent: str | None
) -> None:
    faults.replies(described(border=border), UNKNOWN)
    ElasticIP.get(ADDRESS, cloud=faults.cloud()).release()
    assert faults.operations == ["DescribeAddresses", "ReleaseAddress"]
    assert faults.requests[1].form.get("NetworkBorderGroup") == sent
