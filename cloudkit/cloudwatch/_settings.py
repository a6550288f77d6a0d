"""The settings of a metric alarm: from words to AWS's fields, and what differs from those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from cloudkit._core.params import compact
from cloudkit.cloudwatch._alarms import Targets, action_arns, checked_description
from cloudkit.cloudwatch._limits import (
    ALARM_FINE_PERIODS,
    HOUR_SECONDS,
    MAX_ALARM_METRICS,
    MAX_EVALUATED_SECONDS,
    MAX_NAME_CHARACTERS,
    MAX_SHORT_EVALUATED_SECONDS,
    MINUTE_SECONDS,
)
from cloudkit.cloudwatch._queries import Queries, dimension_rows
from cloudkit.cloudwatch._spans import Span, whole_span, written
from cloudkit.cloudwatch.condition import Condition, checked_condition, written_number
from cloudkit.cloudwatch.maths import Computed
from cloudkit.cloudwatch.metric import Metric
from cloudkit.cloudwatch.state import Missing
from cloudkit.cloudwatch.statistic import is_extended
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer

_BAND = "band"
# What PutMetricAlarm takes and DescribeAlarms gives under the same name: an update says all of it again.
_KEPT = (
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "ActionConfiguration",
)
# Of these, what an alarm watches: a new condition replaces all of them.
_CONDITION = (
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "Metrics",
    "ThresholdMetricId",
    "EvaluationCriteria",
)
_OF_PERCENTILES = "EvaluateLowSampleCountPercentile"
_SPOKEN = {
    "AlarmActions": "notify",
    "OKActions": "notify_ok",
    "InsufficientDataActions": "notify_insufficient_data",
    "AlarmDescription": "description",
    "MetricName": "metric",
    "Namespace": "namespace",
    "Statistic": "statistic",
    "ExtendedStatistic": "statistic",
    "Dimensions": "dimensions",
    "Period": "period",
    "EvaluationPeriods": "number of periods",
    "DatapointsToAlarm": "datapoints",
    "Threshold": "threshold",
    "ComparisonOperator": "comparison",
    "TreatMissingData": "missing",
    "EvaluateLowSampleCountPercentile": "few_samples",
    "Metrics": "expression",
    "ThresholdMetricId": "band",
    "ActionsEnabled": "enabled",
}
_NUMBERS = ("Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold")


class AlarmOptions(TypedDict, total=False):
    """What `Alarm.create`, `ensure`, `when` and `update` take beside the condition.

    Attributes:
        period: Seconds of one data point. Default: as often as the metric has values, a minute or more.
        datapoints: How many of the data points have to be so. Default: all.
        missing: What a missing point is taken for: `"missing"`, `"breaching"`, `"notBreaching"` or `"ignore"`.
        notify: What is told that it is in alarm: topics, other things with an ARN, or ARNs; up to 5.
        notify_ok: What is told that it is OK again.
        notify_insufficient_data: What is told that it lacks data.
        description: A text for whoever is told, up to 1,024 characters.
        enabled: Whether it tells anybody.
        few_samples: Of percentiles, whether periods with few values count: `"evaluate"` or `"ignore"`.
    """

    period: Span
    datapoints: int
    missing: Missing | str
    notify: Targets
    notify_ok: Targets
    notify_insufficient_data: Targets
    description: str
    enabled: bool
    few_samples: str


# -- what is wanted ----------------------------------------------------------------------------------------------


def condition_fields(condition: Condition, for_: Span, options: AlarmOptions) -> dict[str, Any]:
    """What an alarm watches, in AWS's form."""
    of = checked_condition(condition).of
    metrics = list(of.metrics_within())
    _check_metrics(of, metrics)
    period = _period(metrics, for_, options.get("period"))
    count = _count(period, whole_span("for_", for_))
    given = options.get("datapoints")
    if given is not None and not 1 <= given <= count:
        raise InvalidRequest(f"datapoints={given}: it is 1 to {count}, of the {count} in for_={for_!r}")
    if "few_samples" in options and not any(is_extended(metric.statistic) for metric in metrics):
        raise InvalidRequest(
            f"few_samples={options['few_samples']!r} is for percentiles, not for {metrics[0].statistic}",
            hint="metric.stat('p99')",
        )
    fields: dict[str, Any] = {
        "ComparisonOperator": str(condition.comparison),
        "EvaluationPeriods": count,
        "DatapointsToAlarm": given,
    }
    if isinstance(of, Metric) and not condition.uses_band:
        fields |= {**_metric_fields(of), "Period": period, "Threshold": condition.threshold}
    else:
        fields |= _query_fields(condition, period)
    return compact(fields)


def other_fields(options: AlarmOptions, region: str | None) -> dict[str, Any]:
    """The rest of what is wanted, in AWS's form."""
    missing, few = options.get("missing"), options.get("few_samples")
    return compact(
        {
            "AlarmActions": action_arns("notify", options.get("notify"), region),
            "OKActions": action_arns("notify_ok", options.get("notify_ok"), region),
            "InsufficientDataActions": action_arns(
                "notify_insufficient_data", options.get("notify_insufficient_data"), region
            ),
            "AlarmDescription": checked_description(options.get("description")),
            "ActionsEnabled": options.get("enabled"),
            "TreatMissingData": None if missing is None else checked_missing(missing),
            "EvaluateLowSampleCountPercentile": None if few is None else _few(few),
        }
    )


def checked_missing(missing: Missing | str) -> str:
    """What a missing point is taken for, in AWS's spelling."""
    wanted = str(missing).replace(" ", "").replace("_", "").lower()
    for each in Missing.known():
        if str(each).lower() == wanted:
            return str(each)
    known = ", ".join(repr(str(each)) for each in Missing.known())
    raise InvalidRequest(f"missing={missing!r}: it is one of {known}")


def _few(few: str) -> str:
    if few not in ("evaluate", "ignore"):
        raise InvalidRequest(f"few_samples={few!r}: it is 'evaluate' or 'ignore'")
    return few


def _check_metrics(of: Computed, metrics: Sequence[Metric]) -> None:
    different = len(set(metrics))
    if different > MAX_ALARM_METRICS:
        raise InvalidRequest(
            f"an alarm on {different} metrics: CloudWatch takes {MAX_ALARM_METRICS}",
            hint="alarms on some of them each, and a CompositeAlarm of those",
        )
    if not metrics:
        raise InvalidRequest("an alarm on no metric", hint="SEARCH finds metrics for reading, not for alarms")
    if "SEARCH(" in of.rendered(lambda _: "m1"):
        raise InvalidRequest("alarms take no SEARCH: what it finds may change", hint="name the metrics")


def _period(metrics: Sequence[Metric], for_: Span, given: Span | None) -> int:
    if given is not None:
        period = whole_span("period", given)
    else:
        said = sorted({metric.period for metric in metrics if metric.period is not None})
        if len(said) > 1:
            raise InvalidRequest(
                f"metrics with periods of {' and '.join(map(written, said))} in one alarm: it has data points of one",
                hint="period= for all of them",
            )
        least = max(metric.period or metric.every for metric in metrics)
        period = least if least in ALARM_FINE_PERIODS else max(MINUTE_SECONDS, least)
    if period not in ALARM_FINE_PERIODS and (period < MINUTE_SECONDS or period % MINUTE_SECONDS):
        raise InvalidRequest(
            f"period={period}: of alarms it is {', '.join(map(str, ALARM_FINE_PERIODS))} or a multiple of"
            f" {MINUTE_SECONDS} seconds"
        )
    length = whole_span("for_", for_)
    if length % period:
        fix = max(1, round(length / period)) * period
        raise InvalidRequest(
            f"for_={for_!r} is no multiple of the period, which is {written(period)}",
            hint=f"for_={written(fix)!r}, or period= for another one"
            + ("" if given is not None else f"; the metric has a value every {written(period)}"),
        )
    return period


def _count(period: int, length: int) -> int:
    most = MAX_EVALUATED_SECONDS if period >= HOUR_SECONDS else MAX_SHORT_EVALUATED_SECONDS
    if length > most:
        raise InvalidRequest(
            f"for_={written(length)} in periods of {written(period)}: CloudWatch looks back {written(most)} at most"
            + ("" if period >= HOUR_SECONDS else ", or 7d in periods of an hour or more"),
            hint="period='1h'" if length <= MAX_EVALUATED_SECONDS and period < HOUR_SECONDS else None,
        )
    return length // period


def _metric_fields(metric: Metric) -> dict[str, Any]:
    name = "ExtendedStatistic" if is_extended(metric.statistic) else "Statistic"
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": dimension_rows(metric),
        name: metric.statistic,
    }


def _query_fields(condition: Condition, period: int) -> dict[str, Any]:
    queries = Queries(lambda _: lambda _: period)
    watched = queries.add(condition.of, 0)
    rows = [*queries.rows()]
    if not condition.uses_band:
        return {"Metrics": rows, "Threshold": condition.threshold}
    band = {
        "Id": _BAND,
        "Expression": f"ANOMALY_DETECTION_BAND({watched}, {written_number(condition.threshold)})",
        "Label": f"{condition.of.title} (expected)"[:MAX_NAME_CHARACTERS],
        "ReturnData": True,
    }
    return {"Metrics": [*rows, band], "ThresholdMetricId": _BAND}


# -- what is there -----------------------------------------------------------------------------------------------


def name_for(condition: Condition, for_: Span) -> str:
    """The name of an alarm that nobody gave a name."""
    name = f"{checked_condition(condition)} for {written(whole_span('for_', for_))}"
    if len(name) > MAX_NAME_CHARACTERS:
        raise InvalidRequest(
            f"the condition makes a name of {len(name)} characters, and AWS takes {MAX_NAME_CHARACTERS}",
            hint="name=...",
        )
    return name


def merged(row: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are there, as an update says them again, with those that change.

    Those of the condition are left out if that is a new one.
    """
    left_out = _CONDITION if "ComparisonOperator" in changed else ()
    kept = {name: row[name] for name in _KEPT if name not in left_out and row.get(name) is not None}
    if "Statistic" in changed:
        kept.pop(_OF_PERCENTILES, None)
    return {**kept, **changed}


def differing(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> Sequence[str]:
    """What is otherwise than wanted, in words; what AWS fills in by itself is no difference."""
    return list(_differences(wanted, row))


def _differences(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> Iterable[str]:
    for name in {**dict.fromkeys(_CONDITION), **wanted}:
        want, have = _comparable(name, wanted.get(name), wanted), _comparable(name, row.get(name), row)
        if want != have and not (name not in wanted and name in ("Unit", "EvaluationCriteria")):
            yield f"{_SPOKEN.get(name, name)} is {have}, not {want}"


def _comparable(name: str, value: Any, among: Mapping[str, Any]) -> Any:
    if name == "Metrics":
        return sorted((_query(row) for row in value or ()), key=str) or None
    if name == "Dimensions":
        return sorted((row["Name"], row["Value"]) for row in value or ()) or None
    if name == "DatapointsToAlarm" and value is None:
        value = among.get("EvaluationPeriods")
    if name == "TreatMissingData" and value is None:
        return str(Missing.MISSING)
    if value is not None and name in _NUMBERS:
        return float(value)
    if isinstance(value, (list, tuple)):
        return sorted(str(each) for each in value) or None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value or None if value is not False else False


def _query(row: Answer) -> Any:
    """A query without what AWS fills in, in an order of its own."""
    stat: Answer = row.get("MetricStat") or {}
    metric: Answer = stat.get("Metric") or {}
    dimensions = sorted((each["Name"], each["Value"]) for each in metric.get("Dimensions") or ())
    what = (
        metric.get("Namespace"),
        metric.get("MetricName"),
        dimensions,
        int(stat.get("Period") or 0),
        stat.get("Stat"),
    )
    return (row.get("Id"), row.get("Expression"), what, bool(row.get("ReturnData", True)))


def metric_of(row: Mapping[str, Any]) -> tuple[Answer, str] | None:
    """The metric of an alarm on one, as a row, and its statistic; None of an alarm on an expression."""
    if row.get("MetricName"):
        return dict(row), str(row.get("Statistic") or row.get("ExtendedStatistic") or "Average")
    stats = [each["MetricStat"] for each in row.get("Metrics") or () if each.get("MetricStat")]
    if len(stats) == 1:
        return stats[0]["Metric"], str(stats[0]["Stat"])
    return None
