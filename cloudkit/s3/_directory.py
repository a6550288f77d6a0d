"""Directory buckets (S3 Express One Zone): what they do not have, and what is another way with them.

They are told by their names. S3 refuses what they do not have by errors that say little, and some of it after half of
the work: it is refused before. https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from cloudkit.errors import InvalidRequest
from cloudkit.s3._limits import DIRECTORY_BUCKET_SUFFIX, DIRECTORY_SUFFIXES

S = TypeVar("S", bound="Mapping[str, Any]")

# Base name, zone and suffix; Local Zones have one part more than Availability Zones: `use1-az4`, `usw2-lax1-az1`.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*?--(?P<zone>[a-z0-9]+(?:-[a-z0-9]+)+)--x-s3")
_AVAILABILITY_ZONE_PARTS = 2

_FEATURES: Mapping[str, tuple[str, ...]] = {
    "versions": ("list_object_versions", "get_bucket_versioning", "put_bucket_versioning"),
    "tags": (
        "get_bucket_tagging",
        "put_bucket_tagging",
        "delete_bucket_tagging",
        "get_object_tagging",
        "put_object_tagging",
        "delete_object_tagging",
    ),
    "Object Lock": (
        "get_object_lock_configuration",
        "put_object_lock_configuration",
        "get_object_retention",
        "put_object_retention",
        "get_object_legal_hold",
        "put_object_legal_hold",
    ),
    "ACLs": ("get_object_acl", "put_object_acl", "get_bucket_acl", "put_bucket_acl"),
    "other owner of objects than their own": (
        "get_bucket_ownership_controls",
        "put_bucket_ownership_controls",
        "delete_bucket_ownership_controls",
    ),
    "public access, and no block against it": (
        "get_public_access_block",
        "put_public_access_block",
        "delete_public_access_block",
    ),
    "CORS rules": ("get_bucket_cors", "put_bucket_cors", "delete_bucket_cors"),
    "websites": ("get_bucket_website", "put_bucket_website", "delete_bucket_website"),
    "access logs": ("get_bucket_logging", "put_bucket_logging"),
    "notifications": ("get_bucket_notification_configuration", "put_bucket_notification_configuration"),
    "replication": ("get_bucket_replication", "put_bucket_replication", "delete_bucket_replication"),
    "Transfer Acceleration": ("get_bucket_accelerate_configuration", "put_bucket_accelerate_configuration"),
    "requester that pays": ("get_bucket_request_payment", "put_bucket_request_payment"),
}
# By operation, as boto3 names it.
REFUSED_OPERATIONS: Mapping[str, str] = {
    operation: feature for feature, operations in _FEATURES.items() for operation in operations
}
# By parameter, of any operation.
REFUSED_PARAMETERS: Mapping[str, str] = {
    "Tagging": "tags",
    "ACL": "ACLs",
    "GrantFullControl": "ACLs",
    "GrantRead": "ACLs",
    "GrantReadACP": "ACLs",
    "GrantWrite": "ACLs",
    "GrantWriteACP": "ACLs",
    "ObjectOwnership": "other owner of objects than their own",
    "SSECustomerKey": "customer keys (SSE-C)",
    "CopySourceSSECustomerKey": "customer keys (SSE-C)",
    "ObjectLockEnabledForBucket": "Object Lock",
    "ObjectLockMode": "Object Lock",
    "ObjectLockRetainUntilDate": "Object Lock",
    "ObjectLockLegalHoldStatus": "Object Lock",
    "BypassGovernanceRetention": "Object Lock",
    "MFA": "versions, and so no delete by MFA",
    "WebsiteRedirectLocation": "websites",
    "RequestPayer": "requester that pays",
    "StartAfter": "order in their listings",
    "BucketNamespace": "account's own namespace",
}
# What a new one cannot be made with; False, and what it is anyway, is fine.
_REFUSED_SETTINGS: Mapping[str, str] = {
    "versioning": "versions",
    "object_lock": "Object Lock",
    "customer_keys": "customer keys (SSE-C)",
    "public": "public access",
    "tls_only": "statement that denies what does not come over TLS: bucket.policy is for one of your own",
    "tags": "tags",
}
_LISTINGS = ("list_objects_v2", "list_multipart_uploads")
_NEWEST = "null"


def is_directory(name: str) -> bool:
    """Whether it is the name of a directory bucket, or of an access point to one."""
    return name.endswith(DIRECTORY_SUFFIXES)


def refuse(name: str, feature: str) -> None:
    """Say no, if the bucket is a directory bucket: these have no such thing.

    Raises:
        InvalidRequest: It is one.
    """
    if is_directory(name):
        raise InvalidRequest(
            f"directory buckets have no {feature}",
            service="s3",
            resource=name,
            hint="buckets of the general purpose do",
        )


def check(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse what directory buckets do not have. For `Service.check`.

    Raises:
        InvalidRequest: The operation, or one of the parameters, is for other buckets.
    """
    name = params.get("Bucket")
    source = params.get("CopySource")
    if isinstance(source, Mapping) and source.get("VersionId", _NEWEST) != _NEWEST:  # pyright: ignore[reportUnknownMemberType]
        refuse(str(source["Bucket"]), "versions")  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(name, str) or not is_directory(name):
        return
    missing = REFUSED_OPERATIONS.get(operation)
    if missing is not None:
        refuse(name, missing)
    for each in REFUSED_PARAMETERS.keys() & params.keys():
        refuse(name, REFUSED_PARAMETERS[each])
    if params.get("VersionId", _NEWEST) != _NEWEST:
        refuse(name, "versions")
    prefix = params.get("Prefix")
    if operation in _LISTINGS and prefix and not prefix.endswith("/"):
        raise InvalidRequest(
            f"prefix {prefix!r}: directory buckets list whole folders, so it ends with a slash",
            service="s3",
            resource=name,
            hint=f"bucket.glob({prefix + '**'!r}), or the folder {folder_of(prefix)!r}",
        )


def folder_of(key: str) -> str:
    """The prefix of the folder that a key or a prefix is in."""
    return key[: key.rfind("/") + 1]


def listed_prefix(name: str, prefix: str) -> str | None:
    """What a listing is to be asked for, of which the keys that begin with the prefix are then taken."""
    return (folder_of(prefix) if is_directory(name) else prefix) or None


# -- making one --------------------------------------------------------------------------------------------------


def check_new_directory_name(name: str) -> None:
    """Refuse what is no name for a new directory bucket; what all names have in common is checked before.

    Raises:
        InvalidRequest: There is no zone in it, or a dot.
    """
    if not name.endswith(DIRECTORY_BUCKET_SUFFIX) or not _NAME.fullmatch(name):
        raise InvalidRequest(
            f"bucket name {name!r}: that of a directory bucket is '<name>--<zone>--x-s3', of lower-case letters, digits"
            " and hyphens",
            hint="the zone is its id, as in 'logs--usw2-az1--x-s3'",
        )


def location(name: str) -> dict[str, Any]:
    """Where CreateBucket makes it: in the zone that its name has."""
    found = _NAME.fullmatch(name)
    zone = "" if found is None else found["zone"]
    kind = "AvailabilityZone" if len(zone.split("-")) == _AVAILABILITY_ZONE_PARTS else "LocalZone"
    return {
        "Location": {"Type": kind, "Name": zone},
        "Bucket": {"Type": "Directory", "DataRedundancy": f"Single{kind}"},
    }


def takes_settings(name: str, settings: S) -> S:
    """The settings that a bucket can be made with, or brought to: False for what it cannot have is what it has.

    Raises:
        InvalidRequest: A setting that is for other buckets.
    """
    if not is_directory(name):
        return settings
    for each, feature in _REFUSED_SETTINGS.items():
        if settings.get(each):
            refuse(name, feature)
    return cast("S", {each: value for each, value in settings.items() if each not in _REFUSED_SETTINGS})
