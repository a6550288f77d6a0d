"""A subscription that waits for its confirmation."""

from __future__ import annotations

from attrs import frozen

from cloudkit.sns._target import DeliveryProtocol


@frozen
class PendingSubscription:
    """A subscription that its endpoint has not confirmed yet. AWS tells its ARN to nobody but who made it.

    Attributes:
        topic_arn: The topic.
        protocol: How the endpoint would be reached.
        endpoint: Whom it is for.
        owner: The account that made it.
    """

    topic_arn: str
    protocol: DeliveryProtocol
    endpoint: str
    owner: str
