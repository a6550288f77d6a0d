"""The settings of a target group as attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast, overload

from typing_extensions import Self

from cloudkit.elb._attributes import settings
from cloudkit.elb.group_settings import CrossZone, HealthyMinimum, TargetGroupChanges
from cloudkit.elb.protocol import Algorithm
from cloudkit.elb.stickiness import Stickiness
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

V = TypeVar("V", covariant=True)
W = TypeVar("W", contravariant=True)


class Setting(Generic[V, W]):
    """A typed view of one setting: read with all the others when the first is, changed by assigning."""

    def __init__(self) -> None:
        self._name = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: HasSettings, owner: type[Any]) -> V: ...
    def __get__(self, instance: HasSettings | None, owner: type[Any]) -> Self | V:
        if instance is None:
            return self
        value: V = settings.read(self._name, instance._read_settings())  # pyright: ignore[reportPrivateUsage]
        return value

    def __set__(self, instance: HasSettings, value: W) -> None:
        if value is None:
            raise InvalidRequest(
                f"{self._name}=None: it has a value always", hint="the attribute tells which"
            )
        instance._change(cast("TargetGroupChanges", {self._name: value}))  # pyright: ignore[reportPrivateUsage]


class HasSettings:
    """What has the settings of a target group. They are of no class that attrs makes, which would take them for fields."""

    __slots__ = ()

    drain_delay: Setting[int, Duration] = Setting()
    stickiness: Setting[Stickiness, Stickiness] = Setting()
    slow_start: Setting[int, Duration] = Setting()
    algorithm: Setting[Algorithm | None, Algorithm | str] = Setting()
    anomaly_mitigation: Setting[bool, bool] = Setting()
    cross_zone: Setting[CrossZone, CrossZone] = Setting()
    connection_termination: Setting[bool | None, bool] = Setting()
    preserve_client_ip: Setting[bool | None, bool] = Setting()
    proxy_protocol: Setting[bool | None, bool] = Setting()
    unhealthy_connection_termination: Setting[bool | None, bool] = Setting()
    unhealthy_draining: Setting[int, Duration] = Setting()
    multi_value_headers: Setting[bool | None, bool] = Setting()
    rebalance: Setting[bool, bool] = Setting()
    dns_failover: Setting[HealthyMinimum, HealthyMinimum] = Setting()
    unhealthy_routing: Setting[HealthyMinimum, HealthyMinimum] = Setting()

    def _read_settings(self) -> Mapping[str, str]:
        """The attributes, as texts."""
        raise NotImplementedError  # TargetGroup has it

    def _change(self, changes: TargetGroupChanges) -> None:
        """Change settings."""
        raise NotImplementedError  # TargetGroup has it
