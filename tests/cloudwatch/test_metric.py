from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

from cloudkit import Cloud, InvalidRequest, Metric, local
from cloudkit.cloudwatch import Unit, sum_of
from cloudkit.cloudwatch._spans import now
from tests.cloudwatch.answers import asked
from tests.cloudwatch.seed import put
from tests.conftest import Rig
from tests.faults import FaultServer, Reply

HERE = Cloud(region="us-east-1")


def test_it_is_an_address(faults: FaultServer) -> None:
    load = Metric("App", "load", {"Host": "b", "App": "a"}, cloud=faults.cloud())
    assert load.dimensions == {"App": "a", "Host": "b"}
    assert load == Metric("App", "load", {"App": "a", "Host": "b"}, cloud=faults.cloud())
    assert hash(load) == hash(Metric("App", "load", {"App": "a", "Host": "b"}, cloud=faults.cloud()))
    assert load != load.stat("Sum")
    assert load != Metric("App", "load", {"Host": "b"}, cloud=faults.cloud())
    assert load != Metric("App", "load", {"Host": "b", "App": "a"}, cloud=HERE)
    assert repr(load) == "<Metric App load App=a Host=b Average>"
    assert load.title == "load App=a Host=b Average"
    assert load.labelled("how busy", unit="Percent").title == "how busy Average"
    assert load.labelled("how busy", unit="Percent").unit is Unit.PERCENT
    assert pickle.loads(pickle.dumps(Metric("App", "load", {"Host": "b"}, cloud=HERE))).dimensions == {
        "Host": "b"
    }
    assert faults.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("", "load"),
        (":App", "load"),
        ("x" * 256, "load"),
        ("App", ""),
        ("App", " "),
        ("App", "lo\nad"),
        ("App", "loäd"),
        ("App", "x" * 256),
        ("App", 3),
        ("App", "load", {"": "x"}),
        ("App", "load", {":x": "x"}),
        ("App", "load", {"x": ""}),
        ("App", "load", {"x": 3}),
        ("App", "load", {"x": "y" * 1025}),
        ("App", "load", {"x": "ü"}),
        ("App", "load", {str(number): "x" for number in range(31)}),
        ("App", "load", ["x"]),
    ],
)
def test_names_that_cloudwatch_does_not_take(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidRequest):
        Metric(*arguments, cloud=HERE)


def test_what_else_is_refused() -> None:
    for wrong in ({"statistic": "x"}, {"period": 61}, {"period": 7}, {"unit": "Furlongs"}):
        with pytest.raises(InvalidRequest):
            Metric("App", "load", cloud=HERE, **wrong)
    assert len(Metric("App", "load", {str(number): "x" for number in range(30)}, cloud=HERE).dimensions) == 30


def test_it_is_read(rig: Rig) -> None:
    name = rig.name("requests")
    put(rig.cloud, name, {6: 10, 5: 30, 3: 2}, dimensions={"Host": "web-1"}, namespace="Tests")
    put(rig.cloud, name, {4: 1000}, dimensions={"Host": "web-2"}, namespace="Tests")
    requests = Metric("Tests", name, {"Host": "web-1"}, statistic="Sum", unit="Count")
    series = requests.last("15m")
    assert series.values == (10, 30, 2), "a minute without a value has no point"
    assert list(series.times) == sorted(series.times)
    assert (series.times[1] - series.times[0], series.times[2] - series.times[1]) == (
        timedelta(minutes=1),
        timedelta(minutes=2),
    )
    assert (series.period, series.unit, series.statistic) == (60, Unit.COUNT, "Sum")
    assert requests.latest() == 2
    assert requests.latest(within=60) is None
    assert requests.between(now() - timedelta(minutes=15)).sum() == 42
    assert requests.last("15m", statistic="max", period="15m").max() == 30


def test_one_without_values_has_no_points(rig: Rig) -> None:
    nothing = Metric("Tests", rig.name("nothing"))
    assert len(nothing.last("3h")) == 0
    assert nothing.latest() is None


def test_the_embedded_cloud_computes() -> None:
    with local() as cloud:
        put(cloud, "errors", {3: 1, 2: 3})
        put(cloud, "requests", {3: 10, 2: 20, 1: 30})
        put(cloud, "latency", {2: 1})
        put(cloud, "latency", {2: 3})
        errors, requests = (Metric("App", name, statistic="Sum") for name in ("errors", "requests"))
        rate = (errors / requests * 100).labelled("error rate", unit="Percent").last("10m")
        assert rate.values == (10, 15), "a point that one of them lacks is lacking"
        assert (rate.label, rate.unit, rate.statistic) == ("error rate", Unit.PERCENT, None)
        assert (errors.fill(0) / requests).last("10m").values == (0.1, 0.15, 0)
        assert sum_of(errors, requests).last("10m").values == (11, 23, 30)
        assert requests.diff().last("10m").values == (10, 10)
        assert requests.running_sum().last("10m").values == (10, 30, 60)
        latency = Metric("App", "latency")
        assert latency.stat("p50").last("10m").values == (1,)
        assert latency.stat("p99").last("10m").values == (3,)


def test_they_are_listed(rig: Rig) -> None:
    namespace = rig.name("Tests")
    for host in ("web-1", "web-2"):
        put(rig.cloud, "load", {1: 1}, dimensions={"Host": host}, namespace=namespace)
    put(rig.cloud, "free", {1: 1}, namespace=namespace)
    assert sorted(repr(each) for each in Metric.list(namespace)) == [
        f"<Metric {namespace} free Average>",
        f"<Metric {namespace} load Host=web-1 Average>",
        f"<Metric {namespace} load Host=web-2 Average>",
    ]
    assert len(Metric.list(namespace, "load").to_list()) == 2
    (found,) = Metric.list(namespace, dimensions={"Host": "web-2"})
    assert found == Metric(namespace, "load", {"Host": "web-2"})
    assert found.last("5m").values == (1,)


def test_what_a_listing_asks(faults: FaultServer) -> None:
    faults.otherwise(
        lambda request: (
            Reply.json({"Metrics": []})
            if "X-Amz-Target" in request.headers
            else Reply.xml(
                "<ListMetricsResponse><ListMetricsResult><Metrics/></ListMetricsResult></ListMetricsResponse>"
            )
        )
    )
    cloud = faults.cloud()
    assert (
        Metric.list("App", "load", dimensions={"Host": "x", "Zone": None}, recent=True, cloud=cloud).to_list()
        == []
    )
    said = asked(faults.requests[0])
    assert said["Dimensions"] == [{"Name": "Host", "Value": "x"}, {"Name": "Zone"}]
    assert (said["Namespace"], said["MetricName"], said["RecentlyActive"]) == ("App", "load", "PT3H")
    with pytest.raises(InvalidRequest, match="11 dimensions"):
        Metric.list(dimensions=dict.fromkeys(map(str, range(11))), cloud=cloud)
