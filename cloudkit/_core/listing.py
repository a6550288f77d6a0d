"""Listings: lazy, re-iterable, and the only place that knows of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import rows
from cloudkit._core.service import Service
from cloudkit.errors import InvalidRequest, MultipleFound, NotFound
from cloudkit.types import Answer

T = TypeVar("T")
U = TypeVar("U")


@frozen(eq=False, repr=False)
class Listing(Generic[T]):
    """Things of AWS's, fetched page by page as they are read; each iteration asks anew.

    Examples:
        >>> listing = Bucket.list()
        >>> [bucket.name for bucket in listing.limit(10)]
        ['acme-photos']
    """

    # Takes the number of items that will be read at most (None: all), gives pages of items.
    _fetch: Callable[[int | None], Iterator[Sequence[T]]]
    _of: str
    _limit: int | None = None

    def pages(self) -> Iterator[list[T]]:
        """The items, a list for each of AWS's pages. One request each."""
        left = self._limit
        if left == 0:
            return
        for page in self._fetch(left):
            if left is None:
                yield list(page)
                continue
            yield list(page[:left])
            left -= len(page)
            if left <= 0:
                return

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page

    def limit(self, count: int) -> Self:
        """The first `count` items; no more pages are fetched than they need.

        Args:
            count: 0 or more.

        Raises:
            InvalidRequest: A negative count.
        """
        if count < 0:
            raise InvalidRequest(f"limit({count}): it is 0 or more")
        return evolve(self, limit=count if self._limit is None else min(count, self._limit))

    def first(self) -> T | None:
        """The first item, or None."""
        return next(iter(self.limit(1)), None)

    def one(self) -> T:
        """The only item.

        Raises:
            NotFound: There is none.
            MultipleFound: There are several.
        """
        found = self.limit(2).to_list()
        if not found:
            raise NotFound(f"no {self._of} matches")
        if len(found) > 1:
            raise MultipleFound(
                f"several match, {found[0]!r} and {found[1]!r} among them", hint="narrow it, or use first()"
            )
        return found[0]

    def map(self, change: Callable[[T], U]) -> Listing[U]:
        """The listing of `change(item)`, as lazy as this one."""

        def fetch(limit: int | None) -> Iterator[Sequence[U]]:
            for page in self.pages() if limit is None else self.limit(limit).pages():
                yield [change(item) for item in page]

        return Listing(fetch, self._of)

    def fetched_in(self, context: Callable[[], AbstractContextManager[object]]) -> Self:
        """The same listing, each page of which is fetched within a context, which the reader's code is not."""

        def fetch(limit: int | None) -> Iterator[Sequence[T]]:
            pages = self._fetch(limit)
            while True:
                with context():
                    page = next(pages, None)
                if page is None:
                    return
                yield page

        return evolve(self, fetch=fetch)

    def batches(self, size: int) -> Iterator[list[T]]:
        """The items in lists of `size`; the last one may be shorter."""
        if size < 1:
            raise InvalidRequest(f"batches({size}): it is 1 or more")
        items = iter(self)
        while batch := list(islice(items, size)):
            yield batch

    def to_list(self) -> list[T]:
        """All items in a list."""
        return list(self)

    def __bool__(self) -> bool:
        """Whether there is any item. One request."""
        return any(True for _ in self.limit(1))

    @override
    def __repr__(self) -> str:
        return f"<Listing of {self._of}{'' if self._limit is None else f', at most {self._limit}'}>"


def paged(
    cloud: Cloud,
    service: Service,
    operation: str,
    path: str | Callable[[Answer], Iterable[Any]],
    build: Callable[[Any], T],
    *,
    of: str,
    build_page: Callable[[Sequence[Any]], list[T]] | None = None,
    keep: Callable[[T], bool] | None = None,
    page_rows: tuple[int, int] | None = None,
    about: object = None,
    aws: Mapping[str, Any] | None = None,
    **params: Any,
) -> Listing[T]:
    """The listing that an operation gives.

    Args:
        cloud: Where to ask.
        service: Whose operation it is.
        operation: boto3's name of it, paged by AWS or not.
        path: Where the rows stand in the answer, such as `"Reservations.Instances"`; or a function that finds them.
        build: Makes an item of a row.
        of: What the items are, for people.
        build_page: Makes the items of a whole page, in place of `build`, where there are very many.
        keep: Leaves items out that AWS cannot filter.
        page_rows: The least and the most rows a page that AWS takes, if a small `limit` shall fetch a small page.
        about: What the listing is of, for errors.
        aws: More raw parameters.
        **params: The operation's parameters.
    """

    def fetch(limit: int | None) -> Iterator[Sequence[T]]:
        size = None
        if limit is not None and page_rows is not None and keep is None:
            size = max(page_rows[0], min(limit, page_rows[1]))
        for page in cloud.pages(
            service, operation, page_size=size, aws=aws, about=of if about is None else about, **params
        ):
            found = rows(page, path) if isinstance(path, str) else path(page)
            items = [build(row) for row in found] if build_page is None else build_page(list(found))
            yield items if keep is None else [item for item in items if keep(item)]

    return Listing(fetch, of)
