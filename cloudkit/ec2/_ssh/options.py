"""What can be said of an SSH connection, and the defaults of a block."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, Union, cast

from attrs import field, frozen
from typing_extensions import Unpack

from cloudkit._core.deadline import limit_seconds
from cloudkit._core.params import one_of
from cloudkit.ec2._keys.secret import Secret
from cloudkit.ec2._limits import CONNECT_SECONDS, MAX_PORT, SSH_PORT
from cloudkit.ec2._ssh.hops import Hop
from cloudkit.ec2.host_key import HostKey
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.ec2.ssh import SSH

Login: TypeAlias = Union[KeyPair, str, "os.PathLike[str]"]
"""What one logs in with: a key pair that has its private half, or the file with it."""

Vouching: TypeAlias = HostKey | str | Iterable[HostKey | str]
"""Host keys that are right: as texts (`"ssh-ed25519 AAAA..."`), fingerprints (`"SHA256:..."`) or objects."""

AddressKind: TypeAlias = Literal["auto", "public", "private", "ipv6"]
ADDRESS_KINDS = ("auto", "public", "private", "ipv6")
Way: TypeAlias = Literal["key", "connect", "ssm"]
WAYS = ("key", "connect", "ssm")


class SSHOptions(TypedDict, total=False):
    """How SSH reaches an instance. `Instance.ssh` says what each means.

    Examples:
        >>> options: SSHOptions = {"user": "admin", "key": "~/.ssh/deploy.pem"}
    """

    user: str | None
    key: Login | None
    passphrase: str | None
    address: AddressKind
    host: str | None
    port: int
    bastion: Hop | SSH | str | None
    host_key: Vouching | None
    known_hosts: str | os.PathLike[str] | None
    via: Way
    connect_timeout: Duration


@frozen(repr=False)
class Route:
    """The options of one connection, checked."""

    user: str | None = None
    key: Login | None = None
    passphrase: Secret | None = None
    address: str = "auto"
    host: str | None = None
    port: int = SSH_PORT
    bastion: Hop | SSH | str | None = None
    host_key: tuple[HostKey, ...] = field(default=())
    known_hosts: str | os.PathLike[str] | None = None
    via: str = "key"  # or "connect"
    connect_timeout: float = CONNECT_SECONDS


_defaults: ContextVar[Mapping[str, Any]] = ContextVar("cloudkit_ssh_defaults", default={})  # noqa: B039 - never changed

# Of the box itself, and not of what stands before it.
_OF_THE_BOX = {"address", "host", "port", "bastion", "host_key"}


@contextmanager
def ssh_defaults(**options: Unpack[SSHOptions]) -> Generator[None]:
    """A block in which `box.ssh()`, `box.run()` and the like have these options, where none are given. No request.

    Blocks may be nested: the options of the inner one count. Threads of your own do not have them. Host, port, address,
    host key and bastion are those of the boxes; a bastion that is an instance has the others.

    Args:
        **options: Those of `Instance.ssh`.

    Yields:
        Nothing.

    Raises:
        InvalidRequest: There is no such option, or not with such a value.

    Examples:
        >>> with ssh_defaults(user="admin", connect_timeout=5):
        ...     connection = box.ssh()
        >>> connection.user
        'admin'

    AWS: none
    """
    conceal(options)
    route(options)
    token = _defaults.set({**_defaults.get(), **options})
    try:
        yield
    finally:
        _defaults.reset(token)


@contextmanager
def on_the_way() -> Generator[None]:
    """A block in which a box that others are reached through is asked for its connection."""
    token = _defaults.set({name: value for name, value in _defaults.get().items() if name not in _OF_THE_BOX})
    try:
        yield
    finally:
        _defaults.reset(token)


def with_defaults(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those options, and of those that were not given the defaults of the block around.

    A key and the way without one exclude each other: what is given takes the place of the other's default.
    """
    left_out: set[str] = set()
    if options.get("via") == "connect":
        left_out = {"key", "passphrase"}
    elif options.get("key") is not None:
        left_out = {"via", "passphrase"}
    return {**{name: value for name, value in _defaults.get().items() if name not in left_out}, **options}


def route(options: Mapping[str, Any]) -> Route:
    """Options as given, checked.

    Raises:
        InvalidRequest: There is no such option, or not with such a value.
    """
    unknown = sorted(options.keys() - SSHOptions.__annotations__.keys())
    if unknown:
        raise InvalidRequest(
            f"SSH has no option {', '.join(unknown)}", hint=f"it has {', '.join(SSHOptions.__annotations__)}"
        )
    given = {name: value for name, value in options.items() if value is not None}
    given["address"] = one_of("address", str(given.get("address", "auto")), ADDRESS_KINDS)
    given["via"] = one_of("via", str(given.get("via", "key")), WAYS)
    port = given.get("port", SSH_PORT)
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port <= MAX_PORT:
        raise InvalidRequest(f"port={port!r} is no port", hint=f"a number from 1 to {MAX_PORT}")
    if given["via"] == "connect" and given.get("key") is not None:
        raise InvalidRequest("via='connect' makes a key of its own: key= cannot be given with it")
    if "passphrase" in given:
        given["passphrase"] = _concealed(given["passphrase"])
    given["host_key"] = _host_keys(given.get("host_key", ()))
    given["connect_timeout"] = limit_seconds("connect_timeout", given.get("connect_timeout", CONNECT_SECONDS))
    return Route(**given)


def conceal(options: SSHOptions) -> None:
    """Change options as they were given: from here on the passphrase shows in no traceback with locals."""
    given = options.get("passphrase")
    if given is not None:
        cast("dict[str, Any]", options)["passphrase"] = _concealed(given)


def _concealed(passphrase: str | Secret) -> Secret:
    return passphrase if isinstance(passphrase, Secret) else Secret(passphrase)


def through_agent(options: SSHOptions) -> bool:
    """Whether the Systems Manager's agent is asked in place of an SSH server; the other options then mean nothing."""
    conceal(options)
    return bool(with_defaults(options).get("via") == "ssm")


def _host_keys(given: Vouching) -> tuple[HostKey, ...]:
    each = [given] if isinstance(given, (str, HostKey)) else given
    return tuple(one if isinstance(one, HostKey) else HostKey.parse(one) for one in each)
