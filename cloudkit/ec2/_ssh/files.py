"""Files there and here: whole, or not at all."""

from __future__ import annotations

import os
import posixpath
import stat
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias, Union

from cloudkit._core.steps import clean_up, in_time
from cloudkit.ec2._ssh import engine
from cloudkit.ec2._ssh.failures import failures, file_failures
from cloudkit.errors import ConnectionFailed, InvalidRequest
from cloudkit.types import Readable, Writable

Source: TypeAlias = Union[str, "os.PathLike[str]", bytes, Readable]
"""A file here by its path, or what is to be in the file there."""

Target: TypeAlias = Union[str, "os.PathLike[str]", Writable]
"""A file or folder here by its path, or what takes the content."""

_HOME = "~/"
_OWNER_ONLY = 0o600
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def remote_path(path: str) -> str:
    """A path as SFTP takes it: it begins in the home directory by itself."""
    if not path or "\0" in path:
        raise InvalidRequest(f"{path!r} is no path")
    return path.removeprefix(_HOME) or "."


def send(transport: Any, source: Source, remote: str | None, *, mode: int | None, where: str) -> str:
    """Put a file there; gives its path."""
    local = None if isinstance(source, (bytes, Readable)) else Path(source).expanduser()
    if remote is None and local is None:
        raise InvalidRequest("what is no file has no name: say where to put it", hint="put(data, 'name')")
    target = remote_path(local.name if remote is None and local is not None else remote or "")
    if local is None:
        content: Any = BytesIO(source) if isinstance(source, bytes) else source
        return str(_on(transport, "put", where, lambda sftp: _sent(sftp, content, None, target, mode, where)))
    with local.open("rb") as file:
        status = os.fstat(file.fileno())
        kept = stat.S_IMODE(status.st_mode) if mode is None else mode
        name = local.name
        return str(_on(transport, "put", where, lambda sftp: _sent(sftp, file, name, target, kept, where)))


def _sent(sftp: Any, content: Any, name: str | None, target: str, mode: int | None, where: str) -> str:
    with file_failures("put", where, target):
        if _is_folder(sftp, target):
            if name is None:
                raise InvalidRequest(f"{target} is a folder there", operation="put", resource=where)
            target = posixpath.join(target, name)
        elif target.endswith("/"):
            raise FileNotFoundError
        folder, _, last = target.rpartition("/")
        part = posixpath.join(folder or ("/" if target.startswith("/") else ""), _part_of(last))
        try:
            if mode is not None:  # before there is anything in it that not everybody may read
                sftp.open(part, "wx").close()
                sftp.chmod(part, _OWNER_ONLY)
            sftp.putfo(content, part)
            if mode is not None:
                sftp.chmod(part, mode)
            sftp.posix_rename(part, target)
        except BaseException:
            clean_up(partial(_remove, sftp, part))
            raise
    return target


def _remove(sftp: Any, path: str) -> None:
    with suppress(OSError, EOFError):
        sftp.remove(path)


def _is_folder(sftp: Any, path: str) -> bool:
    try:
        return stat.S_ISDIR(sftp.stat(path).st_mode)
    except FileNotFoundError:
        return False


def receive(transport: Any, remote: str, target: Target | None, *, where: str) -> Path | None:
    """Get a file from there; gives its path here, if it has one."""
    source = remote_path(remote)
    if target is not None and not isinstance(target, (str, os.PathLike)):
        writable: Any = target
        _on(transport, "get", where, lambda sftp: _received(sftp, source, writable, where))
        return None
    name = posixpath.basename(source)
    path = Path(name if target is None else target).expanduser()
    if path.is_dir():
        path /= name
    if path.name in ("", ".", "..") or path.is_dir():
        raise InvalidRequest(f"{remote!r} is no file, so that it has no name here", operation="get")
    part = path.with_name(_part_of(path.name))
    handle = os.open(part, _NEW_FILE, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            _on(transport, "get", where, lambda sftp: _received(sftp, source, file, where))
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return path


def _received(sftp: Any, source: str, file: Any, where: str) -> None:
    with file_failures("get", where, source):
        if _is_folder(sftp, source):
            raise IsADirectoryError
        expected: int = sftp.stat(source).st_size
        got: int = sftp.getfo(source, file)
        if got < expected:
            raise ConnectionFailed(
                f"{source} ended after {got} of {expected} bytes",
                operation="get",
                resource=where,
                retryable=True,
            )


def _on(transport: Any, verb: str, where: str, work: Callable[[Any], Any]) -> Any:
    """Do it on an SFTP session of its own, in time. What goes wrong with files here is told as it is."""
    sessions: list[Any] = []

    def done() -> Any:
        sftp = _session(transport)
        sessions.append(sftp)
        try:
            return work(sftp)
        finally:
            sftp.close()

    with failures(verb, where, doing="copying a file"):
        return in_time(done, give_up=lambda: [each.close() for each in sessions])


def _session(transport: Any) -> Any:
    return engine.paramiko().SFTPClient.from_transport(transport)


def _part_of(name: str) -> str:
    return f".{name[:200]}.{uuid.uuid4().hex[:8]}.part"
