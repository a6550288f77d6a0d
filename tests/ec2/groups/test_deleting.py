from __future__ import annotations

import pytest

from cloudkit.ec2 import SecurityGroup
from cloudkit.errors import Conflict, WaitTimeout
from tests.conftest import Rig
from tests.ec2.answers import answer, described as instances, done, instance_row
from tests.faults import FaultServer, Reply

GROUP, OTHER = "sg-0123456789abcdef0", "sg-0fedcba9876543210"
USED = Reply.ec2_error("DependencyViolation", "resource has a dependent object")
DELETED = done("DeleteSecurityGroup")
NOBODY = answer("DescribeSecurityGroups", "<securityGroupInfo/>")
NO_INTERFACE = answer("DescribeNetworkInterfaces", "<networkInterfaceSet/>")


def interface(
    id: str = "eni-1", *, box: str = "", status: str = "in-use", by_aws: bool = False, about: str = ""
) -> str:
    attached = f"<attachment><instanceId>{box}</instanceId></attachment>" if box else ""
    return (
        f"<item><networkInterfaceId>{id}</networkInterfaceId><status>{status}</status>"
        f"<requesterManaged>{str(by_aws).lower()}</requesterManaged><description>{about}</description>{attached}</item>"
    )


def interfaces(*rows: str) -> Reply:
    return answer("DescribeNetworkInterfaces", f"<networkInterfaceSet>{''.join(rows)}</networkInterfaceSet>")


def naming(id: str = OTHER) -> Reply:
    return answer(
        "DescribeSecurityGroups",
        f"<securityGroupInfo><item><groupId>{id}</groupId><groupName>web</groupName><ownerId>123456789012</ownerId>"
        "<ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>5432</fromPort><toPort>5432</toPort><groups>"
        f"<item><groupId>{GROUP}</groupId><userId>123456789012</userId></item></groups></item></ipPermissions>"
        "</item></securityGroupInfo>",
    )


@pytest.mark.parametrize("code", ["DependencyViolation", "InvalidGroup.InUse"])
def test_a_running_instance_is_named_at_once(faults: FaultServer, code: str) -> None:
    faults.replies(
        Reply.ec2_error(code, "has a dependent object"),
        interfaces(interface(box="i-1")),
        instances(instance_row("i-1", "running")),
        NOBODY,
        NOBODY,
    )
    with pytest.raises(Conflict, match=r"it is used by i-1 \(running\)") as caught:
        SecurityGroup(GROUP, cloud=faults.cloud()).delete()
    assert "wait('terminated')" in str(caught.value.hint)


def test_an_instance_that_ends_is_waited_for(faults: FaultServer) -> None:
    ending = [
        interfaces(interface(box="i-1")),
        instances(instance_row("i-1", "shutting-down")),
        NOBODY,
        NOBODY,
    ]
    forgotten = [interfaces(interface(box="i-1")), instances(), NOBODY, NOBODY]
    faults.replies(USED, *ending, USED, *forgotten, USED, NO_INTERFACE, NOBODY, NOBODY, DELETED)
    SecurityGroup(GROUP, cloud=faults.cloud()).delete()
    assert faults.operations.count("DeleteSecurityGroup") == 4
    assert faults.operations[-1] == "DeleteSecurityGroup"


def test_what_takes_too_long_is_named(faults: FaultServer) -> None:
    faults.replies(USED)

    def answers(request: object) -> Reply:
        operation = faults.operations[-1]
        return {
            "DeleteSecurityGroup": USED,
            "DescribeNetworkInterfaces": interfaces(interface(by_aws=True, about="ELB app/web/1")),
            "DescribeSecurityGroups": NOBODY,
        }[operation]

    faults.otherwise(answers)
    with pytest.raises(WaitTimeout, match=r"network interface eni-1 \(ELB app/web/1\)"):
        SecurityGroup(GROUP, cloud=faults.cloud()).delete(timeout=30)


@pytest.mark.parametrize("by_aws", [True, False])
def test_an_interface_of_nobody(faults: FaultServer, by_aws: bool) -> None:
    faults.replies(USED, interfaces(interface(status="available", by_aws=by_aws)), NOBODY, NOBODY, DELETED)
    group = SecurityGroup(GROUP, cloud=faults.cloud())
    if by_aws:
        group.delete()
    else:
        with pytest.raises(Conflict, match="network interface eni-1"):
            group.delete()


def test_a_rule_of_another_group_is_named(faults: FaultServer) -> None:
    faults.replies(USED, NO_INTERFACE, naming(), NOBODY)
    with pytest.raises(Conflict, match=rf"rules of {OTHER} \(web\)"):
        SecurityGroup(GROUP, cloud=faults.cloud()).delete()


def test_by_force_such_rules_go_first(faults: FaultServer) -> None:
    faults.replies(USED, NO_INTERFACE, naming(), naming(), done("RevokeSecurityGroupIngress"), DELETED)
    SecurityGroup(GROUP, cloud=faults.cloud()).delete(force=True)
    revoked = faults.requests[4].form
    assert revoked["GroupId"] == OTHER
    assert revoked["IpPermissions.1.Groups.1.GroupId"] == GROUP


def test_two_that_name_each_other(rig: Rig) -> None:
    one, two = (SecurityGroup.create(rig.name("web")) for _ in range(2))
    one.allow(443, from_=two)
    two.allow(443, from_=one)
    one.allow(22, from_=one)
    assert list(one.referrers) == [two]
    assert list(two.referrers) == [one]
    two.rules = ()
    assert not one.referrers


def test_who_may_not_look_gets_what_aws_said(faults: FaultServer) -> None:
    faults.replies(USED, Reply.ec2_error("UnauthorizedOperation", status=403))
    with pytest.raises(Conflict, match="dependent object"):
        SecurityGroup(GROUP, cloud=faults.cloud()).delete()


def test_a_default_group_stays(faults: FaultServer) -> None:
    faults.replies(Reply.ec2_error("CannotDelete", "the specified group: name: default"))
    with pytest.raises(Conflict) as caught:
        SecurityGroup(GROUP, cloud=faults.cloud()).delete()
    assert "default group" in str(caught.value.hint)
    faults.replies(Reply.ec2_error("IncorrectState", "it is shared"))
    with pytest.raises(Conflict, match="shared"):
        SecurityGroup(GROUP, cloud=faults.cloud()).delete()
    assert faults.operations == ["DeleteSecurityGroup"] * 2
