"""How metrics are read: pages, batches, and what CloudWatch says within a success."""

from __future__ import annotations

import time
import warnings
from datetime import datetime, timedelta
from typing import Any

import pytest

from cloudkit import AccessDenied, Cloud, IncompleteData, InvalidRequest, Metric, ServiceError, Throttled
from cloudkit._core.params import as_datetime
from cloudkit.cloudwatch import DataWarning, expression
from tests.cloudwatch.answers import NOON, Row, asked, data, error, minute
from tests.faults import FaultServer, Reply, Request


def metric(cloud: Cloud, name: str = "load", **more: Any) -> Metric:
    return Metric("App", name, {"Host": "web-1"}, cloud=cloud, **more)


def test_what_is_asked(faults: FaultServer) -> None:
    faults.otherwise(data(Row("m1", {NOON: 1})))
    series = metric(faults.cloud(), statistic="p99").between(minute(0) + timedelta(seconds=30), minute(10))
    (request,) = faults.requests
    said = asked(request)
    (query,) = said["MetricDataQueries"]
    assert query["Id"] == "m1"
    stat = query["MetricStat"]
    assert (str(stat["Period"]), stat["Stat"]) == ("60", "p99")
    assert stat["Metric"] == {
        "Namespace": "App",
        "MetricName": "load",
        "Dimensions": [{"Name": "Host", "Value": "web-1"}],
    }
    assert str(query["ReturnData"]).lower() == "true"
    assert said["ScanBy"] == "TimestampAscending"
    if "X-Amz-Target" in request.headers:
        assert said["StartTime"] == NOON.timestamp(), "the period that the start falls in is there as a whole"
    assert list(series) == [(NOON, 1.0)]
    assert (series.label, series.statistic, series.period) == ("load Host=web-1", "p99", 60)


def test_pages_are_followed_and_put_in_order(faults: FaultServer) -> None:
    faults.replies(
        data(Row("m1", {minute(3): 3, minute(2): 2}, status="PartialData"), token="more"),
        data(Row("m1", {minute(1): 1}, status="PartialData"), token="and more"),
        data(Row("m1", {minute(0): 0}, status="Complete")),
    )
    series = metric(faults.cloud()).between(NOON, minute(10))
    assert series.values == (0, 1, 2, 3)
    assert series.times == tuple(minute(number) for number in range(4))
    assert [asked(request).get("NextToken") for request in faults.requests] == [None, "more", "and more"]


def test_a_part_is_never_passed_for_all(faults: FaultServer) -> None:
    faults.otherwise(
        data(
            Row("m1", {NOON: 1}, status="PartialData", messages=[("Quota", "too many points")]),
            Row("m2", {NOON: 2}),
        )
    )
    cloud = faults.cloud()
    with pytest.raises(
        IncompleteData, match=r"only a part of load Host=web-1 Average; Quota: too many points"
    ) as caught:
        Metric.read_all([metric(cloud), metric(cloud, "other")], start=NOON, end=minute(10))
    assert [series.values for series in caught.value.series] == [(1,), (2,)]
    assert caught.value.retryable
    assert caught.value.code == "PartialData"


def test_an_internal_error_is_asked_again(faults: FaultServer) -> None:
    faults.replies(
        data(Row("m1", status="InternalError")), data(Row("m1", {NOON: 1}, status="InternalError"))
    )
    faults.otherwise(data(Row("m1", {NOON: 5})))
    assert metric(faults.cloud()).between(NOON, minute(10)).values == (5,)
    assert len(faults.requests) == 3
    assert faults.clock.slept == [0.5, 1.0]


def test_an_internal_error_that_stays_is_raised(faults: FaultServer) -> None:
    faults.otherwise(data(Row("m1", {NOON: 1}, status="InternalError")))
    with pytest.raises(IncompleteData, match="failed to read load"):
        metric(faults.cloud()).between(NOON, minute(10))
    assert len(faults.requests) == 4


def test_what_may_not_be_read_is_denied(faults: FaultServer) -> None:
    faults.otherwise(data(Row("m1", status="Forbidden")))
    with pytest.raises(AccessDenied, match="may not read load"):
        metric(faults.cloud()).between(NOON, minute(10))


def test_what_is_said_beside_is_warned_of(faults: FaultServer) -> None:
    faults.otherwise(
        data(
            Row("m1", {NOON: 1}, messages=[("ArithmeticError", "points left out")]),
            messages=[("Max", "500 only")],
        )
    )
    with pytest.warns(DataWarning) as caught:
        series = metric(faults.cloud()).between(NOON, minute(10))
    assert series.messages == ("Max: 500 only", "ArithmeticError: points left out")
    assert [str(each.message) for each in caught] == [f"CloudWatch: {said}" for said in series.messages]


def test_many_are_read_in_few_calls(faults: FaultServer) -> None:
    def answer(request: Request) -> Reply:
        queries = asked(request)["MetricDataQueries"]
        rows = [
            Row(each["Id"], {NOON: float(each["MetricStat"]["Metric"]["MetricName"])}) for each in queries
        ]
        return data(*rows)(request)

    faults.otherwise(answer)
    cloud = faults.cloud()
    found = Metric.read_all(
        (metric(cloud, str(number)) for number in range(1201)), start=NOON, end=minute(10)
    )
    assert [series.values for series in found] == [(number,) for number in range(1201)]
    assert sorted(len(asked(request)["MetricDataQueries"]) for request in faults.requests) == [201, 500, 500]


def test_a_metric_is_asked_for_once(faults: FaultServer) -> None:
    faults.otherwise(data(Row("m1", {NOON: 4}), Row("e2", {NOON: 2}), Row("e4", {NOON: 9}), Row("m3")))
    cloud = faults.cloud()
    load, other = metric(cloud), metric(cloud, "other")
    found = Metric.read_all([load, load / 2, load, other + load], start=NOON, end=minute(10))
    assert [series.values for series in found] == [(4,), (2,), (4,), (9,)]
    (request,) = faults.requests
    said = {query["Id"]: query for query in asked(request)["MetricDataQueries"]}
    assert [(name, query.get("Expression")) for name, query in said.items()] == [
        ("m1", None),
        ("e2", "m1 / 2"),
        ("m3", None),
        ("e4", "m3 + m1"),
    ]
    assert [str(query["ReturnData"]).lower() for query in said.values()] == ["true", "true", "false", "true"]


def test_the_same_metric_with_another_statistic_is_another(faults: FaultServer) -> None:
    faults.otherwise(data(Row("m1"), Row("m2")))
    load = metric(faults.cloud())
    Metric.read_all([load, load.stat("Sum")], start=NOON, end=minute(10))
    assert [query["MetricStat"]["Stat"] for query in asked(faults.requests[0])["MetricDataQueries"]] == [
        "Average",
        "Sum",
    ]


def test_several_accounts_are_asked_each(faults: FaultServer) -> None:
    faults.otherwise(data(Row("m1", {NOON: 1})))
    here = faults.cloud()
    there = here.in_region("eu-west-1")
    found = Metric.read_all([metric(here), metric(there), metric(here, "b")][:2], start=NOON, end=minute(10))
    assert [series.values for series in found] == [(1,), (1,)]
    regions = {request.headers["Authorization"].split("/")[2] for request in faults.requests}
    assert regions == {"us-east-1", "eu-west-1"}


def test_an_answer_that_lacks_a_metric_is_no_answer(faults: FaultServer) -> None:
    faults.otherwise(data())
    with pytest.raises(ServiceError, match="does not mention load"):
        metric(faults.cloud()).between(NOON, minute(10))
    found = expression("SUM(SEARCH('x', 'Sum'))", cloud=faults.cloud()).between(NOON, minute(10))
    assert len(found) == 0


def test_several_series_are_not_mixed(faults: FaultServer) -> None:
    faults.otherwise(data(Row("e1", {NOON: 1}, label="web-1"), Row("e1", {NOON: 2}, label="web-2")))
    with pytest.raises(InvalidRequest, match="gives 2 series: web-1, web-2"):
        expression("SEARCH('x', 'Sum')", cloud=faults.cloud()).between(NOON, minute(10))


def test_other_failures_are_as_everywhere(faults: FaultServer) -> None:
    cloud = faults.cloud()
    for code, status, wanted in (
        ("AccessDenied", 403, AccessDenied),
        ("Throttling", 400, Throttled),
        ("InternalServiceError", 500, ServiceError),
        ("ValidationError", 400, InvalidRequest),
    ):
        faults.otherwise(error(code, status))
        with pytest.raises(wanted):
            metric(cloud).between(NOON, minute(10))


def test_a_call_that_failed_for_a_moment_is_repeated(faults: FaultServer) -> None:
    faults.replies(error("InternalServiceError", 500), Reply(reset=True))
    faults.otherwise(data(Row("m1", {NOON: 1})))
    assert metric(faults.cloud(attempts=4, pauses=False)).between(NOON, minute(10)).values == (1,)
    assert len(faults.requests) == 3


def test_nothing_is_asked_for_nothing_or_for_what_is_no_metric(faults: FaultServer) -> None:
    assert list(Metric.read_all([], "3h")) == []
    load = metric(faults.cloud())
    wrong: list[Any] = [
        lambda: Metric.read_all([load]),
        lambda: Metric.read_all([load], "3h", start=NOON),
        lambda: Metric.read_all(["load"], "3h"),  # type: ignore[list-item]
        lambda: load.between(minute(1), NOON),
        lambda: load.between(NOON, NOON),
        lambda: load.between(NOON.replace(tzinfo=None)),
        lambda: load.last("3 hours"),
        lambda: load.last("3h", statistic="x"),
        lambda: load.last("1d", period=1),
        lambda: load.last("3h", period=61),
        lambda: load.last("500d"),
    ]
    for each in wrong:
        with pytest.raises(InvalidRequest):
            each()
    assert faults.requests == []


def test_values_that_a_server_does_not_know_are_no_points(faults: FaultServer) -> None:
    faults.otherwise(
        lambda request: (
            Reply.json(
                {
                    "MetricDataResults": [
                        {"Id": "m1", "Label": "x", "Timestamps": [NOON.timestamp()], "Values": [None]}
                    ]
                }
            )
            if "X-Amz-Target" in request.headers
            else data(Row("m1"))(request)
        )
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(metric(faults.cloud()).between(NOON, minute(10))) == 0


# -- periods -----------------------------------------------------------------------------------------------------


def periods(request: Request) -> dict[str, int]:
    return {
        each["MetricStat"]["Metric"]["MetricName"]: int(each["MetricStat"]["Period"])
        for each in asked(request)["MetricDataQueries"]
        if "MetricStat" in each
    }


def start_of(request: Request) -> datetime:
    return as_datetime(asked(request)["StartTime"])


def test_a_metric_by_the_day_does_not_make_others_begin_at_midnight(faults: FaultServer) -> None:
    """What is asked for in one call begins at the same time, and a sum since midnight is no sum of an hour."""

    def reply(request: Request) -> Reply:
        return data(*(Row(each["Id"], {NOON: 1}) for each in asked(request)["MetricDataQueries"]))(request)

    faults.otherwise(reply)
    cloud = faults.cloud()
    begin = NOON + timedelta(minutes=31, seconds=20)
    sent, size, slow = (
        metric(cloud, "sent"),
        metric(cloud, "size", every=86_400),
        metric(cloud, "slow", period=300),
    )
    Metric.read_all([sent, size, slow, sent / 2], start=begin, end=minute(90))
    begun = {tuple(periods(request)): start_of(request) for request in faults.requests}
    assert begun == {
        ("sent",): minute(31),
        ("size",): NOON.replace(hour=0),
        ("slow",): minute(30),
    }


def test_an_expression_has_one_period(faults: FaultServer) -> None:
    """Bytes of five minutes divided by messages of one would be five times too many."""
    faults.otherwise(data(Row("e3", {NOON: 1}), Row("e2")))
    cloud = faults.cloud()
    network, sent = metric(cloud, "network", every=300), metric(cloud, "sent")
    series = (network / sent).between(NOON, minute(60))
    assert periods(faults.requests[0]) == {"network": 300, "sent": 300}
    assert (series.period, series.every) == (300, 300)
    (network / sent.stat("Sum", period=600)).between(NOON, minute(60))
    assert periods(faults.requests[1]) == {"network": 600, "sent": 600}
    (network / sent).between(NOON, minute(60), period=60)
    assert periods(faults.requests[2]) == {"network": 60, "sent": 60}
    (network / 2 + network).between(NOON, minute(60))
    assert periods(faults.requests[3]) == {"network": 60}, "it may be monitored in detail"


def test_series_that_are_called_the_same_are_not_mixed(faults: FaultServer) -> None:
    faults.otherwise(data(Row("e1", {NOON: 1}, label="x"), Row("e1", {NOON: 2}, label="x")))
    with pytest.raises(InvalidRequest, match="gives 2 series: x"):
        expression("SEARCH('x', 'Sum')", cloud=faults.cloud()).between(NOON, minute(10))


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no other zones")
def test_times_are_in_utc_wherever_the_machine_stands(
    faults: FaultServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(time.tzset)
    monkeypatch.setenv("TZ", "America/Sao_Paulo")
    request.addfinalizer(monkeypatch.undo)
    time.tzset()
    faults.otherwise(data(Row("m1", {NOON: 1})))
    series = metric(faults.cloud()).between(NOON, minute(10))
    assert series.times == (NOON,)
    assert series.times[0].utcoffset() == timedelta(0)
    assert "12:00 UTC" in repr(series)
