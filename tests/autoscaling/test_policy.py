from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import Alarm, InvalidRequest, Metric, TargetGroup
from cloudkit.autoscaling import (
    AutoScalingGroup,
    PolicyType,
    ScalingPolicy,
    ScalingPolicyNotFound,
    Step,
)
from cloudkit.autoscaling._scaling.stepping import adjustments, change_of
from cloudkit.autoscaling._scaling.tracking import tracking
from cloudkit.cloudwatch import Expression, expression
from cloudkit.ec2 import LaunchTemplate
from tests.autoscaling.answers import IMAGE, POLICY_ARN, answer, refusal, world
from tests.conftest import Rig
from tests.faults import FaultServer

BALANCER, GROUP = "app/web/50dc6c495c0c9188", "targetgroup/web-8080/943f017f100becff"


@pytest.fixture
def made(rig: Rig) -> AutoScalingGroup:
    template = LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")
    return AutoScalingGroup.create(rig.name("web"), template, min=0, max=4)


# -- target tracking ---------------------------------------------------------------------------------------------


def test_tracking_a_metric_of_aws_s_own(rig: Rig, made: AutoScalingGroup) -> None:
    policy = made.track(made.metrics.cpu, 50, warm_up=60)
    assert policy.type == PolicyType.TRACKING
    assert (policy.tracks, policy.target) == ("ASGAverageCPUUtilization", 50.0)
    assert made.policies().one() == policy == ScalingPolicy.get(made, policy.name)
    # The same metric again is the same policy.
    assert made.track(made.metrics.cpu, 60).refresh().target == 60.0
    assert len(made.policies().to_list()) == 1
    policy.delete()
    policy.delete()
    assert not policy.exists()


def test_two_groups_have_policies_of_the_same_name(rig: Rig, made: AutoScalingGroup) -> None:
    template = made.template_id
    assert template is not None
    other = AutoScalingGroup.create(rig.name("web"), template, min=0, max=4)
    made.track(made.metrics.cpu, 50)
    policy = other.track(other.metrics.cpu, 70)
    assert made.policies().one().target == 50.0
    policy.delete()
    assert made.policies().one().target == 50.0
    other.delete()


def test_missing(rig: Rig, made: AutoScalingGroup) -> None:
    with pytest.raises(ScalingPolicyNotFound, match="no such scaling policy") as caught:
        ScalingPolicy.get(made, "nothing")
    assert "policies()" in (caught.value.hint or "")
    with pytest.raises(InvalidRequest, match="is no Auto Scaling group"):
        ScalingPolicy(7, "x")  # type: ignore[arg-type]


def configured(metric: Any, faults: FaultServer, target: float = 10) -> Any:
    return tracking(metric, target, group="web", scale_in=True, cloud=faults.cloud())


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("CPUUtilization", "ASGAverageCPUUtilization"),
        ("NetworkIn", "ASGAverageNetworkIn"),
        ("NetworkOut", "ASGAverageNetworkOut"),
    ],
)
def test_what_aws_has_a_name_for(faults: FaultServer, name: str, known: str) -> None:
    own = {"AutoScalingGroupName": "web"}
    metric = Metric("AWS/EC2", name, own, cloud=faults.cloud())
    assert configured(metric, faults)["PredefinedMetricSpecification"] == {"PredefinedMetricType": known}
    for other in (
        metric.stat("Sum"),
        metric.stat("Average", period=60),
        Metric("AWS/EC2", name, {"AutoScalingGroupName": "other"}, cloud=faults.cloud()),
        Metric("AWS/EC2", "NetworkPacketsIn", own, cloud=faults.cloud()),
    ):
        assert "CustomizedMetricSpecification" in configured(other, faults)


def test_requests_for_each_target(faults: FaultServer) -> None:
    where = {"LoadBalancer": BALANCER, "TargetGroup": GROUP}
    metric = Metric(
        "AWS/ApplicationELB", "RequestCountPerTarget", where, statistic="Sum", cloud=faults.cloud()
    )
    assert configured(metric, faults, 1000) == {
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": f"{BALANCER}/{GROUP}",
        },
        "TargetValue": 1000.0,
    }


def test_requests_for_each_target_of_a_real_one(rig: Rig, made: AutoScalingGroup) -> None:
    from cloudkit import LoadBalancer

    balancer = LoadBalancer.create(rig.name("web"))
    (group,) = balancer.target_groups()
    policy = made.attach_to(balancer).track(group.refresh().metrics.requests_per_target, 1000)
    assert policy.tracks == "ALBRequestCountPerTarget"
    label = policy.raw["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]["ResourceLabel"]
    assert balancer.arn.endswith(label.partition("/targetgroup/")[0])
    assert TargetGroup(group.arn).arn.endswith(label.partition("/targetgroup/")[2])
    balancer.delete()


def test_a_metric_of_one_s_own(faults: FaultServer) -> None:
    metric = Metric("App", "jobs", {"Queue": "a"}, statistic="Maximum", period=10, cloud=faults.cloud())
    assert configured(metric, faults)["CustomizedMetricSpecification"] == {
        "Namespace": "App",
        "MetricName": "jobs",
        "Dimensions": [{"Name": "Queue", "Value": "a"}],
        "Statistic": "Maximum",
        "Period": 10,
    }


def test_a_percentile(faults: FaultServer) -> None:
    (row,) = configured(Metric("App", "latency", cloud=faults.cloud()).stat("p99"), faults)[
        "CustomizedMetricSpecification"
    ]["Metrics"]
    assert row["MetricStat"]["Stat"] == "p99"
    assert "ReturnData" not in row


def test_an_expression(rig: Rig, made: AutoScalingGroup) -> None:
    jobs = Metric("App", "jobs", statistic="Sum")
    backlog = jobs / made.metrics.in_service
    policy = made.track(backlog, 100, name="backlog", scale_in=False)
    configuration = policy.raw["TargetTrackingConfiguration"]
    first, second, last = configuration["CustomizedMetricSpecification"]["Metrics"]
    assert (first["ReturnData"], second["ReturnData"], last["ReturnData"]) == (False, False, True)
    assert last["Expression"] == policy.tracks == "m1 / m2"
    assert second["MetricStat"]["Metric"]["MetricName"] == "GroupInServiceInstances"
    assert configuration["DisableScaleIn"] is True


def test_what_cannot_be_tracked(faults: FaultServer) -> None:
    cloud = faults.cloud()
    group = AutoScalingGroup("web", cloud=cloud)
    metrics = [Metric("App", f"jobs-{number}", cloud=cloud) for number in range(11)]
    total: Expression = metrics[0] + metrics[1]
    for more in metrics[2:]:
        total = total + more
    wrong: list[tuple[Any, float, str]] = [
        (group.metrics.cpu, 0, "target=0"),
        (group.metrics.cpu, float("inf"), "target=inf"),
        (group.metrics.cpu, True, "target=True"),
        ("cpu", 50, "is no metric"),
        (total, 50, "an expression of 11 metrics"),
        (expression("SEARCH('{App} jobs', 'Sum')", cloud=cloud), 50, "an expression of 0 metrics"),
        (Metric("App", "jobs", period=300, cloud=cloud), 50, "period=300"),
        (Metric("App", "jobs", cloud=cloud.in_region("eu-west-1")), 50, "is in eu-west-1"),
    ]
    for metric, target, said in wrong:
        with pytest.raises(InvalidRequest, match=said):
            group.track(metric, target)
    with pytest.raises(InvalidRequest, match="name="):
        group.track(group.metrics.cpu, 50, name="x" * 256)
    assert faults.requests == []


# -- steps -------------------------------------------------------------------------------------------------------


def test_steps_with_an_alarm_of_their_own(rig: Rig, made: AutoScalingGroup) -> None:
    policy = made.step(made.metrics.cpu > 80, steps={0: 1, 10: 3}, for_="10m", name="hot")
    assert policy.type == PolicyType.STEP
    assert policy.adjustment == "ChangeInCapacity"
    assert policy.steps == (Step(1, 0.0, 10.0), Step(3, 10.0, None))
    alarm = policy.alarms().one()
    assert alarm.name == f"{made.name} hot"
    assert (alarm.threshold, alarm.for_, alarm.notify) == (80.0, "10m", (policy.arn,))
    made.step(made.metrics.cpu > 90, steps={0: 1, 10: 3}, for_="10m", name="hot")
    assert policy.alarms().one().threshold == 90.0
    policy.delete()
    assert not alarm.exists()
    policy.delete()


def test_steps_with_an_alarm_that_is_there(rig: Rig, made: AutoScalingGroup) -> None:
    queue = "arn:aws:sns:us-east-1:123456789012:news"
    alarm = Alarm.create(rig.name("idle"), made.metrics.cpu < 10, for_="5m", notify=queue)
    policy = made.step(alarm, remove=1)
    assert policy.name == alarm.name
    assert policy.steps == (Step(-1, None, 0.0),)
    assert alarm.refresh().notify == (queue, policy.arn)
    made.step(alarm, remove=2)
    assert alarm.refresh().notify == (queue, policy.arn)
    policy.delete()
    assert alarm.exists()  # it tells another one too
    alarm.delete()


@pytest.mark.parametrize(
    ("change", "kind", "number"),
    [
        ({"add": 2}, "ChangeInCapacity", 2),
        ({"remove": 2}, "ChangeInCapacity", -2),
        ({"to": 0}, "ExactCapacity", 0),
        ({"percent": 25}, "PercentChangeInCapacity", 25),
        ({"percent": -50}, "PercentChangeInCapacity", -50),
    ],
)
def test_changes(faults: FaultServer, change: dict[str, Any], kind: str, number: int) -> None:
    answered = answer("PutScalingPolicy", f"<PolicyARN>{POLICY_ARN}</PolicyARN>")
    cloud = world(
        faults,
        PutScalingPolicy=[answered],
        DescribeAlarms=[answer("DescribeAlarms")],
        PutMetricAlarm=[answer("PutMetricAlarm")],
    )
    group = AutoScalingGroup("web", cloud=cloud)
    group.step(group.metrics.cpu >= 80, **change)
    form = faults.requests[0].form
    assert form["AdjustmentType"] == kind
    assert form["StepAdjustments.member.1.ScalingAdjustment"] == str(number)
    assert form["StepAdjustments.member.1.MetricIntervalLowerBound"] == "0.0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "nothing: one of"),
        ({"add": 1, "to": 3}, "add and to: one of"),
        ({"add": 0}, "add=0"),
        ({"remove": -1}, "remove=-1"),
        ({"to": -1}, "to=-1"),
        ({"percent": 0.2}, "percent=0.2"),
        ({"steps": {}}, "begin at the threshold"),
        ({"steps": {5: 1}}, "begin at the threshold"),
        ({"steps": {float(number): 1 for number in range(21)}}, "21 steps"),
        ({"add": 1, "for_": "7m"}, "for_="),
    ],
)
def test_changes_that_are_none(faults: FaultServer, change: dict[str, Any], said: str) -> None:
    group = AutoScalingGroup("web", cloud=faults.cloud())
    with pytest.raises(InvalidRequest, match=said):
        group.step(group.metrics.cpu > 80, **change)
    assert faults.requests == []


def test_what_sets_off_nothing(faults: FaultServer) -> None:
    group = AutoScalingGroup("web", cloud=faults.cloud())
    for when, said in (
        (group.metrics.cpu, "neither a condition nor an alarm"),
        (group.metrics.cpu.above_band(2), "not with a band"),
        (Metric("App", "x", cloud=faults.cloud().in_region("eu-west-1")) > 1, "is in eu-west-1"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            group.step(when, add=1)  # type: ignore[arg-type]
    assert faults.requests == []


def test_an_alarm_on_an_expression_sets_off_nothing(rig: Rig, made: AutoScalingGroup) -> None:
    both = Metric("App", "errors") / Metric("App", "requests")
    alarm = Alarm.create(rig.name("errors"), both > 0.5, for_="5m")
    with pytest.raises(InvalidRequest, match="on an expression or a band"):
        made.step(alarm, add=1)
    assert made.policies().to_list() == []


@given(
    st.dictionaries(st.floats(0.5, 1e6), st.integers(-50, 50), max_size=18),
    st.integers(-50, 50),
    st.sampled_from(["above", "below"]),
)
def test_steps_cover_all_past_the_threshold_once(steps: dict[float, int], first: int, side: str) -> None:
    """Of any value past the threshold exactly one step is about it; of none before it, any."""
    change = change_of(add=None, remove=None, to=None, percent=None, steps={0: first, **steps})
    metric = Metric("App", "load")
    rows = adjustments(change, metric > 100 if side == "above" else metric < 100)
    sign = 1 if side == "above" else -1
    near = [
        sign * row.get("MetricIntervalLowerBound" if sign > 0 else "MetricIntervalUpperBound", 0)
        for row in rows
    ]
    far = [row.get("MetricIntervalUpperBound" if sign > 0 else "MetricIntervalLowerBound") for row in rows]
    assert near[0] == 0
    assert near == sorted(near)
    assert far[-1] is None
    assert [each for each in far if each is not None] == [sign * each for each in near[1:]]
    assert all(one < two for one, two in pairwise(near))
    assert [row["ScalingAdjustment"] for row in rows] == [
        change for _, change in sorted({0.0: first, **steps}.items())
    ]


# -- deleting ----------------------------------------------------------------------------------------------------


def test_deleting_what_somebody_deletes_meanwhile(faults: FaultServer) -> None:
    row = (
        f"<ScalingPolicies><member><PolicyName>busy</PolicyName><PolicyARN>{POLICY_ARN}</PolicyARN>"
        "<PolicyType>TargetTrackingScaling</PolicyType></member></ScalingPolicies>"
    )
    for said in ("Policy name not found", "Group web not found"):
        cloud = world(
            faults, DescribePolicies=[answer("DescribePolicies", row)], DeletePolicy=[refusal(said)]
        )
        ScalingPolicy("web", "busy", cloud=cloud).delete()
    cloud = world(
        faults, DescribePolicies=[answer("DescribePolicies", row)], DeletePolicy=[refusal("bad name")]
    )
    with pytest.raises(InvalidRequest, match="bad name"):
        ScalingPolicy("web", "busy", cloud=cloud).delete()
