"""Metrics and expressions in CloudWatch's form: queries with ids, as many as a call or an alarm takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from attrs import define, field

from cloudkit.cloudwatch._terms import MetricTerm, Term

PeriodsIn: TypeAlias = Callable[[Term], Callable[[MetricTerm], int]]
"""Of what is wanted, the period that each of its metrics is asked for with."""


@define
class Queries:
    """The queries of one call. A metric that is wanted several times is asked for once.

    Attributes:
        periods_in: The periods that metrics are asked for with.
        wanted: By id, the positions of what is wanted.
    """

    periods_in: PeriodsIn
    wanted: dict[str, list[int]] = field(factory=dict[str, "list[int]"])
    _ids: dict[tuple[object, ...], str] = field(factory=dict[tuple[object, ...], str], init=False)
    _rows: dict[str, dict[str, Any]] = field(factory=dict[str, "dict[str, Any]"], init=False)

    def __len__(self) -> int:
        return len(self._rows)

    def cost(self, of: Term) -> int:
        """How many queries more it would be."""
        period_of = self.periods_in(of)
        metrics = {_key(metric, period_of(metric)) for metric in of.metrics_within()}
        return len(metrics - self._ids.keys()) + (not _is_metric(of))

    def add(self, of: Term, position: int) -> str:
        """Ask for it, for that position; its id."""
        period_of = self.periods_in(of)
        if _is_metric(of):
            (metric,) = of.metrics_within()
            found = self._id_of(metric, period_of(metric))
        else:
            text = of.rendered(lambda metric: self._id_of(metric, period_of(metric)))
            found = f"e{len(self._rows) + 1}"
            self._rows[found] = {"Id": found, "Expression": text, "ReturnData": False}
        self._rows[found]["ReturnData"] = True
        self.wanted.setdefault(found, []).append(position)
        return found

    def _id_of(self, metric: MetricTerm, period: int) -> str:
        """The id of a metric, which it is asked for under."""
        key = _key(metric, period)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = f"m{len(self._rows) + 1}"
            self._rows[found] = {
                "Id": found,
                "MetricStat": {
                    "Metric": metric_row(metric),
                    "Period": period,
                    "Stat": metric.statistic,
                },
                "ReturnData": False,
            }
        return found

    def rows(self) -> Sequence[dict[str, Any]]:
        """As AWS takes them."""
        return list(self._rows.values())


def _key(metric: MetricTerm, period: int) -> tuple[object, ...]:
    return metric.namespace, metric.name, tuple(metric.dimensions.items()), metric.statistic, period


def _is_metric(of: Term) -> bool:
    return hasattr(of, "namespace")


def metric_row(metric: MetricTerm) -> dict[str, Any]:
    """A metric in AWS's form."""
    row: dict[str, Any] = {"Namespace": metric.namespace, "MetricName": metric.name}
    dimensions = dimension_rows(metric)
    return {**row, "Dimensions": dimensions} if dimensions else row


def dimension_rows(metric: MetricTerm) -> list[dict[str, str]]:
    """The dimensions of a metric in AWS's form."""
    return [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
