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
from cloudkit.ec2._limits import METADATA_HOPS
from cloudkit.ec2._tags import named, tag_specifications
from cloudkit.ec2.image import Image
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.ec2.launch import checked_user_data, image_id
from cloudkit.ec2.security_group import SecurityGroup, group_ids
from cloudkit.ec2.subnet import Subnet
from cloudkit.errors import InvalidRequest
from cloudkit.types import TagMap


class TemplateOptions(TypedDict, total=False):
    """What a launch template may say; what it does not, the launch has to.

    Attributes:
        image: An image, its id, or an everyday name, which stands for the image that is the newest one now.
        type: The instance type.
        key: The key pair to log in with, or its name.
        security_groups: Groups or their ids.
        user_data: A script or cloud-init document that runs at the first start; at most 16 KiB.
        tags: Tags of the instances and of their volumes.
        instance_name: The tag `Name` of the instances.
        subnet: The subnet, or its id.
        zone: The name of the zone.
        instance_profile: The name or the ARN of the instance profile whose role it has.
        protect: Whether terminating it is refused until that is lifted.
        aws: More of LaunchTemplateData, as boto3 takes it.
    """

    image: Image | str | None
    type: str | None
    key: KeyPair | str | None
    security_groups: Iterable[SecurityGroup | str] | None
    user_data: str | bytes | None
    tags: TagMap | None
    instance_name: str | None
    subnet: Subnet | str | None
    zone: str | None
    instance_profile: str | None
    protect: bool
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
    unknown = sorted(options.keys() - TemplateOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"a launch template has no option {unknown[0]!r}")
    aws = options.get("aws") or {}
    kind = options.get("type")
    key, zone, subnet = options.get("key"), options.get("zone"), options.get("subnet")
    given = options.get("security_groups")
    groups = None if given is None else group_ids(given)
    # As for a launch: credentials of the role need tokens, and containers get them too.
    metadata = {"HttpTokens": "required", "HttpPutResponseHopLimit": METADATA_HOPS, "HttpEndpoint": "enabled"}
    return merge_raw(
        compact(
            {
                "ImageId": _image(options.get("image"), kind, cloud),
                "InstanceType": kind,
                "KeyName": None if key is None else str(key),
                "SecurityGroupIds": groups if subnet is None else None,
                "NetworkInterfaces": None if subnet is None else _interface(subnet, groups),
                "UserData": _encoded(options.get("user_data")),
                "Placement": None if zone is None else {"AvailabilityZone": zone},
                "IamInstanceProfile": _profile(options.get("instance_profile")),
                "DisableApiTermination": options.get("protect"),
                "MetadataOptions": metadata if whole and "MetadataOptions" not in aws else None,
                "TagSpecifications": tag_specifications(
                    ["instance", "volume"], named(options.get("tags"), options.get("instance_name"))
                ),
            }
        ),
        aws,
    )


def _image(image: Image | str | None, kind: str | None, cloud: Cloud) -> str | None:
    if image is None:
        return None
    if kind is None and not str(image).startswith(("ami-", "resolve:ssm:")):
        raise InvalidRequest(
            f"image={str(image)!r}: an everyday name needs type= too, which says for what architecture",
            hint="give type='t3.micro', or the id of an image",
        )
    return image_id(image, kind or "", cloud)


def _interface(subnet: Subnet | str, groups: list[str] | None) -> list[dict[str, Any]]:
    # A template has no subnet of its own, and takes groups in one of the two places alone.
    return [compact({"DeviceIndex": 0, "SubnetId": str(subnet), "Groups": groups})]


def _encoded(data: str | bytes | None) -> str | None:
    # botocore does that for RunInstances, and not for templates.
    return None if data is None else base64.b64encode(checked_user_data(data)).decode()


def _profile(profile: str | None) -> dict[str, str] | None:
    if profile is None:
        return None
    return {"Arn": profile} if profile.startswith("arn:") else {"Name": profile}
