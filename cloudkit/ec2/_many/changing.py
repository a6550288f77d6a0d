"""Many instances changed at once: one that AWS refuses does not keep the others from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from cloudkit._core.batching import Outcome, send_all
from cloudkit._core.cloud import Cloud
from cloudkit.ec2._limits import MAX_IDS_PER_CALL
from cloudkit.ec2._many.member import M, by_cloud
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import InstanceNotFound, WouldSucceed
from cloudkit.errors import AccessDenied, CloudError, Conflict, InvalidRequest, NotFound

Send: TypeAlias = Callable[[Cloud, Sequence[str]], object]
"""Makes one call for those ids."""

_ID = re.compile(r"\bi-[0-9a-f]{8,17}\b")


def start(cloud: Cloud, ids: Sequence[str], *, dry_run: bool = False) -> None:
    """Start them, in one call."""
    params = {"InstanceIds": [*ids], "DryRun": dry_run or None}
    _unless_dry(lambda: cloud.invoke(EC2, "start_instances", params, about=_shown(ids)))


def stop(
    cloud: Cloud, ids: Sequence[str], *, hibernate: bool = False, force: bool = False, dry_run: bool = False
) -> None:
    """Stop them, in one call."""
    params = {
        "InstanceIds": [*ids],
        "Hibernate": hibernate or None,
        "Force": force or None,
        "DryRun": dry_run or None,
    }
    _unless_dry(lambda: cloud.invoke(EC2, "stop_instances", params, about=_shown(ids)))


def reboot(cloud: Cloud, ids: Sequence[str], *, dry_run: bool = False) -> None:
    """Restart their operating systems, in one call."""
    params = {"InstanceIds": [*ids], "DryRun": dry_run or None}
    _unless_dry(lambda: cloud.invoke(EC2, "reboot_instances", params, about=_shown(ids)))


def terminate(cloud: Cloud, ids: Sequence[str], *, dry_run: bool = False) -> None:
    """End them, in one call, which AWS refuses as a whole for the sake of one."""
    params = {"InstanceIds": [*ids], "DryRun": dry_run or None}
    _unless_dry(lambda: cloud.invoke(EC2, "terminate_instances", params, about=_shown(ids)))
    for each in () if dry_run else ids:
        cloud.forget(each)


def permitted(send: Callable[[], object]) -> bool:
    """Whether a dry run says that it would be done."""
    try:
        send()
    except (AccessDenied, Conflict):
        return False
    return True


def _unless_dry(call: Callable[[], object]) -> None:
    try:
        call()
    except WouldSucceed:
        return


def _shown(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3])


def change_all(
    things: Iterable[M], send: Send, *, operation: str, changes: bool = True, gone_is_fine: bool = False
) -> tuple[M, ...]:
    """Change many, in calls of 1,000, and those that AWS refuses apart from the others.

    Args:
        things: The instances.
        send: Makes one call.
        operation: What it calls, for errors.
        changes: Whether it changes them: then what is known of them is dropped.
        gone_is_fine: Whether nothing is to be done with those that are not there.

    Returns:
        Those that were changed.

    Raises:
        BatchError: Some could not be; `.failed` says which and why.
        CloudError: The first call failed for all of them.
    """
    instances = tuple(dict.fromkeys(things))
    if not instances:
        return instances

    def send_batch(batch: Sequence[M]) -> Outcome[M]:
        errors: dict[int, CloudError] = {}
        place = {each: index for index, each in enumerate(batch)}
        try:
            for cloud, near in by_cloud(batch):
                found = _refused(cloud, [str(each) for each in near], send, gone_is_fine=gone_is_fine)
                errors.update({place[each]: found[str(each)] for each in near if str(each) in found})
        finally:
            # Those too that an error is told of: where an answer was lost, it may have been done.
            for each in batch if changes else ():
                each._unlearn()  # pyright: ignore[reportPrivateUsage]
        done = {index: each for index, each in enumerate(batch) if index not in errors}
        return Outcome(done, errors)

    return tuple(
        send_all(
            instances,
            send_batch,
            clock=instances[0].cloud.clock,
            most=MAX_IDS_PER_CALL,
            service=EC2.name,
            operation=operation,
        )
    )


def _refused(cloud: Cloud, ids: Sequence[str], send: Send, *, gone_is_fine: bool) -> dict[str, CloudError]:
    """Change those that can be changed; the others, each with its error.

    A refused call is made again without those that AWS names, or else for each half, down to those it is refused for.
    AWS may have changed others of it by then (in other zones, if one is protected): to do it twice does no harm.
    """
    try:
        send(cloud, ids)
    except (Conflict, NotFound, InvalidRequest) as error:
        fine = gone_is_fine and isinstance(error, InstanceNotFound)
        named = [each for each in ids if each in _ID.findall(error.message)]
        if len(ids) == 1:
            named = [*ids]
        found: dict[str, CloudError] = {} if fine else dict.fromkeys(named, error)
        left = [each for each in ids if each not in set(named)]
    else:
        return {}
    middle = 0 if named else len(left) // 2
    for part in (left[:middle], left[middle:]):
        if not part:
            continue
        try:
            found.update(_refused(cloud, part, send, gone_is_fine=gone_is_fine))
        except CloudError as error:
            found.update(dict.fromkeys(part, error))
    return found
