"""AWS as typed Python objects.

>>> from cloudkit import Bucket
>>> Bucket("acme-photos")["hello.txt"].write_text("Hello")
<Object s3://acme-photos/hello.txt>

Names load when they are first used: importing the package imports neither boto3 nor anything else that is large.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cloudkit._core.cloud import (
        Cloud as Cloud,
    )
    from cloudkit._core.cloud import (
        configure as configure,
    )
    from cloudkit._core.cloud import (
        current_cloud as current_cloud,
    )
    from cloudkit._core.credentials import AssumeRole as AssumeRole
    from cloudkit._core.identity import (
        Identity as Identity,
    )
    from cloudkit._core.identity import (
        whoami as whoami,
    )
    from cloudkit._core.listing import Listing as Listing
    from cloudkit._core.retry import (
        Retry as Retry,
    )
    from cloudkit._core.retry import (
        Timeouts as Timeouts,
    )
    from cloudkit._local import local as local
    from cloudkit.ec2 import AddressNotFound as AddressNotFound
    from cloudkit.ec2 import ElasticIP as ElasticIP
    from cloudkit.ec2 import Image as Image
    from cloudkit.ec2 import ImageNotFound as ImageNotFound
    from cloudkit.ec2 import Instance as Instance
    from cloudkit.ec2 import InstanceNotFound as InstanceNotFound
    from cloudkit.ec2 import KeyPair as KeyPair
    from cloudkit.ec2 import KeyPairNotFound as KeyPairNotFound
    from cloudkit.ec2 import Region as Region
    from cloudkit.ec2 import SecurityGroup as SecurityGroup
    from cloudkit.ec2 import SecurityGroupNotFound as SecurityGroupNotFound
    from cloudkit.elb import Listener as Listener
    from cloudkit.elb import LoadBalancer as LoadBalancer
    from cloudkit.elb import LoadBalancerNotFound as LoadBalancerNotFound
    from cloudkit.elb import TargetGroup as TargetGroup
    from cloudkit.elb import TargetGroupNotFound as TargetGroupNotFound
    from cloudkit.elb import TargetUnhealthy as TargetUnhealthy
    from cloudkit.errors import (
        AccessDenied as AccessDenied,
    )
    from cloudkit.errors import (
        AlreadyExists as AlreadyExists,
    )
    from cloudkit.errors import (
        BatchError as BatchError,
    )
    from cloudkit.errors import (
        CloudError as CloudError,
    )
    from cloudkit.errors import (
        Conflict as Conflict,
    )
    from cloudkit.errors import (
        ConnectionFailed as ConnectionFailed,
    )
    from cloudkit.errors import (
        CredentialsError as CredentialsError,
    )
    from cloudkit.errors import (
        InvalidRequest as InvalidRequest,
    )
    from cloudkit.errors import (
        LimitExceeded as LimitExceeded,
    )
    from cloudkit.errors import (
        MissingExtra as MissingExtra,
    )
    from cloudkit.errors import (
        MultipleFound as MultipleFound,
    )
    from cloudkit.errors import (
        NotFound as NotFound,
    )
    from cloudkit.errors import (
        PreconditionFailed as PreconditionFailed,
    )
    from cloudkit.errors import (
        ServiceError as ServiceError,
    )
    from cloudkit.errors import (
        Throttled as Throttled,
    )
    from cloudkit.errors import (
        WaitFailed as WaitFailed,
    )
    from cloudkit.errors import (
        WaitTimeout as WaitTimeout,
    )
    from cloudkit.s3 import (
        Bucket as Bucket,
    )
    from cloudkit.s3 import (
        BucketNotFound as BucketNotFound,
    )
    from cloudkit.s3 import (
        Object as Object,
    )
    from cloudkit.s3 import (
        ObjectChanged as ObjectChanged,
    )
    from cloudkit.s3 import (
        ObjectNotFound as ObjectNotFound,
    )
    from cloudkit.sns import Subscription as Subscription
    from cloudkit.sns import SubscriptionNotFound as SubscriptionNotFound
    from cloudkit.sns import Topic as Topic
    from cloudkit.sns import TopicNotFound as TopicNotFound
    from cloudkit.sqs import LeaseLost as LeaseLost
    from cloudkit.sqs import Message as Message
    from cloudkit.sqs import Queue as Queue
    from cloudkit.sqs import QueueNotFound as QueueNotFound

# Where each public name lives. A new service adds its line here and its import above; a test compares the two.
_HOMES = {
    "cloudkit.ec2": (
        "AddressNotFound",
        "ElasticIP",
        "Image",
        "ImageNotFound",
        "Instance",
        "InstanceNotFound",
        "KeyPair",
        "KeyPairNotFound",
        "Region",
        "SecurityGroup",
        "SecurityGroupNotFound",
    ),
    "cloudkit.elb": (
        "Listener",
        "LoadBalancer",
        "LoadBalancerNotFound",
        "TargetGroup",
        "TargetGroupNotFound",
        "TargetUnhealthy",
    ),
    "cloudkit.sns": (
        "Subscription",
        "SubscriptionNotFound",
        "Topic",
        "TopicNotFound",
    ),
    "cloudkit.sqs": (
        "LeaseLost",
        "Message",
        "Queue",
        "QueueNotFound",
    ),
    "cloudkit._core.cloud": ("Cloud", "configure", "current_cloud"),
    "cloudkit._core.credentials": ("AssumeRole",),
    "cloudkit._core.identity": ("Identity", "whoami"),
    "cloudkit._core.listing": ("Listing",),
    "cloudkit._core.retry": ("Retry", "Timeouts"),
    "cloudkit.errors": (
        "AccessDenied",
        "AlreadyExists",
        "BatchError",
        "CloudError",
        "Conflict",
        "ConnectionFailed",
        "CredentialsError",
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
    "cloudkit.s3": ("Bucket", "BucketNotFound", "Object", "ObjectChanged", "ObjectNotFound"),
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
