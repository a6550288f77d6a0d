"""Reading metrics: any number of them, each page of each call, and whatever CloudWatch says about it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from attrs import define, field

from cloudkit._core.backoff import Backoff
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import as_datetime
from cloudkit._core.workers import in_parallel
from cloudkit.cloudwatch._limits import (
    MAX_QUERIES_PER_CALL,
    READ_ATTEMPTS,
    READ_PAUSE_SECONDS,
    READ_WORKERS,
)
from cloudkit.cloudwatch._periods import aligned, chosen_period, fitting_period, usual_period
from cloudkit.cloudwatch._queries import PeriodsIn, Queries
from cloudkit.cloudwatch._service import CLOUDWATCH
from cloudkit.cloudwatch._spans import Span, whole_span
from cloudkit.cloudwatch._terms import MetricTerm, Term
from cloudkit.cloudwatch.errors import IncompleteData
from cloudkit.cloudwatch.series import DataWarning, Series
from cloudkit.errors import AccessDenied, InvalidRequest, ServiceError
from cloudkit.types import Answer

_COMPLETE, _PARTIAL, _FORBIDDEN = "Complete", "PartialData", "Forbidden"
_FAILED = "InternalError"
_OPERATION = "GetMetricData"
# Expressions that may find nothing, and then are not mentioned in the answer.
_SEARCHING = ("SEARCH(", "METRICS(", "SELECT")


@define
class _Found:
    """What came for one id, over all pages."""

    points: dict[datetime, float] = field(factory=dict[datetime, float])
    labels: set[str] = field(factory=set[str])
    at_once: int = 1  # series of it in one page; they may be called the same
    status: str = _COMPLETE
    messages: list[str] = field(factory=list[str])


@define
class _Call:
    """One call: what it asks, where, and for when."""

    cloud: Cloud
    queries: Queries
    start: datetime
    end: datetime


def read(of: Sequence[Term], start: datetime, end: datetime, period: Span | None) -> list[Series]:
    """The series of those, in their order.

    Raises:
        InvalidRequest: A period that such old points do not have; too many metrics in one expression.
        IncompleteData: CloudWatch says that points are missing.
    """
    for each in of:
        if not hasattr(cast("object", each), "metrics_within"):
            raise InvalidRequest(f"{each!r} is neither a metric nor an expression")
    given = None if period is None else fitting_period(whole_span("period", period), start)

    def periods_in(computed: Term) -> Callable[[MetricTerm], int]:
        chosen = given or _common_period(computed, start, end)
        return lambda metric: (
            given or (chosen if metric.period is None else fitting_period(metric.period, start))
        )

    found: dict[int, tuple[_Found, Series]] = {}
    calls = _calls(of, start, end, periods_in)
    for call, answers in in_parallel(_answers, calls, width=READ_WORKERS, name="cloudkit-metrics"):
        for name, positions in call.queries.wanted.items():
            for position in positions:
                answer = _said(answers, name, of[position])
                found[position] = (answer, _series(of[position], answer, periods_in, start, end))
    series = [found[position][1] for position in range(len(of))]
    _refuse_incomplete(of, [found[position][0] for position in range(len(of))], series)
    return series


# -- what is asked -----------------------------------------------------------------------------------------------


def _common_period(of: Term, start: datetime, end: datetime) -> int:
    """The period of those metrics in it that say none: the same for all, and no shorter than what others say."""
    metrics = list(of.metrics_within())
    usual = usual_period([metric.every for metric in metrics])
    said = max((metric.period for metric in metrics if metric.period is not None), default=0)
    if said >= usual:
        return fitting_period(said, start)
    return chosen_period(start, end, usual)


def _calls(of: Sequence[Term], start: datetime, end: datetime, periods_in: PeriodsIn) -> Iterator[_Call]:
    """The calls that ask for all of those, each as full as AWS takes it.

    What is asked for together begins at the same time: where a day's period begins is too early for one of a minute.
    """
    together: dict[tuple[Cloud, datetime], list[int]] = {}
    for position, each in enumerate(of):
        period_of = periods_in(each)
        longest = max((period_of(metric) for metric in each.metrics_within()), default=1)
        together.setdefault((each.cloud, aligned(start, longest)), []).append(position)
    for (cloud, begin), positions in together.items():
        queries = Queries(periods_in)
        for position in positions:
            cost = queries.cost(of[position])
            if cost > MAX_QUERIES_PER_CALL:
                raise InvalidRequest(
                    f"an expression of {cost - 1} metrics: CloudWatch computes with {MAX_QUERIES_PER_CALL - 1}"
                )
            if len(queries) + cost > MAX_QUERIES_PER_CALL:
                yield _Call(cloud, queries, begin, end)
                queries = Queries(periods_in)
            queries.add(of[position], position)
        yield _Call(cloud, queries, begin, end)


def _answers(call: _Call) -> dict[str, _Found]:
    """What CloudWatch says to a call, which is asked again if it fails within a success."""
    pauses = Backoff(READ_PAUSE_SECONDS, attempts=READ_ATTEMPTS).begin(call.cloud.clock)
    while True:
        found = _asked(call)
        if not any(each.status == _FAILED for each in found.values()) or not pauses.take():
            return found


def _asked(call: _Call) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    general: list[str] = []
    rows = call.queries.rows()
    for page in call.cloud.pages(
        CLOUDWATCH,
        "get_metric_data",
        about=_named(call),
        MetricDataQueries=rows,
        StartTime=call.start,
        EndTime=call.end,
        ScanBy="TimestampAscending",
    ):
        general += _messages(page)
        results = page.get("MetricDataResults", [])
        for row in results:
            _add(found.setdefault(str(row["Id"]), _Found()), row)
        for name, times in Counter(str(row["Id"]) for row in results).items():
            found[name].at_once = max(found[name].at_once, times)
    for each in found.values():
        each.messages = list(dict.fromkeys([*general, *each.messages]))
    return found


def _named(call: _Call) -> str:
    count = len(call.queries)
    return "1 metric" if count == 1 else f"{count} metrics"


def _add(found: _Found, row: Answer) -> None:
    """One page's part of a result; what the last part says of itself holds for all."""
    times, values = row.get("Timestamps", []), row.get("Values", [])
    if len(times) != len(values):
        raise ServiceError(
            f"{len(times)} times came with {len(values)} values",
            service=CLOUDWATCH.name,
            operation=_OPERATION,
        )
    for time, value in zip(times, values, strict=True):
        if value is not None:  # a server that does not know the statistic says so
            found.points[as_datetime(time)] = float(value)
    found.labels.add(str(row.get("Label", "")))
    found.status = str(row.get("StatusCode") or _COMPLETE)
    found.messages += _messages(row)


def _messages(of: Mapping[str, Any]) -> Iterable[str]:
    for each in of.get("Messages") or ():
        code, value = each.get("Code"), each.get("Value")
        yield ": ".join(str(part) for part in (code, value) if part)


# -- what is made of the answers ---------------------------------------------------------------------------------


def _said(answers: Mapping[str, _Found], id: str, of: Term) -> _Found:
    found = answers.get(id)
    if found is None:
        if any(word in of.rendered(lambda _: id) for word in _SEARCHING):
            return _Found()
        raise ServiceError(
            f"the answer does not mention {of.title}", service=CLOUDWATCH.name, operation=_OPERATION
        )
    several = max(found.at_once, len(found.labels))
    if several > 1:
        raise InvalidRequest(
            f"{of.title} gives {several} series: {', '.join(sorted(found.labels)[:3])} ...",
            service=CLOUDWATCH.name,
            hint="SUM(...), AVG(...), MAX(...) of it is one series; Metric.list(...) and read_all give them all",
        )
    return found


def _series(of: Term, found: _Found, periods_in: PeriodsIn, start: datetime, end: datetime) -> Series:
    points = sorted(found.points.items())
    metrics = list(of.metrics_within())
    period_of = periods_in(of)
    statistic = getattr(of, "statistic", None)
    return Series(
        tuple(time for time, _ in points),
        tuple(value for _, value in points),
        label=getattr(of, "caption", of.title),
        statistic=statistic,
        period=max((period_of(metric) for metric in metrics), default=None),
        every=max((metric.every for metric in metrics), default=None),
        unit=getattr(of, "unit", None),
        start=start,
        end=end,
        messages=tuple(found.messages),
    )


def _refuse_incomplete(of: Sequence[Term], found: Sequence[_Found], series: Sequence[Series]) -> None:
    """Raise if points are missing, and warn of what is said beside."""
    bad = [(each, answer) for each, answer in zip(of, found, strict=True) if answer.status != _COMPLETE]
    if bad:
        raise _incomplete(bad, series)
    for message in dict.fromkeys(message for answer in found for message in answer.messages):
        warnings.warn(f"CloudWatch: {message}", DataWarning, stacklevel=4)


def _incomplete(bad: Sequence[tuple[Term, _Found]], series: Sequence[Series]) -> Exception:
    first, answer = bad[0]
    said = "".join(f"; {message}" for message in answer.messages)
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    if answer.status == _FORBIDDEN:
        return AccessDenied(
            f"these credentials may not read {first.title}{more}{said}",
            service=CLOUDWATCH.name,
            operation=_OPERATION,
            code=answer.status,
            hint="cloudwatch:GetMetricData is what they need, of a linked account's metrics there too",
        )
    what = "failed to read" if answer.status == _FAILED else "gave only a part of"
    error = IncompleteData(
        f"CloudWatch {what} {first.title}{more}{said}",
        service=CLOUDWATCH.name,
        operation=_OPERATION,
        code=answer.status,
        retryable=True,
        hint="a shorter span or a longer period needs less of it; `.series` has what came",
    )
    error.series = tuple(series)
    return error
