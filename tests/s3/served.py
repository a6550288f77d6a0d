"""One object, served as S3 does it, with faults."""

from __future__ import annotations

import base64
import threading
import zlib
from collections.abc import Sequence
from typing import Any

from cloudkit import Object
from cloudkit._core.transfers import Transfers
from tests.faults import FaultServer, Reply, Request

BODY = bytes(range(256)) * 4


def crc32(body: bytes) -> str:
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


class Served:
    """Answers GET and HEAD of one object.

    Attributes:
        body: What it holds.
        etag: Its ETag.
        checksums: Headers that a HEAD, or a GET of the whole, has when it is asked for them.
        parts: Sizes of the parts it was uploaded in.
        cuts: Bytes to send of the next bodies before the connection is closed; None sends all.
        corrupt: Bytes that arrive changed.
        sent: Bytes sent so far, bodies cut included.
        asked: Bytes that the requests asked for.
    """

    def __init__(
        self,
        body: bytes = BODY,
        *,
        etag: str = '"one"',
        checksums: dict[str, str] | None = None,
        parts: Sequence[int] = (),
        cuts: list[int | None] | None = None,
        corrupt: Sequence[int] = (),
    ) -> None:
        self.body = body
        self.etag = etag
        self.checksums = checksums or {}
        self.parts = parts
        self.cuts = cuts or []
        self.corrupt = corrupt
        self.sent = 0
        self.asked = 0
        self.more: dict[str, str] = {}
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        headers = {"ETag": self.etag, "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT", **self.more}
        wanted = request.headers.get("If-Match")
        if wanted is not None and wanted != self.etag:
            return Reply.s3_error("PreconditionFailed", "At least one of the conditions did not hold", 412)
        if request.headers.get("x-amz-checksum-mode") == "ENABLED" and "Range" not in request.headers:
            headers.update(self.checksums)
        if request.method == "HEAD":
            number = request.query.get("partNumber")
            size = len(self.body) if number is None or not self.parts else self.parts[int(number[0]) - 1]
            return Reply(200, b"", {**headers, "Content-Length": str(size)})
        return self._content(request.headers.get("Range"), headers)

    def _content(self, wanted: str | None, headers: dict[str, str]) -> Reply:
        start, end = 0, len(self.body)
        if wanted is not None:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), min(end, int(last) + 1) if last else end
            if start >= len(self.body):
                return Reply.s3_error("InvalidRange", "The requested range is not satisfiable", 416)
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(self.body)}"
        body: bytes = self.body if (start, end) == (0, len(self.body)) else self.body[start:end]
        for place in self.corrupt:
            if start <= place < end:
                changed = bytearray(body)
                changed[place - start] ^= 0xFF
                body = bytes(changed)
        with self._lock:
            cut = self.cuts.pop(0) if self.cuts else None
            if cut is not None and cut >= len(body):
                cut = None
            self.asked += len(body)
            self.sent += len(body) if cut is None else min(cut, len(body))
        return Reply(200 if wanted is None else 206, body, headers, cut_after=cut)


def served(faults: FaultServer, *, checked: bool = False, **options: Any) -> tuple[Object, Served]:
    """The object, and who serves it; `checked` with the checksums that S3 gives to a client like on AWS."""
    server = Served(**options)
    faults.otherwise(server)
    transfers = Transfers(engine="boto3", checksums="when_supported" if checked else "auto")
    return Object("acme", "k", cloud=faults.cloud(transfers=transfers)), server
