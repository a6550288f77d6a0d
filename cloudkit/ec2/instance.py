"""An instance: a virtual machine."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, overload

from attrs import define, field
from typing_extensions import Self, Unpack, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.deadline import limited
from cloudkit._core.listing import Listing
from cloudkit._core.params import one_of, tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._instances.checks import ScheduledEvent, StatusChecks, checks_of, events_of
from cloudkit.ec2._instances.imaging import create_image
from cloudkit.ec2._instances.metadata import MetadataOptions, metadata_change, metadata_of
from cloudkit.ec2._instances.password import password
from cloudkit.ec2._instances.resizing import resize
from cloudkit.ec2._launching.launching import launch
from cloudkit.ec2._launching.made import Made, tear_down
from cloudkit.ec2._launching.user_data import UserData, user_data_bytes
from cloudkit.ec2._limits import COPY_SECONDS, PASSWORD_SECONDS, RUN_WIDTH, WAIT_SECONDS
from cloudkit.ec2._many import changing
from cloudkit.ec2._many.describing import instance_rows, statuses
from cloudkit.ec2._many.finding import InstanceFilters, checked_filters, find_instances
from cloudkit.ec2._many.waiting import wait_all
from cloudkit.ec2._search import only
from cloudkit.ec2._service import EC2
from cloudkit.ec2._ssh.asking import host_keys, run_by_agent
from cloudkit.ec2._ssh.executing import Command, hidden, spelled
from cloudkit.ec2._ssh.fleet import run_on
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2._ssh.options import Login, SSHOptions, through_agent
from cloudkit.ec2._ssh.ready import Ready, wait_ready
from cloudkit.ec2._tags import tags_of
from cloudkit.ec2.command import CommandResult, CommandResults
from cloudkit.ec2.errors import InstanceNotFound
from cloudkit.ec2.fleet import Fleet, launched
from cloudkit.ec2.host_key import HostKey
from cloudkit.ec2.image import Image
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.ec2.launch import NAME_TAG, Count, LaunchOptions
from cloudkit.ec2.metrics import InstanceMetrics, instance_metrics
from cloudkit.ec2.regional import RegionalListing, Regions, across
from cloudkit.ec2.security_group import SecurityGroup, group_ids
from cloudkit.ec2.ssh import SSH
from cloudkit.ec2.state import LASTING, InstanceState
from cloudkit.ec2.volume import Volume
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, Duration, TagMap

if TYPE_CHECKING:
    from cloudkit.elb import HealthTable, LoadBalancer

_SPOT = "spot"
_WINDOWS = "windows"


def _addresses(rows: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(each["Ipv6Address"] for row in rows for each in row.get("Ipv6Addresses", ()))


def _volume_ids(rows: Sequence[Answer]) -> tuple[str, ...]:
    return tuple(row["Ebs"]["VolumeId"] for row in rows if "Ebs" in row)


def _words(value: str) -> str | None:
    return value or None


@define(eq=False, repr=False)
class Instance(Resource):
    """An instance, by its id. Making one calls nothing.

    AWS shows an instance that has ended for about an hour, and so do `get`, `list` and `exists`: its state is then
    `"terminated"`. As a context manager it is terminated at the end, however the block ends, and what its launch made
    for it is taken away; entering does not wait.

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
    _made: Made | None = field(init=False, default=None)
    # That of its launch, a fleet's too, with its private half.
    _launch_key: KeyPair | None = field(init=False, default=None)

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
    ipv6: ClassVar[Attribute[tuple[str, ...] | None]] = attribute(
        "NetworkInterfaces", _addresses, optional=True
    )
    zone: ClassVar[Attribute[str]] = attribute("Placement.AvailabilityZone", str)
    tenancy: ClassVar[Attribute[str | None]] = attribute("Placement.Tenancy", str, optional=True)
    reservation_id: ClassVar[Attribute[str]] = attribute("ReservationId", str)
    owner: ClassVar[Attribute[str]] = attribute("OwnerId", str)
    lifecycle: ClassVar[Attribute[str | None]] = attribute("InstanceLifecycle", str, optional=True)
    metadata: ClassVar[Attribute[MetadataOptions | None]] = attribute(
        "MetadataOptions", metadata_of, optional=True, volatile=True
    )
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
    def key(self) -> KeyPair | None:
        """Its key pair; with the private half if this object's launch made it (`new_key=`)."""
        if self._launch_key is not None:
            return self._launch_key
        return None if self.key_name is None else KeyPair(self.key_name, cloud=self.cloud)

    @property
    def image(self) -> Image:
        """Its image."""
        return Image(self.image_id, cloud=self.cloud)

    @property
    def volumes(self) -> Sequence[Volume]:
        """The volumes attached to it."""
        return tuple(Volume(each, cloud=self.cloud) for each in self.volume_ids or ())

    @property
    def spot(self) -> bool:
        """Whether it is a spot instance."""
        return self.lifecycle == _SPOT

    @property
    def metrics(self) -> InstanceMetrics:
        """Its metrics in CloudWatch: `box.metrics.cpu.last("3h")`. No request."""
        return instance_metrics(self.id, self.cloud)

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
    def stop_protected(self) -> bool:
        """Whether stopping it is refused. One request; `update(protect_stop=...)` switches."""
        return bool(self._setting("disableApiStop")["DisableApiStop"]["Value"])

    @property
    def checks(self) -> StatusChecks:
        """What AWS's checks say of it. One request. AWS: ec2:DescribeInstanceStatus."""
        return checks_of(self._status())

    @property
    def scheduled_events(self) -> Sequence[ScheduledEvent]:
        """What AWS will do to it, or has done within a week. One request. AWS: ec2:DescribeInstanceStatus."""
        return events_of(self._status())

    def _status(self) -> Answer:
        found = statuses(self.cloud, [self.id])
        return only(list(found.values()), InstanceNotFound, "DescribeInstanceStatus", self)

    @property
    def user_data(self) -> str:
        """Its user data; empty if it has none. One request. What is no text comes with surrogate escapes."""
        encoded = self._setting("userData").get("UserData", {}).get("Value") or ""
        return base64.b64decode(encoded).decode("utf-8", "surrogateescape")

    @user_data.setter
    def user_data(self, data: UserData) -> None:
        """Change it, while it is stopped. One request. AWS: ec2:ModifyInstanceAttribute."""
        self.update(user_data=data)

    def _setting(self, name: str) -> Answer:
        return self._call("describe_instance_attribute", InstanceId=self.id, Attribute=name)

    @override
    def __repr__(self) -> str:
        name = tag_dict(self._known("Tags")).get(NAME_TAG)
        known = (self._known("State.Name"), self._known("InstanceType"), name)
        return f"<{' '.join(['Instance', self.id, *(str(each) for each in known if each)])}>"

    def load_balancers(self) -> Mapping[LoadBalancer, HealthTable]:
        """The load balancers of all kinds that have it as a target, and how it is in each.

        A request for each 400 target groups, and one for each of its VPC's, several at once; one for each 20 load
        balancers found; one for each 400 classic ones, and one for each that has it.

        Returns:
            Its health by load balancer; empty if it is behind none.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> box.load_balancers()
            mappingproxy({})

        AWS: ec2:DescribeInstances, elbv2:DescribeTargetGroups, elbv2:DescribeTargetHealth,
            elbv2:DescribeLoadBalancers, elb:DescribeLoadBalancers, elb:DescribeInstanceHealth
        """
        from cloudkit.elb.load_balancer import balancers_having  # elb stands above ec2

        addresses = [each for each in (self.private_ip, *(self.ipv6 or ())) if each is not None]
        return balancers_having(self, addresses, vpc=self.vpc_id, cloud=self.cloud)

    # -- making and finding ----------------------------------------------------------------------------------

    @overload
    @classmethod
    def launch(
        cls,
        image: Image | str | None = ...,
        type: str | None = ...,
        *,
        count: None = None,
        **options: Unpack[LaunchOptions],
    ) -> Self: ...
    @overload
    @classmethod
    def launch(
        cls,
        image: Image | str | None = ...,
        type: str | None = ...,
        *,
        count: Count,
        **options: Unpack[LaunchOptions],
    ) -> Fleet[Self]: ...
    @classmethod
    def launch(
        cls,
        image: Image | str | None = None,
        type: str | None = None,
        *,
        count: Count | None = None,
        **options: Unpack[LaunchOptions],
    ) -> Self | Fleet[Self]:
        """Launch an instance, or several. One request, and one more for an image by everyday name.

        It does not wait: `wait("running")` does. Session credentials of the instance's role need IMDSv2 (tokens), at
        most 2 hops away. The call carries a token, so that a repeated request launches nothing twice; if no answer
        comes at all, what was launched is found by it. An instance profile that EC2 does not know yet, since it was
        just made, is waited for up to 30 seconds.

        Args:
            image: An image, its id (`"ami-..."`), or an everyday name such as `"al2023"`, which stands for the newest
                one of the architecture that `type` needs: see `Image.latest`. Default: that of the template.
            type: The instance type. Default: `"t3.micro"`, or that of the template.
            count: How many, or (least, most); the result is then a fleet, for 1 too. Default: one, by itself.
            **options: Those of `LaunchOptions`:

                - `name`: the tag `Name`;
                - `tags`: tags of the instance and of its volumes, there from the start;
                - `key`: the key pair to log in with, or its name;
                - `security_groups`: one group or several, or their ids. Default: the default group of the VPC;
                - `subnet`: the subnet, or its id. Default: one of the default VPC;
                - `zone`: the zone, or its name, such as `"eu-west-1a"`;
                - `public_ip`: whether it has a public address. Default: as the subnet says;
                - `user_data`: a script or cloud-init document for the first start, at most 16 KiB: a text, bytes, a
                  `Path`, or an `Object` in a bucket;
                - `user_data_values`: what its blanks are filled in with, `{{ name }}` with the value of `"name"`, as it
                  is: `shlex.quote` what a shell reads;
                - `instance_profile`: the instance profile whose role it has: its name, its ARN, or what has that;
                - `root`: the disk with the system on it, as `Disk(50)` or its size in GiB. One more request, if the
                  image does not know yet what it calls that;
                - `volumes`: more disks, each a `Disk` or a size; encrypted, and deleted with the instance;
                - `spot`: True for a spot instance, or the most that it may cost, in dollars an hour: `"0.02"`;
                - `template`: a launch template, its id or its name; what is given here counts more;
                - `template_version`: its number, `"default"` or `"latest"`. Default: `"default"`;
                - `protect`: whether terminating it is refused until `update(protect=False)`;
                - `hibernation`: whether it can hibernate;
                - `new_key`: True or the type of a key pair that is made for it: `box.key`, which `box.ssh()` logs in
                  with. One more request;
                - `new_group`: the rules of a security group that is made for it. Three more requests;
                - `new_address`: whether an Elastic IP address is allocated for it: then the launch waits until it runs;
                - `keep_on_error`: whether all stays if a `with` block ends with an error;
                - `aws`: more parameters of RunInstances, as boto3 takes them; `MetadataOptions` replaces ours;
                - `cloud`: where to launch it. Default: the current Cloud.

                `with Instance.launch(...) as box:` takes away at its end what was made by `new_key`, `new_group` and
                `new_address`. Without `with` it stays.

        Returns:
            The instance; with `count`, the fleet of them.

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
            >>> len(Instance.launch("al2023", "t3.micro", count=2, spot="0.005"))
            2
            >>> with Instance.launch("al2023", new_key=True, new_group=[Rule(22, "203.0.113.7")]) as box:
            ...     print(box.key.save("."), len(box.security_groups))
            cloudkit-....pem 1

        AWS: ec2:RunInstances, ssm:GetParameter, ec2:DescribeImages, ec2:DescribeInstances, ec2:CreateKeyPair, ec2:CreateSecurityGroup, ec2:AllocateAddress, ec2:AssociateAddress
        """
        cloud = cloud_or_current(options.get("cloud"))
        # Addresses come later: not all is known yet.
        found, made = launch(
            lambda row: cls(row["InstanceId"], cloud=cloud)._learn(row, whole=False),
            image,
            type,
            1 if count is None else count,
            options,
            cloud,
        )
        for each in found:
            each._launch_key = made.key
        if count is not None:
            return launched(found, made)
        found[0]._made = made
        return found[0]

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

    @overload
    @classmethod
    def list(
        cls,
        *,
        regions: None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **filters: Unpack[InstanceFilters],
    ) -> Listing[Self]: ...
    @overload
    @classmethod
    def list(
        cls,
        *,
        regions: Regions,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **filters: Unpack[InstanceFilters],
    ) -> RegionalListing[Self]: ...
    @classmethod
    def list(
        cls,
        *,
        regions: Regions | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
        **filters: Unpack[InstanceFilters],
    ) -> Listing[Self]:
        """The instances that match all of these. One request for each 1,000 of a region.

        Args:
            regions: `"all"` for all regions that the account can use, or their names; they are asked at the same time,
                and those that cannot be asked are in the listing's `errors`. Default: that of the Cloud.
            aws: More parameters of DescribeInstances, as boto3 takes them.
            cloud: Where they are. Default: the current Cloud.
            **filters: Those of `InstanceFilters`, each one value or several of which any will do; `*` stands for any
                text:

                - `state`: such as `"running"`. Default: any, and so `"terminated"` too;
                - `name`: their tag `Name`;
                - `tags`: tags that they have, key to value; `"*"` for any value;
                - `type`, `zone`: their type, their zone;
                - `vpc`, `subnet`, `group`, `image`: their VPC, subnet, security group, image, or its id;
                - `ids`: their own ids; one that is not there is an error.

        Returns:
            The instances, loaded.

        Raises:
            InvalidRequest: There is no such state.
            InstanceNotFound: One of `ids` is not there.

        Examples:
            >>> [each.name for each in Instance.list(state="running", tags={"team": ["web", "api"]})]
            ['web-0']
            >>> [each.cloud.region for each in Instance.list(regions="all", name="web-0")]
            ['us-east-1']

        AWS: ec2:DescribeInstances, ec2:DescribeRegions
        """
        cloud = cloud_or_current(cloud)
        checked_filters(filters, regional=regions is not None)

        def list_in(place: Cloud) -> Listing[Self]:
            return find_instances(
                place,
                filters,
                lambda row: cls(row["InstanceId"], cloud=place)._learn(row, whole=True),
                aws,
            )

        return list_in(cloud) if regions is None else across(cloud, regions, list_in, "Instance")

    @classmethod
    def find(
        cls,
        *,
        regions: Regions | None = None,
        cloud: Cloud | None = None,
        **filters: Unpack[InstanceFilters],
    ) -> Self | None:
        """Find the first instance that matches all of these. One request, for each region.

        Args:
            regions: As in `list`.
            cloud: Where it is. Default: the current Cloud.
            **filters: As in `list`. `state`, by default, is any but those of instances that are ending or have ended,
                which keep name and tags for an hour.

        Returns:
            The instance, or None.

        Raises:
            InvalidRequest: There is no such state.

        Examples:
            >>> Instance.find(name="web-*").name
            'web-0'

        AWS: ec2:DescribeInstances, ec2:DescribeRegions
        """
        filters.setdefault("state", LASTING)
        if regions is None:
            return cls.list(cloud=cloud, **filters).first()
        return cls.list(regions=regions, cloud=cloud, **filters).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_instances", InstanceIds=[self.id])
        return only(instance_rows(answer), InstanceNotFound, "DescribeInstances", self)

    # -- starting and stopping -------------------------------------------------------------------------------

    @overload
    def start(self, *, dry_run: Literal[False] = False) -> None: ...
    @overload
    def start(self, *, dry_run: Literal[True]) -> bool: ...
    def start(self, *, dry_run: bool = False) -> bool | None:
        """Start it; fine if it runs. One request; `wait("running")` waits for it.

        Args:
            dry_run: Only ask whether these credentials may.

        Returns:
            With `dry_run`, whether they may.

        Raises:
            Conflict: It is in no state for that.
            InstanceNotFound: It is not there.
            ServiceError: AWS has none of these free there now.

        Examples:
            >>> box.stop()
            >>> box.wait("stopped").start()

        AWS: ec2:StartInstances
        """
        return self._changed(partial(changing.start, self.cloud, [self.id], dry_run=dry_run), dry_run)

    @overload
    def stop(self, *, hibernate: bool = ..., force: bool = ..., dry_run: Literal[False] = False) -> None: ...
    @overload
    def stop(self, *, hibernate: bool = ..., force: bool = ..., dry_run: Literal[True]) -> bool: ...
    def stop(self, *, hibernate: bool = False, force: bool = False, dry_run: bool = False) -> bool | None:
        """Stop it; fine if it is stopped. One request; `wait("stopped")` waits for it. Its disks stay.

        Args:
            hibernate: Keep what is in memory; it must have been launched for that.
            force: Do not let it close its files: data may be lost.
            dry_run: Only ask whether these credentials may.

        Returns:
            With `dry_run`, whether they may.

        Raises:
            Conflict: It is in no state for that, cannot hibernate, or is protected from it.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.stop()
            >>> box.wait("stopped").state
            <InstanceState.STOPPED: 'stopped'>

        AWS: ec2:StopInstances
        """
        send = partial(
            changing.stop, self.cloud, [self.id], hibernate=hibernate, force=force, dry_run=dry_run
        )
        return self._changed(send, dry_run)

    def hibernate(self) -> None:
        """Stop it and keep what is in memory; it must have been launched with `hibernation=True`. One request.

        Raises:
            Conflict: It is in no state for that, or cannot hibernate.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.hibernate()
            >>> box.wait("stopped").start()

        AWS: ec2:StopInstances
        """
        self.stop(hibernate=True)

    @overload
    def reboot(self, *, dry_run: Literal[False] = False) -> None: ...
    @overload
    def reboot(self, *, dry_run: Literal[True]) -> bool: ...
    def reboot(self, *, dry_run: bool = False) -> bool | None:
        """Restart its operating system; it stays `"running"` meanwhile. One request.

        Args:
            dry_run: Only ask whether these credentials may.

        Returns:
            With `dry_run`, whether they may.

        Raises:
            Conflict: It is in no state for that.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.reboot()

        AWS: ec2:RebootInstances
        """
        return self._changed(partial(changing.reboot, self.cloud, [self.id], dry_run=dry_run), dry_run)

    def _changed(self, send: Callable[[], object], dry_run: bool) -> bool | None:
        if dry_run:
            return changing.permitted(send)
        try:
            send()
        finally:  # where the answer was lost, it may have been done
            self._unlearn()
        return None

    # -- changing --------------------------------------------------------------------------------------------

    def update(
        self,
        *,
        type: str | None = None,
        security_groups: SecurityGroup | str | Iterable[SecurityGroup | str] | None = None,
        user_data: UserData | None = None,
        protect: bool | None = None,
        protect_stop: bool | None = None,
    ) -> Self:
        """Change settings. One request each, in this order.

        Args:
            type: The instance type; only while it is stopped. `resize` stops and starts it.
            security_groups: All its groups, one or several, or their ids.
            user_data: As in `launch`; only while it is stopped.
            protect: Whether terminating it is refused.
            protect_stop: Whether stopping it is refused.

        Returns:
            The instance itself.

        Raises:
            Conflict: It has to be stopped for that.
            InvalidRequest: No group, or too much user data; nothing was sent.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.update(protect=True).protected
            True
            >>> box.update(protect=False).protected
            False

        AWS: ec2:ModifyInstanceAttribute
        """
        groups = None if security_groups is None else group_ids(security_groups)
        if groups == []:
            raise InvalidRequest("security_groups: an instance has at least one")
        data = user_data_bytes(user_data)
        changes: list[dict[str, Any]] = [
            {"InstanceType": None if type is None else {"Value": type}},
            {"Groups": groups},
            {"UserData": None if data is None else {"Value": data}},
            {"DisableApiTermination": None if protect is None else {"Value": protect}},
            {"DisableApiStop": None if protect_stop is None else {"Value": protect_stop}},
        ]
        for change in changes:
            if None not in change.values():
                try:
                    self._call("modify_instance_attribute", InstanceId=self.id, **change)
                finally:
                    self._unlearn()
        return self

    def resize(self, type: str, *, restart: bool = False, timeout: Duration = WAIT_SECONDS) -> Self:
        """Give it another type, of the same architecture. Two requests; with `restart` a few more.

        Args:
            type: The instance type.
            restart: If it runs, stop it for that, and start it again after. It does not wait for `"running"`. If the
                type is refused, it is started as it was.
            timeout: Seconds to wait until it has stopped.

        Returns:
            The instance itself.

        Raises:
            Conflict: It is not stopped, and `restart` is not given.
            InvalidRequest: That type has another architecture, or is not there.
            WaitTimeout: It did not stop in time.

        Examples:
            >>> box.resize("t3.small", restart=True).wait("running").type
            't3.small'

        AWS: ec2:DescribeInstances, ec2:ModifyInstanceAttribute, ec2:StopInstances, ec2:StartInstances
        """
        resize(self, type, restart=restart, timeout=timeout)
        return self

    def update_metadata(
        self,
        *,
        tokens_required: bool | None = None,
        hops: int | None = None,
        enabled: bool | None = None,
        ipv6: bool | None = None,
        tags: bool | None = None,
    ) -> Self:
        """Change who may ask its metadata service, and so have the credentials of its role. One request.

        Args:
            tokens_required: Whether a token is needed (IMDSv2).
            hops: How far away who asks may be, 1-64; a container is at 2.
            enabled: Whether it can be asked at all.
            ipv6: Whether by IPv6 too.
            tags: Whether it tells the instance's tags.

        Returns:
            The instance itself; `metadata` has the options.

        Raises:
            InvalidRequest: AWS takes no such number of hops; nothing was sent.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.update_metadata(hops=1).metadata.hops
            1

        AWS: ec2:ModifyInstanceMetadataOptions
        """
        change = metadata_change(tokens_required, hops, enabled, ipv6, tags)
        try:
            self._call("modify_instance_metadata_options", InstanceId=self.id, **change)
        finally:
            self._unlearn()
        return self

    def create_image(
        self,
        name: str,
        *,
        description: str | None = None,
        reboot: bool = True,
        tags: TagMap | None = None,
        wait: bool = False,
        timeout: Duration = COPY_SECONDS,
        aws: Mapping[str, Any] | None = None,
    ) -> Image:
        """Make an image of it and its disks. One request; with `wait` one a poll.

        A token among the image's tags, which `tags` does not show, tells what a repeated request has made.

        Args:
            name: 3 to 128 characters; unique among the account's images here.
            description: Up to 255 characters.
            reboot: Restart it for that, so that what is on the disks fits together. False takes them as they are.
            tags: Tags of the image, and of the snapshots that it is made of.
            wait: Whether to wait until it can be launched.
            timeout: Seconds to wait.
            aws: More parameters of CreateImage, as boto3 takes them.

        Returns:
            The image.

        Raises:
            AlreadyExists: The name is taken.
            InstanceNotFound: It is not there.
            Conflict: It is in no state for that.
            WaitTimeout: It was not there in time.

        Examples:
            >>> box.create_image("web-2026-11", reboot=False, wait=True).state
            <ImageState.AVAILABLE: 'available'>

        AWS: ec2:CreateImage, ec2:DescribeImages
        """
        image = create_image(
            self.id, name, self.cloud, description=description, reboot=reboot, tags=tags, aws=aws
        )
        return image.wait(timeout=timeout) if wait else image

    # -- looking at it ---------------------------------------------------------------------------------------

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

    def screenshot(self, *, wake: bool = False) -> bytes:
        """What its screen shows, as a JPEG picture. One request.

        Args:
            wake: Press a key first, as it were, if the screen sleeps.

        Returns:
            The picture.

        Raises:
            InstanceNotFound: It is not there.
            Conflict: It is in no state for that, or its type has no screen.

        Examples:
            >>> box.screenshot()  # the embedded cloud has no screens
            Traceback (most recent call last):
            cloudkit.errors.ServiceError: ...the embedded cloud cannot do this yet: ...

        AWS: ec2:GetConsoleScreenshot
        """
        answer = self._call("get_console_screenshot", InstanceId=self.id, WakeUp=wake or None)
        return base64.b64decode(answer["ImageData"])

    def password(
        self, key: Login | None = None, *, passphrase: str | None = None, timeout: Duration = PASSWORD_SECONDS
    ) -> str:
        """The password of a Windows instance's administrator, decrypted here. One request a poll until there is one.

        It needs cryptography, as SSH does: the extra `ssh`.

        Args:
            key: The key pair it was launched with, with its private half, or the file with that. Default: the one that
                its launch made (`new_key="rsa"`).
            passphrase: What opens the key.
            timeout: Seconds to wait; it is there some minutes after the first start.

        Returns:
            The password.

        Raises:
            InvalidRequest: It was encrypted for another key.
            WaitTimeout: It was not there in time. A system other than Windows never has one.
            InstanceNotFound: It is not there.

        Examples:
            >>> box.password()
            Traceback (most recent call last):
            cloudkit.errors.InvalidRequest: ...key= is needed: ...

        AWS: ec2:GetPasswordData
        """
        given = self.key if key is None else key
        if given is None:
            raise InvalidRequest("key= is needed: the instance was launched without one", resource=self.id)
        return password(self.id, self.cloud, given, passphrase, timeout)

    # -- waiting ---------------------------------------------------------------------------------------------

    def wait(self, state: str, *, timeout: Duration = WAIT_SECONDS) -> Self:
        """Wait until it is in a state. One request a poll: after 1 second, then less and less often.

        Args:
            state: Such as `"running"`; or `"ok"`, when AWS's checks of it are well, some minutes after the start. For
                `"terminated"`, an instance that AWS has forgotten has ended too.
            timeout: Seconds, more than 0.

        Returns:
            The instance itself.

        Raises:
            WaitTimeout: It was not there in time.
            WaitFailed: It has ended, and so can never be; `.reason` has AWS's reason. For `"ok"`, it was stopped.
            InstanceNotFound: It is not there.
            InvalidRequest: There is no such state.

        Examples:
            >>> box.wait("running").state
            <InstanceState.RUNNING: 'running'>

        AWS: ec2:DescribeInstances, ec2:DescribeInstanceStatus
        """
        wait_all([self], state, timeout=timeout)
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

        AWS: ec2:DescribeInstances, ec2:DescribeInstanceStatus
        """
        return wait_all(instances, state, timeout=timeout)

    def wait_ready(
        self, what: Ready = "status", *, timeout: Duration = WAIT_SECONDS, **options: Unpack[SSHOptions]
    ) -> Self:
        """Wait until it can be worked with: `"running"` says only that it was switched on. Two requests a poll.

        Args:
            what: `"status"`: AWS's two status checks are well, some minutes after the start. `"ssh"`: an SSH server
                answers. `"ssm"`: the Systems Manager's agent is online.
            timeout: Seconds, more than 0.
            **options: With `"ssh"`: where to look for the server, as in `ssh`.

        Returns:
            The instance itself.

        Raises:
            WaitTimeout: It was not in time.
            WaitFailed: It has stopped or ended.
            InvalidRequest: There is nothing of that name to wait for.

        Examples:
            >>> box.wait_ready("ssh").state
            <InstanceState.RUNNING: 'running'>

        AWS: ec2:DescribeInstances, ec2:DescribeInstanceStatus, ssm:DescribeInstanceInformation
        """
        wait_ready(self._box, what, lambda: self.ssh(**options).answers(), timeout=timeout)
        self._unlearn()
        return self

    @property
    def _box(self) -> Box:
        return Box(self.id, self.cloud)

    # -- commands --------------------------------------------------------------------------------------------

    def ssh(self, **options: Unpack[SSHOptions]) -> SSH:
        """An SSH connection to it, which opens when it is entered or first used. No request until then.

        What is not given is found out: the user by the image, the key by what the instance was launched with, the
        address, and the host key, which it has written to its console. `ssh_defaults` has options for a whole block.

        Args:
            **options: Those of `SSHOptions`:

                - `user`: who logs in. Default: whom its image lets in, by the image's name;
                - `key`: a `KeyPair` with its private half, or a file. Default: the one that its launch made for it
                  (`new_key=`), else `~/.ssh/<key name>.pem`, the agent's keys, and those in `~/.ssh`;
                - `passphrase`: what opens that file;
                - `address`: `"public"`, `"private"` or `"ipv6"`. Default: the first that it has; behind a bastion the
                  private one first;
                - `host`: another name or address;
                - `port`: the port. Default: 22;
                - `bastion`: the machine to go through: an instance, an `SSH`, or `"user@host:port"`;
                - `host_key`: its host key or fingerprint, or several, if you know it. Default: as in `known_hosts`,
                  else on its console, which is waited for while the instance is young;
                - `known_hosts`: a file of host keys in place of `~/.ssh/known_hosts`; what is learned is added to it;
                - `via`: `"connect"` sends a temporary key through EC2 Instance Connect, so that it needs none;
                - `connect_timeout`: seconds until the server takes the connection. Default: 10.

        Returns:
            The connection.

        Raises:
            InvalidRequest: There is no such option, or not with such a value.

        Examples:
            >>> with box.ssh() as ssh:
            ...     ssh.run("echo hello").stdout.strip()
            'hello'

        AWS: none
        """
        return SSH._to(self._box, options, self._launch_key)  # pyright: ignore[reportPrivateUsage]

    def run(
        self,
        command: Command,
        *,
        check: bool = True,
        input: str | bytes | None = None,
        timeout: Duration | None = None,
        **options: Unpack[SSHOptions],
    ) -> CommandResult:
        """Run one command on it, over a connection of its own; `ssh` keeps one for several.

        Args:
            command: What the user's shell there understands; or a program and its arguments, which are then quoted.
            check: Whether another exit code than 0 raises.
            input: What it reads. Not with `via="ssm"`.
            timeout: Seconds for all of it; then the command is ended there. Default: no end; with `via="ssm"` an hour.
            **options: As in `ssh`. With `via="ssm"` the Systems Manager's agent runs it, as root, so that neither an
                address nor a key is needed; it gives the first 24,000 characters of the output.

        Returns:
            How it ended.

        Raises:
            CommandFailed: Its exit code is not 0; `.result` has its output.
            DeadlineExceeded: It did not end in time.
            ConnectionFailed: The connection broke, or nobody answers there.
            HostKeyUnknown: Nothing vouches for the server's host key.
            LoginRefused: The server takes neither the user nor any of the keys.
            Conflict: It does not run, has no address; or the Systems Manager does not know it.

        Examples:
            >>> box.run("uname").stdout.strip()
            'Linux'

        AWS: as `ssh`; ssm:SendCommand, ssm:GetCommandInvocation, ssm:ListCommands, ssm:CancelCommand
        """
        feed = hidden(input)
        del input  # it may be secret: no traceback with locals shows it
        text = spelled(command)
        if through_agent(options):
            result = run_by_agent(self._box, text, reads=feed() is not None, timeout=timeout)
        else:
            with limited(timeout), self.ssh(**options) as ssh:
                result = ssh.run(text, check=False, input=feed())
        return result.check(self) if check else result

    @classmethod
    def run_all(
        cls,
        instances: Iterable[Self],
        command: Command,
        *,
        input: str | bytes | None = None,
        timeout: Duration | None = None,
        width: int = RUN_WIDTH,
        **options: Unpack[SSHOptions],
    ) -> CommandResults[Self]:
        """Run one command on many, several at once. What goes wrong on one stops no other, and raises nothing.

        Args:
            instances: Any number.
            command: As in `run`.
            input: What it reads, on each.
            timeout: Seconds for each.
            width: How many at once.
            **options: As in `run`.

        Returns:
            The results by instance; `.errors` has those that it did not run on, `.check()` raises if there are any.

        Raises:
            InvalidRequest: It is no command.

        Examples:
            >>> results = Instance.run_all(Instance.list(name="web-0"), "echo hello")
            >>> [result.stdout.strip() for result in results.values()]
            ['hello']

        AWS: as `run`
        """
        feed = hidden(input)
        del input  # it may be secret: no traceback with locals shows it
        text = spelled(command)
        return run_on(
            instances,
            lambda each: each.run(text, check=False, input=feed(), timeout=timeout, **options),
            width=width,
        )

    def host_keys(self, *, via: Literal["console", "ssm"] = "console") -> Sequence[HostKey]:
        """The keys by which its SSH server shows that it is itself, learned on a way that nobody can come between.

        Args:
            via: `"console"`: what cloud-init wrote there at the first start, which is waited for while the instance is
                young; two requests at least. `"ssm"`: the Systems Manager's agent reads the files; three.

        Returns:
            The keys; none if the console no longer shows them.

        Raises:
            InstanceNotFound: It is not there.
            Conflict: The Systems Manager does not know it.

        Examples:
            >>> box.host_keys()  # the console of an embedded cloud shows none
            ()

        AWS: ec2:DescribeInstances, ec2:GetConsoleOutput, ssm:SendCommand, ssm:GetCommandInvocation
        """
        return host_keys(self._box, one_of("via", via, ("console", "ssm")))

    # -- the end ---------------------------------------------------------------------------------------------

    @overload
    def terminate(self, *, dry_run: Literal[False] = False) -> None: ...
    @overload
    def terminate(self, *, dry_run: Literal[True]) -> bool: ...
    def terminate(self, *, dry_run: bool = False) -> bool | None:
        """End it for good; fine if it has ended. One request; `wait("terminated")` waits for it.

        Args:
            dry_run: Only ask whether these credentials may: nobody looks at states or protection.

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

        def send() -> None:
            try:
                changing.terminate(self.cloud, [self.id], dry_run=dry_run)
            except InstanceNotFound:
                self.cloud.forget(self.id)

        return self._changed(send, dry_run)

    @classmethod
    def terminate_all(cls, instances: Iterable[Self], *, dry_run: bool = False) -> Sequence[Self]:
        """End many for good; fine for those that have ended. One request for each 1,000, more where some are refused.

        AWS refuses a whole request for the sake of one protected instance, having ended some of the others: those
        that can be ended are, and the rest is reported.

        Args:
            instances: Any number.
            dry_run: Only ask whether these credentials may: nobody looks at states or protection.

        Returns:
            Those that end; with `dry_run`, all of them.

        Raises:
            BatchError: Some could not be ended; `.failed` says which and why.
            AccessDenied: These credentials may not.

        Examples:
            >>> Instance.terminate_all(Instance.list(name="no-such-name"))
            ()

        AWS: ec2:TerminateInstances
        """
        return changing.change_all(
            instances,
            partial(changing.terminate, dry_run=dry_run),
            operation="TerminateInstances",
            changes=not dry_run,
            gone_is_fine=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        tear_down([self], self._made, error)
