"""Settings read and changed, whichever API has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import frozen

from cloudkit._core.params import compact
from cloudkit.elb._settings import classic, v2
from cloudkit.elb._settings.networking import (
    checked_address_type,
    checked_groups,
    checked_subnets,
    set_address_type,
    set_groups,
    set_subnets,
)
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb._settings.table import SETTINGS
from cloudkit.elb.kinds import Kind
from cloudkit.elb.log_place import LogKind, LogPlace
from cloudkit.elb.settings import LoadBalancerChanges, LoadBalancerSettings
from cloudkit.errors import InvalidRequest

T = TypeVar("T")

_PLACING: Mapping[str, tuple[Callable[[Any, Kind], Any], Callable[[Seat, Any], None]]] = {
    "ip_address_type": (checked_address_type, set_address_type),
    "subnets": (checked_subnets, set_subnets),
    "security_groups": (checked_groups, set_groups),
}


@frozen
class Changes:
    """What shall change, looked through for one kind of load balancer.

    Attributes:
        values: Settings by their names here.
        placing: What says where it stands, by its names here.
    """

    values: Mapping[str, Any]
    placing: Mapping[str, Any]

    @classmethod
    def checked(cls, given: LoadBalancerChanges, kind: Kind) -> Changes:
        """What was given, if that kind has it and AWS takes it. No request.

        Raises:
            InvalidRequest: The kind has no such setting, or AWS takes no such value.
            TypeError: No kind has a setting of that name.
        """
        unknown = sorted(given.keys() - LoadBalancerChanges.__annotations__.keys())
        if unknown:
            raise TypeError(f"a load balancer has no {', '.join(unknown)}")
        named = compact(given)
        return cls(
            {each.name: each.value(named[each.name], kind) for each in SETTINGS if each.name in named},
            {name: check(named[name], kind) for name, (check, _) in _PLACING.items() if name in named},
        )

    def make(self, seat: Seat) -> Changes:
        """Change it. One request for all settings, and one or more for each of the others. Safe to repeat."""
        if self.values:
            write = classic.write if seat.kind == Kind.CLASSIC else v2.write
            write(seat, self.values)
        for name, value in self.placing.items():
            _PLACING[name][1](seat, value)
        return self


def settings_of(seat: Seat) -> LoadBalancerSettings:
    """How it is set. One request."""
    return classic.read(seat) if seat.kind == Kind.CLASSIC else v2.read(seat)


def send_logs(seat: Seat, what: LogKind, place: LogPlace | None) -> None:
    """Send logs there, or to nowhere. One request."""
    if seat.kind == Kind.CLASSIC:
        classic.write_logs(seat, place)
    else:
        v2.write_logs(seat, what, place)


def given(name: str, value: T) -> T:
    """What is assigned to a setting: None would leave it as it is, which nobody means by an assignment."""
    if value is None:
        raise InvalidRequest(
            f"{name}=None: it has a value always", hint=f"LoadBalancer(...).{name} tells which"
        )
    return value
