"""When an instance can be worked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from cloudkit._core.waiting import wait_until
from cloudkit.ec2._service import EC2
from cloudkit.ec2._ssh.facts import Facts, facts
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2._ssh.systems_manager import is_online
from cloudkit.errors import InvalidRequest, WaitFailed
from cloudkit.types import Duration

Ready: TypeAlias = Literal["status", "ssh", "ssm"]
"""By what one sees that an instance is ready: AWS's status checks, an SSH server, the Systems Manager's agent."""

READY = ("status", "ssh", "ssm")
_RUNNING = "running"
_STARTING = {"pending", "running"}
_WELL = "ok"


def wait_ready(box: Box, what: str, answers: Callable[[], bool], *, timeout: Duration) -> None:
    """Wait until it runs, and more.

    Args:
        box: The instance.
        what: One of `READY`.
        answers: Whether its SSH server answers.
        timeout: Seconds.

    Raises:
        WaitTimeout: It was not in time.
        WaitFailed: It has stopped or ended.
        InvalidRequest: There is no such thing to wait for.
    """
    if what not in READY:
        raise InvalidRequest(f"{what!r} is nothing to wait for", hint=" or ".join(map(repr, READY)))
    looks: dict[str, Callable[[], str]] = {
        "status": lambda: _checks(box),
        "ssh": lambda: "" if answers() else "no SSH server answers",
        "ssm": lambda: "" if is_online(box) else "the agent is not online",
    }

    def look() -> str:
        found = facts(box)
        _still_starting(box, found)
        return looks[what]() if found.state == _RUNNING else f"it is {found.state}"

    wait_until(
        look,
        lambda lacking: not lacking,
        timeout=timeout,
        clock=box.cloud.clock,
        what=f"{box.id} to be ready ({what})",
    )


def _still_starting(box: Box, found: Facts) -> None:
    if found.state not in _STARTING:
        error = WaitFailed(f"{box.id} is {found.state}, and cannot become ready", resource=box.id)
        error.reason = found.state
        raise error


def _checks(box: Box) -> str:
    """What AWS's status checks lack."""
    answer: Any = box.cloud.invoke(EC2, "describe_instance_status", {"InstanceIds": [box.id]}, about=box.id)
    for row in answer["InstanceStatuses"]:
        system, own = row["SystemStatus"]["Status"], row["InstanceStatus"]["Status"]
        return "" if system == own == _WELL else f"its checks are: system {system}, instance {own}"
    return "its checks have not begun"
