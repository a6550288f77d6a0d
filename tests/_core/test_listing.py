from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings, strategies as st

from cloudkit import Listing
from cloudkit._core.listing import paged
from cloudkit._core.service import service_named
from cloudkit.errors import AccessDenied, InvalidRequest, MultipleFound, NotFound
from tests.faults import FaultServer, Reply, Request

SQS = service_named("sqs")


class Source:
    """Pages of numbers, which counts what is fetched."""

    def __init__(self, pages: Sequence[Sequence[int]]) -> None:
        self.given = pages
        self.fetched = 0
        self.limits: list[int | None] = []

    def listing(self) -> Listing[int]:
        return Listing(self._fetch, "number")

    def _fetch(self, limit: int | None) -> Iterator[Sequence[int]]:
        self.limits.append(limit)
        for page in self.given:
            self.fetched += 1
            yield page


all_pages = st.lists(st.lists(st.integers(), max_size=5), max_size=6)


@given(all_pages)
@settings(deadline=None)
def test_each_iteration_gives_all_and_starts_anew(pages: list[list[int]]) -> None:
    source = Source(pages)
    listing = source.listing()
    everything = [item for page in pages for item in page]
    assert listing.to_list() == list(listing) == everything
    assert list(listing.pages()) == pages
    assert source.fetched == 3 * len(pages)


@given(all_pages, st.integers(0, 12), st.integers(0, 12))
@settings(deadline=None)
def test_a_limit_is_of_items_and_the_smaller_one_counts(pages: list[list[int]], one: int, other: int) -> None:
    source = Source(pages)
    everything = [item for page in pages for item in page]
    assert list(source.listing().limit(one)) == everything[:one]
    assert list(source.listing().limit(one).limit(other)) == everything[: min(one, other)]
    assert [item for page in source.listing().limit(one).pages() for item in page] == everything[:one]


def test_no_more_pages_are_fetched_than_are_read() -> None:
    source = Source([[1, 2], [3, 4], [5]])
    listing = source.listing()
    assert source.fetched == 0
    assert listing.first() == 1
    assert source.fetched == 1
    assert listing.limit(2).to_list() == [1, 2]
    assert source.fetched == 2
    assert listing.limit(3).to_list() == [1, 2, 3]
    assert source.fetched == 4
    assert listing.limit(0).to_list() == []
    assert source.fetched == 4
    assert bool(listing)
    assert source.fetched == 5
    assert source.limits == [1, 2, 3, 1]


def test_pages_without_items_are_passed_over() -> None:
    listing = Source([[], [], [7]]).listing()
    assert listing.first() == 7
    assert listing
    assert not Source([[], []]).listing()
    assert Source([]).listing().first() is None


def test_the_only_one() -> None:
    assert Source([[], [7]]).listing().one() == 7
    with pytest.raises(NotFound, match="no number matches"):
        Source([[]]).listing().one()
    source = Source([[1], [2], [3]])
    with pytest.raises(MultipleFound, match="1 and 2") as caught:
        source.listing().one()
    assert source.fetched == 2
    assert isinstance(caught.value, LookupError)
    assert "first()" in str(caught.value)


@pytest.mark.parametrize("count", [-1, -100])
def test_a_negative_limit(count: int) -> None:
    with pytest.raises(InvalidRequest, match="0 or more"):
        Source([]).listing().limit(count)


@given(all_pages, st.integers(0, 8))
@settings(deadline=None)
def test_a_map_is_as_lazy_and_as_limited(pages: list[list[int]], limit: int) -> None:
    source = Source(pages)
    listing = source.listing().map(str)
    assert source.fetched == 0
    everything = [str(item) for page in pages for item in page]
    assert listing.to_list() == everything
    assert listing.limit(limit).to_list() == everything[:limit]
    assert source.listing().limit(limit).map(str).to_list() == everything[:limit]
    assert source.listing().limit(limit).map(str).limit(2).to_list() == everything[: min(limit, 2)]


@given(all_pages, st.integers(1, 7))
@settings(deadline=None)
def test_batches_have_their_size(pages: list[list[int]], size: int) -> None:
    batches = list(Source(pages).listing().batches(size))
    assert [item for batch in batches for item in batch] == [item for page in pages for item in page]
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(1 <= len(batch) <= size for batch in batches)


def test_batches_of_nothing_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="1 or more"):
        next(Source([[1]]).listing().batches(0))


def test_repr_calls_nothing() -> None:
    source = Source([[1]])
    assert repr(source.listing()) == "<Listing of number>"
    assert repr(source.listing().limit(3)) == "<Listing of number, at most 3>"
    assert source.fetched == 0


# -- of an operation ---------------------------------------------------------------------------------------------


class Queues:
    """Answers ListQueues, page by page."""

    def __init__(self, number: int) -> None:
        self.names = [f"q{each}" for each in range(number)]

    def __call__(self, request: Request) -> Reply:
        start = int(request.json.get("NextToken", "0"))
        size = request.json.get("MaxResults", 2)
        more = {"NextToken": str(start + size)} if start + size < len(self.names) else {}
        return Reply.json({"QueueUrls": self.names[start : start + size], **more})


def test_a_small_limit_fetches_a_small_page_if_it_may(faults: FaultServer) -> None:
    faults.otherwise(Queues(20))
    cloud = faults.cloud()
    sized = paged(cloud, SQS, "list_queues", "QueueUrls", str.upper, of="queue", page_rows=(1, 10))
    assert sized.limit(3).to_list() == ["Q0", "Q1", "Q2"]
    assert faults.requests[-1].json == {"MaxResults": 3}
    assert len(sized.limit(15).to_list()) == 15
    assert faults.requests[-1].json == {"MaxResults": 10, "NextToken": "10"}
    assert len(sized.to_list()) == 20
    assert faults.requests[-1].json == {"NextToken": "18"}
    kept = paged(
        cloud,
        SQS,
        "list_queues",
        "QueueUrls",
        str.upper,
        of="queue",
        page_rows=(1, 10),
        keep=lambda name: name == "Q5",
    )
    assert kept.limit(1).to_list() == ["Q5"]
    assert "MaxResults" not in faults.requests[-1].json


def test_rows_by_a_function_and_left_out_parameters(faults: FaultServer) -> None:
    faults.otherwise(Queues(3))
    listing = paged(
        faults.cloud(),
        SQS,
        "list_queues",
        lambda page: reversed(page["QueueUrls"]),
        str,
        of="queue",
        QueueNamePrefix=None,
    )
    assert listing.to_list() == ["q1", "q0", "q2"]
    assert faults.requests[0].json == {}


def test_an_error_says_what_was_listed(faults: FaultServer) -> None:
    faults.otherwise(Reply.json_error("AccessDenied", status=403))
    with pytest.raises(AccessDenied) as caught:
        list(paged(faults.cloud(), SQS, "list_queues", "QueueUrls", str, of="queue"))
    assert (caught.value.operation, caught.value.resource) == ("ListQueues", "queue")
