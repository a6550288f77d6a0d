"""An SSH connection to an instance, or to another machine."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from attrs import define
from typing_extensions import Self, Unpack, override

from cloudkit._core.deadline import limited
from cloudkit._core.gathering import Promise
from cloudkit.ec2._ssh import files
from cloudkit.ec2._ssh.connecting import Way, opened
from cloudkit.ec2._ssh.executing import Command, Execution, hidden, spelled, typed
from cloudkit.ec2._ssh.failures import failures
from cloudkit.ec2._ssh.forwarding import relay
from cloudkit.ec2._ssh.greeting import greets
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2._ssh.known_hosts import name_of
from cloudkit.ec2._ssh.options import Route, SSHOptions, conceal, on_the_way, route, with_defaults
from cloudkit.ec2._ssh.planning import host_and_user, planned
from cloudkit.ec2.command import CommandResult
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration, Writable


class SSH:
    """An SSH connection. It opens when it is entered or first used, and closes at the end of its block.

    `box.ssh()` makes one to an instance, and finds out what is not given. This is one to any other machine, such as a
    bastion. The host key must be one that something vouches for; none is ever taken on faith. Threads may share one.

    Args:
        host: The machine's name or address, also as `"user@host"`, `"host:port"` or `"user@host:port"`.
        **options: As in `Instance.ssh`, as far as they are not about instances.

    Examples:
        >>> with SSH("127.0.0.1", **login) as ssh:
        ...     ssh.run("echo hello").stdout.strip()
        'hello'

    AWS: none
    """

    def __init__(self, host: str, /, **options: Unpack[SSHOptions]) -> None:
        conceal(options)
        given: dict[str, Any] = {**options}
        if "host" in given:
            raise InvalidRequest(f"host={given['host']!r} is said twice: the first argument is the host")
        if given.get("via", "key") != "key":
            raise InvalidRequest(f"via={given['via']!r} is for instances: box.ssh(via=...)")
        user, name, port = host_and_user(host)
        for option, value in (("user", user), ("port", port)):
            if value is not None and given.setdefault(option, value) != value:
                raise InvalidRequest(f"{host!r} says another {option} than {option}={given[option]!r}")
        self._set_up(None, route({**given, "host": name}))

    @classmethod
    def _to(cls, box: Box, options: SSHOptions, launch_key: KeyPair | None = None) -> Self:
        conceal(options)
        made = cls.__new__(cls)
        given = with_defaults({**options})
        if launch_key is not None and not {"key", "via"} & given.keys():
            given = {**given, "key": launch_key}
        found = route(given)
        if found.via == "ssm":
            raise InvalidRequest(
                "via='ssm' runs commands without a connection",
                hint="box.run(..., via='ssm')",
                resource=box.id,
            )
        made._set_up(box, found)
        return made

    def _set_up(self, box: Box | None, way: Route) -> None:
        # By process: a connection does not survive a fork.
        self._opening: dict[int, Promise[_Open]] = {}
        self._box = box
        self._route = way

    # -- the connection --------------------------------------------------------------------------------------

    @property
    def user(self) -> str | None:
        """Who logs in; None while that is not known."""
        found = self._found
        return self._route.user if found is None else found.way.user

    @property
    def host(self) -> str | None:
        """Where it goes to; None while that is not known."""
        found = self._found
        return self._route.host if found is None else found.way.host

    @property
    def port(self) -> int:
        """The port there."""
        return self._route.port

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        found = self._found
        return found is not None and found.alive

    @property
    def fabric(self) -> Any:
        """The Fabric connection, open: for all that Fabric can do. What it raises is Fabric's."""
        return self._open().connection

    @property
    def _found(self) -> _Open | None:
        promise = self._opening.get(os.getpid())
        if promise is None or not promise.done():
            return None
        found = promise.result()
        return None if found is None else found[0]

    def open(self) -> Self:
        """Open it now; fine if it is open. For an instance up to five requests: what it is, whom its image lets in, ...

        Returns:
            The connection itself.

        Raises:
            HostKeyUnknown: Nothing vouches for the server's host key.
            HostKeyChanged: It is another than the one that is known.
            LoginRefused: The server takes neither the user nor any of the keys.
            ConnectionFailed: Nobody answers there.
            Conflict: The instance does not run, or has no such address.
            InvalidRequest: Nobody knows whom its image lets in.
            MissingExtra: Fabric is not installed.

        Examples:
            >>> ssh = box.ssh().open()
            >>> ssh.connected
            True
            >>> ssh.close()

        AWS: ec2:DescribeInstances, ec2:DescribeImages, ec2:GetConsoleOutput, ec2-instance-connect:SendSSHPublicKey
        """
        self._open()
        return self

    def close(self) -> None:
        """Close it; fine if it is closed. The next use opens it again.

        Examples:
            >>> box.ssh().close()

        AWS: none
        """
        found = self._found
        self._opening.pop(os.getpid(), None)
        if found is not None:
            found.close()

    def answers(self) -> bool:
        """Whether an SSH server answers there: it is connected to, and nobody logs in. For an instance one request.

        Returns:
            True, or False if there is no address yet, no connection, or no greeting.

        Raises:
            Conflict: The instance does not run.
            LoginRefused: The bastion on the way takes neither the user nor any of the keys.

        Examples:
            >>> box.ssh().answers()
            True

        AWS: ec2:DescribeInstances
        """
        hop, own = self._hop()
        try:
            return greets(self._box, self._route, None if hop is None else hop.fabric)
        finally:
            if hop is not None and own:
                hop.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> _Open:
        process = os.getpid()
        while True:
            mine: Promise[_Open] = Promise()
            # One operation, which no other thread comes between: one of them opens, the others wait.
            current = self._opening.setdefault(process, mine)
            if current is mine:
                try:
                    found = self._opened()
                except BaseException as error:
                    self._opening.pop(process, None)
                    mine.break_off(error)
                    raise
                mine.keep(found)
                return found
            known = current.result()
            if known is None or known[0].alive:
                if known is not None:
                    return known[0]
                continue
            if self._opening.get(process) is current:  # it broke
                self._opening.pop(process, None)
                known[0].close()

    def _opened(self) -> _Open:
        hop, own = self._hop()
        try:
            way = planned(self._box, self._route, None if hop is None else hop.fabric)
            return _Open(way, opened(way), hop if own else None)
        except BaseException:
            if hop is not None and own:
                hop.close()
            raise

    def _hop(self) -> tuple[SSH | None, bool]:
        """What it goes through, and whether it was made for that."""
        bastion = self._route.bastion
        if bastion is None:
            return None, False
        if isinstance(bastion, SSH):
            return bastion, False
        if isinstance(bastion, str):
            return SSH(bastion), True
        with on_the_way():
            return bastion.ssh(), True

    @property
    def _where(self) -> str:
        host = self.host
        where = "" if host is None else name_of(host, self.port)
        return where if self._box is None else self._box.id

    # -- what is done there ----------------------------------------------------------------------------------

    def run(
        self,
        command: Command,
        *,
        check: bool = True,
        input: str | bytes | None = None,
        stdout: Writable | None = None,
        timeout: Duration | None = None,
    ) -> CommandResult:
        """Run a command, and wait for its end. Nobody is there to type: it reads what is given as `input`, or nothing.

        What is secret belongs into `input`, and not into a command, which others there can see.

        Args:
            command: What the user's shell there understands; or a program and its arguments, which are then quoted.
            check: Whether another exit code than 0 raises.
            input: What it reads.
            stdout: What gets its output in place of the result, as it comes: a binary file.
            timeout: Seconds; after them the command is ended there. Default: no end but that of `cloudkit.deadline`.

        Returns:
            How it ended.

        Raises:
            CommandFailed: Its exit code is not 0; `.result` has its output.
            DeadlineExceeded: It did not end in time.
            ConnectionFailed: The connection broke, or nobody answers there.
            InvalidRequest: It is no command.

        Examples:
            >>> with box.ssh() as ssh:
            ...     ssh.run("tr a-z A-Z", input="hello").stdout
            'HELLO'

        AWS: as `open`
        """
        feed = hidden(input)
        del input  # it may be secret: no traceback with locals shows it
        text = spelled(command)
        with limited(timeout):
            transport = self._transport()
            with failures("run", self._where, doing="running a command"):
                result = Execution(transport, text, feed, stdout).run()
        return result.check(self._where) if check else result

    def put(
        self,
        source: files.Source,
        remote: str | None = None,
        *,
        mode: int | None = None,
        timeout: Duration | None = None,
    ) -> str:
        """Copy a file there. Under its name there is the old content or all of the new one, never a part.

        Args:
            source: A file here by its path; or its content: bytes, or a binary file that is open.
            remote: Its path there, or a folder that is there. Default: its name, in the home directory.
            mode: Its permissions there, such as `0o600`. Default: those of the file here.
            timeout: Seconds.

        Returns:
            Its path there.

        Raises:
            FileNotFoundError: There is no such file here.
            NotFound: There is no such folder there.
            AccessDenied: The user may not write there.
            DeadlineExceeded: It was not done in time.
            ConnectionFailed: The connection broke, or nobody answers there.

        Examples:
            >>> with box.ssh() as ssh:
            ...     path = ssh.put(b"hello", "greeting.txt")
            ...     ssh.run(["cat", path]).stdout
            'hello'

        AWS: as `open`
        """
        with limited(timeout):
            return files.send(self._transport(), source, remote, mode=mode, where=self._where)

    def get(
        self, remote: str, target: files.Target | None = None, *, timeout: Duration | None = None
    ) -> Path | None:
        """Copy a file from there. Under its name here there is the old content or all of the new one, never a part.

        Args:
            remote: Its path there.
            target: Its path here, a folder that is here, or a binary file that is open. Default: its name, here.
            timeout: Seconds.

        Returns:
            Its path here, if it has one.

        Raises:
            NotFound: It is not there.
            AccessDenied: The user may not read it.
            InvalidRequest: It is a folder.
            DeadlineExceeded: It was not done in time.
            ConnectionFailed: The connection broke, or nobody answers there.

        Examples:
            >>> with box.ssh() as ssh:
            ...     ssh.put(b"hello", "greeting.txt")
            ...     ssh.get("greeting.txt", "here.txt").read_text()
            'greeting.txt'
            'hello'

        AWS: as `open`
        """
        with limited(timeout):
            return files.receive(self._transport(), remote, target, where=self._where)

    def shell(self) -> int:
        """Let the user type there, as `ssh` does: an interactive shell on this terminal, until it ends.

        Returns:
            The exit code of the shell.

        Raises:
            ConnectionFailed: The connection broke, or nobody answers there.

        Examples:
            >>> type_here = box.ssh().shell  # type_here() begins

        AWS: as `open`
        """
        fabric = self.fabric
        with failures("shell", self._where, doing="the shell"):
            return typed(fabric)

    @contextmanager
    def forward(self, remote: int | str, local: int = 0) -> Generator[int]:
        """A block in which a port of this machine leads to one there. Only this machine can use it.

        Args:
            remote: A port there; or `"host:port"` of a machine that is reached from there, such as a database.
            local: The port here. Default: one that is free.

        Yields:
            The port here.

        Raises:
            InvalidRequest: It is no port.
            OSError: The port here is taken.
            ConnectionFailed: Nobody answers there.

        Examples:
            >>> with box.ssh() as ssh, ssh.forward(5432) as port:
            ...     port > 0
            True

        AWS: as `open`
        """
        self._open()
        with relay(self._transport, remote, local) as port:
            yield port

    def _transport(self) -> Any:
        return self._open().connection.transport

    # -- what it looks like ----------------------------------------------------------------------------------

    @override
    def __repr__(self) -> str:
        if not hasattr(self, "_route"):
            return "<SSH>"  # in the middle of being made, as a traceback shows it
        where = self._route.host if self._box is None else self._box.id
        return f"<SSH {where} {'open' if self.connected else 'closed'}>"

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("a connection is not pickled: open one where it is needed, with box.ssh()")


@define(eq=False, repr=False)
class _Open:
    """A connection that is open.

    Attributes:
        way: Where it goes to.
        connection: Fabric's.
        hop: What it goes through, if that was made for it.
    """

    way: Way
    connection: Any
    hop: SSH | None

    @property
    def alive(self) -> bool:
        return bool(self.connection.is_connected)

    def close(self) -> None:
        with suppress(OSError, EOFError):
            self.connection.close()
        if self.hop is not None:
            self.hop.close()
