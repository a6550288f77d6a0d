"""How long the messages that were received are ours, and when that has to be made longer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from functools import partial

from attrs import define, frozen

from cloudkit.errors import CloudError
from cloudkit.sqs._limits import (
    EXTEND_PAUSE_SECONDS,
    LEASE_MARGIN_SECONDS,
    MAX_BATCH_ENTRIES,
    MAX_VISIBILITY_SECONDS,
)
from cloudkit.sqs.errors import LeaseLost
from cloudkit.sqs.message import Message


class Stage(Enum):
    """Where a message is.

    WAITING: for a worker, or for its group.
    RUNNING: its handler is under way.
    DONE: its handler has ended well, and it is to be deleted.
    DELETING: the request for that is under way.
    RETURNING: it is to be given back, or that is under way.
    """

    WAITING = auto()
    RUNNING = auto()
    DONE = auto()
    DELETING = auto()
    RETURNING = auto()


# Their leases are kept alive. One that is being deleted is not, since either way the answer decides.
_KEPT = frozenset({Stage.WAITING, Stage.RUNNING, Stage.DONE})


@define(eq=False)
class Lease:
    """One receive of a message.

    Attributes:
        message: The message.
        began: When it was received.
        until: When it ends, unless it is extended: rather too early than too late.
        renew: When it is to be extended.
        stage: Where the message is.
        extending: Whether a request to extend it is under way.
        ended: Whether it is over for us, in whatever way.
    """

    message: Message
    began: float
    until: float
    renew: float
    stage: Stage = Stage.WAITING
    extending: bool = False
    ended: bool = False

    @property
    def kept(self) -> bool:
        """Whether it is kept alive. What its handler has deleted or released itself is not ours any more."""
        return not self.ended and self.stage in _KEPT and self.message.settlement is None

    def room(self, now: float) -> int:
        """The seconds that it may be made to last at most, counted from now: SQS ends it 12 hours after the receive."""
        return max(0, math.floor(self.began + MAX_VISIBILITY_SECONDS - LEASE_MARGIN_SECONDS - now))


@frozen(eq=False)
class Extension:
    """A lease, and how many seconds it is to last from `asked` on."""

    lease: Lease
    seconds: int
    asked: float


class Leases:
    """The leases that are not over yet.

    Args:
        seconds: How long one lasts, and by how much it is extended.
    """

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._held: dict[str, Lease] = {}
        # Before that there is nothing to do: so that not every event looks at every lease.
        self._soonest = math.inf

    def __len__(self) -> int:
        """How many there are."""
        return len(self._held)

    def __iter__(self) -> Iterator[Lease]:
        return iter(list(self._held.values()))

    @property
    def wake(self) -> float:
        """When there may be something to do."""
        return self._soonest

    def begin(self, message: Message, now: float) -> Lease | None:
        """Note that a message was received; None if this very receive is known already."""
        if message.receipt in self._held:
            return None
        lease = Lease(message, now, now + self._seconds, now + self._seconds / 2)
        self._held[message.receipt] = lease
        self._soonest = min(self._soonest, lease.renew)
        return lease

    def end(self, lease: Lease) -> None:
        """Forget one: the message is deleted, given back or lost."""
        lease.ended = True
        self._held.pop(lease.message.receipt, None)

    def resume(self, lease: Lease) -> None:
        """Keep one alive again that was not for a while."""
        self._soonest = min(self._soonest, lease.renew, lease.until)

    def overdue(self, now: float) -> Sequence[Lease]:
        """Those that ended without anybody wanting it."""
        if now < self._soonest:
            return []
        return [lease for lease in self._held.values() if lease.kept and lease.until <= now]

    def due(self, now: float) -> Sequence[Sequence[Extension]]:
        """What is to be extended now, ten in a request. With those that have to be, go those that soon would."""
        if now < self._soonest:
            return []
        found: list[Extension] = []
        kept = [lease for lease in self._held.values() if lease.kept and not lease.extending]
        if any(lease.renew <= now for lease in kept):
            for lease in kept:
                if lease.renew - self._seconds / 4 > now:
                    continue
                seconds = min(self._seconds, lease.room(now))
                if not seconds or now + seconds <= lease.until:  # the 12 hours are all but over
                    lease.renew = math.inf
                else:
                    lease.extending = True
                    found.append(Extension(lease, seconds, now))
        self._soonest = min(map(partial(self._next, now), self._held.values()), default=math.inf)
        return [found[at : at + MAX_BATCH_ENTRIES] for at in range(0, len(found), MAX_BATCH_ENTRIES)]

    def _next(self, now: float, lease: Lease) -> float:
        if lease.stage not in _KEPT:
            return math.inf
        if not lease.kept:  # its handler is giving it back, which may fail yet
            return now + self._seconds / 4
        return lease.until if lease.extending else min(lease.renew, lease.until)

    def extended(self, extension: Extension) -> None:
        """Note that SQS has extended one."""
        lease = extension.lease
        lease.extending = False
        lease.until = extension.asked + extension.seconds
        lease.renew = extension.asked + extension.seconds / 2
        self._soonest = min(self._soonest, lease.renew)

    def refused(self, extension: Extension, error: CloudError, now: float) -> bool:
        """Note that SQS has not extended one; whether that means that it is lost. Else it is tried again."""
        lease = extension.lease
        lease.extending = False
        if isinstance(error, LeaseLost):
            return True
        lease.renew = now + max(EXTEND_PAUSE_SECONDS, (lease.until - now) / 4)
        self._soonest = min(self._soonest, lease.renew)
        return False
