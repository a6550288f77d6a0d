"""A scaling activity: what a group has done or tried, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen
from typing_extensions import override

from cloudkit._core.params import as_datetime
from cloudkit.autoscaling.kinds import ActivityStatus

_ENDED = frozenset({ActivityStatus.SUCCESSFUL, ActivityStatus.FAILED, ActivityStatus.CANCELLED})
_INSTANCE = re.compile(r"\bi-[0-9a-f]{8,17}\b")
_LAUNCH = "Launching"


@frozen
class Activity:
    """A scaling activity.

    Attributes:
        id: AWS's id of it.
        description: What it is, such as `"Launching a new EC2 instance: i-0123456789abcdef0"`.
        cause: Why, in AWS's words.
        status: How far it is.
        message: What became of it, in AWS's words: of a failed one, why.
        started: When it began.
        ended: When it ended; None while it goes on.
        progress: How far it is, in percent.
    """

    id: str
    description: str
    cause: str
    status: ActivityStatus
    message: str | None
    started: datetime
    ended: datetime | None
    progress: int

    @property
    def failed(self) -> bool:
        """Whether it has failed, or was cancelled."""
        return self.status in (ActivityStatus.FAILED, ActivityStatus.CANCELLED)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status in _ENDED

    @property
    def launches(self) -> bool:
        """Whether it is the launch of an instance."""
        return self.description.startswith(_LAUNCH)

    @property
    def instance_id(self) -> str | None:
        """The instance that it is about; None where there is none yet."""
        found = _INSTANCE.search(self.description)
        return None if found is None else found[0]

    @override
    def __str__(self) -> str:
        return f"{self.status}: {self.description}" + (f": {self.message}" if self.message else "")


def activity_of(row: Mapping[str, Any]) -> Activity:
    """The activity that AWS's row tells of."""
    ended = row.get("EndTime")
    return Activity(
        id=str(row["ActivityId"]),
        description=str(row.get("Description") or ""),
        cause=str(row.get("Cause") or ""),
        status=ActivityStatus(row["StatusCode"]),
        message=row.get("StatusMessage") or None,
        started=as_datetime(row["StartTime"]),
        ended=None if ended is None else as_datetime(ended),
        progress=int(row.get("Progress") or 0),
    )
