"""What AWS says of an instance that SSH must know: its addresses, its key, and whose image it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone

from attrs import frozen

from cloudkit._core.params import as_datetime
from cloudkit.ec2._many.describing import describe
from cloudkit.ec2._service import EC2
from cloudkit.ec2._ssh.hops import Box
from cloudkit.ec2.errors import ImageNotFound
from cloudkit.errors import Conflict, InvalidRequest
from cloudkit.types import Answer

# No connection is possible, and waiting does not help.
_OFF = {"stopped", "stopping", "shutting-down", "terminated"}

_WINDOWS = "windows"
_WINDOWS_USER = "Administrator"

# Whom images let in, by what they are called: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/managing-users.html
_USERS = tuple(
    (re.compile(pattern, re.I), user)
    for pattern, user in (
        (r"al20\d\d-|amzn2?-|amazon-eks|amazonlinux", "ec2-user"),
        (r"bitnami", "bitnami"),
        (r"ubuntu", "ubuntu"),
        (r"debian", "admin"),
        (r"fedora", "fedora"),
        (r"rocky", "rocky"),
        (r"centos[ -]?stream", "ec2-user"),
        (r"centos", "centos"),
        (r"rhel|suse|sles|alma|freebsd|^ol\d|oraclelinux", "ec2-user"),
        (r"arch-linux", "arch"),
    )
)


@frozen
class Facts:
    """What one DescribeInstances says.

    Attributes:
        state: Such as `"running"`.
        public: Its public IPv4 address, if it has one.
        private: Its private IPv4 address, if it has one.
        ipv6: Its first IPv6 address, if it has one.
        image_id: Its image.
        key_name: Its key pair, if it has one.
        launched: When it was launched.
        windows: Whether it runs Windows.
    """

    state: str
    public: str | None
    private: str | None
    ipv6: str | None
    image_id: str | None
    key_name: str | None
    launched: datetime | None
    windows: bool

    @property
    def age(self) -> float:
        """Seconds since it was launched."""
        return 0.0 if self.launched is None else (datetime.now(timezone.utc) - self.launched).total_seconds()


def facts(box: Box) -> Facts:
    """Ask AWS. One request."""
    row = describe(box.cloud, [box.id], gone_is_fine=False)[box.id]
    launched = row.get("LaunchTime")
    return Facts(
        state=row["State"]["Name"],
        public=row.get("PublicIpAddress") or None,
        private=row.get("PrivateIpAddress") or None,
        ipv6=next(_ipv6(row), None),
        image_id=row.get("ImageId"),
        key_name=row.get("KeyName") or None,
        launched=None if launched is None else as_datetime(launched),
        windows=row.get("Platform") == _WINDOWS,
    )


def _ipv6(row: Answer) -> Iterator[str]:
    if row.get("Ipv6Address"):
        yield row["Ipv6Address"]
    for interface in row.get("NetworkInterfaces", ()):
        yield from (each["Ipv6Address"] for each in interface.get("Ipv6Addresses", ()))


def address(box: Box, found: Facts, wanted: str, *, through: bool) -> str:
    """Where to connect to.

    Args:
        box: The instance.
        found: What AWS says of it.
        wanted: `"auto"`, `"public"`, `"private"` or `"ipv6"`.
        through: Whether another machine is on the way, which is in the same network.

    Raises:
        Conflict: It does not run, or has no such address.
    """
    if found.state in _OFF:
        raise Conflict(
            f"it is {found.state}",
            service=EC2.name,
            operation="ssh",
            resource=box.id,
            hint="box.start(), and box.wait('running')" if found.state.startswith("stop") else None,
        )
    near = [found.private, found.ipv6, found.public]
    far = [found.public, found.ipv6, found.private]
    choice = {
        "auto": near if through else far,
        "public": [found.public],
        "private": [found.private],
        "ipv6": [found.ipv6],
    }[wanted]
    for each in choice:
        if each is not None:
            return each
    raise Conflict(
        f"it has no {'' if wanted == 'auto' else wanted + ' '}address" + _yet(found),
        service=EC2.name,
        operation="ssh",
        resource=box.id,
        hint="bastion= goes through another machine, address= takes another address, and box.run(..., via='ssm')"
        " needs none",
    )


def _yet(found: Facts) -> str:
    return ", while it is pending" if found.state == "pending" else ""


def user_of(box: Box, found: Facts) -> str:
    """Whom its image lets in. One request, in five minutes for all instances of an image.

    Raises:
        InvalidRequest: The name of the image does not say.
    """
    if found.windows:
        return _WINDOWS_USER
    image_id = found.image_id or ""
    name = box.cloud.lookup(("image name", image_id), lambda: _image_name(box, image_id))
    user = user_of_image(name)
    if user is None:
        called = (
            f"image {image_id} is called {name!r}, which" if name else f"image {image_id}, which is gone,"
        )
        raise InvalidRequest(
            f"its {called} does not say whom it lets in",
            service=EC2.name,
            operation="ssh",
            resource=box.id,
            hint="user='ec2-user', 'ubuntu', 'admin' ..., as that of the image that it was made of",
        )
    return user


def user_of_image(name: str) -> str | None:
    """Whom images of that name let in; None if that is not known."""
    return next((user for pattern, user in _USERS if pattern.search(name)), None)


def _image_name(box: Box, image_id: str) -> str:
    try:
        answer = box.cloud.invoke(EC2, "describe_images", {"ImageIds": [image_id]}, about=image_id)
    except ImageNotFound:
        return ""
    return str(answer["Images"][0].get("Name") or "") if answer["Images"] else ""
