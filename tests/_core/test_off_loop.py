from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from cloudkit._core.off_loop import off_the_loop

name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="")


def test_the_loop_goes_on_meanwhile() -> None:
    begun, go = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        assert go.wait(5)
        return name.get()

    async def main() -> str:
        name.set("here")
        task = asyncio.create_task(off_the_loop(work))
        while not begun.is_set():
            await asyncio.sleep(0)
        go.set()  # which the loop could not do, were it held up
        return await task

    assert asyncio.run(main()) == "here"


def test_what_it_raises_is_raised() -> None:
    def work() -> None:
        raise KeyError("a")

    with pytest.raises(KeyError):
        asyncio.run(off_the_loop(work))
