"""What `topic.check()` finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import field, frozen
from typing_extensions import override

from cloudkit.sns._checking.found import Found
from cloudkit.sns.problem import Problem, Severity
from cloudkit.sns.subscription import Subscription


@frozen
class Finding:
    """One thing that stands between a topic and a subscriber.

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
    subscription: Subscription | None = field(default=None, repr=False)

    @override
    def __str__(self) -> str:
        return f"{self.severity}: {self.subscriber}: {self.message}\n  Fix: {self.fix}"


@frozen
class Checkup:
    """What `topic.check()` found; true if nothing blocks delivery. Iterating gives the findings.

    Attributes:
        topic_arn: The topic.
        findings: What was found, the worst first.
        subscribers: How many subscriptions were looked at, those that are pending among them.
    """

    topic_arn: str
    findings: Sequence[Finding]
    subscribers: int

    def __bool__(self) -> bool:
        return not self.blocking

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def blocking(self) -> Sequence[Finding]:
        """The findings by which nothing arrives."""
        return [each for each in self.findings if each.severity == Severity.BLOCKS]

    @override
    def __str__(self) -> str:
        head = f"{self.topic_arn}: {self.subscribers} subscriptions"
        return "\n".join([head, *map(str, self.findings)]) if self.findings else f"{head}, nothing found"


def told(topic_arn: str, found: Iterable[Found[Subscription]], subscribers: int) -> Checkup:
    """What was found, for the caller."""
    findings = [
        Finding(each.problem, each.severity, each.subscriber, each.message, each.fix, each.subscription)
        for each in found
    ]
    return Checkup(topic_arn, findings, subscribers)
