"""Settings in elbv2's way: texts by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit._core.params import as_bool
from cloudkit.elb._service import ELBV2
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb._settings.table import SETTINGS, text_of
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_place import LogKind, LogPlace
from cloudkit.elb.settings import LoadBalancerSettings

_LOGS: Mapping[LogKind, str] = {
    LogKind.ACCESS: "access_logs.s3",
    LogKind.CONNECTIONS: "connection_logs.s3",
    LogKind.HEALTH_CHECKS: "health_check_logs.s3",
}
_KEYS: Mapping[str, str] = {each.name: each.key for each in SETTINGS}


def read(seat: Seat) -> LoadBalancerSettings:
    """How it is set. One request."""
    answer = seat.cloud.invoke(
        ELBV2, "describe_load_balancer_attributes", {"LoadBalancerArn": seat.arn}, about=seat.name
    )
    told: dict[str, str] = {row["Key"]: row.get("Value", "") for row in answer.get("Attributes", [])}
    found: dict[str, Any] = {
        each.name: each.read(text) if (text := told.get(each.key)) else each.default
        for each in SETTINGS
        if seat.kind in each.kinds
    }
    if seat.kind == Kind.APPLICATION:
        found["cross_zone"] = True
    return LoadBalancerSettings(
        kind=seat.kind,
        access_logs=_place(told, LogKind.ACCESS),
        connection_logs=_place(told, LogKind.CONNECTIONS),
        health_check_logs=_place(told, LogKind.HEALTH_CHECKS),
        **found,
    )


def write(seat: Seat, values: Mapping[str, Any]) -> None:
    """Set these, by their names here. One request."""
    _modify(seat, {_KEYS[name]: text_of(value) for name, value in values.items()})


def write_logs(seat: Seat, what: LogKind, place: LogPlace | None) -> None:
    """Send logs there, or to nowhere. One request."""
    stem = _LOGS[what]
    if place is None:
        _modify(seat, {f"{stem}.enabled": "false"})
        return
    _modify(seat, {f"{stem}.enabled": "true", f"{stem}.bucket": place.bucket, f"{stem}.prefix": place.prefix})


def _place(told: Mapping[str, str], what: LogKind) -> LogPlace | None:
    stem = _LOGS[what]
    bucket = told.get(f"{stem}.bucket")
    if not bucket or not as_bool(told.get(f"{stem}.enabled", "false")):
        return None
    return LogPlace(bucket, told.get(f"{stem}.prefix", ""))


def _modify(seat: Seat, texts: Mapping[str, str]) -> None:
    seat.cloud.invoke(
        ELBV2,
        "modify_load_balancer_attributes",
        {
            "LoadBalancerArn": seat.arn,
            "Attributes": [{"Key": key, "Value": text} for key, text in texts.items()],
        },
        about=seat.name,
    )
