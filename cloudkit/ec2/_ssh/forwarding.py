"""A port of this machine that leads to one there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from cloudkit._core.sockets import LOOPBACK, Relay
from cloudkit.ec2._limits import CONNECT_SECONDS, MAX_PORT
from cloudkit.errors import InvalidRequest

_THREAD = "cloudkit-forward"
_KIND = "direct-tcpip"


def place(remote: int | str) -> tuple[str, int]:
    """Host and port of what is reached from there.

    Raises:
        InvalidRequest: It is no such place.
    """
    host, _, port = remote.rpartition(":") if isinstance(remote, str) else ("localhost", "", str(remote))
    if not host or not port.isdecimal() or not 0 < int(port) <= MAX_PORT:
        raise InvalidRequest(f"remote={remote!r} is no port there", hint="5432, or 'db.internal:5432'")
    return host.strip("[]"), int(port)


@contextmanager
def relay(transport: Callable[[], Any], remote: int | str, local: int) -> Generator[int]:
    """A block in which a port here leads there.

    Args:
        transport: Gives paramiko's, open.
        remote: Where to.
        local: The port here; 0 for one that is free.

    Yields:
        The port here.
    """
    target = place(remote)
    if isinstance(local, bool) or not 0 <= local <= MAX_PORT:
        raise InvalidRequest(f"local={local!r} is no port", hint="0 is one that is free")

    def connect() -> Any:
        return transport().open_channel(_KIND, target, (LOOPBACK, 0), timeout=CONNECT_SECONDS)

    with Relay(connect, local, _THREAD) as found:
        yield found.port
