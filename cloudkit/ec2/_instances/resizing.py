"""Another type for an instance: only while it is stopped, and of its architecture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudkit._core.steps import clean_up
from cloudkit.ec2._images.systems import architecture_of
from cloudkit.ec2.state import InstanceState
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.types import Duration

if TYPE_CHECKING:
    from cloudkit.ec2.instance import Instance

_RUNS = (InstanceState.RUNNING, InstanceState.PENDING)


def resize(box: Instance, type: str, *, restart: bool, timeout: Duration) -> None:
    """Change the type; stop it before and start it after, if that is wanted and it runs."""
    state = box.refresh().state
    if box.architecture != architecture_of(type):
        raise InvalidRequest(
            f"type={type!r} is {architecture_of(type)}, and the system on the disks is {box.architecture}",
            resource=box.id,
            hint="launch another instance, with an image of that architecture",
        )
    if box.type == type:
        return
    if state == InstanceState.STOPPED:
        box.update(type=type)
        return
    if not restart or state not in _RUNS:
        raise Conflict(
            f"it is {state}: its type is changed while it is stopped",
            resource=box.id,
            hint="resize(type, restart=True) stops it and starts it again"
            if state in _RUNS
            else "box.wait('stopped') first",
        )
    if state == InstanceState.PENDING:
        box.wait("running", timeout=timeout)
    box.stop()
    box.wait("stopped", timeout=timeout)
    try:
        box.update(type=type)
    except BaseException:
        clean_up(box.start)
        raise
    box.start()
