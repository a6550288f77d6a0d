"""One object from many threads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from cloudkit import Bucket, Cloud
from cloudkit._core.resource import Resource
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

THREADS = 32
OPERATIONS = 200


def share(work: Callable[[int], object]) -> list[object]:
    """Run the work 200 times on 32 threads that start together; an error of one is the test's."""
    gate = Barrier(THREADS)

    def first(number: int) -> object:
        if number < THREADS:
            gate.wait(30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(first, range(OPERATIONS)))


def test_one_bucket_from_many_threads(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("shared"))
    share(lambda number: bucket[f"k{number}"].write_text(str(number)))
    assert share(lambda number: bucket[f"k{number}"].read_text()) == [
        str(number) for number in range(OPERATIONS)
    ]
    assert set(share(lambda number: bucket[f"k{number}"].size)) == {1, 2, 3}
    assert set(share(lambda number: bucket.region)) == {"us-east-1"}
    assert all(share(lambda number: bucket.exists()))
    assert set(share(lambda number: len(bucket.objects(limit=5).to_list()))) == {5}
    share(lambda number: bucket[f"k{number}"].delete())
    assert not bucket.objects()


def test_one_object_s_attributes_from_many_threads(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("shared"))
    thing = bucket["k"].write_text("x" * 10)
    listing = bucket.objects()

    def work(number: int) -> object:
        if number % 10 == 0:
            thing.refresh()
        return thing.size, thing.etag == thing.raw["ETag"], thing.read_text(), len(list(listing))

    assert set(share(work)) == {(10, True, "x" * 10, 1)}


def test_one_object_from_sixteen_threads(faults: FaultServer) -> None:
    """Two hundred operations each, of which some ask: all see the whole of an answer, and never a mix of two."""
    numbers = itertools.count(1)

    def version(request: Request) -> Reply:
        number = str(next(numbers))
        headers = {"ETag": f'"{number}"', "x-amz-version-id": number, "x-amz-meta-number": number}
        if request.method == "HEAD":
            headers["Content-Length"] = "1"
        return Reply(200, b"x" if request.method == "GET" else b"", headers)

    faults.otherwise(version)
    thing = Bucket("acme-photos", cloud=faults.cloud())["k"]
    gate = Barrier(16)

    def work(thread: int) -> int:
        gate.wait(30)
        for number in range(OPERATIONS):
            kind = (thread + number) % 40
            if kind == 0:
                thing.refresh()
            elif kind == 1:
                assert thing.read_bytes() == b"x"
            elif kind == 2:
                thing.write_bytes(b"x")
            elif kind == 3:
                assert thing.exists()
            else:
                raw = thing.raw
                assert raw["ETag"] == f'"{raw["VersionId"]}"' == f'"{raw["Metadata"]["number"]}"'
                assert thing.size == 1
        return OPERATIONS

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(work, range(16))) == 16 * OPERATIONS


def test_what_was_loaded_is_told_though_another_thread_drops_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    thing = Bucket.create(rig.name("shared"))["k"].write_text("x" * 10)
    learn = Resource._learn

    def learn_in_vain(self: Resource, data: Mapping[str, Any], *, whole: bool) -> Resource:
        learn(self, data, whole=whole)
        self._unlearn()  # as a write on another thread does
        return self

    monkeypatch.setattr(Resource, "_learn", learn_in_vain)
    thing._unlearn()
    assert thing.size == 10
    assert thing.raw["ETag"] == thing.etag


def test_one_cloud_from_many_threads(faults: FaultServer) -> None:
    faults.otherwise(Reply.json({"QueueUrls": []}))
    cloud = faults.cloud()

    def work(number: int) -> object:
        cloud.lookup(("x", number % 7), lambda: number)
        cloud.remember(f"i-{number}", KeyError)  # type: ignore[arg-type]
        with cloud:
            return cloud.call("sqs", "list_queues")["QueueUrls"]

    assert share(work) == [[]] * OPERATIONS
    assert len(faults.requests) == OPERATIONS
    assert len(cloud._hub.clients) == 1


def test_objects_made_in_threads_are_equal() -> None:
    cloud = Cloud(region="us-east-1")
    made = share(lambda number: Bucket(f"acme-{number % 4}", cloud=cloud))
    assert len(set(made)) == 4
