from __future__ import annotations

import ipaddress
import pickle
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit.ec2 import Rule, SecurityGroup
from cloudkit.ec2.rule import rules_in
from cloudkit.errors import InvalidRequest
from tests.faults import FaultServer

OWNER = "123456789012"

ports = st.one_of(
    st.just("all"),
    st.integers(0, 65535),
    st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(lambda pair: (min(pair), max(pair))),
)
networks = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
)
peers = st.one_of(
    networks,
    st.ip_addresses(),
    st.from_regex(r"sg-[0-9a-f]{8,17}", fullmatch=True),
    st.from_regex(r"[0-9]{12}/sg-[0-9a-f]{8,17}", fullmatch=True).filter(lambda text: OWNER not in text),
    st.from_regex(r"pl-[0-9a-f]{8,17}", fullmatch=True),
)
rules = st.one_of(
    st.builds(Rule, ports, peers, protocol=st.sampled_from(["tcp", "udp", "6", "17", "TCP"])),
    st.builds(
        Rule,
        st.one_of(st.just("all"), st.integers(0, 255), st.tuples(st.integers(0, 255), st.integers(-1, 255))),
        peers,
        protocol=st.sampled_from(["icmp", "icmpv6", "1", "58"]),
    ),
    st.builds(Rule, st.just("all"), peers, protocol=st.sampled_from(["all", "-1", "47", "50"])),
)


@given(rules)
def test_a_rule_survives_the_way_to_aws_and_back(rule: Rule) -> None:
    assert list(rules_in(rule.permission(), OWNER)) == [rule]


@given(rules)
def test_equal_rules_have_equal_hashes_and_pickle(rule: Rule) -> None:
    again = pickle.loads(pickle.dumps(rule))
    assert again == rule
    assert hash(again) == hash(rule)
    assert str(again) == str(rule)


@given(networks)
def test_what_stands_behind_the_prefix_says_nothing(network: str) -> None:
    rule = Rule(443, network)
    exact = ipaddress.ip_network(rule.peer)
    assert ipaddress.ip_address(network.split("/")[0]) in exact
    assert Rule(443, rule.peer) == rule
    assert Rule(443, exact) == rule


@given(ports, networks)
def test_only_the_whole_world_is_exposed(ports: Any, network: str) -> None:
    rule = Rule(ports, network)
    first, last = rule.ports or (0, 65535)
    risky = first <= 22 <= last or first <= 3389 <= last
    assert rule.exposed == (network.endswith("/0") and risky)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Rule(22, "10.0.0.1/8"), Rule((22, 22), "10.0.0.0/8")),
        (Rule(443, "192.0.2.1"), Rule(443, ipaddress.ip_address("192.0.2.1"))),
        (Rule(443, "2001:DB8::1/32"), Rule(443, ipaddress.ip_network("2001:db8::/32"))),
        (Rule("all"), Rule((0, 65535))),
        (Rule(53, protocol="UDP"), Rule(53, protocol="17")),
        (Rule(443, description="a"), Rule(443, description="b")),
        (Rule(8, protocol="icmp"), Rule((8, -1), protocol="1")),
    ],
)
def test_ways_to_write_the_same(one: Rule, other: Rule) -> None:
    assert one == other
    assert len({one, other}) == 1


def test_different_rules() -> None:
    assert len({Rule(443), Rule(443, "::/0"), Rule(443, protocol="udp"), Rule(444), Rule((443, 444))}) == 5


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule(443), "tcp 443 0.0.0.0/0"),
        (Rule((8000, 8080), "sg-0a"), "tcp 8000-8080 sg-0a"),
        (Rule("all", "10.0.0.0/8", protocol="udp"), "udp all 10.0.0.0/8"),
        (Rule("all", "pl-0a", protocol="all"), "all pl-0a"),
        (Rule(8, protocol="icmp"), "icmp 8 0.0.0.0/0"),
        (Rule((3, 4), protocol="icmp"), "icmp 3/4 0.0.0.0/0"),
    ],
)
def test_text(rule: Rule, text: str) -> None:
    assert str(rule) == text
    assert repr(rule) == f"<Rule {text}>"


@pytest.mark.parametrize(
    "ports", [-1, 65536, (80, 79), (1, 2, 3), (1,), "80", "ALL", True, (True, 1), 1.5, None, [80, 81]]
)
def test_ports_that_are_none(ports: Any) -> None:
    with pytest.raises(InvalidRequest, match="ports="):
        Rule(ports)


@pytest.mark.parametrize("ports", [256, -1, (8, 256), (8, -2)])
def test_icmp_types_that_are_none(ports: Any) -> None:
    with pytest.raises(InvalidRequest, match="ICMP"):
        Rule(ports, protocol="icmp")


@pytest.mark.parametrize("protocol", ["tpc", "http", "", "256", "-2", "٣"])
def test_protocols_that_are_none(protocol: str) -> None:
    with pytest.raises(InvalidRequest, match="protocol="):
        Rule("all", protocol=protocol)


def test_a_protocol_without_ports() -> None:
    with pytest.raises(InvalidRequest, match="has no ports"):
        Rule(80, protocol="all")
    with pytest.raises(InvalidRequest, match="has no ports"):
        Rule(80, protocol="50")


@pytest.mark.parametrize(
    "peer", ["example.com", "10.0.0.0/33", "10.0.0", "", "sg-xyz", "web", "fe80::1%eth0", "12/sg-0a", 7, None]
)
def test_peers_that_are_none(peer: Any) -> None:
    with pytest.raises(InvalidRequest, match="is no address"):
        Rule(443, peer)


def test_a_long_description() -> None:
    with pytest.raises(InvalidRequest, match="255"):
        Rule(443, description="x" * 256)


def test_a_group_as_object(faults: FaultServer) -> None:
    assert Rule(443, SecurityGroup("sg-0a", cloud=faults.cloud())).peer == "sg-0a"


@pytest.mark.parametrize(
    ("rule", "exposed"),
    [
        (Rule(22), True),
        (Rule(3389, "::/0"), True),
        (Rule((20, 25)), True),
        (Rule("all"), True),
        (Rule("all", protocol="all"), True),
        (Rule(3389, protocol="udp"), True),
        (Rule(22, "0.0.0.0/1"), False),
        (Rule(22, "sg-0a"), False),
        (Rule(22, "123456789012/sg-0a"), False),
        (Rule(22, "pl-0a"), False),
        (Rule(443), False),
        (Rule((23, 3388)), False),
        (Rule("all", protocol="icmp"), False),
        (Rule("all", protocol="50"), False),
    ],
)
def test_exposed(rule: Rule, exposed: bool) -> None:
    assert rule.exposed is exposed


def test_a_permission_of_awss_holds_many_rules() -> None:
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}, {"CidrIp": "192.0.2.0/24"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "UserIdGroupPairs": [
            {"GroupId": "sg-0a", "UserId": OWNER},
            {"GroupId": "sg-0b", "UserId": "999999999999"},
        ],
        "PrefixListIds": [{"PrefixListId": "pl-0a"}],
    }
    found = list(rules_in(permission, OWNER))
    assert {rule.peer for rule in found} == {
        "10.0.0.0/8",
        "192.0.2.0/24",
        "::/0",
        "sg-0a",
        "999999999999/sg-0b",
        "pl-0a",
    }
    assert {rule.description for rule in found} == {"office", None}


@pytest.mark.parametrize(("first", "last"), [(0, 0), (-1, -1), (0, 65_535), (None, None)])
def test_ports_that_aws_tells_of_a_protocol_without_ports(first: int | None, last: int | None) -> None:
    permission = {
        "IpProtocol": "50",
        "FromPort": first,
        "ToPort": last,
        "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
    }
    assert list(rules_in(permission, OWNER)) == [Rule("all", "10.0.0.0/8", protocol="50")]


def test_an_empty_description_is_none_to_aws() -> None:
    assert Rule(443, description="").permission() == Rule(443).permission()
