"""What can be missing in EC2."""

from __future__ import annotations

from cloudkit.errors import CloudError, NotFound


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


class WouldSucceed(CloudError):
    """AWS's answer to a dry run that it would have carried out."""
