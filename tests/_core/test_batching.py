from __future__ import annotations

import contextvars
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings, strategies as st

import cloudkit
from cloudkit._core.batching import ENTRY_ATTEMPTS, Outcome, each_of, send_all, split
from cloudkit.errors import (
    AccessDenied,
    BatchError,
    CloudError,
    ConnectionFailed,
    DeadlineExceeded,
    Throttled,
)
from cloudkit.testing import FakeClock

numbers = st.lists(st.integers(0, 1000), max_size=60)


REASONS: dict[str, type[CloudError]] = {"denied": AccessDenied, "never": Throttled, "forgotten": CloudError}


class Server:
    """Takes batches of numbers; what happens to a number is told by tables."""

    def __init__(self, fates: dict[int, str] | None = None, *, breaks_at: int | None = None) -> None:
        self.fates = fates or {}
        self.breaks_at = breaks_at
        self.batches: list[list[int]] = []
        self._lock = threading.Lock()

    def __call__(self, batch: Sequence[int]) -> Outcome[str]:
        with self._lock:
            self.batches.append(list(batch))
            call = len(self.batches)
        if call == self.breaks_at:
            raise ConnectionFailed("the whole call failed", retryable=True)
        results: dict[int, str] = {}
        errors: dict[int, CloudError] = {}
        for index, item in enumerate(batch):
            fate = self.fates.get(item, "fine")
            sent = sum(item in each for each in self.batches)
            if fate == "fine" or (fate == "later" and sent > 1):
                results[index] = f"did {item}"
            elif fate == "denied":
                errors[index] = AccessDenied(f"not {item}")
            elif fate in ("later", "never"):
                errors[index] = Throttled(f"slow down with {item}", retryable=True)
        return Outcome(results, errors)  # of an item whose fate is "forgotten" it says nothing


# -- splitting ---------------------------------------------------------------------------------------------------


@given(numbers, st.integers(1, 12), st.integers(1, 2000) | st.none())
@settings(deadline=None)
def test_batches_keep_order_and_limits(items: list[int], most: int, most_bytes: int | None) -> None:
    batches = list(split(items, most=most, most_bytes=most_bytes, size_of=lambda item: item))
    assert [item for batch in batches for item in batch] == items
    assert all(1 <= len(batch) <= most for batch in batches)
    if most_bytes is not None:
        assert all(sum(batch) <= most_bytes or len(batch) == 1 for batch in batches)
    for batch, after in itertools.pairwise(batches):
        assert len(batch) == most or (most_bytes is not None and sum(batch) + after[0] > most_bytes)


def test_splitting_is_lazy() -> None:
    read: list[int] = []

    def source() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    batches = split(source(), most=3)
    assert next(batches) == [0, 1, 2]
    assert len(read) <= 4


# -- sending -----------------------------------------------------------------------------------------------------


@given(numbers, st.integers(1, 10), st.sampled_from([1, 3]))
@settings(deadline=None, max_examples=50)
def test_all_get_through_in_order(items: list[int], most: int, workers: int) -> None:
    server, clock = Server(), FakeClock()
    results = send_all(items, server, clock=clock, most=most, workers=workers)
    assert results == [f"did {item}" for item in items]
    assert clock.slept == []
    assert len(server.batches) == -(-len(items) // most)


fates = st.dictionaries(
    st.integers(0, 60), st.sampled_from(["fine", "denied", "later", "never", "forgotten"]), max_size=40
)


@given(st.integers(0, 60), fates, st.integers(1, 10), st.sampled_from([1, 4]))
@settings(deadline=None, max_examples=100)
def test_every_input_is_in_one_of_failed_and_succeeded(
    count: int, fates: dict[int, str], most: int, workers: int
) -> None:
    items = list(range(count))
    server, clock = Server(fates), FakeClock()
    bad = [item for item in items if fates.get(item, "fine") in ("denied", "never", "forgotten")]
    good = [item for item in items if item not in bad]
    failure: BatchError | None = None
    try:
        results = send_all(
            items, server, clock=clock, most=most, workers=workers, shown=lambda item: f"#{item}"
        )
    except BatchError as error:
        failure = error
    else:
        assert results == [f"did {item}" for item in items]
    assert (failure is not None) is bool(bad)
    if failure is not None:
        assert [item for item, _ in failure.failed] == [f"#{item}" for item in bad]
        assert [tuple(each) for each in failure.succeeded] == [(f"#{item}", f"did {item}") for item in good]
        assert failure.retryable is all(fates[item] == "never" for item in bad)
        for item, (_, reason) in zip(bad, failure.failed, strict=True):
            assert isinstance(reason, REASONS[fates[item]])
            assert reason.attempts == (ENTRY_ATTEMPTS if fates[item] == "never" else 1)
    for item in items:
        sent = sum(item in batch for batch in server.batches)
        assert sent == {"later": 2, "never": ENTRY_ATTEMPTS}.get(fates.get(item, "fine"), 1)


def test_only_what_failed_is_sent_again_after_growing_pauses() -> None:
    server, clock = Server({2: "never", 3: "later"}), FakeClock()
    with pytest.raises(BatchError, match=r"1 of 5 entries failed: 2: slow down with 2"):
        send_all(range(5), server, clock=clock, most=10)
    assert server.batches == [[0, 1, 2, 3, 4], [2, 3], [2], [2]]
    assert clock.slept == [0.2, 0.4, 0.8]


def test_where_the_error_says_it_came_from() -> None:
    with pytest.raises(BatchError) as caught:
        send_all(
            [1],
            Server({1: "denied"}),
            clock=FakeClock(),
            most=1,
            service="sqs",
            operation="SendMessageBatch",
            resource="jobs",
        )
    assert str(caught.value).startswith("sqs:SendMessageBatch jobs: 1 of 1 entries failed: 1: not 1")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_first_call_that_fails_as_a_whole_is_that_failure(workers: int) -> None:
    server = Server(breaks_at=1)
    with pytest.raises(ConnectionFailed, match="the whole call failed"):
        send_all(range(3), server, clock=FakeClock(), most=10, workers=workers)


@given(st.integers(11, 60), st.integers(2, 6), st.integers(1, 10))
@settings(deadline=None)
def test_a_later_call_that_fails_as_a_whole_ends_it_and_nothing_is_forgotten(
    count: int, breaks_at: int, most: int
) -> None:
    items = list(range(count))
    server = Server(breaks_at=breaks_at)
    calls = -(-count // most)
    if calls < breaks_at:
        assert len(send_all(items, server, clock=FakeClock(), most=most)) == count
        return
    with pytest.raises(BatchError) as caught:
        send_all(items, server, clock=FakeClock(), most=most)
    assert len(server.batches) == breaks_at
    done = most * (breaks_at - 1)
    assert [item for item, _ in caught.value.succeeded] == items[:done]
    assert [item for item, _ in caught.value.failed] == items[done:]
    broken = [error for _, error in caught.value.failed[:most]]
    assert all(isinstance(error, ConnectionFailed) for error in broken)
    unsent = [error for _, error in caught.value.failed[most:]]
    assert all("not sent" in error.message and error.attempts == 0 for error in unsent)
    assert isinstance(caught.value.__cause__, ConnectionFailed)


@given(st.integers(20, 80), st.integers(2, 4), st.integers(2, 4))
@settings(deadline=None, max_examples=50)
def test_with_several_calls_under_way_nothing_is_forgotten_either(
    count: int, breaks_at: int, workers: int
) -> None:
    items = list(range(count))
    server = Server(breaks_at=breaks_at)
    try:
        send_all(items, server, clock=FakeClock(), most=3, workers=workers)
    except BatchError as error:
        named = [item for item, _ in (*error.succeeded, *error.failed)]
        assert sorted(named, key=str) == sorted(items, key=str)
        sent = {item for batch in server.batches for item in batch}
        unsent = {item for item, each in error.failed if "not sent" in each.message}
        assert unsent == set(items) - sent
    else:
        raise AssertionError("the failure was not reported")


@given(st.integers(1, 5), st.sampled_from([None, 10]))
@settings(deadline=None)
def test_of_an_iterator_no_more_is_read_after_a_failure(most: int, most_bytes: int | None) -> None:
    source = iter(range(100, 200))
    server = Server(breaks_at=2)
    with pytest.raises(BatchError) as caught:
        send_all(source, server, clock=FakeClock(), most=most, most_bytes=most_bytes, size_of=lambda item: 1)
    named = [item for item, _ in (*caught.value.succeeded, *caught.value.failed)]
    # What is neither named nor still to come would be lost.
    assert named + list(source) == list(range(100, 200))


def test_a_call_that_fails_as_a_whole_at_its_second_try_keeps_what_got_through() -> None:
    server = Server({1: "later"}, breaks_at=2)
    with pytest.raises(BatchError) as caught:
        send_all([0, 1, 2], server, clock=FakeClock(), most=10)
    assert [item for item, _ in caught.value.succeeded] == [0, 2]
    assert [(item, type(error)) for item, error in caught.value.failed] == [(1, ConnectionFailed)]


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_of_the_caller_s_iterable_is_the_caller_s(workers: int) -> None:
    def source() -> Iterator[int]:
        yield from range(4)
        raise KeyError("mine")

    server = Server()
    with pytest.raises(KeyError, match="mine"):
        send_all(source(), server, clock=FakeClock(), most=2, workers=workers)
    assert sorted(server.batches) == [[0, 1], [2, 3]]


def test_a_call_that_no_deadline_ends_takes_nothing_of_the_others_with_it() -> None:
    go = threading.Event()

    def send(batch: Sequence[int]) -> Outcome[int]:
        if 4 in batch:
            go.wait(10)
        return Outcome(dict(enumerate(batch)))

    try:
        with cloudkit.deadline(0.1), pytest.raises(DeadlineExceeded) as caught:
            send_all(range(12), send, clock=FakeClock(), most=2, workers=2)
        batch = caught.value.batch
        assert isinstance(batch, BatchError)
        assert {item for item, _ in batch.succeeded} >= {0, 1, 2, 3}
        assert [item for item, error in batch.failed if isinstance(error, DeadlineExceeded)][:2] == [4, 5]
        assert sorted(str(item) for item, _ in (*batch.succeeded, *batch.failed)) == sorted(
            map(str, range(12))
        )
    finally:
        go.set()


def test_threads_carry_the_caller_s_context_and_work_at_once() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    name.set("ann")
    gate = threading.Barrier(3, timeout=10)
    seen: list[str] = []

    def send(batch: Sequence[int]) -> Outcome[int]:
        gate.wait()  # passed only if three calls are under way together
        seen.append(name.get())
        return Outcome(dict(enumerate(batch)))

    assert send_all(range(3), send, clock=FakeClock(), most=1, workers=3) == [0, 1, 2]
    assert seen == ["ann"] * 3


def test_inputs_with_a_length_are_checked_before_anything_is_sent() -> None:
    def make(each: str) -> int:
        return int(each)

    with pytest.raises(ValueError):
        each_of(["1", "x"], make)
    lazily: Callable[[], Iterator[int]] = lambda: iter(each_of(iter(["1", "x"]), make))  # noqa: E731
    assert next(lazily()) == 1
    assert list(each_of(("1", "2"), make)) == [1, 2]
