from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from cloudkit import InvalidRequest
from cloudkit.autoscaling import AutoScalingGroup, ScheduledAction, ScheduledActionNotFound
from cloudkit.ec2 import LaunchTemplate
from tests.autoscaling.answers import IMAGE, answer, refusal, world
from tests.conftest import Rig
from tests.faults import FaultServer


@pytest.fixture
def made(rig: Rig) -> AutoScalingGroup:
    template = LaunchTemplate.create(rig.name("web"), image=IMAGE, type="t3.micro")
    return AutoScalingGroup.create(rig.name("web"), template, min=0, max=4)


def test_life(rig: Rig, made: AutoScalingGroup) -> None:
    action = made.schedule("evening", "0 20 * * *", min=0, desired=0, zone="Europe/Berlin")
    assert (action.cron, action.zone) == ("0 20 * * *", "Europe/Berlin")
    assert (action.min, action.max, action.desired) == (0, None, 0)
    made.schedule("evening", "0 21 * * *", max=2)
    assert action.refresh().max == 2
    assert made.schedules().one() == action == ScheduledAction.get(made.name, "evening")
    action.delete()
    action.delete()
    assert not action.exists()
    with pytest.raises(ScheduledActionNotFound, match="no such scheduled action"):
        action.refresh()


def test_once(faults: FaultServer) -> None:
    cloud = world(faults, PutScheduledUpdateGroupAction=[answer("PutScheduledUpdateGroupAction")])
    start = datetime(2030, 1, 1, 8, tzinfo=timezone(timedelta(hours=1)))
    AutoScalingGroup("web", cloud=cloud).schedule("launch", desired=4, start=start, end=start)
    form = faults.requests[0].form
    assert form["StartTime"] == form["EndTime"] == "2030-01-01T07:00:00Z"
    assert "Recurrence" not in form


def test_what_aws_refuses_is_refused_before(faults: FaultServer) -> None:
    group = AutoScalingGroup("web", cloud=faults.cloud())
    for cron, more in (
        ("0 20 * * *", {}),
        (None, {"desired": 2}),
        ("0 20 * * *", {"min": 3, "desired": 2}),
        (None, {"desired": 2, "start": datetime(2030, 1, 1)}),  # noqa: DTZ001 - it has no zone
    ):
        with pytest.raises(InvalidRequest):
            group.schedule("x", cron, **more)
    assert faults.requests == []


def test_deleting_what_cannot_be(faults: FaultServer) -> None:
    cloud = world(faults, DeleteScheduledAction=[refusal("bad name")])
    with pytest.raises(InvalidRequest, match="bad name"):
        ScheduledAction("web", "x", cloud=cloud).delete()
    cloud = world(faults, DeleteScheduledAction=[refusal("Scheduled action name not found")])
    ScheduledAction("web", "x", cloud=cloud).delete()
    cloud = world(faults, DeleteScheduledAction=[refusal("Group web not found")])
    ScheduledAction("web", "x", cloud=cloud).delete()
