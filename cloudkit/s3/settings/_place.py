"""What the settings share: what it means that one is missing, and where a bucket stands among others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cloudkit.errors import CloudError, InvalidRequest, NotFound
from cloudkit.s3._address.bucket import BucketAddress

T = TypeVar("T")
B = TypeVar("B", bound=BucketAddress)
_SERVER_ERROR = 500  # from here on nobody knows what was done


def unless(code: str, read: Callable[[], T]) -> T | None:
    """What was read; None if S3 says by this code that there is no such setting. A missing bucket stays an error."""
    try:
        return read()
    except NotFound as error:
        if error.code != code:
            raise
        return None


def is_refusal(error: CloudError) -> bool:
    """Whether S3 has certainly not done it."""
    return isinstance(error, InvalidRequest) or (error.status is not None and error.status < _SERVER_ERROR)


def neighbour(bucket: B, name: str) -> B:
    """Another bucket of the same account, by its name."""
    return type(bucket)(name, expected_bucket_owner=bucket.expected_bucket_owner, cloud=bucket.cloud)


def owner(bucket: BucketAddress) -> str:
    """The number of the account that the bucket is of: the one it was said to be of, or the Cloud's."""
    return bucket.expected_bucket_owner or bucket.cloud.account_id
