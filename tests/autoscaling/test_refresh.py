from __future__ import annotations

import pytest

from cloudkit import Alarm, Conflict, InvalidRequest, WaitFailed, WaitTimeout
from cloudkit.autoscaling import (
    AutoScalingGroup,
    InstanceRefresh,
    InstanceRefreshNotFound,
    RefreshStatus,
)
from cloudkit.ec2 import LaunchTemplate
from tests.autoscaling.answers import IMAGE, LOST, answer, group, refreshes, refusal, world
from tests.conftest import Rig
from tests.faults import FaultServer

STARTED = answer("StartInstanceRefresh", "<InstanceRefreshId>r-1</InstanceRefreshId>")
BUSY = refusal("An Instance Refresh is already in progress", "InstanceRefreshInProgress")
INACTIVE = refusal("No in progress Instance Refresh found", "ActiveInstanceRefreshNotFound")


@pytest.fixture
def made(rig: Rig) -> AutoScalingGroup:
    template = LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")
    template.create_version(base=1, type="t3.small")
    return AutoScalingGroup.create(rig.name("web"), template, min=0, max=4, desired=2)


def test_all_are_replaced(rig: Rig, made: AutoScalingGroup) -> None:
    before = made.instances().ids
    refresh = made.replace_instances(version=2, min_healthy=50, wait=True)
    assert (refresh.status, refresh.percent, refresh.left) == ("Successful", 100, 0)
    assert refresh.done
    assert refresh.started is not None
    assert refresh.ended is not None
    assert not {*before} & {*made.refresh().instances().ids}
    assert made.template_version == "2"
    assert {member.type for member in made.members} == {"t3.small"}
    assert made.refreshes().one() == refresh == InstanceRefresh.get(made, refresh.id)


def test_one_at_a_time(rig: Rig, made: AutoScalingGroup) -> None:
    refresh = made.replace_instances()
    assert refresh.status == RefreshStatus.PENDING
    assert not refresh.done
    with pytest.raises(Conflict, match="in progress") as caught:
        made.replace_instances()
    assert "refreshes()" in (caught.value.hint or "")
    assert refresh.cancel().wait("Cancelled").done
    refresh.cancel()
    with pytest.raises(WaitFailed, match="is Cancelled"):
        refresh.wait()
    made.replace_instances(wait=True)
    assert len(made.refreshes().to_list()) == 2


def test_rollback(rig: Rig, made: AutoScalingGroup) -> None:
    with pytest.raises(Conflict, match="desired configuration") as caught:
        made.replace_instances().rollback()
    assert "template=" in (caught.value.hint or "")
    made.refreshes().to_list()[0].cancel().wait("Cancelled")
    refresh = made.replace_instances(version=2).rollback().wait("RollbackSuccessful")
    refresh.rollback()
    assert made.refresh().template_version == "$Default"


def test_missing(rig: Rig, made: AutoScalingGroup) -> None:
    with pytest.raises(InstanceRefreshNotFound):
        InstanceRefresh.get(made, "11111111-1111-1111-1111-111111111111")
    assert made.refreshes().to_list() == []


def test_preferences(faults: FaultServer) -> None:
    cloud = world(faults, StartInstanceRefresh=[STARTED])
    AutoScalingGroup("web", cloud=cloud).replace_instances(
        min_healthy=100,
        max_healthy=150,
        warm_up=60,
        skip_matching=True,
        checkpoints=[50, 100],
        checkpoint_delay=600,
        bake=30,
        roll_back=True,
        alarms=[Alarm("slow", cloud=cloud), "errors"],
        protected="replace",
        standby="terminate",
    )
    form = faults.requests[0].form
    told = {name.removeprefix("Preferences."): value for name, value in form.items() if "Preferences" in name}
    assert told == {
        "MinHealthyPercentage": "100",
        "MaxHealthyPercentage": "150",
        "InstanceWarmup": "60",
        "SkipMatching": "true",
        "CheckpointPercentages.member.1": "50",
        "CheckpointPercentages.member.2": "100",
        "CheckpointDelay": "600",
        "BakeTime": "30",
        "AutoRollback": "true",
        "AlarmSpecification.Alarms.member.1": "slow",
        "AlarmSpecification.Alarms.member.2": "errors",
        "ScaleInProtectedInstances": "Refresh",
        "StandbyInstances": "Terminate",
    }
    AutoScalingGroup("web", cloud=cloud).replace_instances()
    assert not any("Preferences" in name for name in faults.requests[1].form)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_healthy": 101}, "min_healthy=101"),
        ({"max_healthy": 99, "min_healthy": 50}, "max_healthy=99"),
        ({"max_healthy": 150}, "goes with a min_healthy"),
        ({"max_healthy": 200, "min_healthy": 90}, "at most 100 less"),
        ({"checkpoints": [50, 50]}, "percents that grow"),
        ({"checkpoints": [0]}, "percents that grow"),
        ({"checkpoint_delay": 5}, "without checkpoints="),
        ({"bake": 10**6}, "bake=1000000"),
        ({"alarms": [f"a{number}" for number in range(11)]}, "11 alarms"),
        ({"protected": "kill"}, "protected='kill'"),
        ({"standby": "kill"}, "standby='kill'"),
    ],
)
def test_what_aws_refuses_is_refused_before(
    faults: FaultServer, options: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        AutoScalingGroup("web", cloud=faults.cloud()).replace_instances(**options)  # type: ignore[arg-type]
    assert faults.requests == []


def test_a_lost_answer_finds_what_was_begun(faults: FaultServer) -> None:
    cloud = world(
        faults,
        attempts=3,
        StartInstanceRefresh=[LOST, BUSY],
        DescribeInstanceRefreshes=[refreshes("InProgress", id="r-7")],
    )
    assert AutoScalingGroup("web", cloud=cloud).replace_instances().id == "r-7"


def test_a_lost_answer_of_which_nothing_is_left_is_an_error(faults: FaultServer) -> None:
    cloud = world(
        faults,
        attempts=3,
        StartInstanceRefresh=[LOST, BUSY],
        DescribeInstanceRefreshes=[refreshes("Cancelled")],
    )
    with pytest.raises(Conflict):
        AutoScalingGroup("web", cloud=cloud).replace_instances()


def test_it_is_waited_for_as_it_goes(faults: FaultServer) -> None:
    cloud = world(
        faults,
        StartInstanceRefresh=[STARTED],
        DescribeInstanceRefreshes=[
            refreshes("Pending"),
            refreshes("InProgress", percent=33),
            refreshes("Baking", percent=100),
            refreshes("Successful", percent=100),
        ],
    )
    assert AutoScalingGroup("web", cloud=cloud).replace_instances(wait=True).percent == 100


@pytest.mark.parametrize("end", ["Failed", "Cancelled", "RollbackInProgress", "RollbackSuccessful"])
def test_an_end_that_is_not_the_wanted_one(faults: FaultServer, end: str) -> None:
    reason = "Cancelled due to 1 unhealthy instances"
    cloud = world(faults, DescribeInstanceRefreshes=[refreshes("InProgress"), refreshes(end, reason=reason)])
    with pytest.raises(WaitFailed, match=end) as caught:
        InstanceRefresh("web", "r-1", cloud=cloud).wait()
    assert caught.value.reason == reason


def test_one_that_takes_too_long_goes_on(faults: FaultServer) -> None:
    cloud = world(faults, DescribeInstanceRefreshes=[refreshes("InProgress")])
    with pytest.raises(WaitTimeout, match="is InProgress"):
        InstanceRefresh("web", "r-1", cloud=cloud).wait(timeout=60)
    with pytest.raises(InvalidRequest, match="state='Failed'"):
        InstanceRefresh("web", "r-1", cloud=cloud).wait("Failed")


def test_ending_what_has_ended(faults: FaultServer) -> None:
    cloud = world(
        faults,
        CancelInstanceRefresh=[INACTIVE],
        RollbackInstanceRefresh=[INACTIVE],
        DescribeInstanceRefreshes=[refreshes("Successful")],
    )
    refresh = InstanceRefresh("web", "r-1", cloud=cloud)
    for end in (refresh.cancel, refresh.rollback):
        with pytest.raises(Conflict) as caught:
            end()
        assert "refresh.status" in (caught.value.hint or "")


def test_a_new_version_keeps_the_mix(faults: FaultServer) -> None:
    mixed = (
        b"<MixedInstancesPolicy><LaunchTemplate><LaunchTemplateSpecification><LaunchTemplateId>lt-1"
        b"</LaunchTemplateId><Version>1</Version></LaunchTemplateSpecification><Overrides><member><InstanceType>"
        b"t3.small</InstanceType></member></Overrides></LaunchTemplate></MixedInstancesPolicy><Tags>"
    )
    plain = group()
    told = type(plain)(plain.status, plain.body.replace(b"<Tags>", mixed), plain.headers)
    cloud = world(faults, StartInstanceRefresh=[STARTED], DescribeAutoScalingGroups=[told])
    AutoScalingGroup("web", cloud=cloud).replace_instances(version=2)
    form = faults.requests[-1].form
    place = "DesiredConfiguration.MixedInstancesPolicy.LaunchTemplate"
    assert form[f"{place}.LaunchTemplateSpecification.Version"] == "2"
    assert form[f"{place}.Overrides.member.1.InstanceType"] == "t3.small"


def test_all_pages_are_read(faults: FaultServer) -> None:
    first = refreshes("Successful", id="r-2")
    paged = b"<NextToken>more</NextToken></DescribeInstanceRefreshesResult>"
    more = type(first)(
        first.status, first.body.replace(b"</DescribeInstanceRefreshesResult>", paged), first.headers
    )
    cloud = world(faults, DescribeInstanceRefreshes=[more, refreshes("Failed", id="r-1"), more])
    group = AutoScalingGroup("web", cloud=cloud)
    assert [each.id for each in group.refreshes()] == ["r-2", "r-1"]
    assert faults.requests[1].form["NextToken"] == "more"
    newest = group.refreshes().first()
    assert newest is not None
    assert (newest.id, len(faults.requests)) == ("r-2", 3)
    assert faults.requests[2].form["MaxRecords"] == "1"
