"""Files that are written through layers of Python's own: what was cut is not published, and all that is whole is."""

from __future__ import annotations

import codecs
import contextlib
import csv
import gc
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Generator
from typing import Any

import pandas as pd
import pytest

from cloudkit import Bucket, Object
from cloudkit.s3._files import leaving, multipart, writer
from cloudkit.s3._limits import MIN_PART_BYTES
from tests.conftest import Rig
from tests.s3._files.test_writer import AtOnce, parts


class Cut(Exception):
    """What comes in between."""


@pytest.fixture
def thing(rig: Rig) -> Object:
    return Bucket.create(rig.name("layers"))["k"]


Body = Callable[[], None]


def _text(thing: Object, then: Body) -> None:
    with io.TextIOWrapper(thing.open("wb"), encoding="utf-8") as file:
        file.write("half")
        then()


def _buffered(thing: Object, then: Body) -> None:
    with io.BufferedWriter(_raw(thing)) as file:
        file.write(b"half")
        then()


def _text_over_buffer(thing: Object, then: Body) -> None:
    with io.TextIOWrapper(io.BufferedWriter(_raw(thing))) as file:
        file.write("half")
        then()


def _text_over_packed(thing: Object, then: Body) -> None:
    with io.TextIOWrapper(thing.open("wb", compression="gzip")) as file:
        file.write("half")
        then()


def _text_in_its_file(thing: Object, then: Body) -> None:
    with thing.open("wb") as raw, io.TextIOWrapper(raw) as file:
        file.write("half")
        then()


def _text_over_gzip(thing: Object, then: Body) -> None:
    with thing.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as packed:
        with io.TextIOWrapper(packed) as file:
            file.write("half")
            then()


def _rows(thing: Object, then: Body) -> None:
    with io.TextIOWrapper(thing.open("wb"), newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["a", "b"])
        then()


def _zip(thing: Object, then: Body) -> None:
    with thing.open("wb") as raw, zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.txt", "half")
        then()


def _xz(thing: Object, then: Body) -> None:
    with thing.open("wb") as raw, lzma.LZMAFile(raw, "w") as file:
        file.write(b"half")
        then()


def _tar(thing: Object, then: Body) -> None:
    with thing.open("wb") as raw, tarfile.open(fileobj=raw, mode="w|gz") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
        then()


def _json(thing: Object, then: Body) -> None:
    with io.TextIOWrapper(thing.open("wb")) as file:
        json.dump({"a": 1}, file)
        then()


def _frame(thing: Object, then: Body) -> None:
    with thing.open("wb") as raw:
        pd.DataFrame({"a": [1, 2]}).to_csv(raw, index=False)
        then()


def _codec(thing: Object, then: Body) -> None:
    with codecs.getwriter("utf-8")(thing.open("wb")) as file:
        file.write("half")
        then()


def _stack(thing: Object, then: Body) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(io.TextIOWrapper(thing.open("wb"))).write("half")
        then()


def _closing(thing: Object, then: Body) -> None:
    with contextlib.closing(thing.open("wb")) as file:
        file.write(b"half")
        then()


def _raw(thing: Object) -> Any:
    return thing.open("wb")


LAYERS = [
    _text,
    _buffered,
    _text_over_buffer,
    _text_over_packed,
    _text_in_its_file,
    _text_over_gzip,
    _rows,
    _zip,
    _xz,
    _tar,
    _json,
    _frame,
    _codec,
    _stack,
    _closing,
]


@pytest.mark.parametrize("write", LAYERS)
def test_what_is_whole_is_published(thing: Object, write: Callable[[Object, Body], None]) -> None:
    write(thing, lambda: None)
    assert thing.size > 0


@pytest.mark.parametrize("write", LAYERS)
def test_what_is_whole_is_published_while_an_exception_is_handled(
    thing: Object, write: Callable[[Object, Body], None]
) -> None:
    try:
        raise KeyError
    except KeyError:
        write(thing, lambda: None)
    assert thing.exists()


@pytest.mark.parametrize("write", LAYERS)
def test_an_exception_that_ends_within_the_block_is_none(
    thing: Object, write: Callable[[Object, Body], None]
) -> None:
    def caught() -> None:
        with contextlib.suppress(KeyError):
            raise KeyError

    write(thing, caught)
    assert thing.exists()


@pytest.mark.parametrize("write", LAYERS)
@pytest.mark.parametrize("error", [Cut, KeyboardInterrupt, GeneratorExit])
def test_what_was_cut_is_not_published(
    thing: Object, write: Callable[[Object, Body], None], error: type[BaseException]
) -> None:
    def cut() -> None:
        raise error

    with pytest.raises(error):
        write(thing, cut)
    gc.collect()
    assert not thing.exists()


def test_nor_is_it_of_a_generator_that_is_closed(thing: Object) -> None:
    def rows() -> Generator[int]:
        with io.TextIOWrapper(thing.open("wb")) as file:
            file.write("half")
            yield 1

    source = rows()
    next(source)
    source.close()
    assert not thing.exists()


def test_nor_its_parts(thing: Object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    with pytest.raises(Cut), io.TextIOWrapper(thing.open("wb")) as file:  # noqa: PT012 - the block is what is tested
        file.write("x" * (MIN_PART_BYTES + 1))
        file.flush()
        raise Cut
    assert not thing.exists()
    assert parts(thing.bucket) == []


@pytest.mark.parametrize(
    "layered",
    [
        lambda thing: io.TextIOWrapper(thing.open("wb")),
        lambda thing: io.TextIOWrapper(io.BufferedWriter(thing.open("wb"))),
        lambda thing: io.TextIOWrapper(thing.open("wb", compression="gzip")),
    ],
)
def test_a_layer_that_is_forgotten_publishes_nothing(thing: Object, layered: Callable[[Object], Any]) -> None:
    file = layered(thing)
    file.write("half")
    del file
    gc.collect()
    assert not thing.exists()


def test_parts_below_a_layer_that_is_forgotten_are_told_of(
    thing: Object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "PART_BYTES", MIN_PART_BYTES)
    monkeypatch.setattr(writer, "Workers", AtOnce)
    file = io.TextIOWrapper(thing.open("wb"))
    file.write("x" * (MIN_PART_BYTES + 1))
    file.flush()
    with pytest.warns(ResourceWarning, match="neither closed nor discarded"):  # noqa: PT031 - both do it
        del file
        gc.collect()
    assert not thing.exists()
    assert thing.bucket.uploads().abort() == 1


# -- what says that it is complete -------------------------------------------------------------------------------


def test_an_own_close_publishes_wherever_it_is_called(thing: Object) -> None:
    ways: list[Callable[[Object], Any]] = [
        lambda at: io.TextIOWrapper(at.open("wb")),
        lambda at: at.open("w"),
    ]
    for number, opened in enumerate(ways):
        place = thing.bucket[f"except-{number}"]
        file = opened(place)
        try:
            raise KeyError
        except KeyError:
            file.write("what there is")
            file.close()
        assert place.read_text() == "what there is"
        place = thing.bucket[f"finally-{number}"]
        file = opened(place)
        with contextlib.suppress(Cut):
            try:
                file.write("half")
                raise Cut
            finally:
                file.close()
        assert place.read_text() == "half"


def test_so_does_one_of_a_manager_that_handles_the_exception(thing: Object) -> None:
    class Sink:
        def __enter__(self) -> Any:
            self.file = io.TextIOWrapper(thing.open("wb"))
            return self.file

        def __exit__(self, *_: object) -> bool:
            self.file.write(" and no more")
            self.file.close()
            return True

    with Sink() as file:
        file.write("some")
        raise Cut
    assert thing.read_text() == "some and no more"


def test_a_report_of_the_exception_is_written(thing: Object) -> None:
    class Reported:
        def __enter__(self) -> None:
            pass

        def __exit__(self, kind: object, *_: object) -> bool:
            with io.TextIOWrapper(thing.open("wb")) as file:
                file.write(f"it ended by {kind}")
            return True

    with Reported():
        raise Cut
    assert "Cut" in thing.read_text()


def test_where_nobody_can_tell_close_is_close(thing: Object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an interpreter whose code is another one, it is as the layers say."""
    monkeypatch.setattr(leaving, "_LEAVE_BY_EXCEPTION", None)
    with pytest.raises(Cut), io.TextIOWrapper(thing.open("wb")) as file:  # noqa: PT012 - the block is what is tested
        file.write("half")
        raise Cut
    assert thing.read_text() == "half"
