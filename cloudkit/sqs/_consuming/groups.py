"""Which message is next: on a FIFO queue never two of a group at once, and on no queue the same message twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from cloudkit.sqs._consuming.leases import Lease


class Groups:
    """Messages that wait for a worker, and for those of their group before them.

    On a queue that keeps no order a message is a group by itself: SQS may deliver it a second time while its handler
    is still at it.

    Args:
        fifo: Whether there is an order to keep.
    """

    def __init__(self, *, fifo: bool) -> None:
        self._fifo = fifo
        self._ready: deque[Lease] = deque()
        # For each group that has a message that is ready or running: those behind it.
        self._behind: dict[str | None, deque[Lease]] = {}

    def __len__(self) -> int:
        """Those that have not begun."""
        return len(self._ready) + sum(map(len, self._behind.values()))

    @property
    def taken(self) -> int:
        """Workers that are busy, or will be: a group needs one, however many of it there are."""
        return len(self._behind)

    def _of(self, lease: Lease) -> str | None:
        return lease.message.group if self._fifo else lease.message.id

    def add(self, lease: Lease) -> None:
        """One has come."""
        behind = self._behind.get(self._of(lease))
        if behind is not None:
            behind.append(lease)
            return
        self._behind[self._of(lease)] = deque()
        self._ready.append(lease)

    def next(self) -> Lease | None:
        """The one to begin now, if there is one."""
        return self._ready.popleft() if self._ready else None

    def finish(self, lease: Lease) -> None:
        """One that was begun is over: the next one of its group may begin."""
        behind = self._behind[self._of(lease)]
        if behind:
            self._ready.append(behind.popleft())
        else:
            del self._behind[self._of(lease)]

    def repeats(self, lease: Lease) -> Sequence[Lease]:
        """Take out later deliveries of the same message."""
        behind = self._behind[self._of(lease)]
        found = [each for each in behind if each.message.id == lease.message.id]
        for each in found:
            behind.remove(each)
        return found

    def stop(self, lease: Lease) -> Sequence[Lease]:
        """Take out what must not begin any more since this one will come again: itself, and all of its group."""
        group = self._of(lease)
        found = [each for each in self._ready if self._of(each) == group]
        for each in found:
            self._ready.remove(each)
        if group in self._behind:
            behind = self._behind[group]
            if found:  # none of it runs
                del self._behind[group]
            found.extend(behind)
            behind.clear()
        return found

    def clear(self) -> Sequence[Lease]:
        """Take out all that have not begun."""
        return [stopped for lease in list(self._ready) for stopped in self.stop(lease)] + [
            lease for behind in self._behind.values() for lease in _emptied(behind)
        ]


def _emptied(behind: deque[Lease]) -> Sequence[Lease]:
    found = list(behind)
    behind.clear()
    return found
