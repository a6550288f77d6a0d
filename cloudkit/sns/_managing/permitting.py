"""Who may publish to a topic: statements that come into its policy, and go again."""

from __future__ import annotations

from collections.abc import Callable

from cloudkit._core.policy import Document, adding, for_service, removing, service_sid
from cloudkit._core.turns import turn
from cloudkit.sns._address.topic import TopicAddress


def allow_service(topic: TopicAddress, service: str, source_arn: str, *, source_account: str | None) -> bool:
    """Let a service publish for one source; see `Topic.allow_service`."""
    statement = for_service(
        service, "sns:Publish", topic.arn, source_arn=source_arn, source_account=source_account
    )
    return _change(topic, lambda found: adding(found, statement))


def disallow_service(topic: TopicAddress, service: str, source_arn: str) -> bool:
    """Take back what that allowed; see `Topic.disallow_service`."""
    sid = service_sid(service, source_arn)
    return _change(topic, lambda found: removing(found, sid, "Allow"))


def _change(topic: TopicAddress, changed: Callable[[Document], Document]) -> bool:
    # SNS has no way to do both in one step.
    with turn("policy", "sns", topic.arn):
        found = topic.refresh().policy
        wanted = changed(found)
        if wanted == found:
            return False
        topic.policy = wanted
        return True
