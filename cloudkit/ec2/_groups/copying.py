"""The rules of a group as those of its copy elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudkit.ec2.rule import Rule
from cloudkit.errors import InvalidRequest

_ONLY_HERE = ("sg-", "pl-")


def check_peers(rules: Iterable[Rule], own: str, peers: Mapping[str, str]) -> None:
    """Refuse rules about groups and prefix lists that are not there, unless it is said what stands in their place."""
    strange = sorted(
        {rule.peer for rule in rules if _is_only_here(rule.peer) and rule.peer not in (own, *peers)}
    )
    if strange:
        raise InvalidRequest(
            f"rules name {', '.join(strange)}, which the other region has not",
            hint=f"say what stands in their place: peers={{{strange[0]!r}: 'sg-...'}}",
        )


def moved(rules: Iterable[Rule], peers: Mapping[str, str]) -> frozenset[Rule]:
    """The rules with what stands in the place of groups and prefix lists."""
    return frozenset(
        Rule(
            "all" if rule.ports is None else rule.ports,
            peers.get(rule.peer, rule.peer),
            protocol=rule.protocol,
            description=rule.description,
        )
        for rule in rules
    )


def _is_only_here(peer: str) -> bool:
    return peer.rpartition("/")[2].startswith(_ONLY_HERE)
