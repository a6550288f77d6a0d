"""A message on its way to a topic, and what became of it."""

from __future__ import annotations

import hashlib
import json
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, Union, cast

from attrs import field, frozen

from cloudkit._core.params import as_text
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sns._limits import (
    DEFAULT_MESSAGE_BYTES,
    MAX_GROUP_CHARACTERS,
    MAX_MESSAGE_BYTES,
    MAX_SUBJECT_CHARACTERS,
)
from cloudkit.sns.attributes import AttributeValue, bytes_of, converted
from cloudkit.sns.target import DeliveryProtocol

Content: TypeAlias = Union[str, "Mapping[str, object]", "Sequence[object]"]
"""What can be published: text, or a dict or list that goes as JSON."""

_DEFAULT = "default"
_STRUCTURED = "json"
_GROUP_CHARACTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)
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


@frozen
class Outgoing:
    """One message for `publish_many`, where it is more than its text.

    Attributes:
        message: Text, or a dict or list that goes as JSON.
        subject: As in `Topic.publish`, and so are the others.
        attributes: Message attributes.
        per_protocol: Other texts for some protocols.
        group: The message group.
        deduplication_id: What makes a repeat a repeat.
    """

    message: Content
    subject: str | None = field(default=None, kw_only=True)
    attributes: Mapping[str, AttributeValue] | None = field(default=None, kw_only=True)
    per_protocol: Mapping[str, str] | None = field(default=None, kw_only=True)
    group: str | None = field(default=None, kw_only=True)
    deduplication_id: str | None = field(default=None, kw_only=True)


@frozen
class Published:
    """What SNS says of a message that it took.

    Attributes:
        id: The message's id, which every subscriber gets.
        sequence_number: Its place in the order of a FIFO topic; None elsewhere.
    """

    id: str
    sequence_number: str | None = None


@frozen
class Entry:
    """A message that is ready to be sent, or why it cannot be.

    Attributes:
        source: What the caller gave.
        place: Its place among all that the caller gave.
        group: Its group.
        params: Its parameters, as Publish and PublishBatch take them.
        size: Its bytes, attributes included.
        error: Why it cannot be sent.
    """

    source: object
    place: int
    group: str | None
    params: Mapping[str, Any] = field(factory=dict[str, Any])
    size: int = 0
    error: CloudError | None = None


def entry_of(source: Outgoing | Content, place: int, *, fifo: bool, derives_id: Callable[[], bool]) -> Entry:
    """The entry of a batch that an input stands for."""
    outgoing = source if isinstance(source, Outgoing) else Outgoing(source)
    try:
        params = publishing(outgoing, fifo=fifo, derives_id=derives_id)
    except InvalidRequest as error:
        return Entry(source, place, outgoing.group, error=error)
    return Entry(source, place, outgoing.group, params, size_of(params))


def publishing(
    outgoing: Outgoing,
    *,
    fifo: bool,
    derives_id: Callable[[], bool],
    aws: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters of Publish, or of an entry of PublishBatch, for a message.

    Args:
        outgoing: The message.
        fifo: Whether it is for a FIFO topic.
        derives_id: Whether the topic makes deduplication ids itself; asked only if it matters.
        aws: The caller's raw parameters, which are looked at only.
    """
    text = _text(outgoing.message)
    if not text:
        raise InvalidRequest("the message is empty: SNS takes 1 byte or more")
    made: dict[str, Any] = {"Message": text}
    if outgoing.per_protocol:
        made.update(Message=_structure(text, outgoing.per_protocol), MessageStructure=_STRUCTURED)
    elif aws and aws.get("MessageStructure") == _STRUCTURED:
        _check_structure(text)
    if outgoing.subject is not None:
        made["Subject"] = _checked_subject(outgoing.subject)
    if outgoing.attributes:
        made["MessageAttributes"] = converted(outgoing.attributes)
    made.update(_ordering(outgoing, fifo=fifo))
    size = size_of(made)
    if size > MAX_MESSAGE_BYTES:
        raise InvalidRequest(
            f"the message has {size:,} bytes with its attributes: SNS takes {MAX_MESSAGE_BYTES:,} at most",
            hint="put the content into S3 and publish where it is",
        )
    if fifo and outgoing.deduplication_id is None and not derives_id():
        made["MessageDeduplicationId"] = _unique_id(made)
    return made


def size_of(params: Mapping[str, Any]) -> int:
    """Bytes of a message as SNS counts them: body and attributes."""
    return len(params["Message"].encode()) + bytes_of(params.get("MessageAttributes", {}))


def oversize_hint(size: int) -> str | None:
    """What to do if SNS refuses a message that is over the usual limit; None if it is not."""
    if size <= DEFAULT_MESSAGE_BYTES:
        return None
    return (
        f"the message has {size:,} bytes with its attributes, and a topic takes {DEFAULT_MESSAGE_BYTES:,} unless set to"
        " more: topic.update(max_message_size=...); or put the content into S3 and publish where it is"
    )


def _text(message: Content) -> str:
    if isinstance(message, (bytes, bytearray, memoryview)) or not isinstance(
        message, (str, Mapping, Sequence)
    ):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"the message is a {type(message).__name__}: it is text, or a dict or list that goes as JSON",
            hint="str(...), or bytes.decode()",
        )
    if not isinstance(message, str):
        try:
            text = json.dumps(message, ensure_ascii=False, allow_nan=False)
            # Half a surrogate pair is no text, but JSON can spell it.
            return text if _is_text(text) else json.dumps(message, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidRequest(f"the message: JSON has no form for it: {error}") from error
    if not _is_text(message):
        raise InvalidRequest("the message has half a surrogate pair in it: it is no text")
    return message


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
    return _text({_DEFAULT: default, **per_protocol})


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


def _ordering(outgoing: Outgoing, *, fifo: bool) -> dict[str, str]:
    made: dict[str, str] = {}
    if outgoing.group is not None:
        made["MessageGroupId"] = _checked_id("group", outgoing.group)
    elif fifo:
        raise InvalidRequest(
            "a FIFO topic wants group=, the name of what is kept in order",
            hint="publish(..., group='orders')",
        )
    if outgoing.deduplication_id is not None:
        if not fifo:
            raise InvalidRequest(
                "deduplication_id= is for FIFO topics: this one does not look for repeats",
                hint="leave it out",
            )
        made["MessageDeduplicationId"] = _checked_id("deduplication_id", outgoing.deduplication_id)
    return made


def _unique_id(params: Mapping[str, Any]) -> str:
    """An id of all that the message is, so that the same one published twice within 5 minutes arrives once."""
    spelled = json.dumps(params, sort_keys=True, default=bytes.hex)
    return hashlib.sha256(spelled.encode()).hexdigest()


def _checked_id(name: str, value: str) -> str:
    as_text(name, value, 1, MAX_GROUP_CHARACTERS)
    if not _GROUP_CHARACTERS.issuperset(value):
        raise InvalidRequest(f"{name}={value!r}: it has ASCII letters, digits and punctuation, and no spaces")
    return value
