"""Publishing: what is added up, what is sent and when, and what becomes of what cannot be sent."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import logging
import math
import os
import subprocess
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import AccessDenied, BatchError, InvalidRequest, LimitExceeded, Metrics, ServiceError
from cloudkit._core.tally import Tally
from cloudkit.cloudwatch import Datum, Unit
from cloudkit.cloudwatch._limits import MAX_DATUM_VALUES, MAX_KEPT_DATA, MAX_PUT_BYTES
from cloudkit.cloudwatch._publishing import data_of, requests_of, size_of
from cloudkit.cloudwatch._spans import now
from tests.cloudwatch.answers import asked, error, nothing
from tests.conftest import Rig
from tests.faults import FaultServer, Reply


def publisher(faults: FaultServer, **more: Any) -> Metrics:
    return Metrics("App", cloud=faults.cloud(), **{"flush_every": "1h", **more})


def rows(faults: FaultServer) -> list[dict[str, Any]]:
    return [row for request in faults.requests for row in asked(request)["MetricData"]]


def counted(faults: FaultServer) -> Counter[tuple[str, float]]:
    """How often each value of each metric was sent."""
    found: Counter[tuple[str, float]] = Counter()
    for row in rows(faults):
        for value, count in zip(row["Values"], row["Counts"], strict=True):
            found[row["MetricName"], float(value)] += int(float(count))
    return found


def test_it_is_added_up(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults, dimensions={"Host": "web-1"}) as metrics:
        for _ in range(1000):
            metrics.count("orders")
        metrics.count("orders", 3)
        metrics.count("orders", dimensions={"Kind": "gift"})
        metrics.put("size", 12.5, unit="Bytes", times=2)
        assert faults.requests == []
    (request,) = faults.requests
    assert asked(request)["Namespace"] == "App"
    found = counted(faults)
    assert found == {("orders", 1.0): 1001, ("orders", 3.0): 1, ("size", 12.5): 2}
    kinds = [{each["Name"]: each["Value"] for each in row["Dimensions"]} for row in rows(faults)]
    assert kinds.count({"Host": "web-1", "Kind": "gift"}) == 1
    assert {row["MetricName"]: row["Unit"] for row in rows(faults)} == {"orders": "Count", "size": "Bytes"}
    assert all("StorageResolution" not in row for row in rows(faults))


def test_it_can_be_read(rig: Rig) -> None:
    namespace = rig.name("Tests")
    with Metrics(namespace, dimensions={"Host": "web-1"}) as metrics:
        metrics.count("orders", 2)
        metrics.count("orders", 5)
        metrics.put("size", 7, dimensions={"Kind": "x"}, time=now() - timedelta(minutes=5))
    orders = metrics.metric("orders", statistic="Sum")
    assert orders.latest() == 7
    assert orders.dimensions == {"Host": "web-1"}
    assert metrics.metric("size", dimensions={"Kind": "x"}).last("10m").values == (7,)
    assert repr(metrics) == f"<Metrics {namespace} Host=web-1>"
    assert metrics.dimensions == {"Host": "web-1"}


def test_seconds_apart(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults, high_resolution=True) as metrics:
        metrics.count("x")
    assert int(rows(faults)[0]["StorageResolution"]) == 1
    assert metrics.metric("x").every == 1


def test_a_timer(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults) as metrics:
        with metrics.timer("load", dimensions={"a": "b"}) as timer:
            faults.clock.advance(2.5)
        assert timer.seconds == 2.5

        @metrics.timer("parse")
        def parse(text: str) -> str:
            """What it does."""
            faults.clock.advance(1)
            if not text:
                raise KeyError
            return text.upper()

        @metrics.timer("fetch")
        async def fetch() -> int:
            faults.clock.advance(3)
            return 5

        assert (parse("a"), parse.__name__, parse.__doc__) == ("A", "parse", "What it does.")
        with pytest.raises(KeyError):
            parse("")
        assert asyncio.run(fetch()) == 5
        with timer, timer:
            faults.clock.advance(1)
    assert counted(faults) == {("load", 2.5): 1, ("load", 1.0): 2, ("parse", 1.0): 2, ("fetch", 3.0): 1}
    assert {row["Unit"] for row in rows(faults)} == {"Seconds"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda metrics: metrics.count("x", math.nan),
        lambda metrics: metrics.count("x", math.inf),
        lambda metrics: metrics.put("x", 2.0**361),
        lambda metrics: metrics.put("x", "1"),
        lambda metrics: metrics.put("x", None),
        lambda metrics: metrics.put("x", True),
        lambda metrics: metrics.put("", 1),
        lambda metrics: metrics.put("ü", 1),
        lambda metrics: metrics.put("x", 1, unit="Furlongs"),
        lambda metrics: metrics.put("x", 1, times=0),
        lambda metrics: metrics.put("x", 1, times=math.nan),
        lambda metrics: metrics.put("x", 1, dimensions={"a": ""}),
        lambda metrics: metrics.put("x", 1, dimensions={str(each): "x" for each in range(31)}),
        lambda metrics: metrics.put("x", 1, time=now() - timedelta(days=15)),
        lambda metrics: metrics.put("x", 1, time=now() + timedelta(hours=3)),
        lambda metrics: metrics.put("x", 1, time=now().replace(tzinfo=None)),
    ],
)
def test_what_cloudwatch_does_not_take_is_refused_at_once(
    wrong: Callable[[Metrics], object], faults: FaultServer
) -> None:
    with publisher(faults) as metrics:
        with pytest.raises(InvalidRequest):
            wrong(metrics)
    assert faults.requests == []


@pytest.mark.parametrize("namespace", ["", "AWS/EC2", ":x", "ü"])
def test_namespaces_of_others(namespace: str) -> None:
    with pytest.raises(InvalidRequest):
        Metrics(namespace)


def test_times_that_cloudwatch_takes(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults) as metrics:
        metrics.put("x", 1, time=now() - timedelta(days=13, hours=23))
        metrics.put("x", 1, time=now() + timedelta(minutes=119))
    assert len(rows(faults)) == 2


def test_a_value_that_comes_as_it_is_closed_is_sent_or_refused(faults: FaultServer) -> None:
    """Whoever counts is told: a value that is taken is sent."""
    faults.otherwise(nothing)
    taken = [0] * 4
    for _ in range(5):
        metrics = publisher(faults)
        begun = threading.Barrier(len(taken) + 1)

        def count(place: int, metrics: Metrics = metrics, begun: threading.Barrier = begun) -> None:
            begun.wait()
            with contextlib.suppress(InvalidRequest):
                while True:
                    metrics.count("x")
                    taken[place] += 1

        threads = [threading.Thread(target=count, args=(place,)) for place in range(len(taken))]
        for each in threads:
            each.start()
        begun.wait()
        metrics.close()
        for each in threads:
            each.join()
    assert sum(counted(faults).values()) == sum(taken)


def test_numbers_of_other_kinds(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults) as metrics:
        metrics.put("x", Fraction(1, 2))  # type: ignore[arg-type]
        for wrong in (True, "1", None, 1j):
            with pytest.raises(InvalidRequest):
                metrics.put(f"y{wrong}", wrong)  # type: ignore[arg-type]
    assert counted(faults) == {("x", 0.5): 1}


def test_a_closed_one_takes_nothing(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    metrics = publisher(faults)
    metrics.count("x")
    metrics.close()
    metrics.close()
    assert len(faults.requests) == 1
    with pytest.raises(InvalidRequest, match="closed"):
        metrics.count("x")


def test_many_values_are_several_data(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults) as metrics:
        for number in range(400):
            metrics.put("size", number)
    assert [len(row["Values"]) for row in rows(faults)] == [150, 150, 100]
    assert len({str(row["Timestamp"]) for row in rows(faults)}) <= 2


@given(
    st.dictionaries(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 9), max_size=700),
    st.integers(1, 60),
)
def test_no_value_is_lost_in_the_sending(values: dict[float, int], names: int) -> None:
    gathered: Any = {((f"n{number}", None, ()), 0): values for number in range(names)}
    data = list(data_of(gathered))
    assert all(1 <= len(datum.values) <= MAX_DATUM_VALUES for datum in data)
    requests = list(requests_of(data))
    assert [datum for some in requests for datum in some] == data
    assert all(len(some) <= 1000 and sum(map(size_of, some)) <= MAX_PUT_BYTES for some in requests)
    found: Counter[tuple[str, float]] = Counter()
    for datum in data:
        for value, count in datum.values.items():
            found[datum.name, value] += int(count)
    assert found == {
        (f"n{number}", value): count for number in range(names) for value, count in values.items()
    }


def test_requests_are_as_small_as_aws_takes_them(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults, dimensions={f"dimension/{number}": "v/" * 50 for number in range(5)}) as metrics:
        for name in range(120):
            for number in range(150):
                metrics.put(f"metric/{name}", number + 0.123456789)
    assert len(rows(faults)) == 120
    assert len(faults.requests) > 1
    for request in faults.requests:
        packed = request.headers.get("Content-Encoding") == "gzip"
        assert packed, "botocore packs large requests"
        assert len(gzip.decompress(request.body)) <= MAX_PUT_BYTES


def test_more_than_a_thousand_metrics(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    sent = threading.Event()

    def answer(request: Any) -> Reply:
        sent.set()
        return nothing(request)

    faults.otherwise(answer)
    with publisher(faults) as metrics:
        for number in range(1000):
            metrics.count(f"metric-{number}")
        assert sent.wait(10), "a full request does not wait for the minute to be over"
        for number in range(1500):
            metrics.count(f"metric-{number}")
    assert all(len(asked(request)["MetricData"]) <= 1000 for request in faults.requests)
    assert sum(counted(faults).values()) == 2500


def test_it_is_sent_by_itself(faults: FaultServer) -> None:
    sent = threading.Event()

    def answer(request: Any) -> Reply:
        sent.set()
        return nothing(request)

    faults.otherwise(answer)
    metrics = publisher(faults, flush_every=0.01)
    metrics.count("x")
    assert sent.wait(10)
    metrics.close()


def test_nothing_is_sent_of_nothing(faults: FaultServer) -> None:
    before = threading.active_count()
    with publisher(faults) as metrics:
        metrics.flush()
    assert threading.active_count() == before
    assert faults.requests == []


def test_from_many_threads(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    with publisher(faults, flush_every=0.005) as metrics:

        def work() -> None:
            for number in range(2000):
                metrics.count("x")
                metrics.put("y", number % 10)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = counted(faults)
    assert found["x", 1.0] == 16_000
    assert sum(found.values()) == 32_000


# -- what cannot be sent -----------------------------------------------------------------------------------------


def test_what_fails_for_a_while_is_sent_later(faults: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    faults.replies(error("InternalServiceError", 500))
    faults.otherwise(nothing)
    with publisher(faults) as metrics:
        metrics.count("x", 5)
        with pytest.raises(BatchError) as caught:
            metrics.flush()
        (failed,) = caught.value.failed
        assert isinstance(failed.item, Datum)
        assert (failed.item.name, dict(failed.item.values)) == ("x", {5.0: 1})
        assert isinstance(failed.error, ServiceError)
        assert (metrics.waiting, metrics.lost) == (1, 0)
        metrics.count("x", 7)
    assert metrics.waiting == 0
    sent = [asked(request)["MetricData"] for request in faults.requests]
    assert [len(each) for each in sent] == [1, 2]
    assert "1 of 1 entries failed" in caplog.text


def test_what_is_refused_is_given_up_and_said_at_the_end(faults: FaultServer) -> None:
    faults.replies(error("InvalidParameterValue"))
    faults.otherwise(nothing)
    metrics = publisher(faults, on_error=lambda failure: None)
    metrics.count("x")
    with pytest.raises(BatchError):
        metrics.flush()
    assert (metrics.waiting, metrics.lost) == (0, 1)
    metrics.count("y")
    with pytest.raises(BatchError) as caught:
        metrics.close()
    assert [each.item.name for each in caught.value.failed if isinstance(each.item, Datum)] == ["x"]
    assert counted(faults)["y", 1.0] == 1


def test_the_end_says_what_was_not_sent(faults: FaultServer) -> None:
    faults.otherwise(Reply(reset=True))
    metrics = publisher(faults)
    metrics.count("x")
    metrics.put("y", 2)
    with pytest.raises(BatchError) as caught, metrics:
        pass
    assert sorted(str(getattr(each.item, "name", "")) for each in caught.value.failed) == ["x", "y"]
    assert len(faults.requests) == 1, "where one fails for a passing reason the others are not tried"


def test_an_exception_of_the_block_is_what_is_raised(
    faults: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    faults.otherwise(error("AccessDenied", 403))
    metrics = publisher(faults)
    metrics.count("x")
    with pytest.raises(KeyError), metrics:
        raise KeyError
    assert "1 of 1 entries failed" in caplog.text


def test_a_hook_is_told(faults: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    told: list[BatchError] = []
    faults.replies(error("AccessDenied", 403))
    faults.otherwise(nothing)

    def hook(failure: BatchError) -> None:
        told.append(failure)
        raise RuntimeError("the hook's own")

    metrics = publisher(faults, on_error=hook)
    metrics.count("x")
    with pytest.raises(BatchError):
        metrics.flush()
    assert [type(each.failed[0].error) for each in told] == [AccessDenied]
    assert "the hook's own" in caplog.text
    with pytest.raises(BatchError):
        metrics.close()


def test_what_waits_is_bounded(faults: FaultServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    faults.otherwise(error("InternalServiceError", 500))
    metrics = publisher(faults, on_error=lambda failure: None)
    # Several times, since a full publisher sends by itself.
    for number in range(MAX_KEPT_DATA + 50):
        metrics._tally.waiting.append(Datum(f"m{number}", {1.0: 1}, None, {}, now()))
    with pytest.raises(BatchError):
        metrics.flush()
    assert metrics.waiting == MAX_KEPT_DATA
    assert metrics.lost == 50
    assert metrics._tally.waiting[-1].name == f"m{MAX_KEPT_DATA + 49}", "the oldest are given up"
    with pytest.raises(BatchError):
        metrics.close()
    assert metrics.lost == MAX_KEPT_DATA + 50


def test_what_became_too_old_is_given_up(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    metrics = publisher(faults)
    metrics._tally.waiting.append(Datum("old", {1.0: 1}, None, {}, now() - timedelta(days=15)))
    metrics.count("new")
    with pytest.raises(BatchError, match="two weeks"):
        metrics.flush()
    assert [row["MetricName"] for row in rows(faults)] == ["new"]
    with pytest.raises(BatchError):
        metrics.close()


def test_values_in_memory_are_bounded() -> None:
    tally: Tally[str, object] = Tally(3)
    assert [tally.add("x", number, 1, 60, 0.0) for number in (1, 2, 2, 3)] == [1, 2, 0, 3]
    assert tally.add("x", 4, 1, 60, 0.0) == 3
    assert tally.add("x", 3, 5, 60, 59.9) == 0
    assert tally.add("x", 1, 1, 60, 60.0) == 3
    assert tally.take() == ({("x", 0): {1: 1, 2: 2, 3: 6}}, 2)
    assert tally.take() == ({}, 0)


def test_values_that_are_left_out_are_said(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    faults.otherwise(nothing)
    metrics = publisher(faults)
    metrics._tally = Tally(2)
    for number in range(5):
        metrics.put("x", number)
    with pytest.raises(BatchError) as caught:
        metrics.flush()
    assert isinstance(caught.value.failed[0].error, LimitExceeded)
    assert "3 values were left out" in str(caught.value)
    with pytest.raises(BatchError):
        metrics.close()


# -- processes ---------------------------------------------------------------------------------------------------


def test_after_a_fork_the_child_counts_for_itself(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    metrics = publisher(faults)
    metrics.count("parent", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which this is about
        child = os.fork()
    if child == 0:
        code = 1
        try:
            metrics.count("child", 4)
            metrics.close()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    metrics.close()
    assert os.waitstatus_to_exitcode(status) == 0
    assert counted(faults) == {("parent", 3.0): 1, ("child", 4.0): 1}


def test_what_is_left_at_the_end_of_the_process_is_sent(faults: FaultServer) -> None:
    faults.otherwise(nothing)
    code = (
        "from cloudkit import Cloud, Metrics\n"
        f"metrics = Metrics('App', cloud=Cloud(region='us-east-1', endpoint_url={faults.url!r}))\n"
        "metrics.count('x', 9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert counted(faults) == {("x", 9.0): 1}


def test_the_process_ends_although_nobody_answers() -> None:
    code = (
        "from cloudkit import Cloud, Metrics, Retry\n"
        "metrics = Metrics('App', cloud=Cloud(region='us-east-1', endpoint_url='http://127.0.0.1:9', retry=Retry(attempts=1)))\n"
        "metrics.count('x', 9)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert "Traceback" not in run.stderr


def test_what_is_lost_at_the_end_of_the_process_is_said() -> None:
    code = (
        "from cloudkit import Cloud, Metrics, Retry\n"
        "metrics = Metrics('App', cloud=Cloud(region='us-east-1', endpoint_url='http://127.0.0.1:9', retry=Retry(attempts=1)))\n"
        "metrics.count('x', 9)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert "1 of 1 entries failed" in run.stderr


def test_a_child_has_nothing_of_what_its_parent_lost(faults: FaultServer) -> None:
    faults.otherwise(error("AccessDenied", 403))
    metrics = publisher(faults)
    metrics.count("parent")
    with pytest.raises(BatchError):
        metrics.flush()
    assert metrics.lost == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads, which this is about
        child = os.fork()
    if child == 0:
        code = 1
        try:
            metrics.close()
            code = metrics.lost
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with pytest.raises(BatchError):
        metrics.close()


def test_units_are_those_of_cloudwatch() -> None:
    from tests.contract import package

    known = package.model("cloudwatch").shape_for("StandardUnit").enum
    assert sorted(str(each) for each in Unit.known()) == sorted(known)


def test_a_datum_shows_itself() -> None:
    datum = Datum("x", {1.0: 2, 3.0: 1}, None, {"Host": "a"}, now())
    assert "x Host=a" in repr(datum)
    assert "3 values" in repr(datum)
    assert json.dumps(sorted(datum.values))
