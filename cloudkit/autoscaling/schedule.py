"""A scheduled action: a group's size by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.listing import Listing
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._naming import cloud_of, group_name
from cloudkit.autoscaling._parts import Shelf, listed, row_on
from cloudkit.autoscaling._refusals import fine_if_gone, told_apart
from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.autoscaling.errors import ScheduledActionNotFound
from cloudkit.types import Answer

_SHELF = Shelf(
    "describe_scheduled_actions",
    "DescribeScheduledActions",
    "ScheduledUpdateGroupActions",
    "ScheduledActionName",
    ScheduledActionNotFound,
    "the group has no such scheduled action",
    "group.schedules() shows those that it has",
)


@define(eq=False, repr=False)
class ScheduledAction(Resource):
    """A scheduled action of a group, by its name. Making one of these calls nothing.

    `group.schedule(...)` makes one at AWS.

    Args:
        group: The group, or its name.
        name: Its name.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> action = AutoScalingGroup("web").schedule("evening", "0 20 * * *", desired=2)
        >>> action.cron, action.desired
        ('0 20 * * *', 2)

    AWS: none
    """

    _service = AUTOSCALING
    _shown = ("Recurrence",)

    group: str = field(converter=group_name)
    name: str = field()

    cron: ClassVar[Attribute[str | None]] = attribute("Recurrence", str, optional=True)
    zone: ClassVar[Attribute[str | None]] = attribute("TimeZone", str, optional=True)
    start: ClassVar[Attribute[datetime | None]] = attribute("StartTime", datetime, optional=True)
    end: ClassVar[Attribute[datetime | None]] = attribute("EndTime", datetime, optional=True)
    min: ClassVar[Attribute[int | None]] = attribute("MinSize", int, optional=True)
    max: ClassVar[Attribute[int | None]] = attribute("MaxSize", int, optional=True)
    desired: ClassVar[Attribute[int | None]] = attribute("DesiredCapacity", int, optional=True)

    @classmethod
    def get(cls, group: GroupAddress | str, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a scheduled action by its name. One request.

        Args:
            group: The group, or its name.
            name: Its name.
            cloud: Where it is. Default: the group's Cloud, or the current one.

        Returns:
            The action, loaded.

        Raises:
            ScheduledActionNotFound: The group has no such action.

        Examples:
            >>> ScheduledAction.get("web", "morning").desired
            4

        AWS: autoscaling:DescribeScheduledActions
        """
        return cls(group, name, cloud=cloud_of(group, cloud)).refresh()

    @classmethod
    def list(cls, group: GroupAddress | str, *, cloud: Cloud | None = None) -> Listing[Self]:
        """The scheduled actions of a group. One request for each 100.

        Args:
            group: The group, or its name.
            cloud: Where it is. Default: the group's Cloud, or the current one.

        Returns:
            The actions, loaded.

        Raises:
            AutoScalingGroupNotFound: There is no such group.

        Examples:
            >>> [action.name for action in ScheduledAction.list("web")]
            ['morning']

        AWS: autoscaling:DescribeScheduledActions
        """
        return listed(
            _SHELF,
            group,
            cloud,
            lambda of, row, at: cls(of, row[_SHELF.key], cloud=at)._learn(row, whole=True),
            of="ScheduledAction",
        )

    @override
    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        with told_apart(self.group):
            return self.cloud.invoke(self._service, operation, params, aws=aws, about=self)

    @override
    def _load(self) -> Answer:
        return row_on(_SHELF, self, self.group, self.name)

    def delete(self) -> None:
        """Delete it; fine if it is gone. One request.

        Raises:
            AccessDenied: These credentials may not.

        Examples:
            >>> ScheduledAction("web", "morning").delete()

        AWS: autoscaling:DeleteScheduledAction
        """
        try:
            with fine_if_gone():
                self._call(
                    "delete_scheduled_action", AutoScalingGroupName=self.group, ScheduledActionName=self.name
                )
        finally:
            self._unlearn()
