from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from cloudkit import Cloud, InvalidRequest
from cloudkit.elb import (
    ClientRouting,
    DesyncMitigation,
    ForwardedFor,
    Kind,
    LoadBalancerChanges,
    LoadBalancerSettings,
)
from cloudkit.elb._settings.changing import Changes
from cloudkit.elb._settings.table import SETTINGS, Setting, text_of

BY_NAME = {each.name: each for each in SETTINGS}
ALL = (Kind.APPLICATION, Kind.NETWORK, Kind.GATEWAY, Kind.CLASSIC)
PLACING = {"subnets", "security_groups", "ip_address_type"}
LOGS = {"access_logs", "connection_logs", "health_check_logs"}
VALUES: Mapping[str, Any] = {
    **{each.name: True for each in SETTINGS},
    "idle_timeout": 30,
    "client_keep_alive": 60,
    "desync_mitigation": "strictest",
    "forwarded_for": "remove",
    "client_routing": "availability_zone_affinity",
    "secondary_addresses": 3,
    "drain_delay": 20,
}


def test_each_can_be_changed_and_read() -> None:
    assert set(LoadBalancerChanges.__annotations__) == BY_NAME.keys() | PLACING
    assert {each.name for each in attrs.fields(LoadBalancerSettings)} == BY_NAME.keys() | LOGS | {"kind"}


def test_aws_documents_each_key() -> None:
    client: Any = Cloud(region="us-east-1").client("elbv2")
    shape = client.meta.service_model.shape_for("LoadBalancerAttribute")
    told = shape.members["Key"].documentation
    assert all(each.key in told for each in SETTINGS)
    assert len({each.key for each in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: each.name)
def test_a_kind_has_it_or_says_who_has(setting: Setting, kind: Kind) -> None:
    value = VALUES[setting.name]
    if kind in setting.kinds:
        assert setting.value(value, kind) == value
        return
    with pytest.raises(InvalidRequest, match=f"{kind} load balancers have no {setting.name}") as refused:
        setting.value(value, kind)
    assert refused.value.hint
    assert all(str(each) in refused.value.message for each in setting.kinds)


def test_what_to_do_instead() -> None:
    with pytest.raises(InvalidRequest) as refused:
        BY_NAME["idle_timeout"].value(30, Kind.NETWORK)
    assert "tcp.idle_timeout.seconds" in str(refused.value.hint)
    with pytest.raises(InvalidRequest) as refused:
        BY_NAME["cross_zone"].value(False, Kind.APPLICATION)
    assert "always on" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("idle_timeout", 1, 4000),
        ("client_keep_alive", 60, 604_800),
        ("drain_delay", 0, 3600),
        ("secondary_addresses", 0, 7),
    ],
)
def test_bounds(name: str, low: int, high: int) -> None:
    setting = BY_NAME[name]
    kind = setting.kinds[0]
    assert [setting.value(each, kind) for each in (low, high)] == [low, high]
    for wrong in (low - 1, high + 1):
        with pytest.raises(InvalidRequest, match=f"{low} to {high}"):
            setting.value(wrong, kind)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("http2", "off"),
        ("http2", 1),
        ("deletion_protection", "no"),
        ("desync_mitigation", "lax"),
        ("forwarded_for", "add"),
        ("client_routing", "own"),
        ("secondary_addresses", True),
        ("secondary_addresses", 1.5),
    ],
)
def test_what_is_no_value(name: str, wrong: Any) -> None:
    setting = BY_NAME[name]
    with pytest.raises(InvalidRequest, match=name):
        setting.value(wrong, setting.kinds[0])


def test_what_no_kind_has() -> None:
    with pytest.raises(TypeError, match="no colour"):
        Changes.checked({"colour": "red"}, Kind.APPLICATION)  # type: ignore[typeddict-unknown-key]


def test_none_changes_nothing() -> None:
    assert Changes.checked({"http2": None, "subnets": None}, Kind.NETWORK) == Changes({}, {})


@given(st.sampled_from(SETTINGS), st.data())
def test_what_is_written_is_read(setting: Setting, data: st.DataObject) -> None:
    example = VALUES[setting.name]
    values: Mapping[type[Any], st.SearchStrategy[object]] = {
        bool: st.booleans(),
        int: st.integers(0, 604_800),
        str: st.sampled_from([*DesyncMitigation.known(), *ForwardedFor.known(), *ClientRouting.known()]),
    }
    value = data.draw(values[type(example)])
    assert setting.read(text_of(value)) == value
