"""Handles travel: to other processes, and to a cluster."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudkit import Bucket, Cloud, Object
from tests.conftest import Rig

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "dask" / "word_count.py"


def shout(thing: Object) -> tuple[str, int]:
    return thing.read_text().upper(), os.getpid()


@pytest.fixture
def bucket(rig: Rig, server_url: str) -> Bucket:
    cloud = Cloud(region="us-east-1", endpoint_url=server_url)
    bucket = Bucket.create(rig.name("scale"), cloud=cloud)
    bucket.write_many((f"{number:03d}", f"text {number}") for number in range(20))
    return bucket


@pytest.mark.parametrize("kind", ["threads", "spawn", "forkserver"])
def test_objects_are_mapped_over_any_executor(bucket: Bucket, kind: str) -> None:
    if kind != "threads" and kind not in multiprocessing.get_all_start_methods():
        kind = "spawn"  # the one that every system has
    pool: Executor = (
        ThreadPoolExecutor(2)
        if kind == "threads"
        else ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(kind))
    )
    with pool:
        found = list(pool.map(shout, bucket.objects()))
    assert [text for text, _ in found] == [f"TEXT {number}" for number in range(20)]
    assert (os.getpid() in {pid for _, pid in found}) == (kind == "threads")


def test_a_cluster_of_dask(server_url: str) -> None:
    """The example of the documentation, on 300 of its objects, in processes of a local cluster."""
    run = subprocess.run(
        [sys.executable, str(EXAMPLE), "300"],
        env={**os.environ, "AWS_ENDPOINT_URL": server_url, "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n") == ["bucket 160", "cloud 160", "object 160", "queue 60", "topic 60", ""]
