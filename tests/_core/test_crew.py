from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from cloudkit import deadline
from cloudkit._core.crew import Aside, Crew, Ended, Hired, Threads
from cloudkit._core.deadline import in_force

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


def ended(crew: Crew[Any], work: Callable[[], Any]) -> Ended[Any]:
    """How a piece of work ends."""
    reports: queue.SimpleQueue[Ended[Any]] = queue.SimpleQueue()
    crew.start(work, reports.put)
    return reports.get(timeout=30)


# -- threads -----------------------------------------------------------------------------------------------------


def test_results_and_errors_are_reported() -> None:
    crew: Threads[int] = Threads(2, "crew")
    assert ended(crew, lambda: 7).result == (7,)
    for error in (ValueError("no"), SystemExit(1), KeyboardInterrupt()):

        def fail(error: BaseException = error) -> int:
            raise error

        found = ended(crew, fail)
        assert (found.result, found.error, found.cancelled, found.broken) == (None, error, False, False)
    assert not crew.cancel()
    crew.close()


def test_no_more_threads_than_the_width_and_each_is_used_again() -> None:
    crew: Threads[int] = Threads(3, "crew")
    reports: queue.SimpleQueue[Ended[int]] = queue.SimpleQueue()
    go = threading.Event()
    for _ in range(8):
        crew.start(lambda: [go.wait(30), threading.get_ident()][1], reports.put)
    go.set()
    seen = {reports.get(timeout=30).result for _ in range(8)}
    assert len(seen) <= 3
    assert ended(crew, threading.get_ident).result in seen
    crew.close()


def test_threads_do_not_keep_the_process_alive_and_end_when_closed() -> None:
    crew: Threads[threading.Thread] = Threads(1, "crew")
    found = ended(crew, threading.current_thread).result
    assert found is not None
    assert found[0].daemon
    assert found[0].name == "crew"
    crew.close()
    found[0].join(30)
    assert not found[0].is_alive()


def test_the_context_goes_along_and_the_deadline_where_it_is_wanted() -> None:
    token = NAME.set("me")
    try:
        with deadline(60):
            plain: Threads[Any] = Threads(1, "crew")
            patient: Threads[Any] = Threads(1, "crew", patient=True)
            assert ended(plain, NAME.get).result == ("me",)
            assert ended(patient, NAME.get).result == ("me",)
            assert ended(plain, in_force.get).result != (None,)
            assert ended(patient, in_force.get).result == (None,)
            plain.close()
            patient.close()
    finally:
        NAME.reset(token)


# -- executors of the caller's -----------------------------------------------------------------------------------


def test_an_executor_does_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        crew: Hired[int] = Hired(pool)
        assert ended(crew, lambda: 7).result == (7,)
        found = ended(crew, lambda: 1 // 0)
        assert isinstance(found.error, ZeroDivisionError)
        assert not found.broken
        crew.close()
        assert ended(crew, lambda: 8).result == (8,)


def test_what_has_not_begun_can_be_cancelled() -> None:
    go = threading.Event()
    reports: queue.SimpleQueue[Ended[bool]] = queue.SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        crew: Hired[bool] = Hired(pool)
        crew.start(lambda: go.wait(30), reports.put)
        crew.start(lambda: False, reports.put)
        assert crew.cancel()
        assert reports.get(timeout=30).cancelled
        go.set()
        assert reports.get(timeout=30).result == (True,)


def test_an_executor_that_was_shut_down_is_broken() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    found = ended(Hired(pool), lambda: 7)
    assert found.broken
    assert isinstance(found.error, RuntimeError)


def die() -> None:
    import os

    os._exit(1)


def test_an_executor_whose_processes_died_is_broken() -> None:
    import multiprocessing

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert ended(Hired(pool), die).broken


# -- one piece of work -------------------------------------------------------------------------------------------


def test_work_aside_is_waited_for() -> None:
    go = threading.Event()
    aside = Aside(lambda: go.wait(30), "aside")
    assert aside.wait(0) is None
    go.set()
    found = aside.wait(30)
    assert found is not None
    assert found.result == (True,)
    assert aside.wait(0) is found


def test_work_aside_that_fails() -> None:
    found = Aside(lambda: 1 // 0, "aside").wait(30)
    assert found is not None
    assert isinstance(found.error, ZeroDivisionError)


@pytest.mark.parametrize("seconds", [-1.0, 0.0])
def test_no_time_to_wait(seconds: float) -> None:
    go = threading.Event()
    aside = Aside(lambda: go.wait(30), "aside")
    assert aside.wait(seconds) is None
    go.set()
