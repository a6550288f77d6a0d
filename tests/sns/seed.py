"""The world that the docstring examples of SNS speak of."""

from __future__ import annotations

from pathlib import Path

from cloudkit.sns import F, Filter, FilterScope, Notification, Outgoing, Subscription, Topic
from cloudkit.sns.sms import sms
from cloudkit.sqs import Queue
from tests.sns import signing


def seed(folder: Path, example: str) -> dict[str, object]:
    topic = Topic.ensure("news")
    subscription = topic.subscribe(Queue.ensure("archive"))
    sent = signing.notification(
        TopicArn=topic.arn, MessageId="22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", Subject=None
    )
    return {
        "F": F,
        "Filter": Filter,
        "FilterScope": FilterScope,
        "Notification": Notification,
        "Outgoing": Outgoing,
        "Queue": Queue,
        "Subscription": Subscription,
        "Topic": Topic,
        "certificates": signing.Certificates(),
        "confirmation_body": signing.body(signing.confirmation(TopicArn=topic.arn)),
        "notification": Notification.parse(sent),
        "queue": Queue.ensure("jobs"),
        "request_body": signing.body(sent),
        "sms": sms,
        "subscription": subscription,
    }
