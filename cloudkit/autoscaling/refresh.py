"""An instance refresh: a group's instances replaced a few at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import one_of
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.waiting import wait_for_state
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._limits import MAX_ROWS_PER_PAGE, REFRESH_SECONDS
from cloudkit.autoscaling._naming import cloud_of, group_name
from cloudkit.autoscaling._parts import Shelf, row_on
from cloudkit.autoscaling._refusals import told_apart
from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.autoscaling.errors import InstanceRefreshNotFound
from cloudkit.autoscaling.kinds import RefreshStatus
from cloudkit.errors import Conflict
from cloudkit.types import Answer, Duration

_SHELF = Shelf(
    "describe_instance_refreshes",
    "DescribeInstanceRefreshes",
    "InstanceRefreshes",
    "InstanceRefreshId",
    InstanceRefreshNotFound,
    "there is no such instance refresh",
    "group.refreshes() shows those of the last six weeks",
)
_INACTIVE = "ActiveInstanceRefreshNotFound"
_ENDS = (RefreshStatus.SUCCESSFUL, RefreshStatus.CANCELLED, RefreshStatus.ROLLED_BACK)
# What may still become this or that.
_DEAD = {
    RefreshStatus.SUCCESSFUL: {
        RefreshStatus.FAILED,
        RefreshStatus.CANCELLING,
        RefreshStatus.CANCELLED,
        RefreshStatus.ROLLING_BACK,
        RefreshStatus.ROLLED_BACK,
        RefreshStatus.ROLLBACK_FAILED,
    },
    RefreshStatus.CANCELLED: {
        RefreshStatus.SUCCESSFUL,
        RefreshStatus.FAILED,
        RefreshStatus.ROLLED_BACK,
        RefreshStatus.ROLLBACK_FAILED,
    },
    RefreshStatus.ROLLED_BACK: {
        RefreshStatus.SUCCESSFUL,
        RefreshStatus.FAILED,
        RefreshStatus.CANCELLED,
        RefreshStatus.ROLLBACK_FAILED,
    },
}
_CANCELLED = (RefreshStatus.CANCELLING, RefreshStatus.CANCELLED)
_ROLLED_BACK = (RefreshStatus.ROLLING_BACK, RefreshStatus.ROLLED_BACK)
ACTIVE = frozenset(
    {
        RefreshStatus.PENDING,
        RefreshStatus.IN_PROGRESS,
        RefreshStatus.BAKING,
        RefreshStatus.CANCELLING,
        RefreshStatus.ROLLING_BACK,
    }
)


@define(eq=False, repr=False)
class InstanceRefresh(Resource):
    """An instance refresh of a group, which AWS remembers for six weeks. Making one of these calls nothing.

    `group.replace_instances()` begins one.

    Args:
        group: The group, or its name.
        id: AWS's id of it.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> refresh = AutoScalingGroup("web").replace_instances()
        >>> refresh.wait(timeout=1800).percent
        100

    AWS: none
    """

    _service = AUTOSCALING
    _shown = ("Status",)

    group: str = field(converter=group_name)
    id: str = field()

    status: ClassVar[Attribute[RefreshStatus]] = attribute("Status", RefreshStatus, volatile=True)
    reason: ClassVar[Attribute[str | None]] = attribute("StatusReason", str, optional=True, volatile=True)
    percent: ClassVar[Attribute[int | None]] = attribute(
        "PercentageComplete", int, optional=True, volatile=True
    )
    left: ClassVar[Attribute[int | None]] = attribute("InstancesToUpdate", int, optional=True, volatile=True)
    started: ClassVar[Attribute[datetime | None]] = attribute("StartTime", datetime, optional=True)
    ended: ClassVar[Attribute[datetime | None]] = attribute("EndTime", datetime, optional=True, volatile=True)

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.status not in ACTIVE

    @classmethod
    def get(cls, group: GroupAddress | str, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find an instance refresh by its id. One request.

        Args:
            group: The group, or its name.
            id: AWS's id of it.
            cloud: Where it is. Default: the group's Cloud, or the current one.

        Returns:
            The refresh, loaded.

        Raises:
            InstanceRefreshNotFound: There is none of that id.
            AutoScalingGroupNotFound: There is no such group.

        Examples:
            >>> begun = AutoScalingGroup("web").replace_instances()
            >>> InstanceRefresh.get("web", begun.id) == begun
            True

        AWS: autoscaling:DescribeInstanceRefreshes
        """
        return cls(group, id, cloud=cloud_of(group, cloud)).refresh()

    @classmethod
    def list(cls, group: GroupAddress | str, *, cloud: Cloud | None = None) -> Listing[Self]:
        """The instance refreshes of a group in the last six weeks, the newest first. One request for each 100.

        Args:
            group: The group, or its name.
            cloud: Where it is. Default: the group's Cloud, or the current one.

        Returns:
            The refreshes, loaded.

        Raises:
            AutoScalingGroupNotFound: There is no such group.

        Examples:
            >>> InstanceRefresh.list("web").to_list()
            []

        AWS: autoscaling:DescribeInstanceRefreshes
        """
        cloud, of = cloud_or_current(cloud_of(group, cloud)), group_name(group)

        def fetch(limit: int | None) -> Iterator[Sequence[Self]]:
            # botocore does not know that this operation has pages.
            params: dict[str, Any] = {
                "AutoScalingGroupName": of,
                "MaxRecords": min(limit or MAX_ROWS_PER_PAGE, MAX_ROWS_PER_PAGE),
            }
            while True:
                with told_apart(of):
                    answer = cloud.invoke(AUTOSCALING, _SHELF.operation, params, about=of)
                rows: Sequence[Answer] = answer.get(_SHELF.rows, [])
                yield [cls(of, row[_SHELF.key], cloud=cloud)._learn(row, whole=True) for row in rows]
                params["NextToken"] = answer.get("NextToken")
                if not params["NextToken"]:
                    return

        return Listing(fetch, "InstanceRefresh")

    @override
    def _call(self, operation: str, /, *, aws: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        with told_apart(self.group):
            return self.cloud.invoke(self._service, operation, params, aws=aws, about=self)

    @override
    def _load(self) -> Answer:
        return row_on(_SHELF, self, self.group, self.id)

    def wait(
        self,
        state: RefreshStatus | str = RefreshStatus.SUCCESSFUL,
        *,
        timeout: Duration = REFRESH_SECONDS,
    ) -> Self:
        """Wait until it has ended. One request a look.

        Args:
            state: How: `"Successful"`, or after `cancel` `"Cancelled"`, after `rollback` `"RollbackSuccessful"`.
            timeout: Seconds, more than 0. Default: 3600.

        Returns:
            The refresh itself, loaded.

        Raises:
            WaitFailed: It has ended otherwise; `.reason` has AWS's reason.
            WaitTimeout: It has not ended in time; it goes on.
            InstanceRefreshNotFound: It is not there.
            InvalidRequest: There is no such end.

        Examples:
            >>> AutoScalingGroup("web").replace_instances().wait().status
            <RefreshStatus.SUCCESSFUL: 'Successful'>

        AWS: autoscaling:DescribeInstanceRefreshes
        """
        wanted = RefreshStatus(one_of("state", str(state), [str(each) for each in _ENDS]))
        wait_for_state(
            [self],
            str(wanted),
            look=lambda things: [str(each.refresh().status) for each in things],
            dead_ends={str(each) for each in _DEAD[wanted]},
            reason=lambda each: each.reason,
            timeout=timeout,
            clock=self.cloud.clock,
        )
        return self

    def cancel(self) -> Self:
        """End it; what was replaced stays replaced. One request, two if it has ended. Fine if it was cancelled.

        Returns:
            The refresh itself.

        Raises:
            Conflict: It has ended otherwise.

        Examples:
            >>> AutoScalingGroup("web").replace_instances().cancel().wait("Cancelled").status
            <RefreshStatus.CANCELLED: 'Cancelled'>

        AWS: autoscaling:CancelInstanceRefresh, autoscaling:DescribeInstanceRefreshes
        """
        try:
            self._call("cancel_instance_refresh", AutoScalingGroupName=self.group)
        except Conflict as error:
            if error.code != _INACTIVE or self.refresh().status not in _CANCELLED:
                raise
        self._unlearn()
        return self

    def rollback(self) -> Self:
        """End it, and replace again what it has replaced. One request, two if it has ended.

        AWS can roll back what `replace_instances(template=..., version=...)` has begun with a numbered version.

        Returns:
            The refresh itself.

        Raises:
            Conflict: It has ended otherwise, or cannot be rolled back.

        Examples:
            >>> group, template = AutoScalingGroup("web"), LaunchTemplate.find(name="web")
            >>> refresh = group.replace_instances(template=template, version=1)
            >>> refresh.rollback().wait("RollbackSuccessful").status
            <RefreshStatus.ROLLED_BACK: 'RollbackSuccessful'>

        AWS: autoscaling:RollbackInstanceRefresh, autoscaling:DescribeInstanceRefreshes
        """
        try:
            self._call("rollback_instance_refresh", AutoScalingGroupName=self.group)
        except Conflict as error:
            if error.code != _INACTIVE or self.refresh().status not in _ROLLED_BACK:
                raise
        self._unlearn()
        return self
