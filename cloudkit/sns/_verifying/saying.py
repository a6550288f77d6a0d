"""What functions of the caller's say: true or false, and nothing that only looks like it."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from cloudkit.errors import InvalidRequest


def is_async(function: object) -> bool:
    """Whether what it gives must be awaited, as far as that can be told before it is called."""
    call: object = getattr(function, "__call__", None)  # noqa: B004 - of an object whose class has an async one
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


def checked_function(name: str, function: Callable[..., object]) -> None:
    """Raise if it cannot be one that says true or false.

    Raises:
        InvalidRequest: It is a class, or async.
    """
    if isinstance(function, type):
        raise InvalidRequest(
            f"{name}={function.__name__} is a class: whatever it makes would count as true",
            hint=f"a function that says True or False; topics are listed: {name}=[...]",
        )
    if is_async(function):
        raise _async(name)


def truth(name: str, said: object) -> bool:
    """What a function has said.

    Args:
        name: What the function is called, for the error.
        said: What it gave.

    Raises:
        InvalidRequest: It is neither true nor false. A coroutine that nobody awaits would count as true.
    """
    if isinstance(said, (bool, int)):
        return bool(said)
    if drop_unawaited(said):
        raise _async(name)
    raise InvalidRequest(
        f"{name} has said {type(said).__name__}, neither True nor False", hint=f"bool(...) within {name}"
    )


def drop_unawaited(given: object) -> bool:
    """Whether it is something that has not run yet, such as a coroutine; it is closed, so that nobody is warned."""
    if not (inspect.isawaitable(given) or inspect.isgenerator(given) or inspect.isasyncgen(given)):
        return False
    if inspect.iscoroutine(given) or inspect.isgenerator(given):
        given.close()
    return True


def _async(name: str) -> InvalidRequest:
    return InvalidRequest(
        f"{name} is async: what it says would not be known, and would count as true",
        hint=f"a plain function for {name}",
    )
