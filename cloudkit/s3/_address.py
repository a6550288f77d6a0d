"""What S3's operations name a bucket or an object by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from cloudkit.errors import InvalidRequest
from cloudkit.s3.encryption import customer_key_params

if TYPE_CHECKING:
    from attrs import Attribute

    from cloudkit._core.cloud import Cloud
    from cloudkit.s3.bucket import Bucket
    from cloudkit.s3.folder import Folder
    from cloudkit.s3.object import Object
    from cloudkit.s3.upload import Upload

PAYER = "requester"


class Way(TypedDict):
    """How something is reached, whatever it is: what a bucket hands on to all that is in it."""

    expected_bucket_owner: str | None
    request_payer: bool
    cloud: Cloud


def way_to(of: Bucket | Folder | Object | Upload) -> Way:
    """How it is reached, to make others that are reached in the same way."""
    return {
        "expected_bucket_owner": of.expected_bucket_owner,
        "request_payer": of.request_payer,
        "cloud": of.cloud,
    }


def yes_or_no(_: object, attribute: Attribute[bool], value: bool) -> None:
    """`request_payer` as it has to be: boto3's word for it would be taken for any."""
    if not isinstance(value, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - of callers that check no types
        raise InvalidRequest(
            f"{attribute.name}={value!r}: it is True or False",
            hint=f"{attribute.name}=True is boto3's RequestPayer='{PAYER}'",
        )


def bucket_address(of: Bucket) -> dict[str, Any]:
    """The bucket, for its settings."""
    named = {"Bucket": of.name}
    if of.expected_bucket_owner is not None:
        named["ExpectedBucketOwner"] = of.expected_bucket_owner
    return named


def contents_address(of: Bucket) -> dict[str, Any]:
    """The bucket, for what is in it: listings and deletes, which its owner may make the requester pay."""
    named = bucket_address(of)
    if of.request_payer:
        named["RequestPayer"] = PAYER
    return named


def place(of: Object | Upload) -> dict[str, Any]:
    """Bucket and key, without the version: where a write goes."""
    named: dict[str, Any] = {"Bucket": of.bucket_name, "Key": of.key}
    if of.expected_bucket_owner is not None:
        named["ExpectedBucketOwner"] = of.expected_bucket_owner
    if of.request_payer:
        named["RequestPayer"] = PAYER
    return named


def address(of: Object) -> dict[str, Any]:
    """Bucket, key and version."""
    named = place(of)
    if of.version_id is not None:
        named["VersionId"] = of.version_id
    return named


def without_payer(named: dict[str, Any]) -> dict[str, Any]:
    """The same for the operations that nobody pays for."""
    return {name: value for name, value in named.items() if name != "RequestPayer"}


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
    if of.request_payer:
        # One word for both: who pays for the request pays for reading the source too.
        named["RequestPayer"] = PAYER
    if of.customer_key is not None:
        named.update(customer_key_params(of.customer_key, "CopySource"))
    return named
