from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from cloudkit._core.crew import Ended
from cloudkit._core.event_loop import EventLoop

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")

Reports = queue.SimpleQueue[Ended[Any]]


def ended(crew: EventLoop[Any], work: Callable[[], Coroutine[Any, Any, Any]]) -> Ended[Any]:
    reports: Reports = queue.SimpleQueue()
    crew.start(work, reports.put)
    return reports.get(timeout=30)


async def seven() -> int:
    await asyncio.sleep(0)
    return 7


async def for_ever() -> None:
    await asyncio.Event().wait()


def test_results_and_errors_are_reported() -> None:
    crew: EventLoop[Any] = EventLoop("loop")
    assert ended(crew, seven).result == (7,)
    for error in (ValueError("no"), SystemExit(1), KeyboardInterrupt()):

        async def fail(error: BaseException = error) -> None:
            raise error

        assert ended(crew, fail).error is error
    assert ended(crew, seven).result == (7,)
    crew.close()


def test_many_at_once_on_one_thread() -> None:
    crew: EventLoop[int] = EventLoop("loop")
    reports: Reports = queue.SimpleQueue()
    waiting: list[asyncio.Event] = []

    async def meet() -> int:
        waiting.append(asyncio.Event())
        if len(waiting) == 50:
            for each in waiting:
                each.set()
        await waiting[-1].wait()
        return threading.get_ident()

    for _ in range(50):
        crew.start(meet, reports.put)
    assert len({reports.get(timeout=30).result for _ in range(50)}) == 1
    crew.close()


def test_the_context_goes_along() -> None:
    crew: EventLoop[str] = EventLoop("loop")
    token = NAME.set("me")

    async def name() -> str:
        return NAME.get()

    try:
        assert ended(crew, name).result == ("me",)
    finally:
        NAME.reset(token)
    assert ended(crew, name).result == ("nobody",)
    crew.close()


def test_tasks_are_cancelled_and_may_tidy_up() -> None:
    crew: EventLoop[None] = EventLoop("loop")
    reports: Reports = queue.SimpleQueue()
    tidied: list[str] = []
    begun = threading.Event()

    async def work() -> None:
        try:
            begun.set()
            await for_ever()
        finally:
            await asyncio.sleep(0)
            tidied.append("tidied")

    crew.start(work, reports.put)
    begun.wait(30)
    assert crew.cancel()
    found = reports.get(timeout=30)
    assert found.cancelled
    assert tidied == ["tidied"]
    assert ended(crew, seven).result == (7,)
    crew.close()


def test_what_has_not_begun_is_cancelled_too() -> None:
    crew: EventLoop[None] = EventLoop("loop")
    reports: Reports = queue.SimpleQueue()
    blocked, go = threading.Event(), threading.Event()

    async def block() -> None:
        blocked.set()
        go.wait(30)

    crew.start(block, reports.put)
    blocked.wait(30)
    crew.start(for_ever, reports.put)
    crew.cancel()
    go.set()
    found = {reports.get(timeout=30).cancelled for _ in range(2)}
    assert found == {False, True}
    crew.close()


def test_closing_cancels_what_is_left_and_ends_the_thread() -> None:
    crew: EventLoop[Any] = EventLoop("closing")
    thread = ended(crew, this_thread).result
    assert thread is not None
    reports: Reports = queue.SimpleQueue()
    crew.start(for_ever, reports.put)
    crew.close()
    crew.close()
    assert reports.get(timeout=30).cancelled
    thread[0].join(30)
    assert not thread[0].is_alive()
    assert crew.cancel()
    crew.close()


async def this_thread() -> threading.Thread:
    return threading.current_thread()
