from __future__ import annotations

import math

from hypothesis import given, strategies as st

from cloudkit.sqs._consuming.outbox import Outbox


def outbox() -> Outbox[int]:
    return Outbox(lambda seconds: seconds, lambda _: True)


def test_few_wait_for_a_moment() -> None:
    box = outbox()
    box.add(1, 0.0)
    box.add(2, 0.05)
    assert box.take(0.09) == []
    assert box.wake == 0.1
    assert box.take(0.1) == [[1, 2]]
    assert (len(box), box.wake) == (2, math.inf)
    box.done(1)
    box.done(2)
    assert len(box) == 0


def test_ten_do_not_wait() -> None:
    box = outbox()
    for number in range(23):
        box.add(number, 0.0)
    assert [len(batch) for batch in box.take(0.0)] == [10, 10]
    assert box.take(0.0) == []
    assert [len(batch) for batch in box.take(0.1)] == [3]


def test_some_are_in_a_hurry() -> None:
    box = outbox()
    box.add(1, 0.0)
    box.add(2, 0.0, by=-1.0)
    assert box.take(0.0) == [[1, 2]]


def test_at_the_end_none_waits() -> None:
    box = outbox()
    box.add(1, 0.0)
    assert box.take(0.0, at_once=True) == [[1]]


def test_what_failed_goes_again_after_a_pause_that_grows() -> None:
    box = outbox()
    now = 0.0
    box.add(1, now)
    pauses = []
    for _ in range(7):
        now = box.wake
        assert box.take(now) == [[1]]
        box.again(1, now)
        assert box.take(now, at_once=True) == []
        pauses.append(round(box.wake - now, 3))
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]


def test_what_is_not_free_stays() -> None:
    held = {1}
    box: Outbox[int] = Outbox(lambda seconds: seconds, lambda item: item not in held)
    box.add(1, 0.0)
    box.add(2, 0.0)
    assert box.take(1.0) == [[2]]
    assert box.wake == math.inf
    held.clear()
    assert box.wake <= 1.0
    assert box.take(1.0) == [[1]]


def test_dropping_and_forgetting() -> None:
    box = outbox()
    box.add(1, 0.0)
    box.add(2, 0.0)
    box.drop(1)
    assert box.take(1.0) == [[2]]
    box.again(2, 1.0)
    box.drop(2)
    assert len(box) == 0
    box.add(3, 0.0)
    box.take(1.0)
    box.reset()
    assert len(box) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60))
def test_each_is_sent_once_and_none_waits_for_longer_than_a_moment(steps: list[tuple[float, bool]]) -> None:
    box = outbox()
    now = 0.0
    added: dict[int, float] = {}
    sent: list[int] = []
    for number, (pause, add) in enumerate([*steps, (1.0, False)]):
        now += pause
        for batch in box.take(now):
            assert 1 <= len(batch) <= 10
            sent += batch
        assert all(now - when < 0.1 for item, when in added.items() if item not in sent)
        if add:
            added[number] = now
            box.add(number, now)
    assert sorted(sent) == sorted(added)
