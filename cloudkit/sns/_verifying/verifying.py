"""All that a notification must pass before anybody acts upon it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Protocol

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import seconds
from cloudkit.errors import InvalidRequest
from cloudkit.sns._arn import Arn, topic_arn
from cloudkit.sns._limits import MAX_CLOCK_SKEW_SECONDS
from cloudkit.sns._verifying import signature
from cloudkit.sns._verifying.addresses import is_action, refused_topic
from cloudkit.sns._verifying.certificate import Certificates, check_address, signing_key
from cloudkit.sns._verifying.envelope import Envelope, malformed
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason
from cloudkit.types import Duration

_RAW = "x-amz-sns-rawdelivery"
# What a header says that a field says too.
_ALSO_IN_HEADERS = {
    "x-amz-sns-message-type": "Type",
    "x-amz-sns-message-id": "MessageId",
    "x-amz-sns-topic-arn": "TopicArn",
}


class HasItems(Protocol):
    """Headers, as any framework has them."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Names and values."""
        ...


def refuse_raw(headers: HasItems | None) -> None:
    """Raise if the headers say that the message comes without its envelope, and so without a signature.

    Raises:
        NotificationRefused: They do.
    """
    for name, value in headers.items() if headers is not None else ():
        if name.lower() == _RAW and value.strip().lower() == "true":
            raise NotificationRefused.of(
                RefusalReason.RAW,
                "it is delivered raw, and so not signed: nothing says that SNS sent it",
                hint="subscription.raw_delivery must be false for it; topic.subscribe(..., raw=False, update=True)",
            )


def check(
    envelope: Envelope,
    headers: HasItems | None,
    *,
    expected: Callable[[str], bool],
    max_age: float | None,
    least_version: int,
    certificates: Certificates | None,
    cloud: Cloud,
) -> Arn:
    """Raise unless SNS sent this message, of a topic expected, not long ago.

    What is cheap comes first, and nothing is fetched for a topic that is not expected.

    Returns:
        The topic's ARN.

    Raises:
        NotificationRefused: It did not.
    """
    _compare(envelope, headers)
    version = signature.version_of(envelope, least_version)
    signature.signed_text(envelope)  # which it must have, before anything is fetched
    named = envelope.required("TopicArn")
    topic = _topic(named)
    if not expected(named):
        raise refused_topic()
    _check_time(envelope, max_age)
    if "SubscribeURL" in envelope.fields and not is_action(envelope.fields["SubscribeURL"], topic):
        raise NotificationRefused.of(
            RefusalReason.ADDRESS, "its SubscribeURL is not SNS's, in the topic's region"
        )
    url = envelope.required("SigningCertURL")
    check_address(url, topic)
    given = signature.signature_of(envelope)
    key = signing_key(url, topic, cloud, certificates)
    signature.check(envelope, given, version, key)
    return topic


def _topic(named: str) -> Arn:
    try:
        return topic_arn(named)
    except InvalidRequest:
        pass  # that error repeats what the sender wrote
    raise malformed("its TopicArn is none")


def checked_version(least: int) -> int:
    """The least version of a signature that is accepted, if there is one such.

    Raises:
        InvalidRequest: There is not.
    """
    if least not in (1, 2):
        raise InvalidRequest(f"min_version={least!r}: it is 1 (SHA-1 and SHA-256) or 2 (SHA-256 alone)")
    return least


def checked_age(max_age: Duration | None) -> float | None:
    """Seconds that a message may be old; None if any.

    Raises:
        InvalidRequest: No message is so young.
    """
    if max_age is None:
        return None
    allowed = seconds(max_age)
    if not allowed > 0:
        raise InvalidRequest(f"max_age={max_age!r}: it is more than 0 seconds; None is any age")
    return allowed


def _compare(envelope: Envelope, headers: HasItems | None) -> None:
    for name, value in headers.items() if headers is not None else ():
        field = _ALSO_IN_HEADERS.get(name.lower())
        if field is not None and value.strip() != envelope.fields.get(field):
            raise NotificationRefused.of(
                RefusalReason.HEADERS, f"its header {name.lower()} is of another message"
            )


def _check_time(envelope: Envelope, max_age: float | None) -> None:
    age = (datetime.now(timezone.utc) - envelope.timestamp).total_seconds()
    if age < -MAX_CLOCK_SKEW_SECONDS:
        raise NotificationRefused.of(
            RefusalReason.FUTURE, "it is from the future", hint="this machine's clock may be wrong"
        )
    if max_age is not None and age > max_age:
        raise NotificationRefused.of(
            RefusalReason.OLD,
            f"it is older than {max_age:,.0f} seconds",
            hint="max_age= says how old it may be",
        )
