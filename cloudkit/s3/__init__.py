"""S3: buckets and objects. Names load when they are first used: settings alone are twenty modules."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudkit.s3._options import (
        WriteOptions as WriteOptions,
    )
    from cloudkit.s3._tree.emptying import (
        Contents as Contents,
    )
    from cloudkit.s3._tree.history import (
        RestoreAction as RestoreAction,
    )
    from cloudkit.s3.bucket import (
        Bucket as Bucket,
    )
    from cloudkit.s3.checksum import (
        Checksum as Checksum,
    )
    from cloudkit.s3.edit import (
        Edit as Edit,
    )
    from cloudkit.s3.encryption import (
        CustomerKey as CustomerKey,
        Encryption as Encryption,
    )
    from cloudkit.s3.errors import (
        BucketNotFound as BucketNotFound,
        LockHeld as LockHeld,
        LockLost as LockLost,
        ObjectChanged as ObjectChanged,
        ObjectNotFound as ObjectNotFound,
        UploadNotFound as UploadNotFound,
    )
    from cloudkit.s3.folder import (
        Folder as Folder,
    )
    from cloudkit.s3.link import (
        Link as Link,
        LinkEndsEarly as LinkEndsEarly,
        UploadForm as UploadForm,
    )
    from cloudkit.s3.lock import (
        Lock as Lock,
    )
    from cloudkit.s3.metrics import (
        BucketMetrics as BucketMetrics,
        RequestMetrics as RequestMetrics,
    )
    from cloudkit.s3.object import (
        Object as Object,
    )
    from cloudkit.s3.restore import (
        RestorePlan as RestorePlan,
        RestoreStep as RestoreStep,
    )
    from cloudkit.s3.retention import (
        Retention as Retention,
    )
    from cloudkit.s3.settings.cors import (
        CorsRule as CorsRule,
        CorsRules as CorsRules,
    )
    from cloudkit.s3.settings.creation import (
        BucketSettings as BucketSettings,
    )
    from cloudkit.s3.settings.lifecycle import (
        Lifecycle as Lifecycle,
    )
    from cloudkit.s3.settings.lifecycle_rule import (
        LifecycleRule as LifecycleRule,
    )
    from cloudkit.s3.settings.logging import (
        Logging as Logging,
    )
    from cloudkit.s3.settings.notifications import (
        Notification as Notification,
        Notifications as Notifications,
    )
    from cloudkit.s3.settings.object_lock import (
        ObjectLock as ObjectLock,
    )
    from cloudkit.s3.settings.ownership import (
        Ownership as Ownership,
    )
    from cloudkit.s3.settings.policy import (
        BucketPolicy as BucketPolicy,
    )
    from cloudkit.s3.settings.public_access import (
        PublicAccess as PublicAccess,
    )
    from cloudkit.s3.settings.replication import (
        Replication as Replication,
        ReplicationRule as ReplicationRule,
    )
    from cloudkit.s3.settings.website import (
        RoutingRule as RoutingRule,
        Website as Website,
    )
    from cloudkit.s3.sync import (
        CopyTreeOptions as CopyTreeOptions,
        SyncAction as SyncAction,
        SyncFailed as SyncFailed,
        SyncFromOptions as SyncFromOptions,
        SyncKind as SyncKind,
        SyncOptions as SyncOptions,
        SyncPlan as SyncPlan,
        SyncResult as SyncResult,
    )
    from cloudkit.s3.upload import (
        Upload as Upload,
        UploadPart as UploadPart,
        Uploads as Uploads,
    )
    from cloudkit.s3.usage import (
        Usage as Usage,
    )

# Where each public name lives.
_HOMES = {
    "cloudkit.s3._options": ("WriteOptions",),
    "cloudkit.s3._tree.emptying": ("Contents",),
    "cloudkit.s3._tree.history": ("RestoreAction",),
    "cloudkit.s3.bucket": ("Bucket",),
    "cloudkit.s3.checksum": ("Checksum",),
    "cloudkit.s3.edit": ("Edit",),
    "cloudkit.s3.encryption": (
        "CustomerKey",
        "Encryption",
    ),
    "cloudkit.s3.errors": (
        "BucketNotFound",
        "LockHeld",
        "LockLost",
        "ObjectChanged",
        "ObjectNotFound",
        "UploadNotFound",
    ),
    "cloudkit.s3.folder": ("Folder",),
    "cloudkit.s3.link": (
        "Link",
        "LinkEndsEarly",
        "UploadForm",
    ),
    "cloudkit.s3.lock": ("Lock",),
    "cloudkit.s3.metrics": (
        "BucketMetrics",
        "RequestMetrics",
    ),
    "cloudkit.s3.object": ("Object",),
    "cloudkit.s3.restore": (
        "RestorePlan",
        "RestoreStep",
    ),
    "cloudkit.s3.retention": ("Retention",),
    "cloudkit.s3.settings.cors": (
        "CorsRule",
        "CorsRules",
    ),
    "cloudkit.s3.settings.creation": ("BucketSettings",),
    "cloudkit.s3.settings.lifecycle": ("Lifecycle",),
    "cloudkit.s3.settings.lifecycle_rule": ("LifecycleRule",),
    "cloudkit.s3.settings.logging": ("Logging",),
    "cloudkit.s3.settings.notifications": (
        "Notification",
        "Notifications",
    ),
    "cloudkit.s3.settings.object_lock": ("ObjectLock",),
    "cloudkit.s3.settings.ownership": ("Ownership",),
    "cloudkit.s3.settings.policy": ("BucketPolicy",),
    "cloudkit.s3.settings.public_access": ("PublicAccess",),
    "cloudkit.s3.settings.replication": (
        "Replication",
        "ReplicationRule",
    ),
    "cloudkit.s3.settings.website": (
        "RoutingRule",
        "Website",
    ),
    "cloudkit.s3.sync": (
        "CopyTreeOptions",
        "SyncAction",
        "SyncFailed",
        "SyncFromOptions",
        "SyncKind",
        "SyncOptions",
        "SyncPlan",
        "SyncResult",
    ),
    "cloudkit.s3.upload": (
        "Upload",
        "UploadPart",
        "Uploads",
    ),
    "cloudkit.s3.usage": ("Usage",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'cloudkit.s3' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
