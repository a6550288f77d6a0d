"""Who may make volumes of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from cloudkit._core.resource import Resource
from cloudkit.ec2._service import EC2

_WHO = "createVolumePermission"
EVERYBODY = "all"

Change: TypeAlias = Literal["add", "remove"]


def change(snapshot: Resource, how: Change, accounts: Sequence[str], *, public: bool) -> None:
    """Let accounts have it, or take it from them. One request each for accounts and for everybody."""
    for given in (
        {"UserIds": [*accounts]} if accounts else None,
        {"GroupNames": [EVERYBODY]} if public else None,
    ):
        if given is not None:
            params = {
                "SnapshotId": str(snapshot),
                "Attribute": _WHO,
                "OperationType": how,
                **given,
            }
            snapshot.cloud.invoke(EC2, "modify_snapshot_attribute", params, about=snapshot)


def shared_with(snapshot: Resource) -> tuple[str, ...]:
    """The numbers of the accounts, and `"all"` for everybody. One request."""
    params = {"SnapshotId": str(snapshot), "Attribute": _WHO}
    answer = snapshot.cloud.invoke(EC2, "describe_snapshot_attribute", params, about=snapshot)
    rows = answer.get("CreateVolumePermissions", ())
    return tuple(row.get("UserId") or row.get("Group") for row in rows)
