"""A metric: a value that somebody reports again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, field, frozen
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing, paged
from cloudkit.cloudwatch import _reading
from cloudkit.cloudwatch._limits import (
    LATEST_PERIODS,
    LATEST_SECONDS,
    MAX_DIMENSION_FILTERS,
    MINUTE_SECONDS,
)
from cloudkit.cloudwatch._names import Pairs, checked_dimensions, checked_metric_name, checked_namespace
from cloudkit.cloudwatch._periods import checked_period
from cloudkit.cloudwatch._service import CLOUDWATCH
from cloudkit.cloudwatch._spans import Span, now, span_seconds, whole_span
from cloudkit.cloudwatch._terms import MetricTerm
from cloudkit.cloudwatch.maths import Computed, checked_times
from cloudkit.cloudwatch.series import Series
from cloudkit.cloudwatch.statistic import Statistic, checked_statistic
from cloudkit.cloudwatch.unit import Unit, checked_unit
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer


def _as_pairs(dimensions: Mapping[str, str] | Pairs | None) -> Pairs:
    return dimensions if isinstance(dimensions, tuple) else checked_dimensions(dimensions)


def _as_period(period: Span | None) -> int | None:
    return None if period is None else checked_period(whole_span("period", period))


def _as_unit(unit: Unit | str | None) -> Unit | None:
    return None if unit is None else checked_unit(unit)


@frozen(repr=False, order=False)
class Metric(Computed, MetricTerm):
    """A metric, and which statistic of it. Making one calls nothing, and there is no telling whether it has points.

    The metrics of AWS's own resources are ready on them: `box.metrics.cpu`, `queue.metrics.oldest_age`.

    Args:
        namespace: Whose it is: `"AWS/EC2"`, or a name of your own.
        name: Its name, such as `"CPUUtilization"`.
        dimensions: What it is of, such as `{"InstanceId": box.id}`. A metric has all of them or is another one.
        statistic: How the values of a period become one: `"Average"`, `"Sum"`, `"Minimum"`, `"Maximum"`,
            `"SampleCount"`, or a percentile such as `"p99"`.
        period: Seconds that a point stands for. Default: chosen when it is read.
        every: Seconds between its values, as its publisher sends them.
        unit: What its values are in. It is for people: CloudWatch is not asked for values of that unit alone.
        label: What a `Series` of it is called. Default: its name and dimensions.
        cloud: Where it is. Default: the current Cloud.

    Raises:
        InvalidRequest: Names, dimensions, a statistic, period or unit that CloudWatch does not have.

    Examples:
        >>> Metric("App", "requests", {"Host": "web-1"}, statistic="Sum").last("3h").sum()
        70.0

    AWS: none
    """

    namespace: str = field(converter=checked_namespace)
    name: str = field(converter=checked_metric_name)
    _pairs: Pairs = field(default=None, converter=_as_pairs, alias="dimensions")
    statistic: str = field(kw_only=True, default=Statistic.AVERAGE, converter=checked_statistic)
    period: int | None = field(kw_only=True, default=None, converter=_as_period)
    every: int = field(kw_only=True, default=MINUTE_SECONDS)
    unit: Unit | None = field(kw_only=True, default=None, converter=_as_unit)
    label: str | None = field(kw_only=True, default=None)
    _cloud: Cloud = field(kw_only=True, default=None, converter=cloud_or_current, alias="cloud")

    @property
    @override
    def cloud(self) -> Cloud:
        """Where it is."""
        return self._cloud

    @property
    @override
    def dimensions(self) -> dict[str, str]:
        """What it is of."""
        return dict(self._pairs)

    @property
    @override
    def title(self) -> str:
        """Its label, or name and dimensions, and the statistic."""
        return f"{self.caption} {self.statistic}"

    @property
    def caption(self) -> str:
        """Its label; or its name, and its dimensions behind it."""
        return self.label or " ".join([self.name, *(f"{name}={value}" for name, value in self._pairs)])

    @override
    def __repr__(self) -> str:
        of = "".join(f" {name}={value}" for name, value in self._pairs)
        return f"<Metric {self.namespace} {self.name}{of} {self.statistic}>"

    # -- others like it --------------------------------------------------------------------------------------

    def stat(self, statistic: Statistic | str, *, period: Span | None = None) -> Self:
        """The same metric with another statistic. No request.

        Args:
            statistic: As in `Metric`.
            period: Seconds that a point stands for. Default: as this one has it.

        Returns:
            A metric.

        Raises:
            InvalidRequest: There is no such statistic or period.

        Examples:
            >>> Metric("App", "latency").stat("p99")
            <Metric App latency p99>

        AWS: none
        """
        return evolve(self, statistic=str(statistic), period=self.period if period is None else period)

    @override
    def labelled(self, label: str, *, unit: Unit | str | None = None) -> Self:
        """The same metric, called so in a `Series`. No request.

        Args:
            label: What to call it.
            unit: What its values are in. Default: as this one says.

        Returns:
            A metric.

        Raises:
            InvalidRequest: There is no such unit.

        Examples:
            >>> Metric("App", "latency").labelled("time to answer").caption
            'time to answer'

        AWS: none
        """
        return evolve(self, label=label, unit=self.unit if unit is None else unit)

    @override
    def metrics_within(self) -> Iterator[Metric]:
        """The metric itself. No request.

        Returns:
            It alone.

        Examples:
            >>> metric = Metric("App", "errors")
            >>> list(metric.metrics_within()) == [metric]
            True

        AWS: none
        """
        yield self

    @override
    def rendered(self, name_of: Callable[[MetricTerm], str]) -> str:
        """Its id, in CloudWatch's language. No request.

        Args:
            name_of: Gives it.

        Returns:
            The id.

        Examples:
            >>> Metric("App", "errors").rendered(lambda metric: "m1")
            'm1'

        AWS: none
        """
        return name_of(self)

    # -- reading ---------------------------------------------------------------------------------------------

    @override
    def last(
        self, span: Span, *, period: Span | None = None, statistic: Statistic | str | None = None
    ) -> Series:
        """What it was in the time until now. One request; more for more than 100,800 points.

        Args:
            span: How far back, up to 455 days: `"3h"`, `"14d"`, seconds, or a `timedelta`.
            period: Seconds that a point stands for. Default: by the points' age, and so that there are no more than
                1,440: a minute up to 15 days back, five up to 63, then an hour, and longer for long spans.
            statistic: As in `Metric`. Default: this metric's.

        Returns:
            The series, the oldest point first.

        Raises:
            InvalidRequest: No such span, statistic, or a period that CloudWatch does not keep for so long.
            IncompleteData: CloudWatch says that points are missing.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}).last("3h", statistic="Sum").values
            (10.0, 20.0, 40.0)

        AWS: cloudwatch:GetMetricData
        """
        wanted = self if statistic is None else self.stat(statistic)
        return Computed.last(wanted, span, period=period)

    @override
    def between(
        self,
        start: datetime,
        end: datetime | None = None,
        *,
        period: Span | None = None,
        statistic: Statistic | str | None = None,
    ) -> Series:
        """What it was from one time to another. One request; more for more than 100,800 points.

        Args:
            start: From when, at most 455 days ago. The period that it falls in is there from its beginning.
            end: Until when, itself not included. Default: now.
            period: As in `last`.
            statistic: As in `last`.

        Returns:
            The series, the oldest point first.

        Raises:
            InvalidRequest: Times without a zone, or an end before the start, or as in `last`.
            IncompleteData: CloudWatch says that points are missing.

        Examples:
            >>> from datetime import datetime, timedelta, timezone
            >>> yesterday = datetime.now(timezone.utc) - timedelta(days=1)
            >>> Metric("App", "requests", {"Host": "web-1"}).between(yesterday, statistic="Sum").sum()
            70.0

        AWS: cloudwatch:GetMetricData
        """
        wanted = self if statistic is None else self.stat(statistic)
        return Computed.between(wanted, start, end, period=period)

    def latest(self, *, within: Span | None = None) -> float | None:
        """The value of its last point. One request.

        Args:
            within: How old it may be. Default: 3 hours, or three points of a metric that has few.

        Returns:
            The value; None if there is no point that young.

        Raises:
            InvalidRequest: No such span.
            IncompleteData: CloudWatch says that points are missing.

        Examples:
            >>> Metric("App", "requests", {"Host": "web-1"}, statistic="Sum").latest()
            40.0

        AWS: cloudwatch:GetMetricData
        """
        usual = max(LATEST_SECONDS, LATEST_PERIODS * max(self.every, self.period or 0))
        return self.last(usual if within is None else within).latest

    @classmethod
    def read_all(
        cls,
        of: Iterable[Computed],
        span: Span | None = None,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        period: Span | None = None,
    ) -> Sequence[Series]:
        """Read many metrics at once, of one account or of several. One request for each 500, several under way at once.

        Args:
            of: Metrics and expressions.
            span: How far back, as in `last`; or else:
            start: From when.
            end: Until when. Default: now.
            period: As in `last`.

        Returns:
            The series of each, in that order.

        Raises:
            InvalidRequest: Neither a span nor a start, or both; or as in `last`.
            IncompleteData: CloudWatch says that points are missing; `.series` has what came.

        Examples:
            >>> hosts = [Metric("App", "requests", {"Host": host}).stat("Sum") for host in ("web-1", "web-2")]
            >>> [series.sum() for series in Metric.read_all(hosts, "3h")]
            [70.0, 5.0]

        AWS: cloudwatch:GetMetricData
        """
        if (span is None) == (start is None):
            raise InvalidRequest("either a span or start= says from when", hint="read_all(metrics, '3h')")
        until = now() if end is None else end
        begin = until - timedelta(seconds=span_seconds("span", span)) if span is not None else start
        assert begin is not None  # noqa: S101 - one of the two was given
        first, last = checked_times(begin, until)
        return _reading.read(list(of), first, last, period)

    # -- finding ---------------------------------------------------------------------------------------------

    @classmethod
    def list(
        cls,
        namespace: str | None = None,
        name: str | None = None,
        *,
        dimensions: Mapping[str, str | None] | None = None,
        recent: bool = False,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The metrics that had values in the last two weeks. One request for each 500.

        AWS shows a new one after up to 15 minutes; it can be read before.

        Args:
            namespace: Whose they are. Default: anybody's.
            name: Their name. Default: any.
            dimensions: Dimensions that they have, among others; with None as the value for any. Up to 10.
            recent: Only those that had values in the last three hours.
            aws: More parameters of ListMetrics, as boto3 takes them.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The metrics, with the average as their statistic.

        Raises:
            InvalidRequest: Names that CloudWatch does not take, or too many dimensions.

        Examples:
            >>> sorted(metric.dimensions["Host"] for metric in Metric.list("App", "requests"))
            ['web-1', 'web-2']

        AWS: cloudwatch:ListMetrics
        """
        cloud = cloud_or_current(cloud)
        if dimensions is not None and len(dimensions) > MAX_DIMENSION_FILTERS:
            raise InvalidRequest(
                f"{len(dimensions)} dimensions: AWS looks for at most {MAX_DIMENSION_FILTERS}"
            )
        filters = [
            {"Name": key} if value is None else {"Name": key, "Value": value}
            for key, value in (dimensions or {}).items()
        ]
        return paged(
            cloud,
            CLOUDWATCH,
            "list_metrics",
            "Metrics",
            lambda row: cls.of_row(row, cloud=cloud),
            of="Metric",
            aws=aws,
            Namespace=None if namespace is None else checked_namespace(namespace),
            MetricName=None if name is None else checked_metric_name(name),
            Dimensions=filters or None,
            RecentlyActive="PT3H" if recent else None,
        )

    @classmethod
    def of_row(cls, row: Answer, *, cloud: Cloud | None = None) -> Self:
        """The metric that a row of AWS's speaks of. No request.

        Args:
            row: With `Namespace`, `MetricName` and `Dimensions`, as boto3 gives it.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            A metric.

        Examples:
            >>> Metric.of_row({"Namespace": "App", "MetricName": "errors", "Dimensions": []})
            <Metric App errors Average>

        AWS: none
        """
        dimensions = {str(each["Name"]): str(each["Value"]) for each in row.get("Dimensions") or ()}
        return cls(str(row["Namespace"]), str(row["MetricName"]), dimensions, cloud=cloud)
