"""Cookies that bind the clients of a classic load balancer to an instance: policies of its listeners."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen

from cloudkit._core.params import rows, whole_seconds
from cloudkit.elb._limits import MAX_COOKIE_CHARACTERS, MAX_COOKIE_SECONDS
from cloudkit.elb._service import ELB
from cloudkit.elb._sides.classic import Classic
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Duration

_BY_TIME, _BY_COOKIE = "Policies.LBCookieStickinessPolicies", "Policies.AppCookieStickinessPolicies"
_COOKIE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_DIGEST_CHARACTERS = 12


@frozen
class CookieStickiness:
    """What binds clients of a classic load balancer to an instance.

    Attributes:
        seconds: How long; None with `cookie`, and for the browser's session.
        cookie: The name of the instances' cookie that it lasts as long as.
    """

    seconds: int | None = None
    cookie: str | None = None


def checked(*, seconds: Duration | None, cookie: str | None) -> CookieStickiness:
    """The stickiness, if AWS takes it."""
    if seconds is not None and cookie is not None:
        raise InvalidRequest(
            "seconds= and cookie=: it lasts for a time, or as long as the instances' cookie",
            hint="give one of them",
        )
    if cookie is not None and not (len(cookie) <= MAX_COOKIE_CHARACTERS and _COOKIE.fullmatch(cookie)):
        raise InvalidRequest(f"cookie={cookie!r} is no name of a cookie")
    return CookieStickiness(whole_seconds("seconds", seconds, 1, MAX_COOKIE_SECONDS), cookie)


def found_in(row: Mapping[str, Any]) -> Mapping[int, CookieStickiness]:
    """The stickiness of each listener that has one."""
    known = _policies(row)
    found: dict[int, CookieStickiness] = {}
    for each in row.get("ListenerDescriptions", []):
        for name in each.get("PolicyNames") or ():
            if name in known:
                found[int(each["Listener"]["LoadBalancerPort"])] = known[name]
    return found


def _policies(row: Mapping[str, Any]) -> Mapping[str, CookieStickiness]:
    by_time = {
        each["PolicyName"]: CookieStickiness(seconds=each.get("CookieExpirationPeriod") or None)
        for each in rows(row, _BY_TIME)
    }
    by_cookie = {
        each["PolicyName"]: CookieStickiness(cookie=each.get("CookieName")) for each in rows(row, _BY_COOKIE)
    }
    return {**by_time, **by_cookie}


def stick(side: Classic, port: int, wanted: CookieStickiness | None) -> None:
    """Give a listener that stickiness, or none; its other policies stay. Nothing is sent if it is as it shall be."""
    row = side.load()
    known = _policies(row)
    present = next(
        (
            each
            for each in row.get("ListenerDescriptions", [])
            if each["Listener"]["LoadBalancerPort"] == port
        ),
        None,
    )
    if present is None:
        raise Conflict(
            f"nothing listens on port {port}",
            service=ELB.name,
            resource=side.balancer,
            hint="balancer.listeners() shows the ports",
        )
    names: list[str] = list(present.get("PolicyNames") or ())
    if [known[name] for name in names if name in known] == ([] if wanted is None else [wanted]):
        return
    kept = [name for name in names if name not in known]
    if wanted is not None:
        kept.append(_ensure(side, known, wanted))
    params = {"LoadBalancerName": side.balancer, "LoadBalancerPort": port, "PolicyNames": kept}
    side.cloud.invoke(ELB, "set_load_balancer_policies_of_listener", params, about=side.balancer)


def _ensure(side: Classic, known: Mapping[str, CookieStickiness], wanted: CookieStickiness) -> str:
    """The name of the policy that says so: one that is there, or one that is made."""
    there = next((name for name, policy in known.items() if policy == wanted), None)
    if there is not None:
        return there
    name = _name(wanted)
    params: dict[str, Any] = {"LoadBalancerName": side.balancer, "PolicyName": name}
    # The name says all that it is: one of the same name is the same.
    with suppress(AlreadyExists):
        if wanted.cookie is not None:
            given = {**params, "CookieName": wanted.cookie}
            side.cloud.invoke(ELB, "create_app_cookie_stickiness_policy", given, about=side.balancer)
        else:
            given = {**params, "CookieExpirationPeriod": wanted.seconds}
            side.cloud.invoke(ELB, "create_lb_cookie_stickiness_policy", given, about=side.balancer)
    return name


def _name(wanted: CookieStickiness) -> str:
    """Policies are named by letters, digits and hyphens."""
    if wanted.cookie is None:
        return f"cloudkit-sticky-{wanted.seconds or 'session'}"
    digest = hashlib.sha256(wanted.cookie.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"cloudkit-sticky-cookie-{digest}"
