"""Settings in the way of classic load balancers: a structure with a part for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit._core.params import as_bool, compact, dig
from cloudkit.elb._limits import (
    DEFAULT_CLASSIC_DRAIN_SECONDS,
    DEFAULT_CLASSIC_LOG_SECONDS,
    DEFAULT_IDLE_SECONDS,
)
from cloudkit.elb._service import ELB
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_place import LogPlace
from cloudkit.elb.settings import DesyncMitigation, LoadBalancerSettings

_DESYNC = "elb.http.desyncmitigationmode"
_MINUTE_SECONDS = 60


def read(seat: Seat) -> LoadBalancerSettings:
    """How it is set. One request."""
    answer = seat.cloud.invoke(
        ELB, "describe_load_balancer_attributes", {"LoadBalancerName": seat.name}, about=seat.name
    )
    told: Mapping[str, Any] = answer.get("LoadBalancerAttributes") or {}
    modes = [row.get("Value") for row in told.get("AdditionalAttributes") or () if row.get("Key") == _DESYNC]
    drains = as_bool(dig(told, "ConnectionDraining.Enabled") or False)
    return LoadBalancerSettings(
        kind=Kind.CLASSIC,
        cross_zone=as_bool(dig(told, "CrossZoneLoadBalancing.Enabled") or False),
        idle_timeout=int(dig(told, "ConnectionSettings.IdleTimeout") or DEFAULT_IDLE_SECONDS),
        desync_mitigation=DesyncMitigation(modes[-1] if modes else DesyncMitigation.DEFENSIVE),
        drain_delay=(
            int(dig(told, "ConnectionDraining.Timeout") or DEFAULT_CLASSIC_DRAIN_SECONDS) if drains else 0
        ),
        access_logs=_place(told.get("AccessLog") or {}),
    )


def write(seat: Seat, values: Mapping[str, Any]) -> None:
    """Set these, by their names here. One request."""
    parts: dict[str, Any] = {}
    for name, value in values.items():
        if name == "cross_zone":
            parts["CrossZoneLoadBalancing"] = {"Enabled": value}
        elif name == "idle_timeout":
            parts["ConnectionSettings"] = {"IdleTimeout": value}
        elif name == "drain_delay":
            parts["ConnectionDraining"] = compact({"Enabled": value > 0, "Timeout": value or None})
        else:
            parts["AdditionalAttributes"] = [{"Key": _DESYNC, "Value": str(value)}]
    _modify(seat, parts)


def write_logs(seat: Seat, place: LogPlace | None) -> None:
    """Send access logs there, or to nowhere. One request."""
    if place is None:
        _modify(seat, {"AccessLog": {"Enabled": False}})
        return
    interval = None if place.interval is None else place.interval // _MINUTE_SECONDS
    _modify(
        seat,
        {
            "AccessLog": compact(
                {
                    "Enabled": True,
                    "S3BucketName": place.bucket,
                    "S3BucketPrefix": place.prefix,
                    "EmitInterval": interval,
                }
            )
        },
    )


def _place(told: Mapping[str, Any]) -> LogPlace | None:
    bucket = told.get("S3BucketName")
    if not bucket or not as_bool(told.get("Enabled") or False):
        return None
    minutes = told.get("EmitInterval")
    return LogPlace(
        str(bucket),
        str(told.get("S3BucketPrefix") or ""),
        interval=int(minutes) * _MINUTE_SECONDS if minutes else DEFAULT_CLASSIC_LOG_SECONDS,
    )


def _modify(seat: Seat, parts: Mapping[str, Any]) -> None:
    seat.cloud.invoke(
        ELB,
        "modify_load_balancer_attributes",
        {"LoadBalancerName": seat.name, "LoadBalancerAttributes": dict(parts)},
        about=seat.name,
    )
