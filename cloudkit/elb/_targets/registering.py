"""How targets come into a group, and leave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cloudkit._core.batching import split
from cloudkit._core.params import compact
from cloudkit._core.waiting import wait_until
from cloudkit.elb._address import TargetGroupAddress, at, known_of
from cloudkit.elb._attributes.shape import check_target
from cloudkit.elb._limits import PERMISSION_SECONDS, TARGETS_PER_CALL
from cloudkit.elb._service import ELBV2
from cloudkit.elb._targets import permitting
from cloudkit.elb._undo import undoing
from cloudkit.elb.health import Health, HealthTable, TargetHealth, entry_of, target_health
from cloudkit.elb.protocol import Protocol, TargetType
from cloudkit.elb.target import ALL_ZONES, Target
from cloudkit.errors import AccessDenied, InvalidRequest

Entry = Mapping[str, Any]


def register(group: TargetGroupAddress, targets: Sequence[Target]) -> None:
    """Give targets to a group; see `TargetGroup.register`."""
    _check(group, targets)
    functions = [each.id for each in targets if each.type is TargetType.LAMBDA]
    with undoing("the same call again registers what is not there") as undo:
        for function in functions:
            if at(group, partial(permitting.allow, group.cloud, function)):
                undo.add(
                    f"the permission to invoke {function}",
                    partial(at, group, partial(permitting.disallow, group.cloud, function)),
                )
        for batch in split(targets, most=TARGETS_PER_CALL):
            _register(group, batch)


def _register(group: TargetGroupAddress, batch: Sequence[Target]) -> None:
    entries = [_entry(each) for each in batch]

    def send(arn: str) -> object:
        return group.cloud.invoke(
            ELBV2, "register_targets", {"TargetGroupArn": arn, "Targets": entries}, about=group
        )

    try:
        if any(each.type is TargetType.LAMBDA for each in batch):
            _send_when_permitted(group, entries)
        else:
            at(group, send)
    except InvalidRequest as error:
        outside = next((each for each in batch if each.address is not None and each.zone is None), None)
        if error.code == "InvalidTarget" and outside is not None:
            error.hint = (
                f"an address outside of the group's VPC says so: Target({outside.id!r}, zone={ALL_ZONES!r})"
            )
        raise


def _send_when_permitted(group: TargetGroupAddress, entries: Sequence[Entry]) -> None:
    """Register a function. AWS takes a moment to know of a permission that was just given."""
    refused: list[AccessDenied] = []

    def send(arn: str) -> object:
        return group.cloud.invoke(
            ELBV2, "register_targets", {"TargetGroupArn": arn, "Targets": entries}, about=group
        )

    def attempt() -> bool:
        try:
            at(group, send)
        except AccessDenied as error:
            refused[:] = [error]
            return False
        return True

    try:
        wait_until(
            attempt,
            lambda done: done,
            timeout=PERMISSION_SECONDS,
            clock=group.cloud.clock,
            what="the permission to invoke the function to be known",
            shown=lambda _: refused[0].message if refused else "",
        )
    except TimeoutError:
        if refused:
            raise refused[0] from None
        raise


def _check(group: TargetGroupAddress, targets: Sequence[Target]) -> None:
    """Refuse targets that the group does not take, as far as that is known without a request."""
    known, protocol = known_of(group, "TargetType"), known_of(group, "Protocol")
    for each in targets:
        kind = TargetType(known) if known is not None else each.type
        if kind is not None:
            check_target(each, kind, None if protocol is None else Protocol(protocol))
        address = each.address
        if each.zone == ALL_ZONES and address is not None and address.version == 4 and address.is_global:
            raise InvalidRequest(
                f"target {each.id} with zone='all': AWS takes no public addresses outside of the VPC",
                hint="a private address that the VPC has a way to: by peering, a VPN or Direct Connect",
            )


def _entry(target: Target) -> Entry:
    """The target in AWS's form."""
    return compact(
        {
            "Id": target.id,
            "Port": target.port,
            "AvailabilityZone": target.zone,
            "QuicServerId": target.server_id,
        }
    )


def deregister(group: TargetGroupAddress, targets: Sequence[Target]) -> Sequence[TargetHealth]:
    """Take targets from a group; see `TargetGroup.deregister`. What was taken, with its ports."""
    rows: Sequence[TargetHealth] = []
    if targets:
        rows = _registered(group, targets)
        for batch in split([entry_of(row) for row in rows], most=TARGETS_PER_CALL):
            _deregister(group, batch, targets)
    for each in targets:
        if each.type is TargetType.LAMBDA:
            function = each.id
            at(group, partial(permitting.disallow, group.cloud, function))
    return rows


def _registered(group: TargetGroupAddress, targets: Sequence[Target]) -> Sequence[TargetHealth]:
    """The rows of those targets: AWS leaves a target where it is if the port that it was given is not named."""
    wanted = {(each.id, each.port) for each in targets}
    return [
        row
        for row in health(group, ())
        if row.state != Health.DRAINING and wanted & {(row.id, row.port), (row.id, None)}
    ]


def _deregister(group: TargetGroupAddress, entries: Sequence[Entry], targets: Sequence[Target]) -> None:
    def send(batch: Sequence[Entry]) -> None:
        at(
            group,
            lambda arn: group.cloud.invoke(
                ELBV2, "deregister_targets", {"TargetGroupArn": arn, "Targets": batch}, about=group
            ),
        )

    try:
        send(entries)
    except InvalidRequest as error:
        # Some have gone meanwhile: an instance that AWS no longer knows makes it refuse the others too.
        if error.code != "InvalidTarget":
            raise
        left = [entry for entry in map(entry_of, _registered(group, targets)) if entry in entries]
        if left:
            send(left)


def health(group: TargetGroupAddress, targets: Sequence[Target]) -> HealthTable:
    """How targets are; all of them if none is named. One request."""
    asked = [_entry(each) for each in targets] or None
    answer = at(
        group,
        lambda arn: group.cloud.invoke(
            ELBV2, "describe_target_health", {"TargetGroupArn": arn, "Targets": asked}, about=group
        ),
    )
    return HealthTable(
        tuple(target_health(row, group.name) for row in answer.get("TargetHealthDescriptions", []))
    )
