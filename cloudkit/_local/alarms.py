"""What moto's CloudWatch lacks: composite alarms, history, switching, percentiles and maths."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

from cloudkit._local.lacking import Lacking
from cloudkit._local.maths import Line, evaluated
from cloudkit._local.world import here

_NEW = ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
_TOKEN = re.compile(
    r'\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\(\s*("(?:[^"\\]|\\.)*"|[^")]*)\s*\)|(AND|OR|NOT|TRUE|FALSE|\(|\)))'
)
_ARN_NAME = re.compile(r"arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(.*)")


def complete_alarms() -> None:
    """Give moto's CloudWatch what it lacks."""
    from moto.cloudwatch import models, responses

    server, world = responses.CloudWatchResponse, models.CloudWatchBackend
    for name, method in _OPERATIONS.items():
        setattr(server, name, here(method, getattr(server, name, None)))
    for name, replace in _REPLACED.items():
        theirs = getattr(world, name)
        setattr(world, name, here(replace(theirs), theirs))


# -- operations --------------------------------------------------------------------------------------------------


def put_composite_alarm(self: Any) -> Any:
    answer = self.put_metric_alarm()
    alarms = self.cloudwatch_backend.alarms
    made = alarms[self._get_param("AlarmName")]
    made.rule_waits = {
        "actions_suppressor": self._get_param("ActionsSuppressor"),
        "actions_suppressor_wait_period": self._get_param("ActionsSuppressorWaitPeriod"),
        "actions_suppressor_extension_period": self._get_param("ActionsSuppressorExtensionPeriod"),
    }
    for name, value in made.rule_waits.items():
        setattr(made, name, value)
    _evaluate(alarms)
    return answer


def enable_alarm_actions(self: Any) -> Any:
    return _switched(self, on=True)


def disable_alarm_actions(self: Any) -> Any:
    return _switched(self, on=False)


def _switched(self: Any, *, on: bool) -> Any:
    from moto.core.responses import EmptyResult

    for name in self._get_param("AlarmNames", []):
        if name in self.cloudwatch_backend.alarms:
            self.cloudwatch_backend.alarms[name].actions_enabled = on
    return EmptyResult()


def describe_alarm_history(self: Any) -> Any:
    from moto.core.responses import ActionResult

    name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
    types = self._get_param("AlarmTypes", []) or ["MetricAlarm"]
    start, end = self._get_param("StartDate"), self._get_param("EndDate")
    items = [
        item
        for alarm in self.cloudwatch_backend.alarms.values()
        for item in _history(alarm)
        if (name is None or alarm.name == name)
        and (kind is None or item["HistoryItemType"] == kind)
        and item["AlarmType"] in types
        and (start is None or _moment(item["Timestamp"]) >= _moment(start))
        and (end is None or _moment(item["Timestamp"]) <= _moment(end))
    ]
    items.sort(key=lambda item: _moment(item["Timestamp"]))
    if self._get_param("ScanBy") != "TimestampAscending":
        items.reverse()
    return ActionResult({"AlarmHistoryItems": items})


def _moment(time: datetime) -> float:
    return time.replace(tzinfo=time.tzinfo or timezone.utc).timestamp()


def _history(alarm: Any) -> list[dict[str, Any]]:
    kind = "MetricAlarm" if alarm.rule is None else "CompositeAlarm"
    created = getattr(alarm, "created", alarm.configuration_updated_timestamp)
    of = {"AlarmName": alarm.name, "AlarmType": kind}
    found = [
        {
            **of,
            "Timestamp": created,
            "HistoryItemType": "ConfigurationUpdate",
            "HistorySummary": f'Alarm "{alarm.name}" created',
            "HistoryData": json.dumps({"version": "1.0", "type": "Create"}),
        }
    ]
    now = (
        None,
        alarm.state_reason,
        alarm.state_reason_data,
        alarm.state_value,
        alarm.state_updated_timestamp,
    )
    states = [*alarm.history, now]
    for (_, old_reason, _, old, _), (_, reason, _, new, time) in pairwise(states):
        if old == new:
            continue
        data = {
            "version": "1.0",
            "oldState": {"stateValue": old, "stateReason": old_reason},
            "newState": {"stateValue": new, "stateReason": reason},
        }
        found.append(
            {
                **of,
                "Timestamp": time,
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old} to {new}",
                "HistoryData": json.dumps(data),
            }
        )
    return found


_OPERATIONS = {
    each.__name__: each
    for each in (put_composite_alarm, enable_alarm_actions, disable_alarm_actions, describe_alarm_history)
}


# -- states ------------------------------------------------------------------------------------------------------


def _putting(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """A new alarm has not been looked at yet, and one that is changed stays in its state."""

    def put_metric_alarm(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        before = self.alarms.get(name)
        if before is not None:
            kwargs["tags"] = None  # those of a new alarm alone count
        made = theirs(self, name, *args, **kwargs)
        if before is None:
            made.state_value, made.state_reason = _NEW
            made.created = made.configuration_updated_timestamp
        else:
            for each in (
                "state_value",
                "state_reason",
                "state_reason_data",
                "state_updated_timestamp",
                "history",
            ):
                setattr(made, each, getattr(before, each))
            made.created = getattr(before, "created", before.configuration_updated_timestamp)
        return made

    return put_metric_alarm


def _setting(theirs: Callable[..., Any]) -> Callable[..., Any]:
    def set_alarm_state(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = theirs(self, *args, **kwargs)
        _evaluate(self.alarms)
        return answer

    return set_alarm_state


def _evaluate(alarms: Mapping[str, Any]) -> None:
    """Put composite alarms into the states that their rules say; of composite alarms of others, as often as they change."""
    for _ in alarms:
        changed = False
        for alarm in alarms.values():
            if alarm.rule is None:
                continue
            state = "ALARM" if _Rule(alarm.rule, alarms).value() else "OK"
            if state != alarm.state_value:
                alarm.update_state(f"The rule is {state == 'ALARM'}: {alarm.rule}", "{}", state)
                changed = True
        if not changed:
            return


class _Rule:
    """The rule of a composite alarm."""

    def __init__(self, text: str, alarms: Mapping[str, Any]) -> None:
        self._tokens = [found.groups() for found in _TOKEN.finditer(text)]
        self._alarms = alarms
        self._place = 0

    def value(self) -> bool:
        value = self._all()
        while self._word() == "OR":
            self._place += 1
            value = self._all() or value
        return value

    def _all(self) -> bool:
        value = self._one()
        while self._word() == "AND":
            self._place += 1
            value = self._one() and value
        return value

    def _one(self) -> bool:
        state, name, word = self._tokens[self._place]
        self._place += 1
        if word == "NOT":
            return not self._one()
        if word == "(":
            value = self.value()
            self._place += 1
            return value
        if word is not None:
            return bool(word == "TRUE")
        plain = re.sub(r"\\(.)", r"\1", name.strip().strip('"'))
        arn = _ARN_NAME.fullmatch(plain)
        found = self._alarms.get(plain if arn is None else arn[1])
        return found is not None and bool(found.state_value == state)

    def _word(self) -> str | None:
        word: str | None = self._tokens[self._place][2] if self._place < len(self._tokens) else None
        return word


# -- metrics -----------------------------------------------------------------------------------------------------


def _reading(_theirs: Callable[..., Any]) -> Callable[..., Any]:
    def get_metric_data(
        self: Any,
        queries: Sequence[Mapping[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampDescending",
    ) -> list[dict[str, Any]]:
        from moto.cloudwatch.exceptions import ValidationError

        start, end = _moment(start_time), _moment(end_time)
        if start >= end:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        raw = [each for each in self.get_all_metrics() if start <= _moment(each.timestamp) < end]
        lines = {query["Id"]: _line(query["MetricStat"], raw) for query in queries if "MetricStat" in query}
        step = max((line.period for line in lines.values()), default=60)
        periods = list(range(int(start // step) * step, math.ceil(end), step))
        left = [query for query in queries if "MetricStat" not in query]
        while left:
            # Those first that name no expression that is still to come.
            names = {query["Id"] for query in left}
            query = next(
                (each for each in left if not names & set(re.findall(r"\w+", each["Expression"]))), left[0]
            )
            left.remove(query)
            value = evaluated(query["Expression"], lines, periods)
            if isinstance(value, float):
                value = Line({} if math.isnan(value) else dict.fromkeys(periods, value), step)
            if not isinstance(value, Line):
                raise Lacking("metric maths that gives several series")
            lines[query["Id"]] = value
        return [
            _result(query, lines[query["Id"]], scan_by)
            for query in queries
            if query.get("ReturnData", True) is not False
        ]

    return get_metric_data


def _result(query: Mapping[str, Any], line: Line, scan_by: str) -> dict[str, Any]:
    points = sorted(line.points.items(), reverse=scan_by != "TimestampAscending")
    stat = query.get("MetricStat")
    label = query["Id"] if stat is None else stat["Metric"]["MetricName"]
    return {
        "id": query["Id"],
        "label": query.get("Label") or label,
        "values": [value for _, value in points],
        "timestamps": [datetime.fromtimestamp(time, timezone.utc) for time, _ in points],
        "status_code": "Complete",
    }


def _line(stat: Mapping[str, Any], raw: Sequence[Any]) -> Line:
    """The points of a metric, in periods that begin when the clock says so."""
    metric, period = stat["Metric"], int(stat["Period"])
    wanted = sorted((each["Name"], each["Value"]) for each in metric.get("Dimensions") or ())
    groups: dict[int, list[Any]] = {}
    for each in raw:
        if (
            each.namespace == metric["Namespace"]
            and each.name == metric["MetricName"]
            and sorted((dimension.name, dimension.value) for dimension in each.dimensions) == wanted
            and stat.get("Unit") in (None, each.unit)
        ):
            groups.setdefault(int(_moment(each.timestamp) // period) * period, []).append(each)
    points = {time: _statistic(stat["Stat"], groups[time]) for time in sorted(groups)}
    return Line({time: value for time, value in points.items() if value is not None}, period)


def _statistic(name: str, data: Sequence[Any]) -> float | None:
    values = sorted(each.value for each in data if hasattr(each, "value"))
    sets = [each for each in data if not hasattr(each, "value")]
    count = len(values) + sum(each.sample_count for each in sets)
    total = sum(values) + sum(each.sum for each in sets)
    if name == "SampleCount":
        return float(count)
    if name == "Sum":
        return float(total)
    if name == "Average":
        return float(total / count)
    if name == "Minimum":
        return float(min([*values, *(each.min for each in sets)]))
    if name == "Maximum":
        return float(max([*values, *(each.max for each in sets)]))
    if re.fullmatch(r"p\d+(\.\d+)?", name):
        # The least value that so many percent are not above.
        return float(values[max(0, math.ceil(len(values) * float(name[1:]) / 100) - 1)]) if values else None
    raise Lacking(f"the statistic {name}")


_REPLACED = {"put_metric_alarm": _putting, "set_alarm_state": _setting, "get_metric_data": _reading}
