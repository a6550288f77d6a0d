"""Taking an image back, and the snapshots that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.resource import Resource
from cloudkit._core.translate import entry_error
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import ImageNotFound, SnapshotNotFound
from cloudkit.errors import BatchError, CloudError, Conflict, Failed, Succeeded
from cloudkit.types import Answer

# AWS's words for a snapshot that went, and for one that another image is made of too.
_DONE = ("success", "skipped")
_DENIED = "missing-permissions"


def deregister(image: Resource, snapshot_ids: Sequence[str] | None) -> None:
    """Take it back; fine if it is gone. With those snapshots, but such as other images are made of too."""
    wanted = snapshot_ids is not None
    params = {"ImageId": str(image), "DeleteAssociatedSnapshots": wanted or None}
    answer: Answer = {}
    # An earlier try may have taken it back: its snapshots may be left then.
    with suppress(ImageNotFound):
        answer = image.cloud.invoke(EC2, "deregister_image", params, about=image)
    said = {row["SnapshotId"]: row for row in answer.get("DeleteSnapshotResults", ())}
    errors = {each: _error(image, each, said.get(each)) for each in snapshot_ids or ()}
    failed = [Failed(each, error) for each, error in errors.items() if error is not None]
    if failed:
        done = [Succeeded(each, None) for each, error in errors.items() if error is None]
        raise BatchError.of(failed, done, service=EC2.name, operation="DeregisterImage", resource=str(image))


def _error(image: Resource, snapshot_id: str, said: Mapping[str, Any] | None) -> CloudError | None:
    """Why that snapshot could not be deleted. One of which nothing is said is deleted here."""
    if said is None:
        return _deleted(image.cloud, snapshot_id)
    code = str(said.get("ReturnCode"))
    if code in _DONE:
        return None
    return entry_error(
        EC2,
        "deregister_image",
        code="UnauthorizedOperation" if code == _DENIED else code,
        message=f"the image is taken back, and its snapshot {snapshot_id} is left: {code}",
        about=snapshot_id,
    )


def _deleted(cloud: Cloud, snapshot_id: str) -> CloudError | None:
    try:
        cloud.invoke(EC2, "delete_snapshot", {"SnapshotId": snapshot_id}, about=snapshot_id)
    except (SnapshotNotFound, Conflict):
        return None  # gone; or another image is made of it too
    except CloudError as error:
        return error
    return None
