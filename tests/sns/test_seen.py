from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from cloudkit import InvalidRequest
from cloudkit.sns import SeenMessages
from cloudkit.testing import FakeClock


def test_an_id_is_remembered_for_a_while() -> None:
    clock = FakeClock()
    seen = SeenMessages(timedelta(minutes=10), clock=clock)
    assert not seen("a")
    clock.advance(599)
    assert seen("a")
    assert not seen("b")
    clock.advance(2)
    assert not seen("a")


def test_it_outlasts_the_hour_that_sns_tries() -> None:
    clock = FakeClock()
    seen = SeenMessages(clock=clock)
    seen("a")
    clock.advance(3600 + 299)  # a message may seem to be of the near future when it comes
    assert seen("a")


def test_it_has_a_bound() -> None:
    seen = SeenMessages(most=3)
    for each in "abcd":
        assert not seen(each)
    assert len(seen) == 3
    assert seen("d")
    assert not seen("a")


def test_what_was_not_dealt_with_is_new() -> None:
    seen = SeenMessages()
    assert not seen("a")
    seen.forget("a")
    seen.forget("b")
    assert not seen("a")


@pytest.mark.parametrize(("seconds", "most"), [(0, 1), (-1, 1), (1, 0)])
def test_it_remembers_something(seconds: int, most: int) -> None:
    with pytest.raises(InvalidRequest, match="nothing would be remembered"):
        SeenMessages(seconds, most=most)


def test_no_number_is_no_time() -> None:
    with pytest.raises(InvalidRequest, match="nothing would be remembered"):
        SeenMessages(float("nan"))


def test_of_many_threads_one_is_the_first() -> None:
    seen = SeenMessages()
    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(lambda number: seen(str(number % 50)), range(1000)))
    assert firsts.count(False) == 50
