from __future__ import annotations

import csv
import gc
from collections.abc import Generator
from typing import Any

import pytest

from cloudkit import Bucket
from cloudkit.errors import InvalidRequest, PreconditionFailed
from tests.conftest import Rig

LAYERS: list[Any] = [
    ("w", None),
    ("wb", None),
    ("w", "gzip"),
    ("wb", "gzip"),
    ("w", "bz2"),
    ("wb", "bz2"),
    ("w", "xz"),
    ("x", "gzip"),
    ("xb", "xz"),
]


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("open"))


def some(mode: str) -> Any:
    return b"some" if mode.endswith("b") else "some"


def test_the_modes(bucket: Bucket) -> None:
    thing = bucket["k"]
    for write, read in (("w", "r"), ("wt", "rt"), ("wb", "rb")):
        with thing.open(write) as file:  # type: ignore[call-overload]
            file.write(some(write))
        with thing.open(read) as file:  # type: ignore[call-overload]
            assert file.read() == some(write)


@pytest.mark.parametrize("mode", ["x", "xt", "xb"])
def test_only_if_it_is_new(bucket: Bucket, mode: Any) -> None:
    with bucket["k"].open(mode) as file:
        file.write(some(mode))
    with pytest.raises(PreconditionFailed):
        with bucket["k"].open(mode) as file:
            file.write(some(mode) * 2)
    assert bucket["k"].read_text() == "some"
    with pytest.raises(InvalidRequest, match="if_absent and if_match"):
        bucket["k"].open(mode, if_match='"one"')


def test_arguments_that_do_not_go_together(bucket: Bucket) -> None:
    thing: Any = bucket["k"]
    for mode in ("rb", "wb"):
        for text_only in ({"errors": "ignore"}, {"newline": ""}, {"encoding": "utf-8"}):
            with pytest.raises(InvalidRequest, match="are for text"):
                thing.open(mode, **text_only)
    with pytest.raises(InvalidRequest, match="for writing only"):
        thing.open("r", content_type="text/plain")
    with pytest.raises(InvalidRequest, match="compression='zip'"):
        thing.open("r", compression="zip")
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("r", {"encoding": "none-such"}, "none that Python knows"),
        ("w", {"encoding": 8}, "none that Python knows"),
        ("r", {"errors": "none-such"}, "errors='none-such'"),
        ("w", {"newline": "x"}, "newline='x': it is one of None, '', "),
        ("wb", {"size": True}, "size=True"),
        ("wb", {"size": -1}, "0 or more"),
        ("wb", {"size": "5"}, "whole number"),
        ("a", {}, "appends nothing"),
        ("ab", {}, "appends nothing"),
        ("r+", {}, "changes nothing within"),
        ("rb+", {}, "changes nothing within"),
        ("U", {}, "mode='U': it is one of 'r'"),
        ("", {}, "mode=''"),
    ]
    for mode, options, said in wrong:
        with pytest.raises(InvalidRequest, match=said):
            thing.open(mode, **options)
    with pytest.raises(InvalidRequest, match="mode=None"):
        thing.open(None)


def test_text_is_utf_8_unless_another_encoding_is_given(bucket: Bucket) -> None:
    for encoding in (None, "utf-8", "UTF8", "latin-1"):
        with bucket["k"].open("w", encoding=encoding) as file:
            file.write("é")
        with bucket["k"].open(encoding=encoding) as file:
            assert file.read() == "é"
        assert bucket["k"].read_bytes() == "é".encode(encoding or "utf-8")


def test_errors_and_newlines(bucket: Bucket) -> None:
    thing = bucket["k"].write_bytes(b"a\xff\r\nb\rc\n")
    with thing.open() as file:
        with pytest.raises(UnicodeDecodeError):
            file.read()
    with thing.open(errors="replace") as file:
        assert file.read() == "a�\nb\nc\n"
    with thing.open(errors="ignore", newline="") as file:
        assert file.read() == "a\r\nb\rc\n"
    with thing.open("w", encoding="ascii", errors="xmlcharrefreplace") as file:
        file.write("é\n\r\n")
    assert thing.read_bytes() == b"&#233;\n\r\n"
    with thing.open("w", newline="\r\n") as file:
        file.write("a\n")
    assert thing.read_bytes() == b"a\r\n"
    with thing.open("w", newline="") as file:
        csv.writer(file).writerow(["a", "b\nc"])
    assert thing.read_bytes() == b'a,"b\nc"\r\n'


@pytest.mark.parametrize(("mode", "compression"), LAYERS)
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_publishes_nothing_through_all_layers(
    bucket: Bucket, mode: Any, compression: Any, error: type[BaseException]
) -> None:
    with pytest.raises(error):  # noqa: PT012 - the block is what is tested
        with bucket["k"].open(mode, compression=compression) as file:
            file.write(some(mode) * 10_000)
            file.flush()
            raise error
    assert file.closed
    file.close()
    assert not bucket["k"].exists()


@pytest.mark.parametrize(("mode", "compression"), LAYERS)
def test_a_generator_that_is_closed_publishes_nothing(bucket: Bucket, mode: Any, compression: Any) -> None:
    def rows() -> Generator[int]:
        with bucket["k"].open(mode, compression=compression) as file:
            for number in range(10):
                file.write(some(mode))
                yield number

    source = rows()
    assert next(source) == 0
    source.close()
    assert not bucket["k"].exists()


@pytest.mark.parametrize(("mode", "compression"), LAYERS)
def test_a_file_that_is_forgotten_publishes_nothing(bucket: Bucket, mode: Any, compression: Any) -> None:
    file = bucket["k"].open(mode, compression=compression)
    file.write(some(mode) * 10_000)
    del file
    gc.collect()
    assert not bucket["k"].exists()


@pytest.mark.parametrize(("mode", "compression"), LAYERS)
def test_what_is_no_text_publishes_nothing(bucket: Bucket, mode: Any, compression: Any) -> None:
    with pytest.raises(TypeError):
        with bucket["k"].open(mode, compression=compression) as file:
            file.write(12)
    assert not bucket["k"].exists()


def test_the_type_is_that_of_the_packed_content(bucket: Bucket) -> None:
    with bucket["a.csv.gz"].open("w") as file:
        file.write("a,b\n")
    assert bucket["a.csv.gz"].content_type == "application/gzip"
    with bucket["b.csv"].open("w", compression="gzip", content_encoding="gzip") as file:
        file.write("a,b\n")
    assert bucket["b.csv"].content_type == "text/csv; charset=utf-8"
    assert bucket["b.csv"].raw["ContentEncoding"] == "gzip"
