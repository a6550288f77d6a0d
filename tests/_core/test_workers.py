from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, strategies as st

import cloudkit
from cloudkit._core.workers import Background, Race, Workers, in_parallel, until
from cloudkit.errors import DeadlineExceeded

NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


@given(st.lists(st.integers()), st.integers(1, 8))
def test_results_come_in_the_order_of_the_items(items: list[int], width: int) -> None:
    assert list(in_parallel(lambda item: -item, items, width=width)) == [(item, -item) for item in items]


def test_several_are_under_way_at_once() -> None:
    meeting = threading.Barrier(4, timeout=10)
    assert len(list(in_parallel(lambda _: meeting.wait(), range(8), width=4))) == 8


def test_one_worker_is_no_thread() -> None:
    here = threading.get_ident()
    assert {done for _, done in in_parallel(lambda _: threading.get_ident(), range(3), width=1)} == {here}


def test_items_are_read_on_the_caller_s_thread_and_not_far_ahead() -> None:
    here = threading.get_ident()
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            assert threading.get_ident() == here
            read += 1
            yield read

    found = in_parallel(lambda item: item, endless(), width=3)
    assert [next(found)[0] for _ in range(10)] == list(range(1, 11))
    assert read <= 10 + 2 * 3 + 1
    found.close()  # type: ignore[attr-defined]


def test_the_first_exception_ends_it() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 3:
            raise ValueError("three")
        return item

    found = in_parallel(work, range(1000), width=2)
    with pytest.raises(ValueError, match="three"):
        for _ in found:
            pass
    assert len(begun) < 20


def test_what_is_late_takes_nothing_of_the_others_with_it() -> None:
    go = threading.Event()

    def work(item: int) -> str:
        if item == 2:
            go.wait(10)  # no deadline ends it
        return "done"

    found: dict[int, str] = {}
    try:
        with cloudkit.deadline(0.1):
            for item, came in in_parallel(
                work, range(6), width=3, late=lambda item, error: f"{error.seconds} s"
            ):
                found[item] = came
                go_on = time.monotonic()
        assert found == {number: "0.1 s" if number == 2 else "done" for number in range(6)}
        assert time.monotonic() - go_on < 5  # the late one is not waited for either
    finally:
        go.set()


def test_without_a_result_for_what_is_late_it_is_raised() -> None:
    go = threading.Event()
    try:
        with cloudkit.deadline(0.1), pytest.raises(DeadlineExceeded):
            list(in_parallel(lambda _: go.wait(10), range(2), width=2))
    finally:
        go.set()


def test_what_has_not_begun_when_it_is_late_never_does() -> None:
    go = threading.Event()
    begun: list[int] = []

    def work(item: int) -> str:
        begun.append(item)
        go.wait(10)
        return "done"

    try:
        with cloudkit.deadline(0.1):
            came = dict(in_parallel(work, range(50), width=2, late=lambda *_: "late"))
        assert came == dict.fromkeys(range(50), "late")
    finally:
        go.set()
    time.sleep(0.1)
    assert sorted(begun) == [0, 1]


def test_an_endless_many_ends_with_the_first_that_is_late() -> None:
    go = threading.Event()
    over: list[DeadlineExceeded] = []
    try:
        with cloudkit.deadline(0.1):
            came = list(
                in_parallel(
                    lambda _: go.wait(10),
                    until(over, count()),
                    width=2,
                    late=lambda _, error: over.append(error),
                )
            )
        assert [item for item, _ in came] == list(range(len(over)))
        assert 1 <= len(over) <= 5
    finally:
        go.set()


def test_the_context_goes_along() -> None:
    token = NAME.set("me")
    try:
        assert {name for _, name in in_parallel(lambda _: NAME.get(), range(4), width=2)} == {"me"}
        with Workers[str](2) as workers:
            assert workers.submit(NAME.get).result() == "me"
    finally:
        NAME.reset(token)


def test_submitting_waits_for_a_free_worker() -> None:
    go = threading.Event()
    with Workers[bool](1) as workers:
        workers.submit(go.wait, 10)
        begun = time.monotonic()
        threading.Timer(0.05, go.set).start()
        assert workers.submit(lambda: True).result()
        assert time.monotonic() - begun >= 0.04


def test_leaving_by_an_exception_drops_what_has_not_begun() -> None:
    done: list[int] = []
    workers = Workers[None](1)

    def interrupted() -> None:
        with workers:
            workers.submit(done.append, 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done in ([1], [])
    with pytest.raises(RuntimeError):
        workers.submit(done.append, 2)


def test_results_of_a_race_come_as_they_arrive() -> None:
    first_may_end = threading.Event()
    with Race[str, int](2) as race:
        race.start("slow", lambda: first_may_end.wait(10) and 1)
        race.start("quick", lambda: 2)
        assert len(race) == 2
        assert race.results() == [("quick", 2)]
        first_may_end.set()
        assert race.results() == [("slow", 1)]
        assert len(race) == 0


def test_what_a_task_of_a_race_raises_is_raised_with_its_result() -> None:
    def fail() -> int:
        raise ValueError("no")

    with Race[str, int](1) as race:
        race.start("bad", fail)
        with pytest.raises(ValueError, match="no"):
            race.results()


def test_leaving_a_race_drops_what_has_not_begun() -> None:
    begun: list[int] = []
    go = threading.Event()
    with Race[int, object](1) as race:
        race.start(0, go.wait, 10)
        for number in range(1, 50):
            race.start(number, begun.append, number)
        threading.Timer(0.05, go.set).start()
    assert begun == []


def test_background_work_goes_on_until_it_is_stopped() -> None:
    called = threading.Event()
    often = Background(called.set, 0.01)
    assert called.wait(10)
    often.stop()
    called.clear()
    assert not called.wait(0.05)
    assert often.error is None


def test_an_error_in_the_background_is_kept() -> None:
    tried: list[int] = []

    def fail() -> None:
        tried.append(1)
        raise ValueError("no")

    often = Background(fail, 0.01)
    while often.error is None:
        time.sleep(0.005)
    often.stop()
    assert isinstance(often.error, ValueError)
    assert tried == [1]


def test_it_can_stop_itself() -> None:
    ended = threading.Event()

    def work() -> None:
        often.stop()
        ended.set()

    often = Background(work, 0.01)
    assert ended.wait(10)
