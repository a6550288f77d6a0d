"""Rows of listings out of an answer's body: the usual form quickly, any other form by botocore.

Loaded with the first such answer: its patterns take a while to compile.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from typing_extensions import Self, override

from cloudkit._core.marks import NOTHING_ENCODED, ORDER, lean

_OWNER = r"(?:<Owner>\s*(?:<ID>([^<]*)</ID>\s*)?(?:<DisplayName>([^<]*)</DisplayName>\s*)?</Owner>\s*)?"
_CHECKSUM = (
    r"((?:<ChecksumAlgorithm>[^<]*</ChecksumAlgorithm>\s*)*)(?:<ChecksumType>([^<]*)</ChecksumType>\s*)?"
)
_KEPT = r"<Size>(\d+)</Size>\s*" + _OWNER + r"(?:<StorageClass>([^<]*)</StorageClass>\s*)?" + _OWNER
_VERSIONED = r"<VersionId>([^<]*)</VersionId>\s*<IsLatest>(true|false)</IsLatest>\s*"
_MODIFIED = r"<LastModified>(\d{4}-\d\d-\d\dT[\d:.]+)Z</LastModified>\s*"
# Only what is a time indeed: it may be read much later.
_SURELY_MODIFIED = (
    r"<LastModified>([12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3})Z"
    r"</LastModified>\s*"
)
# In the order that S3 and its likes write them; another order is left to botocore. Most rows are of the first form.
_PLAIN_CONTENTS, _CHECKED_CONTENTS = (
    re.compile(
        rf"<Contents>\s*<Key>([^<]*)</Key>\s*{_SURELY_MODIFIED}<ETag>([^<]*)</ETag>\s*{checked}"
        r"<Size>(\d+)</Size>\s*<StorageClass>([^<]*)</StorageClass>\s*</Contents>"
    )
    for checked in (
        "",
        r"<ChecksumAlgorithm>([^<]*)</ChecksumAlgorithm>\s*<ChecksumType>([^<]*)</ChecksumType>\s*",
    )
)
_CONTENTS = re.compile(
    rf"<Contents>\s*<Key>([^<]*)</Key>\s*{_MODIFIED}<ETag>([^<]*)</ETag>\s*{_CHECKSUM}{_KEPT}</Contents>"
)
_VERSION = re.compile(
    rf"<Version>\s*<Key>([^<]*)</Key>\s*{_VERSIONED}{_MODIFIED}<ETag>([^<]*)</ETag>\s*{_CHECKSUM}{_KEPT}</Version>"
)
_MARKER = re.compile(rf"<DeleteMarker>\s*<Key>([^<]*)</Key>\s*{_VERSIONED}{_MODIFIED}{_OWNER}</DeleteMarker>")
_PLAIN_DELETED = re.compile(r"<Deleted>\s*<Key>([^<]*)</Key>()\s*</Deleted>")
_DELETED = re.compile(r"<Deleted>\s*<Key>([^<]*)</Key>\s*(?:<VersionId>([^<]*)</VersionId>\s*)?</Deleted>")
_ELEMENT = re.compile(r"<(Version|DeleteMarker)>")
_ALGORITHM = re.compile(r"<ChecksumAlgorithm>([^<]*)<")


_URL = b"<EncodingType>url</EncodingType>"

_Found = tuple[str, ...]
_Row = Mapping[str, Any]
_Fields = Mapping[str, tuple[int, Callable[[str], Any]]]


def _time(value: str) -> datetime:
    return datetime.fromisoformat(f"{value}+00:00")


class LeanRow(_Row):
    """A row that keeps the texts that were found, and makes values of them when they are read.

    It is what a Resource knows of itself, too: a listing of very many has one thing less a row that way.
    """

    __slots__ = ("_found",)

    whole: ClassVar[bool] = False
    at: ClassVar[float] = float("-inf")

    # The fields, with the place of each among the texts and what makes its value.
    _fields: ClassVar[_Fields]

    def __init__(self, found: _Found) -> None:
        self._found = found

    @property
    def data(self) -> Self:
        return self

    @override
    def __getitem__(self, name: str) -> Any:
        place, make = self._fields[name]
        return make(self._found[place])

    @override
    def __contains__(self, name: object) -> bool:
        return name in self._fields

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    @override
    def __len__(self) -> int:
        return len(self._fields)


class _PlainRow(LeanRow):
    __slots__ = ()
    _fields: ClassVar[_Fields] = {
        "Key": (0, str),
        "LastModified": (1, _time),
        "ETag": (2, str),
        "Size": (3, int),
        "StorageClass": (4, str),
    }


class _CheckedRow(LeanRow):
    __slots__ = ()
    _fields: ClassVar[_Fields] = {
        "Key": (0, str),
        "LastModified": (1, _time),
        "ETag": (2, str),
        "ChecksumAlgorithm": (3, lambda algorithm: [algorithm]),
        "ChecksumType": (4, str),
        "Size": (5, int),
        "StorageClass": (6, str),
    }


class _DeletedRow(LeanRow):
    __slots__ = ()
    _fields: ClassVar[_Fields] = {"Key": (0, str)}


class _Form(NamedTuple):
    """One form of a row.

    Attributes:
        pattern: What it looks like.
        make: Makes rows of what was found.
        signs: How many `<` a row has; None if they differ.
        lean: Makes lean rows of it, if there are such.
    """

    pattern: re.Pattern[str]
    make: Callable[[list[_Found]], list[dict[str, Any]]]
    signs: int | None = None
    lean: Callable[[_Found], LeanRow] | None = None

    def read(self, text: str, count: int, *, leanly: bool) -> tuple[Sequence[_Row], int] | None:
        """The rows, if that many are of this form, and the number of `<` in them."""
        found: list[_Found] = self.pattern.findall(text)
        if len(found) != count:
            return None
        made = self.make(found) if self.lean is None or not leanly else list(map(self.lean, found))
        if self.signs is not None:
            return made, self.signs * count
        return made, sum(match[0].count("<") for match in self.pattern.finditer(text))


class _Kind(NamedTuple):
    """One kind of row: the element, its list in the answer, and its forms."""

    element: str
    name: str
    forms: Sequence[_Form]

    def read(self, text: str, *, leanly: bool) -> tuple[Sequence[_Row], int] | None:
        """All rows of this kind, or None if one of them is of no form that is known."""
        count = text.count(f"<{self.element}>")
        if not count:
            return [], 0
        for form in self.forms:
            read = form.read(text, count, leanly=leanly)
            if read is not None:
                return read
        return None


# What only a parser of XML knows the meaning of.
_STRANGERS = ("&#", "\r")


class _Rows:
    """Takes the rows of a listing out of an answer's body, for botocore's event `before-parse`.

    Botocore's parser takes 60 ms for 1,000 rows, this 3. Every sign between the first row and the last one must be
    accounted for, or botocore reads them.
    """

    def __init__(self, *kinds: _Kind) -> None:
        self._kinds = kinds

    def __call__(
        self, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
    ) -> None:
        body = response_dict.get("body")
        if response_dict.get("status_code") != 200 or not isinstance(body, bytes):
            return
        first, last = self._region(body)
        if first < 0:
            return
        try:
            text = body[first:last].decode()
            order = self._order(text)
            if order is not None and lean.get():
                customized_response_dict[ORDER] = order
            if any(stranger in text for stranger in _STRANGERS):
                return
            text = text.replace("&quot;", '"')  # around each ETag
            rest = body[:first] + body[last:]
            is_url = _URL in rest
            is_plain = b"%" not in body and b"+" not in body
            leanly = lean.get() and "&" not in text and (is_plain or not is_url)
            made: dict[str, Sequence[_Row]] = {}
            signs = 0
            for kind in self._kinds:
                read = kind.read(text, leanly=leanly)
                if read is None:
                    return
                rows, own = read
                signs += own
                if rows:
                    made[kind.name] = rows
            if signs != text.count("<"):
                return
        except ValueError:  # no UTF-8, or no time
            return
        if "&" in text:
            made = {name: [_unescaped(row) for row in rows] for name, rows in made.items()}
        customized_response_dict.update(made)
        if is_url and is_plain:
            # Nothing is encoded: botocore need not decode each key to see that.
            rest = rest.replace(_URL, b"")
            customized_response_dict[NOTHING_ENCODED] = True
        response_dict["body"] = rest

    def _order(self, text: str) -> str | None:
        """A sign for each row, as they stand: the first of its element; None if they are all of one kind."""
        if len(self._kinds) < 2 or not all(f"<{kind.element}>" in text for kind in self._kinds):
            return None
        return "".join(found[0] for found in _ELEMENT.findall(text))

    def _region(self, body: bytes) -> tuple[int, int]:
        """Where the first row begins and the last one ends."""
        names = [kind.element for kind in self._kinds]
        starts = [at for name in names if (at := body.find(f"<{name}>".encode())) >= 0]
        ends = [at + len(name) + 3 for name in names if (at := body.rfind(f"</{name}>".encode())) >= 0]
        return (min(starts), max(ends)) if starts and ends else (-1, -1)


def _unescaped(row: _Row) -> _Row:
    return {
        name: html.unescape(value)
        if name in _ESCAPED
        else {field: html.unescape(each) for field, each in value.items()}
        if name == "Owner"
        else value
        for name, value in row.items()
    }


_ESCAPED = frozenset({"Key", "ETag", "VersionId"})


def _plain_contents(found: list[_Found]) -> list[dict[str, Any]]:
    at = datetime.fromisoformat
    return [
        {
            "Key": key,
            "LastModified": at(f"{time}+00:00"),
            "ETag": etag,
            "Size": int(size),
            "StorageClass": storage,
        }
        for key, time, etag, size, storage in found
    ]


def _checked_contents(found: list[_Found]) -> list[dict[str, Any]]:
    at = datetime.fromisoformat
    return [
        {
            "Key": key,
            "LastModified": at(f"{time}+00:00"),
            "ETag": etag,
            "ChecksumAlgorithm": [algorithm],
            "ChecksumType": kind,
            "Size": int(size),
            "StorageClass": storage,
        }
        for key, time, etag, algorithm, kind, size, storage in found
    ]


def _contents(found: list[_Found]) -> list[dict[str, Any]]:
    return [
        _kept({"Key": key, "LastModified": _time(time), "ETag": etag}, kept)
        for key, time, etag, *kept in found
    ]


def _versions(found: list[_Found]) -> list[dict[str, Any]]:
    return [
        _kept(
            {
                "ETag": etag,
                "Key": key,
                "VersionId": version,
                "IsLatest": latest == "true",
                "LastModified": _time(time),
            },
            kept,
        )
        for key, version, latest, time, etag, *kept in found
    ]


def _markers(found: list[_Found]) -> list[dict[str, Any]]:
    return [
        _owned(
            {"Key": key, "VersionId": version, "IsLatest": latest == "true", "LastModified": _time(time)},
            owner_id,
            owner_name,
        )
        for key, version, latest, time, owner_id, owner_name in found
    ]


def _deleted(found: list[_Found]) -> list[dict[str, Any]]:
    return [{"Key": key, "VersionId": version} if version else {"Key": key} for key, version in found]


def _kept(made: dict[str, Any], kept: list[str]) -> dict[str, Any]:
    algorithms, kind, size, id1, name1, storage, id2, name2 = kept
    if algorithms:
        made["ChecksumAlgorithm"] = _ALGORITHM.findall(algorithms)
    if kind:
        made["ChecksumType"] = kind
    made["Size"] = int(size)
    if storage:
        made["StorageClass"] = storage
    return _owned(made, id1 or id2, name1 or name2) if id1 or id2 or name1 or name2 else made


def _owned(made: dict[str, Any], owner_id: str, owner_name: str) -> dict[str, Any]:
    owner = {field: value for field, value in (("DisplayName", owner_name), ("ID", owner_id)) if value}
    if owner:
        made["Owner"] = owner
    return made


_OBJECTS = _Rows(
    _Kind(
        "Contents",
        "Contents",
        (
            _Form(_CHECKED_CONTENTS, _checked_contents, 16, _CheckedRow),
            _Form(_PLAIN_CONTENTS, _plain_contents, 12, _PlainRow),
            _Form(_CONTENTS, _contents),
        ),
    )
)
ROWS_OF: dict[str, Callable[..., None]] = {
    "ListObjectsV2": _OBJECTS,
    "ListObjects": _OBJECTS,
    "DeleteObjects": _Rows(
        _Kind(
            "Deleted", "Deleted", (_Form(_PLAIN_DELETED, _deleted, 4, _DeletedRow), _Form(_DELETED, _deleted))
        )
    ),
    "ListObjectVersions": _Rows(
        _Kind("Version", "Versions", (_Form(_VERSION, _versions),)),
        _Kind("DeleteMarker", "DeleteMarkers", (_Form(_MARKER, _markers),)),
    ),
}
