"""What can be missing in EC2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cloudkit.errors import AccessDenied, CloudError, NotFound

if TYPE_CHECKING:
    from cloudkit.ec2.command import CommandResult


class InstanceNotFound(NotFound):
    """The instance is not there; one that ended is forgotten after about an hour."""


class KeyPairNotFound(NotFound):
    """The key pair is not there."""


class SecurityGroupNotFound(NotFound):
    """The security group is not there."""


class RuleNotFound(NotFound):
    """The security group is there, and has no such rule."""


class ImageNotFound(NotFound):
    """The image is not there, is no longer registered, or is not shared with this account."""


class AddressNotFound(NotFound):
    """The Elastic IP address is not there: it was released, or is another account's."""


class RegionNotFound(NotFound):
    """There is no region of that name."""


class VolumeNotFound(NotFound):
    """The volume is not there, or was deleted."""


class SnapshotNotFound(NotFound):
    """The snapshot is not there, or is not shared with this account."""


class VpcNotFound(NotFound):
    """The VPC is not there; or, where the default one was asked for, the region has none."""


class SubnetNotFound(NotFound):
    """The subnet is not there."""


class LaunchTemplateNotFound(NotFound):
    """The launch template, or that version of it, is not there."""


class InstanceTypeNotFound(NotFound):
    """There is no instance type of that name, or not in this region."""


class HostKeyUnknown(CloudError):
    """The server's host key is one that nothing vouches for. Nothing was sent to it.

    Attributes:
        fingerprint: Its fingerprint, as `"SHA256:..."`.
        host_key: The key as `host_key=` takes it.
    """

    fingerprint: str | None = None
    host_key: str | None = None


class HostKeyChanged(CloudError):
    """The server's host key is another than the one that is known: it may be another machine. Nothing was sent to it.

    Attributes:
        fingerprint: The fingerprint of the key that it has.
        host_key: That key as `host_key=` takes it.
        expected: The fingerprints of those that are known.
    """

    fingerprint: str | None = None
    host_key: str | None = None
    expected: Sequence[str] = ()


class LoginRefused(AccessDenied):
    """The SSH server takes neither the user nor any of the keys."""


class CommandFailed(CloudError):
    """A command ended with another exit code than 0.

    Attributes:
        result: How it ended, with its output.
    """

    result: CommandResult | None = None


class WouldSucceed(CloudError):
    """AWS's answer to a dry run that it would have carried out."""
