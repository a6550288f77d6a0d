"""What servers and handlers may do to the hook: nothing is lost, nothing hangs, and nothing counts as done too early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

import pytest

from cloudkit import InvalidRequest
from cloudkit.sns import Notification, SeenMessages
from tests.conftest import Rig
from tests.sns import signing
from tests.sns.signing import Certificates, body
from tests.sns.test_hook import PEM, RAW, ask_asgi, ask_wsgi, environ, hook_of, part, respond, scope


async def _later(given: Any) -> bool:
    return False


# -- handlers that have not run ----------------------------------------------------------------------------------


def _one_by_one(notification: Notification) -> Any:
    yield notification


NOT_RUN = {
    "a coroutine": lambda notification: _later(notification),
    "a generator": lambda notification: _one_by_one(notification),
}


@pytest.mark.parametrize("handler", NOT_RUN.values(), ids=NOT_RUN.keys())
def test_what_has_not_run_is_not_dealt_with(rig: Rig, handler: Any) -> None:
    """Were this 200, the message would be lost. The error becomes a 500, and it comes again."""
    seen = SeenMessages()
    hook, sent = hook_of(handler, replay=seen), signing.notification()
    with pytest.raises(InvalidRequest, match="nobody runs"):
        respond(hook, sent)
    with pytest.raises(InvalidRequest, match="nobody runs"):
        asyncio.run(hook.respond_async(body(sent), {}))
    assert len(seen) == 0
    got: list[Notification] = []
    assert respond(hook_of(got.append, replay=seen), sent) == 200
    assert len(got) == 1


async def _generator(notification: Notification) -> Any:
    yield notification


@pytest.mark.parametrize(
    "options",
    [
        {"handler": _one_by_one},
        {"handler": _generator},
        {"confirm": _later},
        {"confirm": bool},
        {"confirm": "no"},
        {"confirm": None},
        {"topics": _later},
        {"topics": str},
        {"topics": [None]},
        {"replay": _later},
        {"replay": SeenMessages},
        {"replay": lambda message_id: False},
        {"replay": 7},
        {"max_age": float("nan")},
    ],
)
def test_what_would_say_yes_to_everything_makes_no_hook(rig: Rig, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        hook_of(**{"handler": print, **options})


def test_nothing_is_confirmed_by_a_coroutine(rig: Rig) -> None:
    """Nobody awaits it, and it would count as true."""
    hook = hook_of(print, confirm=lambda notification: _later(notification))
    with pytest.raises(InvalidRequest, match="confirm is async"):
        respond(hook, signing.confirmation())


def test_a_memory_that_says_nothing_loses_nothing(rig: Rig) -> None:
    """A coroutine would count as seen: each message would be answered 200, and be lost."""

    class Far(SeenMessages):
        def __call__(self, message_id: str, /) -> Any:
            return _later(message_id)

    got: list[Notification] = []
    hook, sent = hook_of(got.append, replay=Far()), signing.notification()
    for _ in range(2):  # it does not stay under way
        with pytest.raises(InvalidRequest, match="replay is async"):
            respond(hook, sent)


# -- servers that give up ----------------------------------------------------------------------------------------


def test_who_gives_up_while_it_is_verified_gets_it_again(rig: Rig) -> None:
    """The server cancels the request while the certificate is on its way; the thread that fetches it goes on."""
    begun, go = threading.Event(), threading.Event()

    def certificates(url: str) -> bytes:
        begun.set()
        assert go.wait(5)
        return PEM

    got: list[Notification] = []

    async def work(notification: Notification) -> None:
        got.append(notification)

    seen = SeenMessages()
    hook, sent = hook_of(work, certificates=certificates, replay=seen), body(signing.notification())

    async def main() -> list[int]:
        task = asyncio.create_task(hook.respond_async(sent, {}))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert got == []
        go.set()
        statuses: list[int] = []
        while not got and len(statuses) < 5000:
            statuses.append((await hook.respond_async(sent, {})).status)
        return statuses

    statuses = asyncio.run(main())
    assert len(got) == 1
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


@pytest.mark.parametrize("ending", ["raises", "is cancelled"])
def test_a_memory_that_is_far_away_does_not_hold_up_the_loop(rig: Rig, ending: str) -> None:
    where: list[str] = []

    class Far(SeenMessages):
        def __call__(self, message_id: str, /) -> bool:
            where.append(threading.current_thread().name)
            return super().__call__(message_id)

        def forget(self, message_id: str, /) -> None:
            where.append(threading.current_thread().name)
            super().forget(message_id)

    begun: list[str] = []

    async def work(notification: Notification) -> None:
        begun.append(threading.current_thread().name)
        if ending == "raises":
            raise KeyError("broken")
        await asyncio.sleep(60)

    seen = Far()
    hook, sent = hook_of(work, replay=seen), body(signing.notification())

    async def main() -> None:
        task = asyncio.create_task(hook.respond_async(sent, {}))
        while not begun:
            await asyncio.sleep(0.001)
        if ending == "is cancelled":
            task.cancel()
        with pytest.raises((KeyError, asyncio.CancelledError)):
            await task

    asyncio.run(main())
    assert len(where) == 2
    assert begun[0] not in where
    assert len(seen) == 0


def test_a_handler_that_ends_an_iterator_is_answered(rig: Rig) -> None:
    """A StopIteration cannot pass through a future: the request would hang."""

    def work(notification: Notification) -> None:
        next(iter(()))

    hook = hook_of(work)

    async def main() -> None:
        await asyncio.wait_for(hook.respond_async(RAW, {}), 5)

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(main())


# -- requests ----------------------------------------------------------------------------------------------------


def test_a_body_that_does_not_come(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudkit.sns.hook.MAX_BODY_SECONDS", 0.05)
    sent: list[MutableMapping[str, Any]] = []
    events = [part(RAW[:10], more=True)]

    async def receive() -> MutableMapping[str, Any]:
        if not events:
            await asyncio.Event().wait()
        return events.pop()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(hook_of(print).asgi(scope(RAW), receive, send))
    assert sent[0]["status"] == HTTPStatus.REQUEST_TIMEOUT


@pytest.mark.parametrize("status", [405, 404])
def test_head_has_no_body(rig: Rig, status: int) -> None:
    """It would be taken for the beginning of the next answer on that connection."""
    hook = hook_of(print, path="/" if status == 405 else "/other")
    found, headers, content = ask_wsgi(hook, environ(RAW, REQUEST_METHOD="HEAD"))
    assert (found, content) == (status, b"")
    start, end = ask_asgi(hook, scope(RAW, method="HEAD"), part(RAW))
    assert (start["status"], end["body"]) == (status, b"")
    assert dict(start["headers"])[b"content-length"] == headers["Content-Length"].encode()


def test_what_is_no_http(rig: Rig) -> None:
    hook = hook_of(print)
    with pytest.raises(InvalidRequest, match="webtransport"):
        ask_asgi(hook, {"type": "webtransport"})
    # A client that is gone is told nothing: servers take that amiss.
    assert ask_asgi(hook, {"type": "websocket"}, {"type": "websocket.disconnect"}) == []


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-amz-sns-rawdelivery", b"true")],
        [(b"X-AMZ-SNS-RAWDELIVERY", b" TRUE ")],
        [(b"x-amz-sns-message-type", b"SubscriptionConfirmation")],
        [(b"x-amz-sns-topic-arn", b"arn:aws:sns:us-east-1:999999999999:news")],
        [(b"x-amz-sns-message-id", b"\xff")],
    ],
)
def test_headers_open_no_door(rig: Rig, headers: list[tuple[bytes, bytes]]) -> None:
    """They are nobody's signature: they can only make a message be refused."""
    got: list[Notification] = []
    [start, _] = ask_asgi(hook_of(got.append), scope(RAW, headers=headers), part(RAW))
    assert start["status"] == 403
    assert got == []
    # With a body that is not SNS's, no header helps.
    forged = body({**signing.notification(), "Message": "forged"})
    helping = [
        (name.encode(), value.encode()) for name, value in signing.headers(signing.notification()).items()
    ]
    for given in (helping, [(b"x-amz-sns-rawdelivery", b"false")], []):
        [start, _] = ask_asgi(hook_of(got.append), scope(forged, headers=given), part(forged))
        assert start["status"] == 403
    assert got == []


def test_several_topics(rig: Rig) -> None:
    got: list[Notification] = []
    names = [signing.TOPIC, f"{signing.TOPIC}-2", signing.TOPIC.replace("us-east-1", "eu-west-1")]
    hook = hook_of(got.append, topics=names[:2], certificates=Certificates(PEM))
    statuses = [
        respond(
            hook,
            signing.notification(
                TopicArn=name, SigningCertURL=f"https://sns.{name.split(':')[3]}.amazonaws.com{signing.PATH}"
            ),
        )
        for name in names
    ]
    assert statuses == [200, 200, 403]
    assert [each.topic_arn for each in got] == names[:2]
