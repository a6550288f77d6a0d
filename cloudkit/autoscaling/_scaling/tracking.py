"""Target tracking: a metric or an expression in the form that scaling policies take it in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import compact, dig
from cloudkit.autoscaling._limits import MAX_TRACKED_METRICS, TRACKED_PERIODS
from cloudkit.cloudwatch import Metric, Statistic
from cloudkit.cloudwatch.maths import Computed
from cloudkit.errors import InvalidRequest

_GROUP = "AutoScalingGroupName"
_PREDEFINED = {
    ("AWS/EC2", "CPUUtilization", Statistic.AVERAGE): "ASGAverageCPUUtilization",
    ("AWS/EC2", "NetworkIn", Statistic.AVERAGE): "ASGAverageNetworkIn",
    ("AWS/EC2", "NetworkOut", Statistic.AVERAGE): "ASGAverageNetworkOut",
}
_REQUESTS = ("AWS/ApplicationELB", "RequestCountPerTarget", Statistic.SUM)
_BEHIND = frozenset({"LoadBalancer", "TargetGroup"})
_PLAIN = frozenset(str(each) for each in Statistic.known())


def tracking(of: Computed, target: float, *, group: str, scale_in: bool, cloud: Cloud) -> dict[str, Any]:
    """TargetTrackingConfiguration.

    Args:
        of: What is tracked.
        target: The value that it shall have.
        group: The name of the group.
        scale_in: Whether the group may shrink for it.
        cloud: Where the group is.
    """
    if not isinstance(cast("object", of), Computed):
        raise InvalidRequest(
            f"{of!r} is no metric", hint="group.track(group.metrics.cpu, 50), or any Metric or expression"
        )
    if isinstance(target, bool) or not math.isfinite(target) or target <= 0:
        raise InvalidRequest(f"target={target!r}: it is a number above 0")
    check_place(of, cloud)
    specification = predefined(of, group)
    return compact(
        {
            "PredefinedMetricSpecification": specification,
            "CustomizedMetricSpecification": _customised(of) if specification is None else None,
            "TargetValue": float(target),
            "DisableScaleIn": None if scale_in else True,
        }
    )


def check_place(of: Computed, cloud: Cloud) -> None:
    """Refuse a metric of another region: policies and their alarms see those of their own alone."""
    for metric in of.metrics_within():
        if metric.cloud.region != cloud.region:
            raise InvalidRequest(
                f"{metric.caption} is in {metric.cloud.region}, and the group in {cloud.region}"
            )


def predefined(of: Computed, group: str) -> dict[str, str] | None:
    """What AWS has a name of its own for; None for anything else."""
    if not isinstance(of, Metric) or of.period is not None:
        return None
    what = (of.namespace, of.name, of.statistic)
    if of.dimensions == {_GROUP: group}:
        known = _PREDEFINED.get(cast("tuple[str, str, Statistic]", what))
        return None if known is None else {"PredefinedMetricType": known}
    if what == _REQUESTS and of.dimensions.keys() == _BEHIND:
        label = f"{of.dimensions['LoadBalancer']}/{of.dimensions['TargetGroup']}"
        return {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    return None


def _customised(of: Computed) -> dict[str, Any]:
    if isinstance(of, Metric) and of.statistic in _PLAIN:
        return compact({**_metric(of), "Statistic": of.statistic, "Period": _period(of)})
    ids: dict[Metric, str] = {}
    text = of.rendered(lambda metric: ids.setdefault(cast("Metric", metric), f"m{len(ids) + 1}"))
    if not 1 <= len(ids) <= MAX_TRACKED_METRICS:
        raise InvalidRequest(
            f"an expression of {len(ids)} metrics: a policy tracks 1 to {MAX_TRACKED_METRICS} together"
        )
    alone = isinstance(of, Metric)
    rows: list[dict[str, Any]] = [
        compact(
            {
                "Id": name,
                "MetricStat": {"Metric": _metric(metric), "Stat": metric.statistic},
                "Period": _period(metric),
                "ReturnData": None if alone else False,
            }
        )
        for metric, name in ids.items()
    ]
    return {"Metrics": rows if alone else [*rows, {"Id": "e1", "Expression": text, "ReturnData": True}]}


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
    }


def _period(metric: Metric) -> int | None:
    if metric.period is not None and metric.period not in TRACKED_PERIODS:
        known = ", ".join(map(str, TRACKED_PERIODS))
        raise InvalidRequest(f"{metric.caption} with period={metric.period}: tracked metrics have {known}")
    return metric.period


def short_title(of: Computed, group: str) -> str:
    """What it is called in the name of a policy: a group's own metrics need not say whose they are."""
    if isinstance(of, Metric) and of.dimensions == {_GROUP: group} and of.label is None:
        return f"{of.name} {of.statistic}"
    return of.title


def tracked_of(row: Mapping[str, Any] | None) -> str | None:
    """What a policy tracks, in short: AWS's name of it, or that of the metric."""
    if not row:
        return None
    rows: Sequence[Mapping[str, Any]] = dig(row, "CustomizedMetricSpecification.Metrics") or []
    told = (
        dig(row, "PredefinedMetricSpecification.PredefinedMetricType"),
        dig(row, "CustomizedMetricSpecification.MetricName"),
        *(each.get("Expression") for each in rows),
        *(dig(each, "MetricStat.Metric.MetricName") for each in rows),
    )
    return next((str(each) for each in told if each), None)
