"""What every way of writing an object takes, and S3's form of it."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from typing_extensions import TypedDict

from cloudkit._core.params import compact, merge_raw, one_of
from cloudkit.errors import InvalidRequest
from cloudkit.s3._given import lasting, moment, spelled_right
from cloudkit.s3._headers import WRITE_MARK, check_header, disposition_hint, refuse_line_breaks, without_mark
from cloudkit.s3._limits import (
    MAX_METADATA_BYTES,
    MAX_OBJECT_TAGS,
    MAX_TAG_KEY_CHARACTERS,
    MAX_TAG_VALUE_CHARACTERS,
    WRITE_TOKEN_BYTES,
)
from cloudkit.s3.encryption import CustomerKey, Encryption, as_encryption, encryption_params
from cloudkit.types import Duration, TagMap

if TYPE_CHECKING:
    from cloudkit.s3._address.object import ObjectAddress

# Text in these encodings of the content, not of the name, is what a browser is told to unpack.
_PACKED = {
    "gzip": "application/gzip",
    "zstd": "application/zstd",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
}
# What becomes a header as it is, and what boto3 calls it.
_HEADERS = {
    "content_type": "ContentType",
    "content_encoding": "ContentEncoding",
    "content_disposition": "ContentDisposition",
    "cache_control": "CacheControl",
    "storage_class": "StorageClass",
    "acl": "ACL",
    "if_match": "IfMatch",
}
# The user guide, "Using Amazon S3 storage classes", and those that services of AWS's write.
STORAGE_CLASSES = (
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "EXPRESS_ONEZONE",
    "REDUCED_REDUNDANCY",
    "OUTPOSTS",
    "SNOW",
    "FSX_OPENZFS",
    "FSX_ONTAP",
    "AWS_BACKUP_WARM",
    "AWS_BACKUP_LOW_COST_WARM",
)
# The user guide, "Canned ACL".
_ACLS = (
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
)
CHECKSUMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
_BY_AWSCRT = ("crc32c", "crc64nvme")
_RESERVED_TAG_PREFIX = "aws:"
CONDITIONS = ("IfMatch", "IfNoneMatch")
# What a header's name is made of, RFC 9110 "token": S3 keeps metadata as headers.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What S3 makes a name of metadata a header with; it comes back without.
_METADATA_PREFIX = "x-amz-meta-"
# PutObjectTagging: of ASCII, tags have letters, digits, spaces and these.
_NO_TAG = re.compile(r"[^\w +\-=.:/@\x80-\U0010ffff]", re.ASCII)
# An ETag as others wrote it down: without its quotes, which belong to it.
_BARE_ETAG = re.compile(r"[0-9A-Za-z-]+")
# Characters that no XML can hold, so that S3's deletes could not name the key; and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")


class WriteOptions(TypedDict, total=False):
    """What every way of writing an object takes.

    Attributes:
        content_type: Such as `"text/csv"`. Default: guessed from the key.
        content_encoding: Such as `"gzip"`, if the bytes are packed and readers shall unpack them.
        content_disposition: Such as `'attachment; filename="report.csv"'`.
        cache_control: Such as `"no-store"`; or seconds, as a number or a `timedelta`, which are a `max-age`.
        expires: The moment when caches shall ask again, with its time zone.
        metadata: Names and values that are kept with the object; ASCII, 2 KB in all. Names come back in lower case.
        tags: Its tags: up to 10, keys of 1 to 128 characters, values of up to 256; letters, digits, spaces and
            `+-=._:/@`.
        storage_class: Such as `"STANDARD_IA"`. Default: `"STANDARD"`.
        encryption: An `Encryption`, or `"AES256"` or `"aws:kms"`. Default: as the bucket says.
        acl: Such as `"bucket-owner-full-control"`; refused by buckets whose ACLs are off, as they are by default.
        checksum: The algorithm that S3 keeps for it: `"crc32"`, `"sha1"`, `"sha256"`; `"crc32c"` and `"crc64nvme"`
            need awscrt. Default: crc32.
        if_absent: Write only if there is no such object yet.
        if_match: Write only if the object there has this ETag, with its quotes or without. None is refused here, and
            never taken for "not given": it would overwrite whatever is there. Of either condition, an answer that got
            lost is no error: what this call has written itself is recognised, by a random `cloudkit-write` that is
            kept in the metadata. It counts to their 2 KB, and `object.metadata` does not show it.
        aws: More parameters of PutObject, as boto3 takes them.
    """

    content_type: str | None
    content_encoding: str | None
    content_disposition: str | None
    cache_control: str | Duration | None
    expires: datetime | None
    metadata: TagMap | None
    tags: TagMap | None
    storage_class: str | None
    encryption: Encryption | str | None
    acl: str | None
    checksum: Literal["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] | None
    if_absent: bool
    if_match: str
    aws: Mapping[str, Any] | None


_KNOWN = frozenset(WriteOptions.__annotations__)


def write_params(target: ObjectAddress, options: WriteOptions) -> dict[str, Any]:
    """The parameters of PutObject (and CreateMultipartUpload) for these options, `IfMatch` and `IfNoneMatch` too.

    Raises:
        InvalidRequest: One that makes no sense, or S3 would refuse.
    """
    unknown = sorted(options.keys() - _KNOWN)
    if unknown:
        raise InvalidRequest(
            f"writing takes no {', '.join(unknown)}", hint=f"it takes {', '.join(sorted(_KNOWN))}"
        )
    if target.version_id is not None:
        raise InvalidRequest(
            "a version cannot be written", resource=str(target), hint="write the object itself"
        )
    _check_nameable(target)
    checksum = options.get("checksum")
    expires = options.get("expires")
    params: dict[str, Any] = {
        "ContentType": options.get("content_type") or guessed_type(target.key),
        "ContentEncoding": options.get("content_encoding"),
        "ContentDisposition": options.get("content_disposition"),
        "CacheControl": _cache_control(options.get("cache_control")),
        "Expires": None if expires is None else _expiry(expires),
        "Metadata": checked_metadata(options.get("metadata") or {}) or None,
        "Tagging": tagging(options.get("tags")),
        "StorageClass": options.get("storage_class"),
        "ACL": options.get("acl"),
        "ChecksumAlgorithm": None if checksum is None else _checked_algorithm(checksum).upper(),
        **_conditions(options),
    }
    for name, parameter in _HEADERS.items():
        hint = None if name != "content_disposition" else disposition_hint(params[parameter])
        check_header(name, params.get(parameter), hint=hint)
    _check_words(target, params)
    encryption = options.get("encryption")
    if encryption is not None:
        if target.customer_key is not None:
            raise InvalidRequest("an object with a customer key takes no other encryption")
        if isinstance(encryption, (bytes, CustomerKey)):
            raise InvalidRequest(
                "encryption= takes no key of your own, which belongs to the object",
                hint="Object('bucket', 'key', customer_key=...)",
            )
        params.update(encryption_params(as_encryption(encryption)))
    raw = options.get("aws") or {}
    for name, value in raw.items():
        texts: Any = value.values() if isinstance(value, Mapping) else (value,)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        for text in texts:
            refuse_line_breaks(name, text)
    merged = merge_raw(compact(params), raw)
    if any(name in merged for name in CONDITIONS):
        _check_size(marked(merged, "0" * 2 * WRITE_TOKEN_BYTES)["Metadata"])
    return merged


def _conditions(given: Mapping[str, object]) -> dict[str, str]:
    """What must hold, or nothing is written."""
    absent = given.get("if_absent")
    if absent is not None and not isinstance(absent, bool):
        raise InvalidRequest(f"if_absent={absent!r}: it is True or False")
    if "if_match" not in given:
        return {"IfNoneMatch": "*"} if absent else {}
    etag = given["if_match"]
    if etag is None:
        raise InvalidRequest(
            "if_match=None is no ETag: whatever is there would be overwritten",
            hint="leave it out if that is meant; if_absent=True where nothing is to be there",
        )
    if not isinstance(etag, str):
        raise InvalidRequest(f"if_match is of type {type(etag).__name__}, not text", hint="object.etag")
    if absent:
        raise InvalidRequest("if_absent and if_match cannot both hold", hint="give one of them")
    if etag == "":
        raise InvalidRequest("if_match is empty", hint="object.etag is what it takes")
    if etag.startswith("W/"):
        raise InvalidRequest(
            f"if_match={etag!r} is a weak ETag, which no write can be held to",
            hint="object.etag is a strong one",
        )
    return {"IfMatch": f'"{etag}"' if _BARE_ETAG.fullmatch(etag) else etag}


def _cache_control(given: object) -> Any:
    """The header; of seconds, how old a copy may get."""
    if isinstance(given, (int, float, timedelta)):
        seconds = lasting("cache_control", given)
        if seconds < 0:
            raise InvalidRequest(
                f"cache_control={given}: no copy is that young", hint="cache_control='no-store'"
            )
        return f"max-age={int(seconds)}"
    return given


def _expiry(given: object) -> datetime:
    """The moment; how long is another header's matter."""
    try:
        return moment("expires", given)
    except InvalidRequest as error:
        if isinstance(given, (int, float, timedelta)):
            error.hint = f"cache_control={given!r} says how long caches may keep it; {error.hint}"
        raise


def _check_words(target: ObjectAddress, params: Mapping[str, Any]) -> None:
    """Content type, storage class and ACL, as far as can be told here."""
    content_type = str(params["ContentType"])
    if "/" not in content_type:
        guess, _ = mimetypes.guess_type(f"name.{content_type.lstrip('.')}")
        raise InvalidRequest(
            f"content_type={content_type!r}: a content type has a slash",
            hint=f"such as {guess or 'text/csv'!r}",
        )
    others = target.cloud.has_custom_endpoint
    for name, known in (("storage_class", STORAGE_CLASSES), ("acl", _ACLS)):
        word = params[_HEADERS[name]]
        if word is not None:
            spelled_right(name, word, known, _HEADERS[name], open_ended=others)


def marked(params: Mapping[str, Any], token: str) -> dict[str, Any]:
    """Parameters of a write with the token of the call in their metadata."""
    return {**params, "Metadata": {**without_mark(params.get("Metadata") or {}), WRITE_MARK: token}}


def metadata_bytes(metadata: Mapping[str, str]) -> int:
    """How many bytes S3 counts."""
    return sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())


def checked_metadata(metadata: TagMap) -> dict[str, str]:
    """Metadata that S3 takes and gives back as it was: headers of ASCII text, 2 KB in all."""
    _check_mapping("metadata", metadata, "{'by': 'anna'}")
    for name, value in metadata.items():
        if not _is_header_name(name):
            raise InvalidRequest(f"metadata {name!r}: a name has letters, digits and hyphens")
        if name.lower().startswith(_METADATA_PREFIX):
            raise InvalidRequest(
                f"metadata {name!r}: S3 puts {_METADATA_PREFIX!r} before it by itself",
                hint=f"metadata={{{name[len(_METADATA_PREFIX) :]!r}: ...}}",
            )
        check_header(f"metadata {name!r}", value)
    _check_size(metadata)
    if len({name.lower() for name in metadata}) < len(metadata):
        raise InvalidRequest("two names of the metadata differ by case alone, which S3 does not keep")
    return dict(metadata)


def _is_header_name(name: object) -> bool:
    return isinstance(name, str) and _HEADER_NAME.fullmatch(name) is not None


def _check_mapping(name: str, given: object, example: str) -> None:
    if not isinstance(given, Mapping):
        raise InvalidRequest(
            f"{name} is of type {type(given).__name__}, not a mapping of text to text",
            hint=f"{name}={example}",
        )


def _check_size(metadata: TagMap) -> None:
    size = metadata_bytes(metadata)
    if size > MAX_METADATA_BYTES:
        own = f", {WRITE_MARK} of a write with a condition among them" if WRITE_MARK in metadata else ""
        raise InvalidRequest(f"the metadata has {size} bytes{own}: S3 takes {MAX_METADATA_BYTES}")


def tagging(tags: TagMap | None) -> str | None:
    """Tags as the header that writes take."""
    if not tags:
        return None
    _check_mapping("tags", tags, "{'team': 'web'}")
    if len(tags) > MAX_OBJECT_TAGS:
        raise InvalidRequest(f"{len(tags)} tags: an object has at most {MAX_OBJECT_TAGS}")
    for key, value in tags.items():
        check_tag(key, value)
    try:
        return urlencode(dict(tags))
    except UnicodeEncodeError:
        raise InvalidRequest("a tag holds a lone surrogate, which is no valid text") from None


def check_tag(key: str, value: str) -> None:
    """Refuse a tag that S3 would refuse."""
    for what, text in (("key", key), ("value", value)):
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
            raise InvalidRequest(
                f"tag {key!r}: its {what} is of type {type(text).__name__}, not text", hint=f"{str(text)!r}"
            )
    if not 1 <= len(key) <= MAX_TAG_KEY_CHARACTERS or key.lower().startswith(_RESERVED_TAG_PREFIX):
        raise InvalidRequest(
            f"tag {key[:40]!r}: a key has 1 to {MAX_TAG_KEY_CHARACTERS} characters, and does not begin with"
            f" {_RESERVED_TAG_PREFIX!r}"
        )
    if len(value) > MAX_TAG_VALUE_CHARACTERS:
        raise InvalidRequest(
            f"tag {key!r}: its value has {len(value)} characters, S3 takes {MAX_TAG_VALUE_CHARACTERS}"
        )
    for what, text in (("key", key), ("value", value)):
        odd = _NO_TAG.search(text)
        if odd is not None:
            raise InvalidRequest(
                f"tag {key!r}: its {what} has {odd[0]!r}, and tags have letters, digits, spaces and + - = . _ : / @"
            )


def params_for_many(options: WriteOptions) -> Callable[[ObjectAddress], dict[str, Any]]:
    """`write_params` for many objects of one bucket: what is the same for all of them is thought through once."""
    common: dict[str, Any] = {}

    def params_of(target: ObjectAddress) -> dict[str, Any]:
        if not common or target.version_id is not None or target.customer_key is not None:
            params = write_params(target, options)
            common.update(params)
            return params
        _check_nameable(target)
        if options.get("content_type"):
            return dict(common)
        return {**common, "ContentType": guessed_type(target.key)}

    return params_of


def _check_nameable(target: ObjectAddress) -> None:
    if _CONTROL.search(target.key):
        raise InvalidRequest(
            f"key {target.key[:40]!r} has a line break or control character: S3's deletes could not name it",
            resource=str(target),
        )


def guessed_type(key: str) -> str:
    """The content type that the key's ending speaks for."""
    name = key.rpartition("/")[2].lstrip(".")
    return _type_of(".".join(["name", *name.split(".")[1:][-_SUFFIXES:]]))


# Of "data.tar.gz" two count.
_SUFFIXES = 2


@lru_cache(1024)
def _type_of(name: str) -> str:
    guessed, encoding = mimetypes.guess_type(name)
    if encoding is not None:
        return _PACKED.get(encoding, "application/octet-stream")
    if guessed is not None and guessed.startswith("text/"):
        return f"{guessed}; charset=utf-8"
    return guessed or "application/octet-stream"


def _checked_algorithm(name: str) -> str:
    one_of("checksum", name, CHECKSUMS)
    if name in _BY_AWSCRT and find_spec("awscrt") is None:
        raise InvalidRequest(f"checksum={name!r} needs awscrt", hint="pip install awscrt")
    return name
