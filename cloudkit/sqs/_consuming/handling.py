"""A handler is called with a message, here or in another process."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from cloudkit.errors import InvalidRequest
from cloudkit.sqs.message import Message, Settlement

Handler: TypeAlias = Callable[[Message[Any]], object]
"""A function, or an `async` one, that works on a message. What it returns does not matter."""


def is_async(handler: Handler) -> bool:
    """Whether calling it gives a coroutine."""
    inner: Any = handler
    while isinstance(inner, functools.partial):
        inner = inner.func  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(type(inner).__call__)


def handle(handler: Handler, message: Message) -> Settlement | None:
    """Call it, and say whether it has deleted the message or given it back itself: a copy of it, in another process.

    Raises:
        InvalidRequest: It is async after all, and has not been run.
    """
    found = handler(message)
    if inspect.isawaitable(found):
        if inspect.iscoroutine(found):
            found.close()
        raise InvalidRequest(
            f"{handler!r} gives an awaitable, and is no async function: it was not run",
            hint="give the async function itself",
        )
    return message.settlement


async def handle_async(
    handler: Callable[[Message], Awaitable[object]], message: Message
) -> Settlement | None:
    """Call and await it, and say the same."""
    await handler(message)
    return message.settlement
