"""Whom the objects belong to that others write, and whether ACLs count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudkit._core.params import dig, one_of
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient
from cloudkit.types import Answer, OpenEnum

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


class Ownership(OpenEnum):
    """Whom the objects of a bucket belong to."""

    BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"
    """To the bucket's owner; ACLs are off. New buckets are so."""
    BUCKET_OWNER_PREFERRED = "BucketOwnerPreferred"
    """To the bucket's owner if they are written with the ACL `bucket-owner-full-control`."""
    OBJECT_WRITER = "ObjectWriter"
    """To whoever writes them."""


def ownership(bucket: BucketAddress) -> Ownership | None:
    """The rule, or None where there is none, which means as `ObjectWriter`."""
    answer = unless(
        "OwnershipControlsNotFoundError",
        lambda: bucket.cloud.invoke(
            S3, "get_bucket_ownership_controls", bucket_address(bucket), about=bucket
        ),
    )
    rules: Sequence[Answer] = dig(answer, "OwnershipControls.Rules") or ()
    return Ownership(rules[0]["ObjectOwnership"]) if rules else None


@patient
def set_ownership(bucket: BucketAddress, wanted: Ownership | str | None) -> None:
    """Set the rule; None takes it away."""
    if wanted is None:
        bucket.cloud.invoke(S3, "delete_bucket_ownership_controls", bucket_address(bucket), about=bucket)
        return
    name = one_of("ownership", str(wanted), [each.value for each in Ownership.known()])
    bucket.cloud.invoke(
        S3,
        "put_bucket_ownership_controls",
        {**bucket_address(bucket), "OwnershipControls": {"Rules": [{"ObjectOwnership": name}]}},
        about=bucket,
    )
