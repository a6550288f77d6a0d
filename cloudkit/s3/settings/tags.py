"""A bucket's tags. S3 sets all at once, so each change reads them first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudkit._core.params import tag_dict, tag_list
from cloudkit._core.tags import Tags
from cloudkit.s3._address import bucket_address
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient

if TYPE_CHECKING:
    from cloudkit.s3.bucket import Bucket


def tags_of(bucket: Bucket) -> Tags:
    """The tags, written through as they are set."""

    def add(tags: dict[str, str]) -> None:
        write_tags(bucket, {**read_tags(bucket), **tags})

    def remove(keys: Sequence[str]) -> None:
        write_tags(bucket, {key: value for key, value in read_tags(bucket).items() if key not in keys})

    return Tags(lambda: read_tags(bucket), add, remove)


def read_tags(bucket: Bucket) -> dict[str, str]:
    """The tags, those that AWS made (`aws:...`) among them."""
    answer = unless(
        "NoSuchTagSet",
        lambda: bucket.cloud.invoke(S3, "get_bucket_tagging", bucket_address(bucket), about=bucket),
    )
    return {} if answer is None else tag_dict(answer.get("TagSet"))


@patient
def write_tags(bucket: Bucket, tags: dict[str, str]) -> None:
    """Make these the tags. Those of AWS's own must be among them: S3 lets nobody take them away."""
    if tags:
        bucket.cloud.invoke(
            S3,
            "put_bucket_tagging",
            {**bucket_address(bucket), "Tagging": {"TagSet": tag_list(tags)}},
            about=bucket,
        )
    else:
        bucket.cloud.invoke(S3, "delete_bucket_tagging", bucket_address(bucket), about=bucket)
