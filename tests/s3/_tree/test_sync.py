from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from cloudkit import AccessDenied, Bucket, Cloud, Retry, SyncFailed, SyncPlan, SyncResult
from cloudkit.errors import CredentialsError, InvalidRequest, ServiceError
from cloudkit.s3 import BucketNotFound
from cloudkit.s3._tree import moving
from cloudkit.s3._tree.disk import Disk
from cloudkit.s3._tree.plan import _one_server
from cloudkit.s3.sync import SyncAction, SyncKind
from cloudkit.types import Progress
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

SITE = {"index.html": "<h1>", "css/main.css": "body{}", "img/a.png": "png", ".hidden": "x", "a b/ü.txt": "ü"}


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    return Bucket.create(rig.name("synced"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tree(tmp_path / "site", SITE)


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def objects(bucket: Bucket, prefix: str = "") -> dict[str, bytes]:
    return {each.key: content for each, content in bucket.read_many(bucket.objects(prefix))}


def names(actions: Iterator[SyncAction] | object) -> list[str]:
    assert isinstance(actions, (list, tuple))
    return [each.name for each in actions]


# -- up ----------------------------------------------------------------------------------------------------------


def test_sync_from(bucket: Bucket, site: Path) -> None:
    result = bucket.sync_from(site, "www", cache_control="max-age=60")
    assert names(result.transferred) == sorted(SITE)
    assert result.size == sum(len(content.encode()) for content in SITE.values())
    assert objects(bucket) == {f"www/{name}": content.encode() for name, content in SITE.items()}
    made = bucket["www/index.html"]
    assert (made.content_type, made.raw["CacheControl"]) == ("text/html; charset=utf-8", "max-age=60")

    again = bucket.sync_from(site, "www/")
    assert (again.transferred, names(again.skipped)) == ((), sorted(SITE))

    (site / "index.html").write_text("<h2>")  # of the same size
    (site / "css/main.css").write_text("longer than before")
    (site / "new").write_text("new")
    plan = bucket.sync_from(site, "www", dry_run=True)
    assert {each.name: each.reason for each in plan.transfers} == {
        "css/main.css": "size differs",
        "index.html": "content differs",
        "new": "new",
    }
    assert objects(bucket)["www/index.html"] == b"<h1>"
    plan.run()
    assert objects(bucket, "www/index")["www/index.html"] == b"<h2>"


def test_large_files_go_in_parts(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "SMALL_BYTES", 10)
    content = os.urandom(100_000)
    tree(tmp_path / "up", {"large": content, "small": b"small"})
    said: list[Progress] = []
    bucket.sync_from(tmp_path / "up", progress=said.append)
    assert bucket["large"].read_bytes() == content
    assert (said[-1].done, said[-1].total) == (100_005, 100_005)
    assert [each.done for each in said] == sorted(each.done for each in said)
    said.clear()
    bucket.sync_to(tmp_path / "down", progress=said.append)
    assert files(tmp_path / "down") == {"large": content, "small": b"small"}
    assert (said[-1].done, said[-1].total) == (100_005, 100_005)


def test_content_that_was_uploaded_in_parts_is_known(bucket: Bucket, tmp_path: Path) -> None:
    content = bytes(6 * 1024**2)
    cloud, key = bucket.cloud, "big"
    begun = cloud.call("s3", "create_multipart_upload", Bucket=bucket.name, Key=key)["UploadId"]
    place = {"Bucket": bucket.name, "Key": key, "UploadId": begun}
    parts = [
        {
            "PartNumber": number,
            "ETag": cloud.call("s3", "upload_part", **place, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in ((1, content[: 5 * 1024**2]), (2, content[5 * 1024**2 :]))
    ]
    cloud.call("s3", "complete_multipart_upload", **place, MultipartUpload={"Parts": parts})
    root = tree(tmp_path / "big", {key: content})
    assert bucket.sync_from(root).transferred == ()
    (root / key).write_bytes(content[:-1] + b"x")
    assert [each.reason for each in bucket.sync_from(root, dry_run=True).transfers] == ["content differs"]


def test_delete(bucket: Bucket, site: Path) -> None:
    bucket.write_many(
        {"www/old": "", "www/deep/old": "x", "www2/kept": "", "www": "", "www/log.txt": "", "www/dir/": ""}
    )
    assert not bucket.sync_from(site, "www").deleted
    plan = bucket.sync_from(site, "www", delete=True, exclude="*.txt", dry_run=True)
    assert names(plan.deletes) == ["deep/old", "old"]
    result = plan.run()
    assert names(result.deleted) == ["deep/old", "old"]
    # What is beside the prefix stays, what is excluded, and what stands for a folder.
    assert {"www", "www2/kept", "www/log.txt", "www/dir/"} <= {each.key for each in bucket}
    assert "www/old" not in bucket


def test_exclude_and_include(bucket: Bucket, site: Path) -> None:
    bucket.sync_from(site, exclude=["img/", ".*"], include=["*.html", "img", "css/*"])
    assert sorted(objects(bucket)) == ["css/main.css", "index.html"]


def test_locks_are_left_alone(rig: Rig, bucket: Bucket, site: Path, tmp_path: Path) -> None:
    bucket["old"].write_text("x")
    tree(site, {".locks/here": "x", "sub/.locks/mine": "x"})
    with bucket.lock("nightly") as lock:
        result = bucket.sync_from(site, delete=True, include=["*", ".locks/*"])
        assert names(result.deleted) == ["old"]
        lock.check()
    found = objects(bucket)
    assert [key for key in found if key.startswith(".locks/")] == [".locks/nightly"]
    assert "sub/.locks/mine" in found  # where no locks are

    (site / ".locks/here").write_text("of the folder")
    result = bucket.sync_to(site, delete=True)
    assert (result.transferred, result.deleted) == ((), ())
    assert files(site / ".locks") == {"here": b"of the folder"}

    other = Bucket.create(rig.name("copied"))
    with other.lock("theirs") as lock:
        bucket.copy_tree(other, delete=True)
        lock.check()
    bucket["www/.locks/theirs"].write_text("no lock")
    with other.lock("theirs") as lock:
        bucket.copy_tree(other, "www", target_prefix="")
        lock.check()
    bucket.copy_tree(other.folder("backup"))
    kept = [key for key in objects(other) if ".locks/" in key]
    assert kept == [".locks/theirs", "backup/sub/.locks/mine", "backup/www/.locks/theirs", "sub/.locks/mine"]

    # Who asks for them gets them.
    assert names(bucket.sync_to(tmp_path / "locks", ".locks").transferred) == ["nightly"]
    assert names(bucket.copy_tree(other.folder("x"), ".locks/").transferred) == ["nightly"]
    result = bucket.sync_from(site / "css", ".locks", delete=True)
    assert (names(result.transferred), names(result.deleted)) == (["main.css"], ["nightly"])


def test_a_folder_as_prefix(rig: Rig, bucket: Bucket, site: Path, tmp_path: Path) -> None:
    www = bucket.folder("www")
    assert bucket.sync_from(site, www).size == bucket.sync_to(tmp_path / "down", prefix=www).size
    bucket.copy_tree(bucket.folder("copy"), www)
    assert sorted(objects(bucket, "copy/")) == [f"copy/{name}" for name in sorted(SITE)]
    other = Bucket.create(rig.name("other")).folder("www")
    for work in (bucket.sync_from, bucket.sync_to):
        with pytest.raises(InvalidRequest, match="is not in the bucket"):
            work(site, other)
    with pytest.raises(InvalidRequest, match="is not in the bucket"):
        bucket.copy_tree(other, other)


def test_prefixes_and_targets_that_make_no_sense(faults: FaultServer, tmp_path: Path) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    works: list[Callable[[], object]] = [
        lambda: bucket.sync_from(tmp_path, "/www"),
        lambda: bucket.sync_to(tmp_path, "/www"),
        lambda: bucket.copy_tree(Bucket("other"), "/www"),
        lambda: bucket.copy_tree(Bucket("other"), "www", target_prefix="/www"),
    ]
    for work in works:
        with pytest.raises(InvalidRequest, match="begins with a slash") as caught:
            work()
        assert "objects('/')" in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="a Bucket or a Folder"):
        bucket.copy_tree("other")  # type: ignore[call-overload]
    with pytest.raises(InvalidRequest, match="target_prefix is text"):
        bucket.copy_tree(bucket, target_prefix=bucket.folder("a"))  # type: ignore[call-overload]
    assert faults.requests == []


def test_a_plan_goes_elsewhere(bucket: Bucket, site: Path, tmp_path: Path) -> None:
    plan = bucket.sync_from(site, "www", dry_run=True)
    there: SyncPlan = pickle.loads(pickle.dumps(plan))
    assert (there, str(there)) == (plan, str(plan))
    assert there.run().size == plan.size
    assert sorted(objects(bucket)) == [f"www/{name}" for name in sorted(SITE)]
    for other in (
        bucket.sync_to(tmp_path / "down", "www", dry_run=True),
        bucket.copy_tree(bucket.folder("copy"), "www", dry_run=True),
    ):
        assert pickle.loads(pickle.dumps(other)).run().size == plan.size
    assert sorted(files(tmp_path / "down")) == sorted(SITE)


def test_a_plan_is_what_is_to_be_done(bucket: Bucket, site: Path) -> None:
    bucket.write_many({"index.html": "<h1>", "old": ""})
    plan = bucket.sync_from(site, delete=True, dry_run=True)
    assert [*plan] == [*plan.transfers, *plan.deletes]
    assert (len(plan), names(plan.skipped)) == (len(SITE), ["index.html"])
    plan.run()
    assert not bucket.sync_from(site, delete=True, dry_run=True)


def test_an_empty_source_deletes_nothing(bucket: Bucket, tmp_path: Path) -> None:
    bucket["www/kept"].write_text("x")
    (tmp_path / "empty").mkdir()
    for dry_run in (True, False):
        with pytest.raises(InvalidRequest, match="nothing is in") as caught:
            bucket.sync_from(tmp_path / "empty", "www", delete=True, dry_run=dry_run)
        assert "allow_empty" in str(caught.value.hint)
    assert "www/kept" in bucket
    tree(tmp_path / "here", {"kept": "x"})
    with pytest.raises(InvalidRequest, match="nothing is in"):
        bucket.sync_to(tmp_path / "here", "wwww", delete=True)
    assert (tmp_path / "here/kept").exists()
    with pytest.raises(InvalidRequest, match="nothing is in"):
        bucket.copy_tree(bucket.folder("www"), "wwww", delete=True)
    assert bucket.sync_from(tmp_path / "empty", "www", delete=True, allow_empty=True).size == 0
    assert "www/kept" not in bucket


def test_a_folder_that_is_not_there(faults: FaultServer, tmp_path: Path) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError):
        bucket.sync_from(tmp_path / "typo", delete=True)
    for work in (bucket.sync_from, bucket.sync_to):
        with pytest.raises(NotADirectoryError):
            work(tmp_path / "file")
    assert faults.requests == []


def test_options_that_make_no_sense(faults: FaultServer, tmp_path: Path) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    wrong: list[dict[str, object]] = [
        {"if_absent": True},
        {"if_match": "x"},
        {"compare": "never"},
        {"metadata": {"a": "é"}},
        {"colour": "red"},
        {"exclude": ""},
    ]
    for options in wrong:
        with pytest.raises(InvalidRequest):
            bucket.sync_from(tmp_path, **options)  # type: ignore[call-overload]
        with pytest.raises(InvalidRequest):
            bucket.sync_to(tmp_path, **options)  # type: ignore[call-overload]
    with pytest.raises(InvalidRequest, match="follow_symlinks"):
        bucket.sync_to(tmp_path, follow_symlinks=True)  # type: ignore[call-overload]
    with pytest.raises(InvalidRequest, match="copy_tree takes no follow_symlinks"):
        bucket.copy_tree(Bucket("other"), follow_symlinks=True)  # type: ignore[call-overload]
    with pytest.raises(InvalidRequest, match="sync_from takes no colour") as caught:
        bucket.sync_from(tmp_path, colour="red")  # type: ignore[call-overload]
    for name in ("delete", "follow_symlinks", "cache_control"):
        assert name in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="sync_to takes no cache_control") as caught:
        bucket.sync_to(tmp_path, cache_control="x")  # type: ignore[call-overload]
    assert "storage_class" not in str(caught.value.hint)
    assert faults.requests == []


def test_links_are_refused_and_what_was_there_of_them_stays(
    bucket: Bucket, site: Path, tmp_path: Path
) -> None:
    outside = tree(tmp_path / "outside", {"secret": "s"})
    (site / "link").symlink_to(outside / "secret")
    (site / "folder").symlink_to(outside)
    os.mkfifo(site / "pipe")
    bucket.write_many({"link": "earlier", "folder/secret": "earlier", "pipe": "", "pipes": "old"})
    result = bucket.sync_from(site, delete=True)
    assert {each.name: each.reason for each in result.refused} == {
        "folder": "a symbolic link",
        "link": "a symbolic link",
        "pipe": "no file: a device, socket or pipe",
    }
    assert names(result.deleted) == ["pipes"]
    assert objects(bucket, "link") == {"link": b"earlier"}
    assert "folder/secret" in bucket
    bucket.sync_from(site, follow_symlinks=True)
    assert objects(bucket, "link") == {"link": b"s"}
    assert objects(bucket, "folder") == {"folder/secret": b"s"}


def test_keys_that_s3_does_not_take(bucket: Bucket, site: Path) -> None:
    tree(site, {"line\nbreak": "x"})
    assert [(each.name, each.reason) for each in bucket.sync_from(site, "x").refused] == [
        ("line\nbreak", "a control character")
    ]
    (site / "line\nbreak").unlink()
    bucket.folder("x").delete()
    prefix = "p" * 1014
    result = bucket.sync_from(site, prefix)
    assert names(result.refused) == ["a b/ü.txt", "css/main.css", "index.html"]
    assert "longer than 1024 bytes" in result.refused[0].reason
    assert [each.key[1015:] for each in bucket] == [".hidden", "img/a.png"]


# -- down --------------------------------------------------------------------------------------------------------


def test_sync_to(bucket: Bucket, tmp_path: Path) -> None:
    bucket.write_many({f"www/{name}": content for name, content in SITE.items()})
    bucket["www/empty/"].write_text("")
    root = tmp_path / "new" / "www"
    plan = bucket.sync_to(root, "www", dry_run=True)
    assert not root.exists()
    assert names(plan.transfers) == sorted(SITE)
    plan.run()
    assert files(root) == {name: content.encode() for name, content in SITE.items()}
    assert bucket.sync_to(root, "www").transferred == ()

    (root / "index.html").write_text("<h3>")
    (root / "extra/x").parent.mkdir()
    (root / "extra/x").write_text("x")
    (root / "kept.log").write_text("x")
    (root / "link").symlink_to(root / "kept.log")
    result = bucket.sync_to(root, "www", delete=True, exclude="*.log")
    assert [(each.name, each.reason) for each in result.transferred] == [("index.html", "content differs")]
    assert names(result.deleted) == ["extra/x"]
    assert not (root / "extra").exists()
    assert (root / "kept.log").exists()
    assert (root / "link").is_symlink()


EVIL = ["../../up", "/etc/x", "a/../../x", "..\\x", "C:x", "a//b", "nul\x01", "x" * 300, "..", "./y"]


def test_nothing_leaves_the_folder(rig: Rig, bucket: Bucket, tmp_path: Path) -> None:
    fine = {"fine": "fine", "a/b": "b", "c": "file", "d./e ": "dots"}
    below = {**fine, **dict.fromkeys(EVIL, "evil"), "c/under": "evil"}
    for name, content in below.items():
        bucket.cloud.call("s3", "put_object", Bucket=bucket.name, Key=f"p/{name}", Body=content.encode())
    root = tmp_path / "deep" / "root"
    result = bucket.sync_to(root, "p")
    assert files(tmp_path) == {f"deep/root/{name}": content.encode() for name, content in fine.items()}
    assert sorted(names(result.refused)) == sorted([*EVIL, "c/under"])
    assert all(each.key == f"p/{each.name}" for each in result.refused)
    assert not (tmp_path.parent / "up").exists()


def test_links_in_the_target_are_not_followed(bucket: Bucket, tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"passwd": "kept"})
    root = tree(tmp_path / "root", {"file": "file", "folder/x": "x"})
    (root / "link").symlink_to(outside)
    (root / "alias").symlink_to(outside / "passwd")
    for name in ("link/passwd", "link/new/x", "alias", "file/x", "folder", "ok"):
        bucket[name].write_text("evil")
    result = bucket.sync_to(root, delete=True)
    assert {each.name: each.reason for each in result.refused} == {
        "alias": "a symbolic link has this name",
        "file/x": "a file is in the way: 'file'",
        "folder": "a folder has this name",
        "link/new/x": "a symbolic link is in the way: 'link'",
        "link/passwd": "a symbolic link is in the way: 'link'",
    }
    assert names(result.transferred) == ["ok"]
    assert files(outside) == {"passwd": b"kept"}
    assert (root / "alias").is_symlink()


def test_a_link_put_there_after_the_plan(bucket: Bucket, tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"x": "kept"})
    bucket.write_many({"a/x": "evil", "b": "b"})
    root = tmp_path / "root"
    plan = bucket.sync_to(root, dry_run=True)
    root.mkdir()
    (root / "a").symlink_to(outside)
    with pytest.raises(SyncFailed) as caught:
        plan.run()
    assert files(outside) == {"x": b"kept"}
    assert [failed.item for failed in caught.value.failed] == [plan.transfers[0]]
    assert isinstance(caught.value.failed[0].error.__cause__, OSError)
    assert files(root) == {"b": b"b"}


def test_a_disk_that_folds_case(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudkit.s3._tree.plan.folds_case", lambda root: True)
    bucket.write_many({"A": "1", "a": "2", "dir/x": "3", "Dir/y": "4", "README": "5"})
    root = tree(tmp_path / "root", {"readme": "mine"})
    result = bucket.sync_to(root, delete=True)
    assert names(result.refused) == ["README", "a", "dir/x"]
    assert files(root) == {"A": b"1", "Dir/y": b"4", "readme": b"mine"}


# -- across ------------------------------------------------------------------------------------------------------


def test_copy_tree(rig: Rig, bucket: Bucket) -> None:
    bucket.write_many({f"www/{name}": content for name, content in SITE.items()}, metadata={"by": "me"})
    other = Bucket.create(rig.name("copied"))
    result = bucket.copy_tree(other, "www")
    assert names(result.transferred) == sorted(SITE)
    assert objects(other) == {f"www/{name}": content.encode() for name, content in SITE.items()}
    assert other["www/index.html"].metadata == {"by": "me"}
    assert bucket.copy_tree(other, "www").transferred == ()

    bucket["www/index.html"].write_text("<h9>")
    other["www/extra"].write_text("x")
    plan = bucket.copy_tree(other.folder("www"), "www", delete=True, dry_run=True)
    assert [(each.kind, each.name, each.reason) for each in plan.transfers] == [
        ("copy", "index.html", "content differs")
    ]
    assert (plan.source, plan.target) == (f"s3://{bucket.name}/www/", f"s3://{other.name}/www/")
    assert names(plan.run().deleted) == ["extra"]
    assert objects(other, "www/index.html") == {"www/index.html": b"<h9>"}
    bucket.copy_tree(other, "www", target_prefix="elsewhere", include="css")
    assert list(objects(other, "elsewhere")) == ["elsewhere/css/main.css"]


def test_copies_within_a_bucket(bucket: Bucket) -> None:
    bucket.write_many({"a/x": "x", "a/y/z": "z"})
    bucket.copy_tree(bucket.folder("a/backup"), "a")
    assert sorted(objects(bucket)) == ["a/backup/x", "a/backup/y/z", "a/x", "a/y/z"]
    with pytest.raises(InvalidRequest, match="are the same"):
        bucket.copy_tree(bucket, "a")
    with pytest.raises(InvalidRequest, match="is in the other"):
        bucket.copy_tree(bucket.folder("a/backup"), "a", delete=True)
    with pytest.raises(InvalidRequest, match="the folder has one"):
        bucket.copy_tree(bucket.folder("b"), "a", target_prefix="c")


def test_a_bucket_is_the_same_by_whatever_cloud(rig: Rig, bucket: Bucket) -> None:
    bucket.write_many({"x": "1", "a/x": "1"})
    cloud = bucket.cloud
    same = (
        cloud.in_region("eu-west-1"),
        cloud.with_options(retry=Retry(attempts=1)),
    )
    for other in same:
        root = Bucket(bucket.name, cloud=other).folder("")
        with pytest.raises(InvalidRequest, match="is in the other"):
            bucket.copy_tree(root, "a", delete=True)
        with pytest.raises(InvalidRequest, match="are the same"):
            bucket.copy_tree(root, "")
    assert sorted(objects(bucket)) == ["a/x", "x"]


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({"region": "us-east-1"}, {"region": "eu-west-1", "profile": None}, True),
        ({"region": "us-east-1"}, {"region": "cn-north-1"}, False),
        ({"region": "us-east-1"}, {"endpoint_url": "https://s3.eu-west-1.amazonaws.com"}, True),
        ({"region": "us-east-1"}, {"endpoint_url": "http://127.0.0.1:1"}, False),
        ({"endpoint_url": "http://localhost:1"}, {"endpoint_url": "http://127.0.0.1:1"}, True),
    ],
)
def test_which_servers_may_be_one(ours: dict[str, Any], theirs: dict[str, Any], same: bool) -> None:
    assert _one_server(Cloud(**ours), Cloud(**theirs)) is same
    assert _one_server(Cloud(**theirs), Cloud(**ours)) is same


def test_copies_of_objects_in_parts_are_compared_by_checksum(faults: FaultServer) -> None:
    def row(etag: str) -> Reply:
        return Reply.xml(
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>9</Size>"
            f"<ETag>&quot;{etag}&quot;</ETag></Contents></ListBucketResult>"
        )

    def script(request: Request, kept: Mapping[str, str]) -> Reply:
        side = request.path.split("/")[1]
        if request.method == "GET":
            return row(f"{side}-2")
        headers = {"Content-Length": "9", "ETag": f'"{side}-2"', "x-amz-checksum-crc64nvme": kept[side]}
        return Reply(200, headers={**headers, "x-amz-checksum-type": "FULL_OBJECT"})

    one, two = (Bucket(name, cloud=faults.cloud()) for name in ("one", "two"))
    faults.otherwise(lambda request: script(request, {"one": "AAAAAAAAAAA=", "two": "AAAAAAAAAAA="}))
    assert names(one.copy_tree(two, dry_run=True).skipped) == ["k"]
    faults.otherwise(lambda request: script(request, {"one": "AAAAAAAAAAA=", "two": "AAAAAAAAAAE="}))
    assert names(one.copy_tree(two, dry_run=True).transfers) == ["k"]


# -- how things are compared -------------------------------------------------------------------------------------


def test_compare_by_size_and_time(rig: Rig, bucket: Bucket, site: Path, tmp_path: Path) -> None:
    bucket.sync_from(site)
    (site / "index.html").write_text("<h4>")
    assert not bucket.sync_from(site, compare="size", dry_run=True).transfers
    modified = bucket["index.html"].last_modified
    for age, wanted in ((-60, []), (60, ["index.html"])):
        stamp = (modified + timedelta(seconds=age)).timestamp()
        for path in site.rglob("*"):
            os.utime(path, (stamp, stamp) if path.name == "index.html" else (0, 0))
        assert names(bucket.sync_from(site, compare="time", dry_run=True).transfers) == wanted
    assert len(bucket.sync_to(site, compare="time", dry_run=True).transfers) == len(SITE) - 1
    other = Bucket.create(rig.name("timed"))
    bucket.copy_tree(other)
    assert not bucket.copy_tree(other, compare="time", dry_run=True).transfers


def test_an_etag_that_is_no_md5_is_not_believed(faults: FaultServer, tmp_path: Path) -> None:
    """With a KMS key, or where the server makes up ETags: the checksum decides, and without one it is moved."""
    root = tree(tmp_path / "root", {"k": "123456789"})
    row = (
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>9</Size>"
        f"<ETag>&quot;{'0' * 32}&quot;</ETag></Contents></ListBucketResult>"
    )
    headers = {"Content-Length": "9", "ETag": f'"{"0" * 32}"', "x-amz-server-side-encryption": "aws:kms"}
    bucket = Bucket("acme", cloud=faults.cloud())
    # CRC-32 of 123456789 is cbf43926, as its inventors say.
    for crc, wanted in (("y/Q5Jg==", []), ("AAAAAA==", ["k"]), (None, ["k"])):
        kept = {} if crc is None else {"x-amz-checksum-crc32": crc, "x-amz-checksum-type": "FULL_OBJECT"}
        faults.replies(Reply.xml(row), Reply(200, headers={**headers, **kept}))
        assert names(bucket.sync_from(root, dry_run=True).transfers) == wanted


def test_a_file_that_cannot_be_read_is_told_with_the_others(
    bucket: Bucket, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.sync_from(site)
    (site / "new").write_text("new")

    def denied(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("cloudkit.s3._tree.comparing._md5", denied)
    plan = bucket.sync_from(site, dry_run=True)
    assert {each.reason for each in plan.transfers} == {"content differs", "new"}


def test_objects_that_go_while_they_are_compared(faults: FaultServer, tmp_path: Path) -> None:
    row = Reply.xml(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size>"
        "<ETag>&quot;x-2&quot;</ETag></Contents></ListBucketResult>"
    )
    other = Reply.xml(row.body.decode().replace("x-2", "y-2").replace(">k<", ">q/k<"))
    bucket = Bucket("acme", cloud=faults.cloud())
    faults.replies(row, Reply(404), Reply(200))
    assert names(bucket.sync_from(tree(tmp_path, {"k": "k"}), dry_run=True).transfers) == ["k"]
    faults.replies(row, other, Reply(404), Reply(200))
    assert names(bucket.copy_tree(bucket.folder("q"), dry_run=True).transfers) == ["k"]
    # A refusal is no answer to whether they are the same.
    faults.replies(row, Reply(403))
    with pytest.raises(AccessDenied):
        bucket.sync_from(tmp_path, dry_run=True)


# -- plan and result ---------------------------------------------------------------------------------------------


def test_what_a_plan_says(bucket: Bucket, tmp_path: Path) -> None:
    root = tree(tmp_path / "site", {"a": "x" * 2000, "b": "same"})
    (root / "link").symlink_to(root / "a")
    bucket.write_many({"www/b": "same", "www/c": "xyz"})
    plan = bucket.sync_from(root, "www", delete=True, dry_run=True)
    target = f"s3://{bucket.name}/www/"
    assert str(plan) == (
        f"{root} -> {target}: 1 to upload (2.0 KiB), 1 to delete, 1 the same, 1 refused\n"
        "  upload a (2.0 KiB): new\n"
        "  delete c (3 B): not in the source\n"
        "  refuse link: a symbolic link"
    )
    assert repr(plan) == f"<SyncPlan {str(plan).splitlines()[0]}>"
    assert plan.transfers == (SyncAction(SyncKind.UPLOAD, "a", "new", 2000, "www/a", root / "a"),)
    assert (plan.deletes[0].key, plan.deletes[0].path, plan.size) == ("www/c", None, 2000)
    result = plan.run()
    assert result == SyncResult(plan.transfers, plan.deletes, plan.skipped, plan.refused)
    assert str(result) == "1 transferred, 1 deleted, 1 the same, 1 refused (2.0 KiB)"
    assert pickle.loads(pickle.dumps(result)) == result
    assert str(bucket.sync_from(root, "www", dry_run=True, exclude="*")).endswith("www/: nothing to do")
    many = tree(tmp_path / "many", {f"{number:02d}": "" for number in range(25)})
    assert str(bucket.sync_from(many, "many", dry_run=True)).endswith("and 5 more to upload")


def test_what_failed_is_told_and_nothing_is_deleted(faults: FaultServer, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {f"{number}.txt": str(number) for number in range(10)})
    listing = Reply.xml(
        "<ListBucketResult><IsTruncated>false</IsTruncated>"
        "<Contents><Key>p/old</Key><Size>1</Size></Contents></ListBucketResult>"
    )
    denied = Reply.s3_error("AccessDenied", "no", 403)

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return listing
        return denied if request.path.endswith(("3.txt", "7.txt")) else Reply(200, headers={"ETag": '"x"'})

    faults.otherwise(answer)
    bucket = Bucket("acme", cloud=faults.cloud())
    with pytest.raises(SyncFailed) as caught:
        bucket.sync_from(root, "p", delete=True)
    error = caught.value
    result = error.result
    assert result is not None
    assert "2 of 10 entries failed" in str(error)
    assert "1 were left undeleted" in str(error)
    assert [failed.item for failed in error.failed] == [failed.item for failed in result.failed]
    assert [failed.item.name for failed in result.failed if isinstance(failed.item, SyncAction)] == [
        "3.txt",
        "7.txt",
    ]
    assert all(isinstance(failed.error, AccessDenied) for failed in error.failed)
    assert len(result.transferred) == len(error.succeeded) == 8
    assert (result.deleted, names(result.not_deleted)) == ((), ["old"])
    assert not [request for request in faults.requests if request.method == "POST"]
    copied = pickle.loads(pickle.dumps(error))
    assert type(copied) is SyncFailed
    assert copied.result is not None
    assert str(copied.result) == str(result)


def test_deletes_that_fail_are_told(faults: FaultServer, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"new": "x"})
    rows = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in "abc")
    faults.replies(
        Reply.xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"),
        Reply(200, headers={"ETag": '"x"'}),
        Reply.xml(
            "<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>c</Key></Deleted>"
            "<Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
        ),
    )
    with pytest.raises(SyncFailed) as caught:
        Bucket("acme", cloud=faults.cloud()).sync_from(root, delete=True)
    result = caught.value.result
    assert result is not None
    assert (names(result.transferred), names(result.deleted)) == (["new"], ["a", "c"])
    assert [(str(failed.item)[:8], failed.error.code) for failed in result.failed] == [
        ("delete b", "AccessDenied")
    ]


def test_deletes_that_fail_as_a_whole(faults: FaultServer, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"new": "x"})
    rows = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in "ab")
    faults.replies(
        Reply.xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"),
        Reply(200, headers={"ETag": '"x"'}),
    )
    faults.otherwise(Reply.s3_error("InternalError", "oops", 500))
    with pytest.raises(SyncFailed) as caught:
        Bucket("acme", cloud=faults.cloud()).sync_from(root, delete=True)
    assert len(caught.value.failed) == 2
    assert all(isinstance(failed.error, ServiceError) for failed in caught.value.failed)


def test_deletes_here_that_fail_are_told(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path / "root", {"a": "", "b": ""})
    bucket["k"].write_text("k")
    real = Disk.delete

    def delete(self: Disk, name: str) -> None:
        if name == "a":
            raise PermissionError(13, "Permission denied")
        real(self, name)

    monkeypatch.setattr(Disk, "delete", delete)
    with pytest.raises(SyncFailed, match="Permission denied") as caught:
        bucket.sync_to(root, delete=True)
    assert caught.value.result is not None
    assert names(caught.value.result.deleted) == ["b"]
    assert files(root) == {"a": b"", "k": b"k"}


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("NoSuchBucket", 404, BucketNotFound), ("InvalidAccessKeyId", 403, CredentialsError)],
)
def test_what_stops_one_stops_all(
    faults: FaultServer, tmp_path: Path, code: str, status: int, kind: type[Exception]
) -> None:
    root = tree(tmp_path / "root", {f"{number:03d}": "x" for number in range(200)})
    faults.replies(Reply.xml("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"))
    faults.otherwise(Reply.s3_error(code, "no", status))
    with pytest.raises(SyncFailed) as caught:
        Bucket("acme", cloud=faults.cloud()).sync_from(root)
    assert len(caught.value.failed) == 200
    assert isinstance(caught.value.failed[0].error, kind)
    assert "not tried" in str(caught.value.failed[-1].error)
    assert len(faults.requests) < 60


def test_a_download_that_breaks_off_leaves_what_was_there(faults: FaultServer, tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"k": "old"})
    faults.replies(
        Reply.xml(
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>6</Size>"
            "<ETag>&quot;x&quot;</ETag></Contents></ListBucketResult>"
        )
    )
    faults.otherwise(Reply(200, b"newnew", {"ETag": '"x"'}, cut_after=3))
    with pytest.raises(SyncFailed):
        Bucket("acme", cloud=faults.cloud()).sync_to(root)
    assert files(root) == {"k": b"old"}
    assert os.listdir(root) == ["k"]


def test_a_file_that_goes_before_its_turn(bucket: Bucket, site: Path) -> None:
    plan = bucket.sync_from(site, dry_run=True)
    (site / "index.html").unlink()
    with pytest.raises(SyncFailed, match=r"index\.html") as caught:
        plan.run()
    assert isinstance(caught.value.failed[0].error.__cause__, FileNotFoundError)
    assert len(bucket.objects().to_list()) == len(SITE) - 1


# -- laws --------------------------------------------------------------------------------------------------------

PARTS = st.sampled_from(["a", "b", "c.txt", ".d", "é", "x y", "A", "...", "+%"])
CONTENT = st.sampled_from([b"", b"1", b"22", b"33"])


def without_clashes(tree: dict[str, bytes]) -> dict[str, bytes]:
    """Without files whose name is also that of a folder."""
    return {
        name: content
        for name, content in tree.items()
        if not any(each.startswith(f"{name}/") for each in tree)
    }


TREES = st.dictionaries(
    st.lists(PARTS, min_size=1, max_size=3).map("/".join), CONTENT, min_size=1, max_size=6
).map(without_clashes)


@given(before=TREES, after=TREES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_there_and_back(rig: Rig, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    bucket = Bucket.create(rig.name("laws"))
    with TemporaryDirectory() as place:
        one = tree(Path(place) / "one", before)
        two = tree(Path(place) / "two", after)
        for source in (one, two):
            plan: SyncPlan = bucket.sync_from(source, "p", delete=True, dry_run=True)
            result = bucket.sync_from(source, "p", delete=True)
            # The plan is what the run does, and a second run does nothing.
            assert (result.transferred, result.deleted) == (plan.transfers, plan.deletes)
            assert (result.skipped, result.refused, result.failed) == (plan.skipped, (), ())
            again = bucket.sync_from(source, "p", delete=True)
            assert not again.transferred
            assert not again.deleted
            assert {key[2:]: content for key, content in objects(bucket).items()} == files(source)
        down = Path(place) / "down"
        bucket.sync_to(down, "p")
        assert files(down) == after
        bucket.sync_to(one, "p", delete=True)
        clash = {
            name
            for name in after
            if any(name.startswith(f"{old}/") or old.startswith(f"{name}/") for old in before)
        }
        if not clash:
            assert files(one) == after
            assert not bucket.sync_to(one, "p", delete=True, dry_run=True).transfers
        bucket.copy_tree(bucket.folder("q"), "p")
        assert not bucket.copy_tree(bucket.folder("q"), "p", delete=True, dry_run=True).deletes
        assert bucket.usage("q").size == bucket.usage("p").size


def test_what_copies_keep(bucket: Bucket, rig: Rig) -> None:
    bucket["www/a"].write_text(
        "a", metadata={"by": "anna"}, tags={"team": "web"}, storage_class="STANDARD_IA"
    )
    folder = bucket.folder
    bucket.copy_tree(folder("default"), "www")
    bucket.copy_tree(folder("class"), "www", keep=("storage_class",))
    bucket.copy_tree(folder("nothing"), "www", keep=())
    plan = bucket.copy_tree(folder("all"), "www", keep=["metadata", "tags", "storage_class"], dry_run=True)
    plan.run()
    found = {
        name: (thing.metadata, dict(thing.tags), thing.storage_class or "STANDARD")
        for name in ("default", "class", "nothing", "all")
        for thing in [bucket[f"{name}/a"].refresh()]
    }
    assert found == {
        "default": ({"by": "anna"}, {"team": "web"}, "STANDARD"),
        "class": ({}, {}, "STANDARD_IA"),
        "nothing": ({}, {}, "STANDARD"),
        "all": ({"by": "anna"}, {"team": "web"}, "STANDARD_IA"),
    }


def test_what_copies_cannot_keep(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    for wrong in ("metadata", ("meta",), None, 5):
        with pytest.raises(InvalidRequest, match="keep="):
            bucket.copy_tree(bucket.folder("x"), "www", keep=wrong)  # type: ignore[arg-type]
    assert faults.requests == []
