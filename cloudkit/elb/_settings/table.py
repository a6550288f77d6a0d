"""The settings of load balancers: which kinds have each, what it may be, and what elbv2 calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from cloudkit._core.params import as_bool, one_of, whole_seconds, within
from cloudkit.elb._limits import (
    DEFAULT_CLIENT_KEEP_ALIVE_SECONDS,
    DEFAULT_IDLE_SECONDS,
    MAX_CLASSIC_DRAIN_SECONDS,
    MAX_CLIENT_KEEP_ALIVE_SECONDS,
    MAX_IDLE_SECONDS,
    MAX_SECONDARY_ADDRESSES,
    MIN_CLIENT_KEEP_ALIVE_SECONDS,
    MIN_IDLE_SECONDS,
)
from cloudkit.elb.kinds import Kind
from cloudkit.elb.settings import ClientRouting, DesyncMitigation, ForwardedFor
from cloudkit.errors import InvalidRequest
from cloudkit.types import OpenEnum

_APPLICATION, _NETWORK, _GATEWAY, _CLASSIC = Kind.APPLICATION, Kind.NETWORK, Kind.GATEWAY, Kind.CLASSIC
_LISTENERS_HAVE_ONE = (
    "its TCP listeners have one each: cloud.call('elbv2', 'modify_listener_attributes', ListenerArn=listener.arn,"
    " Attributes=[{'Key': 'tcp.idle_timeout.seconds', 'Value': '350'}])"
)
_GROUPS_HAVE_ONE = "its target groups have one each"


@frozen
class Setting:
    """One setting.

    Attributes:
        name: What it is called here.
        kinds: The kinds that have it.
        checked: The value, from what a caller gave; raises `InvalidRequest` if AWS would refuse it.
        read: The value, from AWS's text.
        key: What elbv2 calls it; empty for what classic ones alone have.
        default: AWS's default, for answers that leave out what was never set. None if it is not the same for all.
        elsewhere: What to do instead, by kinds that have it not.
    """

    name: str
    kinds: Sequence[Kind]
    checked: Callable[[str, Any], Any]
    read: Callable[[str], Any]
    key: str = ""
    default: Any = None
    elsewhere: Mapping[Kind, str] = field(factory=dict[Kind, str])

    def value(self, given: object, kind: Kind) -> Any:
        """What a caller gave, if that kind has the setting and AWS takes the value."""
        if kind not in self.kinds:
            had = " and ".join(str(each) for each in self.kinds)
            raise InvalidRequest(
                f"{self.name}={given!r}: {kind} load balancers have no {self.name}; {had} ones have",
                hint=self.elsewhere.get(kind, f"leave {self.name}= out"),
            )
        return self.checked(self.name, given)


def text_of(value: object) -> str:
    """A value as elbv2 spells it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _switch(name: str, given: object) -> bool:
    if not isinstance(given, bool):
        raise InvalidRequest(f"{name}={given!r}: it is True or False")
    return given


def _spanning(low: int, high: int) -> Callable[[str, Any], int | None]:
    return lambda name, given: whole_seconds(name, given, low, high)


def _word(of: type[OpenEnum]) -> Callable[[str, Any], OpenEnum]:
    return lambda name, given: of(one_of(name, str(given), [str(each) for each in of.known()]))


def _addresses(name: str, given: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(f"{name}={given!r}: it is a whole number")
    return within(name, given, 0, MAX_SECONDARY_ADDRESSES, "addresses")


def _on_or_off(
    name: str,
    kinds: Sequence[Kind],
    key: str,
    *,
    default: bool | None = False,
    elsewhere: Mapping[Kind, str] | None = None,
) -> Setting:
    return Setting(name, kinds, _switch, as_bool, key, default, elsewhere or {})


SETTINGS: Sequence[Setting] = (
    _on_or_off(
        "deletion_protection",
        (_APPLICATION, _NETWORK, _GATEWAY),
        "deletion_protection.enabled",
        elsewhere={
            _CLASSIC: "an IAM policy that denies elasticloadbalancing:DeleteLoadBalancer keeps it from being deleted"
        },
    ),
    _on_or_off(
        "cross_zone",
        (_NETWORK, _GATEWAY, _CLASSIC),
        "load_balancing.cross_zone.enabled",
        elsewhere={_APPLICATION: "it is always on there; a target group may switch it off for itself"},
    ),
    Setting(
        "idle_timeout",
        (_APPLICATION, _CLASSIC),
        _spanning(MIN_IDLE_SECONDS, MAX_IDLE_SECONDS),
        int,
        "idle_timeout.timeout_seconds",
        DEFAULT_IDLE_SECONDS,
        {_NETWORK: _LISTENERS_HAVE_ONE, _GATEWAY: _LISTENERS_HAVE_ONE},
    ),
    Setting(
        "client_keep_alive",
        (_APPLICATION,),
        _spanning(MIN_CLIENT_KEEP_ALIVE_SECONDS, MAX_CLIENT_KEEP_ALIVE_SECONDS),
        int,
        "client_keep_alive.seconds",
        DEFAULT_CLIENT_KEEP_ALIVE_SECONDS,
    ),
    _on_or_off("http2", (_APPLICATION,), "routing.http2.enabled", default=True),
    Setting(
        "desync_mitigation",
        (_APPLICATION, _CLASSIC),
        _word(DesyncMitigation),
        DesyncMitigation,
        "routing.http.desync_mitigation_mode",
        DesyncMitigation.DEFENSIVE,
    ),
    _on_or_off("drop_invalid_headers", (_APPLICATION,), "routing.http.drop_invalid_header_fields.enabled"),
    _on_or_off("preserve_host", (_APPLICATION,), "routing.http.preserve_host_header.enabled"),
    Setting(
        "forwarded_for",
        (_APPLICATION,),
        _word(ForwardedFor),
        ForwardedFor,
        "routing.http.xff_header_processing.mode",
        ForwardedFor.APPEND,
    ),
    _on_or_off("forward_client_port", (_APPLICATION,), "routing.http.xff_client_port.enabled"),
    _on_or_off("tls_headers", (_APPLICATION,), "routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
    _on_or_off("waf_fail_open", (_APPLICATION,), "waf.fail_open.enabled"),
    # By default on for internal ones, and off for others.
    _on_or_off("deny_internet_gateway", (_APPLICATION, _NETWORK), "ipv6.deny_all_igw_traffic", default=None),
    _on_or_off("zonal_shift", (_APPLICATION, _NETWORK), "zonal_shift.config.enabled"),
    Setting(
        "client_routing",
        (_NETWORK,),
        _word(ClientRouting),
        ClientRouting,
        "dns_record.client_routing_policy",
        ClientRouting.ANY_ZONE,
    ),
    Setting(
        "secondary_addresses",
        (_NETWORK,),
        _addresses,
        int,
        "secondary_ips.auto_assigned.per_subnet",
        0,
    ),
    Setting(
        "drain_delay",
        (_CLASSIC,),
        _spanning(0, MAX_CLASSIC_DRAIN_SECONDS),
        int,
        elsewhere=dict.fromkeys((_APPLICATION, _NETWORK, _GATEWAY), _GROUPS_HAVE_ONE),
    ),
)
"""All of them, in the order in which they are told of."""
