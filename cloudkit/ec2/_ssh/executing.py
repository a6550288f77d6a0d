"""Running one command on a connection that is open."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from attrs import define, field

from cloudkit._core.crew import Aside
from cloudkit._core.steps import clean_up, in_time
from cloudkit.ec2._ssh import engine
from cloudkit.ec2.command import CommandResult
from cloudkit.errors import ConnectionFailed, InvalidRequest
from cloudkit.types import Writable

Command: TypeAlias = str | Sequence[str]
"""A command for the shell there, or a program with its arguments, which are quoted."""

_CHUNK_BYTES = 64 * 1024
_THREAD = "cloudkit-ssh"
# RFC 4254, section 6.9: without "SIG".
_END_SIGNAL = "TERM"


def spelled(command: Command) -> str:
    """A command as the shell takes it.

    Raises:
        InvalidRequest: It is empty, or no text.
    """
    if isinstance(command, str):
        text = command
    else:
        words: list[object] = [*command]
        if not all(isinstance(each, str) for each in words):
            raise InvalidRequest(f"command={command!r} is no command", hint="a text, or a list of texts")
        # The Systems Manager would put its parameters in place of "{{ssm:name}}", whoever has written that there, and
        # into a shell's quotes. To a shell this is the same text: braces are always within quotes here.
        text = re.sub(r"\{(?=\{)", "{''", shlex.join(command))
    if not text.strip() or "\0" in text:
        raise InvalidRequest(f"command={command!r} is no command")
    return text


Feed: TypeAlias = Callable[[], "str | bytes | None"]
"""Gives what a command reads. It may be secret: a function shows in a traceback with locals, and not what it gives."""


def hidden(input: str | bytes | None) -> Feed:
    """What a command reads, as what does not show; the caller then lets go of it."""
    return lambda: input


@define(eq=False, repr=False)
class Execution:
    """A command under way.

    Attributes:
        transport: paramiko's, which is open.
        command: The command.
        feed: Gives what it reads.
        output: What gets its output in place of the result.
    """

    transport: Any
    command: str
    feed: Feed = field(factory=lambda: hidden(None))
    output: Writable | None = None
    _channel: Any = field(init=False, default=None)

    def run(self) -> CommandResult:
        """Run it to its end. The deadline, and an interrupt, end it there too.

        Raises:
            ConnectionFailed: The connection broke: nobody knows how it ended.
            DeadlineExceeded: It took too long.
        """
        try:
            return in_time(self._run, give_up=lambda: clean_up(self._stop))
        except BaseException:
            clean_up(self._stop)
            raise

    def _run(self) -> CommandResult:
        channel = self._channel = self.transport.open_session()
        try:
            channel.exec_command(self.command)
            complaints = Aside(lambda: _all(channel.recv_stderr), _THREAD)
            if self.feed():
                Aside(lambda: _feed(channel, self.feed), _THREAD)
            else:
                channel.shutdown_write()
            written = _all(channel.recv) if self.output is None else _pass_on(channel.recv, self.output)
            ended = complaints.wait(math.inf)
            code: int = channel.recv_exit_status()
            if code < 0 and not self.transport.is_active():
                raise ConnectionFailed(
                    "the connection broke: the command may have ended, or may still run",
                    operation="run",
                    retryable=False,
                )
            failure = None if ended is None else ended.error
            if failure is not None:
                raise failure
            errors = ended.result[0] if ended is not None and ended.result is not None else b""
            return CommandResult(self.command, code, written, errors)
        finally:
            with suppress(OSError, EOFError):
                channel.close()

    def _stop(self) -> None:
        """End the command there: it would go on without us, unless it reads or writes."""
        channel = self._channel
        if channel is None or channel.closed or channel.exit_status_ready() or not self.transport.is_active():
            return
        paramiko = engine.paramiko()
        message = paramiko.Message()
        message.add_byte(paramiko.common.cMSG_CHANNEL_REQUEST)
        message.add_int(channel.remote_chanid)
        message.add_string("signal")
        message.add_boolean(False)
        message.add_string(_END_SIGNAL)
        # paramiko has no method for this request; OpenSSH knows it since 7.9.
        with suppress(OSError, EOFError, paramiko.SSHException):
            self.transport._send_user_message(message)
            channel.close()


def _all(receive: Callable[[int], bytes]) -> bytes:
    pieces: list[bytes] = []
    while piece := receive(_CHUNK_BYTES):
        pieces.append(piece)
    return b"".join(pieces)


def _pass_on(receive: Callable[[int], bytes], target: Writable) -> bytes:
    while piece := receive(_CHUNK_BYTES):
        target.write(piece)
    return b""


def _feed(channel: Any, feed: Feed) -> None:
    with suppress(OSError, EOFError):  # a command need not read what it is given
        channel.sendall(_as_bytes(feed()))
        channel.shutdown_write()


def _as_bytes(given: str | bytes | None) -> bytes:
    return given.encode() if isinstance(given, str) else given or b""


def typed(fabric: Any) -> int:
    """Let the user type in a shell there; gives its exit code.

    Args:
        fabric: Fabric's connection, which is open.
    """
    try:
        return int(fabric.shell().exited)
    except engine.invoke().UnexpectedExit as error:
        return int(error.result.exited)
