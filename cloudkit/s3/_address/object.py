"""An object, or one version of it: its name and the way there, and what AWS says of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import total_ordering
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.params import compact, without_metadata
from cloudkit._core.resource import Attribute, attribute
from cloudkit.errors import AccessDenied, InvalidRequest
from cloudkit.s3._address.way import PAYER, Reached, bucket_named, contents_named, way_to
from cloudkit.s3._given import below
from cloudkit.s3._headers import without_mark
from cloudkit.s3._limits import MAX_KEY_BYTES
from cloudkit.s3._names import SCHEME, check_bucket_name, split_address
from cloudkit.s3._service import S3
from cloudkit.s3.encryption import CustomerKey, as_customer_key, customer_key_params
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.types import Answer

# How `str()` tells a version from the key. A key that holds it is given apart from its bucket.
_VERSION_MARK = "?versionId="


def check_key(key: str) -> None:
    """Refuse a key that S3 would refuse."""
    if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        raise InvalidRequest(f"a key is text, not {type(key).__name__}")
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise InvalidRequest(f"key {key[:40]!r} is not valid text: it holds a lone surrogate") from None
    if not 1 <= size <= MAX_KEY_BYTES:
        raise InvalidRequest(f"key {key[:40]!r} has {size} bytes: S3 takes 1 to {MAX_KEY_BYTES}")


def _parsed(address: str) -> tuple[str, str, str | None]:
    """Bucket, key and version of `"s3://bucket/key"`, as `str(object)` gives it."""
    bucket, key = split_address(address) if address.startswith(SCHEME) else ("", "")
    if not bucket or not key:
        raise InvalidRequest(
            f"{address!r} without a key names no object: a key has 1 to {MAX_KEY_BYTES} bytes",
            hint="Object('bucket', 'key') or Object('s3://bucket/key')",
        )
    key, mark, version = key.rpartition(_VERSION_MARK)
    return (bucket, key, version) if mark else (bucket, version, None)


def _id_or_none(told: str) -> str | None:
    """The id of a version; an answer to a write that has none is of a bucket without versions."""
    return told or None


@total_ordering
@define(eq=False, repr=False)
class ObjectAddress(Reached):
    """What `Object` is but for its verbs. It is made as an `Object` alone, and so are its siblings."""

    _service = S3
    _boto3_name: ClassVar[str | None] = "Object"

    bucket_name: str
    key: str = ""
    version_id: str | None = None
    customer_key: CustomerKey | None = field(kw_only=True, default=None, converter=as_customer_key)

    def __attrs_post_init__(self) -> None:
        if not self.key:
            bucket_name, key, named = _parsed(str(self.bucket_name))
            self._identify(bucket_name=bucket_name, key=key, version_id=self.version_id or named)
        elif "://" in str(self.bucket_name):
            raise InvalidRequest(
                f"{self.bucket_name!r} is no name of a bucket",
                hint=f"Object('{self.bucket_name}/{self.key}')",
            )
        check_bucket_name(self.bucket_name)
        check_key(self.key)

    size: ClassVar[Attribute[int]] = attribute("Size", int)
    etag: ClassVar[Attribute[str]] = attribute("ETag", str)
    last_modified: ClassVar[Attribute[datetime]] = attribute("LastModified", datetime)
    content_type: ClassVar[Attribute[str | None]] = attribute("ContentType", str, optional=True)
    storage_class: ClassVar[Attribute[str | None]] = attribute("StorageClass", str, optional=True)
    content_encoding: ClassVar[Attribute[str | None]] = attribute("ContentEncoding", str, optional=True)
    content_disposition: ClassVar[Attribute[str | None]] = attribute("ContentDisposition", str, optional=True)
    cache_control: ClassVar[Attribute[str | None]] = attribute("CacheControl", str, optional=True)
    encryption: ClassVar[Attribute[str | None]] = attribute("ServerSideEncryption", str, optional=True)
    encryption_key: ClassVar[Attribute[str | None]] = attribute("SSEKMSKeyId", str, optional=True)
    current_version: ClassVar[Attribute[str | None]] = attribute("VersionId", _id_or_none, optional=True)
    is_delete_marker: ClassVar[Attribute[bool | None]] = attribute("IsDeleteMarker", bool, optional=True)

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rstrip("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The ending of the name with its dot, such as `".gz"`; empty if it has none."""
        return PurePosixPath(self.name).suffix

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.name).stem

    def __truediv__(self, name: str) -> Self:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
            return NotImplemented
        return self._sibling(below(f"{self.key.rstrip('/')}/", name))

    def __lt__(self, other: ObjectAddress) -> bool:
        if not isinstance(other, ObjectAddress):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
            return NotImplemented
        return self._order() < other._order()

    def _order(self) -> tuple[str, str, str]:
        """As S3 lists them: by bucket and key."""
        return self.bucket_name, self.key, self.version_id or ""

    @override
    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    if not TYPE_CHECKING:  # for type checkers it is no path at all

        def __fspath__(self) -> str:
            raise TypeError(
                f"{self} is not on this machine's disk: object.open() is a file, object.download(path) makes one, "
                "and bucket.filesystem() is for libraries that know fsspec"
            )

    def _sibling(self, key: str, *, version_id: str | None = None) -> Self:
        """Another key of the same bucket, reached in the same way."""
        return type(self)(self.bucket_name, key, version_id, customer_key=self.customer_key, **way_to(self))

    @property
    def metadata(self) -> dict[str, str]:
        """The caller's own metadata, kept with the object."""
        return without_mark(self._look_up("Metadata", volatile=False) or {})

    @override
    def __str__(self) -> str:
        version = f"{_VERSION_MARK}{self.version_id}" if self.version_id is not None else ""
        return f"s3://{self.bucket_name}/{self.key}{version}"

    @override
    def _boto3_identity(self) -> tuple[Any, ...]:
        return self.bucket_name, self.key

    def _has_read(self, facts: Mapping[str, Any]) -> None:
        """Keep some of what HEAD would say, as the answer to a read says it, unless as much is known already."""
        if facts.get("ETag") != self._known("ETag") or self._known("Metadata") is None:
            self._learn(facts, whole=False)

    def _written(self, answer: Mapping[str, Any], size: int | None) -> Self:
        """Keep what the answer to a write says: size, ETag and version cost no request."""
        if not answer.get("ETag"):
            self._unlearn()
            return self
        told = {"ETag": answer["ETag"], "VersionId": answer.get("VersionId", ""), "Size": size}
        return self._learn(compact(told), whole=False)

    @override
    def _load(self) -> Answer:
        try:
            answer = self._call("head_object", **address(self), **with_key(self))
        except ObjectNotFound:
            # HEAD says 404 for a missing key and a missing bucket alike: callers need to know which.
            self._check_bucket()
            raise
        return {"Size": answer["ContentLength"], **without_metadata(answer)}

    def _head_with_checksum(self) -> Answer:
        try:
            return self._call("head_object", **address(self), **with_key(self), ChecksumMode="ENABLED")
        except ObjectNotFound:
            self._check_bucket()
            raise

    def _check_bucket(self) -> None:
        try:
            self.cloud.invoke(S3, "head_bucket", bucket_named(self.bucket_name, self), about=self.bucket_name)
        except AccessDenied:
            return  # it may not be asked for, so the missing key is all that is known


def place(of: ObjectAddress) -> dict[str, Any]:
    """Bucket and key, without the version: where a write goes."""
    return {**contents_named(of.bucket_name, of), "Key": of.key}


def address(of: ObjectAddress) -> dict[str, Any]:
    """Bucket, key and version."""
    named = place(of)
    if of.version_id is not None:
        named["VersionId"] = of.version_id
    return named


def without_payer(named: dict[str, Any]) -> dict[str, Any]:
    """The same for the operations that nobody pays for."""
    return {name: value for name, value in named.items() if name != "RequestPayer"}


def with_key(of: ObjectAddress) -> dict[str, Any]:
    """The customer's key, for the operations that touch the content: all but deletes, tags, aborts and locks."""
    return {} if of.customer_key is None else customer_key_params(of.customer_key)


def copy_source(of: ObjectAddress) -> dict[str, Any]:
    """The object as the source of CopyObject and UploadPartCopy."""
    source = {"Bucket": of.bucket_name, "Key": of.key}
    if of.version_id is not None:
        source["VersionId"] = of.version_id
    named: dict[str, Any] = {"CopySource": source}
    if of.expected_bucket_owner is not None:
        named["ExpectedSourceBucketOwner"] = of.expected_bucket_owner
    if of.request_payer:
        # One word for both: who pays for the request pays for reading the source too.
        named["RequestPayer"] = PAYER
    if of.customer_key is not None:
        named.update(customer_key_params(of.customer_key, "CopySource"))
    return named
