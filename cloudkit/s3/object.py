"""An object in a bucket."""

from __future__ import annotations

import io
import json
import mimetypes
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, Literal, TextIO, TypeVar, cast, overload

from attrs import define, field
from typing_extensions import Self, TypedDict, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.params import from_json, merge_raw, seconds, within, without_metadata
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.errors import AccessDenied, InvalidRequest, NotFound
from cloudkit.s3 import _transfer as transfer
from cloudkit.s3._file import ObjectReader, ObjectWriter, TextWriter, address, put_object
from cloudkit.s3._limits import (
    DEFAULT_PRESIGN_SECONDS,
    MAX_KEY_BYTES,
    MAX_PRESIGN_SECONDS,
    READ_BUFFER_BYTES,
)
from cloudkit.s3._service import S3
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.types import Answer, Duration, Json, ProgressHook, Readable, TagMap

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket

T = TypeVar("T")


class WriteOptions(TypedDict, total=False):
    """What every way of writing an object takes.

    Attributes:
        content_type: Such as `"text/csv"`. Default: guessed from the key.
        metadata: Names and values that are kept with the object; ASCII, 2 KB in all.
        if_absent: Write only if there is no such object yet.
        if_match: Write only if the object there has this ETag.
        aws: More parameters of PutObject, as boto3 takes them.
    """

    content_type: str | None
    metadata: TagMap | None
    if_absent: bool
    if_match: str | None
    aws: Mapping[str, Any] | None


def _checked_key(key: str) -> str:
    size = len(key.encode())
    if not 1 <= size <= MAX_KEY_BYTES:
        raise InvalidRequest(f"key {key[:40]!r} has {size} bytes: S3 takes 1 to {MAX_KEY_BYTES}")
    return key


@define(eq=False, repr=False)
class Object(Resource):
    """An object in a bucket, or one version of it. Making one calls nothing.

    Args:
        bucket_name: The name of the bucket.
        key: The key, 1 to 1,024 bytes.
        version_id: One version; None is the newest.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: S3 takes no such key.

    Example:
        >>> Object("acme-photos", "cat.jpg")
        <Object s3://acme-photos/cat.jpg>

    AWS: none
    """

    _service = S3
    _boto3_name: ClassVar[str | None] = "Object"

    bucket_name: str
    key: str = field(converter=_checked_key)
    version_id: str | None = None

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

        return Bucket(self.bucket_name, cloud=self.cloud)

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rstrip("/").rpartition("/")[2]

    @property
    def metadata(self) -> dict[str, str]:
        """The caller's own metadata, kept with the object."""
        return dict(self.raw.get("Metadata") or {})

    @override
    def __str__(self) -> str:
        version = f"?versionId={self.version_id}" if self.version_id is not None else ""
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
            writer = ObjectWriter(self, self._write_params(options))
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
        put_object(self, data, self._write_params(options))
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
            'text/html'

        AWS: s3:PutObject or the s3:CreateMultipartUpload family
        """
        if options.get("if_absent") or options.get("if_match") is not None:
            raise InvalidRequest(
                "upload takes no if_absent and no if_match yet", hint="open('wb', if_absent=True) does"
            )
        transfer.upload(self, source, self._write_params(options), progress)
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
            return transfer.download(self, path, version, progress)
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
            target = Object(self.bucket_name, target, cloud=self.cloud)
        elif not isinstance(target, Object):
            target = target[self.key]
        target._check_writable()
        try:
            transfer.copy(self, target, aws or {})
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

    def _write_params(self, options: WriteOptions) -> dict[str, Any]:
        if options.get("if_absent") and options.get("if_match") is not None:
            raise InvalidRequest("if_absent and if_match cannot both hold", hint="give one of them")
        self._check_writable()
        params = {
            "ContentType": options.get("content_type") or _guessed_type(self.key),
            "Metadata": dict(options.get("metadata") or {}) or None,
            "IfNoneMatch": "*" if options.get("if_absent") else None,
            "IfMatch": options.get("if_match"),
        }
        given = {name: value for name, value in params.items() if value is not None}
        return merge_raw(given, options.get("aws"))

    def _check_writable(self) -> None:
        if self.version_id is not None:
            raise InvalidRequest(
                "a version cannot be written", resource=str(self), hint="write the object itself"
            )


def _guessed_type(key: str) -> str:
    guessed, encoding = mimetypes.guess_type(key)
    if encoding is not None:
        return f"application/{encoding}" if encoding in ("gzip", "zstd") else "application/octet-stream"
    return guessed or "application/octet-stream"
