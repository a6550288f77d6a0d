"""Message attributes of SNS: those of SQS, and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, Union, cast

from cloudkit.errors import InvalidRequest
from cloudkit.sns._rules import TOPICS
from cloudkit.sqs import _attributes as shared
from cloudkit.sqs._attributes import WireValue

AttributeValue: TypeAlias = Union[str, int, float, Decimal, bytes, "Sequence[str | float | bool | None]"]
"""What a message attribute can be: text, a number, bytes, or a list."""


def to_wire(attributes: Mapping[str, AttributeValue] | None) -> dict[str, WireValue]:
    """The attributes as Publish takes them.

    Args:
        attributes: Names and values.

    Raises:
        InvalidRequest: SNS would refuse them.
    """
    return shared.to_wire(attributes, TOPICS, _array)


def _array(name: str, value: object) -> WireValue | None:
    if not isinstance(value, Sequence):
        return None
    what = f"attribute {name!r}"
    values = [*cast("Sequence[object]", value)]
    for each in values:
        if isinstance(each, str):
            TOPICS.checked_characters(what, each)
        elif each is not None and not isinstance(each, (int, float)):
            raise InvalidRequest(
                f"{what} has a {type(each).__name__} in its list: a list holds text, numbers, truth values and None"
            )
    return {"DataType": "String.Array", "StringValue": TOPICS.json_text(what, values)}
