"""Which messages a filter policy lets through, decided here, by the rules that SNS documents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias, cast

from cloudkit.sns._attributes import AttributeValue, to_wire
from cloudkit.sns._filtering.checking import OR
from cloudkit.sns._filtering.condition import accepts
from cloudkit.sns._rules import TOPICS
from cloudkit.sqs._attributes import from_wire
from cloudkit.types import Json

Leaf: TypeAlias = Json | Decimal
Flat: TypeAlias = Mapping[str, Sequence[Leaf]]
"""The values of a message by key; keys within keys are joined by dots, as SNS joins them."""

_LISTS = ("String.Array", "Number.Array")


def passes(policy: Mapping[str, Json], message: Flat, path: str = "") -> bool:
    """Whether a policy lets a message through.

    Args:
        policy: The policy, as `checked_form` gives it.
        message: What the message has.
        path: The key that the policy stands under.
    """
    return all(_holds(key, rule, message, path) for key, rule in policy.items())


def _holds(key: str, rule: Json, message: Flat, path: str) -> bool:
    if key == OR:
        return any(passes(branch, message, path) for branch in cast("list[dict[str, Json]]", rule))
    place = _joined(path, key)
    if isinstance(rule, dict):
        return passes(rule, message, place)
    values = message.get(place, ())
    return any(accepts(each, values) for each in cast("list[Json]", rule))


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


# -- attributes --------------------------------------------------------------------------------------------------


def of_attributes(attributes: Mapping[str, object]) -> Flat | None:
    """What the attributes of a message have for a filter; None if there are none, which passes no filter.

    Args:
        attributes: Plain values as `publish` takes them, or AWS's form: a mapping with type and value for each.

    Raises:
        InvalidRequest: A message has no such attributes.
    """
    if not attributes:
        return None
    found: dict[str, Sequence[Leaf]] = {}
    for name, value in attributes.items():
        kind, text = _typed(name, value)
        if kind == "String":
            found[name] = [text]
        elif kind == "Number":
            found[name] = [_number(text)]
        elif kind in _LISTS:
            found[name] = _elements(text)
        # SNS ignores those of bytes.
    return found


def _typed(name: str, value: object) -> tuple[str, str]:
    if not isinstance(value, Mapping):
        [wire] = to_wire({name: cast("AttributeValue", value)}).values()
        return str(wire["DataType"]), str(wire.get("StringValue", ""))
    given = cast("Mapping[str, object]", value)
    kind = given.get("DataType", given.get("Type", ""))
    return str(kind), str(given.get("StringValue", given.get("Value", "")))


def _number(text: str) -> Leaf:
    # Python reads more than SNS as a number: digits of other scripts, "1_000", " 1 ", "nan".
    [made] = from_wire({"it": {"DataType": "Number", "StringValue": text}}).values()
    return cast("Leaf", made)


def _elements(text: str) -> Sequence[Leaf]:
    found = _parsed(text)
    if not isinstance(found, list):
        return []
    return [each for each in cast("list[Json]", found) if not isinstance(each, (list, dict))]


# -- bodies ------------------------------------------------------------------------------------------------------


def of_body(body: object) -> Flat | None:
    """What a body has for a filter; None if it is no JSON object, which passes no filter.

    Args:
        body: The text, or what it is made of.
    """
    text = body if isinstance(body, str) else TOPICS.json_text("the body", body)
    found = _parsed(text)
    if not isinstance(found, dict):
        return None
    return _flatten(cast("dict[str, object]", found))


def _parsed(text: str) -> object:
    try:
        found: object = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return found


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _flatten(body: dict[str, object]) -> Flat:
    """Step by step, and not each within the one before: a body may be deeper than Python calls functions."""
    made: dict[str, list[Leaf]] = {}
    left: list[tuple[str, object]] = [("", body)]
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            inner = cast("dict[str, object]", value)
            left += [(_joined(path, key), each) for key, each in inner.items()]
        elif isinstance(value, list):
            left += [(path, each) for each in cast("list[object]", value)]
        else:
            made.setdefault(path, []).append(cast("Leaf", value))
    return made
