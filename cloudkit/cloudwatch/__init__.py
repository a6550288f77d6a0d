"""CloudWatch: metrics, and alarms on them."""

from __future__ import annotations

from cloudkit.cloudwatch._composition import CompositeOptions
from cloudkit.cloudwatch._settings import AlarmOptions
from cloudkit.cloudwatch.alarm import Alarm
from cloudkit.cloudwatch.composite_alarm import CompositeAlarm
from cloudkit.cloudwatch.condition import Comparison, Condition
from cloudkit.cloudwatch.datum import Datum
from cloudkit.cloudwatch.errors import AlarmNotFound, IncompleteData
from cloudkit.cloudwatch.language import expression, max_of, mean_of, min_of, sum_of
from cloudkit.cloudwatch.maths import Expression
from cloudkit.cloudwatch.metric import Metric
from cloudkit.cloudwatch.metrics import Metrics, Timer
from cloudkit.cloudwatch.rule import AlarmRule
from cloudkit.cloudwatch.series import DataWarning, Point, Series
from cloudkit.cloudwatch.source import Source
from cloudkit.cloudwatch.state import AlarmEvent, AlarmState, EventKind, Missing
from cloudkit.cloudwatch.statistic import Statistic
from cloudkit.cloudwatch.unit import Unit

__all__ = [
    "Alarm",
    "AlarmEvent",
    "AlarmNotFound",
    "AlarmOptions",
    "AlarmRule",
    "AlarmState",
    "Comparison",
    "CompositeAlarm",
    "CompositeOptions",
    "Condition",
    "DataWarning",
    "Datum",
    "EventKind",
    "Expression",
    "IncompleteData",
    "Metric",
    "Metrics",
    "Missing",
    "Point",
    "Series",
    "Source",
    "Statistic",
    "Timer",
    "Unit",
    "expression",
    "max_of",
    "mean_of",
    "min_of",
    "sum_of",
]
