from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from cloudkit._core.off_loop import in_seconds, off_the_loop

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


def test_what_python_lets_no_future_raise_is_raised() -> None:
    """A StopIteration would otherwise be waited for without end."""

    def work() -> None:
        next(iter(()))

    async def main() -> None:
        await asyncio.wait_for(off_the_loop(work), 5)

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(main())


@pytest.mark.parametrize("ends_first", [True, False], ids=["over before it is left", "over later"])
def test_what_nobody_waits_for_is_undone_on_a_thread(ends_first: bool) -> None:
    begun, go, undone = threading.Event(), threading.Event(), threading.Event()
    got: list[tuple[str, str, bool]] = []

    def work() -> str:
        begun.set()
        assert go.wait(5)
        return "made"

    def late(made: str) -> None:
        got.append((made, name.get(), threading.current_thread() is threading.main_thread()))
        undone.set()

    async def main() -> None:
        name.set("here")
        task = asyncio.create_task(off_the_loop(work, late=late))
        while not begun.is_set():
            await asyncio.sleep(0)
        if ends_first:
            go.set()
            threading.Event().wait(0.05)  # holds up the loop, which learns nothing of the end
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        while not undone.is_set():
            await asyncio.sleep(0.001)

    asyncio.run(main())
    assert got == [("made", "here", False)]


def test_what_failed_is_not_undone() -> None:
    begun, go = threading.Event(), threading.Event()
    got: list[object] = []

    def work() -> None:
        begun.set()
        assert go.wait(5)
        raise KeyError("a")

    async def main() -> None:
        task = asyncio.create_task(off_the_loop(work, late=got.append))
        while not begun.is_set():
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()

    asyncio.run(main())  # which waits for the thread
    assert got == []


def test_in_seconds() -> None:
    async def soon() -> str:
        return "made"

    async def never() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)
        return ""

    ended: list[bool] = []
    assert asyncio.run(in_seconds(5, soon())) == ("made",)
    assert asyncio.run(in_seconds(0.01, never())) is None
    assert ended == [True]
