"""The instances behind targets, and what their security groups let in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import filter_list
from cloudkit.ec2 import Instance
from cloudkit.ec2._service import EC2
from cloudkit.ec2.rule import Rule, rules_in
from cloudkit.elb._limits import MAX_FILTER_VALUES
from cloudkit.elb.health import INSTANCE_IDS_BEGIN, HealthTable, TargetHealth

_TCP = ("tcp", "all")
_GROUPS_BEGIN = "sg-"


def instances(cloud: Cloud, targets: Iterable[str]) -> Mapping[str, Instance]:
    """The instances among those targets that are there, by id. One request for each 200."""
    ids = dict.fromkeys(each for each in targets if each.startswith(INSTANCE_IDS_BEGIN))
    found: dict[str, Instance] = {}
    for batch in split(ids, most=MAX_FILTER_VALUES):
        # As a filter: one that is gone would spoil a call that names it.
        filters = {"Filters": filter_list({"instance-id": batch})}
        found.update({each.id: each for each in Instance.list(aws=filters, cloud=cloud)})
    return found


def named(cloud: Cloud, table: HealthTable) -> HealthTable:
    """The table with name and zone of each target that is an instance. One request for each 200."""
    boxes = instances(cloud, (row.id for row in table))

    def told(row: TargetHealth) -> TargetHealth:
        box = boxes.get(row.id)
        return row if box is None else evolve(row, name=box.name, zone=box.zone)

    return HealthTable(tuple(told(row) for row in table))


@frozen
class Doors:
    """What some security groups let in and out, all together."""

    ids: tuple[str, ...]
    incoming: frozenset[Rule]
    outgoing: frozenset[Rule]

    def shut_to(self, others: Sequence[str], port: int) -> bool:
        """Whether they certainly let members of those groups not in on that port."""
        return _shut(self.incoming, others, port)

    def shut_from(self, others: Sequence[str], port: int) -> bool:
        """Whether they certainly let nothing out to members of those groups on that port."""
        return _shut(self.outgoing, others, port)


def _shut(rules: Iterable[Rule], others: Sequence[str], port: int) -> bool:
    # A network or a prefix list may be where the others are: then nobody knows without their addresses.
    return not any(
        rule.protocol in _TCP
        and (rule.ports is None or rule.ports[0] <= port <= rule.ports[1])
        and (not _is_group(rule.peer) or rule.peer.rpartition("/")[2] in others)
        for rule in rules
    )


def _is_group(peer: str) -> bool:
    return peer.rpartition("/")[2].startswith(_GROUPS_BEGIN)


def doors(cloud: Cloud, *parties: Sequence[str]) -> Sequence[Doors | None]:
    """What the security groups of each party let in and out; None where one was not found. One request for each 200."""
    rows: dict[str, Mapping[str, Any]] = {}
    for batch in split(dict.fromkeys(each for party in parties for each in party), most=MAX_FILTER_VALUES):
        filters = filter_list({"group-id": batch})
        for page in cloud.pages(EC2, "describe_security_groups", about=", ".join(batch[:3]), Filters=filters):
            rows.update({row["GroupId"]: row for row in page["SecurityGroups"]})
    return [_doors(party, rows) if rows.keys() >= set(party) else None for party in parties]


def _doors(ids: Sequence[str], rows: Mapping[str, Mapping[str, Any]]) -> Doors:
    def rules(name: str) -> frozenset[Rule]:
        return frozenset(
            rule
            for each in ids
            for permission in rows[each].get(name, ())
            for rule in rules_in(permission, rows[each].get("OwnerId", ""))
        )

    return Doors(tuple(ids), rules("IpPermissions"), rules("IpPermissionsEgress"))
