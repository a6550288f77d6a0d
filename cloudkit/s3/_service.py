"""What S3 calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.s3._directory import check
from cloudkit.s3.errors import BucketNotFound, ObjectChanged, ObjectNotFound, UploadNotFound

_MAY_BE_MISSING = (
    "allow s3:GetObject (and kms:Decrypt, if a KMS key encrypts it); it may also be missing: without s3:ListBucket S3"
    " does not tell"
)

_MAY_NOT_WRITE = (
    "allow s3:PutObject; with a customer_key, S3 refuses it in buckets made since April 2026 until"
    " bucket.customer_keys = True"
)

_UNKNOWN_HERE = "AWS does it; this server, or this kind of bucket, does not"

S3 = Service(
    "s3",
    errors={
        "NoSuchBucket": BucketNotFound,
        "NoSuchKey": ObjectNotFound,
        "NoSuchVersion": ObjectNotFound,
        "NoSuchUpload": UploadNotFound,
        # HEAD has no body, and so no code but the status.
        "HeadBucket:404": BucketNotFound,
        "HeadObject:404": ObjectNotFound,
        "GetObject:PreconditionFailed": ObjectChanged,
        "GetObject:412": ObjectChanged,
        "BucketAlreadyExists": AlreadyExists,
        "BucketAlreadyOwnedByYou": AlreadyExists,
        "BucketNotEmpty": Conflict,
        # How servers other than AWS say that they have no such thing; asked again they say it again.
        "NotImplemented": InvalidRequest,
        "MethodNotAllowed": InvalidRequest,
        # A version that is a delete marker is not there to be read.
        "HeadObject:405": ObjectNotFound,
        "GetObject:MethodNotAllowed": ObjectNotFound,
    },
    hints={
        "PutBucketPolicy:AccessDenied": "allow s3:PutBucketPolicy; and if the policy makes the bucket public, make it with"
        " public=True, or set bucket.public_access = 'by policy' first",
        "PutBucketNotificationConfiguration:InvalidArgument": "S3 sends a test message first: is the receiver of the"
        " bucket's region, does its policy let s3.amazonaws.com in, and if it is encrypted, does the policy of its KMS"
        " key allow kms:GenerateDataKey and kms:Decrypt to s3.amazonaws.com (which AWS's own key does not)? Or is"
        " another notification about the same keys and events?",
        "PutBucketLogging:InvalidTargetBucketForLogging": "the logs go to a bucket of the same region and account",
        "NotImplemented": _UNKNOWN_HERE,
        "MethodNotAllowed": _UNKNOWN_HERE,
        "BucketNotEmpty": "bucket.delete(force=True) deletes what is in it first",
        "BucketAlreadyOwnedByYou": "Bucket.ensure(...) takes it as it is",
        "BucketAlreadyExists": "bucket names are shared by all accounts: take another",
        "HeadObject:405": "that version is a delete marker",
        "GetObject:MethodNotAllowed": "that version is a delete marker",
        "PutObject:AccessDenied": _MAY_NOT_WRITE,
        "CreateMultipartUpload:AccessDenied": _MAY_NOT_WRITE,
        "CopyObject:AccessDenied": _MAY_NOT_WRITE,
        "PutObjectLockConfiguration:InvalidBucketState": "locks are for versions: bucket.versioning = True first",
        "CreateBucket:OperationAborted": "S3 is still busy with that name; after a delete that can take an hour: try"
        " later, or take another name",
        "CopyObject:NotImplemented": "directory buckets have no tags: keep=('metadata',) leaves them out",
        "HeadObject:403": _MAY_BE_MISSING,
        "GetObject:AccessDenied": _MAY_BE_MISSING,
    },
    has_boto3_resource=True,
    check=check,
)
