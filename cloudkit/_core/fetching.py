"""Small public documents of AWS's own servers, read without credentials: no redirects, bounded in bytes and in time."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from attrs import frozen

from cloudkit._core.body import break_off
from cloudkit._core.cloud import Cloud
from cloudkit._core.deadline import limited
from cloudkit._core.service import Service

_CHUNK_BYTES = 8 * 1024
_OPERATION = "GetDocument"  # of no service's model: it names the request in errors and to event hooks


@frozen
class Fetched:
    """An answer.

    Attributes:
        status: Its HTTP status. A redirect is an answer like any other: it is not followed.
        body: Its content; None if that is longer than was allowed.
    """

    status: int
    body: bytes | None


def fetch(
    cloud: Cloud, service: Service, url: str, *, region: str, most_bytes: int, seconds: float
) -> Fetched:
    """GET a document of a service's, without credentials.

    It goes the way of the Cloud's other requests: by the session's proxies and certificate authorities, past the event
    hooks of the session, so that the embedded cloud answers for AWS, and to the server that is in AWS's place if
    there is one.

    Args:
        cloud: Whose way it goes.
        service: Whose document it is.
        url: Its address at AWS. The caller has made sure that it is one to ask.
        region: The region of the document.
        most_bytes: Bytes that it may have. No more are read.
        seconds: What it may take in all, however slowly it comes.

    Raises:
        ConnectionFailed: There was no answer, or the server is not who it says.
        DeadlineExceeded: It took too long.
    """
    bodies: list[Any] = []

    def get() -> Fetched:
        return _get(cloud, service, url, region, most_bytes, seconds, bodies)

    def give_up() -> None:
        for body in bodies:
            break_off(body)

    with limited(seconds):
        return cloud.step(get, service, _OPERATION, url, give_up=give_up)


def _get(
    cloud: Cloud,
    service: Service,
    url: str,
    region: str,
    most_bytes: int,
    seconds: float,
    bodies: list[Any],
) -> Fetched:
    from botocore.awsrequest import AWSRequest
    from botocore.response import StreamingBody

    session, stand_in = cloud.route(service.name)
    headers: dict[str, str] = {}
    if stand_in is not None:
        url = _at(stand_in, url)
        # One server for many services tells by this which is meant; it signs nothing.
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential=anonymous/00000000/{region}/{service.name}/aws4_request"
        )
    request: Any = AWSRequest(method="GET", url=url, headers=headers, stream_output=True).prepare()
    hooks: Any = session.get_component("event_emitter")
    answer: Any = hooks.emit_until_response(f"before-send.{service.name}.{_OPERATION}", request=request)[1]
    connections: Any = None
    if answer is None:
        connections = _connections(session, url, seconds)
        answer = connections.send(request)
    body: Any = StreamingBody(answer.raw, answer.headers.get("content-length"))  # which tells of a cut body
    bodies.append(body)
    try:
        return Fetched(int(answer.status_code), _read(body, most_bytes))
    finally:
        body.close()
        if connections is not None:
            connections.close()


def _connections(session: Any, url: str, seconds: float) -> Any:
    """Connections as botocore's clients have them, without a client: that would look for credentials and a region."""
    from botocore import httpsession, utils

    # As botocore chooses them, in that order.
    authorities: Any = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE", True)
    defaults: Any = session.get_default_client_config()
    given: Any = None if defaults is None else defaults.proxies
    from_environment: Any = getattr(utils, "get_environ_proxies")  # noqa: B009 - which has no types
    return httpsession.URLLib3Session(
        verify=authorities,
        proxies=from_environment(url) if given is None else given,
        proxies_config=None if defaults is None else defaults.proxies_config,
        timeout=(seconds, seconds),
        max_pool_connections=1,
    )


def _read(body: Any, most_bytes: int) -> bytes | None:
    found = bytearray()
    while len(found) <= most_bytes:
        chunk: Any = body.read(_CHUNK_BYTES)
        if not chunk:
            return bytes(found)
        found += chunk
    return None


def _at(stand_in: str, url: str) -> str:
    """The same path on another server."""
    server = urlsplit(stand_in)
    return urlunsplit(
        (server.scheme, server.netloc, server.path.rstrip("/") + urlsplit(url).path, urlsplit(url).query, "")
    )
