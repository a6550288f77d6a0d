"""Machines on the way to another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from cloudkit._core.cloud import Cloud

if TYPE_CHECKING:
    from cloudkit.ec2.ssh import SSH


@frozen
class Box:
    """What SSH must know of an instance; AWS is asked for the rest.

    Attributes:
        id: Its id.
        cloud: Where it is.
    """

    id: str
    cloud: Cloud


class Hop(Protocol):
    """What others can be reached through: an instance, for one."""

    def ssh(self) -> SSH:
        """A connection to it."""
        ...
