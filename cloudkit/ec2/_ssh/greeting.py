"""Whether an SSH server answers, without logging in."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cloudkit._core.sockets import LOOPBACK, first_line
from cloudkit.ec2._limits import MAX_BANNER_BYTES
from cloudkit.ec2._ssh import engine
from cloudkit.ec2._ssh.facts import address, facts
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2._ssh.options import Route

# RFC 4253, section 4.2.
_GREETING = b"SSH-"
_KIND = "direct-tcpip"
_PENDING = "pending"


def greets(box: Box | None, route: Route, gateway: Any) -> bool:
    """Whether it greets as SSH servers do."""
    host = route.host
    if host is None and box is not None:
        found = facts(box)
        if found.state == _PENDING:
            return False
        host = address(box, found, route.address, through=gateway is not None)
    if gateway is None:
        line = first_line(str(host), route.port, seconds=route.connect_timeout, most=MAX_BANNER_BYTES)
    else:
        line = _through(gateway, (str(host), route.port), route.connect_timeout)
    return line is not None and line.startswith(_GREETING)


def _through(gateway: Any, target: tuple[str, int], seconds: float) -> bytes | None:
    with suppress(engine.paramiko().SSHException, OSError, EOFError):
        channel = gateway.transport.open_channel(_KIND, target, (LOOPBACK, 0), timeout=seconds)
        try:
            channel.settimeout(seconds)
            return bytes(channel.recv(MAX_BANNER_BYTES))
        finally:
            channel.close()
    return None
