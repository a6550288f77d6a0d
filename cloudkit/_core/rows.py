"""Rows of listings out of an answer's body: the usual form quickly, any other form by botocore.

Loaded with the first such answer: its patterns take a while to compile.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cloudkit._core.marks import NOTHING_ENCODED, ORDER

_OWNER = r"(?:<Owner>\s*(?:<ID>([^<]*)</ID>\s*)?(?:<DisplayName>([^<]*)</DisplayName>\s*)?</Owner>\s*)?"
_CHECKSUM = (
    r"((?:<ChecksumAlgorithm>[^<]*</ChecksumAlgorithm>\s*)*)(?:<ChecksumType>([^<]*)</ChecksumType>\s*)?"
)
_KEPT = r"<Size>(\d+)</Size>\s*" + _OWNER + r"(?:<StorageClass>([^<]*)</StorageClass>\s*)?" + _OWNER
_VERSIONED = r"<VersionId>([^<]*)</VersionId>\s*<IsLatest>(true|false)</IsLatest>\s*"
_MODIFIED = r"<LastModified>(\d{4}-\d\d-\d\dT[\d:.]+)Z</LastModified>\s*"
# In the order that S3 and its likes write them; another order is left to botocore. Most rows are of the first form.
_PLAIN_CONTENTS, _CHECKED_CONTENTS = (
    re.compile(
        rf"<Contents>\s*<Key>([^<]*)</Key>\s*{_MODIFIED}<ETag>([^<]*)</ETag>\s*{checked}<Size>(\d+)</Size>\s*"
        r"<StorageClass>([^<]*)</StorageClass>\s*</Contents>"
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
_DELETED = re.compile(r"<Deleted>\s*<Key>([^<]*)</Key>\s*(?:<VersionId>([^<]*)</VersionId>\s*)?</Deleted>")
_ELEMENT = re.compile(r"<(Version|DeleteMarker)>")
_ALGORITHM = re.compile(r"<ChecksumAlgorithm>([^<]*)<")


_URL = b"<EncodingType>url</EncodingType>"

_Row = tuple[str, ...]


class _Form(NamedTuple):
    """One form of a row.

    Attributes:
        pattern: What it looks like.
        make: Makes rows of what was found.
        signs: How many `<` a row has; None if they differ.
    """

    pattern: re.Pattern[str]
    make: Callable[[list[_Row]], list[dict[str, Any]]]
    signs: int | None = None

    def read(self, text: str, count: int) -> tuple[list[dict[str, Any]], int] | None:
        """The rows, if that many are of this form, and the number of `<` in them."""
        found: list[_Row] = self.pattern.findall(text)
        if len(found) != count:
            return None
        if self.signs is not None:
            return self.make(found), self.signs * count
        return self.make(found), sum(match[0].count("<") for match in self.pattern.finditer(text))


class _Kind(NamedTuple):
    """One kind of row: the element, its list in the answer, and its forms."""

    element: str
    name: str
    forms: Sequence[_Form]

    def read(self, text: str) -> tuple[list[dict[str, Any]], int] | None:
        """All rows of this kind, or None if one of them is of no form that is known."""
        count = text.count(f"<{self.element}>")
        if not count:
            return [], 0
        return next((read for form in self.forms if (read := form.read(text, count)) is not None), None)


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
            if order is not None:
                customized_response_dict[ORDER] = order
            if any(stranger in text for stranger in _STRANGERS):
                return
            text = text.replace("&quot;", '"')  # around each ETag
            made: dict[str, list[dict[str, Any]]] = {}
            signs = 0
            for kind in self._kinds:
                read = kind.read(text)
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
            _unescape(made)
        customized_response_dict.update(made)
        rest = body[:first] + body[last:]
        if _URL in rest and b"%" not in body and b"+" not in body:
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


def _unescape(made: dict[str, list[dict[str, Any]]]) -> None:
    for rows in made.values():
        for row in rows:
            row["Key"] = html.unescape(row["Key"])
            for name in ("ETag", "VersionId"):
                if name in row:
                    row[name] = html.unescape(row[name])
            if "Owner" in row:
                row["Owner"] = {field: html.unescape(value) for field, value in row["Owner"].items()}


def _plain_contents(found: list[_Row]) -> list[dict[str, Any]]:
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


def _checked_contents(found: list[_Row]) -> list[dict[str, Any]]:
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


def _contents(found: list[_Row]) -> list[dict[str, Any]]:
    return [
        _kept({"Key": key, "LastModified": _time(time), "ETag": etag}, kept)
        for key, time, etag, *kept in found
    ]


def _versions(found: list[_Row]) -> list[dict[str, Any]]:
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


def _markers(found: list[_Row]) -> list[dict[str, Any]]:
    return [
        _owned(
            {"Key": key, "VersionId": version, "IsLatest": latest == "true", "LastModified": _time(time)},
            owner_id,
            owner_name,
        )
        for key, version, latest, time, owner_id, owner_name in found
    ]


def _deleted(found: list[_Row]) -> list[dict[str, Any]]:
    return [{"Key": key, "VersionId": version} if version else {"Key": key} for key, version in found]


def _time(value: str) -> datetime:
    return datetime.fromisoformat(f"{value}+00:00")


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
            _Form(_CHECKED_CONTENTS, _checked_contents, 16),
            _Form(_PLAIN_CONTENTS, _plain_contents, 12),
            _Form(_CONTENTS, _contents),
        ),
    )
)
ROWS_OF: dict[str, Callable[..., None]] = {
    "ListObjectsV2": _OBJECTS,
    "ListObjects": _OBJECTS,
    "DeleteObjects": _Rows(_Kind("Deleted", "Deleted", (_Form(_DELETED, _deleted),))),
    "ListObjectVersions": _Rows(
        _Kind("Version", "Versions", (_Form(_VERSION, _versions),)),
        _Kind("DeleteMarker", "DeleteMarkers", (_Form(_MARKER, _markers),)),
    ),
}
