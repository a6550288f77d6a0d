"""Plain TCP connections: what a server says first, and a port of this machine that leads elsewhere."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

LOOPBACK = "127.0.0.1"
_CHUNK_BYTES = 32 * 1024


def first_line(host: str, port: int, *, seconds: float, most: int) -> bytes | None:
    """The first line that a server says by itself; None if it cannot be reached, or says none in time.

    Args:
        host: Its name or address.
        port: Its port.
        seconds: For connecting, and again for each piece of the line.
        most: Bytes of it to read at most.
    """
    found = b""
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            while len(found) < most and b"\n" not in found:
                piece = connection.recv(most - len(found))
                if not piece:
                    break
                found += piece
    except OSError:
        return None
    return found.partition(b"\n")[0].rstrip(b"\r") if b"\n" in found else None


class Stream(Protocol):
    """What a connection is joined to."""

    def recv(self, size: int, /) -> bytes:
        """Some bytes; none at its end."""
        ...

    def sendall(self, data: bytes, /) -> object:
        """Send all of it."""
        ...

    def shutdown(self, how: int, /) -> object:
        """End one direction."""
        ...

    def close(self) -> object:
        """End it."""
        ...


class Relay:
    """Listens on a port of this machine, and joins each connection to a stream. Closing it ends them all.

    Args:
        connect: Opens a stream for a connection. If it raises, that connection is closed.
        port: The port; 0 for one that is free.
        name: What the threads are called.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, connect: Callable[[], Stream], port: int, name: str) -> None:
        self._connect = connect
        self._name = name
        self._open: set[Stream] = set()
        self._closed = False
        self._turn = threading.Lock()
        self._listener = socket.create_server((LOOPBACK, port))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    def _start(self, work: Callable[[], object]) -> None:
        threading.Thread(target=work, name=self._name, daemon=True).start()

    def _accept(self) -> None:
        while not self._closed:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            self._start(partial(self._join, here))

    def _join(self, here: socket.socket) -> None:
        try:
            there = self._connect()
        except Exception:  # whoever connected sees the end of the connection
            here.close()
            return
        with self._turn:
            self._open |= {here, there}
        other = threading.Thread(target=_carry, args=(there, here), name=self._name, daemon=True)
        other.start()
        _carry(here, there)
        other.join()
        with self._turn:
            self._open -= {here, there}
        _end(here, there)

    def close(self) -> None:
        """Listen no more, and end the connections."""
        self._closed = True
        with suppress(OSError):  # wakes the thread that accepts; not on all systems, and close does there
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._turn:
            left = list(self._open)
        _end(*left)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _carry(source: Stream, target: Stream) -> None:
    """All that comes from the one to the other, until either ends."""
    with suppress(OSError, EOFError):
        while piece := source.recv(_CHUNK_BYTES):
            target.sendall(piece)
    with suppress(OSError, EOFError):
        target.shutdown(socket.SHUT_WR)


def _end(*streams: Stream) -> None:
    for each in streams:
        with suppress(OSError, EOFError):
            each.shutdown(socket.SHUT_RDWR)  # wakes who reads
        with suppress(OSError, EOFError):
            each.close()
