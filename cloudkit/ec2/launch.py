"""What an instance is launched with."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from typing_extensions import TypedDict

from cloudkit._core.backoff import Backoff
from cloudkit._core.cloud import Cloud
from cloudkit._core.params import filter_list
from cloudkit.ec2._launching.market import Price
from cloudkit.ec2._launching.settings import METADATA, TOKENS_REQUIRED, interface, set_image, settings
from cloudkit.ec2._launching.user_data import UserData, user_data_bytes
from cloudkit.ec2._limits import PROFILE_PAUSE_SECONDS, PROFILE_SECONDS
from cloudkit.ec2._many.describing import instance_rows
from cloudkit.ec2._option_names import check_names
from cloudkit.ec2._service import EC2
from cloudkit.ec2._tags import NAME_TAG, named, tag_specifications
from cloudkit.ec2.disk import Disk
from cloudkit.ec2.image import Image
from cloudkit.ec2.key_pair import KeyPair, KeyType
from cloudkit.ec2.rule import Rule
from cloudkit.ec2.security_group import SecurityGroup, group_ids
from cloudkit.ec2.subnet import Subnet
from cloudkit.ec2.zone import Zone
from cloudkit.errors import CloudError, ConnectionFailed, InvalidRequest
from cloudkit.types import HasArn, TagMap

__all__ = [
    "DEFAULT_TYPE",
    "NAME_TAG",
    "Count",
    "LaunchOptions",
    "launch_request",
    "run_instances",
]

Count: TypeAlias = int | tuple[int, int]
"""How many, or the least and the most."""

DEFAULT_TYPE = "t3.micro"
# What else a launch takes, beside its options.
_ARGUMENTS = {"image", "type", "count"}

# What EC2 says of an instance profile that IAM has, and has not told EC2 of yet.
_UNKNOWN_PROFILE = "Invalid IAM Instance Profile"
_UNTIL_KNOWN = Backoff(PROFILE_PAUSE_SECONDS, growth=1, limit=PROFILE_SECONDS)
_TEMPLATE_IDS = "lt-"
_IMAGE_NEEDED = "an image is needed: by name, id or object"


class Template(Protocol):
    """A launch template, as far as a launch needs it."""

    def specification(self, version: Any = ..., /) -> Mapping[str, Any]:
        """What names a version of it."""
        ...


class LaunchOptions(TypedDict, total=False):
    """The options of `Instance.launch`, for code that passes them on. There it says what each means."""

    name: str | None
    tags: TagMap | None
    key: KeyPair | str | None
    security_groups: SecurityGroup | str | Iterable[SecurityGroup | str] | None
    subnet: Subnet | str | None
    zone: Zone | str | None
    public_ip: bool | None
    user_data: UserData | None
    user_data_values: Mapping[str, object] | None
    instance_profile: HasArn | str | None
    root: Disk | int | None
    volumes: Iterable[Disk | int]
    spot: Price | bool
    template: Template | str | None
    template_version: int | str
    protect: bool
    hibernation: bool
    new_key: KeyType | str | bool
    new_group: Iterable[Rule] | None
    new_address: bool
    keep_on_error: bool
    aws: Mapping[str, Any] | None
    cloud: Cloud | None


def checked_options(options: Mapping[str, Any]) -> None:
    """Refuse an option that there is not, or that does not go with another.

    Raises:
        TypeError: There is no such option.
        InvalidRequest: Two do not go together.
    """
    check_names(options, LaunchOptions.__annotations__.keys() | _ARGUMENTS, "launch() has no option {}")
    if options.get("new_key") and options.get("key") is not None:
        raise InvalidRequest("key= and new_key= are two keys: an instance takes one")


def launch_request(
    image: Image | str | None, type: str | None, count: Count, options: LaunchOptions, cloud: Cloud
) -> dict[str, Any]:
    """RunInstances' parameters, checked; the caller's raw ones are not among them.

    Raises:
        InvalidRequest: They do not go together, or EC2 takes no such.
    """
    checked_options(options)
    least, most = count if isinstance(count, tuple) else (count, count)
    if not 1 <= least <= most:
        raise InvalidRequest(f"count={count!r}: it is 1 or more, or (least, most)")
    template = _template(options)
    if image is None and template is None:
        raise InvalidRequest(_IMAGE_NEEDED, hint="Instance.launch('al2023'), or template=...")
    kind = type if type is not None or template is not None else DEFAULT_TYPE
    given = options.get("security_groups")
    aws = options.get("aws") or {}
    # All that can be refused here comes before the first request, which finds the image.
    request: dict[str, Any] = {
        **settings(kind, options),
        "MinCount": least,
        "MaxCount": most,
        **_network(options, None if given is None else group_ids(given)),
        "UserData": user_data_bytes(options.get("user_data"), options.get("user_data_values")),
        "LaunchTemplate": template,
        # A template may have more to say of that, of all but tokens.
        "MetadataOptions": None
        if "MetadataOptions" in aws
        else METADATA
        if template is None
        else TOKENS_REQUIRED,
        "TagSpecifications": tag_specifications(
            ["instance", "volume"], named(options.get("tags"), options.get("name"))
        ),
        # The same in every attempt at this call, so that an answer that got lost launches nothing twice.
        "ClientToken": None if "ClientToken" in aws else uuid.uuid4().hex,
    }
    set_image(request, image, kind, options, cloud)
    return request


def _network(options: LaunchOptions, groups: list[str] | None) -> dict[str, Any]:
    if options.get("public_ip") is not None:
        return {"NetworkInterfaces": interface(options, groups)}
    subnet = options.get("subnet")
    return {"SecurityGroupIds": groups, "SubnetId": None if subnet is None else str(subnet)}


def _template(options: LaunchOptions) -> Mapping[str, Any] | None:
    template, version = options.get("template"), options.get("template_version", "default")
    if template is None:
        if "template_version" in options:
            raise InvalidRequest("template_version= without template=")
        return None
    if not isinstance(template, str):
        return template.specification(version)
    spelled = {"default": "$Default", "latest": "$Latest"}.get(str(version), str(version))
    by = "LaunchTemplateId" if template.startswith(_TEMPLATE_IDS) else "LaunchTemplateName"
    return {by: template, "Version": spelled}


def run_instances(cloud: Cloud, request: Mapping[str, Any], aws: Mapping[str, Any] | None) -> list[Any]:
    """The rows of what RunInstances launches; again for half a minute if EC2 has not heard of the instance profile yet.

    Where no answer came at all, what was launched is found by the call's token, if AWS can be asked: one more request.
    """
    about = request.get("ImageId") or request["LaunchTemplate"]
    pauses = _UNTIL_KNOWN.begin(cloud.clock)
    while True:
        try:
            return instance_rows(cloud.invoke(EC2, "run_instances", request, aws=aws, about=about))
        except InvalidRequest as error:
            if _UNKNOWN_PROFILE not in error.message or not pauses.take():
                raise
        except ConnectionFailed:
            found = _launched(cloud, request.get("ClientToken"))
            if not found:
                raise
            return found


def _launched(cloud: Cloud, token: str | None) -> list[Any]:
    if token is None:
        return []
    filters = filter_list({"client-token": token})
    try:
        return [
            row
            for page in cloud.pages(EC2, "describe_instances", Filters=filters)
            for row in instance_rows(page)
        ]
    except CloudError:
        return []
