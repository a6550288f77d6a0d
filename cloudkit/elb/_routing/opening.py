"""The parameters of CreateListener and ModifyListener."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import one_of
from cloudkit.elb._certificates.finding import certificate_arn
from cloudkit.elb._certificates.naming import checked_certificate
from cloudkit.elb._routing.policies import RECOMMENDED_POLICY, checked_policy
from cloudkit.elb.action import FixedResponse, Forward, Redirect, To, action_to
from cloudkit.elb.front import Alpn, Cert, checked_alpn
from cloudkit.elb.protocol import Protocol
from cloudkit.elb.target import arn_of
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, HasArn

_WEB_PROTOCOLS = ("HTTP", "HTTPS")
_NETWORK_PROTOCOLS = ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC")
PROTOCOLS = (*_WEB_PROTOCOLS, *_NETWORK_PROTOCOLS)
_NETWORK = ":loadbalancer/net/"
_SECURE = ("HTTPS", "TLS")


def client_certificates_of(row: Mapping[str, Any]) -> str | None:
    """What becomes of the certificates of clients, as a row says."""
    store = row.get("TrustStoreArn")
    return str(store or row.get("Mode"))


def _mutual(clients: str) -> Answer:
    if clients.startswith("arn:"):
        return {"Mode": "verify", "TrustStoreArn": clients}
    return {"Mode": one_of("client_certificates", clients, ("off", "passthrough"))}


def spoken_on(balancer: str, protocol: Protocol | str | None, *, secure: bool) -> str:
    """What clients speak: as it is given, or as the kind and a certificate say."""
    network = _NETWORK in balancer
    if protocol is not None:
        # moto has ARNs of application load balancers for all kinds: of what is in them, AWS is the judge.
        return one_of("protocol", str(protocol), _NETWORK_PROTOCOLS if network else PROTOCOLS)
    return ("TLS" if secure else "TCP") if network else ("HTTPS" if secure else "HTTP")


def wanted_action(target_group: HasArn | str | None, to: To | None) -> Forward | Redirect | FixedResponse:
    """What becomes of requests, said by either of two names."""
    if target_group is not None and to is not None:
        raise InvalidRequest("target_group= and to= both say what becomes of requests: give one of them")
    given = to if to is not None else target_group
    if given is None:
        raise InvalidRequest("a listener without a target", hint="target_group=, or to=Redirect(https=443)")
    return action_to(given)


def check_tls(
    protocol: str,
    has_certificate: bool,
    *,
    policy: str | None,
    alpn: Alpn | str | None,
    clients: HasArn | str | None,
) -> None:
    """Refuse what does not go together with the protocol."""
    secure = protocol in _SECURE
    if secure and not has_certificate:
        raise InvalidRequest(
            f"protocol={protocol!r} needs a certificate",
            hint="certificate=ServerCertificate('name'), an ARN, or the domain name of one in ACM",
        )
    given = {
        "certificate": has_certificate or None,
        "policy": policy,
        "alpn": alpn,
        "client_certificates": clients,
    }
    wrong = [name for name, value in given.items() if value is not None]
    if not secure and wrong:
        raise InvalidRequest(
            f"{', '.join(wrong)}: {protocol} is not encrypted",
            hint="protocol='HTTPS', or 'TLS' of a network one",
        )
    if alpn is not None and protocol != "TLS":
        raise InvalidRequest(
            "alpn is for TLS of a network load balancer: an application one always offers HTTP/2 with HTTPS"
        )
    if clients is not None and protocol != "HTTPS":
        raise InvalidRequest("client_certificates is for HTTPS of an application load balancer")


def default_policy(protocol: str, aws: Mapping[str, Any] | None) -> str | None:
    """The TLS policy where none is given."""
    return RECOMMENDED_POLICY if protocol in _SECURE and "SslPolicy" not in (aws or {}) else None


def tls_params(
    cloud: Cloud,
    *,
    certificate: Cert | None,
    policy: str | None,
    alpn: Alpn | str | None,
    clients: HasArn | str | None,
) -> Answer:
    """The parameters about encryption; a certificate named by its domain is looked up."""
    found = None if certificate is None else certificate_arn(checked_certificate(certificate), cloud)
    return {
        "SslPolicy": None if policy is None else checked_policy(policy),
        "AlpnPolicy": None if alpn is None else [str(checked_alpn(alpn))],
        "MutualAuthentication": None if clients is None else _mutual(arn_of(clients)),
        "Certificates": None if found is None else [{"CertificateArn": found}],
    }
