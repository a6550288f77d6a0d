"""What comes one by one goes on together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit import deadline
from cloudkit._core.gathering import Gatherer, Promise
from cloudkit.errors import DeadlineExceeded
from cloudkit.testing import FakeClock


def gatherer(hand_on: Any, **changes: Any) -> Gatherer[Any]:
    options: dict[str, Any] = {
        "clock": FakeClock(),
        "most": 3,
        "most_bytes": 10,
        "seconds": 0.01,
        "width": 1,
        "limit": 100,
        "name": "test",
    }
    return Gatherer(hand_on, **{**options, **changes})


@settings(max_examples=30)
@given(st.lists(st.integers(1, 12), max_size=20), st.integers(1, 3))
def test_all_go_on_once_and_within_the_limits(items: list[int], width: int) -> None:
    found: list[list[int]] = []
    made = gatherer(lambda batch: found.append(list(batch)), width=width, seconds=60)
    for item in items:
        assert made.put(item, item)
    made.close()
    assert sorted(each for batch in found for each in batch) == sorted(items)
    assert all(len(batch) <= 3 and (sum(batch) <= 10 or len(batch) == 1) for batch in found)
    if width == 1:
        assert [each for batch in found for each in batch] == items
    assert not made.put(1, 1)


def test_what_has_waited_goes_on() -> None:
    gone = threading.Event()
    made = gatherer(lambda _: gone.set())
    made.put("x", 1)
    assert gone.wait(30)
    made.close()


def test_flush_waits_until_it_is_done() -> None:
    found: list[Any] = []
    made = gatherer(found.extend, seconds=60)
    made.put("x", 1)
    made.flush()
    assert found == ["x"]
    made.flush()
    made.close()
    made.close()
    made.flush()


def test_too_much_waits_and_the_deadline_ends_that() -> None:
    go = threading.Event()
    found: list[Any] = []

    def slow(batch: Sequence[Any]) -> None:
        go.wait(30)
        found.extend(batch)

    made = gatherer(slow, limit=3)
    for number in range(3):
        made.put(number, 1)
    with pytest.raises(DeadlineExceeded), deadline(0.01):
        made.put(3, 1)
    go.set()
    assert made.put(4, 1)
    made.close()
    assert found == [0, 1, 2, 4]


def test_promises() -> None:
    kept, broken, open_ = Promise[int](), Promise[int](), Promise[int]()
    kept.keep(7)
    broken.break_off(KeyError("x"))
    assert kept.done()
    assert kept.result() == (7,)
    with pytest.raises(KeyError):
        broken.result()
    assert not open_.done()
    assert open_.result(0.001) is None
    with pytest.raises(DeadlineExceeded), deadline(0.001):
        open_.result()
