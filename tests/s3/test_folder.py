from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import AccessDenied, BatchError, Bucket, Folder, NotFound, Object, Usage
from cloudkit.errors import InvalidRequest
from cloudkit.s3 import BucketNotFound
from tests.conftest import Rig
from tests.faults import FaultServer, Reply
from tests.s3.listings import Listed

KEYS = ["a/b/c.txt", "a/b/d.txt", "a/e.txt", "a.txt", "z/", "z/y.txt"]


@pytest.fixture
def bucket(rig: Rig) -> Bucket:
    bucket = Bucket.create(rig.name("folders"))
    bucket.write_many({key: "" if key.endswith("/") else key for key in KEYS})
    return bucket


# -- what it is --------------------------------------------------------------------------------------------------


def test_a_folder_is_an_address(faults: FaultServer) -> None:
    cloud = faults.cloud()
    bucket = Bucket("acme", expected_bucket_owner="123456789012", cloud=cloud)
    folder = bucket.folder("a/b")
    assert (folder.prefix, folder.name, str(folder)) == ("a/b/", "b", "s3://acme/a/b/")
    assert repr(folder) == "<Folder s3://acme/a/b/>"
    assert folder == Folder("acme", "a/b/", cloud=cloud) == Folder("s3://acme/a/b/", cloud=cloud)
    assert folder.bucket == bucket
    assert folder.bucket.expected_bucket_owner == "123456789012"
    assert folder.folder("c/d").prefix == "a/b/c/d/"
    thing = folder / "c.txt"
    assert (thing.key, thing.parent, thing.expected_bucket_owner) == ("a/b/c.txt", folder, "123456789012")
    with pytest.raises(InvalidRequest, match="begins with a slash"):
        folder / "/c.txt"
    assert faults.requests == []


def test_ways_up() -> None:
    folder = Folder("acme", "a/b/")
    assert [each.prefix for each in (folder, folder.parent, folder.parent.parent)] == ["a/b/", "a/", ""]
    root = folder.parent.parent
    assert (root.parent, root.name, str(root)) == (root, "", "s3://acme/")
    assert Object("acme", "top.txt").parent == root
    assert Object("acme", "a/b/").parent.prefix == "a/"
    assert Object("acme", "/x").parent.prefix == "/"
    assert Object("acme", "a//x").parent.prefix == "a//"
    # Parts without a name are parts all the same.
    assert Folder("acme", "a//").parent.prefix == "a/"
    assert Folder("s3://acme//").parent.prefix == ""


def test_addresses_that_name_no_folder() -> None:
    with pytest.raises(InvalidRequest, match="an address, or two names"):
        Folder("s3://acme/a", "b")
    with pytest.raises(InvalidRequest, match="1024 bytes"):
        Folder("acme", "é" * 512)
    with pytest.raises(InvalidRequest, match="1024 bytes"):
        Folder("acme", "é" * 500).folder("x" * 30)
    assert Folder("s3://acme").prefix == ""


def test_a_slash_at_the_begin_is_refused(faults: FaultServer) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    for make in (bucket.folder, lambda prefix: Folder("acme", prefix), bucket.walk, bucket.glob):
        with pytest.raises(InvalidRequest, match="begins with a slash") as caught:
            make("/logs")
        assert "='logs" in str(caught.value.hint)
        assert "objects('/')" in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="begins with a slash"):
        bucket.folder("a").glob("/x")
    assert faults.requests == []


def test_folders_of_keys_that_do_begin_with_a_slash() -> None:
    listed = Listed(["/a/x", "b"])
    first = listed.bucket.folder("").folders().one()
    assert first.prefix == "/"
    assert [each.key for each in first.objects()] == ["/a/x"]
    assert [each.key for each in listed.bucket.objects("/")] == ["/a/x"]
    assert [each.prefix for each in first.folders()] == ["/a/"]
    assert [each.key for each in first.glob("*/x")] == ["/a/x"]
    assert first.folder("a").parent == first
    folder = Folder("s3://acme//a/")
    assert (folder.prefix, str(folder), (folder / "x").parent) == ("/a/", "s3://acme//a/", folder)
    for each in (folder, folder.parent, folder.folder("b")):
        assert pickle.loads(pickle.dumps(each)) == each


@pytest.mark.parametrize(
    ("given_", "fix"),
    [
        (Path("a"), "as_posix"),
        (PurePosixPath("a"), "as_posix"),
        (1, "str"),
        (Object("acme", "a"), "thing.key"),
        (None, "str"),
    ],
)
def test_what_is_no_text_is_refused(faults: FaultServer, tmp_path: Path, given_: Any, fix: str) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    works: list[Callable[[], object]] = [
        lambda: bucket.folder(given_),
        lambda: Folder("acme", given_),
        lambda: bucket.folder("a").folder(given_),
        lambda: bucket.glob(given_),
        lambda: bucket.folder("a").glob(given_),
        lambda: bucket.objects(given_),
        lambda: bucket.usage(given_),
        lambda: bucket.walk(given_),
        lambda: bucket.sync_from(tmp_path, given_),
        lambda: bucket.sync_to(tmp_path, given_),
        lambda: bucket.copy_tree(Bucket("other"), given_),
    ]
    for work in works:
        with pytest.raises(InvalidRequest, match="is text, and not") as caught:
            work()
        assert fix in str(caught.value.hint)
    with pytest.raises(InvalidRequest, match="is text") as caught:
        bucket.objects(bucket.folder("a"))  # type: ignore[arg-type]
    assert "folder.prefix" in str(caught.value.hint)
    assert faults.requests == []


@given(st.text(max_size=8).filter(lambda text: not text.endswith("/") and not text.startswith("/")))
def test_a_prefix_ends_in_a_slash(text: str) -> None:
    assert Folder("acme", text).prefix == (f"{text}/" if text else "")
    assert Folder(f"s3://acme/{text}/").prefix == f"{text}/"


# -- what is in it -----------------------------------------------------------------------------------------------


def test_a_marker_that_holds_something_is_shown(bucket: Bucket) -> None:
    bucket["z/"].write_text("not empty")
    assert bucket.folder("z").children().to_list() == [bucket["z/"], bucket["z/y.txt"]]
    _, _, objects = next(bucket.walk("z"))
    assert [each.key for each in objects] == ["z/", "z/y.txt"]


def test_children(bucket: Bucket) -> None:
    root = bucket.folder("")
    assert root.children().to_list() == [bucket["a.txt"], bucket.folder("a"), bucket.folder("z")]
    assert [each.name for each in bucket.folder("a").children()] == ["b", "e.txt"]
    # The marker of a folder that some tools make is not in the folder.
    assert bucket.folder("z").children().to_list() == [bucket["z/y.txt"]]
    first = bucket.folder("a").children().to_list()[1]
    assert isinstance(first, Object)
    assert first.size == 7
    assert bucket.folder("a").folders().to_list() == [bucket.folder("a/b")]
    assert not bucket.folder("nothing").children()
    assert [each.key for each in bucket.folder("a").objects(limit=2)] == ["a/b/c.txt", "a/b/d.txt"]


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "a.", "", "0"]), min_size=1, max_size=4)
        .map("/".join)
        .filter(bool)
    ),
    st.sampled_from(["", "a", "a/b"]),
    st.integers(1, 4),
)
def test_children_and_walk_are_all_there_is(keys: list[str], prefix: str, page: int) -> None:
    listed = Listed(keys, page)  # of objects that hold something
    folder = listed.bucket.folder(prefix)
    children = [each.prefix if isinstance(each, Folder) else each.key for each in folder.children()]
    below = [key for key in listed.keys if key.startswith(folder.prefix)]
    cut = {key[: key.find("/", len(folder.prefix)) + 1] or key for key in below}
    assert children == sorted(cut)
    walked = [each.key for _, _, objects in folder.walk() for each in objects]
    assert sorted(walked) == below


def test_walk(bucket: Bucket) -> None:
    found = [
        (folder.prefix, [each.name for each in folders], [each.key for each in objects])
        for folder, folders, objects in bucket.walk()
    ]
    assert found == [
        ("", ["a", "z"], ["a.txt"]),
        ("a/", ["b"], ["a/e.txt"]),
        ("a/b/", [], ["a/b/c.txt", "a/b/d.txt"]),
        ("z/", [], ["z/y.txt"]),
    ]
    seen: list[str] = []
    for folder, folders, _ in bucket.walk():
        seen.append(folder.prefix)
        folders[:] = [each for each in folders if each.name != "a"]
    assert seen == ["", "z/"]
    assert [folder.prefix for folder, _, _ in bucket.walk("a")] == ["a/", "a/b/"]


def test_usage(bucket: Bucket) -> None:
    size = sum(len(key) for key in KEYS if not key.endswith("/"))
    assert bucket.usage() == Usage("", 6, size)
    found = bucket.usage(depth=2, parallel=4)
    assert (found.count, found.size) == (6, size)
    assert found.folders == (Usage("a/", 3, 25, (Usage("a/b/", 2, 18),)), Usage("z/", 2, 7))
    assert bucket.folder("a").usage(depth=1).folders == (Usage("a/b/", 2, 18),)
    # A prefix may end within a name.
    assert [each.prefix for each in bucket.usage("a", depth=1).folders] == ["a/"]
    assert bucket.usage("nothing") == Usage("nothing", 0, 0)
    with pytest.raises(InvalidRequest, match="0 or more"):
        bucket.usage(depth=-1)


def test_whether_it_is_there(bucket: Bucket, faults: FaultServer) -> None:
    assert bucket.folder("a/b").exists()
    assert bucket.folder("").exists()
    assert not bucket.folder("a/b/c").exists()
    assert Folder.get(bucket.name, "a").prefix == "a/"
    with pytest.raises(NotFound, match="no key begins with it"):
        Folder.get(bucket.name, "a.t")
    faults.otherwise(Reply.s3_error("NoSuchBucket"))
    with pytest.raises(BucketNotFound):
        Folder.get("acme", "", cloud=faults.cloud())
    assert "max-keys" in faults.requests[0].query


def test_delete(bucket: Bucket) -> None:
    bucket.folder("a").delete()
    assert [each.key for each in bucket] == ["a.txt", "z/", "z/y.txt"]
    bucket.folder("a").delete()
    with pytest.raises(InvalidRequest, match="whole bucket"):
        bucket.folder("").delete()
    assert len(bucket.objects().to_list()) == 3


def test_empty(bucket: Bucket) -> None:
    bucket.versioning = True
    bucket["a/e.txt"].write_text("again")
    counted = bucket.folder("a").empty(dry_run=True)
    assert (counted.versions, counted.delete_markers) == (4, 0)
    assert len(bucket.folder("a").objects().to_list()) == 3
    assert bucket.folder("a").empty() == counted
    assert not bucket.versions("a/", delete_markers=True)
    assert not bucket.folder("a").empty()
    for dry_run in (True, False):
        with pytest.raises(InvalidRequest, match="whole bucket") as caught:
            bucket.folder("").empty(dry_run=dry_run)
    assert "bucket.empty()" in str(caught.value.hint)
    assert len(bucket.objects().to_list()) == 3


def test_delete_tells_what_stays(faults: FaultServer) -> None:
    rows = "".join(f"<Contents><Key>a/{n}</Key><Size>1</Size></Contents>" for n in range(3))
    faults.replies(
        Reply.xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"),
        Reply.xml(
            "<DeleteResult><Deleted><Key>a/0</Key></Deleted><Deleted><Key>a/2</Key></Deleted>"
            "<Error><Key>a/1</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>"
        ),
    )
    with pytest.raises(BatchError) as caught:
        Folder("acme", "a", cloud=faults.cloud()).delete()
    assert [str(failed.item) for failed in caught.value.failed] == ["s3://acme/a/1"]
    assert isinstance(caught.value.failed[0].error, AccessDenied)


def test_glob_and_objects_of_a_folder(bucket: Bucket) -> None:
    folder = bucket.folder("a")
    assert [each.key for each in folder.glob("*/d*")] == ["a/b/d.txt"]
    assert [each.key for each in folder.glob("**/*.txt")] == ["a/b/c.txt", "a/b/d.txt", "a/e.txt"]
    assert folder.glob("e.txt").one() == bucket["a/e.txt"]
    assert [each.key for each in bucket.folder("").glob("*.txt")] == ["a.txt"]
    assert [each.key for each in folder.objects(suffix="c.txt", parallel=2, ordered=False)] == ["a/b/c.txt"]
    now = datetime.now(timezone.utc)
    assert not folder.objects(modified_after=now + timedelta(hours=1))
    assert not folder.objects(modified_before=now - timedelta(hours=1))


@pytest.mark.parametrize("name", ["[x]", "a*", "q?", "{1,2}", "**", "[", "]", "{", "a]b[c"])
def test_the_prefix_of_a_glob_is_no_pattern(name: str) -> None:
    listed = Listed([f"{name}/x.gz", f"{name}/y/x.gz", "x/x.gz", "ab/x.gz", "qq/x.gz", "1/x.gz"])
    folder = listed.bucket.folder(name)
    assert [each.key for each in folder.glob("*.gz")] == [f"{name}/x.gz"]
    assert [each.key for each in folder.glob("**/x.gz")] == [f"{name}/x.gz", f"{name}/y/x.gz"]


def test_syncs_of_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    folder = bucket.folder("www")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/i.html").write_text("<h1>")
    assert len(folder.sync_from(tmp_path / "site", dry_run=True)) == 1
    assert "www/i.html" not in bucket
    folder.sync_from(tmp_path / "site", cache_control="max-age=60")
    assert bucket["www/i.html"].raw["CacheControl"] == "max-age=60"
    assert len(folder.sync_to(tmp_path / "down", dry_run=True)) == 1
    assert folder.sync_to(tmp_path / "down").size == 4
    assert (tmp_path / "down/i.html").read_text() == "<h1>"


# -- the objects of a bucket -------------------------------------------------------------------------------------


def test_objects_by_suffix_and_time(bucket: Bucket) -> None:
    assert [each.key for each in bucket.objects(suffix="d.txt")] == ["a/b/d.txt"]
    assert [each.key for each in bucket.objects("a", suffix=("c.txt", "a.txt"))] == ["a.txt", "a/b/c.txt"]
    assert bucket.objects(suffix=()).to_list() == []
    now = datetime.now(timezone.utc)
    assert len(bucket.objects(modified_after=now - timedelta(hours=1)).to_list()) == len(KEYS)
    assert not bucket.objects(modified_after=now + timedelta(hours=1))
    assert not bucket.objects(modified_before=now - timedelta(hours=1))
    assert len(bucket.objects(modified_before=now + timedelta(hours=1)).to_list()) == len(KEYS)


@pytest.mark.parametrize("name", ["modified_after", "modified_before"])
def test_a_time_without_a_zone_is_refused(faults: FaultServer, name: str) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match="time zone") as caught:
        bucket.objects(**{name: datetime(2026, 1, 1)})  # type: ignore[arg-type]  # noqa: DTZ001
    assert "timezone.utc" in str(caught.value.hint)
    assert faults.requests == []


@pytest.mark.parametrize("name", ["modified_after", "modified_before"])
@pytest.mark.parametrize(
    ("moment", "fix"),
    [
        (date(2026, 3, 1), "datetime(2026, 3, 1, tzinfo=timezone.utc)"),
        (timedelta(days=1), "datetime.now(timezone.utc) - timedelta(...)"),
        ("2026-03-01", "datetime.fromisoformat(...)"),
        (1.5, "tzinfo=timezone.utc"),
    ],
)
def test_what_is_no_time_is_refused(faults: FaultServer, name: str, moment: Any, fix: str) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    for work in (bucket.objects, bucket.folder("a").objects):
        with pytest.raises(InvalidRequest, match="no datetime") as caught:
            work(**{name: moment})
        assert str(caught.value.hint).startswith(f"{name}=")
        assert fix in str(caught.value.hint)
    assert faults.requests == []


@pytest.mark.parametrize("wrong", ["2", 1.5, -1])
def test_what_is_no_limit_is_refused(faults: FaultServer, wrong: Any) -> None:
    bucket = Bucket("acme", cloud=faults.cloud())
    for work in (bucket.objects, bucket.folder("a").objects):
        with pytest.raises(InvalidRequest, match="whole number, 0 or more"):
            work(limit=wrong)
    for suffix in (5, [5], Path(".gz")):
        with pytest.raises(InvalidRequest, match="suffix is text"):
            bucket.objects(suffix=suffix)  # type: ignore[arg-type]
    assert faults.requests == []


def test_limit_counts_what_is_left(bucket: Bucket) -> None:
    assert [each.key for each in bucket.objects(suffix="y.txt", limit=1)] == ["z/y.txt"]
    listed = Listed([f"k{number:03d}" for number in range(100)], page=10)
    assert [each.key for each in listed.bucket.objects(suffix="7", limit=2)] == ["k007", "k017"]
    assert len(listed.asked) == 2
    assert len(listed.bucket.objects(suffix="7", limit=3, parallel=4).to_list()) == 3


@given(
    st.sets(st.text("ab/é", min_size=1, max_size=5), max_size=40),
    st.integers(1, 5),
    st.sampled_from(["", "a", "ab"]),
)
def test_parallel_gives_the_same(keys: set[str], page: int, prefix: str) -> None:
    listed = Listed(sorted(keys), page)
    serial = [each.key for each in listed.bucket.objects(prefix)]
    assert [each.key for each in listed.bucket.objects(prefix, parallel=4)] == serial
    assert sorted(each.key for each in listed.bucket.objects(prefix, parallel=4, ordered=False)) == serial
    ended = [each.key for each in listed.bucket.objects(prefix, suffix="a", parallel=3)]
    assert ended == [key for key in serial if key.endswith("a")]


def test_parallel_on_a_server(bucket: Bucket) -> None:
    assert [each.key for each in bucket.objects(parallel=8)] == sorted(KEYS)
    assert [each.size for each in bucket.objects("a/", parallel=8, limit=1)] == [9]
    assert [each.key for each in bucket.objects(parallel=1)] == sorted(KEYS)
    for wrong in (0, 65):
        with pytest.raises(InvalidRequest, match="parallel"):
            bucket.objects(parallel=wrong)
    missing = Bucket(f"{bucket.name}-gone")
    with pytest.raises(BucketNotFound):
        missing.objects(parallel=4).to_list()


def test_a_page_without_rows_is_not_the_end(faults: FaultServer) -> None:
    def page(rest: str) -> Reply:
        return Reply.xml(f"<ListBucketResult>{rest}</ListBucketResult>")

    faults.replies(
        page("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"),
        page("<IsTruncated>false</IsTruncated><Contents><Key>k</Key><Size>1</Size></Contents>"),
    )
    bucket = Bucket("acme", cloud=faults.cloud())
    assert [each.key for each in bucket.objects(parallel=4)] == ["k"]
    assert faults.requests[1].query["continuation-token"] == ["t"]
