from __future__ import annotations

import asyncio
import functools
import pickle
import threading
from typing import Any

import pytest

from cloudkit import InvalidRequest
from cloudkit.sqs import DecodeError, Message, Queue
from cloudkit.sqs._consuming.handled import Handled
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
    assert handle(plain, "raise", message()) == Handled("released")
    assert handle(Plain(), "handler", message()) == Handled()
    assert asyncio.run(handle_async(waiting, "dead-letters", message())) == Handled("deleted")


def test_an_awaitable_does_not_pass_for_work_done() -> None:
    with pytest.raises(InvalidRequest, match="was not run"):
        handle(lambda message: waiting(message), "raise", message())


def test_what_it_raises_is_raised() -> None:
    def fail(message: Message) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        handle(fail, "raise", message())


def number(text: str) -> Message[Any]:
    """A message of a queue of numbers."""
    found: Message[Any] = message(body=text)
    found.queue = Queue("jobs", url="http://127.0.0.1:1/123456789012/jobs", body=int, cloud=found.queue.cloud)
    return found


def test_bodies_are_decoded_before_the_handler_is_called() -> None:
    found: list[object] = []
    assert handle(lambda message: found.append(message.data), "raise", number("7")) == Handled()
    assert found == [7]
    for ended in (
        handle(lambda message: found.append(message.body), "raise", number("seven")),
        asyncio.run(handle_async(waiting, "raise", number("seven"))),
    ):
        assert isinstance(ended.undecodable, DecodeError)
        assert (ended.ends, ended.settlement) == (True, None)
        assert isinstance(pickle.loads(pickle.dumps(ended)).undecodable, DecodeError)
    assert found == [7]


def test_the_handler_may_have_what_cannot_be_decoded() -> None:
    def work(message: Message) -> None:
        with pytest.raises(DecodeError):
            _ = message.data

    async def wait(message: Message) -> None:
        work(message)

    assert handle(work, "handler", number("seven")) == Handled()
    assert asyncio.run(handle_async(wait, "handler", number("seven"))) == Handled()


class Slow:
    """A bucket whose reads say on which thread they are."""

    name = "bodies"

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def __getitem__(self, key: str) -> Slow:
        return self

    def write_bytes(self, data: bytes) -> None: ...

    def delete(self) -> None: ...

    def read_bytes(self, *, start: int = 0, size: int | None = None) -> bytes:
        self.threads.add(threading.get_ident())
        return b"a large body"


def test_a_body_in_a_bucket_does_not_hold_up_the_event_loop() -> None:
    store = Slow()
    key = "0b6b7f2e-4f5e-4c39-a2ac-1d9d5a3e5b0a"
    body = (
        f'["software.amazon.payloadoffloading.PayloadS3Pointer",{{"s3BucketName":"bodies","s3Key":"{key}"}}]'
    )
    found = message(body=body)
    found._raw["MessageAttributes"] = {"ExtendedPayloadSize": {"DataType": "Number", "StringValue": "12"}}
    found.queue = Queue("jobs", url="http://127.0.0.1:1/123456789012/jobs", overflow=store)
    bodies: list[str] = []

    async def work(message: Message) -> None:
        bodies.append(message.body)
        assert threading.get_ident() not in store.threads

    assert asyncio.run(handle_async(work, "dead-letters", found)) == Handled()
    assert bodies == ["a large body"]
    assert len(store.threads) == 1
