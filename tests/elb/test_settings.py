from __future__ import annotations

import pickle

import pytest

from cloudkit.elb import (
    AddressType,
    ClientRouting,
    DesyncMitigation,
    ForwardedFor,
    Kind,
    LoadBalancerSettings,
    LogPlace,
)


def test_it_shows_what_its_kind_has() -> None:
    settings = LoadBalancerSettings(
        kind=Kind.CLASSIC,
        cross_zone=False,
        idle_timeout=60,
        desync_mitigation=DesyncMitigation.DEFENSIVE,
        access_logs=LogPlace("acme-logs", "web", interval=300),
    )
    assert repr(settings) == (
        "LoadBalancerSettings(kind='classic', cross_zone=False, idle_timeout=60, desync_mitigation='defensive',"
        " access_logs=LogPlace(bucket='acme-logs', prefix='web', interval=300))"
    )
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert len({settings, pickle.loads(pickle.dumps(settings))}) == 1


def test_nothing_is_assigned_to_it() -> None:
    """What is assigned to a value would go nowhere: `balancer.update(...)` changes the load balancer."""
    settings = LoadBalancerSettings(kind=Kind.NETWORK)
    with pytest.raises(AttributeError):
        settings.cross_zone = True  # type: ignore[misc]


@pytest.mark.parametrize("enum", [AddressType, ClientRouting, DesyncMitigation, ForwardedFor])
def test_words_that_aws_invents_later(
    enum: type[AddressType | ClientRouting | DesyncMitigation | ForwardedFor],
) -> None:
    assert enum("new") == "new"
    assert all(enum(str(each)) is each for each in enum.known())
