"""What happens when the time is over: real servers that hang, drip or refuse, and real seconds."""

from __future__ import annotations

import contextvars
import copy
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

import cloudkit
from cloudkit import Cloud, DeadlineExceeded, NotFound, Retry, Timeouts, WaitTimeout
from cloudkit._core import deadline as module, steps
from cloudkit._core.backoff import pause
from cloudkit._core.batching import Outcome, send_all
from cloudkit._core.deadline import CLEAN_UP_SECONDS, clean_up_time, exceeded, in_force, limited, time_left
from cloudkit._core.steps import attempt, clean_up, in_time
from cloudkit._core.waiting import wait_until
from cloudkit._core.workers import Background, Race, Workers, in_parallel
from cloudkit.errors import BatchError, CloudError, InvalidRequest
from cloudkit.testing import FakeClock
from cloudkit.types import SystemClock
from tests.faults import LATE_SECONDS, FaultServer, Reply

SECONDS = 0.12
HANG = Reply(delay=60)
SLOW_DOWN = Reply.query_error("Throttling", status=503)
QUEUES = Reply.json({"QueueUrls": []})


@contextmanager
def soon(seconds: float = SECONDS, slack: float = 1.0) -> Iterator[None]:
    """The block ends by the deadline of so many seconds, and neither before nor long after it."""
    begun = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        yield
    took = time.monotonic() - begun
    assert seconds * 0.9 <= took < seconds + slack, took


def ready(faults: FaultServer, **options: Any) -> Cloud:
    """A cloud whose client is made already: that takes longer than the times here."""
    cloud = faults.cloud(**options)
    cloud.client("sqs")
    return cloud


def step_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cloudkit-step"]


# -- the block ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", [0, -1, 0.0, timedelta(0), True, False, "3", None, float("nan"), float("inf"), -float("inf")]
)
def test_a_time_that_is_none(given: Any) -> None:
    with pytest.raises(InvalidRequest, match="deadline="):
        cloudkit.deadline(given)
    if given is not None:
        with pytest.raises(InvalidRequest, match="timeout="):
            limited(given)


def test_a_number_or_a_timedelta() -> None:
    for time_given in (100, 100.0, timedelta(seconds=100)):
        with cloudkit.deadline(time_given):
            left = time_left()
            assert left is not None
            assert 99 < left <= 100
    assert time_left() is None
    with limited(None):
        assert time_left() is None


def test_a_very_long_time() -> None:
    with cloudkit.deadline(1e300):
        assert in_time(lambda: 7) == 7
        clean_up(lambda: None)


def test_the_time_begins_as_the_block_does() -> None:
    block = cloudkit.deadline(0.05)
    time.sleep(0.06)
    with block:
        assert time_left() is not None
    with block:  # and again, from the start
        assert time_left() is not None


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_the_nearest_counts(given: list[int]) -> None:
    blocks: list[Any] = []
    for seconds in given:
        blocks.append(cloudkit.deadline(seconds))
        blocks[-1].__enter__()
        limit = in_force.get()
        assert limit is not None
        assert limit.given == min(given[: len(blocks)])
    while blocks:
        blocks.pop().__exit__(None, None, None)
        limit = in_force.get()
        assert (limit.given if limit else None) == (min(given[: len(blocks)]) if blocks else None)


def test_an_inner_block_that_is_over_leaves_the_outer_one() -> None:
    with cloudkit.deadline(60):
        with cloudkit.deadline(0.01):
            time.sleep(0.02)
            with pytest.raises(DeadlineExceeded):
                time_left()
        assert time_left() is not None


def test_there_is_no_error_without_a_deadline() -> None:
    with pytest.raises(RuntimeError, match="no deadline"):
        exceeded()
    with cloudkit.deadline(60):
        assert exceeded().seconds == 60


def test_code_of_one_s_own_is_not_interrupted() -> None:
    with cloudkit.deadline(0.01):
        time.sleep(0.02)  # and leaving the block raises nothing


def test_a_generator_may_end_its_block_elsewhere() -> None:
    def counting() -> Generator[int]:
        with cloudkit.deadline(60):
            yield 1

    numbers = counting()
    assert contextvars.copy_context().run(next, numbers) == 1
    assert time_left() is None
    contextvars.copy_context().run(numbers.close)
    assert time_left() is None


def test_what_the_error_says(faults: FaultServer) -> None:
    faults.otherwise(HANG)
    cloud = ready(faults)
    with soon():
        try:
            with cloudkit.deadline(SECONDS):
                cloud.invoke(cloudkit_service("sqs"), "list_queues", {}, about="queues")
        except DeadlineExceeded as error:
            caught = error
            raise
    assert isinstance(caught, (CloudError, TimeoutError))
    assert (caught.service, caught.operation, caught.resource) == ("sqs", "ListQueues", "queues")
    assert (caught.seconds, caught.batch, caught.retryable) == (SECONDS, None, True)
    assert str(caught).startswith("sqs:ListQueues queues: it was not done within 0.12 s")
    for same in (pickle.loads(pickle.dumps(caught)), copy.copy(caught)):
        assert type(same) is DeadlineExceeded
        assert vars(same) == vars(caught)


def cloudkit_service(name: str) -> Any:
    from cloudkit._core.service import service_named

    return service_named(name)


# -- calls -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(HANG, id="hang"),
        pytest.param(Reply(body=b"{" + b" " * 1000, drip=0.01), id="drip"),
        pytest.param(SLOW_DOWN, id="503"),
        pytest.param(Reply(reset=True), id="reset"),
    ],
)
def test_a_call_ends_in_time(faults: FaultServer, reply: Reply) -> None:
    faults.otherwise(reply)
    cloud = ready(faults, attempts=100)
    with soon(), cloudkit.deadline(SECONDS):
        cloud.call("sqs", "list_queues")
    faults.otherwise(QUEUES)
    assert cloud.call("sqs", "list_queues")["QueueUrls"] == []
    with cloudkit.deadline(60):
        assert cloud.call("sqs", "list_queues")["QueueUrls"] == []


def test_names_that_are_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    cloud = Cloud(region="us-east-1", endpoint_url="http://nowhere.invalid", retry=Retry(attempts=100))
    cloud.client("sqs")
    with soon(), cloudkit.deadline(SECONDS):
        cloud.call("sqs", "list_queues")


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        release.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    cloud = Cloud(region="us-east-1", endpoint_url="http://nowhere.invalid", retry=Retry(attempts=1))
    cloud.client("sqs")
    with soon(), cloudkit.deadline(SECONDS):
        cloud.call("sqs", "list_queues")
    release.set()


def test_a_server_that_takes_no_connection() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        cloud = Cloud(
            region="us-east-1", endpoint_url=url, timeouts=Timeouts(read=5), retry=Retry(attempts=1)
        )
        cloud.client("sqs")
        with soon(), cloudkit.deadline(SECONDS):
            cloud.call("sqs", "list_queues")


def test_each_page_is_fetched_in_time(faults: FaultServer) -> None:
    faults.replies(Reply.json({"QueueUrls": ["a"], "NextToken": "n"}))
    faults.otherwise(HANG)
    cloud = ready(faults)
    seen: list[Any] = []
    with soon(), cloudkit.deadline(SECONDS):
        seen.extend(page["QueueUrls"] for page in cloud.pages("sqs", "list_queues"))
    assert len(faults.requests) == 2
    # The deadline is that of who reads, whoever has begun.
    pages = cloud.pages("sqs", "list_queues")
    faults.replies(Reply.json({"QueueUrls": ["a"], "NextToken": "n"}))
    assert next(pages)["QueueUrls"] == ["a"]
    with soon(), cloudkit.deadline(SECONDS):
        next(pages)


def test_work_on_a_client_ends_in_time(faults: FaultServer) -> None:
    faults.otherwise(HANG)
    cloud = ready(faults)
    with soon(), cloudkit.deadline(SECONDS):
        cloud.run(cloudkit_service("sqs"), "list_queues", None, lambda client: client.list_queues())


def test_after_the_time_nothing_is_sent(faults: FaultServer) -> None:
    faults.otherwise(QUEUES)
    cloud = ready(faults)
    begun = time.monotonic()
    with cloudkit.deadline(0.01):
        time.sleep(0.02)
        for _ in range(3):
            with pytest.raises(DeadlineExceeded, match="sqs:ListQueues"):
                cloud.call("sqs", "list_queues")
        with pytest.raises(DeadlineExceeded):
            next(cloud.pages("sqs", "list_queues"))
    assert time.monotonic() - begun < 0.5
    assert faults.requests == []


def test_a_call_that_was_given_up_is_not_repeated(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "IDLE_SECONDS", 0.02)
    monkeypatch.setattr(steps, "_idle", deque())
    others = set(threading.enumerate())
    faults.otherwise(HANG)
    cloud = faults.cloud(attempts=100, read=0.25)
    cloud.client("s3")  # queues are read for longer, whatever is asked for
    with soon(), cloudkit.deadline(SECONDS):
        cloud.call("s3", "list_buckets")
    ends = time.monotonic() + 5
    while set(step_threads()) - others and time.monotonic() < ends:  # its time-out comes after the deadline
        time.sleep(0.02)
    assert not set(step_threads()) - others
    assert len(faults.requests) == 1


def test_an_answer_that_comes_late_is_told_of(faults: FaultServer) -> None:
    faults.otherwise(Reply(200, QUEUES.body, QUEUES.headers, delay=0.25))
    cloud = ready(faults)
    told = threading.Event()
    answers: list[Any] = []

    def late(answer: Any) -> None:
        answers.append(answer)
        told.set()

    with soon(), cloudkit.deadline(SECONDS):
        cloud.invoke(cloudkit_service("sqs"), "list_queues", {}, late=late)
    assert told.wait(10)
    assert answers[0]["QueueUrls"] == []


def test_without_a_deadline_there_is_no_thread(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    real = steps._Step

    def noted(*arguments: Any) -> Any:
        started.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(steps, "_Step", noted)
    faults.otherwise(QUEUES)
    cloud = ready(faults)
    cloud.call("sqs", "list_queues")
    list(cloud.pages("sqs", "list_queues"))
    cloud.run(cloudkit_service("sqs"), "list_queues", None, lambda client: client.list_queues())
    clean_up(lambda: None)
    assert started == []
    with cloudkit.deadline(60):
        cloud.call("sqs", "list_queues")
    assert len(started) == 1


def test_a_thing_just_made_is_waited_for_until_then(faults: FaultServer) -> None:
    faults.otherwise(Reply.json_error("AWS.SimpleQueueService.NonExistentQueue"))
    cloud = Cloud(region="us-east-1", endpoint_url=faults.url, retry=Retry(attempts=1))
    cloud.client("sqs")
    cloud.remember("just-made", NotFound)
    with soon(), cloudkit.deadline(SECONDS):
        cloud.call("sqs", "get_queue_url", QueueName="just-made")


def test_making_a_client_ends_in_time(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    cloud = faults.cloud()
    monkeypatch.setattr(type(cloud._hub), "boto3_session", lambda _: release.wait(30))
    with soon(), cloudkit.deadline(SECONDS):
        cloud.call("sqs", "list_queues")
    release.set()


def test_what_is_kept_is_made_in_time(faults: FaultServer) -> None:
    release = threading.Event()
    cloud = faults.cloud()
    with soon(), cloudkit.deadline(SECONDS):
        cloud.kept(("slow",), lambda: release.wait(30))
    release.set()
    assert cloud.kept(("quick",), lambda: 7) == 7
    with cloudkit.deadline(60):
        assert cloud.kept(("quick",), lambda: 8) == 7


# -- waits and pauses --------------------------------------------------------------------------------------------


def test_a_wait_ends_with_the_nearer_of_the_two() -> None:
    def until(timeout: float) -> None:
        wait_until(lambda: 0, bool, timeout=timeout, clock=SystemClock(), what="the number")

    with soon(), cloudkit.deadline(SECONDS):
        until(60)
    with cloudkit.deadline(60), pytest.raises(WaitTimeout):
        until(0.1)
    with pytest.raises(DeadlineExceeded, match="the number: 0"), cloudkit.deadline(0.1):
        until(60)


def test_a_look_that_hangs_ends_too() -> None:
    release = threading.Event()
    with soon(), cloudkit.deadline(SECONDS):
        wait_until(lambda: release.wait(30), bool, timeout=60, clock=SystemClock(), what="the number")
    release.set()


def test_a_pause_is_cut_short() -> None:
    begun = time.monotonic()
    with cloudkit.deadline(0.1):
        pause(SystemClock(), 60)
        pause(SystemClock(), 60)
    assert 0.1 <= time.monotonic() - begun < 1
    clock = FakeClock()
    pause(clock, 60)
    assert clock.slept == [60]


def test_a_batch_says_what_it_did() -> None:
    release = threading.Event()

    def send(batch: Sequence[int]) -> Outcome[int]:
        if batch[0] >= 4:
            in_time(lambda: release.wait(30))
        return Outcome(dict(enumerate(batch)))

    for width in (1, 3):
        with soon():
            try:
                with cloudkit.deadline(5 * SECONDS):  # the first half is sent by then on a busy machine, too
                    send_all(range(8), send, clock=SystemClock(), most=2, workers=width, operation="Send")
            except DeadlineExceeded as error:
                caught = error
                raise
        assert isinstance(caught.batch, BatchError)
        assert [item for item, _ in caught.batch.succeeded] == [0, 1, 2, 3]
        assert [item for item, _ in caught.batch.failed] == [4, 5, 6, 7]
        assert caught.operation == "Send"
        again = pickle.loads(pickle.dumps(caught))
        assert [item for item, _ in again.batch.failed] == [4, 5, 6, 7]
    release.set()


def test_entries_that_are_sent_again_end_too() -> None:
    def send(batch: Sequence[int]) -> Outcome[int]:
        time_left()
        return Outcome({}, {index: CloudError("busy", retryable=True) for index in range(len(batch))})

    class Slow(SystemClock):
        def jitter(self, seconds: float) -> float:
            return seconds * 100

    with soon(), cloudkit.deadline(SECONDS):
        send_all([1], send, clock=Slow(), most=1)


# -- threads -----------------------------------------------------------------------------------------------------


def test_workers_inherit_it_and_are_left_in_time(faults: FaultServer) -> None:
    faults.otherwise(HANG)
    cloud = ready(faults)

    def call(_: object = None) -> object:
        return cloud.call("sqs", "list_queues")

    with soon(), cloudkit.deadline(SECONDS), Workers[object](2) as pool:
        for _ in range(6):  # four of them wait for a free worker
            pool.submit(call)
        pool.submit(call).result()
    with soon(), cloudkit.deadline(SECONDS), Race[int, object](2) as race:
        for number in range(4):
            race.start(number, call)
        race.results()
    for width in (1, 3):
        with soon(), cloudkit.deadline(SECONDS):
            list(in_parallel(call, range(100), width=width))


def test_what_was_begun_before_is_not_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLEAN_UP_SECONDS", 0.05)
    release = threading.Event()

    def hang(_: object = None) -> bool:
        return release.wait(30)

    pool, race = Workers[bool](1), Race[int, bool](1)
    task = pool.submit(hang)
    with soon(), cloudkit.deadline(SECONDS):
        task.result()
    with soon(), cloudkit.deadline(SECONDS):
        pool.submit(hang)
    race.start(1, hang)
    with soon(), cloudkit.deadline(SECONDS):
        race.results()
    quick = in_parallel(lambda each: each and hang(), [False, True, True, True], width=2)
    assert next(quick) == (False, False)
    with soon(), cloudkit.deadline(SECONDS):
        next(quick)
    begun = time.monotonic()
    with cloudkit.deadline(SECONDS):
        pool.close(drop=True)
        race.__exit__(None, None, None)
    assert time.monotonic() - begun < SECONDS + LATE_SECONDS
    release.set()
    assert task.result()


def test_what_keeps_something_alive_goes_on() -> None:
    with cloudkit.deadline(60):
        left: list[float | None] = []
        often = Background(lambda: left.append(time_left()), 0.01)
        while not left:
            time.sleep(0.005)
        often.stop()
        assert set(left) == {None}


def test_stopping_it_does_not_wait_longer() -> None:
    release = threading.Event()
    begun = time.monotonic()
    with cloudkit.deadline(SECONDS):
        often = Background(lambda: release.wait(30), 0.01)
        time.sleep(0.05)
        often.stop()
    assert SECONDS * 0.9 <= time.monotonic() - begun < SECONDS + LATE_SECONDS
    release.set()


def test_a_step_gives_what_it_gives() -> None:
    here = threading.get_ident()
    assert attempt(threading.get_ident, 10) != (here,)
    assert attempt(lambda: None, 10) == (None,)
    mine = ValueError("mine")

    def fail() -> None:
        raise mine

    with pytest.raises(ValueError, match="mine") as caught:
        attempt(fail, 10)
    assert caught.value is mine


@pytest.mark.parametrize("fails", [False, True])
def test_a_step_that_is_left_says_when_it_ends(fails: bool) -> None:
    release, ended = threading.Event(), threading.Event()
    told: list[object] = []

    def work() -> int:
        release.wait(30)
        if fails:
            raise ValueError("nobody hears it")
        return 7

    def late(result: int | None) -> None:
        told.append(result)
        ended.set()

    assert attempt(work, 0.01, give_up=lambda: told.append("given up"), late=late) is None
    assert told == ["given up"]
    release.set()
    assert ended.wait(10)
    assert told == ["given up", None if fails else 7]


def test_one_that_ends_in_time_is_not_given_up() -> None:
    told: list[object] = []
    assert attempt(lambda: 7, 10, give_up=lambda: told.append(1), late=told.append) == (7,)
    time.sleep(0.05)
    assert told == []


def test_an_interrupt_leaves_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    told: list[object] = []

    def interrupted(_: Any, __: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(steps._Step, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        attempt(lambda: release.wait(30), 60, give_up=lambda: told.append("given up"))
    assert told == ["given up"]
    release.set()


def test_steps_carry_the_context() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    name.set("me")
    with cloudkit.deadline(60):
        assert in_time(name.get) == "me"


# -- cleaning up -------------------------------------------------------------------------------------------------


def test_cleaning_up_without_a_deadline_is_done_here() -> None:
    here: list[int] = []
    clean_up(lambda: here.append(threading.get_ident()))
    assert here == [threading.get_ident()]
    with pytest.raises(ValueError, match="no"):
        clean_up(lambda: int("no"))


def test_cleaning_up_after_the_deadline_is_waited_for_a_moment() -> None:
    done: list[object] = []
    with cloudkit.deadline(0.01):
        time.sleep(0.02)
        clean_up(lambda: done.append(time_left()))
        assert len(done) == 1
        assert done[0] is not None  # it has a time of its own
        with pytest.raises(ValueError, match="no"):
            clean_up(lambda: int("no"))


def test_cleaning_up_goes_on_when_nobody_waits_any_more() -> None:
    release, done = threading.Event(), threading.Event()

    def slowly() -> None:
        release.wait(30)
        done.set()

    begun = time.monotonic()
    with cloudkit.deadline(0.05):
        time.sleep(0.05)
        for _ in range(5):  # a moment for all of them together
            clean_up(slowly)
    assert CLEAN_UP_SECONDS * 0.9 <= time.monotonic() - begun < CLEAN_UP_SECONDS + 0.4
    assert not done.is_set()
    release.set()
    assert done.wait(10)


def test_undoing_gets_a_moment_more() -> None:
    with clean_up_time():
        assert time_left() is None
    with cloudkit.deadline(0.01):
        time.sleep(0.02)
        with clean_up_time():
            left = time_left()
            assert left is not None
            assert 0 < left <= CLEAN_UP_SECONDS
        with pytest.raises(DeadlineExceeded):
            time_left()


def test_the_error_of_a_batch_is_told_as_what_it_is() -> None:
    other = BatchError.of([cloudkit.errors.Failed("a", NotFound("no"))], [])
    assert module.or_exceeded(other) is other
    assert module.done_of(other) is other


# -- the end of the process --------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["boto3", "auto"])
def test_a_process_ends_while_a_request_hangs(faults: FaultServer, engine: str) -> None:
    faults.otherwise(HANG)
    code = (
        "import sys, cloudkit\n"
        f"cloud = cloudkit.Cloud(region='us-east-1', endpoint_url={faults.url!r},"
        f" transfers=cloudkit.Transfers(engine={engine!r}))\n"
        "bucket = cloudkit.Bucket('acme', cloud=cloud)\n"
        "from cloudkit.s3._engine import engine_for\n"
        "cloud.client('s3'), engine_for(cloud)\n"
        "try:\n"
        "    with cloudkit.deadline(0.5):\n"
        "        list(bucket.read_many(['k']))\n"
        "except cloudkit.DeadlineExceeded:\n"
        "    print('in time')\n"
    )
    begun = time.monotonic()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr, run.returncode) == ("in time\n", "", 0)
    assert time.monotonic() - begun < 20
    assert len(faults.requests) == 1
