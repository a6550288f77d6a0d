from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from cloudkit import Cloud, InvalidRequest
from cloudkit.elb import FixedResponse, Front, Https, Kind, Protocol, Redirect, Tcp, Tls, Udp
from cloudkit.elb._routing.fronts import (
    checked_fronts,
    classic_entry,
    classic_policy,
    listener_options,
    need_of,
)
from tests.elb.answers import GROUP_ARN

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
NOWHERE = Cloud(region="us-east-1", endpoint_url="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("kind", "front", "protocol", "behind"),
    [
        (Kind.APPLICATION, 8080, "HTTP", "HTTP"),
        (Kind.NETWORK, 8080, "TCP", "TCP"),
        (Kind.CLASSIC, 8080, "HTTP", "HTTP"),
        (Kind.APPLICATION, Https(8080, CERTIFICATE), "HTTPS", "HTTP"),
        (Kind.APPLICATION, Https(8443, CERTIFICATE, protocol="HTTPS"), "HTTPS", "HTTPS"),
        (Kind.NETWORK, Tls(8883, CERTIFICATE), "TLS", "TCP"),
        (Kind.NETWORK, Tls(8883, CERTIFICATE, protocol="TLS"), "TLS", "TLS"),
        (Kind.NETWORK, Tcp(22), "TCP", "TCP"),
        (Kind.NETWORK, Udp(53), "UDP", "UDP"),
        (Kind.NETWORK, Udp(53, tcp=True), "TCP_UDP", "TCP_UDP"),
        (Kind.APPLICATION, Redirect(https=443), "HTTP", None),
        (Kind.APPLICATION, FixedResponse(404), "HTTP", None),
    ],
)
def test_what_a_front_needs(kind: Kind, front: Front, protocol: str, behind: str | None) -> None:
    assert checked_fronts({80: front}, kind) == {80: front}
    need = need_of(front, kind)
    assert (None if need is None else need.protocol) == behind
    options = listener_options(front, kind=kind, target_group=None if need is None else GROUP_ARN)
    assert options.get("protocol") == protocol
    assert ("to" in options) is (need is None)
    assert ("target_group" in options) is (need is not None)
    assert ("certificate" in options) is isinstance(front, (Https, Tls))


@pytest.mark.parametrize(
    ("kind", "front", "hint"),
    [
        (Kind.NETWORK, Https(1, CERTIFICATE), "Tls"),
        (Kind.APPLICATION, Tls(1, CERTIFICATE), "Https"),
        (Kind.APPLICATION, Tcp(1), "kind='network'"),
        (Kind.APPLICATION, Udp(1), "kind='network'"),
        (Kind.CLASSIC, Udp(1), "kind='network'"),
        (Kind.NETWORK, Redirect(https=443), "kind='application'"),
        (Kind.CLASSIC, FixedResponse(404), "kind='application'"),
        (Kind.GATEWAY, 80, "application and network and classic"),
    ],
)
def test_what_a_kind_has_not(kind: Kind, front: Front, hint: str) -> None:
    with pytest.raises(InvalidRequest, match=f"of kind {kind}") as caught:
        checked_fronts({443: front}, kind)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: checked_fronts({0: 80}, Kind.APPLICATION), "listener 0"),
        (lambda: checked_fronts({80: 0}, Kind.APPLICATION), "target port of listener 80"),
        (
            lambda: checked_fronts({80: cast("int", "8080")}, Kind.APPLICATION),
            "nothing that a port can serve",
        ),
        (lambda: Https(0, CERTIFICATE), "target port"),
        (lambda: Https(80, "certificate"), "no certificate"),
        (lambda: Https(80, "arn:aws:s3:::bucket"), "no certificate"),
        (lambda: Https(80, cast("str", 5)), "no certificate"),
        (lambda: Https(80, CERTIFICATE, "TLS1.3"), "ELBSecurityPolicy-"),
        (lambda: Https(80, CERTIFICATE, protocol="TCP"), "HTTPS"),
        (lambda: Https(80, CERTIFICATE, certificates="a.example.com"), "list"),
        (lambda: Tls(80, CERTIFICATE, alpn="h2"), "HTTP2Preferred"),
        (lambda: Tls(80, CERTIFICATE, protocol="HTTP"), "TCP"),
    ],
)
def test_what_aws_would_refuse_is_refused(make: Callable[[], object], match: str) -> None:
    with pytest.raises(InvalidRequest, match=match):
        make()


def test_entries_of_classic_listeners() -> None:
    assert classic_entry(8080, port=80, cloud=NOWHERE) == {
        "Protocol": "HTTP",
        "LoadBalancerPort": 80,
        "InstanceProtocol": "HTTP",
        "InstancePort": 8080,
    }
    entry = classic_entry(Tls(8883, CERTIFICATE, protocol="TLS"), port=8883, cloud=NOWHERE)
    assert (entry["Protocol"], entry["InstanceProtocol"]) == ("SSL", "SSL")
    assert entry["SSLCertificateId"] == CERTIFICATE
    assert classic_policy(8080) is None
    assert classic_policy(Https(1, CERTIFICATE)) == "ELBSecurityPolicy-TLS-1-2-2017-01"
    assert classic_policy(Https(1, CERTIFICATE, "ELBSecurityPolicy-2016-08")) == "ELBSecurityPolicy-2016-08"
    with pytest.raises(InvalidRequest, match="one certificate a port"):
        classic_entry(Https(1, CERTIFICATE, certificates=[CERTIFICATE]), port=1, cloud=NOWHERE)
    with pytest.raises(InvalidRequest, match="forwards, and nothing else"):
        classic_entry(Redirect(https=443), port=1, cloud=NOWHERE)


def test_all_of_a_tls_front_gets_to_the_listener() -> None:
    front = Tls(1, CERTIFICATE, "ELBSecurityPolicy-2016-08", certificates=[CERTIFICATE], alpn="HTTP2Only")
    options = listener_options(front, kind=Kind.NETWORK, target_group=GROUP_ARN)
    assert options == {
        "protocol": Protocol.TLS,
        "target_group": GROUP_ARN,
        "certificate": CERTIFICATE,
        "certificates": (CERTIFICATE,),
        "policy": "ELBSecurityPolicy-2016-08",
        "alpn": "HTTP2Only",
    }
