from __future__ import annotations

import functools
from typing import Any

import pytest

from cloudkit import InvalidRequest
from cloudkit.sns._verifying.saying import checked_function, drop_unawaited, is_async, truth


async def later(name: str) -> bool:
    return False


class Asked:
    async def __call__(self, name: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (later, "ask is async"),
        (functools.partial(later), "ask is async"),
        (Asked(), "ask is async"),
        (Asked().__call__, "ask is async"),
        (bool, "is a class"),
        (str, "is a class"),
    ],
)
def test_functions_that_would_always_say_yes(function: Any, why: str) -> None:
    assert is_async(function) == (why == "ask is async")
    with pytest.raises(InvalidRequest, match=why):
        checked_function("ask", function)


@pytest.mark.parametrize("function", [str.isascii, lambda name: True, {"a"}.__contains__])
def test_functions(function: Any) -> None:
    checked_function("ask", function)
    assert not is_async(function)


@pytest.mark.parametrize(("said", "meant"), [(True, True), (False, False), (1, True), (0, False)])
def test_what_is_said(said: Any, meant: bool) -> None:
    assert truth("ask", said) is meant


@pytest.mark.parametrize("said", [None, "", "no", [], [1], object()])
def test_what_says_nothing(said: Any) -> None:
    with pytest.raises(InvalidRequest, match="neither True nor False"):
        truth("ask", said)


def test_a_coroutine_says_nothing() -> None:
    """And nobody is warned that it was never awaited: warnings are errors here."""
    with pytest.raises(InvalidRequest, match="async"):
        truth("ask", later("a"))


def test_what_has_not_run() -> None:
    async def one_by_one() -> Any:
        yield 1

    assert drop_unawaited(later("a"))
    assert drop_unawaited(each for each in "ab")
    assert drop_unawaited(one_by_one())
    assert not drop_unawaited(None)
    assert not drop_unawaited([1])
