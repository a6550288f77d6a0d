"""An upload in parts that was begun, and is neither complete nor aborted. Its parts cost until it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field, frozen
from typing_extensions import Self, override

from cloudkit._core.batching import Outcome, send_all
from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import as_datetime, compact, seconds
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.errors import CloudError
from cloudkit.s3._address import bucket_address
from cloudkit.s3._headers import one_line
from cloudkit.s3._limits import ABORT_WORKERS
from cloudkit.s3._service import S3
from cloudkit.s3.errors import UploadNotFound
from cloudkit.types import Answer, Duration

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.object import Object


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
class Upload(Resource):
    """An upload in parts under way, or left over by somebody who gave up. `bucket.uploads()` finds them.

    Args:
        bucket_name: The name of the bucket.
        key: What it is to become.
        id: S3's id of the upload.
        expected_bucket_owner: The number of the account that the bucket must be of.
        cloud: Where it lives. Default: the current Cloud.

    Example:
        >>> Upload("acme-photos", "film.mp4", "VXBsb2FkIElE").object
        <Object s3://acme-photos/film.mp4>

    AWS: none
    """

    _service = S3
    _boto3_name: ClassVar[str | None] = "MultipartUpload"

    bucket_name: str
    key: str
    id: str
    expected_bucket_owner: str | None = field(kw_only=True, default=None, validator=one_line)

    started: ClassVar[Attribute[datetime]] = attribute("Initiated", datetime)
    storage_class: ClassVar[Attribute[str | None]] = attribute("StorageClass", str, optional=True)

    @property
    def object(self) -> Object:
        """What it is to become."""
        from cloudkit.s3.object import Object

        return Object(
            self.bucket_name, self.key, expected_bucket_owner=self.expected_bucket_owner, cloud=self.cloud
        )

    @override
    def __str__(self) -> str:
        return f"s3://{self.bucket_name}/{self.key}?uploadId={self.id}"

    @classmethod
    def get(cls, bucket_name: str, key: str, *, id: str, cloud: Cloud | None = None) -> Self:
        """Find an upload and load its attributes. One request.

        Args:
            bucket_name: The name of the bucket.
            key: What it is to become.
            id: S3's id of the upload.
            cloud: Where it lives. Default: the current Cloud.

        Returns:
            The upload, loaded.

        Raises:
            UploadNotFound: It is complete, aborted, or never was.
            BucketNotFound: The bucket is not there.

        Example:
            >>> found = Bucket("acme-photos").uploads().one()
            >>> Upload.get(found.bucket_name, found.key, id=found.id) == found
            True

        AWS: s3:ListMultipartUploads
        """
        return cls(bucket_name, key, id, cloud=cloud).refresh()

    @override
    def _load(self) -> Answer:
        pages = self.cloud.pages(S3, "list_multipart_uploads", about=self, **self._bucket(), Prefix=self.key)
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

    def _bucket(self) -> dict[str, Any]:
        return compact({"Bucket": self.bucket_name, "ExpectedBucketOwner": self.expected_bucket_owner})

    @classmethod
    def _of(cls, bucket: Bucket, row: Answer) -> Self:
        made = cls(
            bucket.name,
            row["Key"],
            row["UploadId"],
            expected_bucket_owner=bucket.expected_bucket_owner,
            cloud=bucket.cloud,
        )
        return made._learn(row, whole=True)

    def parts(self) -> Listing[UploadPart]:
        """The parts that have come so far, by their numbers. One request for each 1,000.

        Returns:
            The parts.

        Raises:
            UploadNotFound: It is complete or aborted.

        Example:
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
            Key=self.key,
            UploadId=self.id,
            **self._bucket(),
        )

    def abort(self) -> None:
        """Throw away what has come; fine if it is over already. One request.

        A part that is still on its way may come to lie there after it: then `exists()` is True, and it is to be
        aborted again.

        Raises:
            BucketNotFound: The bucket is not there.
            AccessDenied: These credentials may not.

        Example:
            >>> Bucket("acme-photos").uploads().one().abort()

        AWS: s3:AbortMultipartUpload
        """
        with suppress(UploadNotFound):
            self._call("abort_multipart_upload", **self._bucket(), Key=self.key, UploadId=self.id)
        self._unlearn()


def _part_of(row: Answer) -> UploadPart:
    return UploadPart(
        int(row["PartNumber"]), int(row["Size"]), str(row["ETag"]), as_datetime(row["LastModified"])
    )


def uploads_of(bucket: Bucket, prefix: str, older_than: Duration | None) -> Listing[Upload]:
    """Those of a bucket, if they were begun long enough ago."""
    age = None if older_than is None else timedelta(seconds=seconds(older_than))
    return paged(
        bucket.cloud,
        S3,
        "list_multipart_uploads",
        "Uploads",
        lambda row: Upload._of(bucket, row),  # pyright: ignore[reportPrivateUsage]
        of="Upload",
        keep=None if age is None else lambda upload: upload.started <= datetime.now(timezone.utc) - age,
        about=bucket,
        Prefix=prefix or None,
        **bucket_address(bucket),
    )


def abort_all(uploads: Iterable[Upload], *, about: Bucket) -> int:
    """Abort them, several at once."""
    gone = send_all(
        uploads,
        _abort,
        clock=about.cloud.clock,
        most=1,
        workers=ABORT_WORKERS,
        service="s3",
        operation="AbortMultipartUpload",
        resource=about.name,
    )
    return len(gone)


def _abort(batch: Sequence[Upload]) -> Outcome[None]:
    """Abort each: what fails is that one's error, and the others go on."""
    errors: dict[int, CloudError] = {}
    for index, upload in enumerate(batch):
        try:
            upload.abort()
        except CloudError as error:
            errors[index] = error
    return Outcome({index: None for index in range(len(batch)) if index not in errors}, errors)
