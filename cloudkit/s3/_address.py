"""What S3's operations name a bucket or an object by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudkit.s3.encryption import customer_key_params

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.object import Object


def bucket_address(of: Bucket) -> dict[str, Any]:
    """The bucket."""
    named = {"Bucket": of.name}
    if of.expected_bucket_owner is not None:
        named["ExpectedBucketOwner"] = of.expected_bucket_owner
    return named


def place(of: Object) -> dict[str, Any]:
    """Bucket and key, without the version: where a write goes."""
    named: dict[str, Any] = {"Bucket": of.bucket_name, "Key": of.key}
    if of.expected_bucket_owner is not None:
        named["ExpectedBucketOwner"] = of.expected_bucket_owner
    return named


def address(of: Object) -> dict[str, Any]:
    """Bucket, key and version."""
    named = place(of)
    if of.version_id is not None:
        named["VersionId"] = of.version_id
    return named


def with_key(of: Object) -> dict[str, Any]:
    """The customer's key, for the operations that touch the content: all but deletes, tags, aborts and locks."""
    return {} if of.customer_key is None else customer_key_params(of.customer_key)


def copy_source(of: Object) -> dict[str, Any]:
    """The object as the source of CopyObject and UploadPartCopy."""
    source = {"Bucket": of.bucket_name, "Key": of.key}
    if of.version_id is not None:
        source["VersionId"] = of.version_id
    named: dict[str, Any] = {"CopySource": source}
    if of.expected_bucket_owner is not None:
        named["ExpectedSourceBucketOwner"] = of.expected_bucket_owner
    if of.customer_key is not None:
        named.update(customer_key_params(of.customer_key, "CopySource"))
    return named
