"""The JSON that SNS sends, read with care: from whoever sent it, since nobody has verified it yet."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import NoReturn, TypeAlias, cast

from attrs import field, frozen

from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import MAX_NOTIFICATION_BYTES
from cloudkit.sns.errors import NotificationRefused
from cloudkit.sns.refusal import RefusalReason
from cloudkit.sqs._attributes import from_wire
from cloudkit.types import Json

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
_CONTROL = "Cc"
_SHOWN_CHARACTERS = 40
_ATTRIBUTES = "MessageAttributes"
_MESSAGE = "Message"
_ARRAY = "String.Array"
_BINARY = "Binary"


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
    fields = {name: _text(name, value) for name, value in given.items() if value is not None}
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
    try:
        text = body if isinstance(body, str) else bytes(body).decode("utf-8")
        found: object = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise malformed("it is not in UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise malformed("it holds no JSON that any has") from error
    if not isinstance(found, dict):
        raise malformed("its JSON is no object")
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


def _text(name: object, value: object) -> str:
    shown = repr(str(name)[:_SHOWN_CHARACTERS])
    if not isinstance(value, str):
        raise malformed(f"{shown} is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise malformed(f"{shown} holds half a character") from error
    # A line break in a value could pass for the next field in what is signed; only the message may have them.
    if name != _MESSAGE and any(unicodedata.category(character) == _CONTROL for character in value):
        raise malformed(f"{shown} has control characters")
    return value


def _time(text: str) -> datetime:
    try:
        if _TIMESTAMP.fullmatch(text):
            whole, _, fraction = text[:-1].partition(".")
            return datetime.fromisoformat(whole).replace(
                microsecond=int(fraction.ljust(6, "0") or "0"), tzinfo=timezone.utc
            )
    except ValueError:
        pass
    raise malformed("its Timestamp is no time as SNS writes them, such as 2026-11-23T10:00:00.000Z")


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
    kind, value = found.get("Type"), found.get("Value")
    if not isinstance(kind, str) or not isinstance(value, str):
        raise malformed("an attribute is no pair of Type and Value")
    try:
        if kind == _ARRAY:
            return cast("Json", json.loads(value, parse_constant=_no_constant))
        if kind.partition(".")[0] == _BINARY:
            return base64.b64decode(value, validate=True)
    except (ValueError, RecursionError, binascii.Error) as error:
        raise malformed(f"an attribute is no {kind[:_SHOWN_CHARACTERS]}") from error
    return from_wire({"it": {"DataType": kind, "StringValue": value}})["it"]
