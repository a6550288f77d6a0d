"""The state of a classic load balancer's instance, in the words that target groups have for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit.elb.health import Health, TargetHealth

_IN_SERVICE = "InService"
_OUT_OF_SERVICE = "OutOfService"
# What AWS's description says, by a part of it, and the reason that a target group would give. In this order: a
# description "can contain one or more messages", and the first that tells most is taken.
_TOLD = (
    ("deregistration currently in progress", Health.DRAINING, "Target.DeregistrationInProgress"),
    ("registration is still in progress", Health.INITIAL, "Elb.RegistrationInProgress"),
    ("in pending state", Health.INITIAL, "Elb.RegistrationInProgress"),
    ("in stopped state", Health.UNUSED, "Target.InvalidState"),
    ("in terminated state", Health.UNUSED, "Target.InvalidState"),
    ("Availability Zone for which LoadBalancer is not configured", Health.UNUSED, "Target.NotInUse"),
    ("Disable Availability Zone is currently in progress", Health.UNUSED, "Target.NotInUse"),
    ("not currently registered", Health.UNUSED, "Target.NotRegistered"),
    ("UnhealthyThreshold", Health.UNHEALTHY, "Target.FailedHealthChecks"),
    ("HealthyThreshold", Health.INITIAL, "Elb.InitialHealthChecking"),
    ("transient error", Health.UNAVAILABLE, "Elb.InternalError"),
)
_NOTHING = "N/A"


def target_health(row: Mapping[str, Any]) -> TargetHealth:
    """One row of DescribeInstanceHealth."""
    given = row.get("Description")
    description = None if given in (None, "", _NOTHING) else str(given)
    state, reason = _told(str(row.get("State", "")), description)
    return TargetHealth(
        id=str(row["InstanceId"]), port=None, state=state, reason=reason, description=description
    )


def _told(state: str, description: str | None) -> tuple[Health, str | None]:
    for part, health, reason in _TOLD:
        if description is not None and part in description:
            # One that leaves is in service to the last, and its description says that it leaves.
            return (
                (Health.HEALTHY, None)
                if state == _IN_SERVICE and health is not Health.DRAINING
                else (health, reason)
            )
    if state == _IN_SERVICE:
        return Health.HEALTHY, None
    # Unknown: AWS has not looked yet, or it is not one of its instances.
    return (Health.UNHEALTHY if state == _OUT_OF_SERVICE else Health.UNAVAILABLE), None
