"""Whom an image lets in, and where an instance is."""

from __future__ import annotations

import pytest

from cloudkit.ec2 import SSH, Instance, ssh_defaults
from cloudkit.ec2._ssh.facts import user_of_image
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2._ssh.options import route
from cloudkit.ec2._ssh.planning import planned
from cloudkit.errors import Conflict, InvalidRequest
from tests.ec2.ssh.world import Machine
from tests.faults import FaultServer


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("al2023-ami-2023.5.20240722.0-kernel-6.1-arm64", "ec2-user"),
        ("amzn2-ami-hvm-2.0.20240719.0-x86_64-gp2", "ec2-user"),
        ("amzn-ami-hvm-2018.03.0.20230306.1-x86_64-gp2", "ec2-user"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20240701", "ubuntu"),
        ("debian-12-amd64-20240717-1811", "admin"),
        ("RHEL-9.4.0_HVM-20240605-x86_64-82-Hourly2-GP3", "ec2-user"),
        ("suse-sles-15-sp6-v20240627-hvm-ssd-x86_64", "ec2-user"),
        ("CentOS Stream 9 x86_64 20240715", "ec2-user"),
        ("CentOS-7-2111-20220825_1.x86_64-d9a3032a", "centos"),
        ("Fedora-Cloud-Base-AmazonEC2.x86_64-40-1.14", "fedora"),
        ("Rocky-9-EC2-Base-9.4-20240523.0.x86_64", "rocky"),
        ("AlmaLinux OS 9.4.20240513 x86_64", "ec2-user"),
        ("bitnami-wordpress-6.5.5-0-r02-linux-debian-12-x86_64-hvm-ebs", "bitnami"),
        ("FreeBSD 14.1-RELEASE-amd64 UEFI", "ec2-user"),
        ("golden-2024-07", None),
        ("", None),
    ],
)
def test_the_user_of_an_image(name: str, user: str | None) -> None:
    assert user_of_image(name) == user


def plan(box: Instance, through: object = None, **options: object) -> tuple[str, str]:
    way = planned(Box(box.id, box.cloud), route(options), through)
    return way.user, way.host


def test_user_and_address_are_found(faults: FaultServer) -> None:
    box = Machine(public="198.51.100.7", image="ubuntu/images/hvm-ssd-gp3/x").put_on(faults)
    assert plan(box) == ("ubuntu", "198.51.100.7")
    assert plan(box) == ("ubuntu", "198.51.100.7")
    assert faults.operations.count("DescribeImages") == 1


def test_what_is_given_is_not_asked_for(faults: FaultServer) -> None:
    box = Machine().put_on(faults)
    key = "SHA256:" + "A" * 43
    assert plan(box, user="me", host="box.test", host_key=key, via="connect") == ("me", "box.test")
    assert faults.requests == []


def test_windows(faults: FaultServer) -> None:
    assert plan(Machine(platform="windows").put_on(faults))[0] == "Administrator"


def test_an_image_that_does_not_say(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="golden") as caught:
        plan(Machine(image="golden-7").put_on(faults))
    assert "user=" in str(caught.value.hint)


def test_an_image_that_is_gone(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest, match="gone"):
        plan(Machine(image=None).put_on(faults))


@pytest.mark.parametrize(
    ("machine", "wanted", "through", "found"),
    [
        (Machine(public="198.51.100.7"), "auto", False, "198.51.100.7"),
        (Machine(public="198.51.100.7"), "auto", True, "10.0.0.1"),
        (Machine(public="198.51.100.7"), "private", False, "10.0.0.1"),
        (Machine(public="198.51.100.7", ipv6="2001:db8::1"), "ipv6", False, "2001:db8::1"),
        (Machine(public="", ipv6="2001:db8::1"), "auto", False, "2001:db8::1"),
        (Machine(public=""), "auto", False, "10.0.0.1"),
        (Machine(public=""), "public", False, None),
        (Machine(public="", private=""), "auto", False, None),
        (Machine(), "ipv6", False, None),
    ],
)
def test_the_address(
    faults: FaultServer, machine: Machine, wanted: str, through: bool, found: str | None
) -> None:
    box = machine.put_on(faults)
    if found is None:
        with pytest.raises(Conflict, match="address") as caught:
            plan(box, through or None, address=wanted)
        assert "via='ssm'" in str(caught.value.hint)
    else:
        assert plan(box, through or None, address=wanted)[1] == found


@pytest.mark.parametrize(("state", "hint"), [("stopped", "start"), ("terminated", None)])
def test_an_instance_that_does_not_run(faults: FaultServer, state: str, hint: str | None) -> None:
    box = Machine(state=state).put_on(faults)
    with pytest.raises(Conflict, match=state) as caught:
        box.ssh().open()
    assert (hint is None) == (caught.value.hint is None)


# -- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"usr": "x"},
        {"address": "any"},
        {"via": "telnet"},
        {"port": 0},
        {"port": "22"},
        {"port": True},
        {"connect_timeout": 0},
        {"host_key": "yes"},
        {"via": "connect", "key": "x.pem"},
    ],
)
def test_options_that_are_none(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        route(wrong)


def test_a_route_shows_no_secret() -> None:
    found = route({"passphrase": "correct horse", "key": "x.pem"})
    assert "horse" not in repr(found) + repr(found.passphrase)


def test_defaults_of_a_block(faults: FaultServer) -> None:
    box = Machine().put_on(faults)
    hop = SSH("bastion.test")
    with ssh_defaults(user="ops", port=2222, bastion=hop):
        with ssh_defaults(user="dev"):
            assert (box.ssh().user, box.ssh().port) == ("dev", 2222)
            assert box.ssh(user="me").user == "me"
        assert box.ssh().user == "ops"
        assert box.ssh()._route.bastion is hop
    assert (box.ssh().user, box.ssh().port) == (None, 22)
    with pytest.raises(InvalidRequest), ssh_defaults(port=0):
        pass
    with ssh_defaults(key="x.pem", passphrase="x"):
        assert box.ssh(via="connect")._route.key is None
        assert box.ssh(key="y.pem")._route.passphrase is None
    with ssh_defaults(via="connect"):
        assert box.ssh(key="y.pem")._route.via == "key"


def test_a_bastion_of_the_defaults_is_not_reached_through_itself(faults: FaultServer) -> None:
    box = Machine().put_on(faults)
    with ssh_defaults(bastion=box, port=2222, user="ops"):
        hop, own = box.ssh()._hop()
    assert hop is not None
    assert own
    assert (hop._route.bastion, hop.port, hop.user) == (None, 22, "ops")


def test_the_agent_is_no_connection(faults: FaultServer) -> None:
    box = Machine().put_on(faults)
    with pytest.raises(InvalidRequest, match="without a connection"):
        box.ssh(via="ssm")
