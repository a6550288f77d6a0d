from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import example, given, settings, strategies as st

from cloudkit.errors import ServiceError, Throttled
from cloudkit.s3._limits import LOOK_AHEAD_PAGES
from cloudkit.s3._tree.keyspace import Keyspace
from cloudkit.s3._tree.parallel import Page, _Stretches, list_in_parallel
from cloudkit.types import Answer


class Lister:
    """Gives pages of keys, and counts."""

    def __init__(self, keys: Iterable[str], page: int) -> None:
        self.keys = sorted(set(keys))
        self.page = page
        self.requests = 0
        self.rows = 0
        self.lock = threading.Lock()

    def __call__(self, after: str, most: int | None = None) -> Page:
        first = bisect_right(self.keys, after) if after else 0
        end = first + min(self.page, most or self.page)
        rows: list[Answer] = [{"Key": key} for key in self.keys[first:end]]
        with self.lock:
            self.requests += 1
            self.rows += len(rows)
        return rows, end < len(self.keys)

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.keys) // self.page))


def listed(lister: Lister, width: int = 4, *, ordered: bool = True, prefix: str = "") -> list[str]:
    pages = list_in_parallel(lister, prefix=prefix, width=width, ordered=ordered)
    return [row["Key"] for page in pages for row in page]


# Signs around the surrogates, and above them: UTF-16 would order them otherwise.
SIGNS = st.sampled_from(
    ["a", "b", "0", "9", "/", "-", "~", "\x01", "é", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff"]
)
PARTS = st.text(SIGNS, max_size=4)
KEYS = st.one_of(
    st.lists(st.text(SIGNS, min_size=1, max_size=6), max_size=80),
    # Long shared prefixes, clusters of any depth.
    st.lists(
        st.builds(lambda a, b, n: f"{a * 30}{b}{n:03d}", PARTS, PARTS, st.integers(0, 200)), max_size=80
    ),
    st.builds(lambda n, stem: [f"{stem}{i}" for i in range(1, n)], st.integers(2, 200), PARTS),
)


@given(keys=KEYS, page=st.integers(1, 7), width=st.integers(2, 8), ordered=st.booleans())
@example(keys=["\U0010ffff", "\U0010ffff\U0010ffff", "a"], page=1, width=4, ordered=True)
@settings(max_examples=200)
def test_no_key_is_lost_and_none_comes_twice(keys: list[str], page: int, width: int, ordered: bool) -> None:
    lister = Lister([key for key in keys if key], page)
    found = listed(lister, width, ordered=ordered)
    assert (found if ordered else sorted(found)) == lister.keys


@given(keys=KEYS, prefix=st.sampled_from(["a", "ab/", "😀"]), page=st.integers(1, 5))
def test_below_a_prefix(keys: list[str], prefix: str, page: int) -> None:
    lister = Lister([prefix + key for key in keys], page)
    assert listed(lister, 6, prefix=prefix) == lister.keys


SHAPES = {
    "counter": [f"key-{i:06d}" for i in range(10_000)],
    "dates": [f"warehouse/events/dt=2026-01-{i // 500 + 1:02d}/part-{i % 500:05d}" for i in range(10_000)],
    "hashes": [f"{i * 2654435761 % 2**32:08x}" for i in range(10_000)],
    "one day": [f"d{d:02d}/{i:05d}" for d in range(20) for i in range(8000 if d == 7 else 20)],
    "two clusters": ["a/" * 40 + f"{i:06d}" for i in range(5000)] + [f"z{i}" for i in range(5000)],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ordered", [True, False])
def test_it_takes_few_more_requests_and_far_fewer_turns(shape: str, ordered: bool) -> None:
    lister = Lister(SHAPES[shape], 100)
    turns = in_turns(lister, 16, ordered=ordered)
    assert lister.requests <= 2 * lister.pages
    assert turns <= lister.pages * 0.55


@pytest.mark.parametrize("shape", ["counter", "dates", "hashes"])
def test_what_is_evenly_spread_takes_a_quarter_of_the_turns(shape: str) -> None:
    lister = Lister(SHAPES[shape], 100)
    assert in_turns(lister, 16, ordered=True) <= lister.pages / 4
    assert lister.requests <= 1.6 * lister.pages
    assert lister.rows <= 1.3 * len(lister.keys)


def in_turns(lister: Lister, width: int, *, ordered: bool) -> int:
    """How often one has to wait, if all that is under way comes at once."""
    known, turns = _Stretches("", width, ordered=ordered), 0
    found: list[str] = []
    while not known.complete:
        asked: list[str] = []
        while len(asked) < width and (place := known.next_place(len(asked))) is not None:
            asked.append(place)
        assert asked
        turns += 1
        for place in asked:
            rows, more = lister(place, known.rows_at(place))
            known.add(place, rows, more=more)
        found += [row["Key"] for page in known.ready() for row in page]
        assert known._held <= width * LOOK_AHEAD_PAGES + width
    assert (found if ordered else sorted(found)) == lister.keys
    return turns


@pytest.mark.parametrize("shape", ["counter", "hashes", "dates"])
def test_a_listing_longer_than_memory_stays_fast(shape: str) -> None:
    lister = Lister(SHAPES[shape], 5)  # 2,000 pages, of which 64 are held
    turns = in_turns(lister, 16, ordered=True)
    assert turns <= lister.pages / 3
    assert lister.requests <= 1.8 * lister.pages


def test_a_short_one_is_one_request() -> None:
    for keys in ([], ["a"], ["a", "b"]):
        lister = Lister(keys, 3)
        assert listed(lister) == keys
        assert lister.requests == 1


def test_no_more_is_fetched_than_is_looked_ahead() -> None:
    lister = Lister(SHAPES["counter"], 10)
    pages = list_in_parallel(lister, prefix="", width=4)
    first = next(pages)
    assert first[0]["Key"] == "key-000000"
    del pages
    assert lister.requests <= 4 * (LOOK_AHEAD_PAGES + 1)


def test_a_server_that_does_not_order_is_noticed() -> None:
    def fetch(after: str, most: int | None) -> Page:
        rows: Sequence[Answer] = [{"Key": "b"}, {"Key": "a"}]
        return rows, True

    with pytest.raises(ServiceError, match="not in order") as caught:
        list(list_in_parallel(fetch, prefix="", width=4))
    assert "parallel=None" in str(caught.value.hint)


def test_an_error_is_raised_and_ends_it() -> None:
    lister = Lister(SHAPES["counter"], 100)

    def fetch(after: str, most: int | None) -> Page:
        if after > "key-005":
            raise Throttled("slower")
        return lister(after, most)

    found: list[str] = []
    with pytest.raises(Throttled):
        found.extend(row["Key"] for page in list_in_parallel(fetch, prefix="", width=4) for row in page)
    assert found == lister.keys[: len(found)]


def test_guesses_lie_between() -> None:
    space = Keyspace("")
    space.learn([f"{sign}{digit}" for sign in "abc" for digit in range(10)])
    for last, end in (("a1", "b9"), ("a1", None), ("a1", "a9")):
        found = space.guess("a0", last, end, None)
        assert found is not None
        assert last < found[1]
        assert end is None or found[1] < end
    near = space.guess("a0", "a1", None, 3)
    far = space.guess("a0", "a1", None, None)
    assert near is not None
    assert far is not None
    assert near[1] < far[1]
    # The next page is all that can be there.
    assert space.guess("a0", "a5", "a6", None) is None
