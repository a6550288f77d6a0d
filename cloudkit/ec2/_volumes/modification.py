"""A change of a volume, which goes on while it is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from cloudkit._core.params import as_datetime, compact
from cloudkit._core.resource import Resource
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import VolumeNotFound
from cloudkit.errors import Conflict, NotFound, WaitFailed
from cloudkit.types import Duration, OpenEnum


class ModificationState(OpenEnum):
    """What a change can be. From `"optimizing"` on the volume is as it was asked for, if slower yet."""

    MODIFYING = "modifying"
    OPTIMIZING = "optimizing"
    COMPLETED = "completed"
    FAILED = "failed"


_OVER = (ModificationState.COMPLETED,)
_IN_FORCE = (ModificationState.OPTIMIZING, ModificationState.COMPLETED)


@frozen
class VolumeModification:
    """The last change of a volume.

    Attributes:
        state: Such as `"modifying"`.
        progress: Percent done.
        size_gib: The size asked for.
        type: The type asked for.
        iops: The IOPS asked for.
        throughput_mib: The throughput asked for.
        message: AWS's words, if it failed.
        started: When it was asked for.
    """

    state: ModificationState
    progress: int
    size_gib: int | None
    type: str | None
    iops: int | None
    throughput_mib: int | None
    message: str | None
    started: datetime | None


def last_modification(volume: Resource) -> VolumeModification | None:
    """The last change; None if there was none. One request."""
    try:
        answer = volume.cloud.invoke(
            EC2, "describe_volumes_modifications", {"VolumeIds": [str(volume)]}, about=volume
        )
    except VolumeNotFound:
        raise
    except NotFound:
        return None
    found = answer["VolumesModifications"]
    return _of(found[0]) if found else None


def _of(row: Mapping[str, Any]) -> VolumeModification:
    return VolumeModification(
        ModificationState(row["ModificationState"]),
        int(row.get("Progress", 0)),
        row.get("TargetSize"),
        row.get("TargetVolumeType"),
        row.get("TargetIops"),
        row.get("TargetThroughput"),
        row.get("StatusMessage") or None,
        None if row.get("StartTime") is None else as_datetime(row["StartTime"]),
    )


def modify(volume: Resource, changes: Mapping[str, Any]) -> None:
    """Ask for a change; fine if just that is under way, or was the last one."""
    wanted = compact(changes)
    try:
        volume.cloud.invoke(EC2, "modify_volume", {"VolumeId": str(volume), **wanted}, about=volume)
    except Conflict:
        last = last_modification(volume)
        if last is None or last.state == ModificationState.FAILED or not _is(last, wanted):
            raise


def _is(last: VolumeModification, wanted: Mapping[str, Any]) -> bool:
    asked = {
        "Size": last.size_gib,
        "VolumeType": last.type,
        "Iops": last.iops,
        "Throughput": last.throughput_mib,
    }
    return all(asked[name] == value for name, value in wanted.items())


def wait_modified(volume: Resource, timeout: Duration, *, complete: bool) -> None:
    """Wait until the last change is in force, or over. One request a poll."""
    wanted = _OVER if complete else _IN_FORCE

    def check(last: VolumeModification | None) -> None:
        if last is not None and last.state == ModificationState.FAILED:
            error = WaitFailed(
                f"the change of {volume} has failed" + (f": {last.message}" if last.message else ""),
                resource=str(volume),
            )
            error.reason = last.message
            raise error

    wait_until(
        lambda: last_modification(volume),
        lambda last: last is None or last.state in wanted,
        timeout=timeout,
        clock=volume.cloud.clock,
        what=f"the change of {volume}",
        shown=lambda last: "" if last is None else f"it is {last.state}, {last.progress} %",
        check=check,
    )
