"""What differs between a load balancer that is there and the one that is wanted."""

from __future__ import annotations

import pytest

from cloudkit import Conflict, SecurityGroup
from cloudkit.elb import FixedResponse, Https, LoadBalancer, Redirect, TargetGroup, Tcp, Tls, Udp
from cloudkit.elb.front import Front
from tests.conftest import Rig
from tests.elb.answers import counted


@pytest.fixture
def certificates(rig: Rig) -> tuple[str, str]:
    one, two = (
        rig.cloud.call("acm", "request_certificate", DomainName=f"{name}.example.com")["CertificateArn"]
        for name in ("one", "two")
    )
    return one, two


def differing(name: str, port: int, front: Front) -> str:
    with pytest.raises(Conflict) as caught:
        LoadBalancer.ensure(name, listeners={port: front})
    return caught.value.message


def changed(name: str, port: int, front: Front) -> None:
    """It is changed, and then it is as wanted."""
    LoadBalancer.ensure(name, listeners={port: front}, update=True)
    with counted(LoadBalancer(name).cloud) as called:
        LoadBalancer.ensure(name, listeners={port: front})
    assert all(each.startswith("Describe") for each in called)


def test_redirects_and_fixed_responses(rig: Rig) -> None:
    name = rig.name("web")
    LoadBalancer.create(name, listeners={80: Redirect(https=443), 81: 8080})
    LoadBalancer.ensure(name, listeners={80: Redirect(https=443)})
    assert "listener 80 does redirect" in differing(name, 80, Redirect(https=444))
    changed(name, 80, Redirect(https=444))
    assert "does redirect" in differing(name, 80, FixedResponse(503, "back at noon"))
    changed(name, 80, FixedResponse(503, "back at noon"))
    told = differing(name, 80, 8080)
    assert "listener 80 does fixed-response (" in told
    assert "not forward to 8080" in told
    changed(name, 80, 8080)
    assert "does forward" in differing(name, 81, Redirect(https=443))


def test_certificates_and_policies(rig: Rig, certificates: tuple[str, str]) -> None:
    name = rig.name("web")
    one, two = certificates
    newer, older = "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"
    balancer = LoadBalancer.create(name, listeners={443: Https(8080, one, newer), 80: 8080})
    LoadBalancer.ensure(name, listeners={443: Https(8080, one)})
    assert f"not {two}" in differing(name, 443, Https(8080, two))
    changed(name, 443, Https(8080, two))
    assert [each.raw["SslPolicy"] for each in balancer.listeners() if each.port == 443] == [newer]
    assert f"not {older}" in differing(name, 443, Https(8080, two, older))
    changed(name, 443, Https(8080, two, older))
    assert "speaks HTTP, not HTTPS" in differing(name, 80, Https(8080, one, older))
    changed(name, 80, Https(8080, one, older))


def test_what_targets_speak(rig: Rig, certificates: tuple[str, str]) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name, listeners={443: Https(8443, certificates[0])})
    wanted = Https(8443, certificates[0], protocol="HTTPS")
    assert "forwards to HTTP, not HTTPS" in differing(name, 443, wanted)
    changed(name, 443, wanted)
    assert TargetGroup(f"{name}-8443-https").protocol == "HTTPS"
    balancer.delete()
    assert TargetGroup.list(name=f"{name}*").to_list() == []


def test_a_network_one(rig: Rig, certificates: tuple[str, str]) -> None:
    name = rig.name("web")
    fronts: dict[int, Front] = {53: Udp(53, tcp=True), 443: Tls(8080, certificates[0]), 25: Tcp(2525)}
    balancer = LoadBalancer.create(name, kind="network", listeners=fronts)
    LoadBalancer.ensure(name, kind="network", listeners=fronts)
    assert {group.protocol for group in balancer.target_groups()} == {"TCP", "TCP_UDP"}
    assert "speaks TCP_UDP, not UDP" in differing(name, 53, Udp(53))
    assert "security_groups are" in _security_groups_differ(name)
    balancer.delete()
    assert TargetGroup.list(name=f"{name}*").to_list() == []


def _security_groups_differ(name: str) -> str:
    with pytest.raises(Conflict) as caught:
        LoadBalancer.ensure(name, security_groups=["sg-0123456789abcdef0"])
    return caught.value.message


def test_a_classic_one(rig: Rig, certificates: tuple[str, str]) -> None:
    name = rig.name("web")
    one, two = certificates
    balancer = LoadBalancer.create(name, kind="classic", listeners={443: Https(8080, one), 80: 8080})
    LoadBalancer.ensure(name, listeners={443: Https(8080, one)})
    assert f"has certificate {one}, not {two}" in differing(name, 443, Https(8080, two))
    changed(name, 443, Https(8080, two))
    assert "forwards to 8080, not 8081" in differing(name, 443, Https(8081, two))
    changed(name, 443, Https(8081, two))
    assert "speaks HTTP, not TCP" in differing(name, 80, Tcp(8080))
    changed(name, 80, Tcp(8080))
    row = next(each for each in balancer.refresh().raw["ListenerDescriptions"] if each["PolicyNames"])
    assert row["PolicyNames"] == ["ELBSecurityPolicy-TLS-1-2-2017-01"]


def test_all_that_udp_needs_is_open(rig: Rig) -> None:
    name = rig.name("web")
    balancer = LoadBalancer.create(name, kind="network", listeners={53: Udp(53, tcp=True), 54: Udp(54)})
    (guard,) = (SecurityGroup(each) for each in balancer.security_group_ids or ())
    assert sorted(str(rule) for rule in guard.rules) == [
        "tcp 53 0.0.0.0/0",
        "udp 53 0.0.0.0/0",
        "udp 54 0.0.0.0/0",
    ]
    dual = LoadBalancer.create(rig.name("web"), aws={"IpAddressType": "dualstack"})
    (guard,) = (SecurityGroup(each) for each in dual.security_group_ids or ())
    assert sorted(str(rule) for rule in guard.rules) == ["tcp 80 0.0.0.0/0", "tcp 80 ::/0"]
