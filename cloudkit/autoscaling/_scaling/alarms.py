"""The alarms that set step policies off."""

from __future__ import annotations

from typing import cast

from cloudkit._core.cloud import Cloud
from cloudkit.autoscaling._scaling.tracking import check_place
from cloudkit.cloudwatch import Alarm, Condition
from cloudkit.cloudwatch._settings import condition_fields
from cloudkit.cloudwatch._spans import Span
from cloudkit.errors import InvalidRequest


def check_alarm(when: Condition | Alarm, for_: Span, cloud: Cloud) -> Condition:
    """The condition, if an alarm can have it: before a policy is made. One request for an alarm that is not loaded."""
    if isinstance(when, Alarm):
        metric, threshold = when.metric, when.threshold
        if metric is None or threshold is None:
            raise InvalidRequest(
                f"{when.name} is on an expression or a band: a step policy goes with a metric and a threshold",
                hint="group.step(group.metrics.cpu > 80, add=2)",
            )
        found = Condition(metric, when.comparison, threshold)
    else:
        found = when
        if not isinstance(cast("object", found), Condition):
            raise InvalidRequest(
                f"{when!r} is neither a condition nor an alarm",
                hint="group.step(group.metrics.cpu > 80, add=2)",
            )
        condition_fields(found, for_, {})
    check_place(found.of, cloud)
    return found


def alarm_on(when: Condition | Alarm, for_: Span, *, name: str, arn: str, cloud: Cloud) -> None:
    """Let an alarm tell a policy: the one that is there beside whom it tells, or else one of that name."""
    if isinstance(when, Alarm):
        told = when.notify or ()
        if arn not in told:
            when.update(notify=[*told, arn])
    else:
        Alarm.when(when, for_, name=name, notify=arn, update=True, cloud=cloud)
