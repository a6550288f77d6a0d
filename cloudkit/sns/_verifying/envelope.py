"""The JSON that SNS sends, read with care: from whoever sent it, since nobody has verified it yet."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import NoReturn, TypeAlias, cast

from attrs import field, frozen

from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import MAX_NOTIFICATION_BYTES
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason
from cloudkit.sqs._attributes import from_text

Body: TypeAlias = bytes | bytearray | str | Mapping[str, object]
"""What a notification can be read from: the body of a request, or the mapping that a Lambda function gets."""

# AWS's form of a time. Only ASCII digits: others would read the same and be signed as something else.
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
# Lambda's spelling, and everybody else's.
_SPELLINGS = {
    "SigningCertUrl": "SigningCertURL",
    "UnsubscribeUrl": "UnsubscribeURL",
    "SubscribeUrl": "SubscribeURL",
}
# What else SNS may send one day is not signed, and no reason to refuse the rest.
_KNOWN = frozenset(
    {
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SequenceNumber",
        "Token",
        *_SPELLINGS.values(),
    }
)
_CONTROL = "Cc"
_HALF = re.compile("[\ud800-\udfff]")
_SHOWN_CHARACTERS = 40
_ATTRIBUTES = "MessageAttributes"
_MESSAGE = "Message"


@frozen
class Envelope:
    """A notification as it came: its fields, each of the right form. Nothing says yet that they are true.

    Attributes:
        fields: The texts by AWS's names, those of the signature among them.
        attributes: The message attributes as plain values.
        timestamp: When SNS says it was published.
    """

    fields: Mapping[str, str] = field(repr=False)
    attributes: Mapping[str, object] = field(repr=False)
    timestamp: datetime

    def required(self, name: str) -> str:
        """A field that it must have."""
        found = self.fields.get(name)
        if not found:
            raise malformed(f"it has no {name}")
        return found


def malformed(why: str) -> NotificationRefused:
    """The error that says that it is no notification."""
    return NotificationRefused.of(RefusalReason.MALFORMED, f"this is no notification: {why}")


def read(body: Body) -> Envelope:
    """Read a body.

    Raises:
        NotificationRefused: It is no notification, or longer than any.
    """
    given = _respelled(body if isinstance(body, Mapping) else _json_object(body))
    attributes = _attributes(given.pop(_ATTRIBUTES, None))
    fields = {
        name: _text(name, value) if name in _KNOWN else str(value)
        for name, value in given.items()
        if value is not None and (name in _KNOWN or _is_plain(name, value))
    }
    if sum(map(len, fields.values())) > MAX_NOTIFICATION_BYTES:
        raise _too_long()
    timestamp = fields.get("Timestamp", "")
    return Envelope(fields, attributes, _time(timestamp))


def _json_object(body: bytes | bytearray | str) -> dict[str, object]:
    if not isinstance(body, (bytes, bytearray, str)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(
            f"the body is of type {type(body).__name__}: it is bytes, text, or the mapping that a Lambda function gets",
            hint="the body of the request as it came, such as request.get_data()",
        )
    if len(body) > MAX_NOTIFICATION_BYTES:
        raise _too_long()
    # Python's own errors hold the whole body: none of them is the cause of ours.
    why = "its JSON is no object"
    found: object = None
    try:
        text = body if isinstance(body, str) else bytes(body).decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except UnicodeDecodeError:
        why = "it is not in UTF-8"
    except (ValueError, RecursionError):
        why = "it holds no JSON that any has"
    if not isinstance(found, dict):
        raise malformed(why)
    return cast("dict[str, object]", found)


def _too_long() -> NotificationRefused:
    return NotificationRefused.of(
        RefusalReason.TOO_LONG,
        f"it has more than {MAX_NOTIFICATION_BYTES:,} bytes, which no notification has",
    )


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose names stand in it once: of two, one reader takes the first and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands in it twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _respelled(given: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in given.items():
        spelled = _SPELLINGS.get(name, name)
        if spelled in found:
            raise malformed(f"it has two of {spelled}")
        found[spelled] = value
    return found


def _is_plain(name: object, value: object) -> bool:
    return isinstance(name, str) and isinstance(value, str) and not _HALF.search(name + value)


def _text(name: object, value: object) -> str:
    shown = repr(str(name)[:_SHOWN_CHARACTERS])
    if not isinstance(value, str):
        raise malformed(f"{shown} is no text")
    if _HALF.search(value):
        raise malformed(f"{shown} holds half a character")
    # A line break in a value could pass for the next field in what is signed; only the message may have them.
    if name != _MESSAGE and any(unicodedata.category(character) == _CONTROL for character in value):
        raise malformed(f"{shown} has control characters")
    return value


def _time(text: str) -> datetime:
    found: datetime | None = None
    with suppress(ValueError):
        if _TIMESTAMP.fullmatch(text):
            whole, _, fraction = text[:-1].partition(".")
            found = datetime.fromisoformat(whole).replace(
                microsecond=int(fraction.ljust(6, "0") or "0"), tzinfo=timezone.utc
            )
    if found is None:
        raise malformed("its Timestamp is no time as SNS writes them, such as 2026-11-23T10:00:00.000Z")
    return found


def _attributes(given: object) -> dict[str, object]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise malformed("its MessageAttributes are no object")
    return {
        _text("an attribute's name", name): _attribute(each)
        for name, each in cast("Mapping[object, object]", given).items()
    }


def _attribute(given: object) -> object:
    found = cast("Mapping[str, object]", given if isinstance(given, Mapping) else {})
    kind, value = _text("an attribute's type", found.get("Type")), _text(_MESSAGE, found.get("Value"))
    plain: object = None
    with suppress(ValueError, RecursionError):
        plain = from_text(kind, value)
    if plain is None:
        raise malformed(f"an attribute is no {kind[:_SHOWN_CHARACTERS]!r}")
    return plain
