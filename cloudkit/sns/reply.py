"""What SNS is told of a request."""

from __future__ import annotations

from http import HTTPStatus

from attrs import frozen

METHOD = "POST"


@frozen
class Reply:
    """What SNS is told.

    Attributes:
        status: The HTTP status.
    """

    status: HTTPStatus

    @property
    def text(self) -> str:
        """A body that says no more than the status does."""
        return f"{self.status.phrase}\n"

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers."""
        return [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(self.text))),
            *([("Allow", METHOD)] if self.status == HTTPStatus.METHOD_NOT_ALLOWED else []),
        ]


class Answered(Exception):
    """It is clear what to answer, and the handler has no part in it."""

    def __init__(self, status: HTTPStatus) -> None:
        self.reply: Reply = Reply(status)


def content_of(reply: Reply, method: str) -> bytes:
    """The body of an answer to such a request: HEAD gets none, which would be taken for the next answer's beginning."""
    return b"" if method == "HEAD" else reply.text.encode()
