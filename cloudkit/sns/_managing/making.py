"""How a topic is made, or found as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import tag_list
from cloudkit._core.tags import checked_tags
from cloudkit.sns._address.topic import T, TopicAddress
from cloudkit.sns._answering import said
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._settings.differing import conflict, meaning
from cloudkit.sns._settings.topic import TopicSettings, of_topic, without_off
from cloudkit.sns.errors import TopicNotFound
from cloudkit.sqs._settings import differing
from cloudkit.types import TagMap


def create(
    kind: type[T],
    name: str,
    settings: TopicSettings,
    *,
    fifo: bool | None,
    tags: TagMap | None,
    aws: Mapping[str, Any] | None,
    cloud: Cloud | None,
) -> T:
    """Make a topic; see `Topic.create`."""
    topic = kind(TOPICS.checked_name(name, fifo), cloud=cloud)
    attributes = without_off(of_topic(name, settings))
    tag_rows = tag_list(checked_tags(tags) if tags else None)
    if topic.exists():
        raise TOPICS.taken(name)
    return _make(topic, attributes, tags=tag_rows, aws=aws)


def ensure(
    kind: type[T], name: str, settings: TopicSettings, *, fifo: bool | None, update: bool, cloud: Cloud | None
) -> T:
    """Take a topic, or make it; see `Topic.ensure`."""
    topic = kind(TOPICS.checked_name(name, fifo), cloud=cloud)
    attributes = of_topic(name, settings)
    if not topic.exists():
        return _make(topic, without_off(attributes))
    differs = differing(attributes, topic.raw, meaning)
    if differs and not update:
        raise conflict(differs, topic.raw, operation="CreateTopic", about=topic)
    return topic._set(differs) if differs else topic  # pyright: ignore[reportPrivateUsage]


def _make(
    topic: T, attributes: Mapping[str, str], *, tags: object = None, aws: Mapping[str, Any] | None = None
) -> T:
    given = {**attributes, **({"FifoTopic": "true"} if topic.fifo else {})}
    answer = topic._call(  # pyright: ignore[reportPrivateUsage]
        "create_topic", Name=topic.name, Attributes=given or None, Tags=tags, aws=aws
    )
    arn = str(said(answer, "TopicArn", "CreateTopic", topic))
    topic.cloud.remember(arn, TopicNotFound)
    return topic._own(arn, topic.cloud)  # pyright: ignore[reportPrivateUsage]


def delete(topic: TopicAddress) -> None:
    """Delete a topic; see `Topic.delete`."""
    with suppress(TopicNotFound):
        topic._call("delete_topic", TopicArn=topic.arn)  # pyright: ignore[reportPrivateUsage]
    topic.cloud.forget(topic.arn)
    topic._forget()  # pyright: ignore[reportPrivateUsage]
