from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cloudkit import InvalidRequest
from cloudkit.elb import (
    AddressType,
    ClientRouting,
    DesyncMitigation,
    ForwardedFor,
    Kind,
    LoadBalancer,
    LoadBalancerNotFound,
)
from cloudkit.elb._settings.changing import Changes
from cloudkit.elb._settings.seat import Seat
from tests.conftest import Rig
from tests.elb import answers
from tests.elb.answers import ACCOUNT, BALANCER_ARN, answer, counted, world
from tests.elb.kinds import balancer_of
from tests.faults import FaultServer, Reply

ALL = (Kind.APPLICATION, Kind.NETWORK, Kind.GATEWAY, Kind.CLASSIC)
NETWORK_ARN = f"{ACCOUNT}:loadbalancer/net/web/50dc6c495c0c9188"
CLASSIC_ARN = f"{ACCOUNT}:loadbalancer/web"
MODIFIED = answer("ModifyLoadBalancerAttributes")


def told(**attributes: str) -> Reply:
    rows = "".join(
        f"<member><Key>{key.replace('__', '.')}</Key><Value>{value}</Value></member>"
        for key, value in attributes.items()
    )
    return answer("DescribeLoadBalancerAttributes", f"<Attributes>{rows}</Attributes>")


@pytest.mark.parametrize("kind", ALL)
def test_what_a_kind_has_is_told(rig: Rig, kind: Kind) -> None:
    settings = balancer_of(rig, kind).settings
    assert settings.kind == kind
    assert (settings.idle_timeout is not None) == (kind in (Kind.APPLICATION, Kind.CLASSIC))
    assert (settings.drain_delay is not None) == (kind == Kind.CLASSIC)
    assert (settings.deletion_protection is not None) == (kind != Kind.CLASSIC)
    assert settings.cross_zone is (kind == Kind.APPLICATION)
    assert (settings.client_routing is not None) == (kind == Kind.NETWORK)
    assert "None" not in repr(settings)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (
            Kind.APPLICATION,
            {
                "deletion_protection": True,
                "idle_timeout": timedelta(minutes=2),
                "client_keep_alive": 120,
                "http2": False,
                "desync_mitigation": DesyncMitigation.STRICTEST,
                "drop_invalid_headers": True,
                "preserve_host": True,
                "forwarded_for": ForwardedFor.PRESERVE,
                "forward_client_port": True,
                "tls_headers": True,
                "waf_fail_open": True,
                "deny_internet_gateway": True,
                "zonal_shift": True,
            },
        ),
        (
            Kind.NETWORK,
            {
                "deletion_protection": True,
                "cross_zone": True,
                "deny_internet_gateway": False,
                "zonal_shift": True,
                "client_routing": ClientRouting.MOSTLY_OWN_ZONE,
                "secondary_addresses": 2,
            },
        ),
        (Kind.GATEWAY, {"deletion_protection": True, "cross_zone": True}),
        (
            Kind.CLASSIC,
            {"cross_zone": True, "idle_timeout": 120, "desync_mitigation": "monitor", "drain_delay": 20},
        ),
    ],
)
def test_all_that_a_kind_has_can_be_changed(rig: Rig, kind: Kind, changes: dict[str, Any]) -> None:
    balancer = balancer_of(rig, kind)
    assert balancer.update(**changes) is balancer
    settings = balancer.settings
    for name, value in changes.items():
        wanted = value.total_seconds() if isinstance(value, timedelta) else value
        assert getattr(settings, name) == wanted
    if "deletion_protection" in changes:
        balancer.deletion_protection = False


def test_what_is_not_named_stays(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION).update(idle_timeout=30, http2=False)
    balancer.update(idle_timeout=40)
    assert (balancer.settings.idle_timeout, balancer.settings.http2) == (40, False)


def test_one_request_for_all(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION).refresh()
    with counted(rig.cloud) as called:
        balancer.update(idle_timeout=30, http2=False, preserve_host=True)
        balancer.update()
        balancer.settings  # noqa: B018
    assert called == ["ModifyLoadBalancerAttributes", "DescribeLoadBalancerAttributes"]


def test_a_classic_one_drains_or_does_not(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.CLASSIC)
    assert balancer.update(drain_delay=60).settings.drain_delay == 60
    assert balancer.update(drain_delay=0).settings.drain_delay == 0


def test_single_ones_are_assigned(rig: Rig) -> None:
    balancer = balancer_of(rig, Kind.APPLICATION)
    balancer.deletion_protection = True
    balancer.idle_timeout = 90
    assert (balancer.deletion_protection, balancer.idle_timeout) == (True, 90)
    balancer.deletion_protection = False
    assert balancer.deletion_protection is False
    for name in ("deletion_protection", "idle_timeout"):
        with pytest.raises(InvalidRequest, match="it has a value always"):
            setattr(balancer, name, None)
    assert balancer_of(rig, Kind.CLASSIC).deletion_protection is None


@pytest.mark.parametrize("kind", ALL)
def test_one_that_is_gone(rig: Rig, kind: Kind) -> None:
    balancer = balancer_of(rig, kind)
    balancer.delete()
    gone = LoadBalancer(balancer.name)
    with pytest.raises(LoadBalancerNotFound):
        gone.settings  # noqa: B018
    with pytest.raises(LoadBalancerNotFound):
        gone.update(cross_zone=True)


def test_nothing_is_asked_if_something_is_wrong(faults: FaultServer) -> None:
    cloud = world(faults, DescribeLoadBalancers=[answers.balancer()])
    wrong: list[tuple[str, dict[str, Any]]] = [
        (BALANCER_ARN, {"http2": True, "idle_timeout": 0}),
        (NETWORK_ARN, {"cross_zone": True, "idle_timeout": 30}),
        (CLASSIC_ARN, {"cross_zone": True, "deletion_protection": True}),
        (BALANCER_ARN, {"http2": True, "subnets": ["subnet-a"]}),
    ]
    for arn, changes in wrong:
        with pytest.raises(InvalidRequest):
            LoadBalancer(arn, cloud=cloud).update(**changes)
    assert set(faults.operations) == {"DescribeLoadBalancers"}


def test_what_aws_says_that_we_do_not_know(faults: FaultServer) -> None:
    cloud = world(
        faults,
        DescribeLoadBalancers=[answers.balancer()],
        DescribeLoadBalancerAttributes=[
            told(
                routing__http__desync_mitigation_mode="paranoid",
                routing__http2__enabled="",
                something__new="true",
                ipv6__deny_all_igw_traffic="true",
            )
        ],
    )
    settings = LoadBalancer(BALANCER_ARN, cloud=cloud).settings
    assert settings.desync_mitigation == "paranoid"
    assert settings.http2 is True
    assert settings.deny_internet_gateway is True


def test_aws_refuses(faults: FaultServer) -> None:
    cloud = world(
        faults,
        ModifyLoadBalancerAttributes=[
            Reply.query_error("InvalidConfigurationRequest", "The number of addresses cannot be decreased")
        ],
    )
    with pytest.raises(InvalidRequest, match="cannot be decreased"):
        LoadBalancer(NETWORK_ARN, cloud=cloud).update(secondary_addresses=1)


def test_for_one_that_is_just_made(rig: Rig) -> None:
    """What `LoadBalancer.create` does with settings: they are looked through before anything is made."""
    with pytest.raises(InvalidRequest):
        Changes.checked({"http2": True}, Kind.NETWORK)
    checked = Changes.checked({"idle_timeout": 20}, Kind.APPLICATION)
    balancer = balancer_of(rig, Kind.APPLICATION)
    seat = Seat.at(balancer.arn, balancer.cloud, lambda: Kind.APPLICATION)
    assert checked.make(seat) is checked
    assert balancer.settings.idle_timeout == 20


def test_addresses_are_an_attribute(rig: Rig) -> None:
    assert balancer_of(rig, Kind.APPLICATION).ip_address_type is AddressType.IPV4
    assert balancer_of(rig, Kind.CLASSIC).ip_address_type is None
