from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudkit import Bucket
from cloudkit.errors import BatchError, InvalidRequest
from tests.conftest import Rig
from tests.faults import FaultServer


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("many"))


@pytest.mark.parametrize(
    ("wrong", "item", "said"),
    [
        (("c", None), "c", "NoneType: neither bytes nor text"),
        (("c", 5), "c", "int: neither bytes nor text"),
        (("c", "\ud800"), "c", "cannot be written"),
        (("c\ud800", b"x"), "c\ud800", "not valid text"),
        ((5, b"x"), 5, "a key is text"),
        (("", b"x"), "", "a key has"),
        (("k" * 1025, b"x"), "k" * 1025, "1025 bytes"),
        (("c\n", b"x"), "c\n", "control character"),
        (("c",), "c", "cannot be written"),
        (("c", b"x", b"y"), "c", "cannot be written"),
        ((), (), "cannot be written"),
        (None, None, "cannot be written"),
    ],
)
def test_what_makes_no_sense_is_told_after_the_rest(bucket: Bucket, wrong: Any, item: Any, said: str) -> None:
    with pytest.raises(BatchError) as caught:
        bucket.write_many([("a", "A"), wrong, ("z", b"Z")])
    (failed,) = caught.value.failed
    assert failed.item == item
    assert isinstance(failed.error, InvalidRequest)
    assert said in str(failed.error)
    assert [done.item for done in caught.value.succeeded] == ["a", "z"]
    assert {thing.key: data for thing, data in bucket.read_many(["a", "z"])} == {"a": b"A", "z": b"Z"}


def test_options_that_make_no_sense_are_no_matter_of_one_object(bucket: Bucket) -> None:
    wrong: list[dict[str, Any]] = [
        {"storage_class": "STANDARD\r\nx: y"},
        {"tags": {"k": "\ud800"}},
        {"metadata": {"n": 5}},
        {"expires": object()},
    ]
    for options in wrong:
        with pytest.raises(InvalidRequest):
            bucket.write_many({"a": "A", "b": "B"}, **options)
    assert list(bucket) == []


def test_all_that_is_bytes_is_written(bucket: Bucket) -> None:
    given: Any = {"a": bytearray(b"A"), "b": memoryview(b"B"), "c": "é"}
    assert bucket.write_many(given) == 3
    assert [data for _, data in bucket.read_many(["a", "b", "c"])] == [b"A", b"B", "é".encode()]


def test_one_is_not_several(faults: FaultServer) -> None:
    """A text is iterated by its signs: each of them would be read, written or deleted."""
    bucket = Bucket("acme", cloud=faults.cloud())
    uses: list[Callable[[Any], object]] = [bucket.read_many, bucket.delete_objects, bucket.write_many]
    for use in uses:
        for one in ("abc", b"abc", None, 5, bucket["abc"]):
            with pytest.raises(InvalidRequest) as caught:
                use(one)
            assert caught.value.hint
    with pytest.raises(InvalidRequest, match="one key") as caught:
        bucket.read_many("abc")
    assert caught.value.hint == "bucket['abc'].read_bytes()"
    pairs: list[Any] = ["ab", b"ab", "abc", 5, ("a",), ("a", "b", "c")]
    for pair in pairs:
        with pytest.raises(BatchError) as failed:
            bucket.write_many([pair])
        assert isinstance(failed.value.failed[0].error, InvalidRequest)
    assert faults.requests == []
