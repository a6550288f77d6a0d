"""Who may do what with a queue: statements that come into its policy, and go again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from cloudkit._core.policy import (
    Statement,
    adding,
    for_service,
    removing,
    service_sid,
    warn_if_too_wide,
)
from cloudkit._core.turns import turn
from cloudkit.errors import InvalidRequest
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._limits import MAX_POLICY_ACTIONS
from cloudkit.sqs._settings import json_object
from cloudkit.types import Json

# Of `queue.allow`, whose caller is to be warned.
_CALLER = 3


def allow(
    queue: QueueAddress[Any],
    principal: str | Mapping[str, object],
    actions: str | Iterable[str],
    *,
    conditions: Mapping[str, object] | None,
    sid: str | None,
) -> str:
    """Let somebody do something with it; see `Queue.allow`."""
    named = [actions] if isinstance(actions, str) else list(actions)
    if len(named) > MAX_POLICY_ACTIONS:
        raise InvalidRequest(
            f"{len(named)} actions: a statement of a queue's policy has at most {MAX_POLICY_ACTIONS}",
            hint="give them in several calls, or '*'",
        )
    full = [each if ":" in each or not each else f"sqs:{each}" for each in named]
    statement = Statement.allow(full, queue.arn, principal=principal, conditions=conditions, sid=sid)
    warn_if_too_wide([statement], stacklevel=_CALLER)
    with policy_turn(queue):
        found = json_object(queue.refresh().raw.get("Policy"))
        _change(queue, found, adding(found, statement.document))
    return str(statement.sid)


def allow_service(
    queue: QueueAddress[Any], service: str, source_arn: str, *, source_account: str | None
) -> bool:
    """Let a service send to it for one source; see `Queue.allow_service`."""
    service_sid(service, source_arn)
    with policy_turn(queue):
        found = json_object(queue.refresh().raw.get("Policy"))
        statement = for_service(
            service, "sqs:SendMessage", queue.arn, source_arn=source_arn, source_account=source_account
        )
        return _change(queue, found, adding(found, statement))


def disallow(queue: QueueAddress[Any], sid: str) -> bool:
    """Take back what a statement allowed; see `Queue.disallow`."""
    with policy_turn(queue):
        found = queue.policy
        return _change(queue, found, removing(found, sid, "Allow"))


def disallow_service(queue: QueueAddress[Any], service: str, source_arn: str) -> bool:
    """Take back what `allow_service` allowed; see `Queue.disallow_service`."""
    return disallow(queue, service_sid(service, source_arn))


def policy_turn(queue: QueueAddress[Any]) -> AbstractContextManager[None]:
    """A block that reads and writes the policy of a queue: SQS has no way to do both in one step."""
    return turn("policy", "sqs", queue.cloud.region, queue.name)


def _change(queue: QueueAddress[Any], found: dict[str, Json], wanted: dict[str, Json]) -> bool:
    if wanted == found:
        return False
    queue.policy = wanted
    return True
