from __future__ import annotations

import asyncio
import functools

import pytest

from cloudkit import InvalidRequest
from cloudkit.sqs import Message
from cloudkit.sqs._consuming.handling import Handler, handle, handle_async, is_async
from tests.sqs._consuming.scene import message


def plain(message: Message) -> None:
    message.settlement = "released"


async def waiting(message: Message) -> None:
    message.settlement = "deleted"


class Plain:
    def __call__(self, message: Message) -> None: ...


class Waiting:
    async def __call__(self, message: Message) -> None: ...

    async def method(self, message: Message) -> None: ...


def test_which_are_async() -> None:
    coroutines: list[Handler] = [waiting, Waiting(), Waiting().method, functools.partial(waiting)]
    functions: list[Handler] = [
        plain,
        Plain(),
        functools.partial(plain),
        print,
        lambda message: waiting(message),
    ]
    assert all(map(is_async, coroutines))
    assert not any(map(is_async, functions))


def test_what_the_handler_settled_is_said() -> None:
    assert handle(plain, message()) == "released"
    assert handle(Plain(), message()) is None
    assert asyncio.run(handle_async(waiting, message())) == "deleted"


def test_an_awaitable_does_not_pass_for_work_done() -> None:
    with pytest.raises(InvalidRequest, match="was not run"):
        handle(lambda message: waiting(message), message())


def test_what_it_raises_is_raised() -> None:
    def fail(message: Message) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        handle(fail, message())
