"""How far a replay is."""

from __future__ import annotations

from cloudkit.types import OpenEnum


class ReplayStatus(OpenEnum):
    """How far a replay is."""

    PENDING = "Pending"
    IN_PROGRESS = "In progress"
    COMPLETED = "Completed"
    FAILED = "Failed"
