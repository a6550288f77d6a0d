"""An alarm as what it is to a request: a name, and what AWS says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field

from cloudkit._core.params import tag_dict, tag_list
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.cloudwatch._names import alarm_place, checked_alarm_name
from cloudkit.cloudwatch._service import CLOUDWATCH
from cloudkit.cloudwatch.errors import AlarmNotFound
from cloudkit.cloudwatch.rule import AlarmRule, RuleLike
from cloudkit.cloudwatch.state import AlarmState
from cloudkit.types import Answer


def _texts(rows: Iterable[Any] | None) -> tuple[str, ...]:
    return tuple(str(row) for row in rows or ())


@define(eq=False, repr=False)
class AlarmAddress(Resource):
    """What metric alarms and composite alarms have in common."""

    _service = CLOUDWATCH
    _shown = ("StateValue",)
    # AWS's word for the class, and where rows of it stand in an answer.
    _type: ClassVar[str] = "MetricAlarm"
    _rows: ClassVar[str] = "MetricAlarms"

    name: str = field()

    state: ClassVar[Attribute[AlarmState]] = attribute("StateValue", AlarmState, volatile=True)
    reason: ClassVar[Attribute[str | None]] = attribute("StateReason", str, optional=True, volatile=True)
    updated: ClassVar[Attribute[datetime]] = attribute("StateUpdatedTimestamp", datetime, volatile=True)
    description: ClassVar[Attribute[str | None]] = attribute("AlarmDescription", str, optional=True)
    enabled: ClassVar[Attribute[bool]] = attribute("ActionsEnabled", bool, volatile=True)
    notify: ClassVar[Attribute[tuple[str, ...] | None]] = attribute("AlarmActions", _texts, optional=True)
    notify_ok: ClassVar[Attribute[tuple[str, ...] | None]] = attribute("OKActions", _texts, optional=True)
    notify_insufficient_data: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "InsufficientDataActions", _texts, optional=True
    )
    _arn: ClassVar[Attribute[str]] = attribute("AlarmArn", str)

    def __attrs_post_init__(self) -> None:
        name, region = alarm_place(self.name)
        self._identify(name=checked_alarm_name(name))
        if region is not None:
            self._identify(cloud=self.cloud.in_region(region))

    @property
    def arn(self) -> str:
        """The Amazon Resource Name; loaded when it is first needed."""
        return self._arn

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return Tags(
            lambda: tag_dict(self._call("list_tags_for_resource", ResourceARN=self.arn).get("Tags")),
            lambda tags: self._call("tag_resource", ResourceARN=self.arn, Tags=tag_list(tags)),
            lambda keys: self._call("untag_resource", ResourceARN=self.arn, TagKeys=list(keys)),
        )

    def __and__(self, other: RuleLike) -> AlarmRule:
        return AlarmRule.alarm(self) & other

    def __or__(self, other: RuleLike) -> AlarmRule:
        return AlarmRule.alarm(self) | other

    def __invert__(self) -> AlarmRule:
        return ~AlarmRule.alarm(self)

    def _find_row(self) -> Answer | None:
        """What AWS says of it; None if it is not there."""
        answer = self._call("describe_alarms", AlarmNames=[self.name], AlarmTypes=[self._type])
        rows: Sequence[Answer] = answer.get(self._rows, [])
        return next((row for row in rows if row.get("AlarmName") == self.name), None)

    def _load(self) -> Answer:
        row = self._find_row()
        if row is None:
            raise AlarmNotFound(
                f"there is no such {'composite ' if self._type == 'CompositeAlarm' else ''}alarm",
                service=CLOUDWATCH.name,
                operation="DescribeAlarms",
                resource=self.name,
                hint=CLOUDWATCH.hints["ResourceNotFound"],
            )
        return row
