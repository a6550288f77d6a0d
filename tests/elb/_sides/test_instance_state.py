from __future__ import annotations

import pytest

from cloudkit.elb import Health, LoadBalancer
from cloudkit.elb._sides.instance_state import target_health
from cloudkit.elb.health import ADVICE
from tests.elb import answers
from tests.elb.answers import BOX, CLASSIC_ARN
from tests.faults import FaultServer

# All descriptions that AWS's reference of InstanceState lists.
TOLD = [
    ("InService", "N/A", Health.HEALTHY, None),
    (
        "InService",
        "Instance deregistration currently in progress.",
        Health.DRAINING,
        "Target.DeregistrationInProgress",
    ),
    (
        "OutOfService",
        "Instance deregistration currently in progress.",
        Health.DRAINING,
        "Target.DeregistrationInProgress",
    ),
    (
        "OutOfService",
        "Instance registration is still in progress.",
        Health.INITIAL,
        "Elb.RegistrationInProgress",
    ),
    ("OutOfService", "Instance is in pending state.", Health.INITIAL, "Elb.RegistrationInProgress"),
    ("OutOfService", "Instance is in stopped state.", Health.UNUSED, "Target.InvalidState"),
    ("OutOfService", "Instance is in terminated state.", Health.UNUSED, "Target.InvalidState"),
    (
        "OutOfService",
        "Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.",
        Health.UNUSED,
        "Target.NotInUse",
    ),
    ("OutOfService", "Disable Availability Zone is currently in progress.", Health.UNUSED, "Target.NotInUse"),
    (
        "Unknown",
        "Instance is not currently registered with the LoadBalancer.",
        Health.UNUSED,
        "Target.NotRegistered",
    ),
    (
        "OutOfService",
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
        Health.UNHEALTHY,
        "Target.FailedHealthChecks",
    ),
    (
        "OutOfService",
        "Instance has not passed the configured HealthyThreshold number of health checks consecutively.",
        Health.INITIAL,
        "Elb.InitialHealthChecking",
    ),
    (
        "Unknown",
        "A transient error occurred. Please try again later.",
        Health.UNAVAILABLE,
        "Elb.InternalError",
    ),
    ("OutOfService", "Something that AWS will say one day.", Health.UNHEALTHY, None),
    ("OutOfService", "N/A", Health.UNHEALTHY, None),
    ("Unknown", "N/A", Health.UNAVAILABLE, None),
]


@pytest.mark.parametrize(("state", "description", "health", "reason"), TOLD)
def test_all_that_aws_says_has_a_word_and_a_reason(
    state: str, description: str, health: Health, reason: str | None
) -> None:
    found = target_health(
        {"InstanceId": BOX, "State": state, "ReasonCode": "ELB", "Description": description}
    )
    assert (found.id, found.state, found.reason) == (BOX, health, reason)
    assert found.description == (None if description == "N/A" else description)
    assert reason is None or reason in ADVICE
    assert (found.port, found.group) == (None, None)


def test_the_health_of_a_classic_load_balancer(faults: FaultServer) -> None:
    cloud = answers.world(
        faults,
        ClassicDescribeInstanceHealth=[
            answers.instance_states(
                (BOX, "InService"),
                ("i-2", "OutOfService", "Instance", "Instance is in stopped state."),
            )
        ],
    )
    table = LoadBalancer(CLASSIC_ARN, cloud=cloud).health()
    assert [(row.id, row.state) for row in table] == [(BOX, Health.HEALTHY), ("i-2", Health.UNUSED)]
    assert not table.all_healthy
    assert faults.operations == ["DescribeInstanceHealth"]
