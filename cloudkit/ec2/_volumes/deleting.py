"""Deleting a volume that is about to be free."""

from __future__ import annotations

from contextlib import suppress

from cloudkit._core.resource import Resource
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._service import EC2
from cloudkit.ec2._volumes.attaching import Look
from cloudkit.ec2._volumes.attachment import AttachmentState
from cloudkit.ec2.errors import VolumeNotFound
from cloudkit.errors import Conflict
from cloudkit.types import Duration


def delete(volume: Resource, look: Look, timeout: Duration) -> None:
    """Delete it; fine if it is gone. If it is being detached, that is waited for."""
    with suppress(VolumeNotFound):
        try:
            _delete(volume)
        except Conflict as error:
            _until_free(volume, look, error, timeout)
            _delete(volume)
    volume.cloud.forget(str(volume))


def _delete(volume: Resource) -> None:
    volume.cloud.invoke(EC2, "delete_volume", {"VolumeId": str(volume)}, about=volume)


def _until_free(volume: Resource, look: Look, refused: Conflict, timeout: Duration) -> None:
    def users() -> list[str]:
        found = look()
        lasting = [each for each in found if each.state != AttachmentState.DETACHING]
        if lasting:
            there = ", ".join(f"{each.instance_id} as {each.device}" for each in lasting)
            refused.message = f"{refused.message} It is attached to {there}."
            raise refused
        return [each.instance_id for each in found]

    if not users():
        # Nothing is attached: it was refused for another reason, or was let go of just now.
        return
    wait_until(
        users,
        lambda found: not found,
        timeout=timeout,
        clock=volume.cloud.clock,
        what=f"{volume} to be detached",
        shown=lambda found: f"it is being detached from {', '.join(found)}",
    )
