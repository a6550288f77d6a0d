"""Whether SNS takes a filter policy."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import cast

from cloudkit.errors import InvalidRequest
from cloudkit.sns._filtering.condition import RESERVED, checked_characters, checked_condition
from cloudkit.sns._filtering.escaping import unescaped
from cloudkit.sns._limits import (
    MAX_FILTER_BYTES,
    MAX_FILTER_COMBINATIONS,
    MAX_FILTER_KEYS,
    MIN_OR_BRANCHES,
)
from cloudkit.types import Json

OR = "$or"


def checked_policy(given: Mapping[str, object], *, nested: bool, name: str = "filter") -> dict[str, Json]:
    """A filter policy in JSON's form, if SNS takes it.

    Args:
        given: The policy.
        nested: Whether it looks into bodies, where keys can be within keys.
        name: What it is called, for errors.

    Raises:
        InvalidRequest: SNS would refuse it, or it would not do what it says.
    """
    made = checked_form(given, name)
    if len(made) > MAX_FILTER_KEYS:
        raise InvalidRequest(f"{name} has {len(made)} keys: SNS takes {MAX_FILTER_KEYS}")
    if not nested:
        _check_flat(made, name)
        unescaped(made, name)
    combinations = combinations_of(made)
    if combinations > MAX_FILTER_COMBINATIONS:
        raise InvalidRequest(
            f"{name} has {combinations:,} combinations of values: SNS takes {MAX_FILTER_COMBINATIONS}",
            hint="the lengths of its lists are multiplied, and a list within n keys counts n times: shorten them,"
            " or take prefixes",
        )
    size = len(json.dumps(made, ensure_ascii=False).encode())
    if size > MAX_FILTER_BYTES:
        raise InvalidRequest(f"{name} has {size:,} bytes: SNS takes {MAX_FILTER_BYTES:,}")
    return made


def checked_form(given: Mapping[str, object], name: str, depth: int = 1) -> dict[str, Json]:
    """A filter policy in JSON's form, if it has the form of one, however large it is."""
    if depth > MAX_FILTER_COMBINATIONS:  # a list within n keys counts n times
        raise InvalidRequest(
            f"the filter has keys within {MAX_FILTER_COMBINATIONS} keys, which SNS never takes"
        )
    made: dict[str, Json] = {}
    for key, rule in given.items():
        where = f"{name}[{key!r}]"
        checked_characters(where, key)
        if key == OR:
            made[key] = _checked_branches(where, rule, depth)
        elif isinstance(rule, Mapping):
            made[key] = checked_form(cast("Mapping[str, object]", rule), where, depth + 1)
        elif isinstance(rule, (str, bytes)) or not isinstance(rule, Sequence):
            raise InvalidRequest(
                f"{where} is {rule!r}: a filter policy lists what it accepts", hint=f"{key!r}: [{rule!r}]"
            )
        elif not rule:
            raise InvalidRequest(f"{where} is empty: it would accept nothing", hint="leave the key out")
        else:
            made[key] = [checked_condition(where, each) for each in cast("Sequence[object]", rule)]
    return made


def _checked_branches(where: str, given: object, depth: int) -> Json:
    """The policies of which one must hold. SNS takes what is no such list for an attribute of that name."""
    rules = list(cast("Sequence[object]", given)) if isinstance(given, Sequence) else []
    branches = [cast("Mapping[str, object]", each) for each in rules if isinstance(each, Mapping)]
    if len(rules) < MIN_OR_BRANCHES or len(branches) != len(rules):
        raise InvalidRequest(
            f"{where} is {given!r}: it lists at least {MIN_OR_BRANCHES} filter policies",
            hint="(F.a == 1) | (F.b == 2)",
        )
    for branch in branches:
        reserved = sorted(RESERVED & branch.keys())
        if reserved:
            raise InvalidRequest(
                f"{where} has the key {reserved[0]!r}: within {OR}, SNS takes it for a keyword",
                hint="give the attribute another name",
            )
        if not branch:
            raise InvalidRequest(
                f"{where} has an empty policy, which accepts everything", hint="leave $or out"
            )
    return [checked_form(branch, f"{where}[{index}]", depth + 1) for index, branch in enumerate(branches)]


def _check_flat(policy: Mapping[str, Json], name: str) -> None:
    for key, rule in policy.items():
        if isinstance(rule, dict):
            raise InvalidRequest(
                f"{name}[{key!r}] has keys within a key: attributes have none",
                hint="filter_scope=FilterScope.BODY looks into messages of JSON",
            )
        if key == OR:
            for branch in cast("list[dict[str, Json]]", rule):
                _check_flat(branch, f"{name}[{key!r}]")


def combinations_of(policy: Mapping[str, Json], depth: int = 1) -> int:
    """How complex SNS finds a policy: the lengths of its lists multiplied, each by how deep it stands."""
    return math.prod(_weight(key, rule, depth) for key, rule in policy.items())


def _weight(key: str, rule: Json, depth: int) -> int:
    if isinstance(rule, dict):
        return combinations_of(rule, depth + 1)
    rules = cast("list[Json]", rule)
    if key == OR:
        return sum(combinations_of(cast("dict[str, Json]", branch), depth) for branch in rules)
    return len(rules) * depth
