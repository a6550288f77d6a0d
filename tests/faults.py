"""A small HTTP server on loopback that answers as a test says: what moto cannot show is shown with it."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import field, frozen
from typing_extensions import Self, override

from cloudkit import Cloud, Retry, Timeouts, Transfers
from cloudkit.testing import FakeClock

# A deadline is promised to be late by 1 s at most. Here the tests of other processes may be in its way.
LATE_SECONDS = 3.0


@frozen
class Request:
    """What the client sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    target: str  # path and query as they came

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """The body of a Query-protocol request (SNS, EC2, ELB, IAM), with `Action` among its fields."""
        return {
            name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()
        }

    @property
    def operation(self) -> str:
        """The operation, for the JSON and Query protocols; empty for REST."""
        target = self.headers.get("X-Amz-Target", "")
        return target.rpartition(".")[2] or (self.form.get("Action", "") if self.method == "POST" else "")


@frozen
class Reply:
    """What the server answers.

    Attributes:
        status: The HTTP status.
        body: The whole body.
        headers: More headers.
        cut_after: Bytes of the body to send before the connection is closed.
        reset: Reset the connection before any answer.
        delay: Seconds to wait first, for real; a server that is closed answers at once.
        drip: Seconds between two bytes of the body, for real.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict[str, str])
    cut_after: int | None = None
    reset: bool = False
    delay: float = 0.0
    drip: float = 0.0

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Self:
        return cls(
            status, json.dumps(value).encode(), {"Content-Type": "application/x-amz-json-1.0", **headers}
        )

    @classmethod
    def xml(cls, text: str, status: int = 200, **headers: str) -> Self:
        return cls(status, text.encode(), {"Content-Type": "text/xml", **headers})

    @classmethod
    def query_error(cls, code: str, message: str = "no", status: int = 400) -> Self:
        """An error of a Query-protocol service (SNS, ELB, IAM, STS)."""
        return cls.xml(
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            "<RequestId>req-1</RequestId></ErrorResponse>",
            status,
        )

    @classmethod
    def ec2_error(cls, code: str, message: str = "no", status: int = 400) -> Self:
        return cls.xml(
            f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
            "<RequestID>req-1</RequestID></Response>",
            status,
        )

    @classmethod
    def s3_error(cls, code: str, message: str = "no", status: int = 404) -> Self:
        return cls.xml(
            f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>req-1</RequestId></Error>",
            status,
        )

    @classmethod
    def json_error(cls, code: str, message: str = "no", status: int = 400) -> Self:
        """An error of a JSON-protocol service (SQS)."""
        return cls.json({"__type": f"com.amazonaws#{code}", "message": message}, status)


Script = Callable[[Request], Reply]


@frozen(kw_only=True, eq=False, repr=False)
class PromptCloud(Cloud):
    """A Cloud that repeats requests as botocore does, but at once, and however many there were before."""

    @override
    def _new_client(self, service: Any) -> Any:
        from botocore.retries import standard

        client = super()._new_client(service)
        of = client.meta.service_model.service_id.hyphenize()
        event, name, events = f"needs-retry.{of}", f"retry-config-{of}", client.meta.events
        events.unregister(event, unique_id=name)
        handler: Any = standard.register_retry_handler(client, self.retry.attempts)
        events.unregister(event, unique_id=name)
        quota = handler._retry_quota._quota

        def at_once(**options: Any) -> int | None:
            quota.release(quota.INITIAL_CAPACITY)
            return None if handler.needs_retry(**options) is None else 0

        events.register(event, at_once, unique_id=name)
        return client


class FaultServer:
    """Answers from a script: replies in turn, then `otherwise`.

    >>> with FaultServer() as server:
    ...     server.replies(Reply.s3_error("SlowDown", status=503), Reply(body=b"x"))
    ...     Object("b", "k", cloud=server.cloud(attempts=2)).read_bytes()
    b'x'
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.clock = FakeClock()
        self._script: deque[Reply | Script] = deque()
        self._otherwise: Reply | Script = Reply(500, b"no reply left")
        self._lock = threading.Lock()
        self._closed = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else the body waits 40 ms for the client to acknowledge the headers.
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                outer._serve(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

            @override
            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            @override
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # clients hang up on purpose here

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def cloud(self, *, attempts: int = 1, read: float = 5.0, pauses: bool = True, **options: Any) -> Cloud:
        """A Cloud that calls this server. botocore really sleeps between attempts, unless `pauses` is False.

        Scripts count on boto3's requests: with `transfers=Transfers()` the other engine would be asked first.
        """
        options.setdefault("transfers", Transfers(engine="boto3"))
        made = Cloud if pauses else PromptCloud
        return made(
            region="us-east-1",
            endpoint_url=self.url,
            retry=Retry(attempts=attempts),
            timeouts=Timeouts(connect=2.0, read=read),
            clock=self.clock,
            **options,
        )

    def replies(self, *script: Reply | Script) -> None:
        """Answer with these, one a request; a function gets the request and makes the reply."""
        self._script.extend(script)

    def otherwise(self, reply: Reply | Script) -> None:
        """Answer with this when nothing else is left."""
        self._otherwise = reply

    @property
    def operations(self) -> list[str]:
        return [request.operation or f"{request.method} {request.path}" for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        split = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        request = Request(
            handler.command,
            split.path,
            parse_qs(split.query, keep_blank_values=True),
            dict(handler.headers.items()),
            body,
            handler.path,
        )
        with self._lock:
            self.requests.append(request)
            step = self._script.popleft() if self._script else self._otherwise
            reply = step if isinstance(step, Reply) else step(request)
        if reply.delay:
            self._closed.wait(reply.delay)
        if reply.reset:
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if "Content-Length" not in reply.headers:
            handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        body = reply.body if reply.cut_after is None else reply.body[: reply.cut_after]
        if reply.drip:
            for byte in body:
                handler.wfile.write(bytes([byte]))
                if self._closed.wait(reply.drip):
                    break
            handler.close_connection = True
            return
        handler.wfile.write(body)
        if reply.cut_after is not None:
            handler.close_connection = True
