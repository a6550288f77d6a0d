"""An alarm: a metric that is watched, and whom it tells."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, TypeVar

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.resource import Attribute, attribute
from cloudkit.cloudwatch import _alarms, _settings
from cloudkit.cloudwatch._address import AlarmAddress
from cloudkit.cloudwatch._alarms import Target
from cloudkit.cloudwatch._limits import TEST_SECONDS, WAIT_SECONDS
from cloudkit.cloudwatch._making import Making
from cloudkit.cloudwatch._settings import AlarmOptions
from cloudkit.cloudwatch._spans import Span, written
from cloudkit.cloudwatch.condition import Comparison, Condition
from cloudkit.cloudwatch.metric import Metric
from cloudkit.cloudwatch.state import AlarmEvent, EventKind, Missing, Wanted
from cloudkit.errors import InvalidRequest
from cloudkit.types import Duration, TagMap

_TEST = "tested with cloudkit"

A = TypeVar("A", bound="Alarm")


@define(eq=False, repr=False)
class Alarm(AlarmAddress):
    """An alarm on a metric or an expression, by its name or ARN. Making one calls nothing.

    In a rule for a `CompositeAlarm` it takes `&`, `|` and `~`.

    Args:
        name: Its name, or its ARN, whose region replaces the Cloud's.
        cloud: Where it is. Default: the current Cloud.

    Raises:
        InvalidRequest: An ARN of something else, or a name that AWS does not take.

    Examples:
        >>> alarm = Alarm.when(Metric("App", "errors").stat("Sum") > 5, for_="5m", name="too many errors")
        >>> alarm
        <Alarm too many errors>
        >>> alarm.threshold, alarm.comparison, alarm.for_
        (5.0, <Comparison.ABOVE: 'GreaterThanThreshold'>, '5m')

    AWS: none
    """

    _boto3_name: ClassVar[str | None] = "Alarm"

    comparison: ClassVar[Attribute[Comparison]] = attribute("ComparisonOperator", Comparison)
    threshold: ClassVar[Attribute[float | None]] = attribute("Threshold", float, optional=True)
    periods: ClassVar[Attribute[int]] = attribute("EvaluationPeriods", int)
    _period: ClassVar[Attribute[int | None]] = attribute("Period", int, optional=True)
    _datapoints: ClassVar[Attribute[int | None]] = attribute("DatapointsToAlarm", int, optional=True)
    _missing: ClassVar[Attribute[Missing | None]] = attribute("TreatMissingData", Missing, optional=True)

    @property
    def metric(self) -> Metric | None:
        """What it watches, with its statistic and period; None if that is an expression of several."""
        found = _settings.metric_of(self.raw)
        if found is None:
            return None
        row, statistic = found
        return Metric.of_row(row, cloud=self.cloud).stat(statistic, period=self.period)

    @property
    def period(self) -> int:
        """Seconds of one data point."""
        found = self._period
        if found is None:
            stats = [each["MetricStat"] for each in self.raw.get("Metrics") or () if each.get("MetricStat")]
            found = max((int(each["Period"]) for each in stats), default=0)
        return found

    @property
    def for_(self) -> str:
        """How long it looks back."""
        return written(self.period * self.periods)

    @property
    def datapoints(self) -> int:
        """How many of the data points have to be so."""
        return self._datapoints or self.periods

    @property
    def missing(self) -> Missing:
        """What a missing point is taken for."""
        return self._missing or Missing.MISSING

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def when(
        cls,
        condition: Condition,
        for_: Span,
        *,
        name: str | None = None,
        update: bool = False,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[AlarmOptions],
    ) -> Self:
        """Have an alarm on a condition: `ensure`, with a name made of the condition. Two requests; one if it is there.

        Args:
            condition: A comparison: `box.metrics.cpu > 80`, `errors / requests >= 0.01`.
            for_: How long it has to be so: `"5m"`, seconds, or a `timedelta`; a multiple of the period.
            name: Its name. Default: the condition, and for how long.
            update: Change what is otherwise, in place of `Conflict`.
            tags: As in `create`.
            aws: As in `create`.
            cloud: As in `create`.
            **options: Those of `create`.

        Returns:
            The alarm.

        Raises:
            Conflict: There is one by that name with other settings, and `update` is not given.
            InvalidRequest: CloudWatch takes no such alarm.

        Examples:
            >>> Alarm.when(Metric("App", "latency").stat("p99") > 2.5, "15m", notify=topic)
            <Alarm latency p99 > 2.5 for 15m>

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm; those of `ensure`
        """
        chosen = _settings.name_for(condition, for_) if name is None else name
        return cls.ensure(
            chosen, condition, for_=for_, update=update, tags=tags, aws=aws, cloud=cloud, **options
        )

    @classmethod
    def create(
        cls,
        name: str,
        condition: Condition,
        *,
        for_: Span,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[AlarmOptions],
    ) -> Self:
        """Make an alarm. Two requests: CloudWatch would overwrite one that is there, so that its name is looked up.

        A new alarm is INSUFFICIENT_DATA until CloudWatch has looked; then it tells whom its state concerns.

        Args:
            name: 1 to 255 characters, that no other alarm here has.
            condition: A comparison: `box.metrics.cpu > 80`. Of an expression, with at most 10 metrics.
            for_: How long it has to be so: `"5m"`, seconds, or a `timedelta`. A day at most, or seven in periods of an
                hour or more; a multiple of the period.
            tags: Its tags.
            aws: More parameters of PutMetricAlarm, as boto3 takes them.
            cloud: Where to make it. Default: the metric's.
            **options: Those of `AlarmOptions`:

                - `period`: seconds of one data point: 10, 20, 30 or a multiple of 60. Default: as often as the metric
                  has values, as far as is known, and a minute at least;
                - `datapoints`: how many of the data points have to be so. Default: all;
                - `missing`: what a missing point is taken for: `"breaching"`, `"notBreaching"`, `"ignore"` (the state
                  stays) or `"missing"` (with too many of them it lacks data). Default: `"missing"`;
                - `notify`: what is told that it is in alarm: topics, other things with an ARN, or ARNs; up to 5;
                - `notify_ok`, `notify_insufficient_data`: what is told that it is OK again, or lacks data;
                - `description`: a text for whoever is told, up to 1,024 characters;
                - `enabled`: whether it tells anybody. Default: it does;
                - `few_samples`: of percentiles, whether periods with few values count: `"evaluate"` or `"ignore"`.

        Returns:
            The alarm.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: CloudWatch takes no such alarm.
            LimitExceeded: The account may have no more.

        Examples:
            >>> Alarm.create("busy", Metric("App", "load") >= 4, for_="10m", datapoints=8, missing="breaching").periods
            10

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm
        """
        fields, alarm = _asked(cls, name, condition, for_, cloud, options)
        alarm._making(aws).create(alarm, fields, tags)
        return alarm

    @classmethod
    def ensure(
        cls,
        name: str,
        condition: Condition,
        *,
        for_: Span,
        update: bool = False,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[AlarmOptions],
    ) -> Self:
        """Take the alarm that is there, or make it. Two requests; one if it is there, and one more with tags.

        What is not named is not compared, and not changed.

        Args:
            name: As in `create`.
            condition: As in `create`.
            for_: As in `create`.
            update: Change what is otherwise, in place of `Conflict`.
            tags: Tags that it has; others stay.
            aws: As in `create`; for one that is made or changed.
            cloud: As in `create`.
            **options: Those of `create`.

        Returns:
            The alarm.

        Raises:
            Conflict: There is one by that name with other settings, which it names, and `update` is not given.
            InvalidRequest: CloudWatch takes no such alarm.

        Examples:
            >>> alarm = Alarm.ensure("errors", Metric("App", "errors") > 5, for_="5m")
            >>> Alarm.ensure("errors", Metric("App", "errors") > 9, for_="5m", update=True).threshold
            9.0

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm, cloudwatch:ListTagsForResource,
            cloudwatch:TagResource
        """
        fields, alarm = _asked(cls, name, condition, for_, cloud, options)
        alarm._making(aws).ensure(alarm, fields, tags, update=update)
        return alarm

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find an alarm by its name. One request.

        Args:
            name: Its name, or its ARN.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The alarm, loaded.

        Raises:
            AlarmNotFound: There is none; a composite alarm is another class.

        Examples:
            >>> Alarm.get("slow").state
            <AlarmState.OK: 'OK'>

        AWS: cloudwatch:DescribeAlarms
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        prefix: str | None = None,
        *,
        state: Wanted | None = None,
        notifies: Target | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The alarms of the region that match all of these. One request for each 100.

        Args:
            prefix: How their names begin. Default: any way.
            state: The state that they are in. Default: any.
            notifies: What they tell, in whatever state. Default: anything.
            aws: More parameters of DescribeAlarms, as boto3 takes them.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The alarms, loaded.

        Raises:
            InvalidRequest: There is no such state.

        Examples:
            >>> [alarm.name for alarm in Alarm.list("sl", state="OK")]
            ['slow']

        AWS: cloudwatch:DescribeAlarms
        """
        return _alarms.listed(cls, prefix, state, notifies, aws, cloud_or_current(cloud))

    @classmethod
    def find(
        cls,
        prefix: str | None = None,
        *,
        state: Wanted | None = None,
        notifies: Target | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """The first alarm that matches. One request, more if AWS's pages have none.

        Args:
            prefix: As in `list`.
            state: As in `list`.
            notifies: As in `list`.
            cloud: As in `list`.

        Returns:
            The alarm, loaded; or None.

        Raises:
            InvalidRequest: There is no such state.

        Examples:
            >>> Alarm.find(state="ALARM") is None
            True

        AWS: cloudwatch:DescribeAlarms
        """
        return cls.list(prefix, state=state, notifies=notifies, cloud=cloud).first()

    # -- changing --------------------------------------------------------------------------------------------

    def update(
        self,
        condition: Condition | None = None,
        *,
        for_: Span | None = None,
        aws: Mapping[str, Any] | None = None,
        **options: Unpack[AlarmOptions],
    ) -> Self:
        """Change some of its settings; the others, and its state, stay. Two requests.

        Args:
            condition: A new condition. With it, `for_` says for how long; without, as long as before.
            for_: How long it has to be so; only with a condition.
            aws: More parameters of PutMetricAlarm, as boto3 takes them.
            **options: Those of `create`; `period` and `datapoints` only with a condition.

        Returns:
            The alarm itself.

        Raises:
            AlarmNotFound: It is not there.
            InvalidRequest: CloudWatch takes no such alarm.

        Examples:
            >>> Alarm("slow").update(description="p99 of all requests").description
            'p99 of all requests'

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm
        """
        misplaced = [name for name in ("period", "datapoints") if name in options]
        if condition is None and (for_ is not None or misplaced):
            named = ", ".join([*(["for_"] if for_ is not None else []), *misplaced])
            raise InvalidRequest(
                f"{named} without a condition", hint="alarm.update(alarm.metric > 80, for_='5m')"
            )
        changed = _settings.other_fields(options, self.cloud.region)
        row = self.refresh().raw
        if condition is not None:
            changed |= _settings.condition_fields(condition, self.for_ if for_ is None else for_, options)
        try:
            self._call("put_metric_alarm", AlarmName=self.name, aws=aws, **_settings.merged(row, changed))
        finally:
            self._unlearn()
        return self

    def delete(self) -> None:
        """Delete it; one that is not there is fine. One request.

        Raises:
            Conflict: A composite alarm names it.

        Examples:
            >>> Alarm("slow").delete()

        AWS: cloudwatch:DeleteAlarms
        """
        _alarms.delete(self)

    # -- states ----------------------------------------------------------------------------------------------

    def wait(self, state: Wanted, *, timeout: Duration = WAIT_SECONDS) -> Self:
        """Wait until it is in a state. One request a look.

        Args:
            state: `"OK"`, `"ALARM"` or `"INSUFFICIENT_DATA"`.
            timeout: Seconds, more than 0.

        Returns:
            The alarm itself, loaded.

        Raises:
            WaitTimeout: It was not in that state in time.
            AlarmNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> Alarm("slow").wait("OK", timeout=60).reason is not None
            True

        AWS: cloudwatch:DescribeAlarms
        """
        _alarms.wait(self, state, timeout)
        return self

    def test(self, state: Wanted = "ALARM", *, hold: Duration = TEST_SECONDS, reason: str = _TEST) -> Self:
        """Put it into a state, so that whom it tells is told, and then back. Four requests, and two if it is back already.

        CloudWatch takes the actions of a state as it changes. It may look before `hold` is over, and put the alarm into
        its real state by itself.

        Args:
            state: The state to try.
            hold: Seconds to leave it there.
            reason: What those who are told read.

        Returns:
            The alarm itself.

        Raises:
            Conflict: It is in that state already.
            AlarmNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> Alarm("slow").test("ALARM", hold=0).state
            <AlarmState.OK: 'OK'>

        AWS: cloudwatch:DescribeAlarms, cloudwatch:SetAlarmState
        """
        _alarms.test(self, state, reason, hold)
        return self

    def history(
        self,
        since: datetime | Span | None = None,
        *,
        until: datetime | None = None,
        kind: EventKind | str | None = None,
        oldest_first: bool = False,
    ) -> Listing[AlarmEvent]:
        """What happened to it, the newest first. One request for each 100 entries.

        Args:
            since: From when: a time, or how long ago. Default: as far back as CloudWatch remembers.
            until: Until when. Default: now.
            kind: `"StateUpdate"`, `"Action"` or `"ConfigurationUpdate"`. Default: all.
            oldest_first: The other way round.

        Returns:
            The entries.

        Raises:
            InvalidRequest: There is no such kind, or a time without a zone.

        Examples:
            >>> [event.new_state for event in Alarm("slow").history("1d", kind="StateUpdate")]
            [<AlarmState.OK: 'OK'>]

        AWS: cloudwatch:DescribeAlarmHistory
        """
        return _alarms.history(self, since, until, kind, oldest_first=oldest_first)

    # -- actions ---------------------------------------------------------------------------------------------

    def enable(self) -> Self:
        """Let it tell those that it notifies. One request.

        Returns:
            The alarm itself.

        Examples:
            >>> Alarm("slow").enable().enabled
            True

        AWS: cloudwatch:EnableAlarmActions
        """
        _alarms.switch(self, on=True)
        return self

    def disable(self) -> Self:
        """Let it change its state and tell nobody. One request.

        Returns:
            The alarm itself.

        Examples:
            >>> Alarm("slow").disable().enabled
            False

        AWS: cloudwatch:DisableAlarmActions
        """
        _alarms.switch(self, on=False)
        return self

    def muted(self) -> AbstractContextManager[Self]:
        """A block in which it tells nobody; then it is as it was before, also after an exception. Three requests.

        Of several blocks at once in this process, it is so after the last; other processes know nothing of them.
        One that told nobody before is left so. What it would have told in the block is not told later.

        Returns:
            The block, whose `as` is the alarm.

        Raises:
            AlarmNotFound: It is not there, as the block is entered.

        Examples:
            >>> with Alarm("slow").muted() as alarm:
            ...     print(alarm.enabled)
            False

        AWS: cloudwatch:DescribeAlarms, cloudwatch:DisableAlarmActions, cloudwatch:EnableAlarmActions
        """
        return _alarms.muted(self)

    def _making(self, aws: Mapping[str, Any] | None) -> Making:
        put = partial(self._call, "put_metric_alarm", AlarmName=self.name, aws=aws)
        return Making(put, _settings.differing, _settings.merged)


def _asked(
    cls: type[A], name: str, condition: Condition, for_: Span, cloud: Cloud | None, options: AlarmOptions
) -> tuple[dict[str, Any], A]:
    """What is asked for, checked; and the alarm that it is of."""
    fields = _settings.condition_fields(condition, for_, options)
    where = condition.of.cloud
    if cloud is not None and cloud != where:
        raise InvalidRequest(
            "the alarm would be in another account or region than its metric", hint="leave cloud= out"
        )
    alarm = cls(name, cloud=where)
    if alarm.cloud != where:
        raise InvalidRequest(
            f"the alarm {name!r} would be in {alarm.cloud.region}, and its metric is in {where.region}",
            hint=f"its name alone: {alarm.name!r}",
        )
    others = _settings.other_fields(options, alarm.cloud.region)
    _alarms.check_instance_actions(others.get("AlarmActions", ()), list(condition.of.metrics_within()))
    return {**fields, **others}, alarm
