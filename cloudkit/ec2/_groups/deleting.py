"""Deleting a group that is used until just now: what is about to let go of it is waited for, all else is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from attrs import frozen

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import filter_list
from cloudkit._core.resource import Resource
from cloudkit._core.waiting import wait_until
from cloudkit.ec2._limits import MAX_FILTER_VALUES, MAX_INTERFACES_PER_PAGE
from cloudkit.ec2._service import EC2
from cloudkit.ec2.errors import SecurityGroupNotFound
from cloudkit.errors import AccessDenied, Conflict
from cloudkit.types import Duration

_USED = ("DependencyViolation", "InvalidGroup.InUse")
# States of an instance whose interfaces go away by themselves.
_ENDING = ("shutting-down", "terminated")
_FREE = "available"
# Filters of DescribeSecurityGroups: whose rules name a group.
REFERRING = ("ip-permission.group-id", "egress.ip-permission.group-id")


@frozen
class _User:
    """What uses the group, and whether it stays."""

    name: str
    stays: bool


def delete(group: Resource, timeout: Duration, referrers: Callable[[], Iterable[str]]) -> None:
    """Delete it; fine if it is gone.

    Args:
        group: The group.
        timeout: Seconds to wait for what is about to let go of it.
        referrers: Names those groups whose rules name it.
    """
    with suppress(SecurityGroupNotFound):
        refused = _refused(group)
        if refused is not None:
            _until_free(group, refused, timeout, referrers)
    group.cloud.forget(str(group))


def _refused(group: Resource) -> Conflict | None:
    try:
        group.cloud.invoke(EC2, "delete_security_group", {"GroupId": str(group)}, about=group)
    except Conflict as error:
        if error.code not in _USED:
            raise
        return error
    return None


def _until_free(
    group: Resource, refused: Conflict, timeout: Duration, referrers: Callable[[], Iterable[str]]
) -> None:
    last = refused

    def users() -> Sequence[_User] | None:
        """Who uses it; None if it is deleted."""
        nonlocal last
        try:
            found = [*_interfaces(group), *(_User(f"rules of {each}", stays=True) for each in referrers())]
        except AccessDenied:
            raise last from None  # who may delete it need not be allowed to see what uses it
        if any(each.stays for each in found):
            last.message = f"{last.message}; it is used by {_named(found)}"
            raise last
        again = _refused(group)
        if again is None:
            return None
        last = again
        return found

    wait_until(
        users,
        lambda found: found is None,
        timeout=timeout,
        clock=group.cloud.clock,
        what=f"security group {group} to be free",
        shown=lambda found: f"it is used by {_named(found or ())}",
    )


def _named(users: Sequence[_User]) -> str:
    return ", ".join(each.name for each in users) or "something that AWS does not name"


def _interfaces(group: Resource) -> list[_User]:
    rows = _rows(
        group.cloud,
        "describe_network_interfaces",
        {"group-id": str(group)},
        lambda page: page["NetworkInterfaces"],
        MaxResults=MAX_INTERFACES_PER_PAGE,
    )
    instances = {_instance(row): "" for row in rows if _instance(row)}
    if instances:
        found = _rows(
            group.cloud,
            "describe_instances",
            # More than one call can name do not all end.
            {"instance-id": list(instances)[:MAX_FILTER_VALUES]},
            lambda page: [each for reservation in page["Reservations"] for each in reservation["Instances"]],
        )
        instances.update({row["InstanceId"]: row["State"]["Name"] for row in found})
    return [_user(row, instances) for row in rows]


def _rows(
    cloud: Cloud,
    operation: str,
    filters: Mapping[str, str | list[str]],
    found: Callable[[Any], Iterable[Any]],
    **more: Any,
) -> list[Any]:
    pages = cloud.pages(EC2, operation, about=next(iter(filters)), Filters=filter_list(filters), **more)
    return [row for page in pages for row in found(page)]


def _instance(row: Mapping[str, Any]) -> str:
    return str(row.get("Attachment", {}).get("InstanceId") or "")


def _user(row: Mapping[str, Any], instances: Mapping[str, str]) -> _User:
    interface, instance = row["NetworkInterfaceId"], _instance(row)
    if instance:
        state = instances[instance]
        return _User(f"{instance}{f' ({state})' if state else ''}", stays=state not in (*_ENDING, ""))
    about = f" ({row['Description']})" if row.get("Description") else ""
    # One of a service's own goes when what it is of goes, which takes its time; one that is free stays for good.
    stays = row.get("Status") == _FREE and not row.get("RequesterManaged")
    return _User(f"network interface {interface}{about}", stays=stays)
