"""An object where a path is natural, and where it is none."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, Folder, Object
from cloudkit.errors import InvalidRequest
from tests.faults import FaultServer

tom = Object("acme", "a")


@pytest.mark.parametrize(
    ("key", "name", "stem", "suffix", "parent"),
    [
        ("a.tar.gz", "a.tar.gz", "a.tar", ".gz", ""),
        ("x/a.txt", "a.txt", "a", ".txt", "x/"),
        ("x/y/", "y", "y", "", "x/"),
        ("a/", "a", "a", "", ""),
        ("a", "a", "a", "", ""),
        ("x/.profile", ".profile", ".profile", "", "x/"),
        ("x/a b.É", "a b.É", "a b", ".É", "x/"),
        ("/a.b", "a.b", "a", ".b", "/"),
    ],
)
def test_its_parts(key: str, name: str, stem: str, suffix: str, parent: str) -> None:
    thing = Object("acme", key)
    assert (thing.name, thing.stem, thing.suffix, thing.parent.prefix) == (name, stem, suffix, parent)
    assert isinstance(thing.parent, Folder)


def test_what_is_below_it() -> None:
    assert tom / "b" == Object("acme", "a/b")
    assert tom / "b/c.d" == tom / "b" / "c.d"
    assert Object("acme", "a/") / "b" == tom / "b"
    assert tom / "b/" == Object("acme", "a/b/")
    assert tom / "..b" == Object("acme", "a/..b")
    owned = Object("acme", "a", expected_bucket_owner="1" * 12) / "b"
    assert owned.expected_bucket_owner == "1" * 12
    assert (tom.at("v1") / "b").version_id is None


@pytest.mark.parametrize("name", ["../x", "..", ".", "x/../y", "./x", "/abs", "//x", ""])
def test_what_leads_elsewhere_on_a_disk_is_refused(name: str) -> None:
    for place in (tom, Bucket("acme").folder("a")):
        with pytest.raises(InvalidRequest) as caught:
            place / name
        assert caught.value.hint == f"bucket[{f'a/{name}'!r}] is the object of just that key"
        assert Bucket("acme")[f"a/{name}"].key == f"a/{name}"


@pytest.mark.parametrize("other", [None, 5, b"x", PurePosixPath("x"), tom])
def test_only_text_is_a_name(other: Any) -> None:
    for place in (tom, Bucket("acme").folder("a")):
        with pytest.raises(TypeError):
            place / other


def test_as_text() -> None:
    assert str(tom) == f"{tom}" == "s3://acme/a"
    assert f"{tom:>12}|{tom!r}|{tom.at('v1')}" == (
        " s3://acme/a|<Object s3://acme/a>|s3://acme/a?versionId=v1"
    )
    assert "%s" % tom == "s3://acme/a"  # noqa: UP031 - one of the ways


def test_it_is_no_path_of_this_machine(faults: FaultServer) -> None:
    thing: Any = Object("acme", "a", cloud=faults.cloud())
    for use in (os.fspath, open, os.stat, os.path.exists):
        with pytest.raises(TypeError, match=r"download\(path\).*filesystem\(\)"):
            use(thing)
    with pytest.raises(TypeError):
        Path(thing)
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(thing)
    with pytest.raises(InvalidRequest, match="in S3 already") as caught:
        thing.upload(thing)
    assert "copy_to" in str(caught.value.hint)
    with pytest.raises(TypeError):
        thing.download(thing)
    with pytest.raises(TypeError):
        iter(thing)
    assert faults.requests == []


# -- equality and order ------------------------------------------------------------------------------------------

_things = st.builds(
    Object,
    st.sampled_from(["acme", "beta"]),
    st.text(st.sampled_from("ab/éz"), min_size=1, max_size=3),
    st.sampled_from([None, "v1", "v2"]),
)


@given(_things, _things, _things)
def test_the_laws_of_order(one: Object, two: Object, three: Object) -> None:
    assert (one == two) == (hash(one) == hash(two) and not (one < two or one > two))
    assert (one <= two) == (one < two or one == two)
    assert [one < two, one == two, one > two].count(True) == 1
    if one <= two <= three:
        assert one <= three


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), max_size=6))
def test_they_sort_as_s3_lists_them(keys: list[str]) -> None:
    found = sorted(Object("acme", key) for key in keys)
    assert [thing.key for thing in found] == sorted(keys, key=lambda key: key.encode())


def test_versions_stand_behind_their_object() -> None:
    assert sorted([tom.at("v1"), tom, Object("acme", "A")]) == [Object("acme", "A"), tom, tom.at("v1")]
    assert max(tom, Object("beta", "A")).bucket_name == "beta"


@pytest.mark.parametrize("other", ["s3://acme/a", None, 5, Bucket("acme")])
def test_nothing_else_is_before_or_after_it(other: Any) -> None:
    assert tom != other
    with pytest.raises(TypeError):
        tom < other  # noqa: B015 - it raises
    with pytest.raises(TypeError):
        sorted([tom, other])


# -- what it is, without its verbs ---------------------------------------------------------------------------------


class Mine(Object):
    """As a user may make one."""


def test_what_is_made_of_one_is_of_its_class() -> None:
    mine = Mine("acme", "a")
    for made in (mine / "b", mine.at("v1"), mine._sibling("c")):
        assert type(made) is Mine
        assert made.cloud is mine.cloud
    assert type(tom / "b") is type(Bucket("acme")["a"]) is Object


def test_a_bucket_says_of_which_class_its_objects_are() -> None:
    assert Bucket("acme")._kind() is Object
