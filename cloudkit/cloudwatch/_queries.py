"""Metrics and expressions in CloudWatch's form: queries with ids, as many as a call or an alarm takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import define, field

if TYPE_CHECKING:
    from cloudkit.cloudwatch.maths import Computed
    from cloudkit.cloudwatch.metric import Metric

PeriodOf: TypeAlias = "Callable[[Metric], int]"


@define
class Queries:
    """The queries of one call. A metric that is wanted several times is asked for once.

    Attributes:
        period_of: The period that a metric is asked for with.
        wanted: By id, the positions of what is wanted.
    """

    period_of: PeriodOf
    wanted: dict[str, list[int]] = field(factory=dict[str, "list[int]"])
    _ids: dict[tuple[object, ...], str] = field(factory=dict[tuple[object, ...], str], init=False)
    _rows: dict[str, dict[str, Any]] = field(factory=dict[str, "dict[str, Any]"], init=False)

    def __len__(self) -> int:
        return len(self._rows)

    def cost(self, of: Computed) -> int:
        """How many queries more it would be."""
        metrics = {self._key(metric) for metric in of.metrics_within()}
        return len(metrics - self._ids.keys()) + (not _is_metric(of))

    def add(self, of: Computed, position: int) -> str:
        """Ask for it, for that position; its id."""
        if _is_metric(of):
            (metric,) = of.metrics_within()
            found = self.id_of(metric)
        else:
            text = of.rendered(self.id_of)
            found = f"e{len(self._rows) + 1}"
            self._rows[found] = {"Id": found, "Expression": text, "ReturnData": False}
        self._rows[found]["ReturnData"] = True
        self.wanted.setdefault(found, []).append(position)
        return found

    def id_of(self, metric: Metric) -> str:
        """The id of a metric, which it is asked for under."""
        key = self._key(metric)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = f"m{len(self._rows) + 1}"
            self._rows[found] = {
                "Id": found,
                "MetricStat": {
                    "Metric": metric_row(metric),
                    "Period": self.period_of(metric),
                    "Stat": metric.statistic,
                },
                "ReturnData": False,
            }
        return found

    def rows(self) -> Sequence[dict[str, Any]]:
        """As AWS takes them."""
        return list(self._rows.values())

    def _key(self, metric: Metric) -> tuple[object, ...]:
        dimensions = tuple(metric.dimensions.items())
        return metric.namespace, metric.name, dimensions, metric.statistic, self.period_of(metric)


def _is_metric(of: Computed) -> bool:
    return hasattr(of, "namespace")


def metric_row(metric: Metric) -> dict[str, Any]:
    """A metric in AWS's form."""
    row: dict[str, Any] = {"Namespace": metric.namespace, "MetricName": metric.name}
    dimensions = dimension_rows(metric)
    return {**row, "Dimensions": dimensions} if dimensions else row


def dimension_rows(metric: Metric) -> list[dict[str, str]]:
    """The dimensions of a metric in AWS's form."""
    return [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
