"""A rule of a security group, as a value."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol, TypeAlias

from attrs import field, frozen
from typing_extensions import override

from cloudkit.ec2._limits import MAX_ICMP_NUMBER, MAX_PORT, MAX_PROTOCOL_NUMBER, MAX_RULE_TEXT_CHARACTERS
from cloudkit.errors import InvalidRequest

ANYWHERE = "0.0.0.0/0"
PREFIX_LISTS_BEGIN = "pl-"


class HasId(Protocol):
    """Anything with an id: a security group is one."""

    @property
    def id(self) -> str:
        """The id."""
        ...


Network: TypeAlias = (
    ipaddress.IPv4Network | ipaddress.IPv6Network | ipaddress.IPv4Address | ipaddress.IPv6Address
)

Ports: TypeAlias = int | tuple[int, int] | Literal["all"]
"""A port, the first and the last of several, or `"all"`. For ICMP a type, a type and a code, or `"all"`."""

Peer: TypeAlias = str | Network | HasId
"""Whom a rule is about: an address, a network, a security group or a prefix list, as object or text."""

_WITH_PORTS = ("tcp", "udp")
_ICMP = ("icmp", "icmpv6")
_ALL = "all"
_NUMBERED = (*_WITH_PORTS, *_ICMP)
_NAMES = (*_NUMBERED, _ALL)
# AWS's number for all protocols, and IANA's for those that have a name here.
_ALL_NUMBER = "-1"
_NAME_OF = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", _ALL_NUMBER: _ALL}
_ANY_ICMP = -1
_GROUP = re.compile(r"(?:(?P<account>\d{12})/)?(?P<group>sg-[0-9a-f]+)")
_PREFIX_LIST = re.compile(PREFIX_LISTS_BEGIN + r"[0-9a-f]+")
_SSH, _RDP = 22, 3389
_NETWORKS = (ipaddress.IPv4Network, ipaddress.IPv6Network, ipaddress.IPv4Address, ipaddress.IPv6Address)


@frozen(init=False, repr=False)
class Rule:
    """Who may reach which ports (or, going out, which ports may be reached where).

    Equal rules are equal however they are written: `Rule(22, "10.0.0.1/8") == Rule((22, 22), "10.0.0.0/8")`. The
    description does not count.

    Args:
        ports: A port, the first and the last of several, or `"all"`; for ICMP a type, a type and a code, or `"all"`.
        peer: An IPv4 or IPv6 address or network, a security group or its id (`"sg-..."`, or with the number of its
            account `"111122223333/sg-..."`), or the id of a prefix list (`"pl-..."`).
        protocol: `"tcp"`, `"udp"`, `"icmp"`, `"icmpv6"`, `"all"`, or IANA's number as text.
        description: Up to 255 characters. Default: none, and a rule that is there keeps its own; `""` takes that away.

    Attributes:
        ports: The first and the last port, or ICMP's type and code; None for all.
        peer: The network in its shortest form, or the id.
        protocol: As given, by name where there is one.
        description: As given.

    Raises:
        InvalidRequest: AWS would refuse it.

    Examples:
        >>> Rule(443)
        <Rule tcp 443 0.0.0.0/0>
        >>> Rule(22, "10.0.0.1/8") == Rule((22, 22), "10.0.0.0/8")
        True
    """

    ports: tuple[int, int] | None
    peer: str
    protocol: str
    description: str | None = field(eq=False)

    def __init__(
        self,
        ports: Ports,
        peer: Peer = ANYWHERE,
        *,
        protocol: str = "tcp",
        description: str | None = None,
    ) -> None:
        name = _checked_protocol(protocol)
        if description is not None and len(description) > MAX_RULE_TEXT_CHARACTERS:
            raise InvalidRequest(f"description: at most {MAX_RULE_TEXT_CHARACTERS} characters")
        values = {
            "ports": _checked_ports(ports, name),
            "peer": _checked_peer(peer),
            "protocol": name,
            "description": description,
        }
        for attribute, value in values.items():
            object.__setattr__(self, attribute, value)

    @override
    def __str__(self) -> str:
        if self.ports is None:
            shown = "" if self.protocol == _ALL else " all"
        elif self.protocol in _ICMP:
            kind, code = self.ports
            shown = f" {kind}" if code == _ANY_ICMP else f" {kind}/{code}"
        else:
            first, last = self.ports
            shown = f" {first}" if first == last else f" {first}-{last}"
        return f"{self.protocol}{shown} {self.peer}"

    @override
    def __repr__(self) -> str:
        return f"<Rule {self}>"

    @property
    def exposed(self) -> bool:
        """Whether it opens SSH (22), RDP (3389) or all ports to the whole internet."""
        if "/" not in self.peer or _GROUP.fullmatch(self.peer):
            return False
        if ipaddress.ip_network(self.peer).prefixlen > 0:
            return False
        if self.protocol == _ALL:
            return True
        if self.protocol not in _WITH_PORTS:
            return False
        return self.ports is None or any(self.ports[0] <= port <= self.ports[1] for port in (_SSH, _RDP))

    def permission(self) -> dict[str, Any]:
        """The rule in AWS's form, for calls of your own. No request.

        Returns:
            One of `IpPermissions`, as boto3 takes it.

        Examples:
            >>> Rule(443, "10.0.0.0/8").permission()["IpRanges"]
            [{'CidrIp': '10.0.0.0/8'}]

        AWS: none
        """
        row: dict[str, Any] = {"IpProtocol": _ALL_NUMBER if self.protocol == _ALL else self.protocol}
        if self.protocol in _WITH_PORTS:
            row["FromPort"], row["ToPort"] = self.ports or (0, MAX_PORT)
        elif self.protocol in _ICMP:
            row["FromPort"], row["ToPort"] = self.ports or (_ANY_ICMP, _ANY_ICMP)
        text = {"Description": self.description} if self.description else {}
        group = _GROUP.fullmatch(self.peer)
        if group is not None:
            account = {} if group["account"] is None else {"UserId": group["account"]}
            row["UserIdGroupPairs"] = [{"GroupId": group["group"], **account, **text}]
        elif _PREFIX_LIST.fullmatch(self.peer):
            row["PrefixListIds"] = [{"PrefixListId": self.peer, **text}]
        elif ":" in self.peer:
            row["Ipv6Ranges"] = [{"CidrIpv6": self.peer, **text}]
        else:
            row["IpRanges"] = [{"CidrIp": self.peer, **text}]
        return row


def rules_in(permission: Mapping[str, Any], owner: str) -> Iterator[Rule]:
    """The rules that one of AWS's permissions holds, for a group of that owner."""
    protocol = _checked_protocol(permission["IpProtocol"])
    first, last = permission.get("FromPort"), permission.get("ToPort")
    ports: Ports = "all"
    # Of protocols without ports AWS gives what it was given, such as 0 to 0.
    if protocol in _NUMBERED and first is not None and last is not None and first != _ANY_ICMP:
        ports = (first, last)
    for rows, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId")):
        for row in permission.get(rows, ()):
            yield Rule(ports, row[key], protocol=protocol, description=row.get("Description"))
    for row in permission.get("UserIdGroupPairs", ()):
        account = row.get("UserId") or owner
        peer = row["GroupId"] if account == owner else f"{account}/{row['GroupId']}"
        yield Rule(ports, peer, protocol=protocol, description=row.get("Description"))


def _checked_protocol(protocol: str) -> str:
    text = str(protocol).lower()
    name = _NAME_OF.get(text, text)
    if name in _NAMES or (name.isascii() and name.isdigit() and int(name) <= MAX_PROTOCOL_NUMBER):
        return name
    raise InvalidRequest(
        f"protocol={protocol!r}: it is one of {', '.join(map(repr, _NAMES))}, or a number as text"
    )


def _checked_ports(ports: Ports, protocol: str) -> tuple[int, int] | None:
    if ports == "all":
        return None
    if protocol not in _NUMBERED:
        raise InvalidRequest(f"ports={ports!r}: protocol {protocol!r} has no ports: give 'all'")
    pair = ports if isinstance(ports, tuple) else (ports, _ANY_ICMP if protocol in _ICMP else ports)
    # A bool is an int for isinstance, and no port.
    if [type(number) for number in pair] != [int, int]:
        raise InvalidRequest(f"ports={ports!r}: it is a number, (first, last), or 'all'")
    first, last = pair
    if protocol in _ICMP:
        if not (0 <= first <= MAX_ICMP_NUMBER and _ANY_ICMP <= last <= MAX_ICMP_NUMBER):
            raise InvalidRequest(f"ports={ports!r}: ICMP has types and codes from 0 to {MAX_ICMP_NUMBER}")
        return first, last
    if not 0 <= first <= last <= MAX_PORT:
        raise InvalidRequest(f"ports={ports!r}: ports go from 0 to {MAX_PORT}, the first one first")
    return None if (first, last) == (0, MAX_PORT) else (first, last)


def _checked_peer(peer: Peer) -> str:
    text = str(peer if isinstance(peer, (str, *_NETWORKS)) else getattr(peer, "id", "")).strip()
    if _GROUP.fullmatch(text) or _PREFIX_LIST.fullmatch(text):
        return text
    try:
        if "%" in text:
            raise ValueError  # an interface of one machine means nothing to another
        # Bits behind the prefix say nothing: AWS refuses some such networks and rewrites others.
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise InvalidRequest(
            f"{peer!r} is no address, network, security group (sg-...) or prefix list (pl-...)",
            hint="such as '10.0.0.0/8', '2001:db8::/32', or a SecurityGroup",
        ) from None
