"""An object in a bucket."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Literal, TextIO, TypeVar, cast, overload

from attrs import define, field
from typing_extensions import Self, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.params import from_json, seconds, within, without_metadata
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.errors import AccessDenied, InvalidRequest, NotFound
from cloudkit.s3._address import address
from cloudkit.s3._files.reader import ObjectReader
from cloudkit.s3._files.writer import ObjectWriter, TextWriter, put_object
from cloudkit.s3._limits import (
    DEFAULT_PRESIGN_SECONDS,
    MAX_KEY_BYTES,
    MAX_PRESIGN_SECONDS,
    READ_BUFFER_BYTES,
)
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._service import S3
from cloudkit.s3._transfer.copy import copy
from cloudkit.s3._transfer.download import download
from cloudkit.s3._transfer.upload import upload
from cloudkit.s3.encryption import CustomerKey, as_customer_key
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.types import Answer, Duration, Json, ProgressHook, Readable

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket

T = TypeVar("T")

# How `str()` tells a version from the key. A key that holds it is given apart from its bucket.
_VERSION_MARK = "?versionId="


def _check_key(key: str) -> None:
    size = len(key.encode())
    if size > MAX_KEY_BYTES:
        raise InvalidRequest(f"key {key[:40]!r} has {size} bytes: S3 takes 1 to {MAX_KEY_BYTES}")


def _parsed(address: str) -> tuple[str, str, str | None]:
    """Bucket, key and version of `"s3://bucket/key"`, as `str(object)` gives it."""
    scheme, separator, rest = address.partition("://")
    bucket, slash, key = rest.partition("/")
    if scheme != "s3" or not separator or not bucket or not slash or not key:
        raise InvalidRequest(
            f"Object({address!r}) names no object",
            hint="Object('bucket', 'key') or Object('s3://bucket/key')",
        )
    key, mark, version = key.rpartition(_VERSION_MARK)
    return (bucket, key, version) if mark else (bucket, version, None)


@define(eq=False, repr=False)
class Object(Resource):
    """An object in a bucket, or one version of it. Making one calls nothing.

    It acts as a path where that is natural: `/`, `name`, `suffix`, `parent`, and `str(obj)` is its `s3://` address.

    Args:
        bucket_name: The name of the bucket; or the whole address, `"s3://bucket/key"`, without a key.
        key: The key, 1 to 1,024 bytes.
        version_id: One version; None is the newest.
        expected_bucket_owner: The number of the account that the bucket must be of: S3 refuses calls if it is not.
        customer_key: 32 bytes of your own that the content is encrypted with (SSE-C).
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: S3 takes no such key.

    Example:
        >>> Object("s3://acme-photos/cats") / "tom.jpg"
        <Object s3://acme-photos/cats/tom.jpg>

    AWS: none
    """

    _service = S3
    _boto3_name: ClassVar[str | None] = "Object"

    bucket_name: str
    key: str = ""
    version_id: str | None = None
    expected_bucket_owner: str | None = field(kw_only=True, default=None)
    customer_key: CustomerKey | None = field(kw_only=True, default=None, converter=as_customer_key)

    def __attrs_post_init__(self) -> None:
        if not self.key:
            self.bucket_name, self.key, named = _parsed(self.bucket_name)
            self.version_id = self.version_id or named
        _check_key(self.key)

    size: ClassVar[Attribute[int]] = attribute("Size", int)
    etag: ClassVar[Attribute[str]] = attribute("ETag", str)
    last_modified: ClassVar[Attribute[datetime]] = attribute("LastModified", datetime)
    content_type: ClassVar[Attribute[str | None]] = attribute("ContentType", str, optional=True)
    storage_class: ClassVar[Attribute[str | None]] = attribute("StorageClass", str, optional=True)
    is_delete_marker: ClassVar[Attribute[bool | None]] = attribute("IsDeleteMarker", bool, optional=True)

    @property
    def bucket(self) -> Bucket:
        """The bucket that it is in."""
        from cloudkit.s3.bucket import Bucket

        return Bucket(self.bucket_name, expected_bucket_owner=self.expected_bucket_owner, cloud=self.cloud)

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

    def __truediv__(self, name: str) -> Object:
        return self._sibling(f"{self.key.rstrip('/')}/{name.lstrip('/')}")

    def _sibling(self, key: str, *, version_id: str | None = None) -> Object:
        """Another key of the same bucket, reached in the same way."""
        return Object(
            self.bucket_name,
            key,
            version_id,
            expected_bucket_owner=self.expected_bucket_owner,
            customer_key=self.customer_key,
            cloud=self.cloud,
        )

    @property
    def metadata(self) -> dict[str, str]:
        """The caller's own metadata, kept with the object."""
        return dict(self.raw.get("Metadata") or {})

    @override
    def __str__(self) -> str:
        version = f"{_VERSION_MARK}{self.version_id}" if self.version_id is not None else ""
        return f"s3://{self.bucket_name}/{self.key}{version}"

    @override
    def _boto3_identity(self) -> tuple[Any, ...]:
        return self.bucket_name, self.key

    @classmethod
    def get(cls, bucket_name: str, key: str, *, cloud: Cloud | None = None) -> Self:
        """Find an object and load its attributes. One request; a second one if it is missing.

        Args:
            bucket_name: The name of the bucket.
            key: The key.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The object, loaded.

        Raises:
            ObjectNotFound: The bucket has no such object.
            BucketNotFound: The bucket is not there.

        Example:
            >>> Object.get("acme-photos", "cat.jpg").size
            2048

        AWS: s3:HeadObject, s3:HeadBucket
        """
        return cls(bucket_name, key, cloud=cloud).refresh()

    @override
    def _load(self) -> Answer:
        try:
            answer = self._call("head_object", **address(self))
        except ObjectNotFound:
            # HEAD says 404 for a missing key and a missing bucket alike: callers need to know which.
            self._check_bucket()
            raise
        return {"Size": answer["ContentLength"], **without_metadata(answer)}

    def _check_bucket(self) -> None:
        try:
            self.cloud.invoke(S3, "head_bucket", {"Bucket": self.bucket_name}, about=self.bucket)
        except AccessDenied:
            return  # it may not be asked for, so the missing key is all that is known

    # -- reading ---------------------------------------------------------------------------------------------

    def read_bytes(self) -> bytes:
        """The whole content. One request; more if the connection drops.

        Returns:
            The bytes.

        Raises:
            ObjectNotFound: The bucket has no such object.
            BucketNotFound: The bucket is not there.

        Example:
            >>> Object("acme-photos", "hello.txt").read_bytes()
            b'Hello'

        AWS: s3:GetObject
        """
        with ObjectReader(self) as file:
            return file.readall()

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The whole content as text. One request; more if the connection drops.

        Args:
            encoding: How the bytes spell it.
            errors: What to do with bytes that do not fit, as in `bytes.decode`.

        Returns:
            The text.

        Raises:
            ObjectNotFound: The bucket has no such object.
            UnicodeDecodeError: It is no text of that encoding.

        Example:
            >>> Object("acme-photos", "hello.txt").read_text()
            'Hello'

        AWS: s3:GetObject
        """
        return self.read_bytes().decode(encoding, errors)

    @overload
    def read_json(self) -> Json: ...
    @overload
    def read_json(self, type: type[T]) -> T: ...
    def read_json(self, type: type[Any] | None = None) -> Any:
        """The content as JSON. One request; more if the connection drops.

        Args:
            type: The class it must be of, such as `dict` or `list[int]`, which type checkers then know too; what
                is inside is not checked. Default: any.

        Returns:
            What the JSON says.

        Raises:
            ObjectNotFound: The bucket has no such object.
            InvalidRequest: It is no JSON, or not of that type.

        Example:
            >>> Object("acme-photos", "config.json").read_json(dict)
            {'size': 10}

        AWS: s3:GetObject
        """
        return from_json(self.read_bytes(), type, self)

    @overload
    def open(
        self, mode: Literal["r", "w"] = "r", *, encoding: str = ..., **options: Unpack[WriteOptions]
    ) -> TextIO: ...
    @overload
    def open(
        self, mode: Literal["rb", "wb"], *, encoding: str = ..., **options: Unpack[WriteOptions]
    ) -> BinaryIO: ...
    def open(
        self,
        mode: Literal["r", "rb", "w", "wb"] = "r",
        *,
        encoding: str = "utf-8",
        **options: Unpack[WriteOptions],
    ) -> TextIO | BinaryIO:
        r"""The object as a file. No request until it is read or written.

        Reading is seekable and of one version: if the object is replaced meanwhile, `ObjectChanged` is raised. What
        is written becomes the object at `close()`; an exception inside `with` publishes nothing.

        Args:
            mode: `"r"` and `"w"` for text, `"rb"` and `"wb"` for bytes.
            encoding: For text.
            **options: For writing, as in `write_bytes`.

        Returns:
            The file.

        Raises:
            ObjectNotFound: It is not there, at the first read.
            ObjectChanged: It was replaced between two reads.
            PreconditionFailed: `if_absent` or `if_match` did not hold, at `close()`.

        Example:
            >>> with Object("acme-photos", "log.txt").open("w") as file:
            ...     written = file.write("first line\n")

        AWS: s3:GetObject; s3:PutObject or the s3:CreateMultipartUpload family
        """
        if mode not in ("r", "rb", "w", "wb"):
            raise InvalidRequest(f"mode={mode!r}: it is 'r', 'rb', 'w' or 'wb'")
        if mode in ("w", "wb"):
            writer = ObjectWriter(self, write_params(self, options))
            return (
                cast("BinaryIO", writer)
                if mode == "wb"
                else TextWriter(cast("Any", writer), encoding=encoding, newline="\n")
            )
        if options:
            raise InvalidRequest(f"{', '.join(options)}: for writing only", hint="open('w') or open('wb')")
        reader = io.BufferedReader(ObjectReader(self), READ_BUFFER_BYTES)
        return reader if mode == "rb" else io.TextIOWrapper(reader, encoding=encoding)

    # -- writing ---------------------------------------------------------------------------------------------

    def write_bytes(self, data: bytes, **options: Unpack[WriteOptions]) -> Self:
        """Make these bytes the content. One request.

        Args:
            data: Up to 5 GB; more by `upload` or `open`.
            **options: `content_type`, `metadata`, `if_absent`, `if_match`, `aws`.

        Returns:
            The object itself.

        Raises:
            BucketNotFound: The bucket is not there.
            PreconditionFailed: `if_absent` or `if_match` did not hold.

        Example:
            >>> Object("acme-photos", "data.bin").write_bytes(bytes(16))
            <Object s3://acme-photos/data.bin>

        AWS: s3:PutObject
        """
        put_object(self, data, write_params(self, options))
        self._unlearn()
        return self

    def write_text(self, text: str, *, encoding: str = "utf-8", **options: Unpack[WriteOptions]) -> Self:
        """Make this text the content. One request.

        Args:
            text: The text.
            encoding: How to spell it in bytes.
            **options: As in `write_bytes`.

        Returns:
            The object itself.

        Raises:
            BucketNotFound: The bucket is not there.
            PreconditionFailed: `if_absent` or `if_match` did not hold.

        Example:
            >>> Object("acme-photos", "hello.txt").write_text("Hello", metadata={"by": "me"})
            <Object s3://acme-photos/hello.txt>

        AWS: s3:PutObject
        """
        return self.write_bytes(text.encode(encoding), **options)

    def write_json(self, value: object, **options: Unpack[WriteOptions]) -> Self:
        """Make the JSON of a value the content. One request.

        Args:
            value: What `json.dumps` takes.
            **options: As in `write_bytes`; the content type is `application/json`.

        Returns:
            The object itself.

        Raises:
            TypeError: JSON has no form for the value; nothing was sent.
            BucketNotFound: The bucket is not there.

        Example:
            >>> Object("acme-photos", "config.json").write_json({"size": 10})
            <Object s3://acme-photos/config.json>

        AWS: s3:PutObject
        """
        body = json.dumps(value, ensure_ascii=False).encode()
        if options.get("content_type") is None:
            options["content_type"] = "application/json"
        return self.write_bytes(body, **options)

    def upload(
        self,
        source: str | os.PathLike[str] | Readable,
        *,
        progress: ProgressHook | None = None,
        **options: Unpack[WriteOptions],
    ) -> Self:
        """Make a file the content; large ones go in parts, in parallel. One request or more.

        Args:
            source: A path, or a binary file open for reading, which stays open.
            progress: Called with a `Progress` as bytes are sent.
            **options: As in `write_bytes`, without `if_absent` and `if_match`.

        Returns:
            The object itself.

        Raises:
            BucketNotFound: The bucket is not there.
            FileNotFoundError: There is no such file here.

        Example:
            >>> Object("acme-photos", "page.html").upload("index.html").content_type
            'text/html; charset=utf-8'

        AWS: s3:PutObject or the s3:CreateMultipartUpload family
        """
        if options.get("if_absent") or options.get("if_match") is not None:
            raise InvalidRequest(
                "upload takes no if_absent and no if_match yet", hint="open('wb', if_absent=True) does"
            )
        upload(self, source, write_params(self, options), progress)
        self._unlearn()
        return self

    def download(self, path: str | os.PathLike[str], *, progress: ProgressHook | None = None) -> Path:
        """Fetch the content into a file; large ones come in parts, in parallel. One request or more.

        The file appears under its name when it is complete, and not before.

        Args:
            path: The file, or a folder that gets a file of the object's `name`.
            progress: Called with a `Progress` as bytes arrive.

        Returns:
            The path of the file.

        Raises:
            ObjectNotFound: The bucket has no such object.
            BucketNotFound: The bucket is not there.
            OSError: The file cannot be written here.

        Example:
            >>> Object("acme-photos", "hello.txt").download("hello.txt").read_text()
            'Hello'

        AWS: s3:GetObject, s3:HeadObject
        """
        version = {"VersionId": self.version_id} if self.version_id is not None else {}
        try:
            return download(self, path, version, progress)
        except ObjectNotFound as error:
            if error.operation == "HeadObject":
                self._check_bucket()
            raise

    def copy_to(self, target: Object | Bucket | str, *, aws: Mapping[str, Any] | None = None) -> Object:
        """Copy within S3; no bytes come here. One request, or several for a large object.

        Args:
            target: An object, a bucket (the key stays), or another key in the same bucket.
            aws: More parameters of CopyObject, as boto3 takes them.

        Returns:
            The copy.

        Raises:
            ObjectNotFound: There is nothing to copy.
            BucketNotFound: One of the buckets is not there.
            InvalidRequest: The target is a version, or `aws` has a parameter that no copy takes.

        Example:
            >>> Object("acme-photos", "hello.txt").copy_to("greeting.txt")
            <Object s3://acme-photos/greeting.txt>

        AWS: s3:CopyObject, s3:HeadObject, s3:UploadPartCopy
        """
        if isinstance(target, str):
            target = self._sibling(target)
        elif not isinstance(target, Object):
            target = target[self.key]
        if target.version_id is not None:
            raise InvalidRequest(
                "a version cannot be written", resource=str(target), hint="write the object itself"
            )
        try:
            copy(self, target, aws or {})
        except ObjectNotFound as error:
            if error.operation == "HeadObject":
                self._check_bucket()
            raise
        target._unlearn()
        return target

    def delete(self) -> None:
        """Delete it; fine if it is not there. One request.

        In a bucket with versioning an object only gets a delete marker; one version is gone for good.

        Raises:
            AccessDenied: These credentials may not.

        Example:
            >>> Object("acme-photos", "hello.txt").delete()

        AWS: s3:DeleteObject
        """
        with suppress(NotFound):
            self._call("delete_object", **address(self))
        self._unlearn()

    # -- links and versions ----------------------------------------------------------------------------------

    def url(self, *, expires: Duration = DEFAULT_PRESIGN_SECONDS) -> str:
        """A link that lets anybody read it for a while. No request.

        Whoever has the link can use it: treat it as a password. It ends no later than the credentials do.

        Args:
            expires: Seconds, 1 to 604,800 (7 days).

        Returns:
            The address, signed with signature version 4.

        Raises:
            InvalidRequest: AWS takes no such time.
            CredentialsError: There is nothing to sign with.

        Example:
            >>> Object("acme-photos", "hello.txt").url(expires=600).startswith("https://")
            True

        AWS: none; the link is for s3:GetObject
        """
        lifetime = within("expires", round(seconds(expires)), 1, MAX_PRESIGN_SECONDS, "seconds")
        return self.cloud.run(
            S3,
            "get_object",
            self,
            lambda client: str(
                client.generate_presigned_url("get_object", Params=address(self), ExpiresIn=lifetime)
            ),
        )

    def versions(self) -> Listing[Object]:
        """The versions of this object, newest first. One request a page.

        Returns:
            Objects with a `version_id`; delete markers are left out.

        Raises:
            BucketNotFound: The bucket is not there.

        Example:
            >>> [version.read_text() for version in Object("acme-photos", "hello.txt").versions()]
            ['Hello']

        AWS: s3:ListObjectVersions
        """
        return self.bucket.versions(prefix=self.key, key=self.key)
