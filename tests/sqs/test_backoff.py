from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import InvalidRequest
from cloudkit.sqs import Backoff


def test_what_is_usual() -> None:
    assert [Backoff().delay(receives) for receives in (1, 2, 3, 10, 11, 10**6)] == [1, 2, 4, 512, 900, 900]


def test_other_steps() -> None:
    assert [Backoff(timedelta(seconds=10), factor=3, max=100).delay(n) for n in (1, 2, 3, 4)] == [
        10,
        30,
        90,
        100,
    ]
    assert [Backoff(5, factor=1).delay(n) for n in (1, 2, 10**6)] == [5, 5, 5]
    assert [Backoff(0).delay(n) for n in (1, 100)] == [0, 0]
    assert [Backoff(60, max=30).delay(n) for n in (1, 2)] == [30, 30]
    assert Backoff(60, max=0).delay(3) == 0


@given(st.integers(0, 43_200), st.floats(1, 1e300), st.integers(0, 43_200), st.integers(0, 10**9))
def test_it_never_shrinks_and_stays_in_its_limits(
    first: int, factor: float, most: int, receives: int
) -> None:
    backoff = Backoff(first, factor=factor, max=most)
    delay = backoff.delay(receives)
    assert 0 <= min(first, most) <= delay <= most or delay == 0
    assert delay <= backoff.delay(receives + 1)


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((-1,), {}),
        ((43_201,), {}),
        ((1,), {"max": 43_201}),
        ((1,), {"factor": 0.5}),
        ((1,), {"factor": float("inf")}),
        ((1,), {"factor": float("nan")}),
    ],
)
def test_what_sqs_cannot_do(args: tuple[Any, ...], options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Backoff(*args, **options)
