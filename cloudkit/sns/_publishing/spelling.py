"""A message as Publish takes it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from cloudkit._core.params import as_text
from cloudkit.errors import InvalidRequest
from cloudkit.sns._attributes import to_wire
from cloudkit.sns._limits import MAX_SUBJECT_CHARACTERS
from cloudkit.sns._rules import TOPICS
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.outgoing import Content, Outgoing
from cloudkit.sqs._rules import identified

_DEFAULT = "default"
_STRUCTURED = "json"
# Control characters, half surrogate pairs, and what breaks a line.
_NOT_IN_SUBJECTS = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Developer guide, "Publishing to mobile devices": the keys of a structured message beside the protocols.
_PUSH_SERVICES = (
    "ADM",
    "APNS",
    "APNS_SANDBOX",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "BAIDU",
    "GCM",
    "MACOS",
    "MACOS_SANDBOX",
    "MPNS",
    "WNS",
)


def publishing(
    outgoing: Outgoing,
    *,
    about: object,
    fifo: bool,
    derives_id: Callable[[], bool],
    aws: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters of Publish, or of an entry of PublishBatch, for a message.

    Args:
        outgoing: The message.
        about: The topic, for errors.
        fifo: Whether it is for a FIFO topic.
        derives_id: Whether the topic makes deduplication ids itself; asked only if it matters.
        aws: The caller's raw parameters, which are looked at only.

    Raises:
        InvalidRequest: SNS would refuse it, or drop it in silence.
    """
    text = _text(outgoing.message)
    made: dict[str, Any] = {"Message": text}
    if outgoing.per_protocol:
        made.update(Message=_structure(text, outgoing.per_protocol), MessageStructure=_STRUCTURED)
    elif aws and aws.get("MessageStructure") == _STRUCTURED:
        _check_structure(text)
    if outgoing.subject is not None:
        made["Subject"] = _checked_subject(outgoing.subject)
    attributes = to_wire(outgoing.attributes)
    if attributes:
        made["MessageAttributes"] = attributes
    made.update(
        TOPICS.ordering(
            group=outgoing.group, deduplication_id=outgoing.deduplication_id, fifo=fifo, about=about
        )
    )
    return identified(made, fifo=fifo, derives_id=derives_id)


def _text(message: Content) -> str:
    if isinstance(message, (bytes, bytearray, memoryview)) or not isinstance(
        message, (str, Mapping, Sequence)
    ):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"the message is a {type(message).__name__}: it is text, or a dict or list that goes as JSON",
            hint="str(...), or bytes.decode()",
        )
    return TOPICS.content("the message", message)


def _structure(default: str, per_protocol: Mapping[str, str]) -> str:
    """The JSON that gives each protocol its own text."""
    known = [_DEFAULT, *(protocol.value for protocol in DeliveryProtocol.known()), *_PUSH_SERVICES]
    for name, text in per_protocol.items():
        if name == _DEFAULT:
            raise InvalidRequest(
                "per_protocol has a default, which the message is",
                hint="give it as the message, and only there",
            )
        if name not in known:
            raise InvalidRequest(
                f"per_protocol={name!r}, which SNS would skip: it is one of {', '.join(known[1:])}"
            )
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequest(
                f"per_protocol[{name!r}] is a {type(text).__name__}, which SNS would skip: it is text",
                hint="json.dumps(...) makes text of it",
            )
    return TOPICS.json_text("per_protocol", {_DEFAULT: default, **per_protocol})


def _check_structure(text: str) -> None:
    try:
        found: object = json.loads(text)
    except ValueError:
        found = None
    default = cast("dict[str, object]", found).get(_DEFAULT) if isinstance(found, dict) else None
    if not isinstance(default, str):
        raise InvalidRequest(
            "MessageStructure 'json' wants a message that is a JSON object with a text as its 'default'",
            hint="publish(text, per_protocol={...}) makes that",
        )


def _checked_subject(subject: str) -> str:
    as_text("subject", subject, 1, MAX_SUBJECT_CHARACTERS)
    if any(unicodedata.category(character) in _NOT_IN_SUBJECTS for character in subject):
        raise InvalidRequest(f"subject={subject!r}: it has no line breaks and no control characters")
    return subject
