"""The world that the docstring examples of CloudWatch speak of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cloudkit import Alarm, Cloud, CompositeAlarm, Instance, Metric, Topic, current_cloud
from cloudkit.cloudwatch import AlarmRule, expression, max_of, mean_of, min_of, sum_of


def put(
    cloud: Cloud,
    name: str,
    values: Mapping[float, float],
    *,
    namespace: str = "App",
    dimensions: Mapping[str, str] | None = None,
    unit: str = "Count",
) -> None:
    """Values of a metric, by how many minutes ago each was."""
    minute = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    cloud.call(
        "cloudwatch",
        "put_metric_data",
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in (dimensions or {}).items()],
                "Timestamp": minute - timedelta(minutes=ago),
                "Value": value,
                "Unit": unit,
            }
            for ago, value in values.items()
        ],
    )


def settle(alarm: Alarm, state: str = "OK") -> Alarm:
    """Put an alarm into a state, as CloudWatch does after it has looked."""
    alarm.cloud.call(
        "cloudwatch", "set_alarm_state", AlarmName=alarm.name, StateValue=state, StateReason="it looked"
    )
    return alarm


def seed(folder: Path, example: str) -> dict[str, object]:
    cloud = current_cloud()
    put(cloud, "requests", {4: 10, 3: 20, 2: 40}, dimensions={"Host": "web-1"})
    put(cloud, "requests", {3: 5}, dimensions={"Host": "web-2"})
    instance = {"InstanceId": "i-0123456789abcdef0"}
    put(cloud, "CPUUtilization", {5: 80}, namespace="AWS/EC2", dimensions=instance, unit="Percent")
    slow = settle(Alarm.create("slow", Metric("App", "latency").stat("p99") > 2, for_="5m"))
    CompositeAlarm.create("shop", AlarmRule.alarm(slow))
    names: tuple[object, ...] = (
        AlarmRule,
        CompositeAlarm,
        Instance,
        expression,
        max_of,
        mean_of,
        min_of,
        sum_of,
    )
    return {
        **{getattr(each, "__name__", ""): each for each in names},
        "topic": Topic.create("ops"),
    }
