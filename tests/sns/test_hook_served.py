"""The web hook on real servers, asked by real requests over loopback."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import uvicorn
from typing_extensions import override

from cloudkit import Cloud, Topic
from cloudkit.sns import Notification, Webhook, webhook
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns import signing
from tests.sns.signing import PATH, TOPIC, Certificates, body, certificate

PEM = certificate()


class _Quiet(WSGIRequestHandler):
    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def by_wsgiref(hook: Webhook) -> Generator[str]:
    errors: list[str] = []

    class Handler(_Quiet):
        @override
        def get_stderr(self) -> Any:
            class Sink:
                def write(self, text: str) -> None:
                    errors.append(text)

                def flush(self) -> None:
                    pass

            return Sink()

    server: WSGIServer = make_server("127.0.0.1", 0, hook, handler_class=Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def by_uvicorn(hook: Webhook) -> Generator[str]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # whoever comes before the server is ready waits
    config = uvicorn.Config(hook.asgi, log_level="critical", lifespan="on", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


Server = Callable[[Webhook], Any]


@pytest.fixture(params=[by_wsgiref, by_uvicorn], ids=["wsgiref", "uvicorn"])
def serve(request: pytest.FixtureRequest) -> Server:
    made: Server = request.param
    return made


def post(
    url: str, raw: bytes, headers: Mapping[str, str] | None = None, *, method: str = "POST"
) -> tuple[int, bytes]:
    split = urlsplit(url)
    connection = http.client.HTTPConnection(str(split.hostname), split.port, timeout=10)
    try:
        connection.request(method, split.path or "/", raw, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_served(rig: Rig, serve: Server) -> None:
    got: list[Notification] = []

    def work(notification: Notification) -> None:
        got.append(notification)
        if notification.message == "broken":
            raise KeyError("broken")

    hook = webhook(work, topics=[TOPIC], certificates=Certificates(PEM), max_body=100_000)
    with serve(hook) as url:
        sent = signing.notification("Größe: 7 €")
        assert post(url, body(sent), signing.headers(sent)) == (200, b"OK\n")
        assert post(url, body({**sent, "Message": "forged"}), signing.headers(sent)) == (403, b"Forbidden\n")
        assert post(url, b"\x00\xff")[0] == 403
        assert post(url, b"", method="GET")[0] == 405
        assert post(url, b" " * 100_001)[0] == 413
        broken = signing.notification("broken")
        assert post(url, body(broken), signing.headers(broken))[0] == 500
        assert post(url, body(broken), signing.headers(broken))[0] == 500
    assert [each.message for each in got] == ["Größe: 7 €", "broken", "broken"]


def test_a_body_in_chunks(rig: Rig) -> None:
    got: list[Notification] = []
    hook = webhook(got.append, topics=[TOPIC], certificates=Certificates(PEM))
    raw = body(signing.notification())
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (raw[:100], raw[100:], b""))
    head = b"POST / HTTP/1.1\r\nHost: example.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    for serve, status in ((by_uvicorn, b"200"), (by_wsgiref, b"411")):  # wsgiref does not know of chunks
        with (
            serve(hook) as url,
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10) as to,
        ):
            to.sendall(head + chunks)
            assert to.recv(100).split()[1] == status
    assert len(got) == 1


def test_a_subscription_is_confirmed(faults: FaultServer, serve: Server) -> None:
    """Certificate and confirmation go to the server in AWS's place, with requests of their own."""
    arn = f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f"
    faults.replies(
        Reply(body=PEM),
        Reply.xml(
            "<ConfirmSubscriptionResponse><ConfirmSubscriptionResult><SubscriptionArn>"
            f"{arn}</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
        ),
    )
    hook = webhook(print, topics=[TOPIC], cloud=faults.cloud())
    sent = signing.confirmation()
    with serve(hook) as url:
        assert post(url, body(sent), signing.headers(sent)) == (200, b"OK\n")
    assert [request.path for request in faults.requests] == [PATH, "/"]
    assert faults.requests[1].form["Token"] == sent["Token"]


def deliver(cloud: Cloud, name: str, serve: Server) -> list[Notification]:
    """Subscribe the hook to a topic, publish, and give what came."""
    got: list[Notification] = []
    came = threading.Event()

    def work(notification: Notification) -> None:
        got.append(notification)
        came.set()

    topic = Topic.create(name, cloud=cloud)
    with serve(webhook(work, topics=[topic], cloud=cloud)) as url:
        topic.subscribe(f"{url}/sns")
        topic.publish({"order": 7})
        assert came.wait(10)
    return got


def test_delivered_by_a_server(rig: Rig, server_url: str, serve: Server) -> None:
    """moto's server signs, keeps its certificates itself, and confirms subscriptions without being asked."""
    cloud = Cloud(region="us-east-1", endpoint_url=server_url)
    [got] = deliver(cloud, rig.name("news"), serve)
    assert got.verified
    assert got.json(dict) == {"order": 7}


def test_delivered_by_the_embedded_cloud(rig: Rig, serve: Server) -> None:
    [got] = deliver(rig.cloud, rig.name("news"), serve)
    assert got.verified
    assert got.json(dict) == {"order": 7}
    assert json.loads(got.message) == {"order": 7}
