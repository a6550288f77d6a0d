"""A web server's end of a topic: verified notifications for a function, as an app for WSGI and ASGI."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias, cast

from attrs import define, field, frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.memory import Memory
from cloudkit._core.off_loop import in_seconds, off_the_loop
from cloudkit._core.params import within
from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import (
    MAX_BODY_SECONDS,
    MAX_CLOCK_SKEW_SECONDS,
    MAX_HANDLING_SECONDS,
    MAX_NOTIFICATION_AGE_SECONDS,
    MAX_NOTIFICATION_BYTES,
    MAX_REMEMBERED_IDS,
)
from cloudkit.sns._verifying.certificate import Certificates
from cloudkit.sns._verifying.expecting import Topics, expected
from cloudkit.sns._verifying.saying import checked_function, drop_unawaited, is_async, truth
from cloudkit.sns._verifying.signature import check_extra
from cloudkit.sns._verifying.verifying import HasItems, checked_age, checked_version
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.notification import Notification, NotificationKind
from cloudkit.sns.refusal import RefusalReason
from cloudkit.sns.reply import METHOD, Answered, Reply, content_of
from cloudkit.sns.seen import Seen, SeenMessages
from cloudkit.types import Duration

Handler: TypeAlias = Callable[[Notification], object]
"""What is called with each notification. What it returns counts for nothing, but for an awaitable of an async one."""

Environ: TypeAlias = "dict[str, Any]"
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger("cloudkit.sns.webhook")
_LENGTH = "content-length"


class StartResponse(Protocol):
    """WSGI's way to begin an answer."""

    def __call__(self, status: str, headers: list[tuple[str, str]], /) -> object:
        """Begin it."""
        ...


@define(eq=False, repr=False)
class Webhook:
    """A web server's end of a topic. `webhook(...)` makes it.

    It is a WSGI app itself, and `asgi` is an ASGI app. `respond` and `respond_async` are for a view of any framework.

    Attributes:
        asgi: The same as an ASGI app.
    """

    _handler: Handler = field(alias="handler")
    _topics: Callable[[str], bool] = field(alias="topics")
    _confirm: bool | Callable[[Notification], bool] = field(alias="confirm")
    _path: str | None = field(alias="path")
    _max_body: int = field(alias="max_body")
    _max_age: float | None = field(alias="max_age")
    _seen: Seen = field(alias="seen")
    _min_version: int = field(alias="min_version")
    _certificates: Certificates | None = field(alias="certificates")
    _cloud: Cloud = field(alias="cloud")
    _under_way: Memory[str, None] = field(init=False)
    asgi: AsgiApp = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._under_way = Memory(MAX_REMEMBERED_IDS, MAX_HANDLING_SECONDS, self._cloud.clock)
        self.asgi = AsgiApp(self)

    # -- for any framework -----------------------------------------------------------------------------------

    def respond(self, body: bytes, headers: HasItems) -> Reply:
        """Deal with one request: verify it, call the handler, confirm. At most two requests of its own.

        Args:
            body: The body as it came.
            headers: The headers.

        Returns:
            What to answer: 200 once the handler is through, 403 for what is refused, 503 for what shall come again.

        Raises:
            InvalidRequest: The handler is async: then it is `respond_async`. Or it gave back what has not run, such as
                a coroutine; or a function of yours says neither True nor False.
            CloudError: A subscription could not be confirmed.
            Exception: What the handler raised. Let it become a 500: SNS then tries again.

        Examples:
            >>> hook = webhook(print, topics=[Topic("news")], certificates=certificates)
            >>> hook.respond(request_body, {}).status
            arn:aws:sns:us-east-1:...:news/22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324
            <HTTPStatus.OK: 200>

        AWS: sns:ConfirmSubscription
        """
        if is_async(self._handler):
            raise InvalidRequest(
                "the handler is async, and this is called by a server that is not",
                hint="give hook.asgi to an ASGI server, or webhook() a plain function",
            )
        try:
            notification = self._admit(body, headers)
        except Answered as answered:
            return answered.reply
        done = False
        try:
            with self._cloud:
                _check_ran(self._handler(notification))
            done = True
        finally:
            self._leave(notification, done=done)
        return Reply(HTTPStatus.OK)

    async def respond_async(self, body: bytes, headers: HasItems) -> Reply:
        """Deal with one request in an event loop: as `respond`, and all that waits is kept off the loop.

        Args:
            body: The body as it came.
            headers: The headers.

        Returns:
            What to answer, as `respond`.

        Raises:
            CloudError: A subscription could not be confirmed.
            Exception: What the handler raised.

        Examples:
            >>> import asyncio
            >>> hook = webhook(print, topics=[Topic("news")], certificates=certificates)
            >>> asyncio.run(hook.respond_async(request_body, {})).status
            arn:aws:sns:us-east-1:...:news/22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324
            <HTTPStatus.OK: 200>

        AWS: sns:ConfirmSubscription
        """
        if not is_async(self._handler):
            return await off_the_loop(lambda: self.respond(body, headers))
        try:
            # Whoever is cancelled just then never handles it: it is new again.
            notification = await off_the_loop(
                lambda: self._admit(body, headers), late=lambda admitted: self._leave(admitted, done=False)
            )
        except Answered as answered:
            return answered.reply
        try:
            with self._cloud:
                await cast("Awaitable[object]", self._handler(notification))
        except BaseException:
            await off_the_loop(lambda: self._leave(notification, done=False))  # the memory may be far away
            raise
        self._leave(notification, done=True)
        return Reply(HTTPStatus.OK)

    def _admit(self, body: bytes, headers: HasItems) -> Notification:
        """The notification that the handler gets.

        Raises:
            Answered: There is none for it.
        """
        try:
            if len(body) > self._max_body:
                raise Answered(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            notification = Notification.verify(
                body,
                headers,
                topics=self._topics,
                max_age=self._max_age,
                min_version=self._min_version,
                certificates=self._certificates,
                cloud=self._cloud,
            )
        except NotificationRefused as refused:
            # The reason alone: all else is the sender's, and would let a forger write into the log.
            _log.warning("a notification is refused: %s", refused.reason)
            raise Answered(_status_of(refused)) from refused
        if notification.kind != NotificationKind.NOTIFICATION:
            self._settle(notification)
            raise Answered(HTTPStatus.OK)
        if not self._under_way.put_new(notification.message_id, None):
            # SNS has not waited for the first answer. Were this one 200, and the handler to fail, it would be lost.
            raise Answered(HTTPStatus.SERVICE_UNAVAILABLE)
        new = False
        try:
            new = not truth("replay", self._seen(notification.message_id))
        finally:
            if not new:
                self._under_way.forget(notification.message_id)
        if not new:
            _log.info("a notification came again, and was dealt with before")
            raise Answered(HTTPStatus.OK)
        return notification

    def _leave(self, notification: Notification, *, done: bool) -> None:
        """What was not dealt with comes again, and is new then."""
        try:
            if not done:
                self._seen.forget(notification.message_id)
        finally:
            self._under_way.forget(notification.message_id)

    def _settle(self, notification: Notification) -> None:
        """Deal with what is not for the handler."""
        if notification.kind != NotificationKind.SUBSCRIPTION_CONFIRMATION:
            _log.info("a subscription to %s has ended", notification.topic_arn)
            return
        wanted = truth("confirm", self._confirm(notification)) if callable(self._confirm) else self._confirm
        if wanted:
            notification.confirm()
        _log.info(
            "a subscription to %s is %s",
            notification.topic_arn,
            "confirmed" if wanted else "left unconfirmed",
        )

    def _check_request(self, method: str, path: str, length: str | None) -> None:
        """Look at a request before its body is read.

        Raises:
            Answered: It is none that is taken.
        """
        if self._path is not None and path != self._path:
            raise Answered(HTTPStatus.NOT_FOUND)
        if method != METHOD:
            raise Answered(HTTPStatus.METHOD_NOT_ALLOWED)
        if length is None:
            return
        if not (length.isascii() and length.isdigit()):
            raise Answered(HTTPStatus.BAD_REQUEST)
        digits = length.lstrip("0")
        if len(digits) > len(str(self._max_body)) or int(digits or "0") > self._max_body:
            raise Answered(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    # -- WSGI ------------------------------------------------------------------------------------------------

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI app. For servers to call."""
        try:
            reply = self.respond(self._read(environ), _headers_of(environ))
        except Answered as answered:
            reply = answered.reply
        start_response(f"{reply.status.value} {reply.status.phrase}", reply.headers)
        return [content_of(reply, environ["REQUEST_METHOD"])]

    def _read(self, environ: Environ) -> bytes:
        length: str | None = environ.get("CONTENT_LENGTH") or None
        self._check_request(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "") or "/", length)
        if length is None and not environ.get("wsgi.input_terminated"):
            # Where the body ends, nobody says: a read might wait for ever.
            raise Answered(HTTPStatus.LENGTH_REQUIRED)
        most = self._max_body + 1 if length is None else int(length)
        body = bytearray()
        while len(body) < most:
            chunk: bytes = environ["wsgi.input"].read(most - len(body))
            if not chunk:
                break
            body += chunk
        if length is not None and len(body) != most:
            raise Answered(HTTPStatus.BAD_REQUEST)
        return bytes(body)


@frozen(eq=False, repr=False)
class AsgiApp:
    """A `Webhook` as an ASGI app. `webhook(...).asgi` is one."""

    _hook: Webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app. For servers to call."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            if (await receive())["type"] == "websocket.connect":
                await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            raise InvalidRequest(f"the server asks by {scope['type']!r}: this app knows HTTP")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
            for name, value in scope["headers"]
        }
        try:
            body = await self._read(scope, headers, receive)
            if body is None:
                return
            reply = await self._hook.respond_async(body, headers)
        except Answered as answered:
            reply = answered.reply
        start = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
        await send({"type": "http.response.start", "status": reply.status.value, "headers": start})
        await send({"type": "http.response.body", "body": content_of(reply, scope["method"])})

    async def _read(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> bytes | None:
        """The body; None if whoever sent it is gone."""
        path: str = scope["path"]
        self._hook._check_request(  # pyright: ignore[reportPrivateUsage]
            scope["method"], path.removeprefix(scope.get("root_path", "")) or "/", headers.get(_LENGTH)
        )
        found = await in_seconds(MAX_BODY_SECONDS, self._receive(receive))
        if found is None:
            raise Answered(HTTPStatus.REQUEST_TIMEOUT)
        [body] = found
        if body is not None and _LENGTH in headers and len(body) != int(headers[_LENGTH]):
            raise Answered(HTTPStatus.BAD_REQUEST)
        return body

    async def _receive(self, receive: Receive) -> bytes | None:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._hook._max_body:  # pyright: ignore[reportPrivateUsage]
                raise Answered(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if not message.get("more_body", False):
                return bytes(body)


async def _live(receive: Receive, send: Send) -> None:
    """A server that runs nothing else tells when it begins and ends."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _headers_of(environ: Environ) -> dict[str, str]:
    return {
        name[len("HTTP_") :].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _status_of(refused: NotificationRefused) -> HTTPStatus:
    if refused.retryable:
        return HTTPStatus.SERVICE_UNAVAILABLE  # SNS tries again after that, and not after a 403
    if refused.reason == RefusalReason.TOO_LONG:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return HTTPStatus.FORBIDDEN


def _remembered(max_age: float | None) -> float:
    """Seconds for which the same message passes, from when it may come first: ahead of this machine's clock."""
    return (MAX_NOTIFICATION_AGE_SECONDS if max_age is None else max_age) + MAX_CLOCK_SKEW_SECONDS


def _check_ran(given: object) -> None:
    """Raise if what a handler gave back has not run: the message would count as dealt with, and be lost.

    Raises:
        InvalidRequest: It has not.
    """
    if drop_unawaited(given):
        raise InvalidRequest(
            f"the handler gave back a {type(given).__name__} that nobody runs",
            hint="give webhook() the async function itself, and hook.asgi to an ASGI server",
        )


def _check_memory(memory: Seen) -> None:
    checked_function("replay", memory)
    if not all(map(callable, (memory, cast("object", getattr(memory, "forget", None))))):
        raise InvalidRequest(
            f"replay= is of type {type(memory).__name__}: it is called with an id, and has `forget`",
            hint="replay=SeenMessages()",
        )


def webhook(
    handler: Handler,
    *,
    topics: Topics,
    confirm: bool | Callable[[Notification], bool] = True,
    path: str | None = None,
    max_body: int = MAX_NOTIFICATION_BYTES,
    max_age: Duration | None = MAX_NOTIFICATION_AGE_SECONDS,
    replay: Seen | None = None,
    min_version: int = 1,
    certificates: Certificates | None = None,
    cloud: Cloud | None = None,
) -> Webhook:
    """An app that calls a function with each notification that SNS sends, verified. Needs the extra `webhooks`.

    What it answers: 200 once the handler is through; 403 to what is refused, and no word of why, which is in the log
    `cloudkit.sns.webhook`; 405, 408, 411, 413 and 400 to what is no request of SNS's; 503 where the certificate could not
    be fetched, or the same message is being dealt with. What the handler raises goes on to the server, which makes a
    500 of it. SNS sends a message again after a 5xx, as its delivery policy says, and not after a 4xx.

    A message that was dealt with is not handed over again: its repeat is answered 200. Each process remembers for
    itself; `replay=` shares that.

    Args:
        handler: Called with the `Notification`. SNS waits 15 seconds for an answer: what takes longer belongs in a
            queue. It may be async, for ASGI; a plain one runs on a thread there. `Queue("jobs")` within it is in the
            hook's Cloud.
        topics: As in `Notification.verify`: those expected. Names are looked up at once, with one request.
        confirm: Whether subscriptions to these topics are confirmed as SNS asks; or a function that says so of a
            notification. Default: they are.
        path: The one path that it answers; 404 to others. Default: any, for an app that is mounted at one.
        max_body: Bytes that a body may have; more are not read. Default: 2 MiB.
        max_age: As in `Notification.verify`. `replay` should remember for 5 minutes more, as clocks differ.
        replay: What remembers which messages were dealt with. Default: `SeenMessages(...)`, for as long
            as the same message passes; an hour with `max_age=None`.
        min_version: As in `Notification.verify`.
        certificates: As in `Notification.verify`.
        cloud: Whose way the requests go. Default: the current Cloud.

    Returns:
        A WSGI app; its attribute `asgi` is an ASGI app.

    Raises:
        InvalidRequest: `topics` is empty, or another argument is none that works, such as an async `confirm`.
        MissingExtra: cryptography is not installed.

    Examples:
        >>> hook = webhook(lambda notification: print(notification.message), topics=[Topic("news")])
        >>> hook.respond(b"forged", {}).status
        <HTTPStatus.FORBIDDEN: 403>

    AWS: sts:GetCallerIdentity
    """
    check_extra()
    if not callable(handler):
        raise InvalidRequest(f"the handler is of type {type(handler).__name__}: it is a function")
    if inspect.isgeneratorfunction(handler) or inspect.isasyncgenfunction(handler):
        raise InvalidRequest(
            "the handler is a generator: called, it would do nothing", hint="leave yield out"
        )
    if callable(confirm):
        checked_function("confirm", confirm)
    elif not isinstance(confirm, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(f"confirm={confirm!r}: it is True, False, or a function that says so")
    if replay is not None:
        _check_memory(replay)
    if path is not None and not path.startswith("/"):
        raise InvalidRequest(f"path={path!r}: it begins with a slash", hint="path='/sns'")
    age = checked_age(max_age)
    own = cloud_or_current(cloud)
    return Webhook(
        handler=handler,
        topics=expected(topics),
        confirm=confirm,
        path=path,
        max_body=within("max_body", max_body, 1, MAX_NOTIFICATION_BYTES, "bytes"),
        max_age=age,
        seen=SeenMessages(_remembered(age), clock=own.clock) if replay is None else replay,
        min_version=checked_version(min_version),
        certificates=certificates,
        cloud=own,
    )
