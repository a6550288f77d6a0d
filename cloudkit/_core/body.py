"""The body of a streamed answer."""

from __future__ import annotations

from typing import Any


def bare_body(body: Any, length: int | None) -> Any:
    """The same body without botocore's checksum of it, for readers that keep one of their own over several answers.

    Args:
        body: botocore's, from which nothing was read yet.
        length: How many bytes it has, if that is known.
    """
    from botocore.response import StreamingBody

    # Entering a StreamingBody gives what is below it, where no checksum is kept.
    return StreamingBody(body.__enter__(), length)
