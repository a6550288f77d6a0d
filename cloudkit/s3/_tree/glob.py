"""Patterns of keys, and the objects that match one, found without listing what cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from cloudkit._core.listing import Listing
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import BucketAddress
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._directory import folder_of, is_directory
from cloudkit.s3._prefix import without_slash
from cloudkit.s3._tree.listing import folders, objects, objects_in, page_behind
from cloudkit.s3._tree.rows import objects_of

Thing = TypeVar("Thing", bound=ObjectAddress)

ANY_DEPTH = "**"
_MAGIC = re.compile(r"[*?\[]")
_SPECIAL = re.compile(r"[*?\[{]")
# The last sign there is: what is in a folder comes before the folder's name with it behind.
_LAST_SIGN = "\U0010ffff"
_BELOW_SURROGATES, _ABOVE_SURROGATES = 0xD7FF, 0xE000


@lru_cache(maxsize=256)
def pattern_of(text: str) -> re.Pattern[str]:
    """The pattern as a regular expression for whole keys.

    Raises:
        InvalidRequest: An empty pattern, or one that other tools read in another way.
    """
    if not text:
        raise InvalidRequest("an empty pattern matches no key", hint="'**' matches all")
    if "***" in text:
        raise InvalidRequest(
            f"pattern {text!r}: '***' means nothing more than '**', which stands for any number of parts",
            hint="'[*]' is the sign itself",
        )
    parts = text.split("/")
    made: list[str] = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        _check_part(text, part)
        if part != ANY_DEPTH:
            made.append(_component(part) + ("" if last else "/"))
        elif last:
            made.append(".+")
        elif index == 0 or parts[index - 1] != ANY_DEPTH:
            made.append("(?:.*/)?")
    return re.compile("".join(made), re.DOTALL)


def _check_part(text: str, part: str) -> None:
    """Refuse what other tools read as one of several words, and a set without an end."""
    open_brace = False
    at = 0
    while at < len(part):
        sign = part[at]
        at += 1
        if sign == "[":
            end = _end_of_set(part, at)
            if end < 0:
                raise InvalidRequest(
                    f"pattern {text!r}: the '[' in {part!r} has no ']'", hint="'[[]' is the sign itself"
                )
            at = end + 1
        elif sign == "}" and open_brace:
            raise InvalidRequest(
                f"pattern {text!r}: braces do not stand for one of several words",
                hint="give a pattern for each word; '[{]' is the sign itself",
            )
        open_brace = open_brace or sign == "{"


def _component(part: str) -> str:
    """One part between slashes: `*`, `?` and `[...]` stand for signs other than the slash."""
    if part == "*":
        return "[^/]+"  # names are not empty
    made: list[str] = []
    at = 0
    while at < len(part):
        sign = part[at]
        at += 1
        if sign == "*":
            if not made or made[-1] != "[^/]*":
                made.append("[^/]*")
        elif sign == "?":
            made.append("[^/]")
        elif sign == "[":
            end = _end_of_set(part, at)
            made.append(_set(part[at:end]))
            at = end + 1
        else:
            made.append(re.escape(sign))
    return "".join(made)


def _end_of_set(part: str, at: int) -> int:
    """Where the `]` is that ends a set; a `]` at its begin is one of its signs."""
    begin = at + 1 if part[at : at + 1] == "!" else at
    return part.find("]", begin + 1)


def _set(inside: str) -> str:
    negated = inside.startswith("!")
    signs = inside.removeprefix("!")
    made: list[str] = []
    at = 0
    while at < len(signs):
        if at + 2 < len(signs) and signs[at + 1] == "-":
            if signs[at] <= signs[at + 2]:  # an empty range has no sign
                made.append(f"{re.escape(signs[at])}-{re.escape(signs[at + 2])}")
            at += 3
        else:
            made.append(re.escape(signs[at]))
            at += 1
    if negated:
        return f"[^/{''.join(made)}]"
    return f"(?!/)[{''.join(made)}]" if made else "(?!)"


def is_plain(text: str) -> bool:
    """Whether the text stands for itself alone."""
    return _MAGIC.search(text) is None


def literal_prefix(text: str) -> str:
    """What all that matches begins with."""
    found = _MAGIC.search(text)
    return text if found is None else text[: found.start()]


def escaped(text: str) -> str:
    """The pattern that matches that text alone."""
    return _SPECIAL.sub(r"[\g<0>]", text)


def glob(bucket: BucketAddress[Thing], pattern: str, *, below: str = "") -> Listing[Thing]:
    """The objects whose keys behind `below` match, in the order of their keys.

    Folders that match a part of the pattern are listed by their names. In them objects are listed as they come, and
    over what cannot match the listing jumps: but for those names, there are never more requests than listing all
    takes.
    """
    pattern_of(without_slash("pattern", pattern))
    pattern = escaped(below) + pattern
    matches, prefix = pattern_of(pattern), literal_prefix(pattern)
    if is_directory(bucket.name):
        return _in_any_order(bucket, pattern)
    if is_plain(pattern):
        return _one(bucket, pattern)
    if "/" not in pattern[len(prefix) :] and not pattern.endswith(ANY_DEPTH):
        return objects_in(bucket, prefix, lambda each: matches.fullmatch(each.key) is not None)

    def fetch(_: int | None) -> Iterator[Sequence[Thing]]:
        jumps = _Jumps(pattern, _folders(bucket, pattern))
        after = jumps.begin()
        while after is not None:
            rows, more = page_behind(bucket, prefix, after)
            yield objects_of(bucket, [row for row in rows if matches.fullmatch(row["Key"])])
            after = jumps.behind(rows[-1]["Key"]) if more else None

    return Listing(fetch, "Object")


def _in_any_order(bucket: BucketAddress[Thing], pattern: str) -> Listing[Thing]:
    """What matches in a directory bucket, where listings cannot jump: all in the folder that the pattern begins with."""
    matches, folder = pattern_of(pattern), folder_of(literal_prefix(pattern))

    def keep(each: ObjectAddress) -> bool:
        return matches.fullmatch(each.key) is not None

    if "/" not in pattern[len(folder) :] and not pattern.endswith(ANY_DEPTH):
        return objects_in(bucket, folder, keep)
    return objects(bucket, folder, keep=keep, parallel=None, ordered=False)


def _one(bucket: BucketAddress[Thing], key: str) -> Listing[Thing]:
    """The object of that key, if it is there."""

    def fetch(_: int | None) -> Iterator[Sequence[Thing]]:
        first = objects(bucket, key, keep=None, parallel=None, ordered=True).first()
        yield [] if first is None or first.key != key else [first]

    return Listing(fetch, "Object")


def _folders(bucket: BucketAddress, pattern: str) -> Iterator[str] | None:
    """The folders that match the pattern's first part that is no plain text, if there are parts behind it."""
    prefix = literal_prefix(pattern)
    end = pattern.find("/", len(prefix)) + 1
    part = pattern[prefix.rfind("/") + 1 : end - 1]
    if not end or part == ANY_DEPTH:
        return None
    matches = pattern_of(pattern[:end])
    return (each for each in folders(bucket, prefix, str) if matches.fullmatch(each))


class _Jumps:
    """Where a listing of what matches goes on.

    Args:
        pattern: What is looked for.
        folders: Where alone it may be, in the order of their keys; None: anywhere.
    """

    def __init__(self, pattern: str, folders: Iterator[str] | None) -> None:
        self._parts = pattern.split("/")
        self._folders = folders
        rest = pattern[pattern.find("/", len(literal_prefix(pattern))) + 1 :]
        self._in_each = literal_prefix(rest)

    def begin(self) -> str | None:
        """What to list behind first; None if nothing matches."""
        return "" if self._folders is None else self._next_folder("")

    def behind(self, key: str) -> str | None:
        """What to list behind, everything up to `key` being known; None if nothing more matches."""
        place = self._possible(key)
        if place is None or self._folders is None or place < self._folder + _LAST_SIGN:
            return place
        return self._next_folder(place)

    def _next_folder(self, place: str) -> str | None:
        for folder in self._folders or ():
            if folder + _LAST_SIGN > place:
                self._folder = folder
                return max(place, _just_before(folder + self._in_each))
        return None

    def _possible(self, key: str) -> str | None:
        """The key, or a place behind it up to which no key matches."""
        begin = 0
        for index, part in enumerate(self._parts):
            if part == ANY_DEPTH:
                return key
            last = index == len(self._parts) - 1
            head = literal_prefix(part) + ("/" if is_plain(part) and not last else "")
            rest, over = key[begin:], key[:begin] + _LAST_SIGN if begin else None
            if not rest.startswith(head):
                return max(key, _just_before(key[:begin] + head)) if rest < head else _later(key, over)
            if is_plain(part):
                if last:
                    return _later(key, over)
                begin += len(head)
                continue
            end = key.find("/", begin) + 1
            if not end:
                return key
            if last or not pattern_of(part).fullmatch(key[begin : end - 1]):
                return max(key, key[:end] + _LAST_SIGN)
            begin = end
        return key


def _later(key: str, place: str | None) -> str | None:
    return None if place is None else max(key, place)


def _just_before(key: str) -> str:
    """What all keys from `key` on come behind, and hardly another one."""
    if not key:
        return ""
    sign = ord(key[-1])
    if sign == 0:
        return key[:-1]
    # Between these two are the surrogates, which no text has.
    before = _BELOW_SURROGATES if sign == _ABOVE_SURROGATES else sign - 1
    return key[:-1] + chr(before) + _LAST_SIGN
