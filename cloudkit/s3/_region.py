"""Which region a bucket is in: asked once, and known even where the bucket may not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudkit._core.params import compact, dig
from cloudkit.errors import CloudError
from cloudkit.s3._directory import is_directory
from cloudkit.s3._names import is_arn, region_in
from cloudkit.s3._service import S3

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud

_HEADER = "x-amz-bucket-region"


def region_of(cloud: Cloud, bucket: str, owner: str | None = None) -> str | None:
    """The region of a bucket. One request in five minutes.

    Args:
        cloud: Where to ask.
        bucket: Its name; an ARN says it without a request.
        owner: The account that it must be of.

    Returns:
        The region; where no server says one, the Cloud's own.

    Raises:
        BucketNotFound: There is no such bucket.
        CloudError: Nobody answers, or without the region.
    """
    if is_arn(bucket):
        return region_in(bucket) or cloud.region
    return cloud.lookup(("s3-region", bucket, owner), lambda: _ask(cloud, bucket, owner))


def forget_region(cloud: Cloud, bucket: str, owner: str | None = None) -> None:
    """Ask again next time: the bucket was deleted, and may be made again elsewhere."""
    cloud.forget_lookup(("s3-region", bucket, owner))


def _ask(cloud: Cloud, bucket: str, owner: str | None) -> str | None:
    answer: Any
    params = compact({"Bucket": bucket, "ExpectedBucketOwner": owner})
    try:
        answer = cloud.invoke(S3, "head_bucket", params, about=bucket)
    except CloudError as error:
        # S3 names the region even to those who may not see the bucket.
        answer = getattr(error.__cause__, "response", None)
        named = _header(answer)
        if named is None or error.status == 404:
            raise
        return named
    return answer.get("BucketRegion") or _header(answer) or cloud.region


def creation_date(cloud: Cloud, bucket: str) -> object:
    """When a bucket was made, which only the listings of buckets tell; None if the account has no such bucket."""
    if is_directory(bucket):
        pages = cloud.pages(S3, "list_directory_buckets", about=bucket)
    else:
        pages = cloud.pages(S3, "list_buckets", about=bucket, Prefix=bucket)
    for page in pages:
        for row in page.get("Buckets", []):
            # Other servers than AWS may not know the prefix.
            if row["Name"] == bucket:
                return row.get("CreationDate")
    return None


def _header(answer: Any) -> str | None:
    named: Any = dig(answer, "ResponseMetadata.HTTPHeaders")
    return None if named is None else named.get(_HEADER)
