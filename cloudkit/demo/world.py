"""What the steps of the tour hand on to each other."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self, override

from cloudkit._local import LocalCloud
from cloudkit.ec2 import ElasticIP, Instance, KeyPair, SecurityGroup
from cloudkit.elb import Diagram, LoadBalancer
from cloudkit.s3 import Bucket
from cloudkit.sns import Topic
from cloudkit.sqs import Queue


class World:
    """The things made so far. Each step sets what it makes; in the code that is shown, `world.` is left out."""

    cloud: LocalCloud
    folder: Path
    receiver: Receiver
    key: KeyPair
    group: SecurityGroup
    servers: Sequence[Instance]
    address: ElasticIP
    balancer: LoadBalancer
    served: list[tuple[str | None, list[str | None]]]
    diagram: Diagram
    bucket: Bucket
    link: str
    topic: Topic
    inbox: Queue
    jobs: Queue
    done: list[tuple[str, int, int]]

    def __init__(self, cloud: LocalCloud, folder: Path, receiver: Receiver) -> None:
        self.cloud = cloud
        self.folder = folder
        self.receiver = receiver
        self.done = []


class Receiver:
    """A real HTTP server in this process, which keeps what is posted to it."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                outer.received.append(json.loads(self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            @override
            def log_message(self, format: str, *args: object) -> None:
                pass  # the tour tells what came

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/news"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
