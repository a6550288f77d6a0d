"""Bringing a load balancer of `elbv2` that is there to what is wanted, or telling what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from attrs import evolve, frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import dig
from cloudkit.elb._certificates.finding import certificate_arn
from cloudkit.elb._making.groups import make_group
from cloudkit.elb._making.guarding import client_rules, open_ports
from cloudkit.elb._making.wanted import Wanted
from cloudkit.elb._naming import MARK, group_name
from cloudkit.elb._routing.fronts import Need, listener_options, need_of, spoken
from cloudkit.elb._settings.networking import set_groups, set_subnets
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb._sides.addressing import addresses_in
from cloudkit.elb._sides.rows import is_classic, value_at
from cloudkit.elb._sides.v2 import V2
from cloudkit.elb._undo import Undo, undoing
from cloudkit.elb.action import FixedResponse, Redirect, action_params
from cloudkit.elb.front import Front, Https, Tls
from cloudkit.elb.health_check import HealthCheck
from cloudkit.elb.kinds import Kind, Scheme
from cloudkit.elb.listener import Listener
from cloudkit.elb.protocol import Protocol
from cloudkit.elb.target_group import TargetGroup
from cloudkit.errors import AlreadyExists, Conflict

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@frozen
class Difference:
    """What is not as wanted.

    Attributes:
        told: It, in words.
        change: Changes it; None if AWS cannot.
    """

    told: str
    change: Callable[[], object] | None = None


def settle(differences: Iterable[Difference], name: str, *, update: bool) -> None:
    """Change what differs, or raise Conflict naming it."""
    found = list(differences)
    fixed = [each for each in found if each.change is None]
    if fixed or (found and not update):
        raise Conflict(
            "; ".join(each.told for each in (fixed or found)),
            service="elbv2",
            resource=name,
            hint="AWS cannot change that: make one of another name" if fixed else "update=True changes it",
        )
    for each in found:
        if each.change is not None:
            each.change()


def placing(wanted: Wanted, seat: Seat, row: Mapping[str, Any]) -> Sequence[Difference]:
    """What differs of where it is: kind, scheme, subnets, addresses and security groups."""
    found: list[Difference] = []
    if wanted.kind != seat.kind:
        found.append(Difference(f"kind is {seat.kind}, not {wanted.kind}"))
    scheme = row.get("Scheme")
    if wanted.scheme not in (None, scheme):
        found.append(Difference(f"scheme is {scheme}, not {wanted.scheme}"))
    have = _addresses(row)
    if wanted.addresses and have != wanted.addresses:
        found.append(Difference(f"addresses are {have}, not {dict(wanted.addresses)}"))
    subnets = value_at(row, "Subnets")
    if wanted.subnets and set(subnets) != set(wanted.subnets):
        told = f"subnets are {', '.join(subnets)}, not {', '.join(wanted.subnets)}"
        found.append(Difference(told, lambda: set_subnets(seat, wanted.subnets)))
    groups = row.get("SecurityGroups", [])
    if wanted.security_groups is not None and set(groups) != set(wanted.security_groups):
        told = f"security_groups are {', '.join(groups)}, not {', '.join(wanted.security_groups)}"
        found.append(Difference(told, lambda: set_groups(seat, wanted.security_groups or ())))
    return found


def _addresses(row: Mapping[str, Any]) -> Mapping[str, str]:
    return (
        {}
        if is_classic(row)
        else {each.subnet_id: each.allocation_id or each.ip for each in addresses_in(row)}
    )


def let_in(wanted: Wanted, cloud: Cloud, row: Mapping[str, Any]) -> None:
    """Let clients in on the ports that are wanted, by the security group that was made with the load balancer."""
    rules = client_rules(
        cloud,
        wanted.fronts,
        kind=wanted.kind,
        scheme=Scheme(row.get("Scheme", Scheme.INTERNET_FACING)),
        vpc=value_at(row, "VpcId"),
        ipv6=str(row.get("IpAddressType", "")).startswith("dualstack"),
    )
    open_ports(wanted.name, cloud, row.get("SecurityGroups", []), rules)


def bring_about(wanted: Wanted, side: V2, row: Mapping[str, Any], *, update: bool) -> None:
    """Make listeners, health checks and targets what is wanted. Two requests, and those that change something."""
    about_groups = wanted.fronts or wanted.targets or wanted.health_path is not None
    groups = side.target_groups() if about_groups else ()
    listeners = side.listeners() if wanted.fronts else ()
    with undoing("the same call again takes what is there") as undo:
        change = _Change(wanted, side.arn, side.cloud, str(row["VpcId"]), listeners, list(groups), undo)
        served = change.listeners()
        seat = Seat(side.arn, Kind(value_at(row, "Type")), side.cloud)
        opened = [Difference("", lambda: let_in(wanted, side.cloud, row))] if served and update else []
        found = [*placing(wanted, seat, row), *change.checks(), *opened, *served]
        settle(found, wanted.name, update=update)
        for group in groups:
            group.register(*wanted.targets)


@frozen
class _Change:
    """The listeners and target groups that are there, and what is wanted of them."""

    wanted: Wanted
    arn: str
    cloud: Cloud
    vpc: str
    present: Sequence[Listener]
    groups: list[TargetGroup]
    undo: Undo

    def checks(self) -> Sequence[Difference]:
        """The health checks that ask for another path."""
        path = self.wanted.health_path
        return [
            Difference(
                f"health_path of {group.name} is {group.health_check.path}, not {path}",
                partial(_ask, group, path),
            )
            for group in self.groups
            if path is not None and group.health_check.path != path
        ]

    def listeners(self) -> Sequence[Difference]:
        """The listeners that are missing, or serve something else."""
        present = {each.port: each for each in self.present}
        found: list[Difference] = []
        for port, front in self.wanted.fronts.items():
            listener = present.get(port)
            told = self._told(port, front, listener)
            if told is not None:
                found.append(Difference(told, partial(self._serve, port, front, listener)))
        return found

    def _told(self, port: int, front: Front, listener: Listener | None) -> str | None:
        """How a listener differs from a front, if it does."""
        if listener is None:
            return f"there is no listener on {port}"
        need = need_of(front, self.wanted.kind)
        row = listener.raw
        protocol = spoken(front, self.wanted.kind)
        if row["Protocol"] != protocol:
            return f"listener {port} speaks {row['Protocol']}, not {protocol}"
        actions: Sequence[Mapping[str, Any]] = row.get("DefaultActions") or ()
        action: Mapping[str, Any] = actions[0] if actions else _NOTHING
        if isinstance(front, (Redirect, FixedResponse)):
            if not _within(action_params(front)[0], action):
                return f"listener {port} does {_does(action)}, not {_does(action_params(front)[0])}"
        else:
            group = self._forwarded_to(action)
            have = None if group is None else (group.port, group.protocol)
            if need is not None and have is None:
                return f"listener {port} does {_does(action)}, not forward to {need.port}"
            if need is not None and have is not None and have != (need.port, need.protocol):
                same_port = have[0] == need.port
                shown, asked = (have[1], need.protocol) if same_port else (have[0], need.port)
                return f"listener {port} forwards to {shown}, not {asked}"
        return self._tls_told(port, front, row)

    def _forwarded_to(self, action: Mapping[str, Any]) -> TargetGroup | None:
        """The first target group that an action forwards to."""
        arn = next((str(each) for each in _forwarded(action) if each is not None), None)
        if arn is None:
            return None
        known = next((each for each in self.groups if each.arn == arn), None)
        return TargetGroup(arn, cloud=self.cloud) if known is None else known

    def _tls_told(self, port: int, front: Front, row: Mapping[str, Any]) -> str | None:
        if not isinstance(front, (Https, Tls)):
            return None
        wanted = certificate_arn(front.certificate, self.cloud)
        have = next((each.get("CertificateArn") for each in row.get("Certificates", [])), None)
        if have != wanted:
            return f"listener {port} has certificate {have}, not {wanted}"
        if front.policy not in (None, row.get("SslPolicy")):
            return f"listener {port} has policy {row.get('SslPolicy')}, not {front.policy}"
        return None

    def _serve(self, port: int, front: Front, listener: Listener | None) -> None:
        """Let the port serve the front."""
        need = need_of(front, self.wanted.kind)
        group = None if need is None else self._group(need)
        options = listener_options(front, kind=self.wanted.kind, target_group=group)
        if listener is not None:
            spoken_now = options.get("protocol")
            listener.update(
                target_group=options.get("target_group"),
                to=options.get("to"),
                # Named again, it would bring the recommended TLS policy in place of the one that is there.
                protocol=None if listener.protocol == spoken_now else spoken_now,
                certificate=options.get("certificate"),
                policy=options.get("policy"),
                alpn=options.get("alpn"),
            )
            more = options.get("certificates")
            if more:
                listener.certificates.add(*more)
            return
        made = Listener.create(self.arn, port, tags=self.wanted.tags, cloud=self.cloud, **options)
        self.undo.add(f"listener {port}", made.delete)

    def _group(self, need: Need) -> TargetGroup:
        """A group for that port and protocol: one that is there, or one more with the targets that the others have."""
        for group in self.groups:
            if (group.port, group.protocol) == (need.port, need.protocol):
                return group
        serving = [row.id for group in self.groups for row in group.health() if not row.leaving]
        targets = list(dict.fromkeys([*self.wanted.targets, *serving]))
        wanted = self.wanted
        if wanted.health_path is None and self.groups:
            wanted = evolve(wanted, health_path=self.groups[0].health_check.path)
        try:
            made = make_group(wanted, self.cloud, self.undo, need, vpc=self.vpc, targets=targets)
        except AlreadyExists:
            # Left by a listener that was deleted: taken if it is this load balancer's.
            made = TargetGroup(group_name(wanted.name, need.port, str(need.protocol)), cloud=self.cloud)
            if made.tags.get(MARK) != wanted.name:
                raise
            made.register(*targets)
        self.groups.append(made)
        return made


def _ask(group: TargetGroup, path: str) -> None:
    group.update(health_check=asking(group.health_check, path))


def asking(check: HealthCheck, path: str | None) -> HealthCheck:
    """The check, with that path: one that only connected asks by HTTP then."""
    if check.path is not None:
        return evolve(check, path=path)
    return evolve(check, path=path, protocol=Protocol.HTTP)


def _forwarded(action: Mapping[str, Any]) -> Sequence[object]:
    several = [each.get("TargetGroupArn") for each in dig(action, "ForwardConfig.TargetGroups") or ()]
    return [action.get("TargetGroupArn"), *several]


def _within(wanted: Mapping[str, Any], have: Mapping[str, Any]) -> bool:
    """Whether all that is wanted is there."""
    return all(
        _within(value, have.get(key) or {}) if isinstance(value, Mapping) else have.get(key) == value  # pyright: ignore[reportUnknownArgumentType]
        for key, value in wanted.items()
    )


def _does(action: Mapping[str, Any]) -> str:
    config: Mapping[str, Any] = action.get("RedirectConfig") or action.get("FixedResponseConfig") or _NOTHING
    shown = ", ".join(f"{key} {value}" for key, value in sorted(config.items()))
    return f"{action.get('Type')}" + (f" ({shown})" if shown else "")
