"""Botocore made faster through its own seams: what it does slowly for each answer, done quickly, with the same result.

All of it is optional. Where a seam is not there, or an answer is not of the usual form, botocore does its own work.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cloudkit._core.marks import NOTHING_ENCODED
from cloudkit._core.times import fast_timestamp

# S3 is asked before a body of this size is sent whether it wants it; asking costs a round trip.
ASK_BEFORE_BYTES = 1024**2


# -- times -----------------------------------------------------------------------------------------------------


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


_PAYER = "x-amz-request-payer"


def _pay_by_link(request: Any, signature_version: Any, **_: Any) -> None:
    """Who follows a link sends no header of AWS's: that the requester pays has to stand in the address."""
    if _PAYER in request.headers and str(signature_version).endswith("-query"):
        value = request.headers[_PAYER]
        del request.headers[_PAYER]
        request.url += f"{'&' if '?' in request.url else '?'}{_PAYER}={value}"


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
    events = client.meta.events
    if service == "ec2":
        # After all others, above all after those that look whether the body is whole.
        events.register_last("before-parse", _read_reservations)
    if service != "s3":
        return
    events.register_last("before-parse", _quicker_headers)
    _replace_second_parse(events)
    # After all others, which look at the whole body: handlers of the shorter names are called later.
    events.register_last("before-parse", _read_rows)
    events.register_first("choose-signer.s3", _sign_links_by_version_4)
    events.register("before-sign.s3", _pay_by_link)
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
    if operation_model.name in _HAVE_ROWS:
        from cloudkit._core.rows import ROWS_OF

        ROWS_OF[operation_model.name](**event)


def _read_reservations(operation_model: Any, **event: Any) -> None:
    if operation_model.name == "DescribeInstances":
        from cloudkit._core.reservations import read_reservations

        read_reservations(operation_model, **event)


# Whose answers are mostly rows.
_HAVE_ROWS = frozenset({"DeleteObjects", "ListObjectVersions", "ListObjects", "ListObjectsV2"})


def _say_encoding(parsed: dict[str, Any], **_: Any) -> None:
    if parsed.pop(NOTHING_ENCODED, False):
        parsed["EncodingType"] = "url"


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
