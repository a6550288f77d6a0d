"""What there is to do until a group has just the rules that it shall have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import field, frozen
from typing_extensions import override

from cloudkit.ec2.rule import Rule
from cloudkit.errors import InvalidRequest

_NONE: frozenset[Rule] = frozenset()


@frozen(repr=False)
class RulePlan:
    """The changes that make a set of rules the rules of a group; true if there are any.

    Attributes:
        allow: Rules to add, for traffic that comes in.
        revoke: Rules to take away.
        describe: Rules that are there, and get another description.
        allow_egress: The same for traffic that goes out.
        revoke_egress: The same for traffic that goes out.
        describe_egress: The same for traffic that goes out.

    Examples:
        >>> plan = group.plan(rules={Rule(443)})
        >>> print(plan)
        + tcp 443 0.0.0.0/0
    """

    allow: frozenset[Rule] = field(default=_NONE)
    revoke: frozenset[Rule] = field(default=_NONE)
    describe: frozenset[Rule] = field(default=_NONE)
    allow_egress: frozenset[Rule] = field(default=_NONE)
    revoke_egress: frozenset[Rule] = field(default=_NONE)
    describe_egress: frozenset[Rule] = field(default=_NONE)

    def __bool__(self) -> bool:
        """Whether there is anything to change."""
        return any(True for _ in self._lines())

    @override
    def __str__(self) -> str:
        return "\n".join(self._lines())

    @override
    def __repr__(self) -> str:
        return f"<RulePlan {'; '.join(self._lines()) or 'nothing to change'}>"

    def _lines(self) -> Iterator[str]:
        for mark, rules, way in (
            ("+", self.allow, ""),
            ("-", self.revoke, ""),
            ("~", self.describe, ""),
            ("+", self.allow_egress, " out"),
            ("-", self.revoke_egress, " out"),
            ("~", self.describe_egress, " out"),
        ):
            for rule in sorted(rules, key=str):
                says = f" {rule.description!r}" if rule.description and mark != "-" else ""
                yield f"{mark} {rule}{way}{says}"


def planned(
    rules: Iterable[Rule] | None,
    egress_rules: Iterable[Rule] | None,
    *,
    there: frozenset[Rule],
    egress_there: frozenset[Rule],
) -> RulePlan:
    """The plan. What is None stays as it is."""
    wanted = there if rules is None else frozenset(rules)
    egress_wanted = egress_there if egress_rules is None else frozenset(egress_rules)
    return RulePlan(
        wanted - there,
        there - wanted,
        _described(wanted, there),
        egress_wanted - egress_there,
        egress_there - egress_wanted,
        _described(egress_wanted, egress_there),
    )


def _described(wanted: frozenset[Rule], there: frozenset[Rule]) -> frozenset[Rule]:
    before = {rule: rule.description for rule in there}
    return frozenset(
        rule
        for rule in wanted
        if rule in before and rule.description is not None and rule.description != (before[rule] or "")
    )


_ON_PURPOSE = "allow_my_ip(22); or give open_to_world=True"


def check_exposure(rules: Iterable[Rule], open_to_world: bool, *, else_: str = _ON_PURPOSE) -> None:
    """Refuse rules that open to everybody what nobody opens to everybody, unless it is on purpose.

    Args:
        rules: The rules.
        open_to_world: Whether it is on purpose.
        else_: What else there is to do than to name a network, for the hint.
    """
    for rule in rules:
        if rule.exposed and not open_to_world:
            raise InvalidRequest(
                f"{rule} opens SSH, RDP or all ports to the whole internet",
                hint=f"name the network that needs it, such as '203.0.113.7/32', or {else_}",
            )
