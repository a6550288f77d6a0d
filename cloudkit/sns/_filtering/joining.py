"""Two filter policies made one: what both let through, and what either does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from cloudkit.errors import InvalidRequest
from cloudkit.sns._filtering.checking import OR
from cloudkit.sns._filtering.condition import NUMERIC
from cloudkit.types import Json

_LOWER = (">", ">=")
_ONE_COMPARISON = 2


def both(left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json]:
    """The policy that lets through what both do.

    Raises:
        InvalidRequest: SNS has no policy for that.
    """
    made = dict(left)
    for key, rule in right.items():
        made[key] = _both_rules(key, made[key], rule) if key in made else rule
    return made


def _both_rules(key: str, left: Json, right: Json) -> Json:
    if left == right:
        return left
    if key == OR:
        return [
            both(first, second)
            for first in cast("list[dict[str, Json]]", left)
            for second in cast("list[dict[str, Json]]", right)
        ]
    if isinstance(left, dict) and isinstance(right, dict):
        return both(left, right)
    merged = _range_of(left, right)
    if merged is None:
        raise InvalidRequest(
            f"both policies have conditions for {key!r}, and SNS accepts what meets one of those of a key, never what"
            " meets two",
            hint="a lower and an upper end of a number make a range; all else is for another key, or for the subscriber",
        )
    return merged


def _range_of(left: Json, right: Json) -> Json:
    """A lower and an upper end as one range; None if these are no such two."""
    ends: list[list[Json]] = []
    for rule in (left, right):
        if not isinstance(rule, list) or len(rule) != 1 or not isinstance(rule[0], dict):
            return None
        comparison = rule[0].get(NUMERIC)
        if not isinstance(comparison, list) or len(comparison) != _ONE_COMPARISON or comparison[0] == "=":
            return None
        ends.append(comparison)
    ends.sort(key=lambda end: end[0] not in _LOWER)
    if ends[0][0] not in _LOWER or ends[1][0] in _LOWER:
        return None
    return [{NUMERIC: [*ends[0], *ends[1]]}]


def either(left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json]:
    """The policy that lets through what one of them does."""
    for policy in (left, right):
        if not policy:  # it lets everything through
            return {}
    if left == right:
        return dict(left)
    joined = _same_key(left, right)
    return joined if joined is not None else {OR: [*_branches(left), *_branches(right)]}


def _same_key(left: Mapping[str, Json], right: Mapping[str, Json]) -> dict[str, Json] | None:
    """For two policies of the same single key: the values of both."""
    if len(left) != 1 or left.keys() != right.keys() or OR in left:
        return None
    [(key, first)], [second] = left.items(), right.values()
    if isinstance(first, list) and isinstance(second, list):
        return {key: [*first, *(each for each in second if each not in first)]}
    if isinstance(first, dict) and isinstance(second, dict):
        inner = _same_key(first, second)
        return None if inner is None else {key: inner}
    return None


def _branches(policy: Mapping[str, Json]) -> list[Json]:
    if len(policy) == 1 and OR in policy:
        return cast("list[Json]", policy[OR])
    return [dict(policy)]
