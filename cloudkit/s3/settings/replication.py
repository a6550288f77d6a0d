"""Where a bucket's objects are copied to by themselves. Read-only: setting it up needs roles and two buckets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from cloudkit._core.params import dig, tag_dict
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


@frozen
class ReplicationRule:
    """What is copied where.

    Attributes:
        id: Its name.
        enabled: Whether it is at work.
        bucket: The name of the bucket that gets the copies.
        prefix: What the keys start with that it is about.
        tags: Tags that the objects have that it is about.
        priority: Which of two rules counts: the higher one.
        account: The account that the copies belong to, where it is said.
        storage_class: That of the copies, where it is not the same.
        delete_markers: Whether they are copied too.
        raw: The rule as S3 gives it.
    """

    id: str
    enabled: bool
    bucket: str
    prefix: str = ""
    tags: Mapping[str, str] = field(factory=dict[str, str])
    priority: int | None = None
    account: str | None = None
    storage_class: str | None = None
    delete_markers: bool = False
    raw: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False)


@frozen
class Replication:
    """Where a bucket's objects are copied to.

    Attributes:
        role: The ARN of the role that S3 copies with.
        rules: What is copied where.
    """

    role: str
    rules: Sequence[ReplicationRule] = ()


def replication(bucket: BucketAddress) -> Replication | None:
    """Where the objects are copied to, or None."""
    answer = unless(
        "ReplicationConfigurationNotFoundError",
        lambda: bucket.cloud.invoke(S3, "get_bucket_replication", bucket_address(bucket), about=bucket),
    )
    if answer is None:
        return None
    found = answer["ReplicationConfiguration"]
    return Replication(found.get("Role", ""), tuple(_rule(each) for each in found.get("Rules", [])))


def _rule(row: Mapping[str, Any]) -> ReplicationRule:
    tag = dig(row, "Filter.Tag")
    tags: Sequence[Mapping[str, str]] = dig(row, "Filter.And.Tags") or ([] if tag is None else [tag])
    return ReplicationRule(
        id=row.get("ID", ""),
        enabled=row.get("Status") == "Enabled",
        bucket=str(row["Destination"]["Bucket"]).rpartition(":")[2],
        prefix=row.get("Prefix") or dig(row, "Filter.Prefix") or dig(row, "Filter.And.Prefix") or "",
        tags=tag_dict(tags),
        priority=row.get("Priority"),
        account=row["Destination"].get("Account"),
        storage_class=row["Destination"].get("StorageClass"),
        delete_markers=dig(row, "DeleteMarkerReplication.Status") == "Enabled",
        raw=row,
    )
