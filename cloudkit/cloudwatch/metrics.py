"""Publishing metrics of one's own."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from numbers import Real
from types import TracebackType
from typing import Any, TypeAlias, TypeVar, cast

from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.hooks import Hook
from cloudkit._core.tally import Pulse, Tally, TallyClosed, afresh_after_fork
from cloudkit.cloudwatch import _publishing
from cloudkit.cloudwatch._limits import (
    CLOSE_SECONDS,
    FLUSH_SECONDS,
    FUTURE_SECONDS,
    MAX_DATA_PER_CALL,
    MAX_GATHERED_VALUES,
    MAX_KEPT_DATA,
    MAX_VALUE,
    MINUTE_SECONDS,
    PAST_SECONDS,
)
from cloudkit.cloudwatch._names import Pairs, checked_dimensions, checked_metric_name, checked_own_namespace
from cloudkit.cloudwatch._publishing import Key
from cloudkit.cloudwatch._spans import Span, aware, now, span_seconds
from cloudkit.cloudwatch.datum import Datum
from cloudkit.cloudwatch.metric import Metric
from cloudkit.cloudwatch.statistic import Statistic
from cloudkit.cloudwatch.unit import Unit, checked_unit
from cloudkit.errors import BatchError, Failed, InvalidRequest, LimitExceeded

LOG = logging.getLogger("cloudkit.cloudwatch")

F = TypeVar("F", bound=Callable[..., Any])

ErrorHook: TypeAlias = Callable[[BatchError], object]
"""Told of data that could not be sent; on the thread that sends."""

_COUNT, _SECONDS = str(Unit.COUNT), str(Unit.SECONDS)


class Metrics:
    """Publishes metrics of your own: counts, values and times, from any thread.

    What is given is added up in memory, by minute; a request is sent once a minute, for up to 1,000 metrics, by a
    thread that begins with the first value. No method but `flush` and `close` sends or waits for anything.

    What could not be sent is sent again a minute later; so an answer that gets lost may count values twice, as AWS
    cannot tell. With more than 10,000 metrics and minutes waiting, the oldest are given up. Nothing is given up
    silently: `on_error` is told, or else the log; and the end of the block raises `BatchError` for all that was not
    sent by then. A process that ends without closing it sends what is there, for up to 10 seconds. After a fork, the
    child has an empty one.

    Args:
        namespace: A name for all of them, such as `"App"`; not `"AWS/..."`.
        dimensions: Dimensions that each of them has, up to 30.
        flush_every: Seconds from one request to the next, or `"5m"`. Default: a minute.
        high_resolution: Keep seconds apart, which costs more and is kept for 3 hours.
        on_error: Called with a `BatchError` when data could not be sent.
        cloud: Where to publish. Default: the current Cloud.

    Raises:
        InvalidRequest: Names or dimensions that CloudWatch does not take.

    Examples:
        >>> with Metrics("Shop", dimensions={"Host": "web-1"}) as metrics:
        ...     metrics.count("orders")
        ...     metrics.put("basket", 3, unit="Count")
        ...     with metrics.timer("checkout"):
        ...         pass
        >>> metrics.metric("orders").stat("Sum").latest()
        1.0

    AWS: none
    """

    def __init__(
        self,
        namespace: str,
        *,
        dimensions: Mapping[str, str] | None = None,
        flush_every: Span = FLUSH_SECONDS,
        high_resolution: bool = False,
        on_error: ErrorHook | None = None,
        cloud: Cloud | None = None,
    ) -> None:
        self.namespace: str = checked_own_namespace(namespace)
        self.cloud: Cloud = cloud_or_current(cloud)
        self._own = checked_dimensions(dimensions)
        self._grain = 1 if high_resolution else MINUTE_SECONDS
        self._on_error = Hook(on_error, f"on_error of {self!r}", LOG)
        self._tally: Tally[Key, Datum] = Tally(MAX_GATHERED_VALUES)
        self._pulse = Pulse(
            self._send, span_seconds("flush_every", flush_every), CLOSE_SECONDS, "cloudkit-metrics"
        )
        # Keys whose names were looked at: that is not done for each value.
        self._checked: set[Key] = set()
        self._closed = False
        self._reset()
        afresh_after_fork(self)

    def _reset(self) -> None:
        self._lost: list[Failed] = []
        self._lost_before = 0

    @property
    def dimensions(self) -> dict[str, str]:
        """The dimensions that each of them has."""
        return dict(self._own)

    @override
    def __repr__(self) -> str:
        return f"<Metrics {self.namespace}{''.join(f' {name}={value}' for name, value in self._own)}>"

    # -- giving ----------------------------------------------------------------------------------------------

    def count(self, name: str, number: float = 1, *, dimensions: Mapping[str, str] | None = None) -> None:
        """Count something that happened. No request, and no waiting.

        The statistic `"Sum"` of the metric is how often it did.

        Args:
            name: The metric's name.
            number: How often.
            dimensions: More dimensions, of this value.

        Raises:
            InvalidRequest: A name, dimensions or a number that CloudWatch does not take; or it is closed.

        Examples:
            >>> with Metrics("Shop") as metrics:
            ...     for kind in ("card", "card", "cash"):
            ...         metrics.count("payments", dimensions={"Kind": kind})

        AWS: none
        """
        self._add((name, _COUNT, self._pairs(dimensions)), number, 1, None)

    def put(
        self,
        name: str,
        value: float,
        *,
        unit: Unit | str | None = None,
        dimensions: Mapping[str, str] | None = None,
        times: float = 1,
        time: datetime | None = None,
    ) -> None:
        """Give a value: a size, a length, a temperature. No request, and no waiting.

        Args:
            name: The metric's name.
            value: It, between -2^360 and 2^360.
            unit: What it is in. Default: CloudWatch is told none.
            dimensions: More dimensions, of this value.
            times: How often it came.
            time: When it came, from two weeks ago to two hours ahead. Default: now.

        Raises:
            InvalidRequest: What CloudWatch does not take, such as NaN; or it is closed.

        Examples:
            >>> with Metrics("Shop") as metrics:
            ...     metrics.put("page size", 48_120, unit="Bytes")

        AWS: none
        """
        moment = None if time is None else _moment(time)
        if not 0 < times <= MAX_VALUE:
            raise InvalidRequest(f"times={times!r}: it is more than 0")
        chosen = None if unit is None else checked_unit(unit).value
        self._add((name, chosen, self._pairs(dimensions)), value, times, moment)

    def timer(self, name: str, *, dimensions: Mapping[str, str] | None = None) -> Timer:
        """Measure how long something takes, in seconds: a block, or each call of a function. No request.

        What ends by an exception is measured too.

        Args:
            name: The metric's name.
            dimensions: More dimensions, of these values.

        Returns:
            A context manager, which is a decorator too, for coroutines as well.

        Examples:
            >>> metrics = Metrics("Shop")
            >>> @metrics.timer("parse")
            ... def parse(text):
            ...     return text.split()
            >>> with metrics.timer("load") as timer:
            ...     words = parse("a b")
            >>> timer.seconds < 60
            True
            >>> metrics.close()

        AWS: none
        """
        return Timer(self, name, dimensions)

    def metric(
        self,
        name: str,
        *,
        dimensions: Mapping[str, str] | None = None,
        statistic: Statistic | str = Statistic.AVERAGE,
    ) -> Metric:
        """One of them, to be read or watched. No request.

        Args:
            name: The metric's name.
            dimensions: More dimensions, as they were given with its values.
            statistic: As in `Metric`.

        Returns:
            A metric.

        Raises:
            InvalidRequest: Names or a statistic that CloudWatch does not have.

        Examples:
            >>> Metrics("Shop").metric("orders", statistic="Sum") > 100
            <Condition orders Sum > 100>

        AWS: none
        """
        return Metric(
            self.namespace,
            name,
            dict(self._pairs(dimensions)),
            statistic=statistic,
            every=self._grain,
            cloud=self.cloud,
        )

    def _pairs(self, dimensions: Mapping[str, str] | None) -> Pairs:
        if not dimensions:
            return self._own
        return tuple(sorted({**dict(self._own), **dimensions}.items()))

    def _add(self, key: Key, value: float, times: float, moment: float | None) -> None:
        # Of what is in no order with numbers, NaN included, this is not true.
        try:
            takes = -MAX_VALUE <= value <= MAX_VALUE
        except TypeError:
            takes = False
        if not takes:
            raise InvalidRequest(f"{key[0]}={value!r}: CloudWatch takes numbers between -2^360 and 2^360")
        if key not in self._checked:
            self._check(key, value)
        try:
            distinct = self._tally.add(key, float(value), times, self._grain, moment)
        except TallyClosed:
            raise InvalidRequest(f"{self!r} is closed", hint="make another one: Metrics(...)") from None
        if distinct:
            if not self._pulse.running:
                self._pulse.begin()
            if distinct * 2 >= MAX_GATHERED_VALUES or self._tally.places >= MAX_DATA_PER_CALL:
                self._pulse.nudge()

    def _check(self, key: Key, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise InvalidRequest(f"{key[0]}={value!r} is no number")
        checked_metric_name(key[0])
        checked_dimensions(dict(key[2]))
        if len(self._checked) >= MAX_KEPT_DATA:
            self._checked.clear()
        self._checked.add(key)

    # -- sending ---------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many data could not be sent and will be tried again."""
        return len(self._tally.waiting)

    @property
    def lost(self) -> int:
        """How many data were given up so far."""
        return self._lost_before + len(self._lost)

    def flush(self) -> None:
        """Send what is there now, and wait for that. One request for each 1,000 metrics.

        Raises:
            BatchError: Some were not sent; `.failed` pairs each datum with its error. What failed for a passing reason
                is kept, and sent again later.

        Examples:
            >>> metrics = Metrics("Shop")
            >>> metrics.count("orders", 12)
            >>> metrics.flush()
            >>> metrics.close()

        AWS: cloudwatch:PutMetricData
        """
        failure = self._pulse.now()
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Send what is there, and take nothing more. One request for each 1,000 metrics.

        Raises:
            BatchError: Some were not sent, now or before; `.failed` pairs each datum with its error.

        Examples:
            >>> metrics = Metrics("Shop")
            >>> metrics.count("orders", 12)
            >>> metrics.close()

        AWS: cloudwatch:PutMetricData
        """
        error = self._end()
        if error is not None:
            raise error

    def _end(self) -> BatchError | None:
        """Close it; what was not sent."""
        if self._closed:
            return None
        self._closed = True
        self._pulse.stop()
        return _publishing.unsent(self._lost, self.namespace) if self._lost else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure = self._end()
        if failure is None:
            return
        if error is None:
            raise failure
        LOG.warning("%s", failure)

    def _send(self, last: bool) -> BatchError | None:
        """Send what was gathered, and what waits, one thread at a time; what was not sent."""
        # At the end of a process others may count still, and are not to fail for it.
        gathered, left_out = self._tally.take(last=last and self._closed)
        data = [*self._tally.waiting, *_publishing.data_of(gathered)]
        failed = _publishing.put(self.cloud, self.namespace, data, self._grain) if data else []
        kept = [] if last else [each for each in failed if each.error.retryable][-MAX_KEPT_DATA:]
        keeping = {id(each.item) for each in kept}
        given_up = [each for each in failed if id(each.item) not in keeping]
        self._tally.waiting = [cast("Datum", each.item) for each in kept]
        if left_out:
            reason = LimitExceeded(
                f"{left_out} values were left out, since {MAX_GATHERED_VALUES} distinct ones were in memory",
                hint="round them: put(name, round(value, 2))",
            )
            given_up.append(Failed(f"{left_out} values", reason))
        self._lose(given_up)
        reported = [*given_up, *kept]
        failure = _publishing.unsent(reported, self.namespace) if reported else None
        if failure is not None:
            self._report(failure)
        return failure

    def _lose(self, given_up: list[Failed]) -> None:
        """Remember what was given up, the newest of it in full."""
        self._lost += given_up
        over = len(self._lost) - MAX_DATA_PER_CALL
        if over > 0:
            del self._lost[:over]
            self._lost_before += over

    def _report(self, error: BatchError) -> None:
        if self._on_error:
            self._on_error(error)
        elif not self._closed:  # the end of the block raises it; that of the process does not
            LOG.warning("%s", error)


class Timer:
    """Measures a block, or each call of a function. Made by `metrics.timer(...)`.

    Attributes:
        seconds: How long the last block took.
    """

    def __init__(self, metrics: Metrics, name: str, dimensions: Mapping[str, str] | None) -> None:
        self.seconds: float = 0.0
        self._metrics = metrics
        self._name = name
        self._dimensions = dimensions
        self._begun: list[float] = []

    def __enter__(self) -> Self:
        self._begun.append(self._metrics.cloud.clock.now())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = self._metrics.cloud.clock.now() - self._begun.pop()
        self._metrics.put(self._name, self.seconds, unit=_SECONDS, dimensions=self._dimensions)

    def __call__(self, function: F) -> F:
        """The same function, measured. AWS: none."""

        @functools.wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            with Timer(self._metrics, self._name, self._dimensions):
                return function(*args, **kwargs)

        @functools.wraps(function)
        async def measured_later(*args: Any, **kwargs: Any) -> Any:
            with Timer(self._metrics, self._name, self._dimensions):
                return await function(*args, **kwargs)

        return cast("F", measured_later if inspect.iscoroutinefunction(function) else measured)


def _moment(time: datetime) -> float:
    """A time of the caller's, if CloudWatch takes values of then."""
    when = aware("time", time)
    if not now() - timedelta(seconds=PAST_SECONDS) <= when <= now() + timedelta(seconds=FUTURE_SECONDS):
        raise InvalidRequest(
            f"time={when:%Y-%m-%d %H:%M}: CloudWatch takes values of two weeks ago to two hours ahead"
        )
    return when.timestamp()
