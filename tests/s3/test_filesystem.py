from __future__ import annotations

import io
import json
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from cloudkit import AccessDenied, Bucket, InvalidRequest, MissingExtra, PreconditionFailed, local
from tests.conftest import Rig
from tests.faults import FaultServer, Reply


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    bucket = Bucket.create(rig.name("filesystem"))
    for key, text in {
        "a.csv": "x,y\n1,2\n",
        "logs/1.txt": "one",
        "logs/2.txt": "two",
        "logs/old/0.txt": "",
    }.items():
        bucket[key].write_text(text)
    return bucket


@pytest.fixture
def files(bucket: Bucket) -> Any:
    return bucket.filesystem()


def names(found: list[str]) -> list[str]:
    return sorted(found)


def test_what_is_there(files: Any) -> None:
    assert names(files.ls("", detail=False)) == ["a.csv", "logs"]
    assert names(files.ls("logs/", detail=False)) == ["logs/1.txt", "logs/2.txt", "logs/old"]
    assert [each["type"] for each in files.ls("logs")] == ["file", "file", "directory"]
    assert files.ls("a.csv", detail=False) == ["a.csv"]
    assert names(files.find("")) == ["a.csv", "logs/1.txt", "logs/2.txt", "logs/old/0.txt"]
    assert names(files.find("logs", maxdepth=1)) == ["logs/1.txt", "logs/2.txt"]
    assert files.find("a.csv") == ["a.csv"]
    assert files.find("nothing") == []
    assert names(files.glob("logs/**/*.txt")) == ["logs/1.txt", "logs/2.txt", "logs/old/0.txt"]
    assert [(root, sorted(folders), sorted(found)) for root, folders, found in files.walk("")] == [
        ("", ["logs"], ["a.csv"]),
        ("logs", ["old"], ["1.txt", "2.txt"]),
        ("logs/old", [], ["0.txt"]),
    ]
    assert files.du("logs") == 6


def test_info(files: Any, bucket: Bucket) -> None:
    info = files.info("/logs/1.txt")
    assert (info["name"], info["size"], info["type"]) == ("logs/1.txt", 3, "file")
    assert (
        info["ETag"] == bucket["logs/1.txt"].etag == files.checksum("logs/1.txt") == files.ukey("logs/1.txt")
    )
    assert files.modified("a.csv") == bucket["a.csv"].last_modified == files.created("a.csv")
    assert files.isdir("logs")
    assert files.isdir("")
    assert not files.isdir("log")
    assert files.isfile("a.csv")
    assert files.exists("logs")
    assert not files.exists("nothing")
    for missing in (files.info, files.ls):
        with pytest.raises(FileNotFoundError):
            missing("nothing")


def test_read_and_write(files: Any, bucket: Bucket) -> None:
    with files.open("new/b.txt", "w") as file:
        file.write("text\n")
    assert bucket["new/b.txt"].read_text() == "text\n"
    with files.open("new/b.txt") as file:
        assert file.read() == b"text\n"
    with files.open("new/b.txt.gz", "wb", compression="gzip") as file:
        file.write(b"packed")
    assert files.open("new/b.txt.gz", compression="gzip").read() == b"packed"
    with pytest.raises(PreconditionFailed), files.open("new/b.txt", "xb") as file:
        file.write(b"no")
    with pytest.raises(FileNotFoundError):
        files.open("nothing")
    with pytest.raises(InvalidRequest, match="whole"):
        files.open("a.csv", "ab")


def test_an_exception_publishes_nothing(files: Any, bucket: Bucket) -> None:
    def interrupted(mode: str, compression: str | None) -> None:
        with files.open("half", mode, compression=compression) as file:
            file.write(b"half" if "b" in mode else "half")
            raise KeyboardInterrupt

    for mode, compression in (("wb", None), ("w", None), ("wb", "gzip"), ("wt", "gzip")):
        with pytest.raises(KeyboardInterrupt):
            interrupted(mode, compression)
    assert "half" not in bucket


@given(st.integers(-12, 12) | st.none(), st.integers(-12, 12) | st.none())
def test_a_part_of_a_file_is_python_s_slice(start: int | None, end: int | None) -> None:
    with local():
        bucket = Bucket.create("acme-files")
        data = bytes(range(10))
        bucket["k"].write_bytes(data)
        # Before the beginning there is nothing to count from; the protocol leaves that open.
        if (start or 0) >= -10 and (end is None or end >= -10):
            assert bucket.filesystem().cat_file("k", start, end) == data[start:end]


def test_files_of_this_machine(files: Any, bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a.txt").write_text("A")
    files.put(str(tmp_path / "up"), "uploaded", recursive=True)
    assert bucket["uploaded/a.txt"].read_text() == "A"
    files.get("logs", str(tmp_path / "down"), recursive=True)
    assert (tmp_path / "down" / "old" / "0.txt").exists()
    assert (tmp_path / "down" / "2.txt").read_text() == "two"
    target = io.BytesIO()
    files.get_file("a.csv", None, outfile=target)
    assert target.getvalue() == b"x,y\n1,2\n"


def test_progress_reaches_fsspec(files: Any, tmp_path: Path) -> None:
    from fsspec.callbacks import Callback

    seen: Any = Callback()
    files.get_file("a.csv", str(tmp_path / "a.csv"), callback=seen)
    assert (seen.size, seen.value) == (8, 8)


def test_copies_moves_and_deletes(files: Any, bucket: Bucket) -> None:
    files.copy("a.csv", "b.csv")
    files.mv("b.csv", "c.csv")
    assert names(files.glob("*.csv")) == ["a.csv", "c.csv"]
    files.rm("logs", recursive=True)
    assert files.find("") == ["a.csv", "c.csv"]
    files.rm_file("c.csv")
    files.pipe({"p/1": b"1", "p/2": b"2"})
    assert files.cat(files.find("p")) == {"p/1": b"1", "p/2": b"2"}
    files.mkdir("empty")
    files.makedirs("empty/er")
    files.rmdir("empty")
    assert not files.exists("empty")


def test_pandas(files: Any, bucket: Bucket) -> None:
    assert pd.read_csv(files.open("a.csv"))["y"].sum() == 2
    frame = pd.read_csv(bucket["a.csv"].open("rb"))
    with bucket["b.json"].open("w") as file:
        frame.to_json(file, orient="records")
    assert json.loads(bucket["b.json"].read_text()) == [{"x": 1, "y": 2}]


def test_archives(files: Any) -> None:
    with files.open("a.zip", "wb") as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inside.txt", "hello")
    with files.open("a.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("inside.txt") == b"hello"


def test_it_is_its_bucket_s(files: Any, bucket: Bucket, faults: FaultServer) -> None:
    assert files == bucket.filesystem()
    assert hash(files) == hash(bucket.filesystem())
    assert files != Bucket("acme-other").filesystem()
    assert files != bucket
    assert repr(files) == f"<BucketFileSystem {bucket.name}>"
    assert files.unstrip_protocol("a.csv") == f"s3://{bucket.name}/a.csv"
    there = Bucket("acme-photos", cloud=faults.cloud()).filesystem()
    assert pickle.loads(pickle.dumps(there)) == there


def test_addresses_are_refused(files: Any) -> None:
    with pytest.raises(InvalidRequest, match="keys"):
        files.cat("s3://elsewhere/a.csv")


def test_a_refusal_is_not_a_missing_file(faults: FaultServer) -> None:
    faults.otherwise(Reply.s3_error("AccessDenied", status=403))
    files: Any = Bucket("acme-photos", cloud=faults.cloud()).filesystem()
    with pytest.raises(AccessDenied):
        files.info("a")
    with pytest.raises(AccessDenied):
        files.ls("a")


def test_without_the_extra(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cloudkit.s3.filesystem", raising=False)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.spec", None)
    with pytest.raises(MissingExtra, match=r"cloudkit\[fsspec\]"):
        bucket.filesystem()


@pytest.mark.parametrize(
    "key",
    ["p/../../escape", "p/../escape", "p/sub/../../../escape", "p/a\\..\\..\\escape", "p/C:x"],
)
def test_no_key_leads_out_of_the_folder(rig: Rig, tmp_path: Path, key: str) -> None:
    bucket = Bucket.create(rig.name("filesystem"))
    bucket["p/0"].write_text("first")
    bucket[key].write_text("out")
    files = bucket.filesystem()
    for source, target, options in (
        ("p", tmp_path / "in" / "down", {"recursive": True}),
        ("p/", tmp_path / "in" / "down", {"recursive": True}),
        ("p/**", tmp_path / "in" / "down", {}),
        (["p"], tmp_path / "in" / "down", {"recursive": True}),
    ):
        if isinstance(source, list) and ".." in key and "\\" not in key:
            continue  # of a list the last parts of the keys count, which stay inside
        (tmp_path / "in").mkdir(exist_ok=True)
        with pytest.raises(InvalidRequest, match="cannot become a file") as caught:
            files.get(source, str(target), **options)
        assert repr(key)[1:-1].split("/")[-1] in str(caught.value) or ".." in str(caught.value)
        assert list((tmp_path / "in").iterdir()) == []
        assert not (tmp_path / "escape").exists()


def test_files_arrive_where_they_are_asked_for(files: Any, bucket: Bucket, tmp_path: Path) -> None:
    files.get("a.csv", str(tmp_path / "b.csv"))
    files.get("a.csv", f"{tmp_path}/")
    files.get(["a.csv", "logs/1.txt"], str(tmp_path / "flat"))
    files.get(["a.csv"], [str(tmp_path / "c.csv")])
    files.get("logs/*.txt", str(tmp_path / "logs"))
    files.get("logs/", tmp_path / "all", recursive=True)
    found = sorted(each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*") if each.is_file())
    assert found == [
        "a.csv",
        "all/1.txt",
        "all/2.txt",
        "all/old/0.txt",
        "b.csv",
        "c.csv",
        "flat/1.txt",
        "flat/a.csv",
        "logs/1.txt",
        "logs/2.txt",
    ]
    with pytest.raises(FileNotFoundError):
        files.get("nothing", str(tmp_path / "x"), recursive=True)
    with pytest.raises(InvalidRequest, match="keys"):
        files.get("s3://other/x", str(tmp_path / "x"))


def test_folders_of_all_that_is_below(files: Any, bucket: Bucket) -> None:
    bucket["logs/empty/"].write_text("")
    wanted = ["logs", "logs/1.txt", "logs/2.txt", "logs/empty", "logs/old", "logs/old/0.txt"]
    assert files.find("logs", withdirs=True) == wanted
    assert files.find("", withdirs=True) == ["a.csv", *wanted]
    kinds = {name: each["type"] for name, each in files.find("logs/old", withdirs=True, detail=True).items()}
    assert kinds == {"logs/old": "directory", "logs/old/0.txt": "file"}
    assert files.find("a.csv", withdirs=True) == ["a.csv"]
    assert files.find("nothing", withdirs=True) == []


def test_a_folder_without_a_name_has_an_end(files: Any, bucket: Bucket, tmp_path: Path) -> None:
    bucket["logs//x"].write_text("x")
    bucket["/y"].write_text("y")
    assert names(files.ls("logs", detail=False)) == ["logs/1.txt", "logs/2.txt", "logs/old"]
    assert [root for root, _, _ in files.walk("")] == ["", "logs", "logs/old"]
    assert "logs//x" in files.find("logs")
    with pytest.raises(InvalidRequest, match="a part without a name"):
        files.get("logs", str(tmp_path / "down"), recursive=True)
    assert list(tmp_path.iterdir()) == []
