"""What a bucket has on or off: versioning, acceleration, and who pays for requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import BucketAddress, bucket_address, contents_address
from cloudkit.s3._given import switch
from cloudkit.s3._service import S3
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


def versioning(bucket: BucketAddress) -> bool:
    """Whether it keeps old versions."""
    answer = bucket.cloud.invoke(S3, "get_bucket_versioning", bucket_address(bucket), about=bucket)
    return bool(answer.get("Status") == "Enabled")


@patient
def switch_versioning(bucket: BucketAddress, on: bool) -> None:
    """Keep old versions from now on, or stop; those that there are stay."""
    bucket.cloud.invoke(
        S3,
        "put_bucket_versioning",
        {
            **bucket_address(bucket),
            "VersioningConfiguration": {"Status": "Enabled" if switch("versioning", on) else "Suspended"},
        },
        about=bucket,
    )


def acceleration(bucket: BucketAddress) -> bool:
    """Whether it can be reached over Transfer Acceleration."""
    answer = bucket.cloud.invoke(
        S3, "get_bucket_accelerate_configuration", contents_address(bucket), about=bucket
    )
    return bool(answer.get("Status") == "Enabled")


@patient
def switch_acceleration(bucket: BucketAddress, on: bool) -> None:
    """Let it be reached over Transfer Acceleration, or not."""
    if switch("acceleration", on) and "." in bucket.name:
        raise InvalidRequest(
            f"{bucket.name} has a dot in its name, and such buckets cannot be accelerated",
            resource=str(bucket),
            hint="take a bucket with hyphens in its name",
        )
    bucket.cloud.invoke(
        S3,
        "put_bucket_accelerate_configuration",
        {
            **bucket_address(bucket),
            "AccelerateConfiguration": {"Status": "Enabled" if on else "Suspended"},
        },
        about=bucket,
    )


def requester_pays(bucket: BucketAddress) -> bool:
    """Whether those who ask pay for requests and transfer."""
    answer = bucket.cloud.invoke(S3, "get_bucket_request_payment", bucket_address(bucket), about=bucket)
    return bool(answer.get("Payer") == "Requester")


@patient
def switch_requester_pays(bucket: BucketAddress, on: bool) -> None:
    """Let those who ask pay, or the owner."""
    bucket.cloud.invoke(
        S3,
        "put_bucket_request_payment",
        {
            **bucket_address(bucket),
            "RequestPaymentConfiguration": {
                "Payer": "Requester" if switch("requester_pays", on) else "BucketOwner"
            },
        },
        about=bucket,
    )
