"""S3: buckets and objects."""

from __future__ import annotations

from cloudkit.s3._options import WriteOptions
from cloudkit.s3._tree.emptying import Contents
from cloudkit.s3._tree.history import RestoreAction, RestorePlan, RestoreStep
from cloudkit.s3.bucket import Bucket
from cloudkit.s3.checksum import Checksum
from cloudkit.s3.edit import Edit
from cloudkit.s3.encryption import CustomerKey, Encryption
from cloudkit.s3.errors import (
    BucketNotFound,
    LockHeld,
    LockLost,
    ObjectChanged,
    ObjectNotFound,
    SyncFailed,
    UploadNotFound,
)
from cloudkit.s3.folder import Folder
from cloudkit.s3.link import Link, LinkEndsEarly, UploadForm
from cloudkit.s3.lock import Lock
from cloudkit.s3.object import Object
from cloudkit.s3.retention import Retention
from cloudkit.s3.settings.cors import CorsRule, CorsRules
from cloudkit.s3.settings.creation import BucketSettings
from cloudkit.s3.settings.lifecycle import Lifecycle
from cloudkit.s3.settings.lifecycle_rule import LifecycleRule
from cloudkit.s3.settings.logging import Logging
from cloudkit.s3.settings.notifications import Notification, Notifications
from cloudkit.s3.settings.object_lock import ObjectLock
from cloudkit.s3.settings.ownership import Ownership
from cloudkit.s3.settings.policy import BucketPolicy
from cloudkit.s3.settings.public_access import PublicAccess
from cloudkit.s3.settings.replication import Replication, ReplicationRule
from cloudkit.s3.settings.website import RoutingRule, Website
from cloudkit.s3.sync import (
    CopyTreeOptions,
    SyncAction,
    SyncFromOptions,
    SyncKind,
    SyncOptions,
    SyncPlan,
    SyncResult,
)
from cloudkit.s3.upload import Upload, UploadPart
from cloudkit.s3.usage import Usage

__all__ = [
    "Bucket",
    "BucketNotFound",
    "BucketPolicy",
    "BucketSettings",
    "Checksum",
    "Contents",
    "CopyTreeOptions",
    "CorsRule",
    "CorsRules",
    "CustomerKey",
    "Edit",
    "Encryption",
    "Folder",
    "Lifecycle",
    "LifecycleRule",
    "Link",
    "LinkEndsEarly",
    "Lock",
    "LockHeld",
    "LockLost",
    "Logging",
    "Notification",
    "Notifications",
    "Object",
    "ObjectChanged",
    "ObjectLock",
    "ObjectNotFound",
    "Ownership",
    "PublicAccess",
    "Replication",
    "ReplicationRule",
    "RestoreAction",
    "RestorePlan",
    "RestoreStep",
    "Retention",
    "RoutingRule",
    "SyncAction",
    "SyncFailed",
    "SyncFromOptions",
    "SyncKind",
    "SyncOptions",
    "SyncPlan",
    "SyncResult",
    "Upload",
    "UploadForm",
    "UploadNotFound",
    "UploadPart",
    "Usage",
    "Website",
    "WriteOptions",
]
