"""What SNS calls things that went wrong."""

from __future__ import annotations

from cloudkit._core.service import Service
from cloudkit.errors import AccessDenied, Conflict, CredentialsError, InvalidRequest, Throttled
from cloudkit.sns.errors import SubscriptionNotFound, TopicNotFound

# SNS says NotFound for whatever its operation is about.
_ABOUT_TOPICS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "DeleteTopic",
    "Publish",
    "PublishBatch",
    "Subscribe",
    "ConfirmSubscription",
    "ListSubscriptionsByTopic",
)
_ABOUT_SUBSCRIPTIONS = ("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe")
_TAGGING = ("ListTagsForResource", "TagResource", "UntagResource")

SNS = Service(
    "sns",
    errors={
        **{f"{operation}:NotFound": TopicNotFound for operation in _ABOUT_TOPICS},
        **{f"{operation}:NotFound": SubscriptionNotFound for operation in _ABOUT_SUBSCRIPTIONS},
        **{f"{operation}:ResourceNotFound": TopicNotFound for operation in _TAGGING},
        "ParameterValueInvalid": InvalidRequest,
        "InvalidSecurity": CredentialsError,
        "EndpointDisabled": Conflict,
        "PlatformApplicationDisabled": Conflict,
        "KMSDisabled": Conflict,
        "KMSOptInRequired": AccessDenied,
        "KMSThrottling": Throttled,
        "Throttled": Throttled,
        "StaleTag": Conflict,
        "TagPolicy": InvalidRequest,
        "BatchEntryIdsNotDistinct": InvalidRequest,
        "TooManyEntriesInBatchRequest": InvalidRequest,
    },
    hints={
        "NotFound": "Topic.list() and Subscription.list() show those of this account and region",
        "KMSAccessDenied": "the topic is encrypted: allow kms:GenerateDataKey and kms:Decrypt on its key",
        "KMSDisabled": "the topic's KMS key is switched off: enable it, or give the topic another",
        "InvalidSecurity": "SNS wants HTTPS and a signature of version 4",
        "FilterPolicyLimitExceeded": "take filter policies off other subscriptions, or ask AWS for more",
    },
    has_boto3_resource=True,
)
