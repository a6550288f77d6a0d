from __future__ import annotations

import gzip
import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cloudkit import Cloud, ConnectionFailed, deadline
from cloudkit._core.fetching import Fetched, fetch
from cloudkit._core.service import Service
from cloudkit.errors import DeadlineExceeded
from tests.faults import FaultServer, Reply

SERVICE = Service("sns")
URL = "https://sns.us-east-1.amazonaws.com/a.pem"


def get(cloud: Cloud, url: str = URL, *, most_bytes: int = 1000, seconds: float = 5.0) -> Fetched:
    return fetch(cloud, SERVICE, url, region="us-east-1", most_bytes=most_bytes, seconds=seconds)


def test_from_the_server_in_aws_s_place(faults: FaultServer) -> None:
    faults.otherwise(Reply(body=b"content"))
    assert get(faults.cloud()) == Fetched(200, b"content")
    [request] = faults.requests
    assert (request.method, request.path) == ("GET", "/a.pem")
    scope = request.headers["Authorization"]
    assert "anonymous" in scope
    assert "/us-east-1/sns/" in scope
    assert "Signature" not in scope
    assert "testing" not in str(request.headers)  # the key of the environment


def test_it_needs_neither_credentials_nor_a_region(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    faults.otherwise(Reply(body=b"content"))
    cloud = Cloud(endpoint_url=f"{faults.url}/base/")
    assert get(cloud).body == b"content"
    assert faults.requests[0].path == "/base/a.pem"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500, 503])
def test_every_answer_is_one(faults: FaultServer, status: int) -> None:
    faults.otherwise(Reply(status, b"why", headers={"Location": f"{faults.url}/elsewhere"}))
    assert get(faults.cloud(attempts=3)) == Fetched(status, b"why")
    assert len(faults.requests) == 1


def test_no_more_is_read_than_is_allowed(faults: FaultServer) -> None:
    faults.replies(Reply(body=b"a" * 1000), Reply(body=b"a" * 1001), Reply(body=b"a" * 10_000_000))
    cloud = faults.cloud()
    assert get(cloud) == Fetched(200, b"a" * 1000)
    assert get(cloud) == Fetched(200, None)
    assert get(cloud) == Fetched(200, None)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(reset=True),
        Reply(body=b"content", cut_after=3),
        Reply(headers={"Content-Length": "9"}, cut_after=0),
    ],
    ids=["reset", "cut", "empty"],
)
def test_an_answer_that_breaks_off(faults: FaultServer, reply: Reply) -> None:
    faults.otherwise(reply)
    with pytest.raises(ConnectionFailed):
        get(faults.cloud())


@pytest.mark.parametrize("reply", [Reply(body=b"a" * 500, drip=0.1), Reply(delay=30)], ids=["drip", "hang"])
def test_it_ends_in_time(faults: FaultServer, reply: Reply) -> None:
    faults.otherwise(reply)
    begin = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        get(faults.cloud(), seconds=0.3)
    assert time.monotonic() - begin < 1.3


def test_the_nearer_deadline_counts(faults: FaultServer) -> None:
    faults.otherwise(Reply(delay=30))
    with deadline(0.2), pytest.raises(DeadlineExceeded) as caught:
        get(faults.cloud(), seconds=20)
    assert caught.value.seconds == 0.2


def test_the_session_s_hooks_may_answer() -> None:
    """As the embedded cloud's do, and those of a caller who records."""
    seen: list[Any] = []

    class Raw:
        def __init__(self) -> None:
            self._parts = [b"con", b"tent"]

        def read(self, size: int) -> bytes:
            return self._parts.pop(0) if self._parts else b""

        def close(self) -> None:
            self._parts.clear()

    def answer(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        return AWSResponse(request.url, 200, {}, Raw())

    session = boto3.Session(region_name="us-east-1")
    session.events.register("before-send.sns", answer)
    assert get(Cloud(session=session)).body == b"content"
    assert [request.url for request in seen] == [URL]
    assert "Authorization" not in seen[0].headers


def test_aws_itself_is_asked_without_credentials_by_the_proxy(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy that the environment names is asked for the way to AWS, and for nothing else."""
    monkeypatch.setenv("HTTPS_PROXY", faults.url)
    with pytest.raises(ConnectionFailed, match="proxy"):
        get(Cloud(region="us-east-1"))
    # An endpoint of AWS's own is AWS: PrivateLink has no certificates.
    with pytest.raises(ConnectionFailed, match="proxy"):
        get(Cloud(region="us-east-1", endpoint_url="https://sns.us-east-1.amazonaws.com"))


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture
def secure_url(pem: Path) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"content")

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # clients that do not trust it hang up

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_that_nobody_vouches_for(secure_url: str) -> None:
    with pytest.raises(ConnectionFailed, match="SSL"):
        get(Cloud(region="us-east-1", endpoint_url=secure_url))


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_authorities_of_one_s_own(
    secure_url: str, pem: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(pem))
    assert get(Cloud(region="us-east-1", endpoint_url=secure_url)).body == b"content"


def test_what_is_packed_stays_packed(faults: FaultServer) -> None:
    """A small body that would unpack to a large one is what it is."""
    packed = gzip.compress(b"a" * 1_000_000)
    faults.otherwise(Reply(body=packed, headers={"Content-Encoding": "gzip"}))
    assert get(faults.cloud(), most_bytes=len(packed)) == Fetched(200, packed)
    assert (
        "Accept-Encoding" not in faults.requests[0].headers
        or "gzip" not in faults.requests[0].headers["Accept-Encoding"]
    )
