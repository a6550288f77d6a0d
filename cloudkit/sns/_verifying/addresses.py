"""Which addresses are SNS's own. They are compared as text: nothing is decoded, resolved or made lower case first."""

from __future__ import annotations

import re

from cloudkit._core.partitions import DNS_SUFFIXES, partition_of
from cloudkit.sns._arn import Arn
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}")
_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[0-9a-f]{1,128}\.pem")


def refused_topic() -> NotificationRefused:
    """The error for a topic that nobody here expects."""
    return NotificationRefused.of(
        RefusalReason.TOPIC,
        "it is of a topic that is not expected here",
        hint="name the topics whose messages you take: topics=[...]",
    )


def suffix_of(topic: Arn) -> str:
    """How the names of servers end where the topic is.

    Raises:
        NotificationRefused: Its partition and region do not go together.
    """
    suffix = DNS_SUFFIXES.get(topic.partition)
    if suffix is None or not _REGION.fullmatch(topic.region) or partition_of(topic.region) != topic.partition:
        raise refused_topic()
    return suffix


def server_of(topic: Arn) -> str:
    """The beginning of each address that is SNS's, for messages of a topic."""
    return f"https://sns.{topic.region}.{suffix_of(topic)}"


def is_certificate(url: str, topic: Arn) -> bool:
    """Whether that is where SNS keeps a signing certificate for a topic's region."""
    server = server_of(topic)
    return url.startswith(server) and _CERTIFICATE_PATH.fullmatch(url, len(server)) is not None


def is_action(url: str, topic: Arn) -> bool:
    """Whether that is an address that does something at SNS, in the topic's region: confirms, or unsubscribes."""
    return url.startswith((f"{server_of(topic)}/?", f"{server_of(topic)}?")) and url.isascii()
