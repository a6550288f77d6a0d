"""A composite alarm: one that watches others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.resource import Attribute, attribute
from cloudkit.cloudwatch import _alarms, _composition
from cloudkit.cloudwatch._address import AlarmAddress
from cloudkit.cloudwatch._alarms import Target
from cloudkit.cloudwatch._composition import CompositeOptions
from cloudkit.cloudwatch._limits import TEST_SECONDS, WAIT_SECONDS
from cloudkit.cloudwatch._making import Making
from cloudkit.cloudwatch._spans import Span
from cloudkit.cloudwatch.rule import RuleLike
from cloudkit.cloudwatch.state import AlarmEvent, EventKind, Wanted
from cloudkit.types import Duration, TagMap

_TEST = "tested with cloudkit"


@define(eq=False, repr=False)
class CompositeAlarm(AlarmAddress):
    """An alarm that watches other alarms, by its name or ARN. Making one calls nothing.

    Args:
        name: Its name, or its ARN, whose region replaces the Cloud's.
        cloud: Where it is. Default: the current Cloud.

    Raises:
        InvalidRequest: An ARN of something else, or a name that AWS does not take.

    Examples:
        >>> CompositeAlarm.create("shop is down", Alarm("slow") & ~Alarm("deploying"), notify=topic)
        <CompositeAlarm shop is down>

    AWS: none
    """

    _type: ClassVar[str] = "CompositeAlarm"
    _rows: ClassVar[str] = "CompositeAlarms"

    rule: ClassVar[Attribute[str]] = attribute("AlarmRule", str)
    suppressor: ClassVar[Attribute[str | None]] = attribute("ActionsSuppressor", str, optional=True)
    suppressed_by: ClassVar[Attribute[str | None]] = attribute(
        "ActionsSuppressedBy", str, optional=True, volatile=True
    )

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        rule: RuleLike,
        *,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[CompositeOptions],
    ) -> Self:
        """Make a composite alarm. Two requests: AWS would overwrite one that is there, so that its name is looked up.

        Args:
            name: 1 to 255 characters, that no other alarm here has.
            rule: When it is in alarm: alarms joined by `&`, `|` and `~`; up to 100 of them.
            tags: Its tags.
            aws: More parameters of PutCompositeAlarm, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.
            **options: Those of `CompositeOptions`:

                - `notify`: what is told that it is in alarm: topics, other things with an ARN, or ARNs; up to 5;
                - `notify_ok`, `notify_insufficient_data`: what is told that it is OK again, or lacks data;
                - `description`: a text for whoever is told, up to 1,024 characters;
                - `enabled`: whether it tells anybody. Default: it does;
                - `suppressor`: an alarm that keeps it from telling while that one is in alarm;
                - `suppressor_wait`, `suppressor_extension`: seconds that it waits for the suppressor, and goes on
                  waiting after it. Default: 60.

        Returns:
            The alarm.

        Raises:
            AlreadyExists: The name is taken.
            InvalidRequest: CloudWatch takes no such alarm.

        Examples:
            >>> CompositeAlarm.create("shop is slow", Alarm("slow") | Alarm("errors")).rule
            'ALARM("slow") OR ALARM("errors")'

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutCompositeAlarm
        """
        alarm = cls(name, cloud=cloud)
        fields = _composition.fields(alarm, rule, options)
        alarm._making(aws).create(alarm, fields, tags)
        return alarm

    @classmethod
    def ensure(
        cls,
        name: str,
        rule: RuleLike,
        *,
        update: bool = False,
        tags: TagMap | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[CompositeOptions],
    ) -> Self:
        """Take the composite alarm that is there, or make it. Two requests; one if it is there, and one more with tags.

        Args:
            name: As in `create`.
            rule: As in `create`.
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
            >>> CompositeAlarm.ensure("shop is slow", Alarm("slow") | Alarm("errors"))
            <CompositeAlarm shop is slow>

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutCompositeAlarm, cloudwatch:ListTagsForResource,
            cloudwatch:TagResource
        """
        alarm = cls(name, cloud=cloud)
        fields = _composition.fields(alarm, rule, options)
        alarm._making(aws).ensure(alarm, fields, tags, update=update)
        return alarm

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a composite alarm by its name. One request.

        Args:
            name: Its name, or its ARN.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The alarm, loaded.

        Raises:
            AlarmNotFound: There is none.

        Examples:
            >>> CompositeAlarm.get("shop").rule
            'ALARM("slow")'

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
        """The composite alarms of the region that match all of these. One request for each 100.

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
            >>> [alarm.name for alarm in CompositeAlarm.list("shop")]
            ['shop']

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
        """The first composite alarm that matches. One request, more if AWS's pages have none.

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
            >>> CompositeAlarm.find("no such") is None
            True

        AWS: cloudwatch:DescribeAlarms
        """
        return cls.list(prefix, state=state, notifies=notifies, cloud=cloud).first()

    # -- changing --------------------------------------------------------------------------------------------

    def update(
        self,
        rule: RuleLike | None = None,
        *,
        aws: Mapping[str, Any] | None = None,
        **options: Unpack[CompositeOptions],
    ) -> Self:
        """Change some of its settings; the others, and its state, stay. Two requests.

        Args:
            rule: A new rule.
            aws: More parameters of PutCompositeAlarm, as boto3 takes them.
            **options: Those of `create`.

        Returns:
            The alarm itself.

        Raises:
            AlarmNotFound: It is not there.
            InvalidRequest: CloudWatch takes no such alarm.

        Examples:
            >>> CompositeAlarm("shop").update(Alarm("slow") | Alarm("errors")).rule
            'ALARM("slow") OR ALARM("errors")'

        AWS: cloudwatch:DescribeAlarms, cloudwatch:PutCompositeAlarm
        """
        changed = _composition.fields(self, rule, options)
        merged = _composition.merged(self.refresh().raw, changed)
        try:
            self._call("put_composite_alarm", AlarmName=self.name, aws=aws, **merged)
        finally:
            self._unlearn()
        return self

    def delete(self) -> None:
        """Delete it; one that is not there is fine. One request.

        Raises:
            Conflict: Another composite alarm names it.

        Examples:
            >>> CompositeAlarm("shop").delete()

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
            >>> CompositeAlarm("shop").wait("OK", timeout=60)
            <CompositeAlarm shop OK>

        AWS: cloudwatch:DescribeAlarms
        """
        _alarms.wait(self, state, timeout)
        return self

    def test(self, state: Wanted = "ALARM", *, hold: Duration = TEST_SECONDS, reason: str = _TEST) -> Self:
        """Put it into a state, so that whom it tells is told, and then back. Four requests, and two if it is back already.

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
            >>> CompositeAlarm("shop").test("ALARM", hold=0).state
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
            >>> [event.kind for event in CompositeAlarm("shop").history("1d", kind="ConfigurationUpdate")]
            [<EventKind.SETTINGS: 'ConfigurationUpdate'>]

        AWS: cloudwatch:DescribeAlarmHistory
        """
        return _alarms.history(self, since, until, kind, oldest_first=oldest_first)

    # -- actions ---------------------------------------------------------------------------------------------

    def enable(self) -> Self:
        """Let it tell those that it notifies. One request.

        Returns:
            The alarm itself.

        Examples:
            >>> CompositeAlarm("shop").enable().enabled
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
            >>> CompositeAlarm("shop").disable().enabled
            False

        AWS: cloudwatch:DisableAlarmActions
        """
        _alarms.switch(self, on=False)
        return self

    def muted(self) -> AbstractContextManager[Self]:
        """A block in which it tells nobody; then it is as it was before, also after an exception. Three requests.

        Of several blocks at once in this process, it is so after the last; other processes know nothing of them.

        Returns:
            The block, whose `as` is the alarm.

        Raises:
            AlarmNotFound: It is not there, as the block is entered.

        Examples:
            >>> with CompositeAlarm("shop").muted() as alarm:
            ...     print(alarm.enabled)
            False

        AWS: cloudwatch:DescribeAlarms, cloudwatch:DisableAlarmActions, cloudwatch:EnableAlarmActions
        """
        return _alarms.muted(self)

    def _making(self, aws: Mapping[str, Any] | None) -> Making:
        put = partial(self._call, "put_composite_alarm", AlarmName=self.name, aws=aws)
        return Making(put, _composition.differing, _composition.merged)
