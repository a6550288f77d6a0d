"""What a consumer can be told to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from attrs import frozen

from cloudkit.sqs._consuming.leases import Extension, Lease


@frozen
class Poll:
    """Ask for messages."""

    number: int
    limit: int


@frozen(eq=False)
class Begin:
    """Run the handler."""

    lease: Lease


@frozen(eq=False)
class Delete:
    """Delete messages, with one request."""

    leases: Sequence[Lease]


@frozen(eq=False)
class Return:
    """A message to be given back, visible after so many seconds."""

    lease: Lease
    delay: int


@frozen(eq=False)
class Release:
    """Give messages back, with one request."""

    returns: Sequence[Return]


@frozen(eq=False)
class Extend:
    """Extend leases, with one request."""

    extensions: Sequence[Extension]


@frozen
class Cancel:
    """Tell handlers that are under way to stop, as far as that can be done."""


Action: TypeAlias = Poll | Begin | Delete | Release | Extend | Cancel
