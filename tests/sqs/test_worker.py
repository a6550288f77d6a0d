from __future__ import annotations

import functools
import importlib
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from cloudkit import Cloud, InvalidRequest
from cloudkit.sqs import Message, Queue
from tests.conftest import Rig
from tests.sqs._consuming.scene import message

AWAY = Queue("jobs", cloud=Cloud(region="us-east-1"))


@AWAY.consume(concurrency=2)
def work(message: Message) -> None:
    """Work."""
    message.settlement = "deleted"


def test_the_function_stays_what_it_is() -> None:
    one = message()
    work(one)
    assert one.settlement == "deleted"
    assert (work.__name__, work.__doc__) == ("work", "Work.")  # type: ignore[attr-defined]


def test_it_runs(rig: Rig) -> None:
    queue = Queue.create(rig.name())
    queue.send_many(["a", "b"])
    seen: list[str] = []

    @queue.consume(concurrency=1, wait=0)
    def note(message: Message) -> None:
        seen.append(message.body)

    assert note.run(stop_when_empty=True).acked == 2
    assert sorted(seen) == ["a", "b"]
    queue.send("c")
    with note.consumer(stop_when_empty=True) as consumer:
        assert consumer.wait(30).acked == 1
    assert seen[-1] == "c"


def test_options_are_checked_as_it_is_decorated() -> None:
    with pytest.raises(InvalidRequest, match="concurrency"):
        AWAY.consume(concurrency=0)(lambda message: None)


def test_a_function_works_for_one_queue() -> None:
    with pytest.raises(InvalidRequest, match="worker already"):
        AWAY.consume()(work)
    partial = AWAY.consume()(functools.partial(work))
    assert callable(partial.run)


def test_what_takes_no_attributes() -> None:
    with pytest.raises(InvalidRequest, match="cannot be decorated"):
        AWAY.consume()("x".join)  # type: ignore[arg-type]


def settle(message: Message) -> str | None:
    work(message)
    return message.settlement


def test_it_travels_by_name() -> None:
    assert pickle.loads(pickle.dumps(work)) is work
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(settle, message()).result() == "deleted"


def test_it_travels_by_value_without_queue_and_executor() -> None:
    def local(message: Message) -> str:
        return message.body

    cloudpickle: Any = importlib.import_module("cloudpickle")  # of Dask, and without types
    with ThreadPoolExecutor(1) as pool:
        made = AWAY.consume(executor=pool)(local)
        with pytest.raises(TypeError):
            pickle.dumps(pool)
        came = pickle.loads(cloudpickle.dumps(made))
    assert came(message(body="hello")) == "hello"
    with pytest.raises(InvalidRequest, match="in the process"):
        came.run()
