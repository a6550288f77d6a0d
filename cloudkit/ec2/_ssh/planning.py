"""Finding out what nobody has said: address, user, keys, and who looks at the host key."""

from __future__ import annotations

import getpass
from functools import partial
from typing import Any

from cloudkit.ec2._limits import MAX_PORT
from cloudkit.ec2._ssh.connecting import Way
from cloudkit.ec2._ssh.facts import Facts, address, facts, user_of
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2._ssh.instance_connect import send_public_key
from cloudkit.ec2._ssh.options import Route
from cloudkit.ec2._ssh.private_key import Ring, ring, temporary
from cloudkit.ec2._ssh.trust import Guard
from cloudkit.errors import InvalidRequest


def host_and_user(text: str) -> tuple[str | None, str, int | None]:
    """User, host and port in `"user@host:port"`. An IPv6 address with a port stands in brackets.

    Raises:
        InvalidRequest: It is none.
    """
    user, at, place = text.rpartition("@")
    host, port = place, ""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    if not host or (at and not user) or any(each.isspace() for each in text):
        raise InvalidRequest(
            f"{text!r} is no machine", hint="'user@host:port', of which user and port may be missing"
        )
    if port and not (port.isdecimal() and 0 < int(port) <= MAX_PORT):
        raise InvalidRequest(f"{text!r}: {port!r} is no port")
    return user or None, host, int(port) if port else None


def planned(box: Box | None, route: Route, gateway: Any) -> Way:
    """All that a connection needs. For an instance AWS is asked for what was not given.

    Raises:
        Conflict: The instance does not run, or has no such address.
        InvalidRequest: Nobody knows whom its image lets in, or the key is none.
    """
    if box is None:
        host = str(route.host)
        guard = Guard(host, route.port, route.host_key, route.known_hosts)
        return Way(
            host,
            route.port,
            route.user or getpass.getuser(),
            ring(route.key, route.passphrase, None),
            guard,
            route.connect_timeout,
            gateway,
        )
    found = facts(box) if _asks(route) else None
    host = route.host or address(box, _known(found), route.address, through=gateway is not None)
    user = route.user or user_of(box, _known(found))
    guard = Guard(host, route.port, route.host_key, route.known_hosts, box, found)
    if route.via == "connect":
        key, public = temporary()
        before = partial(send_public_key, box, user, public)
        keys = Ring(key, names=("that was sent through EC2 Instance Connect",))
        return Way(host, route.port, user, keys, guard, route.connect_timeout, gateway, before)
    keys = ring(route.key, route.passphrase, None if found is None else found.key_name)
    return Way(host, route.port, user, keys, guard, route.connect_timeout, gateway)


def _asks(route: Route) -> bool:
    """Whether there is anything to ask AWS for."""
    keyless = route.key is None and route.via == "key"
    return route.host is None or route.user is None or keyless or not route.host_key


def _known(found: Facts | None) -> Facts:
    if found is None:
        raise TypeError("AWS was not asked")
    return found
