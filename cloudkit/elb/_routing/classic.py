"""Listeners of classic load balancers: a port of the load balancer and one of its instances, without an ARN."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import one_of
from cloudkit.elb._certificates.finding import certificate_arn
from cloudkit.elb._certificates.naming import checked_certificate
from cloudkit.elb._naming import classic_listener, classic_name
from cloudkit.elb._routing.policies import RECOMMENDED_CLASSIC_POLICY, checked_policy
from cloudkit.elb._service import ELB
from cloudkit.elb._undo import undoing
from cloudkit.elb.errors import ListenerNotFound, LoadBalancerNotFound
from cloudkit.elb.front import Cert
from cloudkit.elb.protocol import Protocol
from cloudkit.elb.target import checked_port
from cloudkit.errors import AlreadyExists, InvalidRequest
from cloudkit.types import Answer

_TO_CLASSIC = {Protocol.TLS: "SSL"}
_FROM_CLASSIC = {"SSL": Protocol.TLS}
_PROTOCOLS = ("HTTP", "HTTPS", "TCP", "TLS")
_SECURE = (Protocol.HTTPS, Protocol.TLS)
_PLAIN = {Protocol.HTTPS: Protocol.HTTP, Protocol.TLS: Protocol.TCP}
_OF_WEB = (Protocol.HTTP, Protocol.HTTPS)
_POLICY_TYPE = "SSLNegotiationPolicyType"
_REFERENCE = "Reference-Security-Policy"
_INSTEAD: Mapping[str, str] = {
    "target_group": "target_port=: a classic load balancer hands requests to its own instances",
    "to": "target_port=: a classic load balancer forwards, and nothing else",
    "port": "delete the listener, and make one of the other port",
    "protocol": "delete the listener, and make one of the other protocol",
}


@frozen
class Place:
    """The classic load balancer and the port that a listener is of."""

    arn: str
    name: str
    port: int

    def __str__(self) -> str:
        return f"port {self.port} of {self.name}"


def place_in(address: str) -> Place | None:
    """The place that an address tells of; None for an ARN of v2."""
    found = classic_listener(address)
    return None if found is None else Place(*found)


def address(arn: str, row: Mapping[str, Any]) -> str:
    """What a listener goes by, of which a row of ListenerDescriptions tells."""
    return f"{arn}:{row['Listener']['LoadBalancerPort']}"


def protocol_of(text: object) -> Protocol:
    """A protocol in the words of v2."""
    return _FROM_CLASSIC.get(str(text).upper(), Protocol(str(text).upper()))


def as_v2(row: Mapping[str, Any], arn: str) -> Answer:
    """A row of ListenerDescriptions, with what rows of v2 have besides."""
    told = row["Listener"]
    certificate = told.get("SSLCertificateId")
    # Predefined policies begin so; a policy of the caller's own has a name of his own.
    policy = next((name for name in row.get("PolicyNames") or () if name.startswith("ELBS")), None)
    return {
        **row,
        "Port": told["LoadBalancerPort"],
        "Protocol": protocol_of(told["Protocol"]),
        "LoadBalancerArn": arn,
        "DefaultActions": [],
        "Certificates": [{"CertificateArn": certificate}] if certificate else [],
        "SslPolicy": policy,
    }


def refuse(**given: object) -> None:
    """Refuse settings that a classic load balancer's listener has not."""
    for name, value in given.items():
        if value is not None:
            raise InvalidRequest(
                f"{name}= is not for a classic load balancer",
                hint=_INSTEAD.get(name, "kind='application' has it"),
            )


def create(
    cloud: Cloud,
    arn: str,
    port: int,
    *,
    target_port: int | None,
    protocol: Protocol | str | None,
    target_protocol: Protocol | str | None,
    certificate: Cert | None,
    policy: str | None,
) -> Answer:
    """Listen on a port. One request; up to four more with a certificate."""
    if target_port is None:
        raise InvalidRequest(
            "a listener of a classic load balancer needs the port of its instances", hint="target_port=8080"
        )
    default = Protocol.HTTP if certificate is None else Protocol.HTTPS
    spoken = Protocol(one_of("protocol", str(protocol or default), _PROTOCOLS))
    behind = Protocol(
        one_of("target_protocol", str(target_protocol or _PLAIN.get(spoken, spoken)), _PROTOCOLS)
    )
    if (spoken in _OF_WEB) != (behind in _OF_WEB):
        raise InvalidRequest(f"{spoken} for clients and {behind} for instances do not go together")
    if (spoken in _SECURE) != (certificate is not None):
        raise InvalidRequest(
            f"protocol={str(spoken)!r} {'needs a' if spoken in _SECURE else 'has no'} certificate",
            hint="protocol='HTTPS' and certificate= go together",
        )
    chosen = None if certificate is None else checked_policy(policy or RECOMMENDED_CLASSIC_POLICY)
    entry = {
        "Protocol": _TO_CLASSIC.get(spoken, str(spoken)),
        "LoadBalancerPort": checked_port("port", port),
        "InstanceProtocol": _TO_CLASSIC.get(behind, str(behind)),
        "InstancePort": checked_port("target_port", target_port),
    }
    if certificate is not None:
        entry["SSLCertificateId"] = certificate_arn(checked_certificate(certificate), cloud)
    place = Place(arn, str(classic_name(arn)), port)
    _call(cloud, place, "create_load_balancer_listeners", Listeners=[entry])
    if chosen is not None:
        with undoing("balancer.listeners() shows what is there") as undo:
            undo.add(f"listener {port}", lambda: delete(cloud, place))
            set_policy(cloud, place, chosen)
    return as_v2({"Listener": entry, "PolicyNames": [chosen] if chosen else []}, arn)


def load(cloud: Cloud, place: Place) -> Answer:
    """The row of a listener. One request."""
    try:
        found = cloud.invoke(
            ELB, "describe_load_balancers", {"LoadBalancerNames": [place.name]}, about=place.name
        )
    except LoadBalancerNotFound as error:
        raise ListenerNotFound(error.message, service=ELB.name, resource=str(place)) from error
    for balancer in found["LoadBalancerDescriptions"]:
        for row in balancer.get("ListenerDescriptions", []):
            if row["Listener"]["LoadBalancerPort"] == place.port:
                return as_v2(row, place.arn)
    raise ListenerNotFound("nothing listens there", service=ELB.name, resource=str(place))


def update(cloud: Cloud, place: Place, *, certificate: Cert | None, policy: str | None) -> None:
    """Take another certificate, or another TLS policy."""
    if certificate is None and policy is None:
        raise InvalidRequest("update() without anything to change", hint="certificate=, policy=")
    chosen = None if policy is None else checked_policy(policy)
    if certificate is not None:
        arn = certificate_arn(checked_certificate(certificate), cloud)
        _call(
            cloud,
            place,
            "set_load_balancer_listener_ssl_certificate",
            LoadBalancerPort=place.port,
            SSLCertificateId=arn,
        )
    if chosen is not None:
        set_policy(cloud, place, chosen)


def set_policy(cloud: Cloud, place: Place, policy: str) -> None:
    """Use a predefined TLS policy, and keep the other policies of the port, such as stickiness. Four requests.

    A classic load balancer has copies of the predefined ones; as the console does, the copy has the same name.
    """
    names = set(load(cloud, place).get("PolicyNames") or ())
    told = _call(cloud, place, "describe_load_balancer_policies").get("PolicyDescriptions", [])
    kept = [
        row["PolicyName"]
        for row in told
        if row["PolicyName"] in names and row.get("PolicyTypeName") != _POLICY_TYPE
    ]
    if policy not in {row["PolicyName"] for row in told}:
        with suppress(AlreadyExists):
            _call(
                cloud,
                place,
                "create_load_balancer_policy",
                PolicyName=policy,
                PolicyTypeName=_POLICY_TYPE,
                PolicyAttributes=[{"AttributeName": _REFERENCE, "AttributeValue": policy}],
            )
    _call(
        cloud,
        place,
        "set_load_balancer_policies_of_listener",
        LoadBalancerPort=place.port,
        PolicyNames=[*kept, policy],
    )


def delete(cloud: Cloud, place: Place) -> None:
    """Stop listening; fine if nothing does. One request."""
    with suppress(LoadBalancerNotFound):
        _call(cloud, place, "delete_load_balancer_listeners", LoadBalancerPorts=[place.port])


def _call(cloud: Cloud, place: Place, operation: str, /, **params: Any) -> Answer:
    return cloud.invoke(ELB, operation, {"LoadBalancerName": place.name, **params}, about=place)
