from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cloudkit import (
    Alarm,
    AlarmNotFound,
    AlreadyExists,
    Cloud,
    CompositeAlarm,
    Conflict,
    InvalidRequest,
    Metric,
    local,
)
from cloudkit.cloudwatch import EventKind
from cloudkit.testing import FakeClock
from tests.cloudwatch.answers import alarms, asked, error, nothing, operations
from tests.cloudwatch.seed import settle
from tests.faults import FaultServer

TOPIC = "arn:aws:sns:us-east-1:123456789012:ops"


@pytest.fixture
def world() -> Iterator[Cloud]:
    """An embedded cloud: a moto server has no composite alarms."""
    with local(clock=FakeClock()) as cloud:
        yield cloud


@pytest.fixture
def pair(world: Cloud) -> tuple[Alarm, Alarm]:
    made = [settle(Alarm.create(name, Metric("App", name) > 1, for_="5m")) for name in ("slow", "errors")]
    return made[0], made[1]


SCALE = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:autoScalingGroupName/a:policyName/b"


def row(**more: Any) -> dict[str, Any]:
    return {
        "AlarmName": "shop",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop",
        "AlarmRule": 'ALARM("slow")',
        "StateValue": "OK",
        "ActionsEnabled": True,
        **more,
    }


def test_what_is_asked(faults: FaultServer) -> None:
    faults.replies(alarms())
    faults.otherwise(nothing)
    cloud = faults.cloud()
    slow = Alarm("slow", cloud=cloud)
    CompositeAlarm.create(
        "shop",
        slow & ~Alarm("b", cloud=cloud),
        notify=TOPIC,
        description="x",
        suppressor=slow,
        suppressor_wait=30,
        tags={"a": "b"},
        cloud=cloud,
    )
    assert operations(faults.requests) == ["DescribeAlarms", "PutCompositeAlarm"]
    assert asked(faults.requests[0])["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm"]
    said = asked(faults.requests[1])
    assert (said["AlarmName"], said["AlarmRule"]) == ("shop", 'ALARM("slow") AND NOT ALARM("b")')
    assert (said["AlarmActions"], said["ActionsSuppressor"]) == ([TOPIC], "slow")
    assert (int(said["ActionsSuppressorWaitPeriod"]), int(said["ActionsSuppressorExtensionPeriod"])) == (
        30,
        60,
    )
    assert said["Tags"] == [{"Key": "a", "Value": "b"}]


def test_it_follows_its_alarms(pair: tuple[Alarm, Alarm]) -> None:
    slow, errors = pair
    shop = CompositeAlarm.create("shop", slow & ~errors, notify=TOPIC)
    assert shop.state == "OK"
    settle(slow, "ALARM")
    assert shop.wait("ALARM").reason is not None
    above = CompositeAlarm.create("above", shop | errors)
    assert above.state == "ALARM"
    settle(errors, "ALARM")
    assert shop.refresh().state == "OK"
    assert above.refresh().state == "ALARM"
    states = [event.new_state for event in shop.history(kind="StateUpdate", oldest_first=True)]
    assert states == ["OK", "ALARM", "OK"]
    assert shop.history().to_list()[-1].kind is EventKind.SETTINGS


def test_it_is_another_thing_than_an_alarm(pair: tuple[Alarm, Alarm]) -> None:
    slow, _ = pair
    shop = CompositeAlarm.create("shop", slow)
    assert [each.name for each in CompositeAlarm.list()] == ["shop"]
    assert "shop" not in [each.name for each in Alarm.list()]
    with pytest.raises(AlarmNotFound):
        Alarm.get("shop")
    with pytest.raises(AlarmNotFound, match="composite"):
        CompositeAlarm.get("slow")
    assert CompositeAlarm.get("shop") == shop != Alarm("shop")
    for taken in ("shop", "slow"):
        with pytest.raises(AlreadyExists):
            CompositeAlarm.create(taken, pair[1])
    with pytest.raises(AlreadyExists):
        Alarm.create("shop", Metric("App", "x") > 1, for_="5m")
    assert CompositeAlarm.find("sh") == shop
    assert CompositeAlarm.find("sh", state="ALARM") is None


def test_one_that_is_there_is_taken(pair: tuple[Alarm, Alarm]) -> None:
    slow, errors = pair
    shop = CompositeAlarm.ensure("shop", slow, notify=TOPIC, tags={"a": "b"}, suppressor=errors)
    assert CompositeAlarm.ensure("shop", slow, notify=[TOPIC], tags={"a": "b"}) == shop
    with pytest.raises(Conflict, match='rule is ALARM."slow"., not'):
        CompositeAlarm.ensure("shop", slow | errors)
    with pytest.raises(Conflict, match="tag a is b, not c"):
        CompositeAlarm.ensure("shop", slow, tags={"a": "c"})
    CompositeAlarm.ensure("shop", slow | errors, update=True, tags={"c": "d"})
    assert (shop.refresh().rule, shop.notify, shop.suppressor) == (
        'ALARM("slow") OR ALARM("errors")',
        (TOPIC,),
        "errors",
    )
    assert dict(shop.tags) == {"a": "b", "c": "d"}
    shop.update(description="x")
    assert (shop.description, shop.rule) == ("x", 'ALARM("slow") OR ALARM("errors")')
    shop.delete()
    shop.delete()
    assert not shop.exists()


def test_it_is_tried_and_muted(pair: tuple[Alarm, Alarm]) -> None:
    shop = CompositeAlarm.create("shop", pair[0])
    with shop.muted() as muted:
        assert not muted.enabled
    assert shop.enabled
    assert not shop.disable().enabled
    assert shop.enable().enabled


def test_what_is_refused_before(faults: FaultServer) -> None:
    cloud = faults.cloud()
    slow = Alarm("slow", cloud=cloud)
    several: tuple[Callable[[], object], ...] = (
        lambda: CompositeAlarm.create("shop", "slow", cloud=cloud),  # type: ignore[arg-type]
        lambda: CompositeAlarm.create("slow", slow, cloud=cloud),
        lambda: CompositeAlarm.create("shop", slow, suppressor_wait=3, cloud=cloud),
        lambda: CompositeAlarm.create("shop", slow, notify="x", cloud=cloud),
        lambda: CompositeAlarm.create("", slow, cloud=cloud),
        lambda: CompositeAlarm.create(
            "shop", slow, notify="arn:aws:automate:us-east-1:ec2:stop", cloud=cloud
        ),
        lambda: CompositeAlarm.create("shop", slow, notify_ok=SCALE, cloud=cloud),
        lambda: CompositeAlarm.create("shop", slow, cloud=cloud.in_region("eu-west-1")),
        lambda: CompositeAlarm("shop", cloud=cloud.in_region("eu-west-1")).update(suppressor=slow),
    )
    for wrong in several:
        with pytest.raises(InvalidRequest):
            wrong()
    assert faults.requests == []


def test_an_update_keeps_what_is_not_named(faults: FaultServer) -> None:
    faults.replies(alarms(composite=[row(ActionsEnabled=False, OKActions=[TOPIC], StateReason="x")]))
    faults.otherwise(nothing)
    CompositeAlarm("shop", cloud=faults.cloud()).update(description="x")
    said = asked(faults.requests[1])
    assert (said["AlarmRule"], said["OKActions"], str(said["ActionsEnabled"]).lower()) == (
        'ALARM("slow")',
        [TOPIC],
        "false",
    )
    assert "StateReason" not in said


def test_one_that_others_name_is_not_deleted(faults: FaultServer) -> None:
    faults.otherwise(error("ResourceConflict", 409))
    with pytest.raises(Conflict):
        CompositeAlarm("shop", cloud=faults.cloud()).delete()
