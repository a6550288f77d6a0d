"""Adding rules, taking them away, and describing them."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Literal, TypeAlias

from cloudkit._core.resource import Resource
from cloudkit.ec2._groups.plan import RulePlan
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import RuleNotFound
from cloudkit.ec2.rule import PREFIX_LISTS_BEGIN, Rule
from cloudkit.errors import AlreadyExists, LimitExceeded

Change: TypeAlias = Literal["authorize", "revoke"]

_OPERATIONS = {
    ("authorize", False): "authorize_security_group_ingress",
    ("authorize", True): "authorize_security_group_egress",
    ("revoke", False): "revoke_security_group_ingress",
    ("revoke", True): "revoke_security_group_egress",
}
_DESCRIBING = {
    False: "update_security_group_rule_descriptions_ingress",
    True: "update_security_group_rule_descriptions_egress",
}


def change(group: Resource, how: Change, rules: Iterable[Rule], *, egress: bool) -> bool:
    """Add or take away rules in one call; in one call each where AWS refuses all for the sake of one.

    Returns:
        Whether each of them was changed: those that were as they shall be are not.
    """
    todo = sorted(rules, key=str)
    if not todo:
        return True
    told = [_bare(rule) for rule in todo] if how == "revoke" else todo
    params = {"GroupId": str(group), "IpPermissions": [rule.permission() for rule in told]}
    try:
        group.cloud.invoke(EC2, _OPERATIONS[how, egress], params, about=group)
    except (AlreadyExists, RuleNotFound):
        # Of one rule it says that all is as it shall be.
        for rule in todo if len(todo) > 1 else ():
            change(group, how, [rule], egress=egress)
        return False
    return True


def describe(group: Resource, rules: Iterable[Rule], *, egress: bool) -> None:
    """Give rules that are there their descriptions, in one call."""
    todo = sorted(rules, key=str)
    if todo:
        params = {"GroupId": str(group), "IpPermissions": [rule.permission() for rule in todo]}
        group.cloud.invoke(EC2, _DESCRIBING[egress], params, about=group)


def carry_out(group: Resource, plan: RulePlan) -> None:
    """Add what is missing, then take away what is too much: nothing that is wanted before and after is ever missing.

    A group that is full changes places: there the rules that are too much go first, if that makes room for the others.
    """
    for egress, allow, revoke, described in (
        (False, plan.allow, plan.revoke, plan.describe),
        (True, plan.allow_egress, plan.revoke_egress, plan.describe_egress),
    ):
        try:
            change(group, "authorize", allow, egress=egress)
        except LimitExceeded:
            if _places(allow) > len(revoke):
                raise
            change(group, "revoke", revoke, egress=egress)
            change(group, "authorize", allow, egress=egress)
        else:
            change(group, "revoke", revoke, egress=egress)
        describe(group, described, egress=egress)


def _bare(rule: Rule) -> Rule:
    """The rule without its description: whoever has changed that keeps no rule open that shall go."""
    return Rule("all" if rule.ports is None else rule.ports, rule.peer, protocol=rule.protocol)


def _places(rules: Iterable[Rule]) -> float:
    """How many of a group's places the rules take, which of prefix lists AWS alone knows."""
    return sum(inf if rule.peer.startswith(PREFIX_LISTS_BEGIN) else 1 for rule in rules)
