"""What was found, before it is told."""

from __future__ import annotations

from typing import Generic

from attrs import frozen

from cloudkit.sns._address.subscription import S
from cloudkit.sns.problem import Problem, Severity


@frozen
class Found(Generic[S]):
    """What a `Finding` says.

    Attributes:
        problem: What it is about.
        severity: How bad it is.
        subscriber: Whom it is about: an endpoint, or the topic's ARN if it is about everybody.
        message: What was found.
        fix: What to do about it.
        subscription: The subscription, where it has an ARN.
    """

    problem: Problem
    severity: Severity
    subscriber: str
    message: str
    fix: str
    subscription: S | None = None
