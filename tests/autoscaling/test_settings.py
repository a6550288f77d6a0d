from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import Conflict, InvalidRequest
from cloudkit.autoscaling import AutoScalingGroup, AutoScalingGroupNotFound, Mixed
from cloudkit.autoscaling._refusals import told_apart
from cloudkit.autoscaling._settings import (
    changed_template,
    checked_sizes,
    differing,
    option_params,
    specification,
)
from cloudkit.autoscaling.activity import activity_of
from cloudkit.autoscaling.member import members_of
from cloudkit.autoscaling.mixed import mixed_of, mixed_policy
from tests.faults import FaultServer

COUNTS = st.none() | st.integers(0, 9)


@given(COUNTS, COUNTS, COUNTS)
def test_sizes_go_together_or_are_refused(least: int | None, most: int | None, desired: int | None) -> None:
    there = [each for each in (least, desired, most) if each is not None]
    try:
        found = checked_sizes(least, most, desired)
    except InvalidRequest:
        assert there != sorted(there)
    else:
        assert (
            there
            == sorted(there)
            == [found[name] for name in ("MinSize", "DesiredCapacity", "MaxSize") if name in found]
        )


def test_options() -> None:
    assert option_params({}) == {}
    assert option_params(
        {
            "health_check": ["ec2", "ELB"],
            "grace": timedelta(minutes=2),
            "warm_up": 30,
            "max_lifetime": timedelta(days=7),
            "protect": False,
            "termination_policies": ("OldestInstance",),
            "capacity_rebalance": True,
        }
    ) == {
        "HealthCheckType": "EC2,ELB",
        "HealthCheckGracePeriod": 120,
        "DefaultInstanceWarmup": 30,
        "MaxInstanceLifetime": 604_800,
        "NewInstancesProtectedFromScaleIn": False,
        "TerminationPolicies": ["OldestInstance"],
        "CapacityRebalance": True,
    }
    assert option_params({"max_lifetime": 0}) == {"MaxInstanceLifetime": 0}
    for wrong in ({"health_check": "alb"}, {"grace": -1}, {"max_lifetime": 60}):
        with pytest.raises(InvalidRequest, match=next(iter(wrong))):
            option_params(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no option 'color'"):
        option_params({"color": "red"})  # type: ignore[typeddict-unknown-key]


def test_templates_are_named_by_id_or_name() -> None:
    assert specification("lt-1", "default") == {"LaunchTemplateId": "lt-1", "Version": "$Default"}
    assert specification("web", 3) == {"LaunchTemplateName": "web", "Version": "3"}
    for wrong in ("", 7, None):
        with pytest.raises(InvalidRequest, match="template="):
            specification(wrong, "default")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="version="):
        specification("web", 0)


def test_a_change_of_the_template_keeps_the_rest() -> None:
    row = {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "1"}}
    assert changed_template(row, None, None, None) == {}
    assert changed_template(row, None, 2, None) == {
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "2"}
    }
    policy = changed_template(row, None, None, Mixed(["t3.small"]))["MixedInstancesPolicy"]
    # AWS takes an id or a name, not both.
    assert policy["LaunchTemplate"]["LaunchTemplateSpecification"] == {
        "LaunchTemplateId": "lt-1",
        "Version": "1",
    }
    assert changed_template({"MixedInstancesPolicy": policy}, "lt-2", None, False) == {
        "LaunchTemplate": {"LaunchTemplateId": "lt-2", "Version": "$Default"}
    }


MIXES = st.builds(
    Mixed,
    st.lists(st.sampled_from(["t3.micro", "t3.small", "m5.large"]), unique=True),
    spot=st.integers(0, 100).map(lambda percent: percent / 100),
    on_demand=st.integers(0, 9),
)


@given(MIXES, MIXES)
def test_a_mix_is_read_as_it_is_written(one: Mixed, other: Mixed) -> None:
    spec = {"LaunchTemplateId": "lt-1", "Version": "1"}
    row = {"MixedInstancesPolicy": mixed_policy(one, spec)}
    assert mixed_of(row["MixedInstancesPolicy"]) == one
    wanted = {"MixedInstancesPolicy": mixed_policy(other, spec)}
    assert (differing(wanted, row) == {}) is (one == other)


def test_what_is_no_mix() -> None:
    assert mixed_of(None) is None
    assert mixed_of({"LaunchTemplate": {}}) == Mixed(spot_strategy="lowest-price")
    for make, said in (
        (lambda: Mixed("t3.small"), "a list of them"),
        (lambda: Mixed(spot=50), "spot=50"),
        (lambda: Mixed(on_demand=-1), "on_demand=-1"),
        (lambda: Mixed([f"t{number}.micro" for number in range(41)]), "41 of them"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            make()  # type: ignore[no-untyped-call]


def test_differences_are_told_in_words() -> None:
    row = {
        "MinSize": 1,
        "HealthCheckType": "ELB,EC2",
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "1"},
        "VPCZoneIdentifier": "subnet-1,subnet-2",
    }
    same: dict[str, Any] = {
        "MinSize": 1,
        "HealthCheckType": "EC2,ELB",
        "NewInstancesProtectedFromScaleIn": False,
        "LaunchTemplate": {"LaunchTemplateName": "web", "Version": "1"},
        "VPCZoneIdentifier": "subnet-2,subnet-1",
    }
    assert differing(same, row) == {}
    told = differing(
        {**same, "MinSize": 2, "LaunchTemplate": {"LaunchTemplateId": "lt-2", "Version": "1"}}, row
    )
    assert [*told.values()] == ["min is 1, not 2", "template is lt-1, not lt-2"]
    mixed = {
        **row,
        "MixedInstancesPolicy": mixed_policy(Mixed(), {"LaunchTemplateName": "web", "Version": "1"}),
    }
    assert differing({"LaunchTemplate": same["LaunchTemplate"]}, mixed) == {
        "LaunchTemplate": "mixed is given, and is to be none"
    }


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ("AutoScalingGroup name not found - AutoScalingGroup 'web' not found", AutoScalingGroupNotFound),
        ("AutoScalingGroup name not found - null", AutoScalingGroupNotFound),
        ("Group web not found", AutoScalingGroupNotFound),
        ("The AutoScaling group may not be modified while it is pending delete", Conflict),
        ("New SetDesiredCapacity value 9 is above max value 6 for the AutoScalingGroup.", InvalidRequest),
        ("The instance i-1 is not part of Auto Scaling group web.", InvalidRequest),
        ("Policy name not found", InvalidRequest),
        ("Target group arn:aws:x not found", InvalidRequest),
    ],
)
def test_validation_errors_are_told_apart(message: str, meant: type[Exception]) -> None:
    said = InvalidRequest(message, code="ValidationError", operation="SetDesiredCapacity", attempts=2)
    with pytest.raises(meant) as caught, told_apart("web"):
        raise said
    assert type(caught.value) is meant
    assert getattr(caught.value, "attempts", None) == 2
    assert getattr(caught.value, "code", None) == "ValidationError"


def test_other_errors_are_left_alone() -> None:
    said = InvalidRequest("Group web not found", code="InvalidNextToken")
    with pytest.raises(InvalidRequest) as caught, told_apart("web"):
        raise said
    assert caught.value is said


def test_rows_say_what_there_is() -> None:
    assert members_of(None) == ()
    (member,) = members_of(
        [
            {
                "InstanceId": "i-1",
                "AvailabilityZone": "us-east-1a",
                "LifecycleState": "Warmed:Stopped",
                "HealthStatus": "HEALTHY",
            }
        ]
    )
    assert (member.lifecycle, member.healthy, member.protected) == ("Warmed:Stopped", True, False)
    assert (member.type, member.template_version) == (None, None)
    assert not member.in_service
    activity = activity_of(
        {
            "ActivityId": "a",
            "AutoScalingGroupName": "web",
            "Cause": "",
            "StartTime": "2026-01-02T03:04:05Z",
            "StatusCode": "Later",
        }
    )
    assert (activity.status, activity.message, activity.ended, activity.progress) == ("Later", None, None, 0)
    assert not activity.done
    assert activity.instance_id is None


def test_metrics(faults: FaultServer) -> None:
    metrics = AutoScalingGroup("web", cloud=faults.cloud()).metrics
    own = {"AutoScalingGroupName": "web"}
    assert (metrics.cpu.namespace, metrics.cpu.dimensions) == ("AWS/EC2", own)
    sizes = {
        metrics.in_service: "GroupInServiceInstances",
        metrics.pending: "GroupPendingInstances",
        metrics.terminating: "GroupTerminatingInstances",
        metrics.standby: "GroupStandbyInstances",
        metrics.total: "GroupTotalInstances",
        metrics.desired: "GroupDesiredCapacity",
        metrics.min: "GroupMinSize",
        metrics.max: "GroupMaxSize",
    }
    for metric, name in sizes.items():
        assert (metric.namespace, metric.name, metric.dimensions) == ("AWS/AutoScaling", name, own)
