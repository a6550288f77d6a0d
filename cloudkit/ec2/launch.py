"""What an instance is launched with."""

from __future__ import annotations

import re
import uuid
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from typing_extensions import TypedDict

from cloudkit._core.backoff import Backoff
from cloudkit._core.cloud import Cloud
from cloudkit.ec2._limits import MAX_USER_DATA_BYTES, METADATA_HOPS, PROFILE_PAUSE_SECONDS, PROFILE_SECONDS
from cloudkit.ec2._service import EC2
from cloudkit.ec2._systems import architecture_of
from cloudkit.ec2._tags import tag_specifications
from cloudkit.ec2.image import Image
from cloudkit.ec2.key_pair import KeyPair
from cloudkit.ec2.security_group import SecurityGroup, group_ids
from cloudkit.errors import InvalidRequest
from cloudkit.types import Answer, TagMap

Count: TypeAlias = int | tuple[int, int]
"""How many, or the least and the most."""

NAME_TAG = "Name"

# What EC2 says of an instance profile that IAM has, and has not told EC2 of yet.
_UNKNOWN_PROFILE = "Invalid IAM Instance Profile"
_UNTIL_KNOWN = Backoff(PROFILE_PAUSE_SECONDS, growth=1, limit=PROFILE_SECONDS)

_SECRETS = re.compile(
    rb"(?:AKIA|ASIA)[0-9A-Z]{16}|aws_secret_access_key|-----BEGIN [A-Z ]*PRIVATE KEY-----", re.IGNORECASE
)


class LaunchOptions(TypedDict, total=False):
    """The options of `Instance.launch`, for code that passes them on.

    Attributes:
        key: The key pair to log in with, or its name.
        security_groups: Groups or their ids. Default: the default group of the VPC.
        user_data: A script or cloud-init document that runs at the first start; at most 16 KiB.
        tags: Tags of the instances and of their volumes.
        name: The tag `Name`.
        subnet: The id of the subnet. Default: one of the default VPC.
        zone: The name of the zone, such as `"eu-west-1a"`.
        instance_profile: The name or the ARN of the instance profile whose role it has.
        protect: Whether terminating it is refused until that is lifted.
        aws: More parameters of RunInstances, as boto3 takes them.
        cloud: Where to launch it.
    """

    key: KeyPair | str | None
    security_groups: Iterable[SecurityGroup | str] | None
    user_data: str | bytes | None
    tags: TagMap | None
    name: str | None
    subnet: str | None
    zone: str | None
    instance_profile: str | None
    protect: bool
    aws: Mapping[str, Any] | None
    cloud: Cloud | None


def launch_request(
    image: Image | str, type: str, count: Count, options: LaunchOptions, cloud: Cloud
) -> dict[str, Any]:
    """RunInstances' parameters, checked; the caller's raw ones among them."""
    unknown = sorted(options.keys() - LaunchOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"launch() has no option {unknown[0]!r}")
    least, most = count if isinstance(count, tuple) else (count, count)
    if not 1 <= least <= most:
        raise InvalidRequest(f"count={count!r}: it is 1 or more, or (least, most)")
    groups = options.get("security_groups")
    key = options.get("key")
    zone = options.get("zone")
    aws = options.get("aws") or {}
    # Session credentials are given to no one who can merely make the instance send a request. Two hops, so that
    # containers on it get theirs.
    metadata = {"HttpTokens": "required", "HttpPutResponseHopLimit": METADATA_HOPS, "HttpEndpoint": "enabled"}
    return {
        "ImageId": image_id(image, type, cloud),
        "InstanceType": type,
        "MinCount": least,
        "MaxCount": most,
        "KeyName": None if key is None else str(key),
        "SecurityGroupIds": None if groups is None else group_ids(groups),
        "UserData": None if (data := options.get("user_data")) is None else checked_user_data(data),
        "SubnetId": options.get("subnet"),
        "Placement": None if zone is None else {"AvailabilityZone": zone},
        "IamInstanceProfile": _profile(options.get("instance_profile")),
        "DisableApiTermination": True if options.get("protect") else None,
        "MetadataOptions": None if "MetadataOptions" in aws else metadata,
        "TagSpecifications": tag_specifications(["instance", "volume"], _tags(options)),
        # The same in every attempt at this call, so that an answer that got lost launches nothing twice.
        "ClientToken": None if "ClientToken" in aws else uuid.uuid4().hex,
    }


def image_id(image: Image | str, type: str, cloud: Cloud) -> str:
    """The id of an image that is given as object, id or everyday name, for that instance type."""
    text = str(image)
    if text.startswith(("ami-", "resolve:ssm:")):
        return text
    return Image.latest(text, arch=architecture_of(type), cloud=cloud).id


def checked_user_data(data: str | bytes) -> bytes:
    """User data as bytes, if EC2 takes it. A warning if it seems to hold a secret, which the instance can read."""
    raw = data.encode() if isinstance(data, str) else bytes(data)
    if len(raw) > MAX_USER_DATA_BYTES:
        raise InvalidRequest(
            f"user_data has {len(raw)} bytes: EC2 takes {MAX_USER_DATA_BYTES}",
            hint="compress it with gzip, which cloud-init reads, or let it fetch the rest from a bucket",
        )
    if _SECRETS.search(raw):
        warnings.warn(
            "user_data seems to hold a key: whoever may describe the instance or run code on it can read it;"
            " give the instance a role (instance_profile=) or let it read a secrets store",
            stacklevel=4,
        )
    return raw


def _profile(profile: str | None) -> dict[str, str] | None:
    if profile is None:
        return None
    return {"Arn": profile} if profile.startswith("arn:") else {"Name": profile}


def _tags(options: LaunchOptions) -> TagMap | None:
    tags, name = options.get("tags"), options.get("name")
    if name is None:
        return tags
    if tags and tags.get(NAME_TAG, name) != name:
        raise InvalidRequest(f"name={name!r} and tags[{NAME_TAG!r}]={tags[NAME_TAG]!r} say different things")
    return {**(tags or {}), NAME_TAG: name}


def run_instances(cloud: Cloud, request: Mapping[str, Any], aws: Mapping[str, Any] | None) -> Answer:
    """RunInstances; again for half a minute if EC2 has not heard of the instance profile yet."""
    pauses = _UNTIL_KNOWN.begin(cloud.clock)
    while True:
        try:
            return cloud.invoke(EC2, "run_instances", request, aws=aws, about=request["ImageId"])
        except InvalidRequest as error:
            if _UNKNOWN_PROFILE not in error.message or not pauses.take():
                raise
