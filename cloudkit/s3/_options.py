"""What every way of writing an object takes, and S3's form of it."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from typing_extensions import TypedDict

from cloudkit._core.params import compact, merge_raw, one_of
from cloudkit.errors import InvalidRequest
from cloudkit.s3._headers import check_header, refuse_line_breaks
from cloudkit.s3._limits import (
    MAX_METADATA_BYTES,
    MAX_OBJECT_TAGS,
    MAX_TAG_KEY_CHARACTERS,
    MAX_TAG_VALUE_CHARACTERS,
    WRITE_TOKEN_BYTES,
)
from cloudkit.s3.encryption import Encryption, as_encryption, encryption_params
from cloudkit.types import TagMap

if TYPE_CHECKING:
    from cloudkit.s3.object import Object

# Text in these encodings of the content, not of the name, is what a browser is told to unpack.
_PACKED = {
    "gzip": "application/gzip",
    "zstd": "application/zstd",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
}
# What becomes a header as it is.
_HEADERS = (
    "ContentType",
    "ContentEncoding",
    "ContentDisposition",
    "CacheControl",
    "StorageClass",
    "ACL",
    "IfMatch",
)
CHECKSUMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
_BY_AWSCRT = ("crc32c", "crc64nvme")
_RESERVED_TAG_PREFIX = "aws:"
CONDITIONS = ("IfMatch", "IfNoneMatch")
# Tells one's own conditional write from another's after an answer was lost: kept with the object, of each call another.
WRITE_MARK = "cloudkit-write"
# What a header's name is made of, RFC 9110 "token": S3 keeps metadata as headers.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Characters that no XML can hold, so that S3's deletes could not name the key; and line ends.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")


class WriteOptions(TypedDict, total=False):
    """What every way of writing an object takes.

    Attributes:
        content_type: Such as `"text/csv"`. Default: guessed from the key.
        content_encoding: Such as `"gzip"`, if the bytes are packed and readers shall unpack them.
        content_disposition: Such as `'attachment; filename="report.csv"'`.
        cache_control: Such as `"max-age=3600"`.
        expires: When caches shall ask again.
        metadata: Names and values that are kept with the object; ASCII, 2 KB in all.
        tags: Its tags: up to 10, keys of 1 to 128 characters, values of up to 256.
        storage_class: Such as `"STANDARD_IA"`. Default: `"STANDARD"`.
        encryption: An `Encryption`, or `"AES256"` or `"aws:kms"`. Default: as the bucket says.
        acl: Such as `"bucket-owner-full-control"`; refused by buckets whose ACLs are off, as they are by default.
        checksum: The algorithm that S3 keeps for it: `"crc32"`, `"sha1"`, `"sha256"`; `"crc32c"` and `"crc64nvme"`
            need awscrt. Default: crc32.
        if_absent: Write only if there is no such object yet.
        if_match: Write only if the object there has this ETag. Of either condition, an answer that got lost is no
            error: what this call has written itself is recognised, by a random `cloudkit-write` that is kept in the
            metadata. It counts to their 2 KB, and `object.metadata` does not show it.
        aws: More parameters of PutObject, as boto3 takes them.
    """

    content_type: str | None
    content_encoding: str | None
    content_disposition: str | None
    cache_control: str | None
    expires: datetime | None
    metadata: TagMap | None
    tags: TagMap | None
    storage_class: str | None
    encryption: Encryption | str | None
    acl: str | None
    checksum: Literal["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] | None
    if_absent: bool
    if_match: str | None
    aws: Mapping[str, Any] | None


_KNOWN = frozenset(WriteOptions.__annotations__)


def write_params(target: Object, options: WriteOptions) -> dict[str, Any]:
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
    if options.get("if_absent") and options.get("if_match") is not None:
        raise InvalidRequest("if_absent and if_match cannot both hold", hint="give one of them")
    if options.get("if_match") == "":
        raise InvalidRequest("if_match is empty", hint="object.etag is what it takes")
    _check_nameable(target)
    checksum = options.get("checksum")
    params: dict[str, Any] = {
        "ContentType": options.get("content_type") or guessed_type(target.key),
        "ContentEncoding": options.get("content_encoding"),
        "ContentDisposition": options.get("content_disposition"),
        "CacheControl": options.get("cache_control"),
        "Expires": options.get("expires"),
        "Metadata": checked_metadata(options.get("metadata") or {}) or None,
        "Tagging": tagging(options.get("tags")),
        "StorageClass": options.get("storage_class"),
        "ACL": options.get("acl"),
        "ChecksumAlgorithm": _checked_algorithm(checksum).upper() if checksum else None,
        "IfNoneMatch": "*" if options.get("if_absent") else None,
        "IfMatch": options.get("if_match"),
    }
    for name in _HEADERS:
        check_header(name, params[name])
    encryption = options.get("encryption")
    if encryption is not None:
        if target.customer_key is not None:
            raise InvalidRequest("an object with a customer key takes no other encryption")
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


def marked(params: Mapping[str, Any], token: str) -> dict[str, Any]:
    """Parameters of a write with the token of the call in their metadata."""
    given: Mapping[str, str] = params.get("Metadata") or {}
    own = {name: value for name, value in given.items() if name.lower() != WRITE_MARK}
    return {**params, "Metadata": {**own, WRITE_MARK: token}}


def checked_metadata(metadata: TagMap) -> dict[str, str]:
    """Metadata that S3 takes and gives back as it was: headers of ASCII text, 2 KB in all."""
    for name, value in metadata.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidRequest(f"metadata {name!r}: a name has letters, digits and hyphens")
        check_header(f"metadata {name!r}", value)
    _check_size(metadata)
    if len({name.lower() for name in metadata}) < len(metadata):
        raise InvalidRequest("two names of the metadata differ by case alone, which S3 does not keep")
    return dict(metadata)


def _check_size(metadata: TagMap) -> None:
    size = sum(len(name) + len(value) for name, value in metadata.items())
    if size > MAX_METADATA_BYTES:
        own = f", {WRITE_MARK} of a write with a condition among them" if WRITE_MARK in metadata else ""
        raise InvalidRequest(f"the metadata has {size} bytes{own}: S3 takes {MAX_METADATA_BYTES}")


def tagging(tags: TagMap | None) -> str | None:
    """Tags as the header that writes take."""
    if not tags:
        return None
    if len(tags) > MAX_OBJECT_TAGS:
        raise InvalidRequest(f"{len(tags)} tags: an object has at most {MAX_OBJECT_TAGS}")
    for key, value in tags.items():
        if not 1 <= len(key) <= MAX_TAG_KEY_CHARACTERS or key.lower().startswith(_RESERVED_TAG_PREFIX):
            raise InvalidRequest(
                f"tag {key[:40]!r}: a key has 1 to {MAX_TAG_KEY_CHARACTERS} characters, and does not begin with"
                f" {_RESERVED_TAG_PREFIX!r}"
            )
        if len(value) > MAX_TAG_VALUE_CHARACTERS:
            raise InvalidRequest(
                f"tag {key!r}: its value has {len(value)} characters, S3 takes {MAX_TAG_VALUE_CHARACTERS}"
            )
    try:
        return urlencode(dict(tags))
    except UnicodeEncodeError:
        raise InvalidRequest("a tag holds a lone surrogate, which is no valid text") from None


def params_for_many(options: WriteOptions) -> Callable[[Object], dict[str, Any]]:
    """`write_params` for many objects of one bucket: what is the same for all of them is thought through once."""
    common: dict[str, Any] = {}

    def params_of(target: Object) -> dict[str, Any]:
        if not common or target.version_id is not None or target.customer_key is not None:
            params = write_params(target, options)
            common.update(params)
            return params
        _check_nameable(target)
        if options.get("content_type"):
            return dict(common)
        return {**common, "ContentType": guessed_type(target.key)}

    return params_of


def _check_nameable(target: Object) -> None:
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
