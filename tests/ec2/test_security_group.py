from __future__ import annotations

import pickle
from typing import Any

import pytest

from cloudkit.ec2 import Rule, SecurityGroup, SecurityGroupNotFound
from cloudkit.errors import AccessDenied, AlreadyExists, Conflict, InvalidRequest, LimitExceeded
from tests.conftest import Rig
from tests.ec2.answers import answer, done
from tests.faults import FaultServer, Reply

GROUP = "sg-0123456789abcdef0"
UNKNOWN = Reply.ec2_error("InvalidGroup.NotFound", "not there")
DUPLICATE = Reply.ec2_error("InvalidPermission.Duplicate", "already exists")


def described(*names: str, description: str = "d", vpc: str = "vpc-1") -> Reply:
    items = "".join(
        f"<item><groupId>{GROUP}</groupId><groupName>{name}</groupName><ownerId>123456789012</ownerId>"
        f"<groupDescription>{description}</groupDescription><vpcId>{vpc}</vpcId></item>"
        for name in names
    )
    return answer("DescribeSecurityGroups", f"<securityGroupInfo>{items}</securityGroupInfo>")


def default_vpc(*ids: str) -> Reply:
    items = "".join(f"<item><vpcId>{each}</vpcId></item>" for each in ids)
    return answer("DescribeVpcs", f"<vpcSet>{items}</vpcSet>")


# -- making and finding --------------------------------------------------------------------------------------


def test_create_get_list_find(rig: Rig) -> None:
    name = rig.name("web")
    group = SecurityGroup.create(name, description="Front", tags={"team": name})
    assert repr(group) == f"<SecurityGroup {group.id} {name}>"
    assert (group.name, group.description, dict(group.tags)) == (name, "Front", {"team": name})
    assert group.vpc_id is not None
    assert group.rules == frozenset()
    assert group.egress_rules == {Rule("all", protocol="all")}
    assert SecurityGroup.get(group.id) == group
    assert list(SecurityGroup.list(name=f"{name[:-1]}*", tags={"team": name})) == [group]
    assert list(SecurityGroup.list(name=name, vpc=group.vpc_id)) == [group]
    assert SecurityGroup.find(name=name) == group
    assert SecurityGroup.find(name=rig.name("none")) is None
    assert SecurityGroup.create(rig.name("web")).description.startswith("web-")


def test_a_taken_name(rig: Rig) -> None:
    name = rig.name("web")
    SecurityGroup.create(name)
    with pytest.raises(AlreadyExists) as caught:
        SecurityGroup.create(name)
    assert "ensure" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("sg-web", "d"),
        ("", "d"),
        ("x" * 256, "d"),
        ("grün", "d"),
        ("web", ""),
        ("web", "a\nb"),
        ("web", "größe"),
    ],
)
def test_texts_that_aws_refuses(faults: FaultServer, name: str, description: str) -> None:
    with pytest.raises(InvalidRequest):
        SecurityGroup.create(name, description=description, cloud=faults.cloud())
    assert faults.requests == []


def test_get_of_what_is_not_there(rig: Rig, faults: FaultServer) -> None:
    with pytest.raises(SecurityGroupNotFound):
        SecurityGroup.get(GROUP)
    assert not SecurityGroup(GROUP).exists()
    faults.replies(Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(AccessDenied):
        SecurityGroup(GROUP, cloud=faults.cloud()).exists()


def test_ensure(rig: Rig) -> None:
    name = rig.name("web")
    group = SecurityGroup.ensure(name, description="Front")
    assert SecurityGroup.ensure(name) == group
    assert SecurityGroup.ensure(name, description="Front", vpc=group.vpc_id) == group
    with pytest.raises(Conflict, match="'Front', not 'Back'"):
        SecurityGroup.ensure(name, description="Back")


def test_ensure_means_the_default_vpc(faults: FaultServer) -> None:
    faults.replies(default_vpc("vpc-7"), described("web", vpc="vpc-7"), described("web", vpc="vpc-7"))
    cloud = faults.cloud()
    SecurityGroup.ensure("web", cloud=cloud)
    assert "vpc-7" in faults.requests[1].form.values()
    SecurityGroup.ensure("web", cloud=cloud)
    assert faults.operations == ["DescribeVpcs", "DescribeSecurityGroups", "DescribeSecurityGroups"]


def test_ensure_without_a_default_vpc(faults: FaultServer) -> None:
    faults.replies(default_vpc())
    with pytest.raises(InvalidRequest, match="no default VPC"):
        SecurityGroup.ensure("web", cloud=faults.cloud())


def test_ensure_takes_a_star_in_a_name_for_a_star(faults: FaultServer) -> None:
    faults.replies(
        described("web-1", "web-2"),
        answer("CreateSecurityGroup", f"<return>true</return><groupId>{GROUP}</groupId>"),
    )
    assert SecurityGroup.ensure("web-*", vpc="vpc-1", cloud=faults.cloud()).name == "web-*"
    assert faults.operations == ["DescribeSecurityGroups", "CreateSecurityGroup"]


def test_ensure_beside_another_process(faults: FaultServer) -> None:
    faults.replies(described(), Reply.ec2_error("InvalidGroup.Duplicate"), described("web"))
    assert SecurityGroup.ensure("web", vpc="vpc-1", cloud=faults.cloud()).id == GROUP


def test_tags_write_through(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    group.tags["team"] = "web"
    assert dict(SecurityGroup.get(group.id).tags) == {"team": "web"}


# -- rules ---------------------------------------------------------------------------------------------------


def test_allow_and_revoke(rig: Rig) -> None:
    group, other = SecurityGroup.create(rig.name("web")), SecurityGroup.create(rig.name("app"))
    wanted = {
        group.allow(443),
        group.allow(443, "::/0"),
        group.allow((8000, 8080), "10.1.2.3/8"),
        group.allow(5432, from_=other),
        group.allow(5432, group.id),
        group.allow(53, "192.0.2.1", protocol="udp", description="names"),
        group.allow(8, protocol="icmp"),
        group.allow("all", "10.0.0.0/8", protocol="all"),
    }
    assert group.rules == wanted
    assert SecurityGroup.get(group.id).rules == wanted
    assert Rule((8000, 8080), "10.0.0.0/8") in group.rules
    assert {rule.description for rule in group.rules} == {None, "names"}
    for rule in wanted:
        if rule.protocol == "tcp":
            group.revoke(rule.ports or "all", rule.peer)
    assert {rule.protocol for rule in group.rules} == {"udp", "icmp", "all"}


def test_allow_and_revoke_are_fine_twice(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    assert group.allow(443) == group.allow(443)
    assert group.rules == {Rule(443)}
    assert group.revoke(443) == group.revoke(443)
    assert group.rules == frozenset()
    group.revoke(80, "10.0.0.0/8")


def test_egress(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    group.revoke("all", protocol="all", egress=True)
    assert group.egress_rules == frozenset()
    group.allow(443, egress=True)
    group.allow(22, egress=True)  # leaving is no exposure
    assert group.egress_rules == {Rule(443), Rule(22)}
    assert group.rules == frozenset()


@pytest.mark.parametrize(
    "options",
    [
        {"ports": 22},
        {"ports": 3389, "from_": "::/0"},
        {"ports": "all"},
        {"ports": (0, 1024)},
        {"ports": "all", "protocol": "all"},
        {"ports": 22, "from_": "203.0.113.7/0"},
    ],
)
def test_the_whole_world_is_let_in_only_on_purpose(faults: FaultServer, options: dict[str, Any]) -> None:
    group = SecurityGroup(GROUP, cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="whole internet") as caught:
        group.allow(**options)
    assert "open_to_world=True" in str(caught.value.hint)
    assert faults.requests == []
    faults.replies(done("AuthorizeSecurityGroupIngress"))
    group.allow(**options, open_to_world=True)
    assert len(faults.requests) == 1


@pytest.mark.parametrize(
    "options", [{"ports": 70_000}, {"ports": 80, "protocol": "tpc"}, {"ports": 80, "from_": "10.0.0.0/99"}]
)
def test_typos_are_refused_before_any_call(faults: FaultServer, options: dict[str, Any]) -> None:
    group = SecurityGroup(GROUP, cloud=faults.cloud())
    with pytest.raises(InvalidRequest):
        group.allow(**options)
    with pytest.raises(InvalidRequest):
        group.revoke(**options)
    assert faults.requests == []


def test_a_missing_group_is_no_missing_rule(rig: Rig) -> None:
    group = SecurityGroup(GROUP)
    with pytest.raises(SecurityGroupNotFound):
        group.allow(443)
    with pytest.raises(SecurityGroupNotFound):
        group.revoke(443)


def test_too_many_rules(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("RulesPerSecurityGroupLimitExceeded"))
    with pytest.raises(LimitExceeded):
        SecurityGroup(GROUP, cloud=faults.cloud()).allow(443)


def test_update_makes_these_the_rules(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    group.allow(443)
    group.allow(80)
    assert group.update(rules=[Rule(443), Rule(8080, "10.0.0.0/8")]) is group
    assert group.rules == {Rule(443), Rule(8080, "10.0.0.0/8")}
    assert group.egress_rules == {Rule("all", protocol="all")}
    group.update(rules=[], egress_rules=[Rule(443)])
    assert group.rules == frozenset()
    assert group.egress_rules == {Rule(443)}


def test_update_guards_new_rules_before_it_changes_any(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    group.allow(443)
    with pytest.raises(InvalidRequest, match="whole internet"):
        group.update(rules=[Rule(22)])
    assert group.rules == {Rule(443)}
    group.update(rules=[Rule(22)], open_to_world=True)
    group.update(rules=[Rule(22), Rule(443)])  # it is there already
    assert group.rules == {Rule(22), Rule(443)}


def test_update_that_changes_nothing_sends_nothing(faults: FaultServer) -> None:
    faults.replies(described("web"))
    SecurityGroup(GROUP, cloud=faults.cloud()).update(rules=[])
    assert faults.operations == ["DescribeSecurityGroups"]


def test_update_beside_another_process(faults: FaultServer) -> None:
    ok = done("AuthorizeSecurityGroupIngress")
    faults.replies(described("web"), DUPLICATE, DUPLICATE, ok, ok)
    SecurityGroup(GROUP, cloud=faults.cloud()).update(rules=[Rule(1), Rule(2), Rule(3)])
    assert faults.operations == ["DescribeSecurityGroups", *["AuthorizeSecurityGroupIngress"] * 4]


# -- the end -------------------------------------------------------------------------------------------------


def test_delete_is_fine_twice(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("web"))
    group.delete()
    group.delete()
    assert not group.exists()


def test_a_group_that_aws_does_not_know_yet_is_used_all_the_same(faults: FaultServer) -> None:
    faults.replies(
        answer("CreateSecurityGroup", f"<groupId>{GROUP}</groupId>"),
        UNKNOWN,
        UNKNOWN,
        UNKNOWN,
        done("AuthorizeSecurityGroupIngress"),
        UNKNOWN,
        done("DeleteSecurityGroup"),
    )
    group = SecurityGroup.create("web", cloud=faults.cloud())
    group.allow(443)
    group.delete()
    assert len(faults.requests) == 7


def test_pickle(faults: FaultServer) -> None:
    group = SecurityGroup(GROUP, cloud=faults.cloud())
    assert pickle.loads(pickle.dumps(group)) == group
