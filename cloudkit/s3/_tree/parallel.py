"""One listing over several connections: what lies between two known pages is asked for from many places at once.

Nothing is known of the keys beforehand. Pages are asked for behind each stretch of keys that is known, and at places
guessed between two stretches. A page begins a stretch of its own, wherever it lies, and stretches that meet become
one: no key is lost or comes twice, however badly the places were guessed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from attrs import define, field

from cloudkit._core.workers import Race
from cloudkit.errors import ServiceError
from cloudkit.s3._limits import LOOK_AHEAD_PAGES
from cloudkit.s3._tree.keyspace import Keyspace
from cloudkit.types import Answer

Page = tuple[Sequence[Answer], bool]
"""The rows behind a key that one request gives, and whether there are more. There are more only behind rows."""

# Requests that the front gets, while much that lies ahead is held, until the farthest of that is let go.
_PATIENT_REQUESTS = 24
# Pages ahead that is then guessed.
_NEAR_PAGES = 8
# Where guesses go wrong more often than this, only one row is asked for at the next ones, which costs little.
_FORGIVEN_MISSES = 2
_PROBED_ROWS = 1
# Of the rows of a page, one in so many is looked at for the signs that keys are made of.
_LOOKED_AT = 50


@define(eq=False)
class _Stretch:
    """All keys behind `after`, up to `last`; None: to the end of the listing."""

    after: str
    last: str | None
    first: str | None = None  # where the page begins that ends with `last`
    pages: deque[Sequence[Answer]] = field(factory=deque[Sequence[Answer]])
    rest: int = 0  # pages to go behind `last` until something is guessed there
    misses: int = 0  # guesses in a row that only gave what was known


def list_in_parallel(
    fetch: Callable[[str, int | None], Page], *, prefix: str, width: int, ordered: bool = True
) -> Iterator[Sequence[Answer]]:
    """The rows of a listing, page by page.

    Args:
        fetch: Makes the request for the page behind a key, `""` for the first page; of so many rows at most, or of
            as many as there may be.
        prefix: What all keys begin with.
        width: Requests under way at once.
        ordered: Whether rows come in the order of their keys, at most so many pages being held until it is their
            turn; else they come as they arrive.
    """
    known = _Stretches(prefix, width, ordered=ordered)
    with Race[str, Page](width, "cloudkit-list") as race:
        while not known.complete:
            while len(race) < width and (place := known.next_place(len(race))) is not None:
                race.start(place, fetch, place, known.rows_at(place))
            for place, (rows, more) in race.results():
                known.add(place, rows, more=more)
            yield from known.ready()


class _Stretches:
    """What is known of the listing, in the order of the keys."""

    def __init__(self, prefix: str, width: int, *, ordered: bool) -> None:
        self._all = [_Stretch("", "")]
        self._asked: dict[str, int | None] = {}  # with the rows that were asked for
        self._keyspace = Keyspace(prefix)
        self._most_held = width * LOOK_AHEAD_PAGES
        self._ordered = ordered
        self._arrived: deque[Sequence[Answer]] = deque()
        self._held = 0  # pages whose turn has not come
        self._front_requests = 0  # since it last met another stretch
        self._reach: int | None = None  # pages ahead that may be guessed; None: any
        self._misses = 0  # guesses that only gave what was known, less those that gave something

    @property
    def complete(self) -> bool:
        """Whether all of it is known."""
        return self._all[0].last is None

    # -- what to ask -----------------------------------------------------------------------------------------

    def next_place(self, under_way: int) -> str | None:
        """The key to ask behind next, or None if there is no use in asking now."""
        front = self._all[0].last
        if self._held + under_way >= self._most_held:
            place = front if front not in self._asked else None
        else:
            place = next((last for last in self._ends() if last not in self._asked), None)
        if place is not None:
            self._asked[place] = None
            if place == front:
                self._count_front()
        elif self._held + under_way < self._most_held and (place := self._guess()) is not None:
            self._asked[place] = _PROBED_ROWS if self._misses > _FORGIVEN_MISSES else None
        return place

    def rows_at(self, place: str) -> int | None:
        """The rows to ask for there; None: as many as there may be."""
        return self._asked[place]

    def _ends(self) -> Iterator[str]:
        return (each.last for each in self._all if each.last is not None)

    def _count_front(self) -> None:
        self._front_requests += 1
        if self._front_requests > _PATIENT_REQUESTS and self._held >= self._most_held // 2:
            self._let_go()

    def _let_go(self) -> None:
        """Forget what lies far ahead, and guess less far from now on: the listing is longer than memory."""
        self._front_requests = 0
        self._reach = _NEAR_PAGES
        while self._held > self._most_held // 2 and len(self._all) > 1:
            gone = self._all.pop()
            self._held -= len(gone.pages)
            self._asked = {place: rows for place, rows in self._asked.items() if place < gone.after}

    def _guess(self) -> str | None:
        best: tuple[int, str] | None = None
        for index, each in enumerate(self._all):
            end = self._after(index + 1)
            if each.last is None or each.first is None or each.rest or self._is_guessed(each.last, end):
                continue
            found = self._keyspace.guess(each.first, each.last, end, self._reach)
            if found is not None and (best is None or found > best):
                best = found
                if self._reach is not None:
                    break  # what is near comes first
        return None if best is None else best[1]

    def _after(self, index: int) -> str | None:
        return self._all[index].after if index < len(self._all) else None

    def _is_guessed(self, last: str, end: str | None) -> bool:
        return any(last < place and (end is None or place < end) for place in self._asked)

    # -- what has come ---------------------------------------------------------------------------------------

    def add(self, place: str, rows: Sequence[Answer], *, more: bool) -> None:
        """Take in the page behind `place`."""
        if place not in self._asked:
            return  # it was let go meanwhile
        probed = self._asked.pop(place) is not None
        if rows:
            _check_order(place, rows)
            some = rows if self._all[0].first is None else rows[::_LOOKED_AT]
            self._keyspace.learn(_key(row) for row in some)
        index = bisect_right(self._all, place, key=_begin) - 1
        found = self._all[max(0, index)]
        if found.last is not None and found.last < place:
            self._judge(found, self._after(index + 1), rows)
            index += 1
            self._all.insert(index, _Stretch(place, place))
        elif found.last == place:
            found.rest = max(0, found.rest - 1)
        self._extend(max(0, index), rows, more=more)
        if probed and rows and index < len(self._all) and self._all[index].last == _key(rows[-1]):
            self._all[index].first = None  # a page that is cut short does not say how close keys are

    def _judge(self, before: _Stretch, end: str | None, rows: Sequence[Answer]) -> None:
        """Learn from what came of a guess."""
        if not rows:
            return  # a bound was found, and cost nothing
        if end is None or _key(rows[0]) <= end:
            before.misses = 0
            self._misses = max(0, self._misses - 1)
            return
        before.misses += 1
        self._misses += 1
        before.rest = 1 + before.misses
        if self._reach is not None:
            self._reach *= 2

    def _extend(self, index: int, rows: Sequence[Answer], *, more: bool) -> None:
        """Add to a stretch what a page says of what lies behind it, up to the next one."""
        stretch, end = self._all[index], self._after(index + 1)
        if stretch.last is None:
            return
        reach = _key(rows[-1]) if more else None
        if reach is not None and reach <= stretch.last:
            return
        fresh = rows[bisect_right(rows, stretch.last, key=_key) :]
        if end is not None and (reach is None or reach >= end):
            fresh, reach = fresh[: bisect_right(fresh, end, key=_key)], end
        stretch.last = reach
        if fresh:
            stretch.first = _key(fresh[0])
            self._keep(stretch, fresh)
        if end is not None and reach == end:
            self._join(index)

    def _keep(self, stretch: _Stretch, rows: Sequence[Answer]) -> None:
        if self._ordered:
            stretch.pages.append(rows)
            self._held += 1
        else:
            self._arrived.append(rows)

    def _join(self, index: int) -> None:
        behind, stretch = self._all.pop(index + 1), self._all[index]
        stretch.last, stretch.first = behind.last, behind.first
        stretch.rest, stretch.misses = behind.rest, behind.misses
        stretch.pages.extend(behind.pages)
        if index == 0:
            self._front_requests = 0

    def ready(self) -> Iterator[Sequence[Answer]]:
        """The pages whose turn it is."""
        while self._arrived:
            yield self._arrived.popleft()
        while pages := self._all[0].pages:
            self._held -= 1
            yield pages.popleft()


def _begin(stretch: _Stretch) -> str:
    return stretch.after


def _key(row: Answer) -> str:
    key: str = row["Key"]
    return key


def _check_order(place: str, rows: Sequence[Answer]) -> None:
    if not place < _key(rows[0]) <= _key(rows[-1]):
        raise ServiceError(
            f"behind {place!r} came the keys {_key(rows[0])!r} to {_key(rows[-1])!r}, which are not in order",
            service="s3",
            operation="ListObjectsV2",
            hint="parallel=None takes the listing as it comes",
        )
