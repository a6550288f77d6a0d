from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from cloudkit import Bucket
from cloudkit.errors import InvalidRequest
from cloudkit.s3._tree.choice import Choice
from cloudkit.s3._tree.glob import _just_before, escaped, pattern_of
from tests.conftest import Rig
from tests.s3.listings import Listed

MATCHES = [
    ("a.txt", "a.txt", True),
    ("a.txt", "axtxt", False),
    ("*.gz", "a.gz", True),
    ("*.gz", ".gz", True),
    ("*.gz", "x/a.gz", False),
    ("*", "", False),
    ("a/*", "a/", False),
    ("a/*", "a/b", True),
    ("a/*/c", "a//c", False),
    ("a/b*/c", "a/b/c", True),
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("a?c", "ac", False),
    ("[ab]x", "bx", True),
    ("[!ab]x", "bx", False),
    ("[!ab]x", "cx", True),
    ("a[!b]c", "a/c", False),
    ("a[+-0]c", "a/c", False),
    ("a[+-0]c", "a.c", True),
    ("[a-c]x", "bx", True),
    ("[c-a]x", "bx", False),
    ("[]]x", "]x", True),
    ("[!]]x", "]x", False),
    ("[[]x", "[x", True),
    ("[{]a,b}", "{a,b}", True),
    ("{a[}]", "{a}", True),
    ("}{", "}{", True),
    ("{x", "{x", True),
    ("[*]", "*", True),
    ("[*]", "a", False),
    ("[^a]", "^", True),
    ("[\\w]", "w", True),
    ("\\*", "\\a", True),
    ("a.c", "abc", False),
    ("**", "a", True),
    ("**", "a/b", True),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("a/**", "a/", False),
    ("**/a", "a", True),
    ("**/a", "x/y/a", True),
    ("**/a", "xa", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "a//b", True),
    ("a/**/b", "ab", False),
    ("a/**/**/b", "a/b", True),
    ("a**b", "axb", True),
    ("a**b", "a/b", False),
    ("/a/*", "/a/b", True),
    ("/a/*", "a/b", False),
    ("//*", "//b", True),
    ("A*", "ab", False),
    ("a\n*", "a\nb\n", True),
    ("*/", "a/", True),
]


@pytest.mark.parametrize(("pattern", "key", "wanted"), MATCHES)
def test_what_patterns_match(pattern: str, key: str, wanted: bool) -> None:
    assert (pattern_of(pattern).fullmatch(key) is not None) is wanted


def test_no_pattern() -> None:
    with pytest.raises(InvalidRequest, match="empty pattern"):
        Listed([]).bucket.glob("")


@pytest.mark.parametrize(
    ("pattern", "said", "fix"),
    [
        ("*.{gz,zip}", "braces", "'[{]'"),
        ("x/{1..3}/*", "braces", "'[{]'"),
        ("[x", "has no ']'", "'[[]'"),
        ("[!]", "has no ']'", "'[[]'"),
        ("a[x/y]", "has no ']'", "'[[]'"),
        ("a/***/b", "'**'", "'[*]'"),
        ("", "empty", "'**'"),
    ],
)
def test_patterns_that_other_tools_read_in_another_way(pattern: str, said: str, fix: str) -> None:
    listed = Listed([])
    works: list[Callable[[], object]] = [
        lambda: listed.bucket.glob(pattern),
        lambda: listed.bucket.folder("a").glob(pattern),
        lambda: Choice(exclude=pattern),
        lambda: Choice(include=[pattern]),
    ]
    for work in works:
        with pytest.raises(InvalidRequest, match=re.escape(said)) as caught:
            work()
        assert fix in str(caught.value.hint)
    assert listed.asked == []


@given(st.text(min_size=1, max_size=8).filter(lambda text: "***" not in text))
def test_an_escaped_text_matches_itself_alone(text: str) -> None:
    assert pattern_of(escaped(text)).fullmatch(text)
    assert not pattern_of(escaped(text)).fullmatch(f"{text}x")


# -- what is listed ----------------------------------------------------------------------------------------------

PIECES = st.sampled_from(["a", "b", "ab", "", "a.gz", "b.gz", "-", "z", "😀"])
KEYS = st.lists(st.lists(PIECES, min_size=1, max_size=4).map("/".join).filter(bool), max_size=40)
PATTERNS = (
    st.lists(
        st.sampled_from(["a", "b", "*", "**", "a*", "*.gz", "?", "[ab]", "[!a]*", "", "a?", "z*"]),
        min_size=1,
        max_size=4,
    )
    .map("/".join)
    .filter(lambda text: text and not text.startswith("/"))
)


@given(keys=KEYS, pattern=PATTERNS, page=st.integers(1, 4))
@example(keys=["a/a", "a/z/x", "b"], pattern="*/a", page=1)
@example(keys=["a\U0010ffff/a", "a/b"], pattern="*/b", page=1)
@settings(max_examples=600)
def test_it_finds_what_listing_all_would(keys: list[str], pattern: str, page: int) -> None:
    listed = Listed(keys, page)
    found = [each.key for each in listed.bucket.glob(pattern)]
    assert found == [key for key in listed.keys if pattern_of(pattern).fullmatch(key)]
    objects = [asked for asked in listed.asked if "Delimiter" not in asked]
    beside = len(listed.asked) - len(objects)
    listing_all = max(1, -(-len(listed.keys) // page))
    # Each page behind a place has no fewer keys behind it than a plain listing had left there.
    assert len(objects) <= listing_all
    assert beside <= listing_all


def requests(keys: list[str], pattern: str, page: int = 10) -> list[str]:
    """What is asked: the prefix, and how."""
    listed = Listed(keys, page)
    found = [each.key for each in listed.bucket.glob(pattern)]
    assert found == [key for key in listed.keys if pattern_of(pattern).fullmatch(key)]
    return [f"{asked.get('Prefix', '')}{' by /' if 'Delimiter' in asked else ''}" for asked in listed.asked]


TREE = [
    f"logs/{year}-{month:02d}/{kind}/{number:04d}.gz"
    for year in (2025, 2026)
    for month in range(1, 13)
    for kind in ("a", "x", "z")
    for number in range(100)
] + ["logs/readme.txt", "other/file"]


def test_only_what_can_match_is_listed() -> None:
    # 26 pages below each month, 720 in all.
    assert requests(TREE, "logs/2026-01/x/*.gz") == ["logs/2026-01/x/ by /"] * 10
    assert requests(TREE, "logs/*.txt") == ["logs/ by /"] * 3
    assert requests(TREE, "logs/readme.txt") == ["logs/readme.txt"]
    found = requests(TREE, "logs/2026-*/x/*.gz")
    assert found[0] == "logs/2026- by /"
    assert len(found) <= 2 + 12 * 11
    assert len(requests(TREE, "logs/2026-*/x/0000.gz")) <= 2 + 12 * 2
    assert len(requests(TREE, "logs/2026-*/**/0000.gz")) == 2 + 12 * 30
    assert len(requests(TREE, "*/*/x/0000.gz")) <= 2 + 24 * 4
    assert requests(TREE, "nothing/*/x") == ["nothing/ by /"]


def test_many_small_folders_are_listed_together() -> None:
    keys = [f"users/{number:03d}/{name}" for number in range(500) for name in ("in.txt", "out.txt")]
    found = requests(keys, "users/*/in.txt", page=100)
    assert found.count("users/ by /") == 5
    assert found.count("users/") <= 10


def test_on_a_server(rig: Rig) -> None:
    bucket = Bucket.create(rig.name("globbed"))
    keys = [
        "logs/2026-01/a/b/x.gz",
        "logs/2026-02/x.gz",
        "logs/2026-02/y.txt",
        "logs/2025-01/x.gz",
        "top.gz",
        "a b+c%/é.gz",
    ]
    bucket.write_many(dict.fromkeys(keys, "x"))
    listing = bucket.glob("logs/2026-*/**/*.gz")
    assert [each.key for each in listing] == keys[:2]
    assert [each.size for each in listing.limit(1)] == [1]
    assert [each.key for each in bucket.glob("*.gz")] == ["top.gz"]
    assert [each.key for each in bucket.glob("a b*/?.gz")] == [keys[-1]]
    assert bucket.glob("top.gz").one() == bucket["top.gz"]
    assert not bucket.glob("top")
    assert len(bucket.glob("**").to_list()) == len(keys)


@given(st.text(min_size=1, max_size=4))
def test_just_before(key: str) -> None:
    place = _just_before(key)
    assert place < key
    place.encode()


# -- what a sync takes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "excluded", "kept"),
    [
        ("*.pyc", ["a.pyc", "x/y/a.pyc", "x.pyc/inside"], ["a.py", "a.pyc.txt"]),
        (".git", [".git/config", "sub/.git/x", ".git"], [".github/x", "x.git"]),
        ("build/", ["build/x", "a/build/x/y"], ["build", "a/build"]),
        ("docs/*.md", ["docs/a.md"], ["docs/x/a.md", "a.md", "x/docs/a.md"]),
        ("/build", ["build", "build/x"], ["a/build"]),
        ("**/tmp/*", ["tmp/a", "x/tmp/b", "x/tmp/b/c"], ["tmp", "a/tmpx/b"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
    ],
)
def test_what_exclude_leaves_out(pattern: str, excluded: list[str], kept: list[str]) -> None:
    choice = Choice(exclude=pattern)
    assert [name for name in excluded if choice.takes(name)] == []
    assert [name for name in kept if choice.takes(name)] == kept
    only = Choice(include=[pattern])
    assert [name for name in excluded if only.takes(name)] == excluded
    assert [name for name in kept if only.takes(name)] == []


@given(
    st.sampled_from(["*", "a", "a/", "/a", "a/b", "**/b", "b*/"]),
    st.lists(PIECES.filter(bool), min_size=1, max_size=3),
)
def test_a_folder_that_is_skipped_has_nothing_that_is_taken(pattern: str, parts: list[str]) -> None:
    choice = Choice(exclude=[pattern])
    if choice.skips_folder("/".join(parts)):
        assert not choice.takes("/".join([*parts, "x"]))
        assert not choice.takes("/".join([*parts, "x", "y"]))


def test_choices_together() -> None:
    choice = Choice(include=("*.html", "img"), exclude=["draft*"])
    taken = ["a.html", "img/x.png", "x/img/y", "draft.html", "drafts/a.html", "a.css"]
    assert [name for name in taken if choice.takes(name)] == ["a.html", "img/x.png", "x/img/y"]
    with pytest.raises(InvalidRequest):
        Choice(exclude="")
    for wrong in (Path("a"), [Path("a")], 5):
        with pytest.raises(InvalidRequest, match="exclude is text"):
            Choice(exclude=wrong)  # type: ignore[arg-type]
    never = Choice(include=".locks/**", never=".locks/")
    assert (never.takes(".locks/x"), never.skips_folder(".locks"), never.skips_folder("a")) == (
        False,
        True,
        False,
    )
    assert pattern_of("a*") is pattern_of("a*")
