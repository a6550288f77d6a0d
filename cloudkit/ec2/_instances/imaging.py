"""An image made of an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudkit._core.cloud import Cloud
from cloudkit._core.params import as_text
from cloudkit.ec2._limits import MAX_IMAGE_NAME_CHARACTERS, MIN_IMAGE_NAME_CHARACTERS
from cloudkit.ec2._once import Made, make_once
from cloudkit.ec2.errors import ImageNotFound
from cloudkit.ec2.image import Image
from cloudkit.types import TagMap

_MADE = Made(
    "image",
    "describe_images",
    "Images",
    "ImageId",
    lambda cloud, row: Image(row["ImageId"], cloud=cloud).deregister(snapshots=True),
    unique=True,
    where={"Owners": ["self"]},
    beside=("snapshot",),
)


def create_image(
    instance: str,
    name: str,
    cloud: Cloud,
    *,
    description: str | None,
    reboot: bool,
    tags: TagMap | None,
    aws: Mapping[str, Any] | None,
) -> Image:
    """The image, which is pending."""
    answer = make_once(
        cloud,
        _MADE,
        "create_image",
        {
            "InstanceId": instance,
            "Name": as_text("name", name, MIN_IMAGE_NAME_CHARACTERS, MAX_IMAGE_NAME_CHARACTERS),
            "Description": description,
            "NoReboot": not reboot,
        },
        tags=tags,
        aws=aws,
        about=name,
    )
    cloud.remember(answer["ImageId"], ImageNotFound)
    return Image(answer["ImageId"], cloud=cloud)
