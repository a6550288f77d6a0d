"""What a target group is made of and keeps for ever, and which combinations AWS takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen
from typing_extensions import Self

from cloudkit._core.params import one_of
from cloudkit.elb._limits import GENEVE_PORT
from cloudkit.elb.kinds import Kind
from cloudkit.elb.protocol import NETWORK, WEB, AddressFamily, Protocol, ProtocolVersion, TargetType
from cloudkit.elb.target import Target, checked_port
from cloudkit.errors import InvalidRequest


@frozen
class Shape:
    """What a target group is.

    Attributes:
        type: What its targets are.
        protocol: What they speak; None for functions.
        port: The port that they get requests on; None for functions.
        version: Which HTTP they speak; None for AWS's default, and where it is not HTTP.
        family: Which addresses they have; None for AWS's default.
    """

    type: TargetType
    protocol: Protocol | None = None
    port: int | None = None
    version: ProtocolVersion | None = None
    family: AddressFamily | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """What a row of DescribeTargetGroups says."""
        protocol, version, family = row.get("Protocol"), row.get("ProtocolVersion"), row.get("IpAddressType")
        return cls(
            TargetType(row.get("TargetType", TargetType.INSTANCE)),
            None if protocol is None else Protocol(protocol),
            row.get("Port"),
            None if version is None else ProtocolVersion(version),
            None if family is None else AddressFamily(family),
        )

    @classmethod
    def wanted(
        cls,
        *,
        type: TargetType | str | None,
        protocol: Protocol | str | None,
        port: int | None,
        version: ProtocolVersion | str | None,
        family: AddressFamily | str | None,
        targets: Iterable[Target],
    ) -> Self:
        """What the caller wants, with what was left out found from the rest, if AWS takes it together.

        Raises:
            InvalidRequest: It does not.
        """
        sort = _type(type, targets)
        spoken = None if protocol is None else Protocol(_known("protocol", protocol, Protocol))
        http = None if version is None else ProtocolVersion(_known("version", version, ProtocolVersion))
        addresses = None if family is None else AddressFamily(_known("family", family, AddressFamily))
        if port is not None:
            checked_port("port", port)
        if sort is TargetType.LAMBDA:
            given = {"protocol": protocol, "port": port, "version": version, "family": family}
            _refuse_for_functions(given)
            return cls(sort)
        if spoken is None:
            spoken = Protocol.TCP if sort is TargetType.ALB else Protocol.HTTP
        if sort is TargetType.ALB and spoken is not Protocol.TCP:
            raise InvalidRequest(
                f"protocol={str(spoken)!r} for a group of load balancers: a network load balancer hands them TCP",
                hint="leave protocol= out, or give protocol='TCP'",
            )
        if http is not None and spoken not in WEB:
            raise InvalidRequest(
                f"version={str(http)!r} with protocol={str(spoken)!r}: only HTTP and HTTPS have versions",
                hint="protocol='HTTP', or leave version= out",
            )
        if spoken is Protocol.GENEVE:
            port = GENEVE_PORT if port is None else port
            if port != GENEVE_PORT:
                raise InvalidRequest(
                    f"port={port} with GENEVE: its port is {GENEVE_PORT}", hint="leave port= out"
                )
        if port is None:
            raise InvalidRequest(
                "a target group of instances, addresses or load balancers has a port",
                hint="give port=8080, or type='lambda' for a function, which has none",
            )
        return cls(sort, spoken, port, http, addresses)

    @property
    def kind(self) -> Kind:
        """The kind of load balancer that it is for."""
        if self.protocol is Protocol.GENEVE:
            return Kind.GATEWAY
        return Kind.NETWORK if self.protocol in NETWORK else Kind.APPLICATION

    @property
    def grpc(self) -> bool:
        """Whether its targets speak gRPC."""
        return self.version is ProtocolVersion.GRPC

    def params(self) -> Mapping[str, Any]:
        """It as parameters of CreateTargetGroup; None for what is not given."""
        return {
            "TargetType": None if self.type is TargetType.INSTANCE else str(self.type),
            "Protocol": _text(self.protocol),
            "Port": self.port,
            "ProtocolVersion": _text(self.version),
            "IpAddressType": _text(self.family),
        }

    def check_targets(self, targets: Iterable[Target]) -> None:
        """Refuse targets that a group of this shape does not take."""
        for target in targets:
            check_target(target, self.type, self.protocol)


def check_target(target: Target, type: TargetType, protocol: Protocol | None) -> None:
    """Refuse a target that a group does not take."""
    found = target.type
    if found not in (None, type):
        raise InvalidRequest(
            f"target {target.id} is of type {found}, and the group's targets are of type {type}",
            hint=f"TargetGroup.create(..., type={str(found)!r}) takes such targets",
        )
    if target.zone is not None and type in (TargetType.INSTANCE, TargetType.ALB):
        raise InvalidRequest(
            f"target {target.id} with zone={target.zone!r}: AWS knows the zone of {type} targets",
            hint="leave zone= out",
        )
    if target.port is not None and type is TargetType.LAMBDA:
        raise InvalidRequest(f"target {target.id} with port={target.port}: a function has no port")
    quic = protocol in (Protocol.QUIC, Protocol.TCP_QUIC)
    if quic and target.server_id is None:
        raise InvalidRequest(
            f"target {target.id} has no server id, which {protocol} needs",
            hint=f"Target({target.id!r}, server_id='0x0000000000000001')",
        )
    if protocol is not None and not quic and target.server_id is not None:
        raise InvalidRequest(f"target {target.id} with server_id=: it is for QUIC alone, not for {protocol}")


def _type(given: TargetType | str | None, targets: Iterable[Target]) -> TargetType:
    if given is not None:
        return TargetType(_known("type", given, TargetType))
    found = sorted({each.type for each in targets if each.type is not None})
    if len(found) > 1:
        raise InvalidRequest(
            f"targets of several types, {' and '.join(found)}: a group has targets of one",
            hint="make a group for each",
        )
    return found[0] if found else TargetType.INSTANCE


def _refuse_for_functions(given: Mapping[str, object]) -> None:
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise InvalidRequest(
            f"{', '.join(f'{name}=' for name in named)} for a function, which has none of it",
            hint="leave it out: TargetGroup.create(name, type='lambda')",
        )


def _known(name: str, value: str, enum: Any) -> str:
    return one_of(name, str(value), [str(each) for each in enum.known()])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
