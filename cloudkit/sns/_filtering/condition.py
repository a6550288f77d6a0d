"""One value that a filter policy accepts: `"paid"`, `{"prefix": "pa"}`, `{"numeric": [">", 10]}`."""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from cloudkit.errors import InvalidRequest
from cloudkit.sns._filtering.numbers import Number, checked_number, compared, exact, is_number
from cloudkit.types import Json

EXISTS = "exists"
PREFIX = "prefix"
SUFFIX = "suffix"
IGNORING_CASE = "equals-ignore-case"
CIDR = "cidr"
NUMERIC = "numeric"
ANYTHING_BUT = "anything-but"
# Developer guide, "String value matching", "Numeric value matching" and "Key matching". EventBridge has more.
KEYWORDS = frozenset({EXISTS, PREFIX, SUFFIX, IGNORING_CASE, CIDR, NUMERIC, ANYTHING_BUT})
# What SNS does not take for the name of an attribute within "$or": its guide names two, and describes word for word
# what aws/event-ruler does, whose list this is (Constants.java).
RESERVED = KEYWORDS | {
    "exactly",
    "wildcard",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
}

_HALF = re.compile("[\ud800-\udfff]")
_MASK = re.compile("[0-9]{1,3}")
_TEXTUAL = (PREFIX, SUFFIX, IGNORING_CASE)
_LOWER = (">", ">=")
_UPPER = ("<", "<=")
_RANGE_PARTS = 4
_COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


# -- whether SNS takes it ----------------------------------------------------------------------------------------


def checked_condition(where: str, given: object) -> Json:
    """A value that a policy accepts, in JSON's form, if SNS takes it.

    Args:
        where: Where it stands, for the error.
        given: The value.

    Raises:
        InvalidRequest: SNS has no such condition.
    """
    if not isinstance(given, Mapping):
        return _checked_value(where, given)
    found = cast("Mapping[str, object]", given)
    if len(found) != 1:
        raise InvalidRequest(
            f"{where} is {dict(found)}: one condition has one keyword", hint="make two of it"
        )
    [(keyword, operand)] = found.items()
    if keyword not in KEYWORDS:
        raise InvalidRequest(
            f"{where} has the keyword {keyword!r}, which SNS does not know",
            hint=f"it knows {', '.join(sorted(KEYWORDS))}",
        )
    return {keyword: _checked_operand(f"{where}, {keyword},", keyword, operand)}


def _checked_operand(where: str, keyword: str, operand: object) -> Json:
    if keyword == EXISTS:
        if not isinstance(operand, bool):
            raise InvalidRequest(f"{where} is {operand!r}: it is true or false")
        return operand
    if keyword in _TEXTUAL:
        return _checked_text(where, operand)
    if keyword == CIDR:
        return _checked_cidr(where, operand)
    return _checked_numeric(where, operand) if keyword == NUMERIC else _checked_exclusion(where, operand)


def checked_characters(where: str, text: object) -> str:
    """A text of a policy, if it is one, and has a form in UTF-8.

    Args:
        where: Where it stands, for the error.
        text: The text.

    Raises:
        InvalidRequest: It is something else, or has none.
    """
    if not isinstance(text, str):
        raise InvalidRequest(f"{where} is of type {type(text).__name__}: it is a text")
    if _HALF.search(text):
        raise InvalidRequest(f"{where} holds half a character, which UTF-8 does not have")
    return text


def _checked_value(where: str, value: object) -> Json:
    if isinstance(value, str):
        return checked_characters(where, value)
    if value is None or isinstance(value, bool):
        return value
    if is_number(value):
        return checked_number(where, value)
    raise InvalidRequest(
        f"{where} is of type {type(value).__name__}: a filter accepts text, numbers, true, false and null"
    )


def _checked_text(where: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"{where} is {value!r}: it is a text of at least one character")
    return checked_characters(where, value)


def _checked_cidr(where: str, value: object) -> str:
    text = _checked_text(where, value)
    try:
        if not _MASK.fullmatch(text.partition("/")[2]):  # Python reads /255.255.255.0 too
            raise ValueError("it has no mask, such as /24")
        if "%" in text:
            raise ValueError("it names a zone")
        ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidRequest(f"{where} is {text!r}, which is no network: {error}") from error
    return text


def _checked_numeric(where: str, operand: object) -> Json:
    parts = listed(operand)
    operators = parts[::2]
    if len(parts) not in (2, _RANGE_PARTS) or not all(each in _COMPARE for each in operators):
        raise InvalidRequest(
            f"{where} is {operand!r}: it is a comparison such as ['>', 10], or a range such as ['>=', 0, '<', 100]"
        )
    if not all(is_number(each) for each in parts[1::2]):
        raise InvalidRequest(f"{where} is {operand!r}: it compares with numbers")
    if len(parts) == _RANGE_PARTS:
        if operators[0] not in _LOWER or operators[1] not in _UPPER:
            raise InvalidRequest(
                f"{where} is {operand!r}: a range has its lower end first, then its upper one"
            )
        if exact(cast("Number", parts[1])) >= exact(cast("Number", parts[3])):
            raise InvalidRequest(f"{where} is {operand!r}: its lower end is not below its upper one")
    made: list[Json] = []
    for sign, bound in zip(operators, parts[1::2], strict=True):
        made += [cast("str", sign), _checked_value(where, bound)]
    return made


def _checked_exclusion(where: str, operand: object) -> Json:
    if isinstance(operand, Mapping):
        found = cast("Mapping[str, object]", operand)
        if set(found) != {PREFIX}:
            raise InvalidRequest(f"{where} is {dict(found)}: SNS excludes values, or one {PREFIX}")
        return {PREFIX: _checked_text(where, found[PREFIX])}
    values = [_checked_value(where, each) for each in listed(operand)]
    if not values:
        raise InvalidRequest(f"{where} is empty: it would exclude nothing")
    if not (all(isinstance(each, str) for each in values) or all(map(is_number, values))):
        raise InvalidRequest(f"{where} is {operand!r}: SNS excludes texts, or numbers, and not both at once")
    return values if isinstance(operand, Sequence) and not isinstance(operand, str) else values[0]


def listed(operand: object) -> Sequence[object]:
    """The values of a list, or the one that stands alone."""
    if isinstance(operand, Sequence) and not isinstance(operand, (str, bytes)):
        return cast("Sequence[object]", operand)
    return [operand]


# -- what it accepts ---------------------------------------------------------------------------------------------


def accepts(condition: Json, values: Sequence[Json | Decimal]) -> bool:
    """Whether one of the values that a message has under a key is accepted.

    Args:
        condition: The condition, as `checked_condition` gives it.
        values: What the message has; several if it has a list, none if it does not have the key.
    """
    if not isinstance(condition, dict):
        return any(_same(condition, each) for each in values)
    [(keyword, operand)] = condition.items()
    if keyword == EXISTS:
        # "The key must have a non-null and non-empty value."
        return any(each not in (None, "") for each in values) if operand else not values
    test = _TESTS[keyword]
    return any(test(operand, each) for each in values)


def _same(wanted: Json, value: Json | Decimal) -> bool:
    if is_number(wanted) and is_number(value):
        return _holds("=", value, wanted)
    return type(wanted) is type(value) and wanted == value


def _holds(sign: str, value: Json | Decimal, bound: Json | Decimal) -> bool:
    found, limit = compared(cast("Number", value)), compared(cast("Number", bound))
    return found is not None and limit is not None and _COMPARE[sign](found, limit)


def _within(operand: Json, value: Json | Decimal) -> bool:
    parts = cast("list[Json]", operand)
    return is_number(value) and all(
        _holds(str(sign), value, bound) for sign, bound in zip(parts[::2], parts[1::2], strict=True)
    )


def _none_of(operand: Json, value: Json | Decimal) -> bool:
    if value is None:
        return False
    if isinstance(operand, dict):
        return isinstance(value, str) and not value.startswith(str(operand[PREFIX]))
    return not any(_same(each, value) for each in cast("Sequence[Json]", listed(operand)))


def _in_network(operand: Json, value: Json | Decimal) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(str(operand))
    except ValueError:
        return False


_TESTS: Mapping[str, Callable[[Json, Json | Decimal], bool]] = {
    PREFIX: lambda operand, value: isinstance(value, str) and value.startswith(str(operand)),
    SUFFIX: lambda operand, value: isinstance(value, str) and value.endswith(str(operand)),
    IGNORING_CASE: lambda operand, value: isinstance(value, str) and value.lower() == str(operand).lower(),
    CIDR: _in_network,
    NUMERIC: _within,
    ANYTHING_BUT: _none_of,
}
