from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from cloudkit import local
from cloudkit.ec2 import Rule, SecurityGroup
from cloudkit.ec2._groups.plan import RulePlan, planned
from cloudkit.ec2.rule import rules_in
from cloudkit.errors import AlreadyExists, InvalidRequest, LimitExceeded
from tests.conftest import Rig
from tests.ec2.answers import answer, done
from tests.faults import FaultServer, Reply

GROUP = "sg-0123456789abcdef0"
OWNER = "123456789012"
RULES = st.frozensets(
    st.builds(
        Rule,
        st.integers(1, 5),
        st.sampled_from(["10.0.0.0/8", "::/0", GROUP]),
        description=st.sampled_from([None, "", "one", "other"]),
    )
)


@given(RULES, RULES, st.booleans())
def test_a_plan_leads_from_one_set_to_the_other(
    there: frozenset[Rule], wanted: frozenset[Rule], out: bool
) -> None:
    # AWS says nothing of a description that is empty.
    there = frozenset(next(rules_in(rule.permission(), OWNER)) for rule in there)
    way = planned(
        None if out else wanted,
        wanted if out else None,
        there=frozenset() if out else there,
        egress_there=there if out else frozenset(),
    )
    allow, revoke, describe = (
        (way.allow_egress, way.revoke_egress, way.describe_egress)
        if out
        else (way.allow, way.revoke, way.describe)
    )
    assert (there - revoke) | allow == wanted
    assert not allow & there
    assert revoke <= there
    assert describe <= there & wanted
    before = {rule: rule.description for rule in there}
    after = {**before, **{rule: rule.description for rule in allow | describe}}
    for rule in wanted:
        says = rule.description if rule.description is not None else before.get(rule)
        assert (after[rule] or None) == (says or None)
    left = {rule: text or None for rule, text in after.items() if rule in wanted}
    told = frozenset(
        Rule(rule.ports or "all", rule.peer, protocol=rule.protocol, description=left[rule])
        for rule in wanted
    )
    assert not planned(wanted, None, there=told, egress_there=frozenset())
    assert bool(way) == bool(allow or revoke or describe)


def test_a_plan_in_words() -> None:
    plan = RulePlan(
        allow=frozenset({Rule(443, description="web")}),
        revoke=frozenset({Rule(80, description="old")}),
        describe_egress=frozenset({Rule("all", protocol="all", description="out")}),
    )
    assert str(plan) == "+ tcp 443 0.0.0.0/0 'web'\n- tcp 80 0.0.0.0/0\n~ all 0.0.0.0/0 out 'out'"
    assert repr(plan).startswith("<RulePlan + tcp 443")
    assert repr(RulePlan()) == "<RulePlan nothing to change>"
    assert not RulePlan()


def test_rules_are_assigned(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("office"))
    group.rules = {Rule(443), Rule(80, "10.0.0.0/8", description="in")}
    assert group.rules == {Rule(443), Rule(80, "10.0.0.0/8")}
    plan = group.plan(rules=[Rule(443), Rule(22, "192.0.2.1")], egress_rules=[])
    assert plan.allow == {Rule(22, "192.0.2.1")}
    assert plan.revoke == {Rule(80, "10.0.0.0/8")}
    assert plan.revoke_egress == {Rule("all", protocol="all")}
    assert group.rules == {Rule(443), Rule(80, "10.0.0.0/8")}, "a plan changes nothing"
    group.egress_rules = [Rule(443)]
    assert group.egress_rules == {Rule(443)}
    assert not group.plan(rules=group.rules, egress_rules=group.egress_rules)


def test_descriptions_follow(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("office"))
    group.rules = {Rule(443, description="old"), Rule(80, description="stays")}
    group.rules = {Rule(443, description="new"), Rule(80)}
    assert {str(rule.ports): rule.description for rule in group.rules} == {
        "(443, 443)": "new",
        "(80, 80)": "stays",
    }
    group.allow(443)
    assert "new" in {rule.description for rule in group.rules}
    group.allow(443, description="newest")
    assert {rule.description for rule in group.rules} == {"newest", "stays"}


def test_the_guard_is_before_any_change(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("office"))
    with pytest.raises(InvalidRequest, match="SSH") as caught:
        group.rules = {Rule(443), Rule(22)}
    assert "allow_my_ip" in str(caught.value.hint)
    assert group.rules == frozenset()
    group.allow(22, open_to_world=True)
    group.rules = {Rule(443), Rule(22)}  # what is open is no new rule
    assert Rule(22) in group.rules


# -- my address ----------------------------------------------------------------------------------------------


def test_my_address(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("office"))
    rule = group.allow_my_ip(22, address="192.0.2.9", description="me")
    assert rule == Rule(22, "192.0.2.9/32")
    assert group.allow_my_ip(22, address="192.0.2.9") == rule
    assert group.rules == {rule}
    with pytest.raises(InvalidRequest):
        group.allow_my_ip(22, address="somewhere")


def test_the_embedded_cloud_says_one_that_is_nobody_s() -> None:
    with local():
        assert SecurityGroup.create("office").allow_my_ip(22) == Rule(22, "203.0.113.7")


def test_aws_says_what_my_address_is(faults: FaultServer) -> None:
    faults.replies(Reply(body=b"192.0.2.9\n"), done("AuthorizeSecurityGroupIngress"))
    assert SecurityGroup(GROUP, cloud=faults.cloud()).allow_my_ip(22) == Rule(22, "192.0.2.9")
    assert (faults.requests[0].method, faults.requests[0].path) == ("GET", "/")
    assert "Cookie" not in faults.requests[0].headers


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"<html>log in</html>"),
        Reply(status=302),
        Reply(body=b"192.0.2.9" * 20),
        Reply(body=b"\xff\xfe"),
    ],
)
def test_an_answer_that_is_no_address(faults: FaultServer, reply: Reply) -> None:
    faults.replies(reply)
    with pytest.raises(Exception, match="does not say") as caught:
        SecurityGroup(GROUP, cloud=faults.cloud()).allow_my_ip(22)
    assert "address=" in str(caught.value)
    assert len(faults.requests) == 1


def test_a_wrong_rule_is_refused_before_anybody_is_asked(faults: FaultServer) -> None:
    with pytest.raises(InvalidRequest):
        SecurityGroup(GROUP, cloud=faults.cloud()).allow_my_ip(99_999)
    assert faults.requests == []


# -- elsewhere -----------------------------------------------------------------------------------------------


def test_copy(rig: Rig) -> None:
    group = SecurityGroup.create(rig.name("office"), description="People", tags={"team": "web"})
    group.rules = {Rule(443), Rule(22, "192.0.2.0/24", description="us")}
    group.allow(5432, from_=group)
    group.egress_rules = {Rule(443)}
    copy = group.copy_to("eu-west-1")
    assert copy.cloud.region == "eu-west-1"
    assert (copy.name, copy.description, dict(copy.tags)) == (group.name, "People", {"team": "web"})
    assert copy.rules == {Rule(443), Rule(22, "192.0.2.0/24"), Rule(5432, copy.id)}
    assert "us" in {rule.description for rule in copy.rules}
    assert copy.egress_rules == {Rule(443)}
    with pytest.raises(AlreadyExists):
        group.copy_to("eu-west-1")
    assert group.copy_to("us-east-1", name=rig.name("copy")).rules != frozenset()


def test_a_group_that_is_only_here_needs_another_in_its_place(rig: Rig) -> None:
    group, other = (SecurityGroup.create(rig.name("office")) for _ in range(2))
    group.allow(5432, from_=other)
    with pytest.raises(InvalidRequest, match=other.id) as caught:
        group.copy_to("eu-west-1")
    assert "peers=" in str(caught.value.hint)
    assert SecurityGroup.find(name=group.name, cloud=rig.cloud.in_region("eu-west-1")) is None
    there = SecurityGroup.create(other.name, cloud=rig.cloud.in_region("eu-west-1"))
    assert group.copy_to("eu-west-1", peers={other.id: there.id}).rules == {Rule(5432, there.id)}


def test_a_copy_that_cannot_be_whole_is_taken_away(faults: FaultServer) -> None:
    row = (
        f"<item><groupId>{GROUP}</groupId><groupName>web</groupName><groupDescription>d</groupDescription>"
        "<ownerId>123456789012</ownerId>{}</item>"
    )
    rule = (
        "<ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>80</fromPort><toPort>80</toPort><ipRanges>"
        "<item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></item></ipPermissions>"
    )
    groups = "<securityGroupInfo>{}</securityGroupInfo>"
    faults.replies(
        answer("DescribeSecurityGroups", groups.format(row.format(rule))),
        answer("CreateSecurityGroup", "<groupId>sg-2</groupId>"),
        answer("DescribeSecurityGroups", groups.format(row.format(""))),
        Reply.ec2_error("RulesPerSecurityGroupLimitExceeded"),
        done("DeleteSecurityGroup"),
    )
    with pytest.raises(LimitExceeded):
        SecurityGroup(GROUP, cloud=faults.cloud()).copy_to("eu-west-1")
    assert faults.operations[-1] == "DeleteSecurityGroup"
    assert faults.requests[-1].form["GroupId"] == "sg-2"


# -- a group that is full ------------------------------------------------------------------------------------

FULL = Reply.ec2_error("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules has been reached")


def having(*ports: int) -> Reply:
    rows = "".join(
        f"<item><ipProtocol>tcp</ipProtocol><fromPort>{port}</fromPort><toPort>{port}</toPort>"
        "<ipRanges><item><cidrIp>10.0.0.0/8</cidrIp></item></ipRanges></item>"
        for port in ports
    )
    return answer(
        "DescribeSecurityGroups",
        f"<securityGroupInfo><item><groupId>{GROUP}</groupId><ownerId>{OWNER}</ownerId><groupName>web</groupName>"
        f"<ipPermissions>{rows}</ipPermissions></item></securityGroupInfo>",
    )


def test_what_is_too_much_makes_room_in_a_group_that_is_full(faults: FaultServer) -> None:
    faults.replies(
        having(80, 81),
        FULL,
        done("RevokeSecurityGroupIngress"),
        done("AuthorizeSecurityGroupIngress"),
    )
    SecurityGroup(GROUP, cloud=faults.cloud()).update(rules={Rule(80, "10.0.0.0/8"), Rule(443, "10.0.0.0/8")})
    assert faults.operations[1:] == [
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupIngress",
        "AuthorizeSecurityGroupIngress",
    ]
    assert faults.requests[2].form["IpPermissions.1.FromPort"] == "81"
    assert faults.requests[3].form["IpPermissions.1.FromPort"] == "443"


@pytest.mark.parametrize(
    "more", [{Rule(443), Rule(444)}, {Rule(443, "pl-0123456789abcdef0")}], ids=["two", "a list"]
)
def test_nothing_is_taken_away_for_what_has_no_room_all_the_same(
    faults: FaultServer, more: set[Rule]
) -> None:
    faults.replies(having(80), FULL)
    with pytest.raises(LimitExceeded) as caught:
        SecurityGroup(GROUP, cloud=faults.cloud()).update(rules=more)
    assert "L-0EA8095F" in str(caught.value.hint)
    assert faults.operations == ["DescribeSecurityGroups", "AuthorizeSecurityGroupIngress"]


def test_a_description_is_taken_away(faults: FaultServer) -> None:
    faults.replies(
        Reply.ec2_error("InvalidPermission.Duplicate"), done("UpdateSecurityGroupRuleDescriptionsIngress")
    )
    SecurityGroup(GROUP, cloud=faults.cloud()).allow(443, description="")
    form = faults.requests[1].form
    assert form["IpPermissions.1.IpRanges.1.CidrIp"] == "0.0.0.0/0"
    assert not any(name.endswith("Description") for name in form)


def test_a_rule_goes_whatever_its_description_says_by_now(faults: FaultServer) -> None:
    rule = "<item><cidrIp>10.0.0.0/8</cidrIp><description>old</description></item>"
    there = answer(
        "DescribeSecurityGroups",
        f"<securityGroupInfo><item><groupId>{GROUP}</groupId><ownerId>{OWNER}</ownerId><ipPermissions><item>"
        f"<ipProtocol>icmp</ipProtocol><fromPort>3</fromPort><toPort>-1</toPort><ipRanges>{rule}</ipRanges></item>"
        "</ipPermissions></item></securityGroupInfo>",
    )
    faults.replies(there, done("RevokeSecurityGroupIngress"))
    SecurityGroup(GROUP, cloud=faults.cloud()).update(rules=())
    form = faults.requests[1].form
    assert (form["IpPermissions.1.FromPort"], form["IpPermissions.1.ToPort"]) == ("3", "-1")
    assert not any(name.endswith("Description") for name in form)
