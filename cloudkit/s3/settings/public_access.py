"""What keeps a bucket from being public by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from cloudkit.s3._address import bucket_address
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket


@frozen(kw_only=True)
class PublicAccess:
    """The four blocks against public access. A block of the whole account counts besides.

    Attributes:
        block_acls: Refuse ACLs that make something public.
        ignore_acls: Take no notice of those that there are.
        block_policy: Refuse policies that make something public.
        restrict: Let nobody but AWS and the own account in, whatever a public policy says.

    Example:
        >>> PublicAccess(block_policy=False, restrict=False).blocked
        False
    """

    block_acls: bool = True
    ignore_acls: bool = True
    block_policy: bool = True
    restrict: bool = True

    @property
    def blocked(self) -> bool:
        """Whether all four are on."""
        return self.block_acls and self.ignore_acls and self.block_policy and self.restrict


# ACLs stay off: a policy is enough to make a bucket public, and says what it opens in one place.
OPEN_TO_POLICIES = PublicAccess(block_policy=False, restrict=False)
NOT_BLOCKED = PublicAccess(block_acls=False, ignore_acls=False, block_policy=False, restrict=False)


def public_access(bucket: Bucket) -> PublicAccess:
    """The blocks; all four off where none was ever set."""
    answer = unless(
        "NoSuchPublicAccessBlockConfiguration",
        lambda: bucket.cloud.invoke(S3, "get_public_access_block", bucket_address(bucket), about=bucket),
    )
    if answer is None:
        return NOT_BLOCKED
    found = answer["PublicAccessBlockConfiguration"]
    return PublicAccess(
        block_acls=bool(found.get("BlockPublicAcls")),
        ignore_acls=bool(found.get("IgnorePublicAcls")),
        block_policy=bool(found.get("BlockPublicPolicy")),
        restrict=bool(found.get("RestrictPublicBuckets")),
    )


@patient
def set_public_access(bucket: Bucket, wanted: PublicAccess) -> None:
    """Set the four blocks."""
    bucket.cloud.invoke(
        S3,
        "put_public_access_block",
        {
            **bucket_address(bucket),
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": wanted.block_acls,
                "IgnorePublicAcls": wanted.ignore_acls,
                "BlockPublicPolicy": wanted.block_policy,
                "RestrictPublicBuckets": wanted.restrict,
            },
        },
        about=bucket,
    )
