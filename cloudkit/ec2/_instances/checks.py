"""AWS's checks of an instance, and what it plans to do to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from cloudkit._core.params import as_datetime
from cloudkit.ec2.state import OK

# AWS shows an event for a week after it, with this before its description.
_OVER = ("[Completed]", "[Canceled]")
_NOT_BEGUN = "not-applicable"


@frozen
class StatusChecks:
    """What AWS's checks say of an instance: `"ok"`, `"impaired"`, `"initializing"`, `"insufficient-data"`, `"not-applicable"`.

    Attributes:
        system: The machine below it.
        instance: Its own network and system.
        disks: Its disks, where they are checked.
        impaired_since: When the first of them that is impaired became so.
    """

    system: str
    instance: str
    disks: str | None = None
    impaired_since: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether all that are made are well."""
        return self.system == self.instance == OK and self.disks in (OK, None)


@frozen
class ScheduledEvent:
    """Something that AWS will do to an instance, or has done within the last week.

    Attributes:
        id: Its id.
        code: What: `"instance-reboot"`, `"system-reboot"`, `"system-maintenance"`, `"instance-retirement"`,
            `"instance-stop"`.
        description: In AWS's words.
        begins: Not before that.
        ends: Not after that, if it is known.
        deadline: Until when its begin can be put off.
    """

    id: str
    code: str
    description: str
    begins: datetime | None = None
    ends: datetime | None = None
    deadline: datetime | None = None

    @property
    def over(self) -> bool:
        """Whether it is done, or was called off."""
        return self.description.startswith(_OVER)


def checks_of(row: Mapping[str, Any]) -> StatusChecks:
    """The checks in a row of DescribeInstanceStatus."""
    parts = [row.get(name, {}) for name in ("SystemStatus", "InstanceStatus", "AttachedEbsStatus")]
    since = [
        as_datetime(detail["ImpairedSince"])
        for part in parts
        for detail in part.get("Details", ())
        if "ImpairedSince" in detail
    ]
    system, own, disks = (part.get("Status") for part in parts)
    return StatusChecks(system or _NOT_BEGUN, own or _NOT_BEGUN, disks, min(since, default=None))


def events_of(row: Mapping[str, Any]) -> Sequence[ScheduledEvent]:
    """The events in a row of DescribeInstanceStatus."""
    return tuple(
        ScheduledEvent(
            each.get("InstanceEventId", ""),
            each.get("Code", ""),
            each.get("Description", ""),
            each.get("NotBefore"),
            each.get("NotAfter"),
            each.get("NotBeforeDeadline"),
        )
        for each in row.get("Events", ())
    )
