"""Answers that are no answers: botocore reads some of them as empty, which would pass for "nothing there"."""

from __future__ import annotations

import re
from typing import Any

from cloudkit.errors import ServiceError

# A proxy's or a captive portal's page comes with status 200 where AWS's answer should be. Before its first element
# there may be a declaration, comments and a document type.
_PAGE = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype(?!\s+html)[^>]*>)*<(?:!doctype\s+html|html\b)", re.I | re.S
)
_LOOK_BYTES = 4096


def refuse_no_answer(response_dict: dict[str, Any], operation_model: Any, **_: Any) -> None:
    """Raise if the body of a success is cut, or is a web page: for botocore's event `before-parse`.

    Raises:
        ServiceError: The body cannot be AWS's.
    """
    body = response_dict.get("body")
    if response_dict.get("status_code", 0) >= 300 or not isinstance(body, bytes) or not body:
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
    service = operation_model.service_model
    raise ServiceError(
        f"the answer {what}: {start[:60].decode(errors='replace')!r}",
        service=service.service_name,
        operation=operation_model.name,
        status=response_dict.get("status_code"),
        retryable=True,
        hint="something between here and AWS answers in its place: a proxy, a portal, a wrong endpoint_url",
    )


def _announced(headers: Any) -> int | None:
    """The length that the answer said it has, where it is the body's own."""
    if headers.get("Content-Encoding"):
        return None
    length = str(headers.get("Content-Length") or "")
    return int(length) if length.isdigit() else None
