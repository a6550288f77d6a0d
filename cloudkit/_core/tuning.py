"""Botocore made faster through its own seams: what it does slowly for each answer, done quickly, with the same result.

All of it is optional. Where a seam is not there, or an answer is not of the usual form, botocore does its own work.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from attrs import frozen

# S3 is asked before a body of this size is sent whether it wants it; asking costs a round trip.
ASK_BEFORE_BYTES = 1024**2

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_HTTP_DATE_LENGTH = len("Mon, 23 Nov 2026 10:00:00 GMT")


# -- times -----------------------------------------------------------------------------------------------------


def fast_timestamp(slow: Callable[[Any], datetime]) -> Callable[[Any], datetime]:
    """A parser of AWS's two usual forms of a time, which leaves all others to `slow`."""

    def parse(value: Any) -> datetime:
        if isinstance(value, str):
            try:
                if value[4:5] == "-" and value[-1:] == "Z" and value[10:11] == "T":
                    return datetime.fromisoformat(value[:-1]).replace(tzinfo=timezone.utc)
                if len(value) == _HTTP_DATE_LENGTH and value[-4:] == " GMT":
                    return datetime(
                        int(value[12:16]),
                        _MONTHS[value[8:11]],
                        int(value[5:7]),
                        int(value[17:19]),
                        int(value[20:22]),
                        int(value[23:25]),
                        tzinfo=timezone.utc,
                    )
            except (ValueError, KeyError):
                pass
        return slow(value)

    return parse


def tune_session(session: Any) -> None:
    """Give a botocore session of ours the fast parser of times: botocore's own takes 100 us for each."""
    from botocore import parsers

    factory = session.get_component("response_parser_factory")
    slow: Any = getattr(parsers, "DEFAULT_TIMESTAMP_PARSER")  # noqa: B009 - which has no types
    factory.set_parser_defaults(timestamp_parser=fast_timestamp(slow))


# -- S3 --------------------------------------------------------------------------------------------------------


_LINKS = ("-query", "-presign-post")
# Directory buckets and multi-region access points have signatures of their own.
_OTHER_SIGNATURES = ("v4a", "v4-s3express")


def _sign_links_by_version_4(signature_version: Any, **_: Any) -> str | None:
    """Botocore signs links by the outdated version 2 in some regions.

    A signature version in the Config would do away with that, and with the signatures that botocore chooses for
    directory buckets and multi-region access points too.
    """
    if not isinstance(signature_version, str) or signature_version.startswith(_OTHER_SIGNATURES):
        return None
    return next((f"s3v4{link}" for link in _LINKS if signature_version.endswith(link)), None)


class _Headers(Mapping[str, str]):
    """The headers of an answer, found without regard to case: botocore's own take 50 look-ups 100 us."""

    __slots__ = ("_as_sent", "_by_name")

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._as_sent = dict(headers.items())
        self._by_name = {name.lower(): value for name, value in self._as_sent.items()}

    def __getitem__(self, name: str) -> str:
        return self._by_name[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._as_sent)

    def __len__(self) -> int:
        return len(self._as_sent)


def _quicker_headers(response_dict: dict[str, Any], **_: Any) -> None:
    response_dict["headers"] = _Headers(response_dict["headers"])


def tune_client(client: Any, service: str, *, custom_endpoint: bool) -> None:
    """Put the quick handlers into a client, in place of botocore's slow ones."""
    if service != "s3":
        return
    events = client.meta.events
    events.register_last("before-parse", _quicker_headers)
    _replace_second_parse(events)
    # After all others, which look at the whole body: handlers of the shorter names are called later.
    events.register_last("before-parse", _read_rows)
    events.register_first("choose-signer.s3", _sign_links_by_version_4)
    events.register_last("after-call", _say_encoding)  # after the decoding, which is of a longer name
    events.register_last("before-call.s3", _send_small_bodies_at_once)
    events.register_last("before-parameter-build.s3.DeleteObjects", _set_aside_long_deletes)
    events.register_last("before-call.s3.DeleteObjects", _write_long_deletes)
    if custom_endpoint:
        events.register("before-sign.s3", _md5_for_required_checksums)


def _replace_second_parse(events: Any) -> None:
    """A 200 of S3's may hold an error. Botocore parses each body a second time to see; a look at both ends will do."""
    from botocore import handlers

    thorough = getattr(handlers, "_handle_200_error", None)
    if thorough is None:
        return
    events.unregister("before-parse.s3.*", thorough)

    def look(operation_model: Any, response_dict: dict[str, Any], **rest: Any) -> None:
        if not _is_plainly_an_answer(response_dict):
            thorough(operation_model=operation_model, response_dict=response_dict, **rest)

    events.register_first("before-parse.s3.*", look)


def _read_rows(operation_model: Any, **event: Any) -> None:
    read = _ROWS_OF.get(operation_model.name)
    if read is not None:
        read(**event)


_ROOT = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<([A-Za-z][\w.-]*)[\s/>]")


def _is_plainly_an_answer(response: dict[str, Any]) -> bool:
    body = response.get("body")
    if response.get("status_code") != 200 or not isinstance(body, bytes) or not body:
        return True  # an error says so itself; a stream and an empty body hold none
    root = _ROOT.match(body)
    return root is not None and root[1] != b"Error" and body.rstrip().endswith(b"</" + root[1] + b">")


def _send_small_bodies_at_once(params: dict[str, Any], **_: Any) -> None:
    headers = params["headers"]
    if "Expect" in headers and _length(params.get("body")) < ASK_BEFORE_BYTES:
        del headers["Expect"]


def _length(body: Any) -> float:
    if isinstance(body, (bytes, bytearray)):
        return len(body)
    try:
        here = body.tell()
        body.seek(0, 2)  # what it gives is not to be relied on: s3transfer's own files give None
        end = body.tell()
        body.seek(here)
    except (AttributeError, OSError, ValueError):
        return float("inf")
    return float(end - here)


def _md5_for_required_checksums(request: Any, operation_name: str, **_: Any) -> None:
    """S3-compatible servers want the Content-MD5 that S3 once wanted, where botocore now sends a CRC32."""
    sent = request.headers.get("x-amz-sdk-checksum-algorithm")
    if operation_name in _STREAMED or sent is None or not isinstance(request.body, (bytes, bytearray)):
        return
    for name in [name for name in request.headers if name.lower().startswith("x-amz-checksum-")]:
        del request.headers[name]
    del request.headers["x-amz-sdk-checksum-algorithm"]
    digest = hashlib.md5(request.body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()


# Their checksums are never required: who asked for one gets the one asked for.
_STREAMED = frozenset({"PutObject", "UploadPart"})


# -- long deletes ----------------------------------------------------------------------------------------------

_SET_ASIDE = "cloudkit_delete"
_DELETABLE = {"Key", "VersionId"}


def _set_aside_long_deletes(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Botocore checks and writes 1,000 keys in 10 ms: let it see one of them, and write all of them ourselves."""
    wanted: Any = params.get("Delete")
    objects: Any = dict[str, Any](wanted).get("Objects") if isinstance(wanted, dict) else None  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(objects, list) or len(objects) < 2 or not set(wanted) <= {"Objects", "Quiet"}:  # pyright: ignore[reportUnknownArgumentType]
        return
    if all(map(_is_plain, objects)):  # pyright: ignore[reportUnknownArgumentType]
        context[_SET_ASIDE] = objects
        params["Delete"] = {**wanted, "Objects": objects[:1]}


def _is_plain(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() <= _DELETABLE
        and bool(entry.get("Key"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        and all(isinstance(value, str) for value in entry.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    )


def _write_long_deletes(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    objects = context.pop(_SET_ASIDE, None)
    if objects is None:
        return
    start, end = params["body"].split(b"<Object>", 1)[0], params["body"].rsplit(b"</Object>", 1)[1]
    entries = "".join(
        f"<Object><Key>{_escaped(each['Key'])}</Key>"
        + (f"<VersionId>{_escaped(each['VersionId'])}</VersionId>" if "VersionId" in each else "")
        + "</Object>"
        for each in objects
    )
    params["body"] = start + entries.encode() + end


_TO_ESCAPE = re.compile(r"[&<>\r\n]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;", "\n": "&#xA;"}


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda sign: _ESCAPES[sign[0]], text) if _TO_ESCAPE.search(text) else text


# -- listings --------------------------------------------------------------------------------------------------

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
_NOTHING_ENCODED = "cloudkit_nothing_encoded"


def _say_encoding(parsed: dict[str, Any], **_: Any) -> None:
    if parsed.pop(_NOTHING_ENCODED, False):
        parsed["EncodingType"] = "url"


_Row = tuple[str, ...]


@frozen
class _Form:
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


@frozen
class _Kind:
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
# For who reads versions: in which order they and the delete markers stood, which botocore tells apart.
ORDER = "cloudkit_order"


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
            customized_response_dict[_NOTHING_ENCODED] = True
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
_ROWS_OF: dict[str, Callable[..., None]] = {
    "ListObjectsV2": _OBJECTS,
    "ListObjects": _OBJECTS,
    "DeleteObjects": _Rows(_Kind("Deleted", "Deleted", (_Form(_DELETED, _deleted),))),
    "ListObjectVersions": _Rows(
        _Kind("Version", "Versions", (_Form(_VERSION, _versions),)),
        _Kind("DeleteMarker", "DeleteMarkers", (_Form(_MARKER, _markers),)),
    ),
}
