"""Where a new rule stands among the others, and making it there once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit.elb._limits import MAX_PRIORITY, MIN_PRIORITY, PLACING_TRIES
from cloudkit.elb._service import ELBV2
from cloudkit.elb.action import actions_of
from cloudkit.elb.condition import conditions_of
from cloudkit.errors import (
    AlreadyExists,
    CloudError,
    ConnectionFailed,
    InvalidRequest,
    LimitExceeded,
    ServiceError,
)
from cloudkit.types import Answer

_IN_USE = "PriorityInUse"
_SPACE = 10
"""How far apart rules are put that have to make room."""


def rows_of(cloud: Cloud, listener: str) -> list[Answer]:
    """The rows of a listener's rules. One request for each 400."""
    return [
        row
        for page in cloud.pages(ELBV2, "describe_rules", about=listener, ListenerArn=listener)
        for row in page["Rules"]
    ]


def priority_of(row: Mapping[str, Any]) -> int | None:
    """The priority of a rule; None for the default one, which comes last."""
    told = str(row.get("Priority"))
    return int(told) if told.isdecimal() else None


def taken(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """The priorities that rules have, the first one first."""
    return sorted(number for row in rows if (number := priority_of(row)) is not None)


def next_free(used: Sequence[int]) -> int:
    """The priority behind all rules; the last free one in between if the last of all is taken."""
    if not used or used[-1] < MAX_PRIORITY:
        return used[-1] + 1 if used else MIN_PRIORITY
    held = set(used)
    for number in range(MAX_PRIORITY, MIN_PRIORITY - 1, -1):
        if number not in held:
            return number
    raise LimitExceeded("the listener has no free priority left", service=ELBV2.name)


def between(used: Sequence[int], *, before: int | None = None, after: int | None = None) -> int | None:
    """A free priority right before or right behind a rule's; None if there is none."""
    if before is not None:
        below = max((number for number in used if number < before), default=MIN_PRIORITY - 1)
        return (below + before) // 2 if before - below > 1 else None
    if after is None or after >= MAX_PRIORITY:
        return None
    above = min((number for number in used if number > after), default=None)
    if above is None:
        return after + 1
    return (after + above) // 2 if above - after > 1 else None


def spread(used: Sequence[int], start: int) -> Mapping[int, int]:
    """New priorities for all rules from one on, which keep their order and leave room before the first of them."""
    moving = [number for number in used if number >= start]
    top = used[-1]
    for step in (_SPACE, 1):
        if top + step * len(moving) <= MAX_PRIORITY:
            return {old: top + step * number for number, old in enumerate(moving, 1)}
    raise LimitExceeded(
        "the priorities above are used up",
        service=ELBV2.name,
        hint="cloud.call('elbv2', 'set_rule_priorities', RulePriorities=[...]) numbers the rules anew",
    )


def make_room(cloud: Cloud, listener: str, *, before: int | None, after: int | None) -> int:
    """A free priority next to a rule's; the rules behind it are moved if there is none. Up to two requests."""
    rows = rows_of(cloud, listener)
    used = taken(rows)
    free = between(used, before=before, after=after)
    if free is not None:
        return free
    start = before if before is not None else min(number for number in used if number > (after or 0))
    moves = spread(used, start)
    pairs = [
        {"RuleArn": row["RuleArn"], "Priority": moves[number]}
        for row in rows
        if (number := priority_of(row)) is not None and number in moves
    ]
    cloud.invoke(ELBV2, "set_rule_priorities", {"RulePriorities": pairs}, about=listener)
    return start


def make_rule(
    cloud: Cloud,
    listener: str,
    params: Mapping[str, Any],
    *,
    priority: int | None,
    aws: Mapping[str, Any] | None,
) -> Answer:
    """Make a rule once: at its priority, or at the next free one, whoever else makes rules meanwhile.

    AWS knows no token here. Where an answer was lost, it is looked whether the rule is there.
    """
    for _ in range(PLACING_TRIES):
        place = priority if priority is not None else next_free(taken(rows_of(cloud, listener)))
        try:
            answer = cloud.invoke(
                ELBV2,
                "create_rule",
                {**params, "ListenerArn": listener, "Priority": place},
                aws=aws,
                about=f"rule {place} of {listener}",
            )
        except CloudError as error:
            there = _made_all_the_same(cloud, listener, params, place, error)
            if there is not None:
                return there
            if error.code != _IN_USE or priority is not None:
                raise
        else:
            made: Answer = answer["Rules"][0]
            return made
    raise AlreadyExists(
        f"{PLACING_TRIES} times somebody else took the free priority first",
        service=ELBV2.name,
        operation="CreateRule",
        code=_IN_USE,
        resource=listener,
        retryable=True,
        hint="give a priority= that nobody else uses",
    )


def _made_all_the_same(
    cloud: Cloud, listener: str, params: Mapping[str, Any], place: int, error: CloudError
) -> Answer | None:
    """The rule, if an earlier try of this call made it and its answer was lost."""
    lost = isinstance(error, (ConnectionFailed, ServiceError)) or (
        error.code == _IN_USE and error.attempts > 1
    )
    if not lost:
        return None
    try:
        rows = rows_of(cloud, listener)
    except CloudError:
        return None  # the error that was there first is the one to tell
    for row in rows:
        if priority_of(row) == place and is_like(row, params):
            return row
    return None


def is_like(row: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Whether a rule's row says what the parameters of CreateRule say."""
    return frozenset(conditions_of(row.get("Conditions"))) == frozenset(
        conditions_of(params.get("Conditions"))
    ) and actions_of(row.get("Actions")) == actions_of(params.get("Actions"))


def checked_priority(priority: int) -> int:
    """The priority, if AWS takes it."""
    if isinstance(priority, bool) or not MIN_PRIORITY <= priority <= MAX_PRIORITY:
        raise InvalidRequest(
            f"priority={priority}: it is {MIN_PRIORITY} to {MAX_PRIORITY}; the lowest number is asked first"
        )
    return priority
