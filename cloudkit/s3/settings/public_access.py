"""What keeps a bucket from being public by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._given import refused
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


@frozen(kw_only=True)
class PublicAccess:
    """The four blocks against public access. A block of the whole account counts besides.

    Attributes:
        block_acls: Refuse ACLs that make something public.
        ignore_acls: Take no notice of those that there are.
        block_policy: Refuse policies that make something public.
        restrict: Let nobody but AWS and the own account in, whatever a public policy says.

    Examples:
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
PublicAccessLike: TypeAlias = "PublicAccess | Literal['blocked', 'by policy']"
"""What the blocks can be given as: one by one, all of them, or those against ACLs alone."""
NOT_BLOCKED = PublicAccess(block_acls=False, ignore_acls=False, block_policy=False, restrict=False)


def public_access(bucket: BucketAddress) -> PublicAccess:
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


def as_public_access(given: PublicAccessLike) -> PublicAccess:
    """What a caller gave. True might mean the access and might mean the blocks, and None too: neither is taken."""
    if isinstance(given, PublicAccess):
        return given
    if given == "blocked":
        return PublicAccess()
    if given == "by policy":
        return OPEN_TO_POLICIES
    raise refused(
        "public_access",
        given,
        "'blocked' or 'by policy', or the four blocks",
        "'blocked' keeps the bucket from being public; 'by policy' lets a policy make it public (nothing is, until"
        " one does); PublicAccess(...) says each block",
    )


def set_public_access(bucket: BucketAddress, wanted: PublicAccessLike) -> None:
    """Set the four blocks."""
    _write(bucket, as_public_access(wanted))


@patient
def _write(bucket: BucketAddress, wanted: PublicAccess) -> None:
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
