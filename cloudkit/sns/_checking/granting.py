"""Whether a policy lets a service of AWS do something, as far as that can be told from here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import cast

from cloudkit._core.policy import EVERYBODY, Document, statements_of
from cloudkit.types import Json

_SERVICE_SUFFIX = ".amazonaws.com"
_IF_EXISTS = "IfExists"
_EXACT = ("StringEquals", "ArnEquals", "ArnLike", "StringLike", "StringEqualsIgnoreCase", "Bool")
# ArnEquals takes wildcards too, as the IAM user guide says.
_PATTERNS = ("ArnEquals", "ArnLike", "StringLike")
_LOWERED = ("StringEqualsIgnoreCase", "Bool")
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
}


class Verdict(Enum):
    """What a policy says."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


def verdict(
    policy: Mapping[str, Json], *, service: str, action: str, resource: str, context: Mapping[str, str]
) -> Verdict:
    """Whether a policy lets a service do something.

    Args:
        policy: The policy.
        service: The service as a principal, such as `"sns.amazonaws.com"`; one with a region is that one alone.
        action: What it would do, such as `"sqs:SendMessage"`.
        resource: What it would do it to.
        context: What is known of the request, by the names of condition keys; conditions on others may hold or not.
    """
    said: dict[str, list[Verdict]] = {"Allow": [], "Deny": []}
    for each in statements_of(policy):
        if isinstance(each, dict):
            said.setdefault(str(each.get("Effect")), []).append(
                _all(
                    [
                        _principal(each, service),
                        _listed_as(each, "Action", action.lower()),
                        _listed_as(each, "Resource", resource),
                        _conditions(each.get("Condition"), context),
                    ]
                )
            )
    allowed, denied = _any(said["Allow"]), _any(said["Deny"])
    if allowed is Verdict.NO or denied is Verdict.YES:
        return Verdict.NO
    return allowed if denied is Verdict.NO else Verdict.MAYBE


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return next((each for each in (Verdict.NO, Verdict.MAYBE) if each in found), Verdict.YES)


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return next((each for each in (Verdict.YES, Verdict.MAYBE) if each in found), Verdict.NO)


def _of(holds: bool) -> Verdict:
    return Verdict.YES if holds else Verdict.NO


def _principal(statement: Document, service: str) -> Verdict:
    if "NotPrincipal" in statement:
        return Verdict.MAYBE
    named = statement.get("Principal")
    if not isinstance(named, dict):
        return _of(named == EVERYBODY)
    if EVERYBODY in _listed(named.get("AWS")):
        return Verdict.YES
    stem, _, region = service.removesuffix(_SERVICE_SUFFIX).partition(".")
    found = [str(each).removesuffix(_SERVICE_SUFFIX).partition(".") for each in _listed(named.get("Service"))]
    return _of(any(each == stem and (not region or there == region) for each, _, there in found))


def _listed_as(statement: Document, name: str, wanted: str) -> Verdict:
    negated = f"Not{name}" in statement
    lowered = name == "Action"
    patterns = _listed(statement.get(f"Not{name}" if negated else name))
    found = any(_like(str(each).lower() if lowered else str(each), wanted) for each in patterns)
    return _of(found != negated)


def _conditions(given: Json, context: Mapping[str, str]) -> Verdict:
    conditions = given if isinstance(given, dict) else {}
    known = {key.lower(): value for key, value in context.items()}
    return _all(
        _condition(operator, values, known.get(key.lower()))
        for operator, tests in conditions.items()
        for key, values in cast("Document", tests if isinstance(tests, dict) else {}).items()
    )


def _condition(operator: str, values: Json, found: str | None) -> Verdict:
    plain = operator.removesuffix(_IF_EXISTS)
    positive = _NEGATED.get(plain, plain)
    if positive not in _EXACT or found is None:
        return Verdict.MAYBE
    tests = [str(each).lower() if positive in _LOWERED else str(each) for each in _listed(values)]
    value = found.lower() if positive in _LOWERED else found
    holds = any(_like(each, value) if positive in _PATTERNS else each == value for each in tests)
    return _of(holds != (plain in _NEGATED))


def _like(pattern: str, text: str) -> bool:
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _listed(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
