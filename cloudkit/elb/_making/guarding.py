"""The security group that lets clients in, where the caller gives none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import rows
from cloudkit.ec2 import Rule, SecurityGroup, Vpc
from cloudkit.elb._limits import RELEASE_SECONDS
from cloudkit.elb._naming import MARK, guard_name
from cloudkit.elb._routing.fronts import spoken
from cloudkit.elb._undo import Undo
from cloudkit.elb.front import Front
from cloudkit.elb.kinds import Kind, Scheme
from cloudkit.elb.protocol import Protocol
from cloudkit.errors import AlreadyExists
from cloudkit.types import Duration

_EVERYBODY = "0.0.0.0/0"
_EVERYBODY_BY_IPV6 = "::/0"
_OVER: Mapping[Protocol, Sequence[str]] = {Protocol.UDP: ("udp",), Protocol.TCP_UDP: ("tcp", "udp")}
_TCP = ("tcp",)


def make_guard(
    cloud: Cloud, undo: Undo, balancer: str, *, vpc: str, rules: Iterable[Rule], tags: Mapping[str, str]
) -> str:
    """The id of the security group for a new load balancer, which lets clients in. Three requests.

    One that an earlier load balancer of the name has left is taken.
    """
    name = guard_name(balancer)
    try:
        group = SecurityGroup.create(
            name, description=f"clients of load balancer {balancer}", vpc=vpc, tags=tags, cloud=cloud
        )
    except AlreadyExists:
        left = next(iter(guards_of(balancer, cloud, vpc=vpc)), None)
        if left is None:
            raise
        group = left
    undo.add(f"security group {group.id}", lambda: group.delete(timeout=RELEASE_SECONDS))
    # Which port is open to whom, SSH's too, is what the listeners say.
    group.update(rules=rules, open_to_world=True)
    return group.id


def client_rules(
    cloud: Cloud, fronts: Mapping[int, Front], *, kind: Kind, scheme: Scheme, vpc: str, ipv6: bool
) -> Sequence[Rule]:
    """What lets clients in on the ports of the listeners: everybody, or all of the VPC. One request for the latter."""
    if scheme == Scheme.INTERNAL:
        peers: Sequence[str] = _networks(cloud, vpc)
    else:
        peers = (_EVERYBODY, _EVERYBODY_BY_IPV6) if ipv6 else (_EVERYBODY,)
    return [
        Rule(port, peer, protocol=protocol)
        for port, front in fronts.items()
        for protocol in _OVER.get(spoken(front, kind), _TCP)
        for peer in peers
    ]


def _networks(cloud: Cloud, vpc: str) -> Sequence[str]:
    row = Vpc(vpc, cloud=cloud).raw
    # Blocks that were taken away again are listed as disassociated for a while.
    found = [
        str(each["CidrBlock"])
        for each in rows(row, "CidrBlockAssociationSet")
        if each.get("CidrBlockState", {}).get("State") in (None, "associated")
    ]
    return found or [str(row["CidrBlock"])]


def guards_of(balancer: str, cloud: Cloud, *, vpc: str | None = None) -> Sequence[SecurityGroup]:
    """The security groups that were made with a load balancer: of such a name, with its mark. One request."""
    found = SecurityGroup.list(name=guard_name(balancer), vpc=vpc, tags={MARK: balancer}, cloud=cloud)
    return found.to_list()


def open_ports(balancer: str, cloud: Cloud, group_ids: Sequence[str], rules: Iterable[Rule]) -> None:
    """Let clients in on more ports, by the security group that was made with the load balancer if it has that."""
    guard = next((each for each in guards_of(balancer, cloud) if each.id in group_ids), None)
    if guard is not None:
        guard.update(rules={*guard.rules, *rules}, open_to_world=True)


def delete_guards(balancer: str, cloud: Cloud, *, timeout: Duration) -> None:
    """Delete the security groups that were made with a load balancer, which lets go of them a little later.

    Rules of other groups that let it in name nothing after that: they go with it.
    """
    for group in guards_of(balancer, cloud):
        group.delete(timeout=timeout, force=True)
