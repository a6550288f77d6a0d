from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from cloudkit import Bucket
from cloudkit.errors import InvalidRequest
from cloudkit.s3 import ObjectChanged, ObjectNotFound
from cloudkit.s3._limits import READ_BUFFER_BYTES
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request
from tests.s3.served import served


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("lines"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("one", ["one"]),
        ("one\n", ["one"]),
        ("one\n\ntwo\n\n", ["one", "", "two", ""]),
        ("one\r\ntwo\rthree\n", ["one", "two", "three"]),
        # What only `str.splitlines` takes for the end of a line.
        ("a\u2028b\x0cc\x85d\ne", ["a\u2028b\x0cc\x85d", "e"]),
    ],
)
def test_lines_are_those_of_a_text_file(bucket: Bucket, text: str, wanted: list[str]) -> None:
    thing = bucket["k"].write_text(text)
    assert list(thing.lines()) == wanted
    bucket["k.gz"].write_bytes(gzip.compress(text.encode()))
    assert list(bucket["k.gz"].lines()) == wanted


def test_encodings_and_errors(bucket: Bucket) -> None:
    thing = bucket["k"].write_bytes("é\nb".encode("latin-1"))
    assert list(thing.lines("latin-1")) == ["é", "b"]
    assert list(thing.lines(errors="replace")) == ["�", "b"]
    with pytest.raises(UnicodeDecodeError):
        list(thing.lines())


def test_each_call_starts_anew(faults: FaultServer) -> None:
    thing, _ = served(faults, body=b"one\ntwo\n")
    first = thing.lines()
    assert faults.requests == []
    assert next(first) == "one"
    assert list(thing.lines()) == ["one", "two"]
    assert next(first) == "two"
    assert len(faults.requests) == 2


def test_what_is_not_there_is_so_at_the_first_line(bucket: Bucket) -> None:
    found = bucket["nothing"].lines()
    with pytest.raises(ObjectNotFound):
        next(found)


def test_lines_go_on_after_a_cut(faults: FaultServer) -> None:
    text = "".join(f"line {number}\n" for number in range(100))
    thing, _ = served(faults, body=text.encode(), cuts=[10, 200, 1])
    assert list(thing.lines()) == text.splitlines()
    packed = gzip.compress(text.encode())
    thing, _ = served(faults, body=packed, cuts=[10, 20, 1])
    assert list(thing.lines(compression="gzip")) == text.splitlines()


def test_lines_are_of_one_version(faults: FaultServer) -> None:
    thing, server = served(faults, body=b"one\n" * 100, cuts=[10])

    def replaced(request: Request) -> Reply:
        server.etag = '"two"'
        return server(request)

    faults.replies(server, replaced)
    with pytest.raises(ObjectChanged):
        list(thing.lines())


def test_lines_hold_no_more_than_a_piece(faults: FaultServer) -> None:
    line = b"x" * 99_999 + b"\n"
    thing, _ = served(faults, body=line * 120)
    tracemalloc.start()
    try:
        assert sum(len(found) for found in thing.lines()) == 120 * 99_999
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * READ_BUFFER_BYTES


# -- JSON --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["rows.jsonl", "rows.jsonl.gz", "rows.xz"])
def test_json_lines_come_back(bucket: Bucket, key: str) -> None:
    values = [{"n": 1}, [1, "two\nlines"], None, "é\u2028", 1.5, True]
    thing = bucket[key].write_json_lines(values)
    assert thing == bucket[key]
    assert list(thing.json_lines()) == values
    assert len(list(thing.lines())) == len(values)


def test_the_type_of_the_content(bucket: Bucket) -> None:
    assert bucket["a"].write_json_lines([]).content_type == "application/x-ndjson"
    assert bucket["a.gz"].write_json_lines([]).content_type == "application/gzip"
    assert bucket["b"].write_json_lines([1], content_type="x/y", metadata={"by": "me"}).content_type == "x/y"
    assert bucket["b"].metadata == {"by": "me"}


def test_the_type_of_the_values(bucket: Bucket) -> None:
    thing = bucket["k"].write_json_lines([{"n": 1}, {"n": 2}])
    assert [row["n"] for row in thing.json_lines(dict[str, int])] == [1, 2]
    found = thing.json_lines(list)
    with pytest.raises(InvalidRequest, match="line 1: its JSON is of type dict, not list"):
        next(found)


def test_empty_lines_say_nothing(bucket: Bucket) -> None:
    thing = bucket["k"].write_text('\n{"n": 1}\n  \n\n2\n\n')
    assert list(thing.json_lines()) == [{"n": 1}, 2]


def test_a_line_that_is_no_json_is_named(bucket: Bucket) -> None:
    thing = bucket["k"].write_text('{"n": 1}\n\n{"n": \n')
    found = thing.json_lines()
    assert next(found) == {"n": 1}
    with pytest.raises(InvalidRequest, match="line 3: it holds no JSON") as caught:
        next(found)
    assert caught.value.resource == str(thing)
    assert "line 3" in caught.value.args[0]


def test_an_exception_of_the_values_publishes_nothing(bucket: Bucket) -> None:
    def values() -> Iterator[Any]:
        yield {"n": 1}
        raise RuntimeError("no more")

    for key in ("a.jsonl", "a.jsonl.gz"):
        with pytest.raises(RuntimeError, match="no more"):
            bucket[key].write_json_lines(values())
        wrong: list[Any] = [[1, object()], [1, float("inf")]]
        for each in wrong:
            with pytest.raises(InvalidRequest, match="line 2: value is"):
                bucket[key].write_json_lines(each)
        whole: list[Any] = ["ab", b"ab", {"a": 1}, 5, None]
        for each in whole:
            with pytest.raises(InvalidRequest, match="is one value"):
                bucket[key].write_json_lines(each)
        assert not bucket[key].exists()


def test_the_loop_s_own_exceptions_are_the_caller_s(bucket: Bucket) -> None:
    thing = bucket["k"].write_json_lines([1, 2])
    found: Any = thing.json_lines()
    next(found)
    with pytest.raises(InvalidRequest) as caught:
        found.throw(InvalidRequest("mine"))
    assert str(caught.value) == "mine"
