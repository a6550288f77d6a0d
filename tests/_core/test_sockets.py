from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cloudkit._core.sockets import LOOPBACK, Relay, Stream, first_line


@contextmanager
def saying(*pieces: bytes, close: bool = True) -> Iterator[int]:
    """The port of a server that says this to each who connects."""
    over = threading.Event()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                for each in pieces:
                    connection.sendall(each)
                    time.sleep(0.01)
                if not close:
                    over.wait(5)

    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ((b"SSH-2.0-x\r\n",), b"SSH-2.0-x"),
        ((b"SS", b"H-2.0\n", b"more"), b"SSH-2.0"),
        ((b"no end",), None),
        ((), None),
        ((b"x" * 64,), None),
    ],
)
def test_the_first_line(pieces: tuple[bytes, ...], found: bytes | None) -> None:
    with saying(*pieces) as port:
        assert first_line(LOOPBACK, port, seconds=2, most=32) == found


def test_a_server_that_says_nothing() -> None:
    begin = time.monotonic()
    with saying(close=False) as port:
        assert first_line(LOOPBACK, port, seconds=0.1, most=32) is None
    assert time.monotonic() - begin < 2
    assert first_line(LOOPBACK, port, seconds=0.1, most=32) is None


def echo() -> Stream:
    """A stream that says what it is told."""
    near, far = socket.socketpair()

    def serve() -> None:
        with far:
            while data := far.recv(1024):
                far.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    return near


def test_a_relay_joins_connections() -> None:
    data = bytes(range(256)) * 4000
    with Relay(echo, 0, "relay") as relay:
        for _ in range(2):
            with socket.create_connection((LOOPBACK, relay.port), timeout=5) as connection:
                sender = threading.Thread(
                    target=lambda c=connection: (c.sendall(data), c.shutdown(socket.SHUT_WR))
                )
                sender.start()
                found = b""
                while piece := connection.recv(65536):
                    found += piece
                sender.join()
            assert found == data


def test_closing_it_ends_what_is_open() -> None:
    relay = Relay(echo, 0, "relay")
    with socket.create_connection((LOOPBACK, relay.port), timeout=5) as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
        relay.close()
        assert connection.recv(1) == b""
    relay.close()
    with pytest.raises(OSError):
        socket.create_connection((LOOPBACK, relay.port), timeout=1)


def test_a_stream_that_does_not_open() -> None:
    def refuse() -> Stream:
        raise RuntimeError("nobody there")

    with Relay(refuse, 0, "relay") as relay:
        for _ in range(2):
            with socket.create_connection((LOOPBACK, relay.port), timeout=5) as connection:
                assert connection.recv(1) == b""
