"""Many instances in one call: looked at together, and ended together."""

from __future__ import annotations

from collections.abc import Sequence

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import filter_list
from cloudkit.ec2._limits import MAX_FILTER_VALUES, MAX_IDS_PER_CALL
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import InstanceNotFound, WouldSucceed
from cloudkit.errors import CloudError, Conflict, InvalidRequest, NotFound
from cloudkit.types import Answer

_TERMINATED = "terminated"


def describe(cloud: Cloud, ids: Sequence[str], *, gone_is_fine: bool) -> dict[str, Answer]:
    """AWS's row of each instance. One request for each 1,000.

    With `gone_is_fine`, those that AWS does not know (any more) have a row that says that they are terminated.
    """
    found: dict[str, Answer] = {}
    for batch in split(ids, most=MAX_IDS_PER_CALL):
        about = ", ".join(batch[:3])
        try:
            found.update(_rows(cloud.invoke(EC2, "describe_instances", {"InstanceIds": batch}, about=about)))
        except InstanceNotFound:
            if not gone_is_fine:
                raise
            # One unknown id spoils the whole call; as a filter it does not.
            for part in split(batch, most=MAX_FILTER_VALUES):
                found.update({each: {"InstanceId": each, "State": {"Name": _TERMINATED}} for each in part})
                filters = filter_list({"instance-id": part})
                for page in cloud.pages(EC2, "describe_instances", about=about, Filters=filters):
                    found.update(_rows(page))
    return found


def _rows(answer: Answer) -> dict[str, Answer]:
    return {
        row["InstanceId"]: row for reservation in answer["Reservations"] for row in reservation["Instances"]
    }


def terminate(cloud: Cloud, ids: Sequence[str], *, dry_run: bool) -> None:
    """End instances in one call, which AWS refuses as a whole for the sake of one."""
    try:
        cloud.invoke(
            EC2,
            "terminate_instances",
            {"InstanceIds": [*ids], "DryRun": dry_run or None},
            about=", ".join(ids[:3]),
        )
    except WouldSucceed:
        return
    for each in ids:
        cloud.forget(each)


def refused(cloud: Cloud, ids: Sequence[str], *, dry_run: bool) -> dict[str, CloudError]:
    """End those instances that can be ended; the others, each with its error. Those that are gone are fine.

    A call that is refused is made again for each half, down to the instances that it was refused for: AWS may have
    ended others in other zones by then, and ending them twice does no harm.
    """
    try:
        terminate(cloud, ids, dry_run=dry_run)
    except (Conflict, NotFound, InvalidRequest) as error:
        if len(ids) == 1:
            return {} if isinstance(error, InstanceNotFound) else {ids[0]: error}
    else:
        return {}
    found: dict[str, CloudError] = {}
    middle = len(ids) // 2
    for half in (ids[:middle], ids[middle:]):
        try:
            found.update(refused(cloud, half, dry_run=dry_run))
        except CloudError as error:
            found.update(dict.fromkeys(half, error))
    return found
