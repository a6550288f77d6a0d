from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from cloudkit import (
    AccessDenied,
    Alarm,
    AlarmNotFound,
    AlreadyExists,
    Cloud,
    CloudError,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    Metric,
    Topic,
    WaitTimeout,
    deadline,
    local,
)
from cloudkit.cloudwatch import AlarmState, Comparison, Condition, EventKind, Missing, expression, sum_of
from cloudkit.cloudwatch.maths import Computed
from cloudkit.testing import FakeClock
from tests.cloudwatch.answers import NOON, alarm, alarms, answer, asked, error, nothing, operations
from tests.cloudwatch.seed import settle
from tests.conftest import Rig
from tests.faults import FaultServer, Reply, Request

TOPIC = "arn:aws:sns:us-east-1:123456789012:ops"
HERE = Cloud(region="us-east-1")
LOAD = Metric("App", "load", {"Host": "web-1"}, cloud=HERE)
BOX = Metric("AWS/EC2", "StatusCheckFailed", {"InstanceId": "i-0123456789abcdef0"}, cloud=HERE)


@pytest.fixture
def world() -> Iterator[Cloud]:
    """An embedded cloud, which has what moto lacks."""
    with local(clock=FakeClock()) as cloud:
        yield cloud


def put_by(faults: FaultServer, make: Callable[[Cloud], object]) -> dict[str, Any]:
    """What PutMetricAlarm is asked."""
    faults.replies(alarms())
    faults.otherwise(nothing)
    make(faults.cloud())
    assert operations(faults.requests)[-1] == "PutMetricAlarm"
    return asked(faults.requests[-1])


def load(cloud: Cloud, **more: Any) -> Metric:
    return Metric("App", "load", {"Host": "web-1"}, cloud=cloud, **more)


# -- what is sent ------------------------------------------------------------------------------------------------


def test_an_alarm_in_words(faults: FaultServer) -> None:
    said = put_by(
        faults,
        lambda cloud: Alarm.when(
            load(cloud) > 80,
            "5m",
            notify=Topic(TOPIC, cloud=cloud),
            notify_ok=[TOPIC, "arn:aws:lambda:us-east-1:123456789012:function:f"],
            datapoints=3,
            missing="breaching",
            description="busy",
            tags={"team": "web"},
        ),
    )
    assert said["AlarmName"] == "load Host=web-1 Average > 80 for 5m"
    assert (said["Namespace"], said["MetricName"], said["Statistic"]) == ("App", "load", "Average")
    assert said["Dimensions"] == [{"Name": "Host", "Value": "web-1"}]
    assert said["ComparisonOperator"] == "GreaterThanThreshold"
    assert (float(said["Threshold"]), int(said["Period"])) == (80, 60)
    assert (int(said["EvaluationPeriods"]), int(said["DatapointsToAlarm"])) == (5, 3)
    assert said["TreatMissingData"] == "breaching"
    assert said["AlarmActions"] == [TOPIC]
    assert said["OKActions"] == [TOPIC, "arn:aws:lambda:us-east-1:123456789012:function:f"]
    assert said["AlarmDescription"] == "busy"
    assert said["Tags"] == [{"Key": "team", "Value": "web"}]
    assert (
        not {"ExtendedStatistic", "Metrics", "Unit", "ActionsEnabled", "InsufficientDataActions"}
        & said.keys()
    )


@pytest.mark.parametrize(
    ("compare", "operator"),
    [
        (lambda metric: metric > 1, "GreaterThanThreshold"),
        (lambda metric: metric >= 1, "GreaterThanOrEqualToThreshold"),
        (lambda metric: metric < 1, "LessThanThreshold"),
        (lambda metric: metric <= 1, "LessThanOrEqualToThreshold"),
        (lambda metric: 1 > metric, "LessThanThreshold"),  # noqa: SIM300 - it is about that
    ],
)
def test_each_comparison(compare: Callable[[Metric], Condition], operator: str, faults: FaultServer) -> None:
    said = put_by(faults, lambda cloud: Alarm.when(compare(load(cloud)), "1m"))
    assert said["ComparisonOperator"] == operator


def test_percentiles_stand_in_a_field_of_their_own(faults: FaultServer) -> None:
    said = put_by(faults, lambda cloud: Alarm.when(load(cloud).stat("p99.9") > 1, "1m", few_samples="ignore"))
    assert said["ExtendedStatistic"] == "p99.9"
    assert said["EvaluateLowSampleCountPercentile"] == "ignore"
    assert "Statistic" not in said


def test_an_alarm_on_maths(faults: FaultServer) -> None:
    said = put_by(
        faults, lambda cloud: Alarm.when(load(cloud) / load(cloud).stat("Sum", period="5m") > 0.5, "10m")
    )
    queries = {query["Id"]: query for query in said["Metrics"]}
    assert queries["e3"]["Expression"] == "m1 / m2"
    assert [str(queries[each]["ReturnData"]).lower() for each in ("m1", "m2", "e3")] == [
        "false",
        "false",
        "true",
    ]
    assert (float(said["Threshold"]), int(said["EvaluationPeriods"])) == (0.5, 2)
    assert not {"Namespace", "MetricName", "Dimensions", "Period", "Statistic"} & said.keys()


def test_an_alarm_on_what_is_usual(faults: FaultServer) -> None:
    said = put_by(faults, lambda cloud: Alarm.when(load(cloud).outside_band(3), "10m"))
    assert said["ComparisonOperator"] == "LessThanLowerOrGreaterThanUpperThreshold"
    assert said["ThresholdMetricId"] == "band"
    metric, band = said["Metrics"]
    assert band["Expression"] == "ANOMALY_DETECTION_BAND(m1, 3)"
    assert metric["MetricStat"]["Stat"] == "Average"
    assert "Threshold" not in said


def test_all_metrics_of_an_alarm_have_its_period(faults: FaultServer) -> None:
    """With periods of a minute it would look at three minutes, and not at fifteen."""

    def make(cloud: Cloud) -> Alarm:
        return Alarm.when(load(cloud, period=60) / load(cloud, every=300).stat("Sum") > 1, "15m", period="5m")

    said = put_by(faults, make)
    assert int(said["EvaluationPeriods"]) == 3
    assert [int(each["MetricStat"]["Period"]) for each in said["Metrics"] if "MetricStat" in each] == [
        300,
        300,
    ]


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (1_234_567, "1234567"),
        (1_234_568.5, "1234568.5"),
        (0.1, "0.1"),
        (-80, "-80"),
        (1e20, "1e+20"),
        (2.0, "2"),
    ],
)
def test_a_threshold_is_named_with_all_its_digits(threshold: float, said: str) -> None:
    """Two alarms of different thresholds never have one name: the second would replace the first."""
    assert str(threshold < LOAD) == f"load Host=web-1 Average > {said}"
    assert float(said) == threshold


def test_what_is_done_to_an_instance(faults: FaultServer) -> None:
    recover = "arn:aws:automate:us-east-1:ec2:recover"

    def make(cloud: Cloud) -> Alarm:
        return Alarm.when(
            Metric("AWS/EC2", "x", {"InstanceId": "i-1"}, cloud=cloud) > 0, "2m", notify=[recover, TOPIC]
        )

    assert put_by(faults, make)["AlarmActions"] == [recover, TOPIC]


def test_a_new_condition_leaves_what_was_of_percentiles_behind(faults: FaultServer) -> None:
    was = alarm(Statistic=None, ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore")
    row = {name: value for name, value in was.items() if value is not None}
    faults.replies(alarms(row), nothing, alarms(row))
    faults.otherwise(nothing)
    cloud = faults.cloud()
    found = Alarm("slow", cloud=cloud).update(load(cloud) > 3)
    said = asked(faults.requests[1])
    assert said["Statistic"] == "Average"
    assert "EvaluateLowSampleCountPercentile" not in said
    found.update(load(cloud).stat("p90") > 3)
    assert asked(faults.requests[3])["EvaluateLowSampleCountPercentile"] == "ignore"


def test_the_period_is_that_of_the_values(faults: FaultServer) -> None:
    said = put_by(faults, lambda cloud: Alarm.when(load(cloud, every=300) > 1, "15m"))
    assert (int(said["Period"]), int(said["EvaluationPeriods"])) == (300, 3)
    with pytest.raises(InvalidRequest, match="no multiple") as caught:
        Alarm.when(load(HERE, every=300) > 1, "7m")
    assert "for_='5m'" in str(caught.value.hint)
    assert "every 5m" in str(caught.value.hint)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Alarm.when(LOAD > 1, "90s"),
        lambda: Alarm.when(LOAD > 1, "25h"),
        lambda: Alarm.when(LOAD > 1, "8d", period="1h"),
        lambda: Alarm.when(LOAD > 1, "5m", period=5),
        lambda: Alarm.when(LOAD > 1, "5m", period=90),
        lambda: Alarm.when(LOAD > 1, "5m", datapoints=0),
        lambda: Alarm.when(LOAD > 1, "5m", datapoints=6),
        lambda: Alarm.when(LOAD > 1, "5m", missing="zero"),
        lambda: Alarm.when(LOAD.stat("p99") > 1, "5m", few_samples="no"),
        lambda: Alarm.when(LOAD > 1, "5m", few_samples="ignore"),
        lambda: Alarm.when(LOAD.stat("Sum", period=60) / LOAD.stat("Sum", period=300) > 1, "5m"),
        lambda: Alarm.when(LOAD > 1, "5m", notify="arn:aws:automate:us-east-1:ec2:stop"),
        lambda: Alarm.when(BOX / LOAD > 1, "5m", notify="arn:aws:automate:us-east-1:ec2:stop"),
        lambda: Alarm.create("arn:aws:cloudwatch:sa-east-1:123456789012:alarm:x", LOAD > 1, for_="5m"),
        lambda: Alarm.when(LOAD > 1, "5m", notify="ops"),
        lambda: Alarm.when(LOAD > 1, "5m", notify=3),  # type: ignore[arg-type]
        lambda: Alarm.when(LOAD > 1, "5m", notify=[f"{TOPIC}{number}" for number in range(6)]),
        lambda: Alarm.when(LOAD > 1, "5m", notify=TOPIC.replace("us-east-1", "eu-west-1")),
        lambda: Alarm.when(LOAD > 1, "5m", description="x" * 1025),
        lambda: Alarm.when(LOAD > 1, "5m", name=""),
        lambda: Alarm.when(LOAD > 1, "5m", name="x" * 256),
        lambda: Alarm.when(LOAD > 1, "5m", tags={"aws:x": "y"}),
        lambda: Alarm.when(LOAD > 1, "5m", cloud=Cloud(region="eu-west-1")),
        lambda: Alarm.when(LOAD, "5m"),  # type: ignore[arg-type]
        lambda: Alarm.when(sum_of(*(Metric("App", str(n), cloud=HERE) for n in range(11))) > 1, "5m"),
        lambda: Alarm.when(expression("SUM(SEARCH('x', 'Sum'))", cloud=HERE) > 1, "5m"),
        lambda: Alarm.when(expression("x + SUM(SEARCH('x', 'Sum'))", x=LOAD) > 1, "5m"),
        lambda: Alarm.when(LOAD.labelled("x" * 250) > 1, "5m"),
        lambda: Alarm("x").update(for_="5m"),
        lambda: Alarm("x").update(datapoints=2),
        lambda: Alarm("x").wait("FINE"),
        lambda: Alarm("x").test("FINE"),
        lambda: Alarm("x").test(hold=-1),
        lambda: Alarm("x").history(kind="x"),
        lambda: Alarm.list(state="x"),
        lambda: Alarm("arn:aws:sns:us-east-1:123456789012:ops"),
    ],
)
def test_what_cloudwatch_would_refuse_is_refused_before(
    wrong: Callable[[], object], faults: FaultServer
) -> None:
    with faults.cloud(), pytest.raises(InvalidRequest):
        wrong()
    assert faults.requests == []


def test_as_long_as_cloudwatch_looks_back(faults: FaultServer) -> None:
    faults.otherwise(
        lambda request: alarms()(request) if "Describe" in operations([request])[0] else nothing(request)
    )
    cloud = faults.cloud()
    for for_, period in (("1d", None), ("7d", "1h"), ("7d", "1d"), (10, 10)):
        options: Any = {} if period is None else {"period": period}
        Alarm.when(load(cloud) > 1, for_, **options)
    assert operations(faults.requests).count("PutMetricAlarm") == 4


# -- what is there -----------------------------------------------------------------------------------------------


def test_it_is_made_and_read(rig: Rig) -> None:
    name = rig.name("slow")
    made = Alarm.create(
        name,
        Metric("App", "latency", {"Host": "a"}).stat("p99") >= 2.5,
        for_="10m",
        period="5m",
        missing="ignore",
    )
    found = Alarm.get(name)
    assert found == made
    assert (found.threshold, found.comparison, found.period, found.periods) == (
        2.5,
        Comparison.AT_LEAST,
        300,
        2,
    )
    assert (found.for_, found.datapoints, found.missing) == ("10m", 2, Missing.IGNORE)
    assert found.metric == Metric("App", "latency", {"Host": "a"}, statistic="p99", period=300)
    assert found.enabled
    assert found.state in AlarmState.known()
    assert found.arn.endswith(f":alarm:{name}")
    assert repr(found) == f"<Alarm {name} {found.state}>"
    assert Alarm(found.arn) == found
    assert Alarm(found.arn).threshold == 2.5
    assert (found.notify, found.description) == ((), None)


def test_of_maths(rig: Rig) -> None:
    name = rig.name("rate")
    condition = Metric("App", "errors").stat("Sum") / Metric("App", "requests").stat("Sum") > 0.1
    Alarm.create(name, condition, for_="10m", period="5m")
    found = Alarm.get(name)
    assert (found.metric, found.period, found.for_) == (None, 300, "10m")
    assert Alarm.ensure(name, condition, for_="10m", period="5m") == found
    with pytest.raises(Conflict, match="expression is"):
        Alarm.ensure(name, Metric("App", "errors") / Metric("App", "requests") > 0.1, for_="10m", period="5m")


def test_a_name_is_taken_once(rig: Rig) -> None:
    name = rig.name("slow")
    Alarm.create(name, load(rig.cloud) > 1, for_="5m")
    with pytest.raises(AlreadyExists) as caught:
        Alarm.create(name, load(rig.cloud) > 2, for_="5m")
    assert "ensure" in str(caught.value.hint)
    assert Alarm.get(name).threshold == 1


def test_one_that_is_there_is_taken(rig: Rig) -> None:
    name = rig.name("slow")
    condition = load(rig.cloud) > 1
    made = Alarm.ensure(name, condition, for_="5m", notify=TOPIC, tags={"team": "web"})
    several: tuple[Callable[[], object], ...] = (
        lambda: Alarm.ensure(name, condition, for_="5m", notify=[TOPIC], tags={"team": "web"}),
        lambda: Alarm.ensure(name, condition, for_=300, period=60, missing="missing", datapoints=5),
        lambda: Alarm.when(condition, "5m", name=name),
    )
    for again in several:
        assert again() == made
    assert dict(made.tags) == {"team": "web"}


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        ({"notify": TOPIC + "2"}, "notify is"),
        ({"missing": "ignore"}, "missing is missing, not ignore"),
        ({"datapoints": 2}, "datapoints is 5.0, not 2.0"),
        ({"description": "new"}, "description is"),
        ({"tags": {"team": "x"}}, "tag team is web, not x"),
        ({"for_": "10m"}, "number of periods is 5.0, not 10.0"),
        ({"condition": lambda metric: metric > 2}, "threshold is 1.0, not 2.0"),
        ({"condition": lambda metric: metric < 1}, "comparison is"),
        ({"condition": lambda metric: metric.stat("p99") > 1}, "statistic is"),
        ({"condition": lambda metric: metric / 2 > 1}, "metric is load, not None"),
    ],
)
def test_what_differs_is_named_and_changed_if_asked(differs: dict[str, Any], said: str, rig: Rig) -> None:
    name = rig.name("slow")
    metric = load(rig.cloud)
    Alarm.ensure(
        name, metric > 1, for_="5m", notify=TOPIC, tags={"team": "web", "kept": "yes"}, description="old"
    )
    wanted: dict[str, Any] = {"for_": "5m", **differs}
    condition = wanted.pop("condition", lambda metric: metric > 1)(metric)
    with pytest.raises(Conflict, match=said):
        Alarm.ensure(name, condition, **wanted)
    changed = Alarm.ensure(name, condition, update=True, **wanted)
    assert Alarm.ensure(name, condition, **wanted) == changed
    assert changed.tags["kept"] == "yes"
    if "description" not in wanted:
        assert changed.refresh().description == "old", "what is not named stays"


def test_an_update_changes_what_is_named(rig: Rig) -> None:
    name = rig.name("slow")
    found = Alarm.create(name, load(rig.cloud) > 1, for_="5m", datapoints=4, notify=TOPIC, description="old")
    assert found.update(description="new") is found
    assert (found.description, found.threshold, found.datapoints, found.notify) == ("new", 1, 4, (TOPIC,))
    found.update(load(rig.cloud).stat("p99") < 3)
    assert (found.threshold, found.comparison, found.for_, found.datapoints) == (3, Comparison.BELOW, "5m", 5)
    assert found.metric is not None
    assert found.metric.statistic == "p99"
    found.update(load(rig.cloud) / 2 > 4, for_="10m", enabled=False)
    assert (found.metric, found.for_, found.enabled, found.notify) == (
        load(rig.cloud).stat("Average", period=60),
        "10m",
        False,
        (TOPIC,),
    )
    found.delete()
    with pytest.raises(AlarmNotFound):
        found.update(description="x")


def test_a_muted_alarm_that_is_changed_stays_muted(faults: FaultServer) -> None:
    faults.replies(alarms(alarm(ActionsEnabled=False, Unknown="x", StateReasonData="{}")))
    faults.otherwise(nothing)
    Alarm("slow", cloud=faults.cloud()).update(description="x")
    said = asked(faults.requests[-1])
    assert str(said["ActionsEnabled"]).lower() == "false"
    assert not {"Unknown", "StateValue", "AlarmArn", "StateReasonData"} & said.keys()


def test_they_are_listed_and_found(rig: Rig) -> None:
    prefix = rig.name("list")
    metric = load(rig.cloud)
    for number in range(3):
        settle(
            Alarm.create(f"{prefix}-{number}", metric > number, for_="5m", notify=f"{TOPIC}{number}"),
            "ALARM" if number else "OK",
        )
    assert [each.name for each in Alarm.list(prefix)] == [f"{prefix}-{number}" for number in range(3)]
    assert [each.name for each in Alarm.list(prefix, state="ALARM", notifies=f"{TOPIC}2")] == [f"{prefix}-2"]
    found = Alarm.find(prefix, state="OK")
    assert found is not None
    assert found.name == f"{prefix}-0"
    assert found.threshold == 0
    assert Alarm.find(f"{prefix}-x") is None


def test_a_listing_asks_page_by_page(faults: FaultServer) -> None:
    rows = [alarm(f"slow-{number}") for number in range(3)]
    faults.replies(
        lambda request: answer(request, "DescribeAlarms", {"MetricAlarms": rows[:2], "NextToken": "more"}),
        lambda request: answer(request, "DescribeAlarms", {"MetricAlarms": rows[2:]}),
    )
    found = Alarm.list("slow", state="OK", notifies=None, cloud=faults.cloud()).to_list()
    assert [each.name for each in found] == ["slow-0", "slow-1", "slow-2"]
    said = asked(faults.requests[1])
    assert (said["AlarmNamePrefix"], said["StateValue"], said["AlarmTypes"], said["NextToken"]) == (
        "slow",
        "OK",
        ["MetricAlarm"],
        "more",
    )


def test_it_is_deleted_and_is_not_there(rig: Rig) -> None:
    found = Alarm.create(rig.name("slow"), load(rig.cloud) > 1, for_="5m")
    assert found.exists()
    found.delete()
    found.delete()
    assert not found.exists()
    with pytest.raises(AlarmNotFound, match="no such alarm"):
        found.refresh()


def test_what_aws_says_of_deleting(faults: FaultServer) -> None:
    found = Alarm("slow", cloud=faults.cloud())
    faults.otherwise(error("ResourceConflict", 409))
    with pytest.raises(Conflict):
        found.delete()
    faults.otherwise(error("ResourceNotFound", 404))
    found.delete()


def test_the_account_has_too_many(faults: FaultServer) -> None:
    faults.replies(alarms())
    faults.otherwise(error("LimitExceeded"))
    with pytest.raises(LimitExceeded):
        Alarm.create("slow", load(faults.cloud()) > 1, for_="5m")


# -- states ------------------------------------------------------------------------------------------------------


def test_it_is_waited_for(faults: FaultServer) -> None:
    faults.replies(
        alarms(alarm(state="INSUFFICIENT_DATA")), alarms(alarm(state="ALARM")), alarms(alarm(state="OK"))
    )
    found = Alarm("slow", cloud=faults.cloud())
    assert found.wait("OK") is found
    assert len(faults.requests) == 3
    assert (found.state, found.reason, found.updated) == (AlarmState.OK, "it is OK", NOON)


def test_a_wait_ends(faults: FaultServer) -> None:
    faults.otherwise(alarms(alarm(state="ALARM")))
    with pytest.raises(WaitTimeout, match="slow is ALARM"):
        Alarm("slow", cloud=faults.cloud()).wait("OK", timeout=30)
    faults.otherwise(alarms())
    with pytest.raises(AlarmNotFound):
        Alarm("slow", cloud=faults.cloud()).wait("OK", timeout=30)


def test_a_state_is_read_again(faults: FaultServer) -> None:
    faults.replies(alarms(alarm(state="OK")), alarms(alarm(state="ALARM")))
    found = Alarm("slow", cloud=faults.cloud())
    assert (found.state, found.state) == ("OK", "OK")
    faults.clock.advance(3)
    assert found.state == "ALARM"
    assert len(faults.requests) == 2


def states_set(faults: FaultServer) -> list[str]:
    return [
        asked(request)["StateValue"]
        for request in faults.requests
        if operations([request]) == ["SetAlarmState"]
    ]


class Watched:
    """An alarm that takes the states it is put into, and may look by itself."""

    def __init__(self, *, looks: bool = False) -> None:
        self.state, self.enabled, self.looks = "OK", True, looks

    def __call__(self, request: Request) -> Reply:
        operation = operations([request])[0]
        if operation == "DescribeAlarms":
            reply = alarms(alarm(state=self.state, ActionsEnabled=self.enabled))(request)
            if self.looks and self.state == "ALARM":
                self.state = "OK"
            return reply
        if operation == "SetAlarmState":
            self.state = asked(request)["StateValue"]
            if self.looks:
                self.state = "INSUFFICIENT_DATA"
        if operation in ("EnableAlarmActions", "DisableAlarmActions"):
            self.enabled = operation == "EnableAlarmActions"
        return nothing(request)


def test_a_test_puts_it_into_a_state_and_back(faults: FaultServer) -> None:
    faults.otherwise(Watched())
    found = Alarm("slow", cloud=faults.cloud())
    assert found.test(reason="drill") is found
    assert states_set(faults) == ["ALARM", "OK"]
    assert faults.clock.slept == [5.0]
    assert found.state == "OK"
    with pytest.raises(Conflict, match="OK already") as caught:
        found.test("OK")
    assert "test('ALARM')" in str(caught.value.hint)


def test_a_test_leaves_it_where_cloudwatch_has_put_it(faults: FaultServer) -> None:
    faults.otherwise(Watched(looks=True))
    Alarm("slow", cloud=faults.cloud()).test(hold=0)
    assert states_set(faults) == ["ALARM"]


def test_a_test_that_is_broken_off_puts_it_back(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    faults.otherwise(Watched())

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(faults.clock, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Alarm("slow", cloud=faults.cloud()).test()
    assert states_set(faults) == ["ALARM", "OK"]


def switched(faults: FaultServer) -> list[str]:
    return [each for each in operations(faults.requests) if each.endswith("Actions")]


def test_a_muted_alarm_tells_nobody(faults: FaultServer) -> None:
    watched = Watched()
    faults.otherwise(watched)
    with Alarm("slow", cloud=faults.cloud()).muted() as found:
        assert not found.enabled
    assert found.enabled
    assert switched(faults) == ["DisableAlarmActions", "EnableAlarmActions"]


def test_it_is_let_speak_again_after_an_exception_and_a_deadline(faults: FaultServer) -> None:
    watched = Watched()
    faults.otherwise(watched)
    found = Alarm("slow", cloud=faults.cloud())
    with pytest.raises(KeyError):
        with found.muted():
            raise KeyError
    assert watched.enabled


def test_one_that_told_nobody_is_left_so(faults: FaultServer) -> None:
    watched = Watched()
    watched.enabled = False
    faults.otherwise(watched)
    with Alarm("slow", cloud=faults.cloud()).muted():
        pass
    assert switched(faults) == []
    assert not watched.enabled


def test_blocks_within_blocks(faults: FaultServer) -> None:
    watched = Watched()
    faults.otherwise(watched)
    found = Alarm("slow", cloud=faults.cloud())
    with found.muted():
        with pytest.raises(KeyError), found.muted():
            raise KeyError
        assert not watched.enabled, "the outer block goes on"
    assert watched.enabled
    assert switched(faults) == ["DisableAlarmActions", "EnableAlarmActions"]


def test_blocks_beside_each_other_end_with_the_last(faults: FaultServer) -> None:
    watched = Watched()
    faults.otherwise(watched)
    cloud = faults.cloud()
    first, second = Alarm("slow", cloud=cloud).muted(), Alarm("slow", cloud=cloud).muted()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not watched.enabled, "the second block goes on"
    second.__exit__(None, None, None)
    assert watched.enabled
    assert switched(faults) == ["DisableAlarmActions", "EnableAlarmActions"]
    with Alarm("slow", cloud=cloud).muted() as found:
        assert not found.enabled
    assert watched.enabled


def test_threads_that_mute_one_alarm(faults: FaultServer) -> None:
    watched = Watched()
    faults.otherwise(watched)
    cloud, met = faults.cloud(), Barrier(8)

    def work(_: int) -> bool:
        with Alarm("slow", cloud=cloud).muted() as found:
            met.wait(timeout=30)
            muted = not found.refresh().enabled
            met.wait(timeout=30)
        return muted

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert watched.enabled
    assert switched(faults) == ["DisableAlarmActions", "EnableAlarmActions"]


def test_what_is_known_is_forgotten_where_an_answer_is_lost(faults: FaultServer) -> None:
    changed: list[str] = []

    def answers(request: Request) -> Reply:
        if operations([request])[0] == "PutMetricAlarm":
            changed.append("new")
            return Reply(reset=True)
        return alarms(alarm(AlarmDescription=changed[-1] if changed else "old"))(request)

    faults.otherwise(answers)
    found = Alarm("slow", cloud=faults.cloud()).refresh()
    with pytest.raises(CloudError):
        found.update(description="new")
    assert found.description == "new"


def test_a_switch_whose_answer_is_lost_leaves_no_alarm_mute(faults: FaultServer) -> None:
    watched = Watched()

    def lost(request: Request) -> Reply:
        watched(request)
        return Reply(reset=True)

    faults.replies(watched, lost)
    faults.otherwise(watched)
    with pytest.raises(CloudError), Alarm("slow", cloud=faults.cloud()).muted():
        pytest.fail("nobody knows whether it is muted")
    assert switched(faults) == ["DisableAlarmActions", "EnableAlarmActions"]
    assert watched.enabled


def test_muting_what_may_not_be_muted_begins_no_block(faults: FaultServer) -> None:
    faults.replies(alarms(alarm()))
    faults.otherwise(error("AccessDenied", 403))
    with pytest.raises(AccessDenied):
        with Alarm("slow", cloud=faults.cloud()).muted():
            pytest.fail("it is not muted")
    assert switched(faults) == ["DisableAlarmActions"]


def test_the_history(world: Cloud) -> None:
    found = settle(Alarm.create("slow", LOAD_HERE() > 1, for_="5m"), "OK")
    settle(found, "ALARM")
    events = found.history().to_list()
    assert [event.kind for event in events] == [EventKind.STATE, EventKind.STATE, EventKind.SETTINGS]
    assert (events[0].old_state, events[0].new_state, events[0].reason) == ("OK", "ALARM", "it looked")
    assert (events[2].old_state, events[2].new_state, events[2].reason) == (None, None, None)
    assert all(event.alarm == "slow" for event in events)
    assert [event.time for event in found.history("1h", oldest_first=True)] == sorted(
        event.time for event in events
    )
    assert found.history("1h", kind="StateUpdate").limit(1).to_list() == events[:1]
    assert found.history(events[0].time + timedelta(hours=1)).to_list() == []
    assert found.history(until=events[0].time - timedelta(hours=1)).to_list() == []


def test_what_the_history_asks(faults: FaultServer) -> None:
    row = {
        "AlarmName": "slow",
        "Timestamp": NOON,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": "x",
        "HistoryData": '{"cut',
    }
    faults.otherwise(lambda request: answer(request, "DescribeAlarmHistory", {"AlarmHistoryItems": [row]}))
    (event,) = Alarm("slow", cloud=faults.cloud()).history(NOON, until=NOON + timedelta(hours=1))
    assert (event.data, event.new_state) == ({}, None)
    said = asked(faults.requests[0])
    assert (said["AlarmName"], said["AlarmTypes"], said["ScanBy"]) == (
        "slow",
        ["MetricAlarm"],
        "TimestampDescending",
    )
    assert {"StartDate", "EndDate"} <= said.keys()


def LOAD_HERE() -> Computed:  # noqa: N802
    return Metric("App", "load")


def test_in_the_embedded_cloud_a_new_alarm_was_not_looked_at(world: Cloud) -> None:
    found = Alarm.create("slow", LOAD_HERE() > 1, for_="5m", tags={"a": "b"})
    assert found.state == AlarmState.INSUFFICIENT_DATA
    settle(found, "ALARM")
    Alarm.ensure("slow", LOAD_HERE() > 2, for_="5m", update=True)
    assert found.refresh().state == AlarmState.ALARM, "a change leaves the state alone"
    assert dict(found.tags) == {"a": "b"}
    assert not found.disable().enabled
    with found.muted():
        assert not found.enabled
    assert not found.enabled
    assert found.enable().enabled


def test_a_deadline_ends_a_test(world: Cloud) -> None:
    found = settle(Alarm.create("slow", LOAD_HERE() > 1, for_="5m"))
    with deadline(30):
        found.test(hold=1)
    assert found.state == "OK"
