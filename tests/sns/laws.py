"""What becomes of SNS's methods when requests fail, or answers get lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from cloudkit.sns import F, Notification, Subscription, Topic, Webhook, webhook
from cloudkit.sqs import Queue
from tests.contract.retry_laws import Law, Scene, reads, repeated, silent, token, writes
from tests.sns import signing

BUCKET = "arn:aws:s3:::acme-photos"
S3 = "s3.amazonaws.com"
TOKEN = "2336412f37fb687f5d51e6e2425e"
TWICE = "the message may come twice, as SNS may deliver any"
MAIL = "me@example.com"
CERTIFICATES = signing.Certificates()


def topic(scene: Scene) -> Topic:
    return Topic.create(scene.name("news"), cloud=scene.cloud)


def shared(scene: Scene) -> Topic:
    return scene.once(topic)


def name_of_one(scene: Scene) -> str:
    return shared(scene).name


def topic_and_queue(scene: Scene) -> tuple[Topic, Queue]:
    return topic(scene), scene.queue()


def subscribed(scene: Scene) -> tuple[Topic, Queue]:
    made, queue = topic_and_queue(scene)
    made.subscribe(queue)
    return made, queue


def fifo_subscribed(scene: Scene) -> tuple[Topic, Queue]:
    made, queue = Topic.create(scene.name("news") + ".fifo", cloud=scene.cloud), scene.queue(".fifo")
    made.subscribe(queue)
    return made, queue


def subscription(scene: Scene) -> Subscription:
    made, queue = topic_and_queue(scene)
    return made.subscribe(queue)


def shared_subscription(scene: Scene) -> Subscription:
    return scene.once(subscription)


def pending(scene: Scene) -> Topic:
    made = topic(scene)
    made.subscribe(MAIL)
    return made


def tapped(scene: Scene) -> Topic:
    made = topic(scene)
    made.tap().__enter__()
    return made


def with_policy(scene: Scene) -> Topic:
    made = topic(scene)
    made.allow_service(S3, BUCKET, source_account="123456789012")
    return made


def delivered(given: tuple[Topic, Queue]) -> int:
    return given[1].counts.visible


def request(scene: Scene) -> tuple[str, bytes]:
    name = name_of_one(scene)
    return name, signing.body(signing.notification(TopicArn=shared(scene).arn))


def question(scene: Scene) -> bytes:
    return signing.body(signing.confirmation(TopicArn=pending(scene).arn))


def everything(arn: str) -> bool:
    return True


def verified(sent: bytes) -> Notification:
    return Notification.verify(sent, topics=everything, certificates=CERTIFICATES)


def hook() -> Webhook:
    return webhook(print, topics=everything, certificates=CERTIFICATES)


def tag(topic: Topic) -> None:
    topic.tags["team"] = "web"


LAWS: Mapping[str, Law[Any]] = {
    "Topic.create": writes(lambda scene: scene.name("new"), lambda name: Topic.create(name)),
    "Topic.ensure": writes(lambda scene: scene.name("new"), lambda name: Topic.ensure(name)),
    "Topic.ensure of one that is there": reads(name_of_one, lambda name: Topic.ensure(name)),
    "Topic.get": reads(name_of_one, lambda name: Topic.get(name)),
    "Topic.list": reads(name_of_one, lambda name: Topic.list(prefix=name).to_list()),
    "Topic.refresh": reads(shared, lambda topic: topic.refresh()),
    "Topic.exists": reads(shared, lambda topic: topic.exists()),
    "Topic.publish": repeated(subscribed, lambda given: given[0].publish("work"), delivered, TWICE),
    "Topic.publish to a FIFO topic": token(
        fifo_subscribed,
        lambda given: given[0].publish("work", group="g"),
        "MessageDeduplicationId",
        done=delivered,
    ),
    "Topic.publish_many": repeated(
        subscribed, lambda given: given[0].publish_many(["work"]), delivered, TWICE
    ),
    "Topic.subscribe": writes(
        topic_and_queue,
        lambda given: given[0].subscribe(given[1]),
        done=lambda given: len(given[0].subscriptions().to_list()),
    ),
    "Topic.subscribe with a filter": writes(
        topic_and_queue,
        lambda given: given[0].subscribe(given[1], filter=F.event == "paid"),
        done=lambda given: len(given[0].subscriptions().to_list()),
    ),
    "Topic.check": reads(lambda scene: scene.once(subscribed)[0], lambda topic: len(topic.check())),
    "Topic.end_taps": writes(tapped, lambda topic: topic.end_taps(older_than=0)),
    "Topic.subscriptions": reads(
        lambda scene: scene.once(subscribed)[0], lambda topic: topic.subscriptions().to_list()
    ),
    "Topic.pending_subscriptions": reads(
        lambda scene: scene.once(pending), lambda topic: topic.pending_subscriptions().to_list()
    ),
    "Topic.confirm": writes(pending, lambda topic: topic.confirm(TOKEN)),
    "Topic.update": writes(topic, lambda topic: topic.update(display_name="News")),
    "Topic.tags=": writes(topic, tag),
    "Topic.allow_service": writes(
        topic, lambda topic: topic.allow_service(S3, BUCKET, source_account="123456789012")
    ),
    "Topic.disallow_service": writes(with_policy, lambda topic: topic.disallow_service(S3, BUCKET)),
    "Topic.delete": writes(topic, lambda topic: topic.delete()),
    "Notification.verify": reads(
        request,
        lambda given: Notification.verify(given[1], topics=[Topic(given[0])], certificates=CERTIFICATES),
    ),
    "Notification.confirm": writes(question, lambda sent: verified(sent).confirm()),
    "Webhook.respond": writes(question, lambda sent: hook().respond(sent, {})),
    "Webhook.respond_async": writes(question, lambda sent: asyncio.run(hook().respond_async(sent, {}))),
    "Subscription.get": reads(shared_subscription, lambda each: Subscription.get(each.arn)),
    "Subscription.list": reads(shared_subscription, lambda each: len(Subscription.list().to_list()) > 0),
    "Subscription.refresh": reads(shared_subscription, lambda each: each.refresh()),
    "Subscription.exists": reads(shared_subscription, lambda each: each.exists()),
    "Subscription.update": writes(subscription, lambda each: each.update(raw=True, filter=F.event == "paid")),
    "Subscription.replay": silent(
        "one SetSubscriptionAttributes, as in `update`; the embedded cloud has no archive"
    ),
    "Subscription.stop_replay": silent("one SetSubscriptionAttributes, as in `update`"),
    "Tap.collect": silent("receives and deletes as Queue.receive and Queue.delete_messages do"),
    "Subscription.confirm": writes(subscription, lambda each: each.confirm(TOKEN)),
    "Subscription.unsubscribe": writes(subscription, lambda each: each.unsubscribe()),
}
