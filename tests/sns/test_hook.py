from __future__ import annotations

import asyncio
import functools
import io
import logging
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any
from wsgiref.validate import validator

import pytest

from cloudkit import Cloud, InvalidRequest, MissingExtra, NotificationRefused, Queue, current_cloud
from cloudkit.errors import AccessDenied, ServiceError
from cloudkit.sns import Notification, SeenMessages, Topic, Webhook, webhook
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.sns import signing
from tests.sns.signing import TOKEN, TOPIC, Certificates, ago, body, certificate

PEM = certificate()
CONFIRMED = Reply.xml(
    "<ConfirmSubscriptionResponse><ConfirmSubscriptionResult><SubscriptionArn>"
    f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f</SubscriptionArn>"
    "</ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
)


def hook_of(handler: Any, **options: Any) -> Webhook:
    options.setdefault("topics", [TOPIC])
    options.setdefault("certificates", Certificates(PEM))
    return webhook(handler, **options)


def respond(hook: Webhook, sent: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> int:
    return hook.respond(body(sent), signing.headers(sent) if headers is None else headers).status


@pytest.fixture
def got() -> list[Notification]:
    return []


# -- what is handed over -----------------------------------------------------------------------------------------


def test_a_notification_is_handed_over(rig: Rig, got: list[Notification]) -> None:
    sent = signing.notification()
    reply = hook_of(got.append).respond(body(sent), signing.headers(sent))
    assert (reply.status, reply.text) == (200, "OK\n")
    assert [each.message for each in got] == ["The site is up"]
    assert got[0].verified


def test_the_handler_works_in_the_hook_s_cloud(rig: Rig) -> None:
    """A server's threads know nothing of the block that the app was made in."""
    queue = Queue.create(rig.name("jobs"))
    hook = hook_of(lambda notification: Queue(queue.name).send(notification.message))
    thread = threading.Thread(target=respond, args=(hook, signing.notification()))
    thread.start()
    thread.join()
    assert [message.body for message in queue.receive(wait=0)] == ["The site is up"]


@pytest.mark.parametrize(
    ("sent", "status"),
    {
        "forged": ({**signing.notification(), "Message": "forged"}, 403),
        "another topic": (signing.notification(TopicArn=f"{TOPIC}-2"), 403),
        "old": (signing.notification(Timestamp=ago(4000)), 403),
        "another host": (signing.notification(SigningCertURL="https://evil.test/a.pem"), 403),
        "no notification": ({"a": "b"}, 403),
        "another topic's confirmation": (signing.confirmation(TopicArn=f"{TOPIC}-2"), 403),
    }.values(),
)
def test_what_is_refused(
    rig: Rig,
    got: list[Notification],
    sent: dict[str, Any],
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        reply = hook_of(got.append).respond(body(sent), {})
    assert (reply.status, reply.text) == (status, "Forbidden\n")  # no word of why
    assert got == []
    [record] = caplog.records
    assert record.name == "cloudkit.sns.webhook"
    assert record.levelno == logging.WARNING
    assert "evil.test" not in record.getMessage()


def test_what_may_be_right_later_is_asked_for_again(faults: FaultServer, got: list[Notification]) -> None:
    hook = hook_of(got.append, certificates=None, cloud=faults.cloud())
    faults.replies(Reply(503))
    faults.otherwise(Reply(body=PEM))
    sent = signing.notification()
    assert respond(hook, sent) == 503
    assert got == []
    assert respond(hook, sent) == 200
    assert len(got) == 1


def test_raw_delivery_is_refused(rig: Rig, got: list[Notification]) -> None:
    reply = hook_of(got.append).respond(b"The site is up", {"x-amz-sns-rawdelivery": "true"})
    assert reply.status == 403
    assert got == []


# -- what the handler raises, and repeats ------------------------------------------------------------------------


def test_what_the_handler_raises_goes_on_and_the_message_comes_again(rig: Rig) -> None:
    tries: list[str] = []

    def work(notification: Notification) -> None:
        tries.append(notification.message_id)
        if len(tries) == 1:
            raise KeyError("broken")

    hook, sent = hook_of(work), signing.notification()
    with pytest.raises(KeyError):
        respond(hook, sent)
    assert respond(hook, sent) == 200
    assert len(tries) == 2
    # It was dealt with: its repeat is none of the handler's business, and no failure of the delivery.
    assert respond(hook, sent) == 200
    assert len(tries) == 2


def test_a_repeat_while_it_is_dealt_with_comes_again(rig: Rig) -> None:
    """SNS waits 15 seconds. Were the second try answered 200 and the first to fail, the message would be lost."""
    begun, go, tries = threading.Event(), threading.Event(), []

    def work(notification: Notification) -> None:
        tries.append(notification)
        begun.set()
        assert go.wait(5)
        if len(tries) == 1:
            raise KeyError("broken")

    hook, sent = hook_of(work), signing.notification()
    failed: list[BaseException] = []

    def first() -> None:
        try:
            respond(hook, sent)
        except KeyError as error:
            failed.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(5)
    assert respond(hook, sent) == 503
    go.set()
    thread.join()
    assert len(failed) == 1
    assert respond(hook, sent) == 200
    assert len(tries) == 2


def test_of_many_at_once_one_is_handed_over(rig: Rig, got: list[Notification]) -> None:
    hook, sent = hook_of(got.append), signing.notification()
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(respond(hook, sent))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert set(statuses) <= {200, 503}
    assert len(statuses) == 16


def test_a_memory_of_one_s_own_is_shared(rig: Rig, got: list[Notification]) -> None:
    seen = SeenMessages()
    one, other = hook_of(got.append, replay=seen), hook_of(got.append, replay=seen)
    sent = signing.notification()
    assert (respond(one, sent), respond(other, sent)) == (200, 200)
    assert len(got) == 1
    assert Notification.verify(body(sent), topics=[TOPIC], certificates=Certificates(PEM)).verified
    with pytest.raises(NotificationRefused):
        Notification.verify(body(sent), topics=[TOPIC], certificates=Certificates(PEM), replay=seen)


def test_a_memory_that_fails_holds_nothing_up(rig: Rig, got: list[Notification]) -> None:
    class Broken(SeenMessages):
        broken = True

        def __call__(self, message_id: str, /) -> bool:
            if self.broken:
                raise ConnectionError("no memory")
            return super().__call__(message_id)

    seen = Broken()
    hook, sent = hook_of(got.append, replay=seen), signing.notification()
    with pytest.raises(ConnectionError):
        respond(hook, sent)
    Broken.broken = False
    assert respond(hook, sent) == 200
    assert len(got) == 1


def test_the_memory_lasts_as_long_as_a_message_passes(rig: Rig, got: list[Notification]) -> None:
    hook, sent = hook_of(got.append), signing.notification(Timestamp=ago(-290))
    assert respond(hook, sent) == 200
    rig.clock.advance(3600 + 290)
    assert respond(hook, sent) == 200
    assert len(got) == 1


# -- confirmations -----------------------------------------------------------------------------------------------


def test_a_subscription_is_confirmed(
    faults: FaultServer, got: list[Notification], caplog: pytest.LogCaptureFixture
) -> None:
    faults.otherwise(CONFIRMED)
    sent = signing.confirmation()
    hook = hook_of(got.append, cloud=faults.cloud())
    with caplog.at_level(logging.INFO):
        assert respond(hook, sent) == 200
    [request] = faults.requests
    assert (request.form["Action"], request.form["Token"]) == ("ConfirmSubscription", TOKEN)
    assert got == []
    text = caplog.text
    assert TOPIC in text
    assert TOKEN not in text
    assert "http" not in text


@pytest.mark.parametrize("status", [500, 403])
def test_a_confirmation_that_fails_comes_again(
    faults: FaultServer, got: list[Notification], status: int
) -> None:
    code = "InternalFailure" if status == 500 else "AuthorizationError"
    faults.replies(Reply.query_error(code, status=status))
    faults.otherwise(CONFIRMED)
    sent = signing.confirmation()
    hook = hook_of(got.append, cloud=faults.cloud())
    with pytest.raises((ServiceError, AccessDenied)) as caught:
        respond(hook, sent)
    assert TOKEN not in str(caught.value)
    assert respond(hook, sent) == 200
    assert len(faults.requests) == 2


def test_whether_to_confirm_is_the_caller_s_choice(faults: FaultServer, got: list[Notification]) -> None:
    faults.otherwise(CONFIRMED)
    asked: list[Notification] = []

    def no(notification: Notification) -> bool:
        asked.append(notification)
        return False

    for confirm in (False, no):
        assert (
            respond(hook_of(got.append, cloud=faults.cloud(), confirm=confirm), signing.confirmation()) == 200
        )
    assert faults.requests == []
    assert got == []
    assert [each.token for each in asked] == [TOKEN]
    hook = hook_of(got.append, cloud=faults.cloud(), confirm=lambda notification: True)
    assert respond(hook, signing.confirmation()) == 200
    assert len(faults.requests) == 1


def test_nothing_is_confirmed_that_is_not_asked_for(faults: FaultServer, got: list[Notification]) -> None:
    faults.otherwise(CONFIRMED)
    hook = hook_of(got.append, cloud=faults.cloud())
    assert respond(hook, signing.confirmation("UnsubscribeConfirmation")) == 200
    assert respond(hook, {**signing.confirmation(), "Token": "forged"}) == 403
    assert respond(hook, signing.confirmation(TopicArn=f"{TOPIC}-2")) == 403
    assert faults.requests == []
    assert got == []


def test_no_secret_gets_into_a_log(
    faults: FaultServer, got: list[Notification], caplog: pytest.LogCaptureFixture
) -> None:
    faults.otherwise(CONFIRMED)
    hook = hook_of(got.append, cloud=faults.cloud())
    with caplog.at_level(logging.DEBUG, logger="cloudkit"):
        respond(hook, signing.confirmation())
        respond(hook, {**signing.confirmation(), "Token": "0" * 64})
        respond(hook, signing.notification())
        respond(hook, signing.confirmation("UnsubscribeConfirmation"))
    assert len(caplog.records) >= 3
    assert TOKEN not in caplog.text
    assert "http" not in caplog.text


# -- WSGI --------------------------------------------------------------------------------------------------------


def environ(raw: bytes, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "SERVER_NAME": "example.test",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def ask_wsgi(app: Any, given: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    answer = app(given, lambda status, headers, info=None: begun.append((status, headers)))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    [(status, headers)] = begun
    return int(status.split()[0]), dict(headers), content


@pytest.mark.filterwarnings("ignore::wsgiref.validate.WSGIWarning")
def test_the_wsgi_app_keeps_to_wsgi(rig: Rig, got: list[Notification]) -> None:
    raw = body(signing.notification())
    assert ask_wsgi(validator(hook_of(got.append)), environ(raw))[0] == 200
    assert len(got) == 1


RAW = body(signing.notification())
REQUESTS: dict[str, tuple[dict[str, Any], int]] = {
    "get": ({"REQUEST_METHOD": "GET"}, 405),
    "head": ({"REQUEST_METHOD": "HEAD"}, 405),
    "put": ({"REQUEST_METHOD": "PUT"}, 405),
    "another path": ({"PATH_INFO": "/other"}, 404),
    "no length": ({"CONTENT_LENGTH": None}, 411),
    "an empty length": ({"CONTENT_LENGTH": ""}, 411),
    "a length that is none": ({"CONTENT_LENGTH": "many"}, 400),
    "a length with a sign": ({"CONTENT_LENGTH": "+5"}, 400),
    "a length below nothing": ({"CONTENT_LENGTH": "-5"}, 400),
    "a length with an underscore": ({"CONTENT_LENGTH": "1_0"}, 400),
    "a length in other digits": ({"CONTENT_LENGTH": "\u0665"}, 400),
    "a length of many digits": ({"CONTENT_LENGTH": "9" * 10_000}, 413),
    "a length that is too much": ({"CONTENT_LENGTH": str(2 * 1024**2 + 1)}, 413),
    "a length that lies": ({"CONTENT_LENGTH": str(len(RAW) + 1)}, 400),
    "a length that is too short": ({"CONTENT_LENGTH": str(len(RAW) - 1)}, 403),
    "a length of nothing": ({"CONTENT_LENGTH": "0"}, 403),
    "a length with zeros before": ({"CONTENT_LENGTH": f"00000000000000000000{len(RAW)}"}, 200),
    "pieces": ({"CONTENT_LENGTH": None, "wsgi.input_terminated": True}, 200),
    "pieces without end": (
        {"CONTENT_LENGTH": None, "wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b" " * 3 * 1024**2)},
        413,
    ),
    "as it is meant": ({}, 200),
}


@pytest.mark.parametrize(("changes", "status"), REQUESTS.values(), ids=REQUESTS.keys())
def test_requests(rig: Rig, changes: dict[str, Any], status: int) -> None:
    got: list[Notification] = []
    hook = hook_of(got.append, path="/")
    found, headers, content = ask_wsgi(hook, environ(RAW, **changes))
    assert found == status
    assert headers["Content-Length"] == str(len(HTTPStatus(status).phrase) + 1)
    assert len(content) == (0 if changes.get("REQUEST_METHOD") == "HEAD" else int(headers["Content-Length"]))
    assert headers.get("Allow") == ("POST" if status == 405 else None)
    assert len(got) == (status == 200)


def test_no_more_of_a_body_is_read_than_is_allowed(rig: Rig, got: list[Notification]) -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            part = min(size, 1000)
            self.taken += part
            return b" " * part

    stream = Endless()
    hook = hook_of(got.append, max_body=10_000)
    given = environ(b"", CONTENT_LENGTH=None, **{"wsgi.input_terminated": True, "wsgi.input": stream})
    assert ask_wsgi(hook, given)[0] == 413
    assert stream.taken == 10_001
    untouched = Endless()
    assert ask_wsgi(hook, environ(b"", CONTENT_LENGTH="10001", **{"wsgi.input": untouched}))[0] == 413
    assert untouched.taken == 0


def test_the_headers_of_wsgi_are_looked_at(rig: Rig, got: list[Notification]) -> None:
    hook = hook_of(got.append)
    assert ask_wsgi(hook, environ(RAW, HTTP_X_AMZ_SNS_RAWDELIVERY="true"))[0] == 403
    assert ask_wsgi(hook, environ(RAW, HTTP_X_AMZ_SNS_MESSAGE_ID="other"))[0] == 403


def test_what_the_handler_raises_is_the_server_s_to_answer(rig: Rig) -> None:
    def work(notification: Notification) -> None:
        raise KeyError("broken")

    with pytest.raises(KeyError):
        ask_wsgi(hook_of(work), environ(RAW))


def test_an_async_handler_is_not_for_wsgi(rig: Rig) -> None:
    async def work(notification: Notification) -> None:
        raise AssertionError("it is not called")

    with pytest.raises(InvalidRequest, match="async"):
        ask_wsgi(hook_of(work), environ(RAW))


# -- ASGI --------------------------------------------------------------------------------------------------------


def scope(raw: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": "/",
        "root_path": "",
        "headers": [(b"content-length", str(len(raw)).encode())],
        **changes,
    }


def ask_asgi(
    hook: Webhook, given: MutableMapping[str, Any], *events: dict[str, Any]
) -> list[MutableMapping[str, Any]]:
    sent: list[MutableMapping[str, Any]] = []
    waiting = iter(events)

    async def receive() -> MutableMapping[str, Any]:
        return next(waiting)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(hook.asgi(given, receive, send))
    return sent


def part(raw: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": raw, "more_body": more}


async def _append(got: list[Notification], notification: Notification) -> None:
    await asyncio.sleep(0)
    got.append(notification)


class Handler:
    def __init__(self, got: list[Notification]) -> None:
        self.got = got

    async def __call__(self, notification: Notification) -> None:
        await _append(self.got, notification)


def handlers(got: list[Notification]) -> Iterator[Any]:
    yield got.append
    yield functools.partial(_append, got)
    yield Handler(got)
    yield Handler(got).__call__


@pytest.mark.parametrize("number", range(4))
def test_asgi(rig: Rig, got: list[Notification], number: int) -> None:
    hook = hook_of(list(handlers(got))[number])
    raw = body(signing.notification())
    start, end = ask_asgi(hook, scope(raw), part(raw[:100], more=True), part(raw[100:]))
    assert start["status"] == 200
    assert (b"content-length", b"3") in start["headers"]
    assert end["body"] == b"OK\n"
    assert len(got) == 1
    # Once is enough here too.
    assert ask_asgi(hook, scope(raw), part(raw))[0]["status"] == 200
    assert len(got) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    {
        "get": ({"method": "GET"}, 405),
        "another path": ({"path": "/other"}, 404),
        "mounted": ({"path": "/sns/", "root_path": "/sns"}, 200),
        "mounted, without the slash": ({"path": "/sns", "root_path": "/sns"}, 200),
        "too long": ({"headers": [(b"content-length", b"99999999")]}, 413),
        "a length that is none": ({"headers": [(b"content-length", b"-1")]}, 400),
        "a length that lies": ({"headers": [(b"content-length", b"10")]}, 400),
        "no length": ({"headers": []}, 200),
        "headers of another message": ({"headers": [(b"X-Amz-Sns-Message-Id", b"other")]}, 403),
    }.values(),
)
def test_requests_by_asgi(rig: Rig, got: list[Notification], changes: dict[str, Any], status: int) -> None:
    hook = hook_of(got.append, path="/")
    assert ask_asgi(hook, scope(RAW, **changes), part(RAW))[0]["status"] == status
    assert len(got) == (status == 200)


def test_a_body_in_pieces_without_end(rig: Rig, got: list[Notification]) -> None:
    pieces = [part(b" " * 1000, more=True)] * 1000
    hook = hook_of(got.append, max_body=10_000)
    assert ask_asgi(hook, scope(b"", headers=[]), *pieces)[0]["status"] == 413


def test_who_is_gone_gets_no_answer(rig: Rig, got: list[Notification]) -> None:
    hook = hook_of(got.append)
    assert ask_asgi(hook, scope(RAW), part(RAW[:10], more=True), {"type": "http.disconnect"}) == []
    assert got == []


def test_what_an_async_handler_raises(rig: Rig) -> None:
    tries: list[str] = []

    async def work(notification: Notification) -> None:
        assert current_cloud() is rig.cloud
        tries.append(notification.message_id)
        if len(tries) == 1:
            raise KeyError("broken")

    hook = hook_of(work)
    with pytest.raises(KeyError):
        ask_asgi(hook, scope(RAW), part(RAW))
    assert ask_asgi(hook, scope(RAW), part(RAW))[0]["status"] == 200
    assert len(tries) == 2


def test_an_async_handler_that_is_cancelled(rig: Rig) -> None:
    """The server ends while it works: the message comes again, and is new then."""
    tries: list[str] = []

    async def work(notification: Notification) -> None:
        tries.append(notification.message_id)
        if len(tries) == 1:
            await asyncio.sleep(60)

    hook, sent = hook_of(work), signing.notification()

    async def main() -> None:
        task = asyncio.create_task(hook.respond_async(body(sent), {}))
        while not tries:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await hook.respond_async(body(sent), {})).status == HTTPStatus.OK

    asyncio.run(main())
    assert len(tries) == 2


def test_a_plain_handler_does_not_hold_up_the_loop(rig: Rig) -> None:
    begun, go = threading.Event(), threading.Event()

    def work(notification: Notification) -> None:
        begun.set()
        assert go.wait(5)

    hook = hook_of(work)

    async def main() -> None:
        task = asyncio.create_task(hook.respond_async(RAW, {}))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        assert (await hook.respond_async(b"forged", {})).status == HTTPStatus.FORBIDDEN
        go.set()
        assert (await task).status == HTTPStatus.OK

    asyncio.run(main())


def test_lifespan_and_web_sockets(rig: Rig, got: list[Notification]) -> None:
    hook = hook_of(got.append)
    events = ({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [each["type"] for each in ask_asgi(hook, {"type": "lifespan"}, *events)] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert ask_asgi(hook, {"type": "websocket"}, {"type": "websocket.connect"}) == [
        {"type": "websocket.close"}
    ]


# -- making one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"topics": []},
        {"topics": ["news"]},
        {"topics": TOPIC},
        {"path": "sns"},
        {"max_body": 0},
        {"max_body": 3 * 1024**2},
        {"min_version": 3},
        {"handler": "print"},
        {"max_age": 0},
    ],
    ids=str,
)
def test_what_makes_no_hook(rig: Rig, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        hook_of(**{"handler": print, **options})


def test_names_of_topics_are_looked_up_when_it_is_made(rig: Rig, got: list[Notification]) -> None:
    topic = Topic.create(rig.name("news"))
    hook = hook_of(got.append, topics=[Topic(topic.name)])
    assert respond(hook, signing.notification(TopicArn=topic.arn)) == 200
    assert len(got) == 1


def test_without_cryptography(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(MissingExtra, match="webhooks"):
        webhook(print, topics=[TOPIC])


def test_a_cloud_of_its_own(rig: Rig) -> None:
    other = Cloud(region="eu-west-1")
    found: list[Cloud] = []
    hook = hook_of(lambda notification: found.append(current_cloud()), cloud=other)
    assert respond(hook, signing.notification()) == 200
    assert found[0] is other
