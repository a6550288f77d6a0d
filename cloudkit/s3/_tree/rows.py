"""Rows of a listing as objects, made without ceremony: a large bucket has very many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from cloudkit._core.resource import Resource, Snapshot
from cloudkit._core.rows import LeanRow
from cloudkit.s3._address.bucket import BucketAddress
from cloudkit.s3._address.object import ObjectAddress
from cloudkit.s3._address.way import Reached, way_to

Thing = TypeVar("Thing", bound=ObjectAddress)

# What `Object(...)` does to its fields, but for the checks, which S3's own answers need not pass.
_bucket_name, _key, _version_id, _customer_key = (
    vars(ObjectAddress)[name].__set__ for name in ("bucket_name", "key", "version_id", "customer_key")
)
_owner, _payer = (vars(Reached)[name].__set__ for name in ("expected_bucket_owner", "request_payer"))
_cloud, _snapshot = (vars(Resource)[name].__set__ for name in ("cloud", "_snapshot"))


def objects_of(bucket: BucketAddress[Thing], rows: Sequence[Mapping[str, Any]]) -> list[Thing]:
    """The objects that rows of ListObjectsV2 or ListObjectVersions are of, with what they say of them."""
    cloud, owner, name = bucket.cloud, bucket.expected_bucket_owner, bucket.name
    payer = bucket.request_payer
    kind = bucket._kind()  # pyright: ignore[reportPrivateUsage]
    at = cloud.clock.now()
    # All rows of a page are of one kind.
    versions = bool(rows) and "VersionId" in rows[0]
    lean = bool(rows) and isinstance(rows[0], LeanRow)
    made: list[Thing] = []
    for row in rows:
        thing = kind.__new__(kind)
        _bucket_name(thing, name)
        _key(thing, row["Key"])
        _version_id(thing, row["VersionId"] if versions else None)
        _owner(thing, owner)
        _payer(thing, payer)
        _customer_key(thing, None)
        _cloud(thing, cloud)
        _snapshot(thing, row if lean else Snapshot(row, False, at))
        made.append(thing)
    return made


def object_in(bucket: BucketAddress[Thing], key: str) -> Thing:
    """The object of that key: `bucket[key]`."""
    return bucket._kind()(bucket.name, key, **way_to(bucket))  # pyright: ignore[reportPrivateUsage]
