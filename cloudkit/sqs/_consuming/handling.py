"""A handler is called with a message, here or in another process."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

from cloudkit.errors import InvalidRequest
from cloudkit.sqs._consuming.decoding import Undecodable, decoded, put_aside
from cloudkit.sqs._consuming.handled import Handled
from cloudkit.sqs.errors import DecodeError
from cloudkit.sqs.message import Message

Handler: TypeAlias = Callable[[Message[Any]], object]
"""A function, or an `async` one, that works on a message. What it returns does not matter."""


def is_async(handler: Handler) -> bool:
    """Whether calling it gives a coroutine."""
    inner: Any = handler
    while isinstance(inner, partial):
        inner = inner.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(type(inner).__call__)


def handle(handler: Handler, undecodable: Undecodable, message: Message) -> Handled:
    """Call it, and say what became of the message: a copy of it, in another process.

    Raises:
        InvalidRequest: It is async after all, and has not been run.
    """
    error = None if undecodable == "handler" else decoded(message)
    if error is not None:
        return put_aside(undecodable, message, error)
    found = handler(message)
    if inspect.isawaitable(found):
        if inspect.iscoroutine(found):
            found.close()
        raise InvalidRequest(
            f"{handler!r} gives an awaitable, and is no async function: it was not run",
            hint="give the async function itself",
        )
    return Handled(message.settlement)


async def handle_async(
    handler: Callable[[Message], Awaitable[object]], undecodable: Undecodable, message: Message
) -> Handled:
    """Call and await it, and say the same."""
    # asyncio takes a while to import, and most handlers are plain functions.
    from cloudkit._core.off_loop import off_the_loop

    error: DecodeError | None = None
    if undecodable != "handler":
        # A body in a bucket has to be waited for, and others are in this event loop.
        error = (
            decoded(message)
            if message.queue.overflow is None
            else await off_the_loop(partial(decoded, message))
        )
    if error is not None:
        return await off_the_loop(partial(put_aside, undecodable, message, error))
    await handler(message)
    return Handled(message.settlement)
