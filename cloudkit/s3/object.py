"""An object in a bucket."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TextIO, TypeVar, overload

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.deadline import limited
from cloudkit._core.listing import Listing
from cloudkit._core.params import from_json, tag_dict, tag_list
from cloudkit._core.tags import Tags
from cloudkit.errors import InvalidRequest, NotFound
from cloudkit.s3._address.bucket import BucketAddress
from cloudkit.s3._address.folder import FolderAddress
from cloudkit.s3._address.object import ObjectAddress, address, without_payer
from cloudkit.s3._address.way import way_to
from cloudkit.s3._files.compression import Packing, packed_whole, unpacked_whole
from cloudkit.s3._files.opening import BY_MODE, checked_encoding, opened
from cloudkit.s3._given import whole
from cloudkit.s3._limits import (
    DEFAULT_PRESIGN_SECONDS,
    EDIT_ATTEMPTS,
    MAX_OBJECT_TAGS,
)
from cloudkit.s3._names import SCHEME
from cloudkit.s3._options import WriteOptions, write_params
from cloudkit.s3._transfer.copy import KEPT_BY_DEFAULT, Kept, copy, move
from cloudkit.s3.encryption import CustomerKey, Encryption
from cloudkit.s3.errors import ObjectNotFound
from cloudkit.types import Duration, Json, ProgressHook, TagMap, Writable

if TYPE_CHECKING:
    from cloudkit.s3._transfer.source import Source
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.checksum import Checksum
    from cloudkit.s3.edit import Edit
    from cloudkit.s3.folder import Folder
    from cloudkit.s3.link import Link
    from cloudkit.s3.retention import (
        Retention,
        RetentionLike,
    )

T = TypeVar("T")


def _other_way(given: object) -> str:
    """How to write what is no text."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return "write_bytes(...)"
    return "write_json(...), or write_text(str(...))"


@define(eq=False, repr=False)
class Object(ObjectAddress):
    """An object in a bucket, or one version of it. Making one calls nothing.

    It acts as a path where that is natural: `/`, `name`, `suffix`, `parent`, and `str(obj)` is its `s3://` address;
    objects sort by bucket and key. It is no path of this machine: `open(obj)` is refused.

    What is known of it (`size`, `etag`, `metadata` ...) is of the last listing, read or write; `refresh()` asks anew.
    `current_version` is the id of the version that this was, None without versioning; `version_id` names the one that
    the object stands for.

    Args:
        bucket_name: The name of the bucket; or the whole address, `"s3://bucket/key"`, without a key.
        key: The key, 1 to 1,024 bytes.
        version_id: One version; None is the newest.
        expected_bucket_owner: The number of the account that the bucket must be of: S3 refuses calls if it is not.
        request_payer: As in `Bucket`.
        customer_key: 32 bytes of your own that the content is encrypted with (SSE-C).
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: S3 takes no such key.

    Examples:
        >>> Object("s3://acme-photos/cats") / "tom.jpg"
        <Object s3://acme-photos/cats/tom.jpg>

    AWS: none
    """

    @property
    def bucket(self) -> Bucket:
        """The bucket that it is in."""
        from cloudkit.s3.bucket import Bucket

        return Bucket(self.bucket_name, **way_to(self))

    @property
    def parent(self) -> Folder:
        """The folder that it is in; the root for a key without a slash."""
        from cloudkit.s3.folder import folder_at

        above, slash, _ = self.key.rstrip("/").rpartition("/")
        return folder_at(self.bucket_name, above + slash, way_to(self))

    @classmethod
    def get(
        cls,
        bucket_name: str,
        key: str,
        *,
        version_id: str | None = None,
        expected_bucket_owner: str | None = None,
        request_payer: bool = False,
        customer_key: CustomerKey | bytes | str | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Find an object and load its attributes. One request; a second one if it is missing.

        Args:
            bucket_name: The name of the bucket.
            key: The key.
            version_id: One version. Default: the newest.
            expected_bucket_owner: The number of the account that the bucket must be of.
            request_payer: As in `Bucket`.
            customer_key: 32 bytes that it is encrypted with.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The object, loaded.

        Raises:
            ObjectNotFound: The bucket has no such object.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Object.get("acme-photos", "cat.jpg").size
            2048

        AWS: s3:HeadObject, s3:HeadBucket
        """
        return cls(
            bucket_name,
            key,
            version_id,
            expected_bucket_owner=expected_bucket_owner,
            request_payer=request_payer,
            customer_key=customer_key,
            cloud=cloud,
        ).refresh()

    @classmethod
    def find(
        cls,
        bucket_name: str,
        key: str,
        *,
        version_id: str | None = None,
        expected_bucket_owner: str | None = None,
        request_payer: bool = False,
        customer_key: CustomerKey | bytes | str | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """The object, loaded, or None if the bucket has none of that key. One request; a second one if it is missing.

        Args:
            bucket_name: The name of the bucket.
            key: The key.
            version_id: As in `get`, and so are the next three.
            expected_bucket_owner: The number of the account that the bucket must be of.
            request_payer: As in `Bucket`.
            customer_key: 32 bytes that it is encrypted with.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The object or None.

        Raises:
            BucketNotFound: The bucket is not there.
            AccessDenied: These credentials may not ask.

        Examples:
            >>> Object.find("acme-photos", "dog.jpg") is None
            True

        AWS: s3:HeadObject, s3:HeadBucket
        """
        try:
            return cls.get(
                bucket_name,
                key,
                version_id=version_id,
                expected_bucket_owner=expected_bucket_owner,
                request_payer=request_payer,
                customer_key=customer_key,
                cloud=cloud,
            )
        except ObjectNotFound:
            return None

    # -- reading ---------------------------------------------------------------------------------------------

    def read_bytes(self, *, start: int = 0, size: int | None = None) -> bytes:
        """The whole content, or some of it. One request; more if the connection drops.

        The whole is verified against the checksum that S3 keeps of it, where it keeps one.

        Args:
            start: The first byte, from 0.
            size: How many bytes at most. Default: all that follow.

        Returns:
            The bytes; none from behind the end.

        Raises:
            ObjectNotFound: The bucket has no such object.
            BucketNotFound: The bucket is not there.
            InvalidRequest: A number is negative.
            ObjectChanged: The connection dropped, and the object was replaced meanwhile.

        Examples:
            >>> Object("acme-photos", "hello.txt").read_bytes()
            b'Hello'
            >>> Object("acme-photos", "hello.txt").read_bytes(start=1, size=3)
            b'ell'

        AWS: s3:GetObject
        """
        from cloudkit.s3._engine import engine_for
        from cloudkit.s3._files.reader import read_range

        whole("start", start)
        if size is not None:
            whole("size", size)
        elif start == 0:
            return engine_for(self.cloud).get(self)
        return read_range(self, start, size)

    def read_text(
        self,
        encoding: str = "utf-8",
        errors: str = "strict",
        *,
        compression: Packing | Literal["auto"] | None = "auto",
    ) -> str:
        """The whole content as text. One request; more if the connection drops.

        Args:
            encoding: How the bytes spell it.
            errors: What to do with bytes that do not fit, as in `bytes.decode`.
            compression: As in `open`: by the key's suffix; None takes the bytes as they are.

        Returns:
            The text.

        Raises:
            ObjectNotFound: The bucket has no such object.
            UnicodeDecodeError: It is no text of that encoding.
            InvalidRequest: It is not packed as its suffix says; or, before any call, there is no such encoding.

        Examples:
            >>> Object("acme-photos", "hello.txt").read_text()
            'Hello'

        AWS: s3:GetObject
        """
        checked_encoding(encoding, errors)
        return unpacked_whole(self.read_bytes(), self.key, compression, str(self)).decode(encoding, errors)

    @overload
    def read_json(self) -> Json: ...
    @overload
    def read_json(self, type: type[T]) -> T: ...
    def read_json(self, type: type[Any] | None = None) -> Any:
        """The content as JSON, unpacked by the key's suffix. One request; more if the connection drops.

        Args:
            type: The class it must be of, such as `dict` or `list[int]`, which type checkers then know too; what
                is inside is not checked. Default: any.

        Returns:
            What the JSON says.

        Raises:
            ObjectNotFound: The bucket has no such object.
            InvalidRequest: It is no JSON, or not of that type.

        Examples:
            >>> Object("acme-photos", "config.json").read_json(dict)
            {'size': 10}

        AWS: s3:GetObject
        """
        return from_json(unpacked_whole(self.read_bytes(), self.key, "auto", str(self)), type, self)

    def lines(
        self,
        encoding: str = "utf-8",
        *,
        errors: str = "strict",
        compression: Packing | Literal["auto"] | None = "auto",
    ) -> Iterator[str]:
        r"""The lines of the text, without their ends, as they arrive. One request; more if the connection drops.

        Each call starts anew. No more than a piece of the content is held in memory, and packed content is unpacked
        piece by piece.

        Args:
            encoding: How the bytes spell it.
            errors: What to do with bytes that do not fit, as in `bytes.decode`.
            compression: How it is packed. `"auto"` goes by the key's suffix: `.gz`, `.bz2`, `.xz`, `.zst`.

        Returns:
            An iterator over the lines.

        Raises:
            ObjectNotFound: The bucket has no such object, at the first line.
            ObjectChanged: The connection dropped, and the object was replaced meanwhile.
            InvalidRequest: It is not packed in that way.

        Examples:
            >>> list(Object("acme-photos", "hello.txt").lines())
            ['Hello']

        AWS: s3:GetObject
        """
        from cloudkit.s3._files.lines import lines

        return lines(self, encoding, errors, compression)

    @overload
    def json_lines(self, *, compression: Packing | Literal["auto"] | None = ...) -> Iterator[Json]: ...
    @overload
    def json_lines(
        self, type: type[T], *, compression: Packing | Literal["auto"] | None = ...
    ) -> Iterator[T]: ...
    def json_lines(
        self, type: type[Any] | None = None, *, compression: Packing | Literal["auto"] | None = "auto"
    ) -> Iterator[Any]:
        """What each line says as JSON, as it arrives. One request; more if the connection drops.

        Args:
            type: The class that each must be of, as in `read_json`. Default: any.
            compression: How it is packed, as in `lines`.

        Returns:
            An iterator over the values; empty lines have none.

        Raises:
            ObjectNotFound: The bucket has no such object, at the first line.
            InvalidRequest: A line is no JSON, or not of that type; it says which line.

        Examples:
            >>> [row["n"] for row in Object("acme-photos", "rows.jsonl").json_lines(dict)]
            [1, 2]

        AWS: s3:GetObject
        """
        from cloudkit.s3._files.lines import json_lines

        return json_lines(self, type, compression)

    @overload
    def open(
        self,
        mode: Literal["r", "rt", "w", "wt", "x", "xt"] = "r",
        *,
        encoding: str | None = ...,
        errors: str | None = ...,
        newline: str | None = ...,
        compression: Packing | Literal["auto"] | None = ...,
        **options: Unpack[WriteOptions],
    ) -> TextIO: ...
    @overload
    def open(
        self,
        mode: Literal["rb", "wb", "xb"],
        *,
        compression: Packing | Literal["auto"] | None = ...,
        size: int | None = ...,
        **options: Unpack[WriteOptions],
    ) -> BinaryIO: ...
    def open(
        self,
        mode: Literal["r", "rt", "rb", "w", "wt", "wb", "x", "xt", "xb"] = "r",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        compression: Packing | Literal["auto", "by mode"] | None = BY_MODE,
        size: int | None = None,
        **options: Unpack[WriteOptions],
    ) -> TextIO | BinaryIO:
        r"""The object as a file. No request until it is read or written.

        Reading is seekable and of one version: if the object is replaced meanwhile, `ObjectChanged` is raised. What
        is written becomes the object at `close()`; an exception inside `with` publishes nothing. A file that is
        forgotten, without `close()` or `with`, publishes nothing either, but the parts it has sent stay: a
        `ResourceWarning` says so. Both hold for an `io.TextIOWrapper` that is put over `open("wb")`, too. An own call
        of `close()` publishes, in `finally` as well. S3 neither appends to objects nor changes them in place.

        Where S3's answer to the beginning of an upload was lost, an upload without parts stays, as for `upload`.

        Args:
            mode: `"r"` reads text, `"w"` writes it, `"x"` writes it if there is no such object yet; with a `"b"`
                behind they do so with bytes.
            encoding: For text. Default: UTF-8.
            errors: What to do with signs that do not fit, as in the builtin `open`.
            newline: How lines end, as in the builtin `open`; but written line ends are not changed by default.
            compression: `"gzip"`, `"bz2"`, `"xz"` or `"zstd"` unpacks or packs; `"auto"` does so by the key's suffix
                (`.gz`, `.bz2`, `.xz`, `.zst`); None never does. Default: `"auto"` for text, None for bytes.
            size: How many bytes will be written by `"wb"` or `"xb"`, if that is known: up to 48.8 TiB fit then, and
                another number publishes nothing. Without it 45.5 TiB fit, and from 4.4 GiB on a temporary file is
                used.
            **options: For writing, as in `write_bytes`.

        Returns:
            The file.

        Raises:
            ObjectNotFound: It is not there, at the first read.
            ObjectChanged: It was replaced between two reads.
            PreconditionFailed: `"x"`, `if_absent` or `if_match` did not hold, at `close()`.
            InvalidRequest: The arguments do not go together, or what is read is not packed in that way.

        Examples:
            >>> with Object("acme-photos", "log.txt.gz").open("w") as file:
            ...     written = file.write("first line\n")
            >>> with Object("acme-photos", "log.txt.gz").open() as file:
            ...     file.readline()
            'first line\n'

        AWS: s3:GetObject, s3:HeadObject; s3:PutObject or the s3:CreateMultipartUpload family
        """
        return opened(
            self,
            mode,
            options,
            encoding=encoding,
            errors=errors,
            newline=newline,
            compression=compression,
            size=size,
        )

    # -- writing ---------------------------------------------------------------------------------------------

    def write_bytes(self, data: bytes | bytearray | memoryview, **options: Unpack[WriteOptions]) -> Self:
        """Make these bytes the content. One request.

        Args:
            data: Up to 5 GiB; more by `upload` or `open`.
            **options: As in `WriteOptions`: `content_type`, `metadata`, `tags`, `storage_class`, `encryption`,
                `cache_control`, `if_absent`, `if_match` and more.

        Returns:
            The object itself.

        Raises:
            BucketNotFound: The bucket is not there.
            PreconditionFailed: `if_absent` or `if_match` did not hold.

        Examples:
            >>> Object("acme-photos", "data.bin").write_bytes(bytes(16))
            <Object s3://acme-photos/data.bin>

        AWS: s3:PutObject
        """
        from cloudkit.s3._files.body import as_bytes
        from cloudkit.s3._files.put import put_object

        if isinstance(data, str):
            raise InvalidRequest("write_bytes takes bytes, not text", hint="write_text(...)")
        body = as_bytes(data)
        answer = put_object(self, body, write_params(self, options))
        return self._written(answer, len(body))

    def write_text(
        self,
        text: str,
        *,
        encoding: str = "utf-8",
        compression: Packing | Literal["auto"] | None = "auto",
        **options: Unpack[WriteOptions],
    ) -> Self:
        """Make this text the content. One request.

        Args:
            text: The text.
            encoding: How to spell it in bytes.
            compression: As in `open`: by the key's suffix; None leaves the bytes as they are.
            **options: As in `write_bytes`.

        Returns:
            The object itself.

        Raises:
            BucketNotFound: The bucket is not there.
            PreconditionFailed: `if_absent` or `if_match` did not hold.

        Examples:
            >>> Object("acme-photos", "hello.txt").write_text("Hello", metadata={"by": "me"})
            <Object s3://acme-photos/hello.txt>

        AWS: s3:PutObject
        """
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
            raise InvalidRequest(f"write_text takes text, not {type(text).__name__}", hint=_other_way(text))
        checked_encoding(encoding)
        return self.write_bytes(packed_whole(text.encode(encoding), self.key, compression), **options)

    def write_json(self, value: object, **options: Unpack[WriteOptions]) -> Self:
        """Make the JSON of a value the content, packed by the key's suffix. One request.

        Args:
            value: What `json.dumps` takes, but no NaN and no infinity, which JSON does not know.
            **options: As in `write_bytes`; the content type is `application/json`.

        Returns:
            The object itself.

        Raises:
            InvalidRequest: JSON has no form for the value, NaN among them; it says where. Nothing was sent.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Object("acme-photos", "config.json").write_json({"size": 10})
            <Object s3://acme-photos/config.json>

        AWS: s3:PutObject
        """
        from cloudkit.s3._files.documents import JSON_TYPE, json_text

        body = json_text(value, self).encode()
        packed = packed_whole(body, self.key, "auto")
        if options.get("content_type") is None and packed is body:
            options["content_type"] = JSON_TYPE
        return self.write_bytes(packed, **options)

    def write_json_lines(
        self,
        values: Iterable[object],
        *,
        compression: Packing | Literal["auto"] | None = "auto",
        **options: Unpack[WriteOptions],
    ) -> Self:
        """Make the JSON of each value a line of the content. One request, or several if it is large.

        Values are taken as they are sent; if the iterable raises, nothing is published.

        Args:
            values: What `write_json` takes, any number.
            compression: How to pack it. `"auto"` goes by the key's suffix, as in `lines`.
            **options: As in `write_bytes`.

        Returns:
            The object itself.

        Raises:
            InvalidRequest: JSON has no form for a value; it says in which line. Nothing was published.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Object("acme-photos", "more.jsonl.gz").write_json_lines({"n": n} for n in range(3))
            <Object s3://acme-photos/more.jsonl.gz>

        AWS: s3:PutObject or the s3:CreateMultipartUpload family
        """
        from cloudkit.s3._files.lines import write_json_lines

        write_json_lines(self, values, options, compression)
        return self

    def upload(
        self,
        source: Source,
        *,
        progress: ProgressHook | bool | None = None,
        resume: bool = False,
        timeout: Duration | None = None,
        **options: Unpack[WriteOptions],
    ) -> Self:
        """Make a file, bytes or a stream the content; much goes in parts, in parallel. One request or more.

        Up to 48.8 TiB fit, 45.5 TiB of a stream whose end is not known. It appears all at once at the end; an
        exception leaves what was there, and no parts. Only if S3's answer to the beginning of the upload was lost, an
        upload without parts stays, since nobody knows its id: `bucket.uploads(older_than=...).abort()` takes it away.

        Args:
            source: A path of a file; bytes; a binary file open for reading, which is read from where it stands, stays
                open, and stands at its end then; or an iterable of bytes. Text goes by `write_text`, a folder by
                `bucket.sync_from`, another object by `copy_to`.
            progress: Called with a `Progress` as bytes are sent; True shows a bar.
            resume: Take up the newest upload of this object that was begun and is not over: parts that are the same
                stay, the rest is sent; content type, metadata and so on are those it was begun with. If this one
                fails, its parts stay for the next time, and cost until then; not if another writer came in between
                (`PreconditionFailed`, `Conflict`). With `encryption` or `acl` it is as if it were not given: what an
                earlier upload was begun with in this respect, S3 does not tell. With `if_absent` or `if_match`, a lost
                answer to the end of an upload that was taken up is `PreconditionFailed`. One at a time for an object.
            timeout: Seconds for all of it. Default: no limit.
            **options: As in `write_bytes`.

        Returns:
            The object itself.

        Raises:
            BucketNotFound: The bucket is not there.
            PreconditionFailed: `if_absent` or `if_match` did not hold.
            Conflict: The file was changed while it was read; or, with a condition, others wrote at the same time.
            InvalidRequest: The source cannot be uploaded, or not with `resume`.
            DeadlineExceeded: It was not done within `timeout`.
            OSError: The file cannot be read.

        Examples:
            >>> Object("acme-photos", "page.html").upload("index.html").content_type
            'text/html; charset=utf-8'

        AWS: s3:PutObject or s3:CreateMultipartUpload, s3:UploadPart, s3:CompleteMultipartUpload,
            s3:AbortMultipartUpload; with `resume` s3:ListMultipartUploads, s3:ListParts
        """
        from cloudkit.s3._transfer.upload import upload

        with limited(timeout):
            upload(self, source, write_params(self, options), progress=progress, resume=resume)
        return self

    @overload
    def download(
        self,
        target: str | os.PathLike[str],
        *,
        progress: ProgressHook | bool | None = ...,
        timeout: Duration | None = ...,
    ) -> Path: ...
    @overload
    def download(
        self,
        target: Writable,
        *,
        progress: ProgressHook | bool | None = ...,
        timeout: Duration | None = ...,
    ) -> int: ...
    def download(
        self,
        target: str | os.PathLike[str] | Writable,
        *,
        progress: ProgressHook | bool | None = None,
        timeout: Duration | None = None,
    ) -> Path | int:
        """Fetch the content into a file; large ones come in ranges, in parallel. One request or more.

        The file appears under its name when it is complete and verified against the checksum that S3 keeps of it,
        and not before; a file that has the name already is replaced then. An open file is written in order and stays
        open.

        Args:
            target: The path of the file, or of a folder that gets a file of the object's `name`; or a binary file
                open for writing.
            progress: Called with a `Progress` as bytes arrive; True shows it.
            timeout: Seconds for all of it. Default: no limit.

        Returns:
            The path of the file; for an open file, how many bytes were written.

        Raises:
            ObjectNotFound: The bucket has no such object.
            BucketNotFound: The bucket is not there.
            ObjectChanged: The object was replaced meanwhile.
            DeadlineExceeded: It was not done within `timeout`.
            OSError: The file cannot be written here.
            InvalidRequest: The target is neither a path nor a binary file open for writing.

        Examples:
            >>> Object("acme-photos", "hello.txt").download("hello.txt").read_text()
            'Hello'

        AWS: s3:GetObject
        """
        from cloudkit.s3._transfer.download import check_target, download, download_into

        check_target(target)
        with limited(timeout):
            if isinstance(target, (str, os.PathLike)):
                return download(self, target, progress)
            return download_into(self, target, progress)

    @property
    def checksum(self) -> Checksum | None:
        """What S3 keeps to tell whether the content is still the same; None if nothing. One request each time."""
        from cloudkit.s3.checksum import checksum_of

        return checksum_of(self._head_with_checksum())

    def verify(self, data: bytes | str | os.PathLike[str]) -> bool:
        """Whether a file here, or bytes, are the content. One request; more if it was uploaded in parts.

        Compared is the size, and the checksum that S3 keeps, or else the ETag where that is an MD5.

        Args:
            data: The path of a file, or bytes.

        Returns:
            True or False.

        Raises:
            ObjectNotFound: The bucket has no such object.
            InvalidRequest: S3 keeps nothing of it that can be computed here.
            FileNotFoundError: There is no such file here.

        Examples:
            >>> photo = Object("acme-photos", "cat.jpg")
            >>> photo.verify(photo.download("cat.jpg"))
            True

        AWS: s3:HeadObject
        """
        from cloudkit.s3._files.verifying import verify

        return verify(self, self._head_with_checksum(), data)

    def copy_to(
        self,
        target: Object | Bucket | Folder | str,
        *,
        keep: Iterable[Kept] = KEPT_BY_DEFAULT,
        part_size: int | None = None,
        progress: ProgressHook | bool | None = None,
        timeout: Duration | None = None,
        **options: Unpack[WriteOptions],
    ) -> Object:
        """Copy within S3; no bytes come here. One request up to 5 GB, parts in parallel above: the copy is the same.

        What options give replaces what the source has. Options that replace one of content type, metadata and the
        like cost a request more, which reads the others.

        Args:
            target: An object, a bucket (the key stays), a folder (the name stays), an `s3://` address, or another key
                in the same bucket; a key that ends in a slash is a folder.
            keep: What the copy gets of the source beside the content: `"metadata"` (with content type and the
                other headers), `"tags"`, `"acl"`, `"storage_class"`, and `"encryption"`: its KMS key. Without that
                a copy is encrypted as its bucket says, but a copy onto itself keeps the key.
            part_size: Bytes, 5 MiB to 5 GiB: a larger object goes in parts of that size. Default: above 5 GB alone.
            progress: Called with a `Progress` as bytes are copied; True shows it.
            timeout: Seconds for all of it. Default: no limit.
            **options: As in `write_bytes`; conditions are about the target, `aws` is for CopyObject.

        Returns:
            The copy.

        Raises:
            ObjectNotFound: There is nothing to copy.
            BucketNotFound: One of the buckets is not there.
            ObjectChanged: The source was replaced meanwhile; there is no copy.
            DeadlineExceeded: It was not done within `timeout`.
            PreconditionFailed: `if_absent` or `if_match` does not hold.
            AccessDenied: The credentials of the target's Cloud, which make the copy, may not read the source.
            InvalidRequest: The target is a version or on another server, or nothing would change.

        Examples:
            >>> Object("acme-photos", "hello.txt").copy_to("greeting.txt", metadata={"by": "me"})
            <Object s3://acme-photos/greeting.txt>

        AWS: s3:CopyObject, s3:HeadObject, s3:GetObjectTagging, s3:GetObjectAcl, s3:UploadPartCopy
        """
        place = self._place_of(target)
        with limited(timeout):
            copy(self, place, options, keep=keep, part_size=part_size, progress=progress)
        return place

    def move_to(
        self,
        target: Object | Bucket | Folder | str,
        *,
        keep: Iterable[Kept] = KEPT_BY_DEFAULT,
        part_size: int | None = None,
        progress: ProgressHook | bool | None = None,
        timeout: Duration | None = None,
        **options: Unpack[WriteOptions],
    ) -> Object:
        """Copy within S3, and then delete the source if it is still what was copied. Three requests or more.

        Within one directory bucket it is renamed, by one request, unless `keep` or `options` change more than its name.
        If the copy fails, nothing is deleted. It stays encrypted with the same KMS key unless `encryption` says
        otherwise. In a bucket with versioning the source gets a delete marker; of a
        version, that version is gone for good.

        Args:
            target: As in `copy_to`.
            keep: As in `copy_to`.
            part_size: As in `copy_to`.
            progress: As in `copy_to`.
            timeout: As in `copy_to`.
            **options: As in `copy_to`.

        Returns:
            The object where it is now.

        Raises:
            ObjectNotFound: There is nothing to move.
            ObjectChanged: The source was replaced meanwhile, and is still there.
            DeadlineExceeded: It was not done within `timeout`.
            PreconditionFailed: `if_absent` or `if_match` does not hold.
            InvalidRequest: It is there already.

        Examples:
            >>> Object("acme-photos", "hello.txt").move_to("greetings/hello.txt", if_absent=True)
            <Object s3://acme-photos/greetings/hello.txt>

        AWS: s3:HeadObject, s3:CopyObject, s3:DeleteObject, s3:UploadPartCopy, s3:RenameObject
        """
        place = self._place_of(target)
        with limited(timeout):
            move(self, place, options, keep=keep, part_size=part_size, progress=progress)
        self._unlearn()
        return place

    def _place_of(self, target: Object | Bucket | Folder | str) -> Object:
        """Where a copy goes: into a folder it goes under its own name."""
        if isinstance(target, str):
            if target.startswith(SCHEME):
                place = Object(target, cloud=self.cloud)
                if place.bucket_name == self.bucket_name:
                    place = Object(target, **way_to(self))
                return place / self.name if place.key.endswith("/") else place
            return self._sibling(target + self.name if target.endswith("/") else target)
        if isinstance(target, Object):
            return target
        if isinstance(target, FolderAddress):
            return target / self.name
        if not isinstance(target, BucketAddress):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
            raise InvalidRequest(
                f"{target!r} is no place in S3: it takes an object, a bucket, a folder, an address or a key",
                resource=str(self),
                hint="object.download(path) is the way to a file here",
            )
        return target[self.key]

    @overload
    def edit(self) -> Edit[dict[str, Any]]: ...
    @overload
    def edit(self, *, default: T) -> Edit[T]: ...
    @overload
    def edit(self, type: type[T], *, default: T | None = None) -> Edit[T]: ...
    def edit(self, type: type[Any] | None = None, *, default: Any = None) -> Edit[Any]:
        """Change a JSON document in a `with` block, if nobody else writes it meanwhile. Three requests; one if it stays.

        What is read is changed in place and written back at the end of the block with the same metadata and tags,
        only if the object is still what was read. A new object takes two requests, for it has no tags to read. A block cannot be run again: where several write, `edit_with`
        repeats.

        Args:
            type: The class of the document, such as `list` or `dict[str, int]`. Default: that of `default`, or `dict`.
            default: The document to begin with where there is no object yet. Default: that is an error.

        Returns:
            A context manager that gives the document.

        Raises:
            ObjectChanged: At the end of the block: another writer came in between. Nothing was written.
            ObjectNotFound: There is no object, and no default.
            AccessDenied: Its tags may not be read (s3:GetObjectTagging), and writing would drop them.
            InvalidRequest: It is no JSON, or not of that type.

        Examples:
            >>> with Object("acme-photos", "config.json").edit() as document:
            ...     document["size"] += 1
            >>> Object("acme-photos", "config.json").read_json()
            {'size': 11}

        AWS: s3:GetObject, s3:GetObjectTagging, s3:PutObject
        """
        from cloudkit.s3.edit import Edit

        return Edit(self, type, default)

    @overload
    def edit_with(
        self, change: Callable[[dict[str, Any]], dict[str, Any] | None], *, attempts: int = ...
    ) -> dict[str, Any]: ...
    @overload
    def edit_with(self, change: Callable[[T], T | None], *, default: T, attempts: int = ...) -> T: ...
    @overload
    def edit_with(
        self, change: Callable[[T], T | None], type: type[T], *, default: T | None = None, attempts: int = ...
    ) -> T: ...
    def edit_with(
        self,
        change: Callable[[Any], Any],
        type: type[Any] | None = None,
        *,
        default: Any = None,
        attempts: int = EDIT_ATTEMPTS,
    ) -> Any:
        """Change a JSON document by a function, again if others write in between. Three requests an attempt, or two.

        One reads it, one its tags (none if it is new), and one writes it; only the first if it stays as it is.

        Args:
            change: Changes the document in place and returns None, or returns the whole new one. It may be called
                several times, each time with what is there then.
            type: The class of the document, such as `list` or `dict[str, int]`. Default: that of `default`, or `dict`.
            default: The document to begin with where there is no object yet. Default: that is an error.
            attempts: How often at most, 1 or more; the pause in between grows to 2 seconds.

        Returns:
            The document as it is now.

        Raises:
            ObjectChanged: Others were quicker each time. Nothing was written.
            ObjectNotFound: There is no object, and no default.
            AccessDenied: Its tags may not be read (s3:GetObjectTagging), and writing would drop them.
            InvalidRequest: It is no JSON, or not of that type.

        Examples:
            >>> def count(document):
            ...     document["visits"] += 1
            >>> Object("acme-photos", "visits.json").edit_with(count, default={"visits": 0})
            {'visits': 1}

        AWS: s3:GetObject, s3:GetObjectTagging, s3:PutObject
        """
        from cloudkit.s3.edit import edit_with

        return edit_with(self, change, type, default, attempts)

    def delete(self) -> None:
        """Delete it; fine if it is not there. One request.

        In a bucket with versioning an object only gets a delete marker; one version is gone for good.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> Object("acme-photos", "hello.txt").delete()

        AWS: s3:DeleteObject
        """
        with suppress(NotFound):
            self._call("delete_object", **address(self))
        self._unlearn()

    # -- links and versions ----------------------------------------------------------------------------------

    def url(
        self,
        *,
        expires: Duration | datetime = DEFAULT_PRESIGN_SECONDS,
        filename: str | None = None,
        content_type: str | None = None,
        region: str | None = None,
    ) -> Link:
        """A link that lets anybody read it for a while. No request; one in five minutes to learn the bucket's region.

        Whoever has the link can use it: treat it as a password. Its `repr` hides the signature. It ends no later
        than the credentials do, which a `LinkEndsEarly` warning tells of.

        Args:
            expires: Seconds, 1 to 604,800 (7 days); or the moment when it ends.
            filename: What a browser saves it as.
            content_type: What it is served as. Default: its own content type.
            region: The bucket's region, if it shall not be asked for.

        Returns:
            The address, signed with signature version 4.

        Raises:
            InvalidRequest: AWS takes no such time, or the content has a customer key.
            BucketNotFound: The bucket is not there.
            CredentialsError: There is nothing to sign with.

        Examples:
            >>> Object("acme-photos", "hello.txt").url(expires=600, filename="hi.txt").startswith("https://")
            True

        AWS: s3:HeadBucket; the link is for s3:GetObject
        """
        from cloudkit.s3.link import link_to_read

        return link_to_read(
            self, expires=expires, filename=filename, content_type=content_type, region=region
        )

    def upload_url(
        self,
        *,
        expires: Duration | datetime = DEFAULT_PRESIGN_SECONDS,
        content_type: str | None = None,
        metadata: TagMap | None = None,
        tags: TagMap | None = None,
        storage_class: str | None = None,
        encryption: Encryption | str | None = None,
        if_absent: bool = False,
        region: str | None = None,
    ) -> Link:
        """A link that lets anybody write it by a PUT for a while, of any size up to 5 GB. No request, as for `url`.

        What is given here becomes `link.headers`: they have to be sent with the PUT just so. A limit to the size
        is what `bucket.upload_form` has. A bucket that retains all objects by default (Object Lock) wants the header
        Content-MD5, or a checksum, from the sender too.

        Args:
            expires: Seconds, 1 to 604,800 (7 days); or the moment when it ends.
            content_type: The content type that it must be sent with. Default: whoever uses the link says.
            metadata: As in `write_bytes`.
            tags: As in `write_bytes`.
            storage_class: As in `write_bytes`.
            encryption: As in `write_bytes`.
            if_absent: Whether it can be used only while there is no such object.
            region: The bucket's region, if it shall not be asked for.

        Returns:
            The address, signed with signature version 4.

        Raises:
            InvalidRequest: AWS takes no such time, or it is a version, or has a customer key.
            BucketNotFound: The bucket is not there.
            CredentialsError: There is nothing to sign with.

        Examples:
            >>> link = Object("acme-photos", "new.png").upload_url(content_type="image/png")
            >>> link.method, link.headers
            ('PUT', {'Content-Type': 'image/png'})

        AWS: s3:HeadBucket; the link is for s3:PutObject
        """
        from cloudkit.s3.link import link_to_write

        options: WriteOptions = {
            "content_type": content_type,
            "metadata": metadata,
            "tags": tags,
            "storage_class": storage_class,
            "encryption": encryption,
            "if_absent": if_absent,
        }
        return link_to_write(self, options, expires=expires, region=region)

    def versions(self) -> Listing[Object]:
        """The versions of this object, newest first. One request a page.

        Returns:
            Objects with a `version_id`; delete markers are left out.

        Raises:
            BucketNotFound: The bucket is not there.

        Examples:
            >>> [version.read_text() for version in Object("acme-photos", "hello.txt").versions()]
            ['Hello']

        AWS: s3:ListObjectVersions
        """
        return self.bucket.versions(prefix=self.key, key=self.key)

    def at(self, version_id: str) -> Object:
        """One version of it. No request.

        Args:
            version_id: Its id; `"null"` for what was written without versioning.

        Returns:
            The version.

        Raises:
            InvalidRequest: The id is empty.

        Examples:
            >>> Object("acme-photos", "hello.txt").at("null").read_text()
            'Hello'

        AWS: none
        """
        from cloudkit.s3._transfer.version import at_version

        return at_version(self, version_id)

    def restore(self, version: Object | str | None = None, *, if_match: str | None = None) -> Object:
        """Make an old version the newest, by copying it onto its key: `version.restore()`. Two requests.

        Metadata, tags, storage class and encryption with a KMS key come along. The versions in between stay.

        Args:
            version: Which one, if this object is none: a version of it, or its id.
            if_match: Only if what is there now has this ETag.

        Returns:
            The object, without a version.

        Raises:
            ObjectNotFound: There is no such version.
            PreconditionFailed: `if_match` does not hold.
            InvalidRequest: No version is named, or it is a delete marker or another object's; or `if_match` is empty.

        Examples:
            >>> Bucket("acme-photos").versioning = True
            >>> thing = Object("acme-photos", "hello.txt").write_text("Good day")
            >>> version = thing.write_text("Good night").versions().to_list()[1]
            >>> thing.restore(version).read_text()
            'Good day'

        AWS: s3:CopyObject, s3:HeadObject, the s3:CreateMultipartUpload family
        """
        from cloudkit.s3._transfer.version import bring_back, version_of

        old = version_of(self, version)
        now = self._sibling(self.key)
        bring_back(old, now, if_match=if_match)
        self._unlearn()
        return now

    def undelete(self) -> Self:
        """Take back a delete: the delete markers above its newest version go. Two requests; one if there are none.

        Returns:
            The object itself.

        Raises:
            ObjectNotFound: There is no version to come back to: in a bucket without versioning a delete is final.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Object("acme-photos", "hello.txt").undelete().read_text()
            'Hello'

        AWS: s3:ListObjectVersions, s3:DeleteObjects
        """
        from cloudkit.s3._tree.history import undelete

        undelete(self.bucket, self)
        self._unlearn()
        return self

    # -- tags and locks --------------------------------------------------------------------------------------

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set, which reads them first; setting them replaces all in one request."""
        return Tags(self._read_tags, self._add_tags, self._remove_tags, self._write_tags)

    @tags.setter
    def tags(self, wanted: TagMap | None) -> None:
        self.tags.replace({} if wanted is None else wanted)

    def _read_tags(self) -> dict[str, str]:
        return tag_dict(self._call("get_object_tagging", **address(self))["TagSet"])

    def _add_tags(self, tags: dict[str, str]) -> None:
        self._write_tags({**self._read_tags(), **tags})

    def _remove_tags(self, keys: Sequence[str]) -> None:
        self._write_tags({key: value for key, value in self._read_tags().items() if key not in keys})

    def _write_tags(self, tags: dict[str, str]) -> None:
        if len(tags) > MAX_OBJECT_TAGS:
            raise InvalidRequest(f"{len(tags)} tags: an object has at most {MAX_OBJECT_TAGS}")
        if tags:
            self._call("put_object_tagging", **address(self), Tagging={"TagSet": tag_list(tags)})
        else:
            self._call("delete_object_tagging", **without_payer(address(self)))

    @property
    def legal_hold(self) -> bool:
        """Whether the version is kept from being deleted until this is switched off. One request each way."""
        from cloudkit.s3.retention import read_legal_hold

        return read_legal_hold(self)

    @legal_hold.setter
    def legal_hold(self, on: bool) -> None:
        from cloudkit.s3.retention import write_legal_hold

        write_legal_hold(self, on)

    @property
    def retention(self) -> Retention | None:
        """Until when the version cannot be deleted; None too if these credentials may not ask. One request each way.

        Set to a `datetime`, or a `timedelta` from now on, its mode is GOVERNANCE; None ends it.
        """
        from cloudkit.s3.retention import read_retention

        return read_retention(self)

    @retention.setter
    def retention(self, wanted: RetentionLike | None) -> None:
        from cloudkit.s3.retention import write_retention

        write_retention(self, wanted)

    def retain(
        self,
        until: datetime | timedelta | None,
        *,
        mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE",
        bypass_governance: bool = False,
    ) -> Self:
        """Keep the version from being deleted until then; in a bucket with Object Lock. One request.

        Args:
            until: The end, with its time zone, or how long from now on; None ends it now.
            mode: `"GOVERNANCE"`, or `"COMPLIANCE"`, which nobody can shorten.
            bypass_governance: Whether to shorten or end one of mode GOVERNANCE, with s3:BypassGovernanceRetention.

        Returns:
            The object itself.

        Raises:
            AccessDenied: It would be shortened, and that is not allowed.
            InvalidRequest: The bucket has no Object Lock, or the time has no zone or is over.

        Examples:
            >>> from datetime import datetime, timezone
            >>> vault = Bucket.create("acme-vault", object_lock=True)
            >>> contract = vault["contract.pdf"].write_bytes(b"...")
            >>> contract.retain(datetime(2035, 1, 1, tzinfo=timezone.utc)).retention.mode
            'GOVERNANCE'

        AWS: s3:PutObjectRetention
        """
        from cloudkit.s3.retention import Retention, as_retention, write_retention

        end = None if until is None else as_retention(until).until
        wanted = None if end is None else Retention(end, mode)
        write_retention(self, wanted, bypass_governance=bypass_governance)
        self._unlearn()
        return self
