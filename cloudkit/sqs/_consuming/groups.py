"""Which message is next: on a FIFO queue never two of a group at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from cloudkit.sqs._consuming.leases import Lease


class Groups:
    """Messages that wait for a worker, and on FIFO queues for those of their group before them.

    Args:
        fifo: Whether there is an order to keep.
    """

    def __init__(self, *, fifo: bool) -> None:
        self._fifo = fifo
        self._ready: deque[Lease] = deque()
        # Of a FIFO queue, for each group that has a message that is ready or running: those behind it.
        self._behind: dict[str | None, deque[Lease]] = {}
        self._running = 0

    def __len__(self) -> int:
        """Those that have not begun."""
        return len(self._ready) + sum(map(len, self._behind.values()))

    @property
    def taken(self) -> int:
        """Workers that are busy, or will be: a group needs one, however many of it there are."""
        return len(self._behind) if self._fifo else len(self._ready) + self._running

    def add(self, lease: Lease) -> None:
        """One has come."""
        behind = self._behind.get(lease.message.group) if self._fifo else None
        if behind is not None:
            behind.append(lease)
            return
        if self._fifo:
            self._behind[lease.message.group] = deque()
        self._ready.append(lease)

    def next(self) -> Lease | None:
        """The one to begin now, if there is one."""
        if not self._ready:
            return None
        self._running += 1
        return self._ready.popleft()

    def finish(self, lease: Lease) -> None:
        """One that was begun is over: the next one of its group may begin."""
        self._running -= 1
        if not self._fifo:
            return
        behind = self._behind[lease.message.group]
        if behind:
            self._ready.append(behind.popleft())
        else:
            del self._behind[lease.message.group]

    def stop(self, lease: Lease) -> Sequence[Lease]:
        """Take out what must not begin any more since this one will come again: itself, and all of its group."""
        group = lease.message.group
        found = [
            each for each in self._ready if each is lease or (self._fifo and each.message.group == group)
        ]
        for each in found:
            self._ready.remove(each)
        if self._fifo and group in self._behind:
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
