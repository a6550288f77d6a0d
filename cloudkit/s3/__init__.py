"""S3: buckets and objects."""

from __future__ import annotations

from cloudkit.s3.bucket import Bucket
from cloudkit.s3.encryption import CustomerKey, Encryption
from cloudkit.s3.errors import BucketNotFound, ObjectChanged, ObjectNotFound
from cloudkit.s3.object import Object

__all__ = [
    "Bucket",
    "BucketNotFound",
    "CustomerKey",
    "Encryption",
    "Object",
    "ObjectChanged",
    "ObjectNotFound",
]
