"""What Auto Scaling means when it says ValidationError, which it says of everything: its words tell it apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager

from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.autoscaling.errors import AutoScalingGroupNotFound
from cloudkit.errors import CloudError, Conflict, InvalidRequest, NotFound

_VALIDATION = "ValidationError"
_NO_GROUP = re.compile(
    r"(?<!target )(?<!security )(?<!placement )group\b.*not found|no (?:auto ?scaling )?group\b",
    re.IGNORECASE,
)
_DELETED = re.compile(r"pending delete", re.IGNORECASE)
_OUTSIDE = re.compile(r"\bm(?:in|ax)(?:imum)?[- ](?:size|value)", re.IGNORECASE)
NO_GROUP_HINT = "AutoScalingGroup.list() shows those of this account and region"
DELETED_HINT = "it is being deleted: group.wait('deleted'), and make it anew"
_OUTSIDE_HINT = "group.update(min=..., max=...) moves the limits"


@contextmanager
def told_apart(group: object) -> Generator[None]:
    """A block whose ValidationErrors become what they mean, where their words say so."""
    try:
        yield
    except InvalidRequest as error:
        if error.code != _VALIDATION:
            raise
        if _DELETED.search(error.message):
            raise _as(error, Conflict, group, DELETED_HINT) from error
        if _NO_GROUP.search(error.message):
            raise _as(error, AutoScalingGroupNotFound, group, NO_GROUP_HINT) from error
        if _OUTSIDE.search(error.message):
            error.hint = error.hint or _OUTSIDE_HINT
        raise


def _as(error: CloudError, cls: type[CloudError], group: object, hint: str) -> CloudError:
    return cls(
        error.message,
        service=error.service,
        operation=error.operation,
        code=error.code,
        status=error.status,
        request_id=error.request_id,
        resource=error.resource or str(group),
        attempts=error.attempts,
        hint=hint,
    )


def unless(send: Callable[[], object], done: Callable[[], bool]) -> None:
    """Send it; where AWS refuses, look whether it is done already, as after an answer that was lost.

    Args:
        send: Makes the call.
        done: Whether what it wants is so. One request.
    """
    try:
        send()
    except InvalidRequest as error:
        if error.code != _VALIDATION or not done():
            raise


@contextmanager
def fine_if_gone() -> Generator[None]:
    """A block that deletes what may not be there any more."""
    try:
        yield
    except NotFound:
        pass
    except InvalidRequest as error:
        if error.code != _VALIDATION or "not found" not in error.message:
            raise


def missing(group: object) -> AutoScalingGroupNotFound:
    """The error of a group that no listing has."""
    return AutoScalingGroupNotFound(
        "there is no such Auto Scaling group",
        service=AUTOSCALING.name,
        operation="DescribeAutoScalingGroups",
        resource=str(group),
        hint=NO_GROUP_HINT,
    )
