"""A bucket's tags. S3 sets all at once, so each change reads them first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cloudkit._core.params import tag_dict, tag_list
from cloudkit._core.tags import RESERVED_TAG_PREFIX, Tags
from cloudkit.errors import InvalidRequest
from cloudkit.s3._address.bucket import bucket_address
from cloudkit.s3._limits import MAX_BUCKET_TAGS
from cloudkit.s3._service import S3
from cloudkit.s3.settings._place import unless
from cloudkit.s3.settings._settling import patient
from cloudkit.types import TagMap

if TYPE_CHECKING:
    from cloudkit.s3._address.bucket import BucketAddress


def tags_of(bucket: BucketAddress) -> Tags:
    """The tags, written through as they are set."""

    def add(tags: dict[str, str]) -> None:
        write_tags(bucket, {**read_tags(bucket), **tags})

    def remove(keys: Sequence[str]) -> None:
        write_tags(bucket, {key: value for key, value in read_tags(bucket).items() if key not in keys})

    def replace(tags: dict[str, str]) -> None:
        kept = {key: value for key, value in read_tags(bucket).items() if key.startswith(RESERVED_TAG_PREFIX)}
        write_tags(bucket, {**kept, **tags})

    return Tags(lambda: read_tags(bucket), add, remove, replace)


def set_tags(bucket: BucketAddress, wanted: TagMap | None) -> None:
    """Make these the tags; None takes all away but AWS's own."""
    if isinstance(wanted, Mapping):
        number = sum(not key.startswith(RESERVED_TAG_PREFIX) for key in map(str, wanted))
        if number > MAX_BUCKET_TAGS:
            raise InvalidRequest(f"{number} tags: a bucket has up to {MAX_BUCKET_TAGS}", resource=str(bucket))
    tags_of(bucket).replace({} if wanted is None else wanted)


def read_tags(bucket: BucketAddress) -> dict[str, str]:
    """The tags, those that AWS made (`aws:...`) among them."""
    answer = unless(
        "NoSuchTagSet",
        lambda: bucket.cloud.invoke(S3, "get_bucket_tagging", bucket_address(bucket), about=bucket),
    )
    return {} if answer is None else tag_dict(answer.get("TagSet"))


@patient
def write_tags(bucket: BucketAddress, tags: Mapping[str, str]) -> None:
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
