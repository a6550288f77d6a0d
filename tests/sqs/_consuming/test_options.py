from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, cast

import pytest

from cloudkit import InvalidRequest
from cloudkit.sqs import Backoff, Hooks, Message, OnceInMemory
from cloudkit.sqs._consuming.options import ConsumerOptions, Plan, plan_of


def work(message: Message) -> None: ...


async def wait(message: Message) -> None: ...


def plan(**options: Any) -> Plan:
    return plan_of(work, cast("ConsumerOptions", options))


def test_what_is_usual() -> None:
    assert plan() == Plan(
        8, Backoff(), 20, 0, None, 0, None, "dead-letters", None, None, None, Hooks(), True, 20.0
    )


def test_what_is_given() -> None:
    given = plan(wait=timedelta(seconds=5), lease=timedelta(minutes=2), grace=0, stop_when_empty=True)
    assert (given.wait, given.lease, given.grace, given.empties) == (5, 120, 0, 1)
    assert plan(stop_when_empty=3).empties == 3
    once, key = OnceInMemory(), str
    other = plan(undecodable="raise", once=once, key=key)
    assert (other.undecodable, other.once, other.key) == ("raise", once, key)


@pytest.mark.parametrize(
    "options",
    [
        {"concurrency": 0},
        {"concurrency": 1.5},
        {"concurrency": True},
        {"prefetch": -1},
        {"wait": 21},
        {"wait": -1},
        {"lease": 0},
        {"lease": 43_201},
        {"grace": -1},
        {"grace": float("nan")},
        {"stop_when_empty": -1},
        {"undecodable": "skip"},
        {"key": lambda message: message.body},
    ],
)
def test_what_makes_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        plan(**options)


def test_unknown_options() -> None:
    with pytest.raises(TypeError, match="no option batch, workers"):
        plan(workers=3, batch=1)


def test_no_handler() -> None:
    with pytest.raises(InvalidRequest, match="no function"):
        plan_of("work", {})  # type: ignore[arg-type]


def test_an_executor_takes_no_coroutines() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert plan_of(work, {"executor": pool}).executor is pool
        with pytest.raises(InvalidRequest, match="async"):
            plan_of(wait, {"executor": pool})
