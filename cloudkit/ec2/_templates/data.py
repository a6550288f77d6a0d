"""What a launch template says of the instances that are launched with it."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from typing_extensions import TypedDict

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import as_datetime, compact, merge_raw
from cloudkit.ec2._launching.market import Price
from cloudkit.ec2._launching.settings import METADATA, interface, set_image, settings
from cloudkit.ec2._launching.user_data import UserData, user_data_bytes
from cloudkit.ec2._option_names import check_names
from cloudkit.ec2._tags import named, tag_specifications
from cloudkit.ec2.disk import Disk
from cloudkit.ec2.image import Image
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.ec2.security_group import SecurityGroup, group_ids
from cloudkit.ec2.subnet import Subnet
from cloudkit.ec2.zone import Zone
from cloudkit.types import HasArn, TagMap


class TemplateOptions(TypedDict, total=False):
    """What a launch template may say; what it does not, the launch has to.

    Attributes:
        image: An image, its id, or an everyday name, which stands for the image that is the newest one now.
        type: The instance type.
        key: The key pair to log in with, or its name.
        security_groups: One group or several, or their ids.
        user_data: A script or cloud-init document for the first start, at most 16 KiB: a text, bytes, a `Path`, or an
            `Object` in a bucket, as it is now.
        user_data_values: What its blanks are filled in with, as for a launch.
        tags: Tags of the instances and of their volumes.
        instance_name: The tag `Name` of the instances.
        subnet: The subnet, or its id.
        zone: The zone, or its name.
        public_ip: Whether it has a public address.
        instance_profile: The instance profile whose role it has: its name, its ARN, or what has that.
        root: The disk with the system on it; the image has to be said with it.
        volumes: More disks, each a `Disk` or a size in GiB.
        spot: True for a spot instance, or the most that it may cost, in dollars an hour.
        protect: Whether terminating it is refused until that is lifted.
        hibernation: Whether it can hibernate.
        aws: More of LaunchTemplateData, as boto3 takes it.
    """

    image: Image | str | None
    type: str | None
    key: KeyPair | str | None
    security_groups: SecurityGroup | str | Iterable[SecurityGroup | str] | None
    user_data: UserData | None
    user_data_values: Mapping[str, object] | None
    tags: TagMap | None
    instance_name: str | None
    subnet: Subnet | str | None
    zone: Zone | str | None
    public_ip: bool | None
    instance_profile: HasArn | str | None
    root: Disk | int | None
    volumes: Iterable[Disk | int]
    spot: Price | bool
    protect: bool
    hibernation: bool
    aws: Mapping[str, Any] | None


@frozen
class TemplateVersion:
    """A version of a launch template.

    Attributes:
        number: 1, 2 ...
        description: As given.
        is_default: Whether it is the one that is launched if no version is named.
        created: When.
        created_by: The ARN of who made it.
        image_id: What it says, as the others do; None if it does not.
        type: The instance type.
        key_name: The name of the key pair.
        security_group_ids: The ids of the groups.
        user_data: As text; it does not show in `repr`.
        raw: All that it says, as AWS gives it; it does not show in `repr` either.
    """

    number: int
    description: str | None
    is_default: bool
    created: datetime
    created_by: str | None
    image_id: str | None
    type: str | None
    key_name: str | None
    security_group_ids: tuple[str, ...]
    user_data: str | None = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False, eq=False)


def version_of(row: Mapping[str, Any]) -> TemplateVersion:
    """The version that AWS's row tells of."""
    data: Mapping[str, Any] = row.get("LaunchTemplateData", {})
    encoded = data.get("UserData")
    interfaces: Sequence[Mapping[str, Any]] = data.get("NetworkInterfaces") or ({},)
    return TemplateVersion(
        int(row["VersionNumber"]),
        row.get("VersionDescription") or None,
        bool(row.get("DefaultVersion")),
        as_datetime(row["CreateTime"]),
        row.get("CreatedBy"),
        data.get("ImageId"),
        data.get("InstanceType"),
        data.get("KeyName"),
        tuple(data.get("SecurityGroupIds") or interfaces[0].get("Groups") or ()),
        None if not encoded else base64.b64decode(encoded).decode("utf-8", "surrogateescape"),
        data,
    )


def warn_of(answer: Mapping[str, Any]) -> None:
    """Warn of what AWS keeps though no instance can be launched with it."""
    for fault in answer.get("Warning", {}).get("Errors", ()):
        warnings.warn(
            f"nothing can be launched with this template: {fault.get('Code')}: {fault.get('Message')}",
            stacklevel=3,
        )


def template_data(options: TemplateOptions, cloud: Cloud, *, whole: bool) -> dict[str, Any]:
    """LaunchTemplateData, checked. `whole` if nothing is taken over from another version."""
    check_names(options, TemplateOptions.__annotations__, "a launch template has no option {}")
    aws = options.get("aws") or {}
    kind, given = options.get("type"), options.get("security_groups")
    groups = None if given is None else group_ids(given)
    # A template has no subnet of its own, and takes groups in one of the two places alone.
    has_interface = options.get("subnet") is not None or options.get("public_ip") is not None
    data: dict[str, Any] = {
        **settings(kind, options),
        "SecurityGroupIds": None if has_interface else groups,
        "NetworkInterfaces": interface(options, groups) if has_interface else None,
        "UserData": _encoded(options.get("user_data"), options.get("user_data_values")),
        "MetadataOptions": METADATA if whole and "MetadataOptions" not in aws else None,
        "TagSpecifications": tag_specifications(
            ["instance", "volume"], named(options.get("tags"), options.get("instance_name"))
        ),
    }
    set_image(data, options.get("image"), kind, options, cloud)
    return merge_raw(compact(data), aws)


def _encoded(data: UserData | None, values: Mapping[str, object] | None) -> str | None:
    # botocore does that for RunInstances, and not for templates.
    raw = user_data_bytes(data, values)
    return None if raw is None else base64.b64encode(raw).decode()
