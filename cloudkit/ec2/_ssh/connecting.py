"""Opening a connection: a Fabric one, which never takes a host key that nothing vouches for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import frozen

from cloudkit._core.steps import in_time
from cloudkit.ec2._limits import BANNER_SECONDS, KEEP_ALIVE_SECONDS, LOGIN_SECONDS
from cloudkit.ec2._ssh import engine
from cloudkit.ec2._ssh.failures import failures
from cloudkit.ec2._ssh.known_hosts import name_of
from cloudkit.ec2._ssh.private_key import Ring
from cloudkit.ec2._ssh.trust import Guard
from cloudkit.ec2.host_key import HostKey

_REFUSED_HINT = "does it run, and listen there? box.wait_ready('ssh') waits for that; its security groups must let this machine in"
# A key of RSA signs in ways that have other names than the key.
_SIGNED_AS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}


@frozen(repr=False, eq=False)
class Way:
    """All that a connection needs.

    Attributes:
        host: Where to.
        port: Its port.
        user: Who logs in.
        ring: With which keys.
        guard: Who looks at the host key.
        patience: Seconds until the server takes the connection.
        gateway: The Fabric connection that it goes through.
        before_login: Called when the host key is right, and nobody has logged in yet.
    """

    host: str
    port: int
    user: str
    ring: Ring
    guard: Guard
    patience: float
    gateway: Any = None
    before_login: Callable[[], object] | None = None


def opened(way: Way) -> Any:
    """A Fabric connection that is open.

    Raises:
        HostKeyUnknown: Nothing vouches for the server's host key.
        HostKeyChanged: It is another than the one that is known.
        LoginRefused: The server takes neither the user nor any of the keys.
        ConnectionFailed: Nobody answers there.
    """
    kinds = way.guard.prepare()
    with failures(
        "ssh", name_of(way.host, way.port), doing="connecting", login=_login(way), hint=_REFUSED_HINT
    ):
        connection = _made(way, kinds)
        try:
            in_time(connection.open, give_up=partial(_abandon, connection), late=lambda _: connection.close())
            connection.transport.set_keepalive(KEEP_ALIVE_SECONDS)
        except BaseException:
            _abandon(connection)
            raise
        return connection


def _made(way: Way, kinds: Sequence[str]) -> Any:
    fabric, paramiko = engine.fabric(), engine.paramiko()
    connection = fabric.Connection(
        way.host,
        user=way.user,
        port=way.port,
        gateway=way.gateway,
        forward_agent=False,
        # Nothing is read from files of the machine's: what is not said here does not count.
        config=fabric.Config(lazy=True, ssh_config=paramiko.SSHConfig()),
        connect_kwargs={
            "timeout": way.patience,  # Fabric's own connect_timeout would cut it to whole seconds, and 0 is for ever
            "pkey": way.ring.key,
            "key_filename": [*way.ring.files],
            "allow_agent": way.ring.search,
            "look_for_keys": way.ring.search,
            "banner_timeout": BANNER_SECONDS,
            "auth_timeout": LOGIN_SECONDS,
            "channel_timeout": way.patience,
            "transport_factory": partial(_transport, kinds),
        },
    )
    # Fabric's own would take any key.
    connection.client.set_missing_host_key_policy(_Policy(way.guard, way.before_login))
    return connection


def _transport(kinds: Sequence[str], sock: Any, **options: Any) -> Any:
    """A transport that asks for a host key of the kinds that are known first."""
    transport = engine.paramiko().Transport(sock, **options)
    security = transport.get_security_options()
    offered: Sequence[str] = security.key_types
    wanted = [
        name for kind in dict.fromkeys(kinds) for name in _SIGNED_AS.get(kind, (kind,)) if name in offered
    ]
    security.key_types = (*wanted, *(name for name in offered if name not in wanted))
    return transport


class _Policy:
    """What paramiko asks about the host key of each connection: it has none of its own."""

    def __init__(self, guard: Guard, before_login: Callable[[], object] | None) -> None:
        self._guard = guard
        self._before_login = before_login

    def missing_host_key(self, client: object, hostname: str, key: Any) -> None:  # noqa: ARG002 - paramiko's own
        """Let it through, or raise."""
        self._guard.check(HostKey.of(key.get_name(), key.get_base64()))
        if self._before_login is not None:
            self._before_login()


def _abandon(connection: Any) -> None:
    """Close what there is of it; it may be in the middle of being opened."""
    with suppress(OSError, EOFError):
        connection.client.close()


def _login(way: Way) -> str:
    names = ", ".join(way.ring.names)
    return f"user {way.user!r} with key {names}" if names else f"user {way.user!r}"
