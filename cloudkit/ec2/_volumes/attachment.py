"""Where a volume is attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from cloudkit._core.params import as_datetime
from cloudkit.types import OpenEnum


class AttachmentState(OpenEnum):
    """What an attachment can be."""

    ATTACHING = "attaching"
    ATTACHED = "attached"
    BUSY = "busy"
    DETACHING = "detaching"
    DETACHED = "detached"


@frozen
class Attachment:
    """That a volume is attached to an instance.

    Attributes:
        instance_id: The instance.
        device: The device name that was asked for, such as `"/dev/sdf"`. On instances of the Nitro system the
            operating system has a name of its own for it (`/dev/nvme1n1`).
        state: Such as `"attached"`; `"busy"` means that the instance does not let go of it.
        delete_on_termination: Whether it is deleted with the instance.
        attached: Since when.
    """

    instance_id: str
    device: str
    state: AttachmentState
    delete_on_termination: bool
    attached: datetime | None


def attachments_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Attachment, ...]:
    """The attachments that AWS's rows tell of; those that are over left out."""
    return tuple(
        Attachment(
            row["InstanceId"],
            row.get("Device", ""),
            AttachmentState(row.get("State", AttachmentState.ATTACHED)),
            bool(row.get("DeleteOnTermination")),
            None if row.get("AttachTime") is None else as_datetime(row["AttachTime"]),
        )
        for row in rows
        # One to something that is no instance has no id of one.
        if "InstanceId" in row and row.get("State") != AttachmentState.DETACHED
    )
