"""An instance: a virtual machine."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Literal, overload

from attrs import define, field
from typing_extensions import Self, Unpack, override

from cloudkit._core.batching import Outcome, send_all
from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import one_of, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit._core.waiting import wait_for_state
from cloudkit.ec2._fleet import describe, refused, terminate
from cloudkit.ec2._limits import (
    MAX_IDS_PER_CALL,
    MAX_INSTANCES_PER_PAGE,
    MIN_ROWS_PER_PAGE,
    WAIT_SECONDS,
)
from cloudkit.ec2._search import TagFilter, Wanted, choices, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import tags_of
from cloudkit.ec2.errors import InstanceNotFound
from cloudkit.ec2.image import Image
from cloudkit.ec2.launch import (
    NAME_TAG,
    Count,
    LaunchOptions,
    checked_user_data,
    launch_request,
    run_instances,
)
from cloudkit.ec2.security_group import SecurityGroup, group_ids
from cloudkit.ec2.state import LASTING, STATES, InstanceState, dead_ends
from cloudkit.errors import AccessDenied, CloudError, Conflict, InvalidRequest
from cloudkit.types import Answer, Duration

_DEFAULT_TYPE = "t3.micro"
_NOT_SHOWN = "not shown yet"


def _volume_ids(rows: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(row["Ebs"]["VolumeId"] for row in rows if "Ebs" in row)


def _words(value: str) -> str | None:
    return value or None


@define(eq=False, repr=False)
class Instance(Resource):
    """An instance, by its id. Making one calls nothing.

    AWS shows an instance that has ended for about an hour, and so do `get`, `list` and `exists`: its state is then
    `"terminated"`. As a context manager it is terminated at the end, however the block ends; entering does not wait.

    Args:
        id: Such as `"i-0123456789abcdef0"`.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> with Instance.launch("al2023", "t3.micro", name="build-1") as box:
        ...     box.wait("running").private_ip is not None
        True

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "Instance"

    id: str = field()

    state: ClassVar[Attribute[InstanceState]] = attribute("State.Name", InstanceState, volatile=True)
    type: ClassVar[Attribute[str]] = attribute("InstanceType", str)
    image_id: ClassVar[Attribute[str]] = attribute("ImageId", str)
    public_ip: ClassVar[Attribute[str | None]] = attribute(
        "PublicIpAddress", _words, optional=True, volatile=True
    )
    private_ip: ClassVar[Attribute[str | None]] = attribute("PrivateIpAddress", _words, optional=True)
    public_dns: ClassVar[Attribute[str | None]] = attribute(
        "PublicDnsName", _words, optional=True, volatile=True
    )
    private_dns: ClassVar[Attribute[str | None]] = attribute("PrivateDnsName", _words, optional=True)
    zone: ClassVar[Attribute[str]] = attribute("Placement.AvailabilityZone", str)
    launched: ClassVar[Attribute[datetime]] = attribute("LaunchTime", datetime)
    key_name: ClassVar[Attribute[str | None]] = attribute("KeyName", str, optional=True)
    vpc_id: ClassVar[Attribute[str | None]] = attribute("VpcId", str, optional=True)
    subnet_id: ClassVar[Attribute[str | None]] = attribute("SubnetId", str, optional=True)
    architecture: ClassVar[Attribute[str]] = attribute("Architecture", str)
    platform: ClassVar[Attribute[str | None]] = attribute("PlatformDetails", str, optional=True)
    instance_profile: ClassVar[Attribute[str | None]] = attribute(
        "IamInstanceProfile.Arn", str, optional=True
    )
    root_device: ClassVar[Attribute[str | None]] = attribute("RootDeviceName", str, optional=True)
    volume_ids: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "BlockDeviceMappings", _volume_ids, optional=True
    )
    state_reason: ClassVar[Attribute[str | None]] = attribute(
        "StateReason.Message", _words, optional=True, volatile=True
    )
    transition_reason: ClassVar[Attribute[str | None]] = attribute(
        "StateTransitionReason", _words, optional=True, volatile=True
    )
    _tag_rows = attribute("Tags", tag_dict, optional=True)
    _groups = attribute("SecurityGroups", tuple[Answer, ...], optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.id, lambda: self._tag_rows, self._unlearn)

    @property
    def name(self) -> str | None:
        """Its tag `Name`, or None."""
        return self.tags.get(NAME_TAG)

    @property
    def security_groups(self) -> Sequence[SecurityGroup]:
        """Its security groups, with their names known."""
        return tuple(
            SecurityGroup(row["GroupId"], cloud=self.cloud)._learn(row, whole=False)
            for row in self._groups or ()
        )

    @property
    def protected(self) -> bool:
        """Whether terminating it is refused. One request; `update(protect=...)` switches."""
        return bool(self._setting("disableApiTermination")["DisableApiTermination"]["Value"])

    @property
    def user_data(self) -> str:
        """Its user data; empty if it has none. One request. What is no text comes with surrogate escapes."""
        encoded = self._setting("userData").get("UserData", {}).get("Value") or ""
        return base64.b64decode(encoded).decode("utf-8", "surrogateescape")

    def _setting(self, name: str) -> Answer:
        return self._call("describe_instance_attribute", InstanceId=self.id, Attribute=name)

    @override
    def __repr__(self) -> str:
        name = tag_dict(self._known("Tags")).get(NAME_TAG)
        known = (self._known("State.Name"), self._known("InstanceType"), name)
        return f"<{' '.join(['Instance', self.id, *(str(each) for each in known if each)])}>"

    # -- making and finding ----------------------------------------------------------------------------------

    @overload
    @classmethod
    def launch(
        cls,
        image: Image | str,
        type: str = ...,
        *,
        count: None = None,
        **options: Unpack[LaunchOptions],
    ) -> Self: ...
    @overload
    @classmethod
    def launch(
        cls, image: Image | str, type: str = ..., *, count: Count, **options: Unpack[LaunchOptions]
    ) -> Sequence[Self]: ...
    @classmethod
    def launch(
        cls,
        image: Image | str,
        type: str = _DEFAULT_TYPE,
        *,
        count: Count | None = None,
        **options: Unpack[LaunchOptions],
    ) -> Self | Sequence[Self]:
        """Launch an instance, or several. One request, and one more for an image by everyday name.

        It does not wait: `wait("running")` does. Session credentials of the instance's role need IMDSv2 (tokens), at
        most 2 hops away. The call carries a token, so that a repeated request launches nothing twice. An instance
        profile that EC2 does not know yet, since it was just made, is waited for up to 30 seconds.

        Args:
            image: An image, its id (`"ami-..."`), or an everyday name such as `"al2023"`, which stands for the newest
                one of the architecture that `type` needs: see `Image.latest`.
            type: The instance type.
            count: How many, or (least, most); the result is then a sequence, for 1 too. Default: one, by itself.
            **options: Those of `LaunchOptions`:

                - `key`: the key pair to log in with, or its name;
                - `security_groups`: groups or their ids. Default: the default group of the VPC;
                - `user_data`: a script or cloud-init document for the first start, at most 16 KiB;
                - `tags`: tags of the instance and of its volumes, there from the start;
                - `name`: the tag `Name`;
                - `subnet`: the id of the subnet. Default: one of the default VPC;
                - `zone`: the name of the zone, such as `"eu-west-1a"`;
                - `instance_profile`: the name or ARN of the instance profile whose role it has;
                - `protect`: whether terminating it is refused until `update(protect=False)`;
                - `aws`: more parameters of RunInstances, as boto3 takes them; `MetadataOptions` replaces ours;
                - `cloud`: where to launch it. Default: the current Cloud.

        Returns:
            The instance; with `count`, the instances.

        Raises:
            ImageNotFound: There is no such image in this region.
            KeyPairNotFound: There is no such key pair.
            InvalidRequest: EC2 takes no such arguments; too much user data is refused before anything is sent.
            LimitExceeded: The account may not have as many.
            ServiceError: AWS has none of these free there now.

        Examples:
            >>> box = Instance.launch("al2023", "t4g.micro", name="web-1", tags={"team": "web"})
            >>> (box.architecture, box.name)
            ('arm64', 'web-1')
            >>> len(Instance.launch("al2023", "t3.micro", count=2))
            2

        AWS: ec2:RunInstances, ssm:GetParameter, ec2:DescribeImages
        """
        cloud = cloud_or_current(options.get("cloud"))
        request = launch_request(image, type, 1 if count is None else count, options, cloud)
        rows = run_instances(cloud, request, options.get("aws"))["Instances"]
        for row in rows:
            cloud.remember(row["InstanceId"], InstanceNotFound)
        # Addresses come later: not all is known yet.
        made = tuple(cls(row["InstanceId"], cloud=cloud)._learn(row, whole=False) for row in rows)
        return made[0] if count is None else made

    @classmethod
    def get(cls, id: str, *, cloud: Cloud | None = None) -> Self:
        """Find an instance by its id. One request.

        Args:
            id: Such as `"i-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The instance, loaded.

        Raises:
            InstanceNotFound: There is none.

        Examples:
            >>> Instance.get(box.id).type
            't3.micro'

        AWS: ec2:DescribeInstances
        """
        return cls(id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        state: Wanted = None,
        name: Wanted = None,
        tags: TagFilter | None = None,
        type: Wanted = None,
        zone: Wanted = None,
        vpc: Wanted = None,
        ids: Iterable[str] | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The instances of the region that match all of these. One request for each 1,000.

        Args:
            state: Such as `"running"`, or several. Default: any, and so `"terminated"` too.
            name: Their tag `Name`, or several; `*` stands for any text, here and in the others.
            tags: Tags that they have, each with one value or several of which any will do; `"*"` for any value.
            type: Their type, or several.
            zone: Their zone, or several.
            vpc: The id of their VPC, or several.
            ids: Their ids; one that is not there is an error.
            aws: More parameters of DescribeInstances, as boto3 takes them.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The instances, loaded.

        Raises:
            InvalidRequest: There is no such state.
            InstanceNotFound: One of `ids` is not there.

        Examples:
            >>> [each.name for each in Instance.list(state="running", tags={"team": ["web", "api"]})]
            ['web-0']

        AWS: ec2:DescribeInstances
        """
        cloud = cloud_or_current(cloud)
        states = None if state is None else choices(state)
        for each in states or ():
            if "*" not in each:
                one_of("state", each, STATES)
        return search(
            cloud,
            "describe_instances",
            "Reservations.Instances",
            lambda row: cls(row["InstanceId"], cloud=cloud)._learn(row, whole=True),
            of="Instance",
            filters={
                "instance-state-name": states,
                f"tag:{NAME_TAG}": name,
                "instance-type": type,
                "availability-zone": zone,
                "vpc-id": vpc,
            },
            tags=tags,
            page_rows=(MIN_ROWS_PER_PAGE, MAX_INSTANCES_PER_PAGE) if ids is None else None,
            aws=aws,
            InstanceIds=None if ids is None else [*ids],
            # AWS takes the two not together.
            MaxResults=MAX_INSTANCES_PER_PAGE if ids is None else None,
        )

    @classmethod
    def find(
        cls,
        *,
        state: Wanted = LASTING,
        name: Wanted = None,
        tags: TagFilter | None = None,
        type: Wanted = None,
        zone: Wanted = None,
        vpc: Wanted = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the first instance that matches all of these. One request.

        Args:
            state: Such as `"running"`, or several. Default: any but those that are ending or have ended, which keep
                name and tags for an hour.
            name: As in `list`, and so are the others.
            tags: Tags that it has.
            type: Its type.
            zone: Its zone.
            vpc: The id of its VPC.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The instance, or None.

        Raises:
            InvalidRequest: There is no such state.

        Examples:
            >>> Instance.find(name="web-*").name
            'web-0'

        AWS: ec2:DescribeInstances
        """
        return cls.list(state=state, name=name, tags=tags, type=type, zone=zone, vpc=vpc, cloud=cloud).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_instances", InstanceIds=[self.id])
        rows = [row for reservation in answer["Reservations"] for row in reservation["Instances"]]
        return only(rows, InstanceNotFound, "DescribeInstances", self)

    # -- starting and stopping -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it; fine if it runs. One request; `wait("running")` waits for it.

        Raises:
            Conflict: It is in no state for that.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.stop()
            >>> box.wait("stopped").start()

        AWS: ec2:StartInstances
        """
        self._call("start_instances", InstanceIds=[self.id])
        self._unlearn()

    def stop(self, *, hibernate: bool = False, force: bool = False) -> None:
        """Stop it; fine if it is stopped. One request; `wait("stopped")` waits for it. Its disks stay.

        Args:
            hibernate: Keep what is in memory; it must have been launched for that.
            force: Do not let it close its files: data may be lost.

        Raises:
            Conflict: It is in no state for that, or cannot hibernate.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.stop()
            >>> box.wait("stopped").state
            <InstanceState.STOPPED: 'stopped'>

        AWS: ec2:StopInstances
        """
        self._call("stop_instances", InstanceIds=[self.id], Hibernate=hibernate or None, Force=force or None)
        self._unlearn()

    def reboot(self) -> None:
        """Restart its operating system; it stays `"running"` meanwhile. One request.

        Raises:
            Conflict: It is in no state for that.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.reboot()

        AWS: ec2:RebootInstances
        """
        self._call("reboot_instances", InstanceIds=[self.id])
        self._unlearn()

    def update(
        self,
        *,
        type: str | None = None,
        security_groups: Iterable[SecurityGroup | str] | None = None,
        user_data: str | bytes | None = None,
        protect: bool | None = None,
    ) -> Self:
        """Change settings. One request each, in this order.

        Args:
            type: The instance type; only while it is stopped.
            security_groups: All its groups, or their ids; at least one.
            user_data: At most 16 KiB; only while it is stopped.
            protect: Whether terminating it is refused.

        Returns:
            The instance itself.

        Raises:
            Conflict: It must be stopped for that.
            InvalidRequest: EC2 takes no such setting.

        Examples:
            >>> box.update(protect=True).protected
            True
            >>> box.update(protect=False).protected
            False

        AWS: ec2:ModifyInstanceAttribute
        """
        groups = None if security_groups is None else group_ids(security_groups)
        if groups == []:
            raise InvalidRequest("security_groups=[]: an instance has at least one")
        data = None if user_data is None else checked_user_data(user_data)
        changes: list[dict[str, Any]] = [
            {"InstanceType": None if type is None else {"Value": type}},
            {"Groups": groups},
            {"UserData": None if data is None else {"Value": data}},
            {"DisableApiTermination": None if protect is None else {"Value": protect}},
        ]
        for change in changes:
            if None not in change.values():
                self._call("modify_instance_attribute", InstanceId=self.id, **change)
                self._unlearn()
        return self

    def console_output(self, *, latest: bool = False) -> str:
        """What it wrote to its console, up to 64 KiB; empty for some minutes after the start. One request.

        Args:
            latest: Ask for the newest output, which types on the Nitro system have.

        Returns:
            The text.

        Raises:
            InstanceNotFound: It is not there.

        Examples:
            >>> "Linux version" in box.console_output()
            True

        AWS: ec2:GetConsoleOutput
        """
        answer = self._call("get_console_output", InstanceId=self.id, Latest=latest or None)
        return str(answer.get("Output") or "")

    # -- waiting ---------------------------------------------------------------------------------------------

    def wait(self, state: str, *, timeout: Duration = WAIT_SECONDS) -> Self:
        """Wait until it is in a state. One request a poll: after 1 second, then less and less often.

        Args:
            state: Such as `"running"`. For `"terminated"`, an instance that AWS has forgotten has ended too.
            timeout: Seconds, more than 0.

        Returns:
            The instance itself.

        Raises:
            WaitTimeout: It was not there in time.
            WaitFailed: It has ended, and so can never be; `.reason` has AWS's reason.
            InstanceNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> box.wait("running").state
            <InstanceState.RUNNING: 'running'>

        AWS: ec2:DescribeInstances
        """
        type(self).wait_all([self], state, timeout=timeout)
        return self

    @classmethod
    def wait_all(
        cls, instances: Iterable[Self], state: str, *, timeout: Duration = WAIT_SECONDS
    ) -> Sequence[Self]:
        """Wait until all of them are in a state. One request a poll for up to 1,000 of them that are not there yet.

        Args:
            instances: Any number.
            state: As in `wait`.
            timeout: Seconds for all together, more than 0.

        Returns:
            The instances.

        Raises:
            WaitTimeout: Some were not there in time; `.pending` names them.
            WaitFailed: One has ended, and so can never be.
            InstanceNotFound: One is not there.

        Examples:
            >>> boxes = Instance.launch("al2023", count=3)
            >>> {each.state for each in Instance.wait_all(boxes, "running")}
            {<InstanceState.RUNNING: 'running'>}

        AWS: ec2:DescribeInstances
        """
        things = tuple(instances)
        wanted = InstanceState(one_of("state", str(state), STATES))
        if not things:
            return things

        def look(waiting: Sequence[Self]) -> Sequence[str]:
            for cloud in {each.cloud for each in waiting}:
                near = [each for each in waiting if each.cloud == cloud]
                ids = [each.id for each in near]
                found = describe(cloud, ids, gone_is_fine=wanted == InstanceState.TERMINATED)
                for each in near:
                    each._learn(found.get(each.id, {}), whole=True)
            return [str(each._known("State.Name") or _NOT_SHOWN) for each in waiting]

        wait_for_state(
            things,
            wanted,
            look=look,
            dead_ends=dead_ends(wanted),
            reason=lambda each: each._known("StateReason.Message") or each._known("StateTransitionReason"),
            timeout=timeout,
            clock=things[0].cloud.clock,
        )
        return things

    # -- the end ---------------------------------------------------------------------------------------------

    @overload
    def terminate(self, *, dry_run: Literal[False] = False) -> None: ...
    @overload
    def terminate(self, *, dry_run: Literal[True]) -> bool: ...
    def terminate(self, *, dry_run: bool = False) -> bool | None:
        """End it for good; fine if it has ended. One request; `wait("terminated")` waits for it.

        Args:
            dry_run: Only ask whether it would be done.

        Returns:
            With `dry_run`, whether these credentials may.

        Raises:
            Conflict: It is protected: `update(protect=False)` first.
            AccessDenied: These credentials may not.

        Examples:
            >>> box.terminate(dry_run=True)
            True
            >>> box.terminate()

        AWS: ec2:TerminateInstances
        """
        try:
            terminate(self.cloud, [self.id], dry_run=dry_run)
        except InstanceNotFound:
            self.cloud.forget(self.id)
        except (AccessDenied, Conflict):
            if not dry_run:
                raise
            return False
        if dry_run:
            return True
        self._unlearn()
        return None

    @classmethod
    def terminate_all(cls, instances: Iterable[Self], *, dry_run: bool = False) -> Sequence[Self]:
        """End many for good; fine for those that have ended. One request for each 1,000, more where some are refused.

        AWS refuses a whole request for the sake of one protected instance, having ended some of the others: those
        that can be ended are, and the rest is reported.

        Args:
            instances: Any number.
            dry_run: Only ask whether it would be done.

        Returns:
            Those that end, or would.

        Raises:
            BatchError: Some could not be ended; `.failed` says which and why.
            AccessDenied: These credentials may not.

        Examples:
            >>> Instance.terminate_all(Instance.list(name="no-such-name"))
            ()

        AWS: ec2:TerminateInstances
        """
        things = tuple(instances)
        if not things:
            return things

        def send(batch: Sequence[Self]) -> Outcome[Self]:
            errors: dict[int, CloudError] = {}
            for cloud in {each.cloud for each in batch}:
                near = {each.id: None for each in batch if each.cloud == cloud}
                found = refused(cloud, tuple(near), dry_run=dry_run)
                errors.update(
                    {
                        index: found[each.id]
                        for index, each in enumerate(batch)
                        if each.cloud == cloud and each.id in found
                    }
                )
            done = {index: each for index, each in enumerate(batch) if index not in errors}
            for each in done.values() if not dry_run else ():
                each._unlearn()
            return Outcome(done, errors)

        return tuple(
            send_all(
                things,
                send,
                clock=things[0].cloud.clock,
                most=MAX_IDS_PER_CALL,
                service=EC2.name,
                operation="TerminateInstances",
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        self.terminate()
