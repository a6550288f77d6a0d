"""An embedded cloud behind a server: what goes through it happens there, unless a fault prevents it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from cloudkit import local
from cloudkit.testing import FakeClock
from tests.contract.retry_laws import Law, Scene, moved
from tests.faults import FaultServer, Reply, Request

ATTEMPTS = 5
# Longer than anything that a Cloud remembers of what it has made or looked up.
FORGOTTEN_SECONDS = 3600.0

_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
_ATTEMPT = re.compile(r"attempt=(\d+)")
_OF_THE_CONNECTION = ("transfer-encoding", "connection", "date", "server")

# Of the others moto wants text.
_BYTES = {"s3"}
_CONDITIONS = {"If-Match", "If-None-Match"}

Answer = Callable[[Request], Reply]


@frozen
class Fault:
    """What goes wrong.

    Attributes:
        name: What it is called.
        answer: The answer to a request, given how it is answered if nothing is wrong.
        times: Requests for each one that is sent if nothing is wrong.
    """

    name: str
    answer: Callable[[Request, Answer], Reply]
    times: int = 1


class Stage:
    """The world, the server before it, and the Cloud under test.

    Attributes:
        scene: The world, for making things in it.
        cloud: The Cloud under test, whose requests go through the server.
    """

    def __init__(self, server: FaultServer, folder: Path) -> None:
        self.scene = Scene(local(clock=FakeClock()), folder)
        self.cloud = server.cloud(attempts=ATTEMPTS, pauses=False)
        self._server = server
        self._fault = NOTHING
        self._again: Mapping[str, tuple[str, int] | None] = {}
        self._answered: dict[str, Reply] = {}  # by call, however often it is tried
        session: Any = self.scene.cloud.session
        self._world = session.events
        server.otherwise(self._answer)

    def play(self, law: Law[Any], given: Any, fault: Fault) -> object:
        """What the method gives or raises under a fault; `requests` are those that it has sent."""
        self._fault, self._again = fault, law.again
        self._answered.clear()
        self._server.clock.advance(FORGOTTEN_SECONDS)
        self._server.requests.clear()
        with self.cloud:
            try:
                return law.call(moved(given, self.cloud))
            except Exception as error:
                return error
            finally:
                self._fault = NOTHING

    @property
    def requests(self) -> Sequence[Request]:
        return self._server.requests

    def _answer(self, request: Request) -> Reply:
        return self._fault.answer(request, self._said)

    def _said(self, request: Request) -> Reply:
        """What AWS says: what the world does, or what the row knows better of a repetition."""
        call = request.headers["amz-sdk-invocation-id"]
        if call in self._answered and request.operation in self._again:
            error = self._again[request.operation]
            return self._answered[call] if error is None else refusal(request, *error)
        self._answered[call] = self._done(request)
        return self._answered[call]

    def _done(self, request: Request) -> Reply:
        """What the world says to it."""
        from botocore.awsrequest import AWSPreparedRequest, HeadersDict

        scope = _SCOPE.search(request.headers["Authorization"])
        assert scope is not None
        service = scope["service"]
        url = f"https://{service}.{scope['region']}.amazonaws.com{request.target}"
        body = request.body.decode() if service not in _BYTES else request.body
        sent = AWSPreparedRequest(request.method, url, HeadersDict(request.headers), body, False)
        event = f"before-send.{service}.{request.operation or request.method}"
        ((_, answer),) = self._world.emit(event, request=sent)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        length = headers.pop("content-length", "0")
        if request.method == "HEAD":
            headers["Content-Length"] = length
        for name in _OF_THE_CONNECTION:
            headers.pop(name, None)
        return Reply(answer.status_code, answer.content, headers)


# -- the faults --------------------------------------------------------------------------------------------------


def attempt(request: Request) -> int:
    """Which try of its call this request is, the first one being 1."""
    found = _ATTEMPT.search(request.headers["amz-sdk-request"])
    assert found is not None
    return int(found[1])


def refusal(request: Request, code: str, status: int) -> Reply:
    """An error in the words of the service that was asked."""
    scope = _SCOPE.search(request.headers["Authorization"])
    service = scope["service"] if scope is not None else ""
    if service == "s3":
        return Reply.s3_error(code, status=status)
    if service == "ec2":
        return Reply.ec2_error(code, status=status)
    if "X-Amz-Target" in request.headers:
        return Reply.json_error(code, status=status)
    return Reply.query_error(code, status=status)


def busy(request: Request) -> Reply:
    return refusal(
        request, "SlowDown" if "X-Amz-Target" not in request.headers else "ServiceUnavailable", 503
    )


def _first(*faults: Callable[[Request], Reply]) -> Callable[[Request, Answer], Reply]:
    """The first tries of each call meet these, one each."""

    def answer(request: Request, done: Answer) -> Reply:
        number = attempt(request)
        return faults[number - 1](request) if number <= len(faults) else done(request)

    return answer


def _reset(request: Request) -> Reply:
    return Reply(reset=True)


def _lost(request: Request, done: Answer) -> Reply:
    """The first try of each call is done, and nobody hears of it."""
    if (
        attempt(request) > 1
        and "x-amz-copy-source" in request.headers
        and _CONDITIONS & request.headers.keys()
    ):
        return refusal(request, "PreconditionFailed", 412)  # moto knows no conditions of copies
    answer = done(request)
    return Reply(reset=True) if attempt(request) == 1 else answer


class _Broken:
    """The first answer that has a body ends in its middle."""

    def __init__(self) -> None:
        self._over = False

    def __call__(self, request: Request, done: Answer) -> Reply:
        answer = done(request)
        if self._over or len(answer.body) < 2 or answer.status >= 300 or request.method == "HEAD":
            return answer
        self._over = True
        return Reply(answer.status, answer.body, answer.headers, cut_after=len(answer.body) // 2)


NOTHING = Fault("nothing", lambda request, done: done(request))
REPEATED = (
    Fault("503 twice", _first(busy, busy), 3),
    Fault("reset twice", _first(_reset, _reset), 3),
    Fault("reset and 503", _first(_reset, busy), 3),
)
LOST = Fault("lost answer", _lost, 2)
FINAL = (
    Fault("400", lambda request, done: refusal(request, "InvalidArgument", 400)),
    Fault("401", lambda request, done: refusal(request, "InvalidClientTokenId", 401)),
)
FOREVER = Fault("503 for ever", lambda request, done: busy(request))


def broken() -> Fault:
    """A broken stream."""
    return Fault("broken stream", _Broken())
