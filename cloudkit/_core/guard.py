"""Answers that are no answers: botocore reads some of them as empty, which would pass for "nothing there"."""

from __future__ import annotations

import re
from typing import Any

from cloudkit._core.marks import BROKEN_ANSWER, REAL_STATUS

# A proxy's or a captive portal's page comes with status 200 where AWS's answer should be. Before its first element
# there may be a declaration, comments and a document type.
_PAGE = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype(?!\s+html)[^>]*>)*<(?:!doctype\s+html|html\b)", re.I | re.S
)
_LOOK_BYTES = 4096
# What botocore repeats, and reads as an error although the body says nothing of one.
_SERVER_ERROR = 500


def guard_answers(client: Any) -> None:
    """Let a client take the body of a success that is cut, or is a web page, for an error that passes."""
    events = client.meta.events
    events.register("before-parse", _refuse_no_answer)
    # Before botocore's own, which decides by the status of the answer.
    events.register_first(f"needs-retry.{client.meta.service_model.service_id.hyphenize()}", _repeat)


def _refuse_no_answer(
    response_dict: dict[str, Any], operation_model: Any, customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Let botocore read it as an error that says what it is: for its event `before-parse`."""
    body = response_dict.get("body")
    status = response_dict.get("status_code", 0)
    if status >= 300 or not isinstance(body, bytes) or not body:
        return
    protocol = operation_model.service_model.metadata.get("protocol")
    start = body[:_LOOK_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    announced = _announced(response_dict.get("headers") or {})
    if announced is not None and announced > len(body):
        what = f"was cut after {len(body)} of {announced} bytes"
    elif protocol == "json" and not (start.startswith(b"{") and body.rstrip().endswith(b"}")):
        what = "is no JSON"
    elif _PAGE.match(start):
        what = "is a web page"
    else:
        return
    response_dict.update(status_code=_SERVER_ERROR, body=b"")
    customized_response_dict["Error"] = {
        "Code": BROKEN_ANSWER,
        "Message": f"the answer {what}: {start[:60].decode(errors='replace')!r}",
        REAL_STATUS: status,
    }


def _repeat(response: Any, **_: Any) -> None:
    """Let botocore see it too when it decides what to repeat: for its event `needs-retry`."""
    if response is not None:
        answer, parsed = response
        if parsed.get("Error", {}).get("Code") == BROKEN_ANSWER:
            answer.status_code = _SERVER_ERROR


def _announced(headers: Any) -> int | None:
    """The length that the answer said it has, where it is the body's own."""
    if headers.get("Content-Encoding"):
        return None
    length = str(headers.get("Content-Length") or "")
    return int(length) if length.isdigit() else None
