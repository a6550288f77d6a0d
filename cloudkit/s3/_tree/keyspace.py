"""Keys as numbers, to say where between two keys another one may be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from math import isqrt

# Signs that are looked at after those that the keys of a page share.
_PRECISE_SIGNS = 6
# A gap of more pages than this is not believed to be evenly filled: keys come in clusters, of any depth.
_EVEN_PAGES = 4096
# A gap of fewer is not worth another request.
_LEAST_PAGES = 3


class Keyspace:
    """The keys below a prefix, as numbers: each sign that was seen is a digit, 0 is the end of the key.

    Python compares texts by code points, which is the order of their UTF-8, which is S3's.

    Args:
        prefix: What all of them begin with.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._signs: list[str] = []

    def learn(self, keys: Iterable[str]) -> None:
        """Note the signs of these keys."""
        new = {sign for key in keys for sign in key} - set(self._signs)
        if new:
            self._signs = sorted({*self._signs, *new})

    def guess(self, first: str, last: str, end: str | None, most_pages: int | None) -> tuple[int, str] | None:
        """Pages that may lie between `last` and `end`, and a place there that likely has keys on both sides.

        Args:
            first: Where the page begins that ends with `last`: it says how close keys are here.
            last: The last key known.
            end: Where the next known keys begin; None: nothing is known after it.
            most_pages: How far away the place may be.

        Returns:
            None if there is no use in one.
        """
        shared = _shared(first, end) if end is not None else self._prefix
        depth = len(_shared(first, last)) - len(shared) + _PRECISE_SIGNS
        start, low = self._number(first, shared, depth), self._number(last, shared, depth)
        high = self._base**depth - 1 if end is None else self._number(end, shared, depth)
        a_page = max(1, low - start)
        pages = (high - low) // a_page
        if pages < _LEAST_PAGES:
            return None
        # Evenly: the middle. In clusters: the middle of the exponents, which finds their borders in few steps.
        away = (high - low) // 2 if pages <= _EVEN_PAGES else a_page * isqrt(pages)
        if most_pages is not None:
            away = min(away, a_page * most_pages)
        place = shared + self._text(low + away, depth)
        return (pages, place) if last < place and (end is None or place < end) else None

    @property
    def _base(self) -> int:
        return len(self._signs) + 1

    def _number(self, key: str, shared: str, depth: int) -> int:
        number = 0
        digits = key[len(shared) : len(shared) + depth]
        for sign in digits:
            number = number * self._base + bisect_left(self._signs, sign) + 1
        for _ in range(depth - len(digits)):
            number *= self._base
        return number

    def _text(self, number: int, depth: int) -> str:
        signs: list[str] = []
        for _ in range(depth):
            number, digit = divmod(number, self._base)
            signs.append(self._signs[digit - 1] if digit else "")
        signs.reverse()
        # What comes after the end of a key is no key.
        whole = signs.index("") if "" in signs else len(signs)
        return "".join(signs[:whole])


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    for index, (sign, its) in enumerate(zip(one, other, strict=False)):
        if sign != its:
            return one[:index]
    return min(one, other, key=len)
