"""How a target group goes, and who keeps it."""

from __future__ import annotations

from contextlib import suppress

from cloudkit._core.params import rows
from cloudkit.elb._address import TargetGroupAddress, at, forget
from cloudkit.elb._naming import balancer_name
from cloudkit.elb._service import ELBV2
from cloudkit.elb._targets import permitting
from cloudkit.elb._targets.registering import health
from cloudkit.elb.errors import TargetGroupNotFound
from cloudkit.elb.protocol import TargetType
from cloudkit.errors import CloudError, Conflict

IN_USE = "ResourceInUse"
_FORWARDED = ("DefaultActions.TargetGroupArn", "DefaultActions.ForwardConfig.TargetGroups.TargetGroupArn")


def delete(group: TargetGroupAddress) -> None:
    """Delete a group; fine if it is not there. What its function allowed it is taken back."""
    with suppress(TargetGroupNotFound):
        group.cloud.forget(group.name)
        group.cloud.forget(group.arn)
        functions = _functions(group)
        at(
            group,
            lambda arn: group.cloud.invoke(
                ELBV2, "delete_target_group", {"TargetGroupArn": arn}, about=group
            ),
        )
        for function in functions:
            permitting.disallow(group.cloud, function, group.arn)
    forget(group)


def _functions(group: TargetGroupAddress) -> list[str]:
    if group.type is not TargetType.LAMBDA:
        return []
    return [row.id for row in health(group, ())]


def explain(group: TargetGroupAddress, error: Conflict) -> None:
    """Say in the hint of an error who still uses a group. Two requests; what cannot be asked is left out."""
    if error.code != IN_USE:
        return
    with suppress(CloudError):
        arn = group.arn
        for balancer in group.refresh().load_balancer_arns:
            name = balancer_name(balancer)[0]
            found = group.cloud.invoke(
                ELBV2, "describe_listeners", {"LoadBalancerArn": balancer}, about=group
            ).get("Listeners", [])
            ports = [str(row["Port"]) for row in found if any(arn in rows(row, path) for path in _FORWARDED)]
            users = (
                f"listener {' and '.join(ports)} of {name} forwards to it"
                if ports
                else f"a rule of a listener of {name} forwards to it"
            )
            error.hint = f"{users}: let that forward elsewhere or delete it, or LoadBalancer({name!r}), first"
