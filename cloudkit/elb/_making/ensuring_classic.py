"""Bringing a classic load balancer that is there to what is wanted, or telling what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cloudkit.elb._making.classic import set_policy
from cloudkit.elb._making.ensuring import Difference, asking, let_in, placing, settle
from cloudkit.elb._making.wanted import Wanted
from cloudkit.elb._routing import classic as listening
from cloudkit.elb._routing.fronts import classic_entry, classic_policy
from cloudkit.elb._service import ELB
from cloudkit.elb._settings.seat import Seat
from cloudkit.elb._sides.checking import classic_health_check
from cloudkit.elb._sides.classic import Classic
from cloudkit.elb.front import Front
from cloudkit.elb.kinds import Kind
from cloudkit.types import Answer

_SAID = {
    "InstancePort": "forwards to",
    "Protocol": "speaks",
    "InstanceProtocol": "speaks to instances",
    "SSLCertificateId": "has certificate",
}

_FIXED = ("InstancePort", "Protocol", "InstanceProtocol")


def bring_about_classic(wanted: Wanted, side: Classic, row: Mapping[str, Any], *, update: bool) -> None:
    """Make listeners, health check and instances what is wanted. One request, and those that change something."""
    served = _listeners(wanted, side, row)
    opened = [Difference("", lambda: let_in(wanted, side.cloud, row))] if served and update else []
    found = [
        *placing(wanted, Seat(side.arn, Kind.CLASSIC, side.cloud), row),
        *_check(wanted, side, row),
        *opened,
        *served,
    ]
    settle(found, wanted.name, update=update)
    side.register(*wanted.targets)


def _check(wanted: Wanted, side: Classic, row: Mapping[str, Any]) -> Sequence[Difference]:
    check, path = classic_health_check(row), wanted.health_path
    if path is None or path == check.path:
        return ()

    return [
        Difference(f"health_path is {check.path}, not {path}", lambda: side.check_by(asking(check, path)))
    ]


def _listeners(wanted: Wanted, side: Classic, row: Mapping[str, Any]) -> Sequence[Difference]:
    present: dict[int, Mapping[str, Any]] = {
        int(each["Listener"]["LoadBalancerPort"]): each["Listener"]
        for each in row.get("ListenerDescriptions", [])
    }
    found: list[Difference] = []
    for port, front in wanted.fronts.items():
        entry = classic_entry(front, port=port, cloud=side.cloud)
        have = present.get(port)
        told = _told(port, entry, have)
        if told is not None:
            found.append(Difference(told, partial(_serve, side, port, front, entry, have)))
    return found


def _told(port: int, entry: Answer, have: Mapping[str, Any] | None) -> str | None:
    if have is None:
        return f"there is no listener on {port}"
    for key, said in _SAID.items():
        if have.get(key) != entry.get(key):
            return f"listener {port} {said} {have.get(key)}, not {entry.get(key)}"
    return None


def _serve(side: Classic, port: int, front: Front, entry: Answer, have: Mapping[str, Any] | None) -> None:
    """Let the port serve the front. But for its certificate AWS changes no listener: it is made anew, at once."""
    name, cloud = side.balancer, side.cloud
    place = listening.Place(side.arn, name, port)
    certificate = entry.get("SSLCertificateId")
    if have is not None and certificate and all(have.get(key) == entry[key] for key in _FIXED):
        listening.update(cloud, place, certificate=certificate, policy=classic_policy(front))
        return
    if have is not None:
        listening.delete(cloud, place)
    made = {"LoadBalancerName": name, "Listeners": [entry]}
    cloud.invoke(ELB, "create_load_balancer_listeners", made, about=name)
    set_policy(cloud, side.arn, name, port, front)
