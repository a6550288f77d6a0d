"""The body of a streamed answer."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud
    from cloudkit._core.service import Service


def bare_body(body: Any, length: int | None) -> Any:
    """The same body without botocore's checksum of it, for readers that keep one of their own over several answers.

    Args:
        body: botocore's, from which nothing was read yet.
        length: How many bytes it has, if that is known.
    """
    from botocore.response import StreamingBody

    # Entering a StreamingBody gives what is below it, where no checksum is kept.
    return StreamingBody(body.__enter__(), length)


def read_all(cloud: Cloud, service: Service, operation: str, about: object, body: Any) -> bytes:
    """All of a body, which is closed then: for small ones.

    Args:
        cloud: Whose answer it is of.
        service: The service that was called.
        operation: boto3's name of the operation.
        about: What the call was about, for errors.
        body: botocore's.

    Raises:
        CloudError: Translated as everywhere.
    """
    left = False

    def give_up() -> None:
        nonlocal left
        left = True
        break_off(body)

    try:
        return cloud.run(
            service,
            operation,
            about,
            lambda _: bytes(body.read()),
            give_up=give_up,
            late=lambda _: body.close(),
        )
    finally:
        if not left:  # to close what another thread reads would wait for it
            body.close()


def break_off(body: Any) -> None:
    """Make a body end that another thread is reading. Whoever reads it then closes it: that would wait here."""
    raw: Any = getattr(body, "_raw_stream", None)
    with suppress(Exception):  # without it the reader ends by its time-out, or as the answer does
        # urllib3's own word for it checks whose the connection is by now; releases before 2.3 have none.
        if hasattr(raw, "shutdown"):
            raw.shutdown()
        else:
            raw._connection.sock.shutdown(socket.SHUT_RD)
