"""What a launch and a launch template say in the same words, in AWS's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import compact
from cloudkit.ec2._images.systems import architecture_of
from cloudkit.ec2._launching.disks import block_devices
from cloudkit.ec2._launching.market import market_options
from cloudkit.ec2._limits import METADATA_HOPS
from cloudkit.ec2.image import Image
from cloudkit.errors import InvalidRequest
from cloudkit.types import HasArn

Options: TypeAlias = Mapping[str, Any]
"""Those of a launch, or of a template."""

# Session credentials are given to no one who can merely make the instance send a request.
TOKENS_REQUIRED = {"HttpTokens": "required"}
# Two hops, so that containers on it get theirs.
METADATA = {**TOKENS_REQUIRED, "HttpPutResponseHopLimit": METADATA_HOPS, "HttpEndpoint": "enabled"}

_PLAIN_IDS = ("ami-", "resolve:ssm:")
# In place of the root disk's name, which the image knows.
_DEVICE_LATER = "root"


def settings(kind: str | None, options: Options) -> dict[str, Any]:
    """All but image, network, user data and tags; None where nothing is said."""
    key, zone, hibernation = options.get("key"), options.get("zone"), options.get("hibernation")
    return {
        "InstanceType": kind,
        "KeyName": None if key is None else str(key),
        "Placement": None if zone is None else {"AvailabilityZone": str(zone)},
        "IamInstanceProfile": _profile(options.get("instance_profile")),
        "BlockDeviceMappings": block_devices(options.get("root"), _DEVICE_LATER, options.get("volumes", ())),
        "InstanceMarketOptions": market_options(options.get("spot", False)),
        "DisableApiTermination": options.get("protect"),
        "HibernationOptions": None if hibernation is None else {"Configured": bool(hibernation)},
    }


def interface(options: Options, groups: list[str] | None) -> list[dict[str, Any]]:
    """Its network interface, with subnet and groups: AWS takes them nowhere else then."""
    subnet = options.get("subnet")
    return [
        compact(
            {
                "DeviceIndex": 0,
                "AssociatePublicIpAddress": options.get("public_ip"),
                "SubnetId": None if subnet is None else str(subnet),
                "Groups": groups,
            }
        )
    ]


def set_image(
    request: dict[str, Any], image: Image | str | None, kind: str | None, options: Options, cloud: Cloud
) -> None:
    """Say by which image, and what that calls its root disk. A request or two, unless it is given by its id."""
    root = options.get("root")
    if image is None:
        if root is not None:
            raise InvalidRequest(
                "root= needs the image, which says what its disk is called", hint="image='al2023'"
            )
        return
    request["ImageId"] = _image_id(image, kind, cloud)
    if root is not None:
        request["BlockDeviceMappings"][0]["DeviceName"] = _root_device(image, request["ImageId"], cloud)


def _image_id(image: Image | str, kind: str | None, cloud: Cloud) -> str:
    """The id of an image that is given as object, id or everyday name, for that instance type."""
    text = str(image)
    if text.startswith(_PLAIN_IDS):
        return text
    if kind is None:
        raise InvalidRequest(
            f"image={text!r}: an everyday name needs type= too, which says for what architecture",
            hint="give type='t3.micro', or the id of an image",
        )
    return Image.latest(text, arch=architecture_of(kind), cloud=cloud).id


def _root_device(image: Image | str, id: str, cloud: Cloud) -> str:
    found = image if isinstance(image, Image) else Image(id, cloud=cloud)
    if found.root_device is None:
        raise InvalidRequest(f"root=: the image {id} has no root disk of its own")
    return found.root_device


def _profile(profile: HasArn | str | None) -> dict[str, str] | None:
    if profile is None:
        return None
    text = profile if isinstance(profile, str) else profile.arn
    return {"Arn": text} if text.startswith("arn:") else {"Name": text}
