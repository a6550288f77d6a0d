"""An Elastic IP address."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define, field
from typing_extensions import Self, override

from cloudkit._core.cloud import Cloud
from cloudkit._core.current import cloud_or_current
from cloudkit._core.listing import Listing
from cloudkit._core.params import tag_dict
from cloudkit._core.resource import Attribute, Resource, attribute
from cloudkit._core.tags import Tags
from cloudkit.ec2._once import Made, make_once
from cloudkit.ec2._search import TagFilter, Wanted, only, search
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import NAME_TAG, named, tags_of
from cloudkit.ec2.errors import AddressNotFound
from cloudkit.errors import NotFound
from cloudkit.types import Answer, TagMap

if TYPE_CHECKING:
    from cloudkit.ec2.instance import Instance


def _text(value: str) -> str | None:
    # Some servers give an empty text for what AWS leaves out.
    return value or None


_MADE = Made(
    "elastic-ip",
    "describe_addresses",
    "Addresses",
    "AllocationId",
    lambda cloud, row: ElasticIP(row["AllocationId"], cloud=cloud).release(),
)
_INTERFACES_BEGIN = "eni-"


@define(eq=False, repr=False)
class ElasticIP(Resource):
    """An address that is yours until it is released, by its allocation id. Making one calls nothing.

    As a context manager it is detached and released at the end.

    Args:
        allocation_id: Such as `"eipalloc-0123456789abcdef0"`.
        cloud: Where it is. Default: the current Cloud.

    Examples:
        >>> with ElasticIP.allocate() as address:
        ...     address.attach(box)

    AWS: none
    """

    _service = EC2
    _boto3_name: ClassVar[str | None] = "VpcAddress"
    _shown = ("PublicIp",)

    allocation_id: str = field()

    public_ip: ClassVar[Attribute[str]] = attribute("PublicIp", str)
    private_ip: ClassVar[Attribute[str | None]] = attribute("PrivateIpAddress", _text, optional=True)
    instance_id: ClassVar[Attribute[str | None]] = attribute("InstanceId", _text, optional=True)
    network_interface_id: ClassVar[Attribute[str | None]] = attribute(
        "NetworkInterfaceId", _text, optional=True
    )
    border_group: ClassVar[Attribute[str | None]] = attribute("NetworkBorderGroup", _text, optional=True)
    association_id: ClassVar[Attribute[str | None]] = attribute("AssociationId", _text, optional=True)
    _tag_rows = attribute("Tags", tag_dict, optional=True)

    @property
    def tags(self) -> Tags:
        """Its tags, written through as they are set."""
        return tags_of(self, lambda: self.allocation_id, lambda: self._tag_rows, self._unlearn)

    @property
    def name(self) -> str | None:
        """Its tag `Name`, or None."""
        return self.tags.get(NAME_TAG)

    @property
    def attached(self) -> bool:
        """Whether it is attached to anything."""
        return self.association_id is not None

    # -- making and finding ----------------------------------------------------------------------------------

    @classmethod
    def allocate(
        cls,
        *,
        name: str | None = None,
        tags: TagMap | None = None,
        border_group: str | None = None,
        aws: Mapping[str, Any] | None = None,
        cloud: Cloud | None = None,
    ) -> Self:
        """Get a new address, which costs money until it is released. One request.

        A token among its tags, which `tags` does not show, tells what a repeated request has got: the address whose
        answer got lost is released again, with two more requests.

        Args:
            name: The tag `Name`.
            tags: Its tags.
            border_group: Where it is announced: `Zone.border_group` of the zone that it is for. Default: the region.
            aws: More parameters of AllocateAddress, as boto3 takes them: `Address` and `PublicIpv4Pool` for addresses
                of your own.
            cloud: Where to get it. Default: the current Cloud.

        Returns:
            The address.

        Raises:
            LimitExceeded: The account has as many as it may have: five in a region, if nobody asked for more.

        Examples:
            >>> ElasticIP.allocate(tags={"team": "web"}).instance_id is None
            True

        AWS: ec2:AllocateAddress
        """
        cloud = cloud_or_current(cloud)
        answer = make_once(
            cloud,
            _MADE,
            "allocate_address",
            {"Domain": "vpc", "NetworkBorderGroup": border_group},
            tags=named(tags, name),
            aws=aws,
        )
        cloud.remember(answer["AllocationId"], AddressNotFound)
        return cls(answer["AllocationId"], cloud=cloud)._learn(answer, whole=False)

    @classmethod
    def get(cls, allocation_id: str, *, cloud: Cloud | None = None) -> Self:
        """Find an address by its allocation id. One request.

        Args:
            allocation_id: Such as `"eipalloc-0123456789abcdef0"`.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The address, loaded.

        Raises:
            AddressNotFound: There is none.

        Examples:
            >>> ElasticIP.get(address.allocation_id) == address
            True

        AWS: ec2:DescribeAddresses
        """
        return cls(allocation_id, cloud=cloud).refresh()

    @classmethod
    def list(
        cls,
        *,
        public_ip: Wanted = None,
        tags: TagFilter | None = None,
        instance: Instance | str | None = None,
        name: Wanted = None,
        attached: bool | None = None,
        cloud: Cloud | None = None,
    ) -> Listing[Self]:
        """The addresses of the account in the region. One request.

        Args:
            public_ip: The address itself, or several.
            tags: Tags that they have; `"*"` for any value.
            instance: What they are attached to, or its id.
            name: Their tag `Name`, or several; `*` stands for any text.
            attached: Those that are attached to something, or those that are not, and cost money for nothing.
            cloud: Where they are. Default: the current Cloud.

        Returns:
            The addresses.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> ElasticIP.list(public_ip=address.public_ip).one() == address
            True

        AWS: ec2:DescribeAddresses
        """
        cloud = cloud_or_current(cloud)
        return search(
            cloud,
            "describe_addresses",
            "Addresses",
            lambda row: cls(row["AllocationId"], cloud=cloud)._learn(row, whole=True),
            of="ElasticIP",
            filters={
                "public-ip": public_ip,
                "instance-id": None if instance is None else str(instance),
                f"tag:{NAME_TAG}": name,
            },
            tags=tags,
            keep=None if attached is None else lambda address: address.attached is attached,
        )

    @classmethod
    def find(
        cls,
        *,
        public_ip: Wanted = None,
        tags: TagFilter | None = None,
        instance: Instance | str | None = None,
        name: Wanted = None,
        attached: bool | None = None,
        cloud: Cloud | None = None,
    ) -> Self | None:
        """Find the first address that matches all of these. One request.

        Args:
            public_ip: As in `list`, and so are the others.
            tags: Tags that it has.
            instance: What it is attached to, or its id.
            name: Its tag `Name`.
            attached: Whether it is attached to something.
            cloud: Where it is. Default: the current Cloud.

        Returns:
            The address, or None.

        Raises:
            AccessDenied: These credentials may not ask.

        Examples:
            >>> ElasticIP.find(public_ip=address.public_ip) == address
            True

        AWS: ec2:DescribeAddresses
        """
        return cls.list(
            public_ip=public_ip, tags=tags, instance=instance, name=name, attached=attached, cloud=cloud
        ).first()

    @override
    def _load(self) -> Answer:
        answer = self._call("describe_addresses", AllocationIds=[self.allocation_id])
        return only(answer["Addresses"], AddressNotFound, "DescribeAddresses", self)

    # -- use -------------------------------------------------------------------------------------------------

    def attach(self, instance: Instance | str, *, move: bool = False, private_ip: str | None = None) -> None:
        """Attach it to an instance, which loses its other public address; fine if it is attached there. One request.

        Args:
            instance: The instance, running or stopped, or its id; or the id of a network interface (`"eni-..."`).
            move: Whether to take the address away from where it is attached now.
            private_ip: The private address that it stands for. Default: the first one.

        Raises:
            Conflict: It is attached elsewhere and `move` is not given, or the instance is in no state for it.
            InstanceNotFound: The instance is not there.
            AddressNotFound: The address is not there.

        Examples:
            >>> address.attach(box)
            >>> address.instance_id == box.id
            True

        AWS: ec2:AssociateAddress
        """
        to = str(instance)
        try:
            self._call(
                "associate_address",
                AllocationId=self.allocation_id,
                InstanceId=None if to.startswith(_INTERFACES_BEGIN) else to,
                NetworkInterfaceId=to if to.startswith(_INTERFACES_BEGIN) else None,
                PrivateIpAddress=private_ip,
                # AWS takes it away from where it is unless it is told not to.
                AllowReassociation=move,
            )
        finally:  # where the answer was lost, it may have been done
            self._unlearn()

    def detach(self) -> None:
        """Detach it from where it is attached; fine if it is not. One or two requests.

        Raises:
            AddressNotFound: The address is not there.

        Examples:
            >>> address.attach(box)
            >>> address.detach()
            >>> address.instance_id is None
            True

        AWS: ec2:DescribeAddresses, ec2:DisassociateAddress
        """
        association = self.refresh().association_id
        if association is not None:
            try:
                self._call("disassociate_address", AssociationId=association)
            except AddressNotFound:
                raise
            except NotFound:
                pass  # detached by somebody else in between
            finally:
                self._unlearn()

    # -- the end ---------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Give it back; fine if it is gone. One request, or two or three. Others may get the address from then on.

        Raises:
            Conflict: It is attached: `detach` first; or it has a reverse DNS record, or is locked.

        Examples:
            >>> address.release()

        AWS: ec2:ReleaseAddress, ec2:DescribeAddresses
        """
        with suppress(AddressNotFound):
            known = self._known("NetworkBorderGroup")
            try:
                self._release(known)
            except AddressNotFound:
                # AWS says so too of one that is there, and is announced elsewhere than in the whole region.
                if known is None:
                    self._release(self.refresh().border_group)
        self.cloud.forget(self.allocation_id)
        self._unlearn()

    def _release(self, border_group: object) -> None:
        # Some regions have known no such parameter, and their own name goes without saying.
        elsewhere = None if border_group == self.cloud.region else border_group
        self._call("release_address", AllocationId=self.allocation_id, NetworkBorderGroup=elsewhere)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.detach()
        except AddressNotFound:
            return
        self.release()
