"""An upload in parts that was begun, and is neither complete nor aborted. Its parts cost until it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import as_datetime
from cloudkit._core.resource import Attribute, attribute
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import contents_address
from cloudkit.s3._address.way import Reached, contents_named, way_to
from cloudkit.s3._directory import is_directory, listed_prefix
from cloudkit.s3._given import lasting
from cloudkit.s3._names import as_bucket_name
from cloudkit.s3._service import S3
from cloudkit.s3._tree.aborting import abort_all
from cloudkit.s3.errors import UploadNotFound
from cloudkit.s3.object import Object
from cloudkit.types import Answer, Duration

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


@frozen
class UploadPart:
    """A part that was uploaded.

    Attributes:
        number: 1 to 10,000.
        size: Its bytes.
        etag: Its ETag.
        modified: When it came.
    """

    number: int
    size: int
    etag: str
    modified: datetime


@define(eq=False, repr=False)
class Upload(Reached):
    """An upload in parts under way, or left over by somebody who gave up. `bucket.uploads()` finds them.

    Args:
        bucket_name: The name of the bucket.
        key: What it is to become.
        id: S3's id of the upload.
        expected_bucket_owner: The number of the account that the bucket must be of.
        request_payer: As in `Bucket`.
        cloud: Where it lives. Default: the current Cloud.

    Raises:
        InvalidRequest: There can be no such bucket.

    Examples:
        >>> Upload("acme-photos", "film.mp4", "VXBsb2FkIElE").object
        <Object s3://acme-photos/film.mp4>

    AWS: none
    """

    _service = S3
    _boto3_name: ClassVar[str | None] = "MultipartUpload"

    bucket_name: str = field(converter=as_bucket_name)
    key: str
    id: str

    started: ClassVar[Attribute[datetime]] = attribute("Initiated", datetime)
    storage_class: ClassVar[Attribute[str | None]] = attribute("StorageClass", str, optional=True)

    @property
    def object(self) -> Object:
        """What it is to become."""
        return Object(self.bucket_name, self.key, **way_to(self))

    def _place(self) -> dict[str, Any]:
        """Bucket and key, as S3's operations name them."""
        return {**contents_named(self.bucket_name, self), "Key": self.key}

    @override
    def __str__(self) -> str:
        return f"s3://{self.bucket_name}/{self.key}?uploadId={self.id}"

    @classmethod
    def get(
        cls,
        bucket_name: str,
        key: str,
        *,
        id: str,
        expected_bucket_owner: str | None = None,
        request_payer: bool = False,
        cloud: Cloud | None = None,
    ) -> Self:
        """Find an upload and load its attributes. One request.

        Args:
            bucket_name: The name of the bucket.
            key: What it is to become.
            id: S3's id of the upload.
            expected_bucket_owner: The number of the account that the bucket must be of.
            request_payer: As in `Bucket`.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The upload, loaded.

        Raises:
            UploadNotFound: It is complete, aborted, or never was.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> found = Bucket("acme-photos").uploads().one()
            >>> Upload.get(found.bucket_name, found.key, id=found.id) == found
            True

        AWS: s3:ListMultipartUploads
        """
        return cls(
            bucket_name,
            key,
            id,
            expected_bucket_owner=expected_bucket_owner,
            request_payer=request_payer,
            cloud=cloud,
        ).refresh()

    @override
    def _load(self) -> Answer:
        pages = self.cloud.pages(
            S3,
            "list_multipart_uploads",
            about=self,
            Prefix=listed_prefix(self.bucket_name, self.key),
            **contents_named(self.bucket_name, self),
        )
        for page in pages:
            for row in page.get("Uploads", []):
                if row["Key"] == self.key and row["UploadId"] == self.id:
                    return dict(row)
        raise UploadNotFound(
            "there is no such upload: it is complete, aborted, or never was",
            service="s3",
            operation="ListMultipartUploads",
            resource=str(self),
        )

    @classmethod
    def _of(cls, bucket: BucketAddress, row: Answer) -> Self:
        made = cls(bucket.name, row["Key"], row["UploadId"], **way_to(bucket))
        return made._learn(row, whole=True)

    def parts(self) -> Listing[UploadPart]:
        """The parts that have come so far, by their numbers. One request for each 1,000.

        Returns:
            The parts.

        Raises:
            UploadNotFound: It is complete or aborted.

        Examples:
            >>> [part.size for part in Bucket("acme-photos").uploads().one().parts()]
            [1024]

        AWS: s3:ListParts
        """
        return paged(
            self.cloud,
            S3,
            "list_parts",
            "Parts",
            _part_of,
            of="UploadPart",
            about=self,
            UploadId=self.id,
            **self._place(),
        )

    def abort(self) -> None:
        """Throw away what has come; fine if it is over already. One request.

        A part that is still on its way may come to lie there after it: then `exists()` is True, and it is to be
        aborted again. In a directory bucket, one that was listed is aborted only if it was begun when the listing
        says; other buckets know no such condition.

        Raises:
            PreconditionFailed: In a directory bucket: it was begun at another time.
            BucketNotFound: The bucket is not there.
            AccessDenied: These credentials may not.

        Examples:
            >>> Bucket("acme-photos").uploads().one().abort()

        AWS: s3:AbortMultipartUpload
        """
        begun = self._known("Initiated") if is_directory(self.bucket_name) else None
        with suppress(UploadNotFound):
            self._call(
                "abort_multipart_upload", **self._place(), UploadId=self.id, IfMatchInitiatedTime=begun
            )
        self._unlearn()


@frozen(eq=False, repr=False)
class Uploads(Listing[Upload]):
    """The uploads in parts that a bucket has open; `abort` throws all of these away."""

    _about: BucketAddress = field(kw_only=True, alias="about")

    def abort(self, *, dry_run: bool = False) -> int:
        """Abort these: a request for each, several at once, and those of the listing. Fine if some are over already.

        Args:
            dry_run: Count alone, and abort nothing.

        Returns:
            How many there were; with `dry_run`, how many there are.

        Raises:
            BatchError: Some could not be aborted; `.failed` says which and why.
            BucketNotFound: The bucket is not there.

        Examples:
            >>> Bucket("acme-photos").uploads(older_than=timedelta(days=1)).abort()
            1

        AWS: s3:ListMultipartUploads, s3:AbortMultipartUpload
        """
        if dry_run:
            return sum(1 for _ in self)
        return abort_all(self, about=self._about)


def _part_of(row: Answer) -> UploadPart:
    return UploadPart(
        int(row["PartNumber"]), int(row["Size"]), str(row["ETag"]), as_datetime(row["LastModified"])
    )


def uploads_of(bucket: BucketAddress, prefix: str, older_than: Duration | None = None) -> Uploads:
    """Those of a bucket, if they were begun long enough ago."""
    age = None if older_than is None else _age(older_than)
    found = paged(
        bucket.cloud,
        S3,
        "list_multipart_uploads",
        "Uploads",
        lambda row: Upload._of(bucket, row),  # pyright: ignore[reportPrivateUsage]
        of="Upload",
        keep=None if age is None else lambda upload: upload.started <= datetime.now(timezone.utc) - age,
        about=bucket,
        Prefix=prefix or None,
        **contents_address(bucket),
    )

    def fetch(limit: int | None) -> Iterator[Sequence[Upload]]:
        return (found if limit is None else found.limit(limit)).pages()

    return Uploads(fetch, "Upload", about=bucket)


def _age(given: Duration) -> timedelta:
    """How old they are at least. Less than nothing would be all of them, those that begin now too."""
    age = lasting("older_than", given)
    if age < 0:
        raise InvalidRequest(
            f"older_than={given!r}: it is 0 seconds or more, or a timedelta", hint="timedelta(days=1)"
        )
    return timedelta(seconds=age)
