"""A bucket: its name and the way there, and what AWS says of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic

from attrs import define, field
from typing_extensions import TypeVar, override

from cloudkit._core.params import as_datetime, without_metadata
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._address.way import Reached, bucket_named, contents_named
from cloudkit.s3._directory import is_directory
from cloudkit.s3._names import as_bucket_name, is_arn
from cloudkit.s3._region import creation_date, region_of
from cloudkit.s3._service import S3
from cloudkit.types import Answer

# What objects are made of; without a word about it nobody needs to know.
Thing_co = TypeVar("Thing_co", bound=ObjectAddress, covariant=True, default=ObjectAddress)

# Where a listing of buckets tells it.
CREATED = "CreationDate"


@define(eq=False, repr=False)
class BucketAddress(Generic[Thing_co], Reached):  # noqa: PYI059 - the other way, `Resource` hides Generic's own set-up
    """What `Bucket` is but for its verbs. It is made as a `Bucket` alone."""

    _service = S3
    _boto3_name: ClassVar[str | None] = "Bucket"
    _makes: ClassVar[type[Any]] = ObjectAddress

    name: str = field(converter=as_bucket_name)

    @property
    def created(self) -> datetime | None:
        """When it was made, or its policy changed last, as S3 tells it; None if it is not of the Cloud's account.

        One request, unless it is of a listing: only those tell.
        """
        known = self._known(CREATED)
        if known is None and (known := creation_date(self.cloud, self.name)) is not None:
            before = self._snapshot
            data = {CREATED: known} if before is None else {**before.data, CREATED: known}
            self._learn(data, whole=before is not None and before.whole)
        return None if known is None else as_datetime(known)

    @property
    def region(self) -> str:
        """The region that it is in. One request in five minutes; known even where the bucket may not be read."""
        return str(
            self._known("BucketRegion") or region_of(self.cloud, self.name, self.expected_bucket_owner) or ""
        )

    @property
    def arn(self) -> str:
        """The Amazon Resource Name; that of a directory bucket has region and account, a request each if unknown."""
        if is_arn(self.name):
            return self.name
        if is_directory(self.name):
            account = self.expected_bucket_owner or self.cloud.account_id
            return f"arn:{self.cloud.partition}:s3express:{self.region}:{account}:bucket/{self.name}"
        return f"arn:{self.cloud.partition}:s3:::{self.name}"

    @override
    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        return super()._call(operation, aws=aws, **self._named(), **params)

    def _named(self) -> dict[str, Any]:
        """What S3's operations name the bucket by."""
        return bucket_address(self)

    def _kind(self) -> type[Thing_co]:
        """Of which class its objects are made."""
        return self._makes

    @override
    def _load(self) -> Answer:
        return without_metadata(self._call("head_bucket"))


def bucket_address(of: BucketAddress) -> dict[str, Any]:
    """What S3's operations name a bucket by, for its settings."""
    return bucket_named(of.name, of)


def contents_address(of: BucketAddress) -> dict[str, Any]:
    """The same for what is in it: listings and deletes, which its owner may make the requester pay."""
    return contents_named(of.name, of)
