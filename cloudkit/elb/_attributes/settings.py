"""Settings of a target group: plain values here, texts on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from cloudkit._core.params import as_bool, compact, one_of, whole_seconds, within
from cloudkit.elb._attributes.shape import Shape
from cloudkit.elb._limits import (
    DEFAULT_STICKY_SECONDS,
    MAX_DRAIN_SECONDS,
    MAX_SLOW_START_SECONDS,
    MAX_UNHEALTHY_DRAIN_SECONDS,
    MIN_SLOW_START_SECONDS,
)
from cloudkit.elb.group_settings import CrossZone, HealthyMinimum, TargetGroupChanges
from cloudkit.elb.kinds import Kind
from cloudkit.elb.protocol import Algorithm, Protocol, TargetType
from cloudkit.elb.stickiness import Stickiness, StickinessType
from cloudkit.errors import InvalidRequest

Attributes = Mapping[str, str]

_OFF = "off"
_INHERIT = "inherit"
_AS_BALANCER = "use_load_balancer_configuration"
_STICKY = "stickiness.enabled"
_STICKY_TYPE = "stickiness.type"
_LB_SECONDS = "stickiness.lb_cookie.duration_seconds"
_APP_SECONDS = "stickiness.app_cookie.duration_seconds"
_APP_COOKIE = "stickiness.app_cookie.cookie_name"
_REBALANCING = ("target_failover.on_deregistration", "target_failover.on_unhealthy")
DRAIN_DELAY = "deregistration_delay.timeout_seconds"


# -- for whom ------------------------------------------------------------------------------------------------


@frozen
class _Whom:
    """Which groups have a setting."""

    words: str
    has: Callable[[Shape], bool]


_DRAINING = _Whom("all groups but those of functions", lambda shape: shape.type is not TargetType.LAMBDA)
_WEB = _Whom(
    "groups of instances or addresses that speak HTTP or HTTPS",
    lambda shape: shape.kind is Kind.APPLICATION and shape.type is not TargetType.LAMBDA,
)
_FUNCTIONS = _Whom("groups of functions", lambda shape: shape.type is TargetType.LAMBDA)
_NETWORK = _Whom("groups of network load balancers", lambda shape: shape.kind is Kind.NETWORK)
_GATEWAY = _Whom("groups of gateway load balancers", lambda shape: shape.kind is Kind.GATEWAY)
_ZONAL = _Whom(
    "groups of application and network load balancers", lambda shape: shape.kind is not Kind.GATEWAY
)


# -- forms ---------------------------------------------------------------------------------------------------


def _flag(value: object) -> str:
    if not isinstance(value, bool):
        raise InvalidRequest(f"{value!r} is neither True nor False")
    return str(value).lower()


@frozen
class _Form:
    """A setting: whom it is for, and its attributes."""

    whom: _Whom
    to: Callable[[Any, Shape], Attributes]
    of: Callable[[Attributes], Any]


def _switch(whom: _Whom, key: str) -> _Form:
    return _Form(
        whom,
        lambda value, _shape: {key: _flag(value)},
        lambda found: as_bool(found[key]) if key in found else None,
    )


def _seconds(whom: _Whom, name: str, key: str, high: int) -> _Form:
    return _Form(
        whom,
        lambda value, _shape: {key: str(whole_seconds(name, value, 0, high))},
        lambda found: int(found.get(key) or 0),
    )


def _minimum(key: str, count_always: bool) -> _Form:
    count, percent = f"{key}.minimum_healthy_targets.count", f"{key}.minimum_healthy_targets.percentage"

    def to(value: HealthyMinimum, _shape: Shape) -> Attributes:
        if value.count is None and count_always:
            raise InvalidRequest(
                "count=None: AWS wants a number of targets here", hint="count=1 is the least"
            )
        return {count: str(value.count or _OFF), percent: str(value.percent or _OFF)}

    def of(found: Attributes) -> HealthyMinimum:
        least, share = found.get(count, "1"), found.get(percent, _OFF)
        return HealthyMinimum(
            None if least == _OFF else int(least), percent=None if share == _OFF else int(share)
        )

    return _Form(_ZONAL, to, of)


def _slow_start(value: Any, _shape: Shape) -> Attributes:
    wanted = whole_seconds("slow_start", value, 0, MAX_SLOW_START_SECONDS)
    if wanted:
        within("slow_start", wanted, MIN_SLOW_START_SECONDS, MAX_SLOW_START_SECONDS, "seconds, or 0 for off,")
    return {"slow_start.duration_seconds": str(wanted)}


def _algorithm(value: object, _shape: Shape) -> Attributes:
    known = [str(each) for each in Algorithm.known()]
    return {"load_balancing.algorithm.type": one_of("algorithm", str(value), known)}


def _cross_zone(value: object, _shape: Shape) -> Attributes:
    told = _AS_BALANCER if value == _INHERIT else _flag(value)
    return {"load_balancing.cross_zone.enabled": told}


def _crosses(found: Attributes) -> CrossZone:
    told = found.get("load_balancing.cross_zone.enabled", _AS_BALANCER)
    return "inherit" if told == _AS_BALANCER else as_bool(told)


def _preserve(value: object, shape: Shape) -> Attributes:
    if value is False and shape.protocol in (Protocol.UDP, Protocol.TCP_UDP):
        raise InvalidRequest(
            f"preserve_client_ip=False with {shape.protocol}: AWS always preserves it there",
            hint="leave preserve_client_ip= out",
        )
    return {"preserve_client_ip.enabled": _flag(value)}


def _close_unhealthy(value: object, shape: Shape) -> Attributes:
    if value is True and shape.protocol in (Protocol.UDP, Protocol.TCP_UDP):
        raise InvalidRequest(
            f"unhealthy_connection_termination=True with {shape.protocol}: it has no connections",
            hint="leave unhealthy_connection_termination= out",
        )
    return {"target_health_state.unhealthy.connection_termination.enabled": _flag(value)}


_STICKY_KINDS: Mapping[StickinessType, _Whom] = {
    StickinessType.LB_COOKIE: _WEB,
    StickinessType.APP_COOKIE: _WEB,
    StickinessType.SOURCE_IP: _NETWORK,
    StickinessType.SOURCE_IP_DEST_IP: _GATEWAY,
    StickinessType.SOURCE_IP_DEST_IP_PROTO: _GATEWAY,
}
_STICKY_WAYS: Mapping[Kind, str] = {
    Kind.APPLICATION: "Stickiness.load_balancer(), or Stickiness.app_cookie(name)",
    Kind.NETWORK: "Stickiness.source_ip()",
    Kind.GATEWAY: "Stickiness.flow()",
}


def _stick(value: object, shape: Shape) -> Attributes:
    if not isinstance(value, Stickiness):
        raise InvalidRequest(
            f"stickiness={value!r}: it is a Stickiness",
            hint=f"{_STICKY_WAYS[shape.kind]}; Stickiness.off() for none",
        )
    if not value:
        # Without a type: AWS refuses one that is not of the protocol, even if stickiness is off.
        return {_STICKY: "false"}
    whom = _STICKY_KINDS.get(value.type)
    if whom is not None and not whom.has(shape):
        raise InvalidRequest(
            f"stickiness of type {value.type} is for {whom.words}", hint=_STICKY_WAYS[shape.kind]
        )
    if shape.protocol is Protocol.TLS:
        raise InvalidRequest(
            "a group with protocol TLS has no stickiness", hint="protocol='TCP' lets targets decrypt it"
        )
    told = {_STICKY: "true", _STICKY_TYPE: str(value.type)}
    seconds = str(value.duration or DEFAULT_STICKY_SECONDS)
    if value.type == StickinessType.LB_COOKIE:
        told[_LB_SECONDS] = seconds
    if value.type == StickinessType.APP_COOKIE:
        told |= {_APP_SECONDS: seconds, _APP_COOKIE: value.cookie or ""}
    return told


def _sticks(found: Attributes) -> Stickiness:
    kind = StickinessType(found.get(_STICKY_TYPE, StickinessType.NONE))
    if not as_bool(found.get(_STICKY, False)) or kind == StickinessType.NONE:
        return Stickiness.off()
    key = {StickinessType.LB_COOKIE: _LB_SECONDS, StickinessType.APP_COOKIE: _APP_SECONDS}.get(kind)
    seconds = None if key is None else int(found.get(key, DEFAULT_STICKY_SECONDS))
    return Stickiness(kind, seconds, found.get(_APP_COOKIE) if kind == StickinessType.APP_COOKIE else None)


_FORMS: Mapping[str, _Form] = {
    "drain_delay": _seconds(_DRAINING, "drain_delay", DRAIN_DELAY, MAX_DRAIN_SECONDS),
    "stickiness": _Form(_DRAINING, _stick, _sticks),
    "slow_start": _Form(_WEB, _slow_start, lambda found: int(found.get("slow_start.duration_seconds") or 0)),
    "algorithm": _Form(
        _WEB,
        _algorithm,
        lambda found: (
            Algorithm(found["load_balancing.algorithm.type"])
            if "load_balancing.algorithm.type" in found
            else None
        ),
    ),
    "anomaly_mitigation": _Form(
        _WEB,
        lambda value, _shape: {
            "load_balancing.algorithm.anomaly_mitigation": "on" if as_bool(_flag(value)) else _OFF
        },
        lambda found: found.get("load_balancing.algorithm.anomaly_mitigation") == "on",
    ),
    "cross_zone": _Form(_ZONAL, _cross_zone, _crosses),
    "connection_termination": _switch(_NETWORK, "deregistration_delay.connection_termination.enabled"),
    "preserve_client_ip": _Form(_NETWORK, _preserve, _switch(_NETWORK, "preserve_client_ip.enabled").of),
    "proxy_protocol": _switch(_NETWORK, "proxy_protocol_v2.enabled"),
    "unhealthy_connection_termination": _Form(
        _NETWORK,
        _close_unhealthy,
        _switch(_NETWORK, "target_health_state.unhealthy.connection_termination.enabled").of,
    ),
    "unhealthy_draining": _seconds(
        _NETWORK,
        "unhealthy_draining",
        "target_health_state.unhealthy.draining_interval_seconds",
        MAX_UNHEALTHY_DRAIN_SECONDS,
    ),
    "multi_value_headers": _switch(_FUNCTIONS, "lambda.multi_value_headers.enabled"),
    "rebalance": _Form(
        _GATEWAY,
        # AWS takes them together alone.
        lambda value, _shape: dict.fromkeys(
            _REBALANCING, "rebalance" if as_bool(_flag(value)) else "no_rebalance"
        ),
        lambda found: found.get(_REBALANCING[0]) == "rebalance",
    ),
    "dns_failover": _minimum("target_group_health.dns_failover", count_always=False),
    "unhealthy_routing": _minimum("target_group_health.unhealthy_state_routing", count_always=True),
}


def read(name: str, found: Attributes) -> Any:
    """The value of a setting in the attributes of a group."""
    return _FORMS[name].of(found)


def to_attributes(changes: TargetGroupChanges, shape: Shape) -> dict[str, str]:
    """Settings as attributes, if such a group has them and AWS takes them together.

    Raises:
        InvalidRequest: It has not, or AWS does not.
        TypeError: No target group has a setting of that name.
    """
    unknown = sorted(changes.keys() - _FORMS.keys())
    if unknown:
        raise TypeError(f"a target group has no setting {', '.join(unknown)}")
    given = compact(changes)
    _check_together(given)
    made: dict[str, str] = {}
    for name, value in given.items():
        form = _FORMS[name]
        if not form.whom.has(shape):
            told = (
                f"type {shape.type}" if shape.protocol is None else f"{shape.protocol} and type {shape.type}"
            )
            raise InvalidRequest(
                f"{name} is for {form.whom.words}, and this is a group of {told}", hint=f"leave {name}= out"
            )
        try:
            made |= form.to(value, shape)
        except InvalidRequest as error:
            if not error.message.startswith(f"{name}"):
                error.message = f"{name}: {error.message}"
                error.args = (error.message,)
            raise
    return made


def _check_together(given: Mapping[str, Any]) -> None:
    algorithm = given.get("algorithm")
    if given.get("slow_start") and algorithm not in (None, Algorithm.ROUND_ROBIN):
        raise InvalidRequest(
            f"slow_start with algorithm {str(algorithm)!r}: it goes with round robin alone",
            hint="slow_start=0, or leave algorithm= out",
        )
    if given.get("anomaly_mitigation") and algorithm not in (None, Algorithm.WEIGHTED_RANDOM):
        raise InvalidRequest(
            f"anomaly_mitigation with algorithm {str(algorithm)!r}: it goes with weighted random alone",
            hint="algorithm=Algorithm.WEIGHTED_RANDOM",
        )
    if given.get("unhealthy_draining") and given.get("unhealthy_connection_termination"):
        raise InvalidRequest(
            "unhealthy_draining with unhealthy_connection_termination: closed connections finish nothing",
            hint="unhealthy_connection_termination=False",
        )


def differing(wanted: Attributes, there: Attributes) -> Mapping[str, tuple[str | None, str]]:
    """What is there and what is wanted of each attribute that is otherwise."""
    return {
        key: (there.get(key), value)
        for key, value in wanted.items()
        if str(there.get(key)).lower() != value.lower()
    }
