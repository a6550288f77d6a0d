from __future__ import annotations

from http import HTTPStatus

import pytest

from cloudkit.sns import Reply
from cloudkit.sns.reply import content_of


@pytest.mark.parametrize("status", [HTTPStatus.OK, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED])
def test_what_is_told(status: HTTPStatus) -> None:
    reply = Reply(status)
    headers = dict(reply.headers)
    assert reply.text == f"{status.phrase}\n"
    assert headers["Content-Length"] == str(len(content_of(reply, "POST")))
    assert headers.get("Allow") == ("POST" if status == HTTPStatus.METHOD_NOT_ALLOWED else None)
    assert content_of(reply, "GET") == reply.text.encode()
    assert content_of(reply, "HEAD") == b""
