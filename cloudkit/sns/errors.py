"""What can be missing in SNS, and what is no notification of its."""

from __future__ import annotations

from typing_extensions import Self

from cloudkit.errors import CloudError, NotFound
from cloudkit.sns.refusal import RefusalReason


class TopicNotFound(NotFound):
    """The topic is not there."""


class SubscriptionNotFound(NotFound):
    """The subscription is not there: unsubscribed, never confirmed within two days, or its topic is deleted."""


class NotificationRefused(CloudError):
    """What came is no notification to act upon: not SNS's, not for here, not new, or none at all.

    It is one class for all of them. Tell whoever sent it no more than that: `.reason` is for your own log.

    Attributes:
        reason: `"malformed"`: it is no notification. `"too-long"`: more bytes than any has. `"raw"`: delivered raw, and
            so not signed. `"headers"`: the headers speak of another message. `"topic"`: not one of those expected.
            `"old"`, `"future"`: when it was sent. `"version"`: a signature of a version that is not accepted.
            `"address"`: the certificate, or the confirmation, is not on SNS's own server in the topic's region.
            `"certificate"`: it is none of SNS's, or not valid now. `"unavailable"`: it could not be fetched; then
            `.retryable` is true. `"signature"`: it does not fit. `"replayed"`: the message was there before.
    """

    reason: RefusalReason = RefusalReason.MALFORMED

    @classmethod
    def of(
        cls, reason: RefusalReason, message: str, *, retryable: bool = False, hint: str | None = None
    ) -> Self:
        """Build the error for that reason."""
        error = cls(message, service="sns", retryable=retryable, hint=hint)
        error.reason = reason
        return error
