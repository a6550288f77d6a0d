"""Step scaling: how far a group grows or shrinks, by how far a metric is past a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from cloudkit._core.params import compact
from cloudkit.autoscaling._limits import MAX_STEPS
from cloudkit.cloudwatch import Comparison, Condition
from cloudkit.errors import InvalidRequest

_UP = frozenset({Comparison.ABOVE, Comparison.AT_LEAST})
_DOWN = frozenset({Comparison.BELOW, Comparison.AT_MOST})


@frozen
class Step:
    """What a step policy does while the metric is between two distances from the threshold.

    Attributes:
        change: Instances to add, or with less than 0 to remove; percent, or the number itself, as the policy says.
        above: From which distance on; None from any.
        below: Up to which distance; None up to any.
    """

    change: int
    above: float | None = None
    below: float | None = None


@frozen
class Change:
    """How a group changes.

    Attributes:
        kind: AWS's AdjustmentType.
        steps: By distance from the threshold, 0 and more, how far it changes.
    """

    kind: str
    steps: Mapping[float, int]


def change_of(
    *,
    add: int | None,
    remove: int | None,
    to: int | None,
    percent: float | None,
    steps: Mapping[float, int] | None,
) -> Change:
    """The change that is asked for, if it is one."""
    given = [
        name
        for name, value in (
            ("add", add),
            ("remove", remove),
            ("to", to),
            ("percent", percent),
            ("steps", steps),
        )
        if value is not None
    ]
    if len(given) != 1:
        raise InvalidRequest(
            f"{' and '.join(given) or 'nothing'}: one of add=, remove=, to=, percent= and steps= says what to do",
            hint="group.step(group.metrics.cpu > 80, add=2)",
        )
    for name, value in (("add", add), ("remove", remove)):
        if value is not None and value < 1:
            raise InvalidRequest(f"{name}={value}: it is 1 or more")
    if to is not None:
        if to < 0:
            raise InvalidRequest(f"to={to}: it is a number of instances, 0 or more")
        return Change("ExactCapacity", {0.0: to})
    if percent is not None:
        if not round(percent):
            raise InvalidRequest(f"percent={percent!r}: it is 1 or more, or -1 or less to shrink")
        return Change("PercentChangeInCapacity", {0.0: round(percent)})
    if steps is not None:
        return Change("ChangeInCapacity", _checked(steps))
    return Change("ChangeInCapacity", {0.0: add if add is not None else -(remove or 0)})


def _checked(steps: Mapping[float, int]) -> dict[float, int]:
    found = {float(distance): change for distance, change in sorted(steps.items())}
    if not found or next(iter(found)) != 0:
        raise InvalidRequest(
            f"steps={dict(steps)!r}: they begin at the threshold itself, which is 0",
            hint="steps={0: 1, 20: 3}",
        )
    if len(found) > MAX_STEPS:
        raise InvalidRequest(f"{len(found)} steps: a policy has at most {MAX_STEPS}")
    return found


def adjustments(change: Change, condition: Condition) -> list[dict[str, Any]]:
    """StepAdjustments: on the side of the threshold where the condition holds."""
    if condition.comparison not in _UP | _DOWN:
        raise InvalidRequest(f"{condition}: steps go with a threshold, not with a band")
    upwards = condition.comparison in _UP
    distances = [*change.steps]
    rows: list[dict[str, Any]] = []
    for near, far in zip(distances, [*distances[1:], None], strict=True):
        bounds = (near, far) if upwards else (None if far is None else -far, -near)
        rows.append(
            compact(
                {
                    "MetricIntervalLowerBound": bounds[0],
                    "MetricIntervalUpperBound": bounds[1],
                    "ScalingAdjustment": change.steps[near],
                }
            )
        )
    return rows


def steps_of(rows: Iterable[Mapping[str, Any]] | None) -> Sequence[Step]:
    """The steps that AWS's rows tell of."""
    return tuple(
        Step(
            int(row["ScalingAdjustment"]),
            _number(row.get("MetricIntervalLowerBound")),
            _number(row.get("MetricIntervalUpperBound")),
        )
        for row in rows or ()
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
