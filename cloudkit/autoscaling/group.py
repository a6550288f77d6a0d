"""An Auto Scaling group: instances of one kind, as many as are wanted."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Literal

from attrs import define
from typing_extensions import Self, Unpack

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.ending import take_away
from cloudkit._core.listing import Listing, paged
from cloudkit._core.params import as_text, compact, filter_list, one_of, whole_seconds
from cloudkit._core.tags import Tags
from cloudkit.autoscaling import _membership, _settings, _targets
from cloudkit.autoscaling._address import GroupAddress
from cloudkit.autoscaling._deleting import delete, wait_gone
from cloudkit.autoscaling._limits import (
    GONE_SECONDS,
    GRACE_SECONDS,
    IN_SERVICE_SECONDS,
    MAX_GROUPS_PER_PAGE,
    MAX_NAME_CHARACTERS,
    MAX_ROWS_PER_PAGE,
    MAX_SECONDS,
    REFRESH_SECONDS,
    STANDBY_SECONDS,
)
from cloudkit.autoscaling._making import make
from cloudkit.autoscaling._refreshing import begin, preferences
from cloudkit.autoscaling._refusals import told_apart
from cloudkit.autoscaling._scaling import stepping, tracking
from cloudkit.autoscaling._scaling.alarms import alarm_on, check_alarm
from cloudkit.autoscaling._service import AUTOSCALING
from cloudkit.autoscaling._settings import GroupOptions, Template
from cloudkit.autoscaling._tagging import tags_of
from cloudkit.autoscaling._targets import Places, Served
from cloudkit.autoscaling._waiting import wait_in_service
from cloudkit.autoscaling.activity import Activity, activity_of
from cloudkit.autoscaling.kinds import Process
from cloudkit.autoscaling.member import Member
from cloudkit.autoscaling.metrics import GroupMetrics, group_metrics
from cloudkit.autoscaling.mixed import Mixed
from cloudkit.autoscaling.policy import ScalingPolicy
from cloudkit.autoscaling.refresh import InstanceRefresh
from cloudkit.autoscaling.schedule import ScheduledAction
from cloudkit.cloudwatch import Alarm, Condition
from cloudkit.cloudwatch._spans import Span
from cloudkit.cloudwatch.maths import Computed
from cloudkit.ec2 import Fleet, Instance
from cloudkit.ec2._templates.versions import Version
from cloudkit.elb import HealthTable
from cloudkit.errors import AlreadyExists, Conflict, InvalidRequest
from cloudkit.types import Duration, TagMap

_ANY = "*"
_STATES = ("healthy", "in service", "deleted")


@define(eq=False, repr=False)
class AutoScalingGroup(GroupAddress):
    """An Auto Scaling group, by its name or ARN. Making one of these calls nothing.

    It launches instances from a template until it has as many as are wanted, replaces those that fail, and registers
    them with what it serves. As a context manager it is deleted with its instances at the end of the block.

    Args:
        name: Its name, or its ARN, whose region replaces the Cloud's.
        cloud: Where it is. Default: the current Cloud.

    Raises:
        InvalidRequest: An ARN of something else.

    Examples:
        >>> template = LaunchTemplate.create("worker", image="al2023", type="t3.micro")
        >>> with AutoScalingGroup.create("workers", template, min=1, max=4) as group:
        ...     group.wait().scale(2, wait=True).desired
        2

    AWS: none
    """

    @property
    def desired(self) -> int:
        """How many instances it shall have; never older than 2 s. Assigning a number is `scale` without waiting."""
        return self._desired

    @desired.setter
    def desired(self, desired: int) -> None:
        self.scale(desired)

    @property
    def members(self) -> Sequence[Member]:
        """Its instances as it sees them, with state and health; never older than 2 s."""
        return self._members or ()

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set; instances that are launched later get new ones too."""
        return tags_of(self)

    @property
    def metrics(self) -> GroupMetrics:
        """Its metrics in CloudWatch: `group.metrics.cpu.last("3h")`."""
        return group_metrics(self.name, self.cloud)

    @property
    def template_id(self) -> str | None:
        """The id of the launch template; None if it launches from a launch configuration. Loaded like an attribute."""
        return _settings.current_specification(self.raw).get("LaunchTemplateId")

    @property
    def template_version(self) -> str | None:
        """The version of the template, `"$Default"` and `"$Latest"` among them. Loaded like an attribute."""
        return _settings.current_specification(self.raw).get("Version")

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        name: str,
        template: Template,
        *,
        min: int,
        max: int,
        desired: int | None = None,
        version: Version = "default",
        mixed: Mixed | None = None,
        targets: Served | Iterable[Served] = (),
        subnets: Places | None = None,
        tags: TagMap | None = None,
        propagate: bool = True,
        wait: bool = False,
        timeout: Duration = IN_SERVICE_SECONDS,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **options: Unpack[GroupOptions],
    ) -> Self:
        """Make a group. One request, one more for subnets that are not given, and two for each load balancer.

        It carries a token among its tags, so that a repeated request is known. Its first instances come by and by.

        Args:
            name: 1 to 255 printable ASCII characters, no space, no colon.
            template: What it launches: a `LaunchTemplate`, its id or its name.
            min: How many instances it has at least.
            max: How many it has at most.
            desired: How many it begins with. Default: `min`.
            version: The version of the template: a number, `"default"` or `"latest"`; the latter two are looked up at
                each launch.
            mixed: Several types or spot instances: `Mixed(["t3.small", "t3a.small"], spot=0.5)`. Default: what the
                template says.
            targets: What sends requests to its instances: load balancers of any kind, target groups, or ARNs of these.
            subnets: Where it launches. Default: those of its load balancers; with none, one in each zone of the
                default VPC.
            tags: Its tags.
            propagate: Whether the instances get the tags too.
            wait: Whether to wait until its instances are in service, as `wait()` does.
            timeout: Seconds for that. Default: 900.
            aws: More parameters of CreateAutoScalingGroup, as boto3 takes them.
            cloud: Where to make it. Default: the current Cloud.
            **options: Those of `GroupOptions`:

                - `health_check`: what tells whether an instance is well, beside EC2: `"elb"`, `"ebs"`, `"vpc_lattice"`
                  or several. Default: `"elb"` with `targets`, else EC2 alone;
                - `grace`: seconds that a new instance is in service before a failed check counts. Default: 300 with
                  `targets`, else 0;
                - `warm_up`: seconds that a new instance takes until its metrics count;
                - `max_lifetime`: seconds after which an instance is replaced, a day or more. Default: never;
                - `protect`: whether new instances stay when the group shrinks. Default: no;
                - `termination_policies`: which go first, in AWS's words, such as `["OldestInstance"]`;
                - `capacity_rebalance`: whether spot instances that are about to be taken away are replaced before.

        Returns:
            The group.

        Raises:
            AlreadyExists: The name is taken, by one that is being deleted too.
            InvalidRequest: Sizes that do not go together, a name, option, template or subnet that AWS refuses.
            ScalingFailed: With `wait`: it cannot get its instances; `.reason` says why.
            WaitTimeout: With `wait`: they are not in service in time.

        Examples:
            >>> group = AutoScalingGroup.create(
            ...     "shop", template, min=2, max=6, targets=LoadBalancer("web"), tags={"team": "web"}, wait=True
            ... )
            >>> group.desired, group.health().all_healthy
            (2, True)

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, ec2:DescribeSubnets,
            autoscaling:CreateAutoScalingGroup, autoscaling:DescribeAutoScalingGroups; those of `wait`
        """
        cloud = cloud_or_current(cloud)
        group = cls(_settings.checked_name(name), cloud=cloud)
        params = {
            **_settings.checked_sizes(min, max, min if desired is None else desired),
            **_settings.template_params(template, version, mixed),
            **_settings.option_params(options),
        }
        served = _targets.targets_of(targets, cloud, places=subnets is None)
        if served:
            params = {"HealthCheckType": "ELB", "HealthCheckGracePeriod": GRACE_SECONDS, **params}
        params["VPCZoneIdentifier"] = _targets.subnets_for(subnets, served, cloud)
        params["TargetGroupARNs"] = [*served.groups] or None
        params["LoadBalancerNames"] = [*served.classic] or None
        make(group, compact(params), tags=tags, propagate=propagate, aws=aws)
        return group.wait(timeout=timeout) if wait else group

    @classmethod
    def ensure(
        cls,
        name: str,
        template: Template,
        *,
        min: int,
        max: int,
        desired: int | None = None,
        version: Version = "default",
        mixed: Mixed | None = None,
        targets: Served | Iterable[Served] = (),
        subnets: Places | None = None,
        tags: TagMap | None = None,
        propagate: bool = True,
        update: bool = False,
        wait: bool = False,
        timeout: Duration = IN_SERVICE_SECONDS,
        cloud: Cloud | None = None,
        **options: Unpack[GroupOptions],
    ) -> Self:
        """Take the group, or make it if it is not there; safe to repeat. One request, those of `create`, and of changes.

        What is not named is not compared, and not changed; `desired` is what the group's policies change by themselves,
        so that it is compared only if it is named. What it serves beside `targets` stays.

        Args:
            name: As in `create`.
            template: As in `create`.
            min: As in `create`.
            max: As in `create`.
            desired: As in `create`. Default: as it is.
            version: As in `create`.
            mixed: As in `create`.
            targets: What it shall serve, among others.
            subnets: Where it launches. Default: as it is.
            tags: For one that is made: as in `create`.
            propagate: For one that is made: as in `create`.
            update: Whether to change what differs.
            wait: As in `create`.
            timeout: As in `create`; a group that is being deleted is waited for as long, before it is made anew.
            cloud: Where it is. Default: the current Cloud.
            **options: Those of `create`.

        Returns:
            The group.

        Raises:
            Conflict: It is there with other settings, which it names, and `update` is not given.
            InvalidRequest: As in `create`.
            WaitTimeout: One of that name is being deleted, and was not gone in time; or as in `create`.

        Examples:
            >>> AutoScalingGroup.ensure("web", template, min=2, max=8, update=True).max
            8

        AWS: autoscaling:DescribeAutoScalingGroups, autoscaling:UpdateAutoScalingGroup,
            autoscaling:AttachLoadBalancerTargetGroups, autoscaling:AttachLoadBalancers; those of `create`
        """
        cloud = cloud_or_current(cloud)
        group = cls(_settings.checked_name(name), cloud=cloud)
        params = {**_settings.checked_sizes(min, max, desired), **_settings.option_params(options)}
        there = group.exists()
        if there and group.status is not None:
            wait_gone(group, timeout)
            there = False
        if not there:
            try:
                return cls.create(
                    name,
                    template,
                    min=min,
                    max=max,
                    desired=desired,
                    version=version,
                    mixed=mixed,
                    targets=targets,
                    subnets=subnets,
                    tags=tags,
                    propagate=propagate,
                    wait=wait,
                    timeout=timeout,
                    cloud=cloud,
                    **options,
                )
            except AlreadyExists:
                group.refresh()  # made by another process in between
        if subnets is not None:
            params["VPCZoneIdentifier"] = _targets.subnets_for(subnets, _targets.Targets(), cloud)
        params |= _settings.changed_template(group.raw, template, version, mixed)
        lacking = _targets.targets_of(targets, cloud) - _targets.served_by(group)
        different = _settings.differing(params, group.raw)
        told = [
            *different.values(),
            *(f"it does not serve {each}" for each in (*lacking.groups, *lacking.classic)),
        ]
        if told and not update:
            raise Conflict(
                "; ".join(told), service=AUTOSCALING.name, resource=name, hint="update=True changes that"
            )
        if different:
            group._change({field: params[field] for field in different}, None)
        if lacking:
            _targets.attach(group, lacking)
        return group.wait(timeout=timeout) if wait else group

    @classmethod
    def get(cls, name: str, *, cloud: Cloud | None = None) -> Self:
        """Find a group by its name or ARN. One request.

        Args:
            name: Its name or ARN.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The group, loaded.

        Raises:
            AutoScalingGroupNotFound: There is none.

        Examples:
            >>> AutoScalingGroup.get("web").max
            6

        AWS: autoscaling:DescribeAutoScalingGroups
        """
        return cls(name, cloud=cloud).refresh()

    @classmethod
    def list(
        cls, *, name: str = _ANY, tags: TagMap | None = None, cloud: Cloud | None = None
    ) -> Listing[Self]:
        """The groups of the region. One request for each 100.

        Args:
            name: A pattern that their names match, such as `"web-*"`.
            tags: Tags that they have; `"*"` for any value.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The groups, loaded.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> [group.name for group in AutoScalingGroup.list(tags={"team": "web"})]
            ['web']

        AWS: autoscaling:DescribeAutoScalingGroups
        """
        cloud = cloud_or_current(cloud)
        wanted = dict(tags or {})
        keys = [key for key, value in wanted.items() if value == _ANY]
        return paged(
            cloud,
            AUTOSCALING,
            "describe_auto_scaling_groups",
            "AutoScalingGroups",
            lambda row: cls(row["AutoScalingGroupName"], cloud=cloud)._learn(row, whole=True),
            of="AutoScalingGroup",
            # Of several keys AWS's filter finds those that have any.
            keep=lambda each: fnmatchcase(each.name, name) and each.tags.keys() >= set(keys),
            Filters=filter_list(
                {
                    "tag-key": keys or None,
                    **{f"tag:{key}": value for key, value in wanted.items() if key not in keys},
                }
            ),
            MaxRecords=MAX_GROUPS_PER_PAGE,
        )

    @classmethod
    def find(cls, name: str = _ANY, *, tags: TagMap | None = None, cloud: Cloud | None = None) -> Self | None:
        """The first group that matches. One request for each 100 looked through.

        Args:
            name: A pattern, such as `"web-*"`.
            tags: Tags that it has; `"*"` for any value.
            cloud: Where to look. Default: the current Cloud.

        Returns:
            The group, loaded, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> AutoScalingGroup.find("nothing-*") is None
            True

        AWS: autoscaling:DescribeAutoScalingGroups
        """
        return cls.list(name=name, tags=tags, cloud=cloud).first()

    # -- what it has and does --------------------------------------------------------------------------------

    def instances(self) -> Fleet[Instance]:
        """Its instances, those on their way in or out among them. One request, if it is not loaded.

        Returns:
            A fleet: a sequence of them, with `run`, `wait` and more for all at once.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> len(AutoScalingGroup("web").instances())
            2

        AWS: autoscaling:DescribeAutoScalingGroups
        """
        return Fleet(Instance(each.id, cloud=self.cloud) for each in self.members)

    def activities(self) -> Listing[Activity]:
        """What it did and tried in the last six weeks, the newest first. One request for each 100.

        Returns:
            The activities; a failed one's `message` says why.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> [activity.status for activity in AutoScalingGroup("web").activities().limit(1)]
            [<ActivityStatus.SUCCESSFUL: 'Successful'>]

        AWS: autoscaling:DescribeScalingActivities
        """
        return paged(
            self.cloud,
            AUTOSCALING,
            "describe_scaling_activities",
            "Activities",
            activity_of,
            of="Activity",
            about=self,
            page_rows=(1, MAX_ROWS_PER_PAGE),
            AutoScalingGroupName=self.name,
            MaxRecords=MAX_ROWS_PER_PAGE,
        ).fetched_in(lambda: told_apart(self))

    def health(self) -> HealthTable:
        """How its instances are, as its load balancers see them. One request for each of what it serves.

        Other targets of the same load balancers are left out.

        Returns:
            A row for each instance and target group; it prints as a table.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> AutoScalingGroup("web").health().all_healthy
            True

        AWS: autoscaling:DescribeAutoScalingGroups, elbv2:DescribeTargetHealth
        """
        own = {each.id for each in self.members}
        tables = _targets.health_of(self)
        return HealthTable(tuple(row for table in tables for row in table if row.id in own))

    def wait(
        self,
        state: Literal["healthy", "in service", "deleted"] = "healthy",
        *,
        timeout: Duration = IN_SERVICE_SECONDS,
    ) -> Self:
        """Wait until as many instances are in service as shall be. Two requests a look, or one for each of what it serves.

        It ends early when waiting is not expected to help: when a launch has failed for a reason that does not pass by
        itself (the image is gone, a quota is used up); when AWS has lacked capacity for 5 minutes; when instance after
        instance is ended for failed health checks; when launching is suspended.

        Args:
            state: `"healthy"`: in service, and healthy in all that it serves; `"in service"`: as the group sees it;
                `"deleted"`: gone with all its instances.
            timeout: Seconds, more than 0. Default: 900.

        Returns:
            The group itself.

        Raises:
            ScalingFailed: It cannot get its instances; `.reason` and `.activities` say why, the hint what to do.
            Conflict: Launching is suspended.
            WaitTimeout: They are not in service in time; `.pending` names what is missing.
            WaitFailed: It is being deleted.
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> AutoScalingGroup("web").wait("in service", timeout=300)
            <AutoScalingGroup web>

        AWS: autoscaling:DescribeAutoScalingGroups, autoscaling:DescribeScalingActivities, elbv2:DescribeTargetHealth
        """
        if one_of("state", state, _STATES) == "deleted":
            wait_gone(self, timeout)
        else:
            wait_in_service(self, self.activities(), healthy=state == "healthy", timeout=timeout)
        return self

    # -- changing --------------------------------------------------------------------------------------------

    def scale(
        self,
        desired: int,
        *,
        wait: bool = False,
        honor_cooldown: bool = False,
        timeout: Duration = IN_SERVICE_SECONDS,
    ) -> Self:
        """Set how many instances it shall have. One request.

        Args:
            desired: The number, from `min` to `max` of the group.
            wait: Whether to wait until they are in service, as `wait()` does.
            honor_cooldown: Whether AWS refuses while the cooldown of a simple policy lasts.
            timeout: Seconds to wait. Default: 900.

        Returns:
            The group itself.

        Raises:
            InvalidRequest: Less than `min` or more than `max`.
            Conflict: With `honor_cooldown`: it lasts.
            AutoScalingGroupNotFound: It is not there.
            ScalingFailed: With `wait`: it cannot get them.

        Examples:
            >>> AutoScalingGroup("web").scale(4, wait=True).instances().states()
            Counter({<InstanceState.RUNNING: 'running'>: 4})

        AWS: autoscaling:SetDesiredCapacity; those of `wait`
        """
        number = _settings.checked_sizes(desired=desired)["DesiredCapacity"]
        answer = self._call(
            "set_desired_capacity",
            AutoScalingGroupName=self.name,
            DesiredCapacity=number,
            HonorCooldown=honor_cooldown or None,
        )
        self._note_change(answer)
        return self.wait(timeout=timeout) if wait else self

    def update(
        self,
        *,
        min: int | None = None,
        max: int | None = None,
        desired: int | None = None,
        template: Template | None = None,
        version: Version | None = None,
        mixed: Mixed | Literal[False] | None = None,
        subnets: Places | None = None,
        aws: Mapping[str, Any] | None = None,
        **options: Unpack[GroupOptions],
    ) -> Self:
        """Change some of its settings. One request; two for template, version or mix, what of it is not named stays.

        New instances are launched so; those that are there stay as they are: `replace_instances` replaces them.

        Args:
            min: How many instances it has at least.
            max: How many it has at most.
            desired: How many it shall have. Default: as many as before, within `min` and `max`.
            template: Another template.
            version: Another version; of the same template, if no other is named.
            mixed: Another mix of types and spot instances; False for none any more.
            subnets: Where it launches.
            aws: More parameters of UpdateAutoScalingGroup, as boto3 takes them.
            **options: Those of `create`.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: Nothing to change, or what AWS refuses.
            Conflict: It is being deleted.

        Examples:
            >>> AutoScalingGroup("web").update(min=1, max=10, version="latest").template_version
            '$Latest'

        AWS: autoscaling:DescribeAutoScalingGroups, autoscaling:UpdateAutoScalingGroup
        """
        params = {**_settings.checked_sizes(min, max, desired), **_settings.option_params(options)}
        if subnets is not None:
            params["VPCZoneIdentifier"] = _targets.subnets_for(subnets, _targets.Targets(), self.cloud)
        if not (template is None and version is None and mixed is None):
            params |= _settings.changed_template(self.refresh().raw, template, version, mixed)
        if not params and not aws:
            raise InvalidRequest("update() without a setting to change", hint="group.update(max=10)")
        return self._change(params, aws)

    def _change(self, params: Mapping[str, Any], aws: Mapping[str, Any] | None) -> Self:
        answer = self._call("update_auto_scaling_group", aws=aws, AutoScalingGroupName=self.name, **params)
        self._note_change(answer)
        return self

    def suspend(self, *processes: Process | str) -> Self:
        """Keep it from doing something by itself, until `resume`. One request.

        Args:
            *processes: What: `"Launch"`, `"Terminate"`, `"HealthCheck"`, `"ReplaceUnhealthy"`, `"AZRebalance"`,
                `"AlarmNotification"`, `"ScheduledActions"`, `"AddToLoadBalancer"`, `"InstanceRefresh"`. Default: all.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: There is no such process.

        Examples:
            >>> AutoScalingGroup("web").suspend("AZRebalance").suspended
            ('AZRebalance',)

        AWS: autoscaling:SuspendProcesses
        """
        self._call(
            "suspend_processes",
            AutoScalingGroupName=self.name,
            ScalingProcesses=[str(each) for each in processes] or None,
        )
        self._unlearn()
        return self

    def resume(self, *processes: Process | str) -> Self:
        """Let it do by itself again what was suspended. One request.

        Args:
            *processes: What, as in `suspend`. Default: all.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: There is no such process.

        Examples:
            >>> AutoScalingGroup("web").resume().suspended
            ()

        AWS: autoscaling:ResumeProcesses
        """
        answer = self._call(
            "resume_processes",
            AutoScalingGroupName=self.name,
            ScalingProcesses=[str(each) for each in processes] or None,
        )
        self._note_change(answer)
        return self

    # -- what it serves --------------------------------------------------------------------------------------

    def attach_to(self, *targets: Served) -> Self:
        """Let load balancers send requests to its instances; those that do are fine. A request for each 10 of a kind.

        Two requests more for each load balancer. Its health check stays: `update(health_check="elb")` lets the load
        balancers' checks count.

        Args:
            *targets: Load balancers of any kind, target groups, or ARNs of these.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            Conflict: A load balancer has no target group.
            InvalidRequest: Something else, or a target group of addresses or functions.

        Examples:
            >>> AutoScalingGroup("web").attach_to(TargetGroup("blue-9000")).detach_from(TargetGroup("blue-9000"))
            <AutoScalingGroup web>

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, autoscaling:AttachLoadBalancerTargetGroups,
            autoscaling:AttachLoadBalancers
        """
        _targets.attach(self, _targets.targets_of(targets, self.cloud))
        return self

    def detach_from(self, *targets: Served) -> Self:
        """Let load balancers send no more requests to its instances; those that do not are fine. As `attach_to`.

        Args:
            *targets: As in `attach_to`.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: Something else.

        Examples:
            >>> AutoScalingGroup("web").detach_from(LoadBalancer("web")).target_group_arns
            ()

        AWS: elbv2:DescribeLoadBalancers, elbv2:DescribeTargetGroups, autoscaling:DescribeAutoScalingGroups,
            autoscaling:DetachLoadBalancerTargetGroups, autoscaling:DetachLoadBalancers
        """
        _targets.detach(self, _targets.targets_of(targets, self.cloud))
        return self

    # -- its instances ---------------------------------------------------------------------------------------

    def attach(self, *instances: Instance | str) -> Self:
        """Let running instances join; it grows by as many. One request for each 20, two more where an answer was lost.

        Args:
            *instances: Instances, or their ids; in the group's VPC and zones.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: More than `max`, or an instance that does not run or is in another group.

        Examples:
            >>> AutoScalingGroup("web").attach(box).desired
            3

        AWS: autoscaling:AttachInstances, autoscaling:DescribeAutoScalingGroups
        """
        _membership.attach(self, _membership.ids_of(instances))
        return self

    def detach(self, *instances: Instance | str, replace: bool = False) -> Self:
        """Let instances leave and go on by themselves; those that left are fine. Requests as for `attach`.

        Args:
            *instances: Instances, or their ids.
            replace: Whether others are launched for them; else the group is smaller by as many.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: Less than `min` would be left.

        Examples:
            >>> group = AutoScalingGroup("web").update(min=0)
            >>> group.detach(group.instances()[0]).desired
            1

        AWS: autoscaling:DetachInstances, autoscaling:DescribeAutoScalingGroups
        """
        _membership.detach(self, _membership.ids_of(instances), replace=replace)
        return self

    def terminate(self, *instances: Instance | str, replace: bool = True) -> Self:
        """End instances for good; those that have ended are fine. One request each.

        Args:
            *instances: Instances, or their ids.
            replace: Whether others are launched for them; else the group is smaller by as many.

        Returns:
            The group itself.

        Raises:
            InvalidRequest: Less than `min` would be left.
            Conflict: Scaling is under way.

        Examples:
            >>> group = AutoScalingGroup("web")
            >>> group.terminate(group.instances()[0]).wait().desired
            2

        AWS: autoscaling:TerminateInstanceInAutoScalingGroup, autoscaling:DescribeAutoScalingGroups
        """
        _membership.terminate(self, _membership.ids_of(instances), replace=replace)
        return self

    def protect(self, *instances: Instance | str, on: bool = True) -> Self:
        """Let instances stay when it shrinks. One request for each 50.

        Args:
            *instances: Instances, or their ids.
            on: Whether they stay; False lifts it.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: An instance is not in it.

        Examples:
            >>> group = AutoScalingGroup("web")
            >>> [member.protected for member in group.protect(*group.instances()).members]
            [True, True]

        AWS: autoscaling:SetInstanceProtection
        """
        _membership.protect(self, _membership.ids_of(instances), on=on)
        return self

    @contextmanager
    def standby(
        self, *instances: Instance | str, replace: bool = False, timeout: Duration = STANDBY_SECONDS
    ) -> Generator[Fleet[Instance]]:
        """A block in which instances get no requests and are not checked: to look into them, or to upgrade them.

        Two requests, and one a look. At the end of the block they are back in service, however it ends.

        Args:
            *instances: Instances, or their ids.
            replace: Whether others serve meanwhile; else the group is smaller by as many, which `min` has to allow.
            timeout: Seconds for each way. Default: 600.

        Yields:
            The instances.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: An instance is not in it, or less than `min` would be left.
            WaitTimeout: They were not out of service, or in service again, in time.

        Examples:
            >>> group = AutoScalingGroup("web").update(min=1)
            >>> with group.standby(group.instances()[0]) as boxes:
            ...     sorted(str(member.lifecycle) for member in group.members)
            ['InService', 'Standby']

        AWS: autoscaling:EnterStandby, autoscaling:ExitStandby, autoscaling:DescribeAutoScalingGroups
        """
        ids = _membership.ids_of(instances)
        with _membership.standing_by(self, ids, replace=replace, timeout=timeout):
            yield Fleet(Instance(each, cloud=self.cloud) for each in ids)

    def replace_instances(
        self,
        *,
        template: Template | None = None,
        version: Version | None = None,
        min_healthy: int | None = None,
        max_healthy: int | None = None,
        warm_up: Duration | None = None,
        skip_matching: bool | None = None,
        checkpoints: Sequence[int] | None = None,
        checkpoint_delay: Duration | None = None,
        bake: Duration | None = None,
        roll_back: bool | None = None,
        alarms: Iterable[Alarm | str] = (),
        protected: Literal["wait", "ignore", "replace"] | None = None,
        standby: Literal["wait", "ignore", "terminate"] | None = None,
        wait: bool = False,
        timeout: Duration = REFRESH_SECONDS,
        aws: Mapping[str, Any] | None = None,
    ) -> InstanceRefresh:
        """Begin to replace its instances, a few at a time: AWS's instance refresh. One request.

        Two with another template or version; after a lost answer one more, which finds what was begun.

        Args:
            template: Another template, which the group has from the end of it on. Default: as it is.
            version: Another version. Default: as it is.
            min_healthy: Percent of the group that stay in service, 0 to 100. Default: 90.
            max_healthy: Percent that may be there meanwhile, 100 to 200; 100 more than `min_healthy` at most.
            warm_up: Seconds that a new instance takes before the next is replaced. Default: the group's.
            skip_matching: Whether instances that are as they shall be stay. Default: no.
            checkpoints: Percents at which it pauses, such as `[25, 50, 100]`.
            checkpoint_delay: Seconds of each pause. Default: 3600.
            bake: Seconds to wait at the end before it counts as done.
            roll_back: Whether AWS rolls it back if it fails or an alarm goes off.
            alarms: Alarms that make it fail, or their names; up to 10.
            protected: What becomes of it if instances are protected: it waits (default), ignores or replaces them.
            standby: The same of instances in standby: it waits (default), ignores or terminates them.
            wait: Whether to wait until it has ended well.
            timeout: Seconds for that. Default: 3600.
            aws: More parameters of StartInstanceRefresh, as boto3 takes them.

        Returns:
            The instance refresh: its status, progress, `cancel` and `rollback`.

        Raises:
            Conflict: One is under way.
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: Numbers that AWS refuses.
            WaitFailed: With `wait`: it has failed; `.reason` says why.

        Examples:
            >>> AutoScalingGroup("web").replace_instances(min_healthy=50, warm_up=60, wait=True).percent
            100

        AWS: autoscaling:DescribeAutoScalingGroups, autoscaling:StartInstanceRefresh,
            autoscaling:DescribeInstanceRefreshes
        """
        chosen = preferences(
            min_healthy=min_healthy,
            max_healthy=max_healthy,
            warm_up=warm_up,
            skip_matching=skip_matching,
            checkpoints=checkpoints,
            checkpoint_delay=checkpoint_delay,
            bake=bake,
            roll_back=roll_back,
            alarms=alarms,
            protected=protected,
            standby=standby,
        )
        desired = None
        if template is not None or version is not None:
            desired = _settings.changed_template(self.refresh().raw, template, version, None)
        refresh = begin(self, chosen, desired, aws)
        return refresh.wait(timeout=timeout) if wait else refresh

    def refreshes(self) -> Listing[InstanceRefresh]:
        """Its instance refreshes of the last six weeks, the newest first. One request for each 100.

        Returns:
            The refreshes, loaded.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> AutoScalingGroup("web").refreshes().to_list()
            []

        AWS: autoscaling:DescribeInstanceRefreshes
        """
        return InstanceRefresh.list(self)

    # -- by itself -------------------------------------------------------------------------------------------

    def track(
        self,
        metric: Computed,
        target: float,
        *,
        name: str | None = None,
        scale_in: bool = True,
        warm_up: Duration | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> ScalingPolicy:
        """Let it grow and shrink so that a metric stays at a value; a policy of that name is changed. One request.

        The metric has to go down as the group grows, as the load of each instance does; a total does not.

        Args:
            metric: `group.metrics.cpu`, `target_group.metrics.requests_per_target` for requests a minute, or any metric
                or expression of up to 10 metrics.
            target: The value that it shall have.
            name: The policy's name. Default: made of the metric.
            scale_in: Whether it may shrink for it, too.
            warm_up: Seconds that a new instance takes until its metrics count. Default: the group's.
            aws: More parameters of PutScalingPolicy, as boto3 takes them.

        Returns:
            The policy.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: A target that is not above 0, a metric of another region, or what AWS refuses: a target
                group that the group does not serve, say.

        Examples:
            >>> group = AutoScalingGroup("web")
            >>> group.track(group.metrics.cpu, 50).name
            'track CPUUtilization Average'

        AWS: autoscaling:PutScalingPolicy
        """
        configuration = tracking.tracking(
            metric, target, group=self.name, scale_in=scale_in, cloud=self.cloud
        )
        chosen = name or f"track {tracking.short_title(metric, self.name)}"
        self._call(
            "put_scaling_policy",
            aws=aws,
            AutoScalingGroupName=self.name,
            PolicyName=as_text("name", chosen, 1, MAX_NAME_CHARACTERS),
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration=configuration,
            EstimatedInstanceWarmup=whole_seconds("warm_up", warm_up, 0, MAX_SECONDS),
        )
        return ScalingPolicy(self, chosen, cloud=self.cloud)

    def step(
        self,
        when: Condition | Alarm,
        *,
        add: int | None = None,
        remove: int | None = None,
        to: int | None = None,
        percent: float | None = None,
        steps: Mapping[float, int] | None = None,
        for_: Span = "5m",
        name: str | None = None,
        warm_up: Duration | None = None,
        aws: Mapping[str, Any] | None = None,
    ) -> ScalingPolicy:
        """Let it grow or shrink when an alarm goes off; a policy of that name is changed. Three requests.

        Args:
            when: A condition, such as `group.metrics.cpu > 80`, for which an alarm is made; or an alarm on one metric,
                which tells the policy beside whom it tells already.
            add: How many instances to add.
            remove: Or how many to remove.
            to: Or how many there shall be.
            percent: Or how many percent to add; less than 0 to remove.
            steps: Or how many to add by how far the metric is past the threshold: `{0: 1, 20: 3}` adds 1 from the
                threshold on, and 3 from 20 past it.
            for_: How long the condition has to be so. Default: 5 minutes, as often as basic monitoring tells.
            name: The policy's name. Default: made of the condition, or of the alarm's name.
            warm_up: Seconds that a new instance takes until its metrics count. Default: the group's.
            aws: More parameters of PutScalingPolicy, as boto3 takes them.

        Returns:
            The policy; its `delete` takes the alarm away that was made for it.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: None or several of `add` to `steps`; a condition that no alarm can have.

        Examples:
            >>> group = AutoScalingGroup("web")
            >>> policy = group.step(group.metrics.cpu > 80, steps={0: 1, 10: 3}, name="hot")
            >>> policy.steps
            (Step(change=1, above=0.0, below=10.0), Step(change=3, above=10.0, below=None))

        AWS: autoscaling:PutScalingPolicy, cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm
        """
        change = stepping.change_of(add=add, remove=remove, to=to, percent=percent, steps=steps)
        condition = check_alarm(when, for_, self.cloud)
        chosen = name or (when.name if isinstance(when, Alarm) else str(condition))
        answer = self._call(
            "put_scaling_policy",
            aws=aws,
            AutoScalingGroupName=self.name,
            PolicyName=as_text("name", chosen, 1, MAX_NAME_CHARACTERS),
            PolicyType="StepScaling",
            AdjustmentType=change.kind,
            StepAdjustments=stepping.adjustments(change, condition),
            EstimatedInstanceWarmup=whole_seconds("warm_up", warm_up, 0, MAX_SECONDS),
        )
        alarm_on(when, for_, name=f"{self.name} {chosen}", arn=str(answer["PolicyARN"]), cloud=self.cloud)
        return ScalingPolicy(self, chosen, cloud=self.cloud)

    def policies(self) -> Listing[ScalingPolicy]:
        """Its scaling policies. One request for each 100.

        Returns:
            The policies, loaded.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> [policy.name for policy in AutoScalingGroup("web").policies()]
            ['busy']

        AWS: autoscaling:DescribePolicies
        """
        return ScalingPolicy.list(self)

    def schedule(
        self,
        name: str,
        cron: str | None = None,
        *,
        min: int | None = None,
        max: int | None = None,
        desired: int | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        zone: str | None = None,
    ) -> ScheduledAction:
        """Change its size by the clock; an action of that name is changed. One request.

        Args:
            name: The action's name, 1 to 255 characters.
            cron: When, again and again, as in `"0 8 * * MON-FRI"`: minute, hour, day, month, day of the week.
            min: How many instances it has at least from then on. Default: as it is.
            max: How many it has at most.
            desired: How many it shall have.
            start: When first, or when at all without `cron`; with a zone.
            end: When the repetition ends.
            zone: The time zone of `cron`, such as `"Europe/Berlin"`. Default: UTC.

        Returns:
            The action.

        Raises:
            AutoScalingGroupNotFound: It is not there.
            InvalidRequest: No size, or neither `cron` nor `start`; a time without a zone; what AWS refuses.

        Examples:
            >>> AutoScalingGroup("web").schedule("night", "0 22 * * *", min=0, desired=0)
            <ScheduledAction web/night>

        AWS: autoscaling:PutScheduledUpdateGroupAction
        """
        sizes = _settings.checked_sizes(min, max, desired)
        if not sizes or (cron is None and start is None):
            raise InvalidRequest(
                "an action changes min=, max= or desired=, by cron= or at start=",
                hint="group.schedule('evening', '0 20 * * *', desired=2)",
            )
        for word, time in (("start", start), ("end", end)):
            if time is not None and time.tzinfo is None:
                raise InvalidRequest(
                    f"{word}={time}: it has no zone", hint="datetime(..., tzinfo=timezone.utc)"
                )
        self._call(
            "put_scheduled_update_group_action",
            AutoScalingGroupName=self.name,
            ScheduledActionName=as_text("name", name, 1, MAX_NAME_CHARACTERS),
            Recurrence=cron,
            StartTime=start,
            EndTime=end,
            TimeZone=zone,
            MinSize=sizes.get("MinSize"),
            MaxSize=sizes.get("MaxSize"),
            DesiredCapacity=sizes.get("DesiredCapacity"),
        )
        return ScheduledAction(self, name, cloud=self.cloud)

    def schedules(self) -> Listing[ScheduledAction]:
        """Its scheduled actions. One request for each 100.

        Returns:
            The actions, loaded.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> [action.name for action in AutoScalingGroup("web").schedules()]
            ['morning']

        AWS: autoscaling:DescribeScheduledActions
        """
        return ScheduledAction.list(self)

    def collect_metrics(self, *, on: bool = True) -> Self:
        """Let it report its size to CloudWatch every minute, at no cost. One request.

        Args:
            on: Whether it does; False stops that.

        Returns:
            The group itself.

        Raises:
            AutoScalingGroupNotFound: It is not there.

        Examples:
            >>> "GroupInServiceInstances" in AutoScalingGroup("web").collect_metrics().collected
            True

        AWS: autoscaling:EnableMetricsCollection, autoscaling:DisableMetricsCollection
        """
        if on:
            self._call("enable_metrics_collection", AutoScalingGroupName=self.name, Granularity="1Minute")
        else:
            self._call("disable_metrics_collection", AutoScalingGroupName=self.name)
        self._unlearn()
        return self

    # -- the end ---------------------------------------------------------------------------------------------

    def delete(self, *, force: bool = True, wait: bool = True, timeout: Duration = GONE_SECONDS) -> None:
        """Delete it with its instances and policies; fine if it is gone. One request, and one a look until it is gone.

        While instances come or go, AWS refuses for a while: that is waited out. Load balancers, target groups and the
        template stay. Safe to repeat after an error.

        Args:
            force: Whether its instances are ended too; else it must have none.
            wait: Whether to wait until it is gone, and its instances with it.
            timeout: Seconds for each of the two. Default: 900.

        Raises:
            Conflict: Without `force`: it has instances.
            WaitTimeout: It is not gone in time; it is being deleted.
            AccessDenied: These credentials may not.

        Examples:
            >>> AutoScalingGroup("web").delete()

        AWS: autoscaling:DeleteAutoScalingGroup, autoscaling:DescribeAutoScalingGroups
        """
        delete(self, force=force, wait=wait, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        take_away([self.delete], error, told=f"{self} was not taken away", stacklevel=4)
