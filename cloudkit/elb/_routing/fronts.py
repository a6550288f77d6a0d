"""What the fronts of a load balancer's ports need, and what AWS is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from attrs import frozen
from typing_extensions import TypedDict

from cloudkit._core.cloud import Cloud
from cloudkit.elb._certificates.finding import certificate_arn
from cloudkit.elb._routing.policies import RECOMMENDED_CLASSIC_POLICY
from cloudkit.elb.action import FixedResponse, Redirect
from cloudkit.elb.front import Alpn, Cert, Front, Https, Tcp, Tls, Udp
from cloudkit.elb.kinds import Kind
from cloudkit.elb.protocol import Protocol
from cloudkit.elb.target import checked_port
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, HasArn

_KINDS: Mapping[type, Sequence[Kind]] = {
    int: (Kind.APPLICATION, Kind.NETWORK, Kind.CLASSIC),
    Https: (Kind.APPLICATION, Kind.CLASSIC),
    Tls: (Kind.NETWORK, Kind.CLASSIC),
    Tcp: (Kind.NETWORK, Kind.CLASSIC),
    Udp: (Kind.NETWORK,),
    Redirect: (Kind.APPLICATION,),
    FixedResponse: (Kind.APPLICATION,),
}
_INSTEAD: Mapping[tuple[Kind, type], str] = {
    (Kind.NETWORK, Https): "Tls(port, certificate), which a network load balancer has in its place",
    (Kind.APPLICATION, Tls): "Https(port, certificate), which an application load balancer has in its place",
    (Kind.APPLICATION, Tcp): "the port as a number, for HTTP; kind='network' for other protocols",
    (Kind.APPLICATION, Udp): "kind='network'",
    (Kind.CLASSIC, Udp): "kind='network'",
    (Kind.NETWORK, Redirect): "kind='application'",
    (Kind.NETWORK, FixedResponse): "kind='application'",
    (Kind.CLASSIC, Redirect): "kind='application'",
    (Kind.CLASSIC, FixedResponse): "kind='application'",
}
_CLASSIC_PROTOCOLS = {"TLS": "SSL"}


@frozen
class Need:
    """What a front needs behind it: a target group of that port and protocol."""

    port: int
    protocol: Protocol


class ListenerOptions(TypedDict, total=False):
    """What `Listener.create` is given for a front, besides load balancer, port and tags."""

    target_group: HasArn | str
    to: Redirect | FixedResponse
    protocol: Protocol
    certificate: Cert
    certificates: Sequence[Cert]
    policy: str | None
    alpn: Alpn | None


def checked_fronts(listeners: Mapping[int, Front], kind: Kind) -> Mapping[int, Front]:
    """The fronts by their ports, if a load balancer of that kind can have them. Nothing is asked of AWS."""
    for port, front in listeners.items():
        checked_port("listener", port)
        _check(port, front, kind)
    return dict(listeners)


def _check(port: int, front: Front, kind: Kind) -> None:
    if isinstance(front, int):
        checked_port(f"target port of listener {port}", front)
    cls = int if isinstance(front, int) else type(front)
    kinds = _KINDS.get(cls)
    if kinds is None:
        raise InvalidRequest(
            f"listener {port}: {cast('object', front)!r} is nothing that a port can serve",
            hint="a port of the targets, Https(...), Tls(...), Tcp(...), Udp(...), Redirect(...) or FixedResponse(...)",
        )
    if kind not in kinds:
        what = "a target port" if cls is int else cls.__name__
        raise InvalidRequest(
            f"listener {port}: a load balancer of kind {kind} has no {what}",
            hint=_INSTEAD.get((kind, cls), f"it is for {' and '.join(kinds)} load balancers"),
        )


def need_of(front: Front, kind: Kind) -> Need | None:
    """The port and protocol of the targets that a front forwards to; None if it answers by itself.

    Fronts with the same need can share a target group. A classic load balancer has the protocol in the listener.
    """
    if isinstance(front, (Redirect, FixedResponse)):
        return None
    if isinstance(front, int):
        return Need(front, Protocol.TCP if kind is Kind.NETWORK else Protocol.HTTP)
    if isinstance(front, Tcp):
        return Need(front.port, Protocol.TCP)
    if isinstance(front, Udp):
        return Need(front.port, Protocol.TCP_UDP if front.tcp else Protocol.UDP)
    return Need(front.port, Protocol(front.protocol))


def spoken(front: Front, kind: Kind) -> Protocol:
    """What clients speak with it, in the words of v2: of a classic load balancer too."""
    if isinstance(front, Https):
        return Protocol.HTTPS
    if isinstance(front, Tls):
        return Protocol.TLS
    need = need_of(front, kind)
    return Protocol.HTTP if need is None else need.protocol


def listener_options(front: Front, *, kind: Kind, target_group: HasArn | str | None) -> ListenerOptions:
    """The arguments of `Listener.create` that make this front.

    Args:
        front: The front.
        kind: The kind of its load balancer: application or network.
        target_group: The target group that has what `need_of` says; None where that is None.
    """
    options = ListenerOptions(protocol=spoken(front, kind))
    if isinstance(front, (Redirect, FixedResponse)):
        options["to"] = front
    elif target_group is not None:
        options["target_group"] = target_group
    if isinstance(front, (Https, Tls)):
        options["certificate"] = front.certificate
        options["certificates"] = front.certificates
        options["policy"] = front.policy
    if isinstance(front, Tls):
        options["alpn"] = front.alpn
    return options


def classic_entry(front: Front, *, port: int, cloud: Cloud) -> Answer:
    """The entry of Listeners in CreateLoadBalancer and CreateLoadBalancerListeners of a classic load balancer.

    A certificate that is named by a domain is looked up. The TLS policy is set afterwards: `classic_policy`.
    """
    need = need_of(front, Kind.CLASSIC)
    if need is None:  # `checked_fronts` has refused it
        raise InvalidRequest(f"listener {port}: a classic load balancer forwards, and nothing else")
    entry: Answer = {
        "Protocol": _classic(spoken(front, Kind.CLASSIC)),
        "LoadBalancerPort": port,
        "InstanceProtocol": _classic(need.protocol),
        "InstancePort": need.port,
    }
    if isinstance(front, (Https, Tls)):
        entry["SSLCertificateId"] = certificate_arn(front.certificate, cloud)
        if front.certificates:
            raise InvalidRequest(
                f"listener {port}: a classic load balancer has one certificate a port",
                hint="leave certificates= out, or kind='application', which chooses by host name",
            )
    return entry


def classic_policy(front: Front) -> str | None:
    """The predefined TLS policy that a listener of a classic load balancer shall have; None for one without TLS."""
    return (front.policy or RECOMMENDED_CLASSIC_POLICY) if isinstance(front, (Https, Tls)) else None


def _classic(protocol: Protocol) -> str:
    return _CLASSIC_PROTOCOLS.get(str(protocol), str(protocol))
