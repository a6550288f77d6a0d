"""What the type checkers were shown is true when it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudkit import Bucket, InvalidRequest
from cloudkit.sqs import Queue
from tests.conftest import Rig
from tests.typing import usage


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    bucket = Bucket.create(rig.name("typed"), tags={"team": "web"})
    for number in range(3):
        bucket[f"a/{number}"].write_text("x")
    return bucket


def test_attributes_verbs_and_listings(bucket: Bucket, rig: Rig) -> None:
    bucket["config.json"].write_json({"a": 1})
    usage.attributes(bucket, bucket["config.json"])
    usage.listings(bucket)
    other = Bucket.create(rig.name("typed"))
    other["config.json"].write_json({})
    usage.verbs(other.name)


def test_settings(bucket: Bucket, rig: Rig) -> None:
    queue, logs = Queue.create(rig.name("typed")), Bucket.create(rig.name("typed"))
    usage.settings(bucket, logs, queue, bucket["a/0"])


def test_trees(bucket: Bucket, rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    usage.trees(bucket, tmp_path, Bucket.create(rig.name("typed")), dry_run=True)


def test_contents(bucket: Bucket, tmp_path: Path) -> None:
    thing = bucket["k"].write_json({"a": 1})
    with pytest.raises(TypeError):  # what the checkers refuse does not run either
        usage.contents(thing, tmp_path)
    assert (tmp_path / "x").exists()


def test_clouds_and_failures(bucket: Bucket) -> None:
    usage.clouds()
    usage.failures(bucket)


def test_protocols(bucket: Bucket, rig: Rig) -> None:
    queue = Queue.create(rig.name("typed"))
    usage.protocols(bucket, queue)
    usage.queues(queue)
    with pytest.raises(TypeError):
        usage.no_consumers(queue)
    with pytest.raises(InvalidRequest):
        bucket["k"].open("r+")  # type: ignore[call-overload]


def test_typed_queues(rig: Rig, tmp_path: Path) -> None:
    name = rig.name("typed")
    usage.typed_queues(name, Queue[usage.Order].create(rig.name("failed")))
    orders = Queue[usage.Order].get(name)
    usage.typed_messages(orders, tmp_path / "orders.jsonl")
    usage.typed_consumers(orders)
