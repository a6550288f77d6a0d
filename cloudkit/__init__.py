"""AWS as typed Python objects.

>>> from cloudkit import Bucket
>>> Bucket("acme-photos")["hello.txt"].write_text("Hello")
<Object s3://acme-photos/hello.txt>

Names load when they are first used: importing the package imports neither boto3 nor anything else that is large.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from cloudkit._version import __version__ as __version__

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud as Cloud
    from cloudkit._core.credentials import AssumeRole as AssumeRole
    from cloudkit._core.current import configure as configure, current_cloud as current_cloud
    from cloudkit._core.deadline import deadline as deadline
    from cloudkit._core.identity import (
        Identity as Identity,
        whoami as whoami,
    )
    from cloudkit._core.listing import Listing as Listing
    from cloudkit._core.policy import (
        Policy as Policy,
        Statement as Statement,
    )
    from cloudkit._core.retry import (
        Retry as Retry,
        Timeouts as Timeouts,
    )
    from cloudkit._core.transfers import Transfers as Transfers
    from cloudkit._local import local as local
    from cloudkit.autoscaling import (
        AutoScalingGroup as AutoScalingGroup,
        AutoScalingGroupNotFound as AutoScalingGroupNotFound,
        InstanceRefresh as InstanceRefresh,
        InstanceRefreshNotFound as InstanceRefreshNotFound,
        Mixed as Mixed,
        ScalingFailed as ScalingFailed,
        ScalingPolicy as ScalingPolicy,
        ScalingPolicyNotFound as ScalingPolicyNotFound,
        ScheduledAction as ScheduledAction,
        ScheduledActionNotFound as ScheduledActionNotFound,
    )
    from cloudkit.cloudwatch import (
        Alarm as Alarm,
        AlarmNotFound as AlarmNotFound,
        AlarmRule as AlarmRule,
        CompositeAlarm as CompositeAlarm,
        IncompleteData as IncompleteData,
        Metric as Metric,
        Metrics as Metrics,
        Series as Series,
    )
    from cloudkit.ec2 import (
        SSH as SSH,
        AddressNotFound as AddressNotFound,
        CommandFailed as CommandFailed,
        CommandResult as CommandResult,
        Disk as Disk,
        ElasticIP as ElasticIP,
        Fleet as Fleet,
        HostKeyChanged as HostKeyChanged,
        HostKeyUnknown as HostKeyUnknown,
        Image as Image,
        ImageNotFound as ImageNotFound,
        Instance as Instance,
        InstanceNotFound as InstanceNotFound,
        InstanceType as InstanceType,
        InstanceTypeNotFound as InstanceTypeNotFound,
        KeyPair as KeyPair,
        KeyPairNotFound as KeyPairNotFound,
        LaunchTemplate as LaunchTemplate,
        LaunchTemplateNotFound as LaunchTemplateNotFound,
        LoginRefused as LoginRefused,
        Region as Region,
        SecurityGroup as SecurityGroup,
        SecurityGroupNotFound as SecurityGroupNotFound,
        Snapshot as Snapshot,
        SnapshotNotFound as SnapshotNotFound,
        Subnet as Subnet,
        SubnetNotFound as SubnetNotFound,
        Volume as Volume,
        VolumeNotFound as VolumeNotFound,
        Vpc as Vpc,
        VpcNotFound as VpcNotFound,
        ssh_defaults as ssh_defaults,
    )
    from cloudkit.elb import (
        Certificate as Certificate,
        CertificateNotFound as CertificateNotFound,
        HealthCheck as HealthCheck,
        Https as Https,
        Listener as Listener,
        ListenerNotFound as ListenerNotFound,
        LoadBalancer as LoadBalancer,
        LoadBalancerNotFound as LoadBalancerNotFound,
        Redirect as Redirect,
        ServerCertificate as ServerCertificate,
        TargetGroup as TargetGroup,
        TargetGroupNotFound as TargetGroupNotFound,
        TargetUnhealthy as TargetUnhealthy,
    )
    from cloudkit.errors import (
        AccessDenied as AccessDenied,
        AlreadyExists as AlreadyExists,
        BatchError as BatchError,
        CloudError as CloudError,
        Conflict as Conflict,
        ConnectionFailed as ConnectionFailed,
        CredentialsError as CredentialsError,
        DeadlineExceeded as DeadlineExceeded,
        InvalidRequest as InvalidRequest,
        LimitExceeded as LimitExceeded,
        MissingExtra as MissingExtra,
        MultipleFound as MultipleFound,
        NotFound as NotFound,
        PreconditionFailed as PreconditionFailed,
        ServiceError as ServiceError,
        Throttled as Throttled,
        WaitFailed as WaitFailed,
        WaitTimeout as WaitTimeout,
    )
    from cloudkit.s3 import (
        Bucket as Bucket,
        BucketNotFound as BucketNotFound,
        Checksum as Checksum,
        CustomerKey as CustomerKey,
        Edit as Edit,
        Encryption as Encryption,
        Folder as Folder,
        Link as Link,
        LinkEndsEarly as LinkEndsEarly,
        Lock as Lock,
        LockHeld as LockHeld,
        LockLost as LockLost,
        Object as Object,
        ObjectChanged as ObjectChanged,
        ObjectNotFound as ObjectNotFound,
        RestoreAction as RestoreAction,
        RestorePlan as RestorePlan,
        RestoreStep as RestoreStep,
        Retention as Retention,
        SyncAction as SyncAction,
        SyncFailed as SyncFailed,
        SyncKind as SyncKind,
        SyncPlan as SyncPlan,
        SyncResult as SyncResult,
        Upload as Upload,
        UploadForm as UploadForm,
        UploadNotFound as UploadNotFound,
        UploadPart as UploadPart,
        Usage as Usage,
    )
    from cloudkit.sns import (
        F as F,
        Notification as Notification,
        NotificationRefused as NotificationRefused,
        Subscription as Subscription,
        SubscriptionNotFound as SubscriptionNotFound,
        Topic as Topic,
        TopicNotFound as TopicNotFound,
    )
    from cloudkit.sns.sms import sms as sms
    from cloudkit.sqs import (
        Backoff as Backoff,
        Consumer as Consumer,
        DecodeError as DecodeError,
        LeaseLost as LeaseLost,
        Message as Message,
        Queue as Queue,
        QueueNotFound as QueueNotFound,
    )

# Where each public name lives. A new service adds its line here and its import above; a test compares the two.
_HOMES = {
    "cloudkit.autoscaling": (
        "AutoScalingGroup",
        "AutoScalingGroupNotFound",
        "InstanceRefresh",
        "InstanceRefreshNotFound",
        "Mixed",
        "ScalingFailed",
        "ScalingPolicy",
        "ScalingPolicyNotFound",
        "ScheduledAction",
        "ScheduledActionNotFound",
    ),
    "cloudkit.cloudwatch": (
        "Alarm",
        "AlarmNotFound",
        "AlarmRule",
        "CompositeAlarm",
        "IncompleteData",
        "Metric",
        "Metrics",
        "Series",
    ),
    "cloudkit.ec2": (
        "AddressNotFound",
        "CommandFailed",
        "CommandResult",
        "Disk",
        "ElasticIP",
        "Fleet",
        "HostKeyChanged",
        "HostKeyUnknown",
        "Image",
        "ImageNotFound",
        "Instance",
        "InstanceNotFound",
        "InstanceType",
        "InstanceTypeNotFound",
        "KeyPair",
        "KeyPairNotFound",
        "LaunchTemplate",
        "LaunchTemplateNotFound",
        "LoginRefused",
        "Region",
        "SSH",
        "SecurityGroup",
        "SecurityGroupNotFound",
        "Snapshot",
        "SnapshotNotFound",
        "Subnet",
        "SubnetNotFound",
        "Volume",
        "VolumeNotFound",
        "Vpc",
        "VpcNotFound",
        "ssh_defaults",
    ),
    "cloudkit.elb": (
        "Certificate",
        "CertificateNotFound",
        "HealthCheck",
        "Https",
        "Listener",
        "ListenerNotFound",
        "LoadBalancer",
        "LoadBalancerNotFound",
        "Redirect",
        "ServerCertificate",
        "TargetGroup",
        "TargetGroupNotFound",
        "TargetUnhealthy",
    ),
    "cloudkit.sns": (
        "F",
        "Notification",
        "NotificationRefused",
        "Subscription",
        "SubscriptionNotFound",
        "Topic",
        "TopicNotFound",
    ),
    "cloudkit.sns.sms": ("sms",),
    "cloudkit.sqs": (
        "Backoff",
        "Consumer",
        "DecodeError",
        "LeaseLost",
        "Message",
        "Queue",
        "QueueNotFound",
    ),
    "cloudkit._core.cloud": ("Cloud",),
    "cloudkit._core.current": ("configure", "current_cloud"),
    "cloudkit._core.credentials": ("AssumeRole",),
    "cloudkit._core.deadline": ("deadline",),
    "cloudkit._core.identity": ("Identity", "whoami"),
    "cloudkit._core.listing": ("Listing",),
    "cloudkit._core.policy": ("Policy", "Statement"),
    "cloudkit._core.retry": ("Retry", "Timeouts"),
    "cloudkit._core.transfers": ("Transfers",),
    "cloudkit.errors": (
        "AccessDenied",
        "AlreadyExists",
        "BatchError",
        "CloudError",
        "Conflict",
        "ConnectionFailed",
        "CredentialsError",
        "DeadlineExceeded",
        "InvalidRequest",
        "LimitExceeded",
        "MissingExtra",
        "MultipleFound",
        "NotFound",
        "PreconditionFailed",
        "ServiceError",
        "Throttled",
        "WaitFailed",
        "WaitTimeout",
    ),
    "cloudkit._local": ("local",),
    "cloudkit.s3": (
        "Bucket",
        "BucketNotFound",
        "Checksum",
        "CustomerKey",
        "Edit",
        "Encryption",
        "Folder",
        "Link",
        "LinkEndsEarly",
        "Lock",
        "LockHeld",
        "LockLost",
        "Object",
        "ObjectChanged",
        "ObjectNotFound",
        "RestoreAction",
        "RestorePlan",
        "RestoreStep",
        "Retention",
        "SyncAction",
        "SyncFailed",
        "SyncKind",
        "SyncPlan",
        "SyncResult",
        "Upload",
        "UploadForm",
        "UploadNotFound",
        "UploadPart",
        "Usage",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted([*_HOME_OF, "__version__"])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'cloudkit' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
