"""Amazon Resource Names, taken apart and put together."""

from __future__ import annotations

from attrs import frozen
from typing_extensions import override

from cloudkit.errors import InvalidRequest

PREFIX = "arn:"
_PARTS = 6

# The part of AWS that a region belongs to, by how its name begins.
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
    ("eusc-", "aws-eusc"),
)


@frozen
class Arn:
    """An Amazon Resource Name in its parts.

    Attributes:
        partition: The part of AWS, such as `"aws"` or `"aws-cn"`.
        service: The service.
        region: The region; empty where a service has none.
        account: The number of the account; empty where it is not said.
        resource: What it names, in the service's own form.
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The parts of an ARN.

        Args:
            text: The ARN.

        Raises:
            InvalidRequest: It is none.
        """
        parts = text.split(":", _PARTS - 1)
        if len(parts) != _PARTS or parts[0] != "arn" or not all((parts[1], parts[2], parts[5])):
            raise InvalidRequest(
                f"{text!r} is no ARN", hint="an ARN looks like arn:aws:sns:eu-west-1:123456789012:news"
            )
        return cls(*parts[1:])

    @override
    def __str__(self) -> str:
        return f"{PREFIX}{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def partition_of(region: str) -> str:
    """The partition that a region belongs to."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")
