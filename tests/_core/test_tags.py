from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit._core.tags import Tags
from cloudkit.errors import InvalidRequest


class Shelf:
    """Where tags are kept, which counts the requests."""

    def __init__(self, **tags: str) -> None:
        self.kept = dict(tags)
        self.calls: list[str] = []

    def load(self) -> dict[str, str]:
        self.calls.append("load")
        return dict(self.kept)

    def put(self, tags: dict[str, str]) -> None:
        self.calls.append("put")
        self.kept.update(tags)

    def remove(self, keys: Sequence[str]) -> None:
        self.calls.append("remove")
        for key in keys:
            self.kept.pop(key, None)

    def tags(self) -> Tags:
        return Tags(self.load, self.put, self.remove)


def test_they_are_read_once_and_written_as_they_are_set() -> None:
    shelf = Shelf(team="web")
    tags = shelf.tags()
    assert shelf.calls == []
    assert repr(tags) == "Tags(not read yet)"
    assert (tags["team"], len(tags), list(tags), "team" in tags, tags.get("x")) == (
        "web",
        1,
        ["team"],
        True,
        None,
    )
    assert shelf.calls == ["load"]
    tags["cost"] = "7"
    assert shelf.kept == {"team": "web", "cost": "7"}
    assert dict(tags) == {"team": "web", "cost": "7"}
    assert shelf.calls == ["load", "put", "load"]
    del tags["team"]
    assert tags == {"cost": "7"}
    assert repr(tags) == "Tags({'cost': '7'})"


def test_several_at_once_are_one_request() -> None:
    shelf = Shelf(a="1")
    tags = shelf.tags()
    tags.merge({"b": "2", "c": "3"})
    tags.merge({})
    tags.discard(["a", "never"])
    tags.discard([])
    assert shelf.calls == ["put", "remove"]
    assert shelf.kept == {"b": "2", "c": "3"}


def test_replace_and_clear_leave_aws_s_own_alone() -> None:
    shelf = Shelf(a="1", b="2", **{"aws:stack": "x"})
    shelf.tags().replace({"b": "3", "c": "4"})
    assert shelf.kept == {"b": "3", "c": "4", "aws:stack": "x"}
    shelf.tags().clear()
    assert shelf.kept == {"aws:stack": "x"}
    shelf.tags().replace({})
    assert shelf.kept == {"aws:stack": "x"}


def test_what_is_missing_is_a_key_error() -> None:
    tags = Shelf().tags()
    with pytest.raises(KeyError, match="x"):
        tags["x"]
    with pytest.raises(KeyError, match="x"):
        del tags["x"]
    assert tags.pop("x", "none") == "none"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"": "v"}, "1 to 128"),
        ({"k" * 129: "v"}, "1 to 128"),
        ({"aws:team": "v"}, "aws:"),
        ({"AWS:team": "v"}, "aws:"),
        ({"k": "v" * 257}, "at most 256"),
    ],
)
def test_tags_that_aws_would_refuse_are_not_sent(wrong: dict[str, str], said: str) -> None:
    shelf = Shelf()
    tags = shelf.tags()
    for write in (tags.merge, tags.replace, tags.update):
        with pytest.raises(InvalidRequest, match=said):
            write(wrong)
    assert "put" not in shelf.calls


def test_an_error_of_writing_leaves_them_as_they_were() -> None:
    shelf = Shelf(a="1")

    def fail(tags: dict[str, str]) -> None:
        raise PermissionError("no")

    tags = Tags(shelf.load, fail, shelf.remove)
    with pytest.raises(PermissionError):
        tags["b"] = "2"
    assert dict(tags) == {"a": "1"}


texts = st.text("abc", min_size=1, max_size=3)


@given(st.dictionaries(texts, texts, max_size=4), st.lists(st.tuples(texts, st.none() | texts), max_size=8))
@settings(deadline=None)
def test_they_are_a_mapping(start: dict[str, str], steps: list[tuple[str, str | None]]) -> None:
    model, shelf = dict(start), Shelf(**start)
    tags = shelf.tags()
    for key, value in steps:
        if value is None:
            assert tags.pop(key, None) == model.pop(key, None)
        else:
            tags[key] = model[key] = value
        assert dict(tags) == model == shelf.kept


def test_what_is_replaced_at_once() -> None:
    shelf = Shelf(old="1", **{"aws:x": "own"})

    def replace(tags: dict[str, str]) -> None:
        shelf.calls.append("replace")
        shelf.kept = {"aws:x": "own", **tags}

    tags = Tags(shelf.load, shelf.put, shelf.remove, replace)
    tags.replace({"team": "web"})
    assert shelf.calls == ["replace"]
    assert dict(tags) == {"aws:x": "own", "team": "web"}
    tags.replace({**tags, "more": "1"})
    assert dict(tags) == {"aws:x": "own", "team": "web", "more": "1"}


def test_those_of_aws_may_be_named_as_they_are() -> None:
    shelf = Shelf(old="1", **{"aws:x": "own"})
    shelf.tags().replace({"aws:x": "own", "team": "web"})
    assert shelf.kept == {"aws:x": "own", "team": "web"}
    for wrong in ({"aws:x": "other"}, {"aws:y": "own"}, {"AWS:x": "own"}):
        with pytest.raises(InvalidRequest, match="for itself"):
            shelf.tags().replace(wrong)
    assert shelf.kept == {"aws:x": "own", "team": "web"}


@pytest.mark.parametrize(
    "wrong", ["team=web", [("team", "web")], {"size": 5}, {5: "size"}, {"a": None}, None, 5]
)
def test_what_is_no_tag_is_refused(wrong: Any) -> None:
    shelf = Shelf(a="1")
    for write in (shelf.tags().merge, shelf.tags().replace):
        with pytest.raises(InvalidRequest):
            write(wrong)
    assert shelf.calls == []


def test_a_text_is_one_key() -> None:
    shelf = Shelf(te="1", am="2", team="3")
    with pytest.raises(InvalidRequest, match="one key") as caught:
        shelf.tags().discard("team")
    assert "discard(['team'])" in str(caught.value.hint)
    assert shelf.kept == {"te": "1", "am": "2", "team": "3"}
