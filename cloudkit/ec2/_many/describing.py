"""AWS's rows of many instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cloudkit._core.batching import split
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import filter_list
from cloudkit.ec2._limits import MAX_FILTER_VALUES, MAX_IDS_PER_CALL, MAX_STATUS_IDS
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import InstanceNotFound
from cloudkit.types import Answer

_TERMINATED = "terminated"
# What a reservation says of all its instances, which have it as their own here.
_OF_THE_RESERVATION = ("ReservationId", "OwnerId", "RequesterId")


def instance_rows(answer: Answer) -> list[Any]:
    """The instances of an answer that has them by reservation: of DescribeInstances, or RunInstances'."""
    found: list[Any] = []
    for reservation in answer.get("Reservations", [answer]):
        rows = reservation["Instances"]
        found.extend(rows)
        shared = {name: reservation[name] for name in _OF_THE_RESERVATION if name in reservation}
        for row in rows if shared else ():  # lean rows have it by themselves
            row.update(shared)
    return found


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


def statuses(cloud: Cloud, ids: Sequence[str]) -> dict[str, Answer]:
    """What AWS's checks say of each instance, in whatever state it is. One request for each 100."""
    found: dict[str, Answer] = {}
    for batch in split(ids, most=MAX_STATUS_IDS):
        params = {"InstanceIds": batch, "IncludeAllInstances": True}
        answer = cloud.invoke(EC2, "describe_instance_status", params, about=", ".join(batch[:3]))
        found.update({row["InstanceId"]: row for row in answer["InstanceStatuses"]})
    return found


def _rows(answer: Answer) -> dict[str, Answer]:
    return {row["InstanceId"]: row for row in instance_rows(answer)}
