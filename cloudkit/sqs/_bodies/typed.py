"""The bodies of a queue: text of what is sent, and values of what was received."""

from __future__ import annotations

import json
from typing import Any

from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sqs._bodies.shapes import Misfit, Number, shape_of
from cloudkit.sqs._rules import QUEUES
from cloudkit.sqs._service import SQS
from cloudkit.sqs.codec import Codec
from cloudkit.sqs.errors import DecodeError

# What goes wrong in the codec of a user, as far as it is about the value.
_OF_THE_VALUE = (ValueError, TypeError, LookupError)


def checked_body(body: Any) -> Any:
    """What a queue is given as `body=`, if it is a type or a codec.

    Raises:
        InvalidRequest: It is neither.
    """
    if body is not None and body is not str and not _is_codec(body):
        shape_of(body)
    return body


def text_of(body: Any, value: object) -> str:
    """The text that is sent for a value.

    Args:
        body: What the queue takes: a type, a codec, or None for text and JSON.
        value: The value.

    Raises:
        InvalidRequest: It is not of that type, or has no text that SQS takes.
    """
    if body is None or body is str:
        if isinstance(value, (bytes, bytearray, memoryview)):
            raise InvalidRequest(
                "the body is bytes: SQS takes text",
                hint="send base64.b64encode(body).decode(), or the bytes as an attribute",
            )
        return QUEUES.content("the body", value)
    if _is_codec(body):
        return QUEUES.checked_text("the body", _encoded(body, value))
    try:
        made = shape_of(body).dump(value, _name(body))
    except Misfit as error:
        raise InvalidRequest(f"the body is not of the queue's type: {error}") from error
    except RecursionError as error:
        raise InvalidRequest("the body is in itself, or nested too deep") from error
    return QUEUES.json_text("the body", made)


def value_of(body: Any, text: str, about: object) -> Any:
    """The value that a text says.

    Args:
        body: What the queue takes.
        text: The text.
        about: The message, for errors.

    Raises:
        DecodeError: It says none of that type.
    """
    if body is None or body is str:
        return text
    try:
        if _is_codec(body):
            return body.decode(text)
        return shape_of(body).load(json.loads(text, parse_float=Number), _name(body))
    except DecodeError:
        raise
    except (*_OF_THE_VALUE, CloudError, RecursionError) as error:
        raise undecodable(str(error) or type(error).__name__, about) from error


def undecodable(why: str, about: object, hint: str | None = None) -> DecodeError:
    """The error for a message whose body says nothing that it should."""
    return DecodeError(
        f"its body cannot be decoded: {why}",
        service=SQS.name,
        resource=str(about),
        hint=hint or "message.body is the text; message.dead_letter(...) puts it aside",
    )


def _encoded(codec: Codec[Any], value: object) -> str:
    try:
        return codec.encode(value)
    except CloudError:
        raise
    except _OF_THE_VALUE as error:
        raise InvalidRequest(f"the body cannot be encoded: {error}") from error


def _is_codec(body: Any) -> bool:
    # A class that has such methods is the type of its instances all the same.
    return not isinstance(body, type) and hasattr(body, "encode") and hasattr(body, "decode")


def _name(body: Any) -> str:
    return str(getattr(body, "__name__", body))
