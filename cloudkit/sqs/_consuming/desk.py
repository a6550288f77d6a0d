"""What a consumer does next: decided here, done elsewhere. One thread uses it, and whatever happens is told to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from cloudkit._core.batching import Outcome
from cloudkit._core.crew import Ended
from cloudkit.errors import CloudError, ConnectionFailed
from cloudkit.sqs._address.message import Settlement
from cloudkit.sqs._consuming.actions import Action, Begin, Cancel, Delete, Extend, Poll, Release, Return
from cloudkit.sqs._consuming.groups import Groups
from cloudkit.sqs._consuming.handled import Handled
from cloudkit.sqs._consuming.leases import Extension, Lease, Leases, Stage
from cloudkit.sqs._consuming.outbox import Outbox
from cloudkit.sqs._consuming.polling import Polling, ends_all
from cloudkit.sqs._consuming.record import Record
from cloudkit.sqs._limits import CANCEL_SECONDS, FLUSH_SECONDS, MAX_UNSETTLED
from cloudkit.sqs._service import SQS
from cloudkit.sqs.backoff import Backoff
from cloudkit.sqs.errors import LeaseLost
from cloudkit.sqs.message import Message


class Desk:
    """Decides. It knows the time only as it is told, and calls nobody but the hooks.

    Args:
        record: Where it is written down.
        fifo: Whether the queue keeps an order.
        concurrency: Handlers under way at once.
        prefetch: Messages that are held beyond those.
        lease: Seconds that a lease lasts.
        retry: How long messages rest that failed.
        empties: Polls in a row that found nothing, after which it ends; 0 for never.
        grace: Seconds that handlers under way have to finish once it ends.
        jitter: Spreads pauses.
    """

    def __init__(
        self,
        record: Record,
        *,
        fifo: bool,
        concurrency: int,
        prefetch: int,
        lease: int,
        retry: Backoff,
        empties: int,
        grace: float,
        jitter: Callable[[float], float],
    ) -> None:
        self.error: BaseException | None = None
        self._record = record
        self._fifo = fifo
        self._concurrency = concurrency
        self._prefetch = prefetch
        self._retry = retry
        self._empties = empties
        self._grace = grace
        self._lease_seconds = lease
        self._leases = Leases(lease)
        self._groups = Groups(fifo=fifo)
        self._polling = Polling(jitter)
        self._deletes: Outbox[Lease] = Outbox(jitter, _always)
        # What is being extended right now is given back afterwards: else the extension might win.
        self._returns: Outbox[Return] = Outbox(jitter, lambda each: not each.lease.extending)
        self._running: set[Lease] = set()
        self._grace_ends: float | None = None
        self._cancelled_until: float | None = None
        self._flush_ends = math.inf

    # -- what is next ----------------------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """Whether it takes no more messages."""
        return self._grace_ends is not None

    @property
    def over(self) -> bool:
        """Whether all is done that it will do."""
        return self.stopping and not self._running and not self._deletes and not self._returns

    def act(self, now: float) -> Sequence[Action]:
        """What is to be done now."""
        for lease in self._leases.overdue(now):
            if not lease.ended:  # with its group
                self._lose(lease, now)
        if 0 < self._empties <= self._polling.empties and not self._leases and not self.stopping:
            self.stop(now)
        actions: list[Action] = []
        if self._grace_ends is not None:
            actions += self._end(now, self._grace_ends)
        else:
            actions += self._begin(now)
        actions += [Delete(leases) for leases in self._take_done(now)]
        actions += [Release(returns) for returns in self._returns.take(now, at_once=self.stopping)]
        actions += [Extend(extensions) for extensions in self._leases.due(now)]
        return actions

    @property
    def wake(self) -> float:
        """When `act` may have something to do though nothing happened."""
        if self._grace_ends is None:
            more = self._polling.wake if self._free > 0 else math.inf
        elif not self._running:
            more = self._flush_ends
        else:
            more = self._grace_ends if self._cancelled_until is None else self._cancelled_until
        return min(more, self._leases.wake, self._deletes.wake, self._returns.wake)

    @property
    def _free(self) -> int:
        if len(self._deletes) >= MAX_UNSETTLED:
            return 0
        return self._concurrency + self._prefetch - self._groups.taken - self._polling.wanted

    def _begin(self, now: float) -> Sequence[Action]:
        actions: list[Action] = []
        while len(self._running) < self._concurrency:
            lease = self._groups.next()
            if lease is None:
                break
            lease.stage = Stage.RUNNING
            self._running.add(lease)
            actions.append(Begin(lease))
        for number, limit in self._polling.begin(self._free, now, busy=bool(self._running)):
            self._record.polled()
            actions.append(Poll(number, limit))
        return actions

    def _take_done(self, now: float) -> Sequence[Sequence[Lease]]:
        batches = self._deletes.take(now, at_once=self.stopping)
        for lease in (lease for batch in batches for lease in batch):
            lease.stage = Stage.DELETING
        return batches

    # -- messages come ---------------------------------------------------------------------------------------

    def arrived(
        self, number: int, messages: Sequence[Message], errors: Sequence[CloudError], now: float
    ) -> None:
        """A poll was answered.

        Args:
            number: Which one.
            messages: What it brought.
            errors: What is wrong with other messages that it brought.
            now: The time.
        """
        self._polling.answered(number, len(messages) + len(errors))
        for error in errors:
            self._record.error(error)
        done = {each.message.id for each in self._leases if each.stage in (Stage.DONE, Stage.DELETING)}
        for message in messages:
            lease = self._leases.begin(message, now)
            if lease is None:
                continue
            self._record.received(message)
            if message.id in done:
                self._repeat(lease, now)
            elif self.stopping:
                self._return(lease, now)
            else:
                self._groups.add(lease)

    def unanswered(self, number: int, error: BaseException, now: float) -> None:
        """A poll has failed."""
        self._polling.failed(number, now)
        ends = not isinstance(error, CloudError) or ends_all(error)
        if isinstance(error, CloudError):
            self._record.error(error, raised=ends)
        if ends:
            self.fail(error, now)

    # -- handlers end ----------------------------------------------------------------------------------------

    def handled(self, lease: Lease, ended: Ended[Handled], now: float) -> None:
        """A handler has ended, in whatever way."""
        if lease not in self._running:
            return  # abandoned
        self._running.discard(lease)
        self._polling.start_over(now)  # it may have sent messages
        result = Handled() if ended.result is None else ended.result[0]
        message, error = lease.message, ended.error or result.undecodable
        if result.settlement is not None:
            message.settlement = result.settlement  # of a copy, in another process
        if result.trouble is not None:
            self._record.trouble(message, result.trouble)
        done = message.settlement
        leaves = _leaves(ended) or result.ends
        if lease.kept and lease.until <= now:
            self._lose(lease, now)
        if lease.ended:
            if error is not None:
                self._record.failed(message, error, counted=False)
        elif done is not None:
            self._settled(lease, done, error)
        elif error is None and result.standing == "busy":
            self._wait_for_other(lease, now)
        elif error is None and result.standing == "done":
            self._repeat(lease, now)
        elif error is None:
            self._done(lease, now)
        elif ended.cancelled and self._cancelled_until is not None:
            self._return(lease, now)
        else:
            self._failed(lease, error, now, leaves=leaves)
        if done == "released":
            self._stop_group(lease, now, delay=None)
        elif done is not None or lease.stage is Stage.DONE:
            self._repeats(lease, now)
        self._groups.finish(lease)
        if ended.broken or leaves:
            self.fail(error, now)
        if self.stopping and not self._running:
            self._flush_ends = now + FLUSH_SECONDS

    def _settled(self, lease: Lease, done: Settlement, error: BaseException | None) -> None:
        self._leases.end(lease)
        if error is not None:
            self._record.failed(lease.message, error, counted=False)
        if done == "deleted":
            self._record.acked(lease.message)
        elif done == "dead-lettered":
            self._record.dead_lettered(lease.message)
        else:
            self._record.counts_released()

    def _done(self, lease: Lease, now: float) -> None:
        lease.stage = Stage.DONE
        self._deletes.add(lease, now, by=lease.until - 1)

    def _repeat(self, lease: Lease, now: float) -> None:
        """The work of this one was done before."""
        self._record.repeated(lease.message)
        self._done(lease, now)

    def _repeats(self, lease: Lease, now: float) -> None:
        """So was that of its later deliveries. They are deleted too: SQS may want the last receipt."""
        for again in self._groups.repeats(lease):
            if again.until <= now:
                self._note_loss(again)
            else:
                self._repeat(again, now)

    def _wait_for_other(self, lease: Lease, now: float) -> None:
        """Somebody else is at the work of this one: by the end of a lease they are done, or dead, or keep at it."""
        delay = 0 if self._cancelled_until is not None else self._lease_seconds
        self._stop_group(lease, now, delay=delay)
        self._return(lease, now, delay=delay)

    def _failed(self, lease: Lease, error: BaseException, now: float, *, leaves: bool) -> None:
        delay = 0 if leaves else self._retry.delay(lease.message.receives)
        self._record.failed(lease.message, error, counted=True)
        self._stop_group(lease, now, delay=delay)
        self._return(lease, now, delay=delay, counted=False)

    def _stop_group(self, lease: Lease, now: float, *, delay: int | None = 0) -> None:
        """This one will come again: on a FIFO queue those behind it have to come after it.

        Args:
            lease: This one.
            now: The time.
            delay: When it is visible, which holds for later deliveries of it; None if its handler has seen to that.
        """
        # The last one first: so none is visible before those that come before it.
        for behind in reversed(self._groups.stop(lease)):
            if behind is lease:
                continue
            if behind.message.id != lease.message.id:
                self._put_back(behind, now)
            elif delay is not None:
                self._put_back(behind, now, delay=delay)
            else:
                self._leases.end(behind)
                self._record.counts_released()

    def _put_back(self, lease: Lease, now: float, *, delay: int = 0) -> None:
        """Give back one that has not begun."""
        if lease.until <= now:
            self._note_loss(lease)
        else:
            self._return(lease, now, delay=delay)

    def _return(self, lease: Lease, now: float, *, delay: int = 0, counted: bool = True) -> None:
        lease.stage = Stage.RETURNING
        if counted:
            self._record.counts_released()
        self._returns.add(Return(lease, min(delay, lease.room(now))), now)

    def _lose(self, lease: Lease, now: float) -> None:
        if lease.stage is Stage.DONE:
            self._deletes.drop(lease)
        self._note_loss(lease)
        if self._fifo:
            self._stop_group(lease, now)
        elif lease.stage is Stage.WAITING:
            for again in self._groups.stop(lease):
                if again is not lease:  # a later delivery, which still counts
                    self._groups.add(again)

    def _note_loss(self, lease: Lease) -> None:
        lease.message.lost = True
        self._leases.end(lease)
        self._record.lost(lease.message)

    # -- requests end ----------------------------------------------------------------------------------------

    def deleted(self, leases: Sequence[Lease], outcome: Outcome[None], now: float) -> None:
        """A request to delete messages has ended."""
        for index, lease in enumerate(leases):
            error = outcome.errors.get(index)
            if error is None:
                self._deletes.done(lease)
                self._leases.end(lease)
                self._record.acked(lease.message)
                continue
            if isinstance(error, LeaseLost) or lease.until <= now:
                self._deletes.done(lease)
                lease.stage = Stage.RETURNING
                self._lose(lease, now)
            elif error.retryable:
                lease.stage = Stage.DONE
                self._leases.resume(lease)
                self._deletes.again(lease, now)
            else:
                self._deletes.done(lease)
                self._leases.end(lease)
                self._record.unacked(lease.message, error)
                self._stop_group(lease, now)
        self._tell(outcome)

    def released(self, returns: Sequence[Return], outcome: Outcome[None], now: float) -> None:
        """A request to give messages back has ended."""
        self._polling.start_over(now)  # they may be there at once
        for index, each in enumerate(returns):
            error = outcome.errors.get(index)
            passing = error is not None and error.retryable and not isinstance(error, LeaseLost)
            if passing and now < each.lease.until:
                self._returns.again(each, now)
                continue
            self._returns.done(each)
            self._leases.end(each.lease)
            if error is None:
                self._record.released(each.lease.message, each.delay)
        self._tell(outcome)

    def extended(self, extensions: Sequence[Extension], outcome: Outcome[None], now: float) -> None:
        """A request to extend leases has ended."""
        for index, extension in enumerate(extensions):
            lease = extension.lease
            error = outcome.errors.get(index)
            if error is None:
                self._leases.extended(extension)
                if not lease.ended:
                    self._record.extended(lease.message)
            elif self._leases.refused(extension, error, now) and lease.kept:
                self._lose(lease, now)
        self._tell(outcome)

    def _tell(self, outcome: Outcome[None]) -> None:
        # Once for all entries that failed for the same reason; lost leases are told of by themselves.
        seen: set[int] = set()
        for error in outcome.errors.values():
            if id(error) not in seen and not isinstance(error, LeaseLost):
                self._record.error(error)
            seen.add(id(error))

    # -- the end ---------------------------------------------------------------------------------------------

    def fail(self, error: BaseException | None, now: float, *, grace: float | None = None) -> None:
        """End it, with this error."""
        if self.error is None:
            self.error = error
        self.stop(now, grace=grace)

    def stop(self, now: float, *, grace: float | None = None) -> None:
        """Take no more messages, give back those that have not begun, and give the others some time."""
        if not self.stopping:
            for lease in self._groups.clear():
                self._put_back(lease, now)
            if not self._running:
                self._flush_ends = now + FLUSH_SECONDS
        ends = now + (self._grace if grace is None else grace)
        self._grace_ends = ends if self._grace_ends is None else min(self._grace_ends, ends)

    def _end(self, now: float, grace_ends: float) -> Sequence[Action]:
        actions: list[Action] = []
        if self._running and now >= grace_ends:
            if self._cancelled_until is None:
                self._cancelled_until = now + CANCEL_SECONDS
                actions.append(Cancel())
            elif now >= self._cancelled_until:
                self._abandon(now)
        if not self._running and now >= self._flush_ends:
            self._give_up()
        return actions

    def uncancellable(self, now: float) -> None:
        """Handlers under way cannot be told to stop: there is nothing to wait for."""
        self._abandon(now)

    def _abandon(self, now: float) -> None:
        for lease in self._running:
            if not lease.ended:
                # Not given back, for the handler is still at it: others have it when the lease ends.
                lease.message.lost = True
                self._leases.end(lease)
                self._record.abandoned(lease.message)
        self._running.clear()
        self._flush_ends = min(self._flush_ends, now + FLUSH_SECONDS)

    def _give_up(self) -> None:
        for lease in self._leases:
            if lease.stage in (Stage.DONE, Stage.DELETING):
                self._record.unacked(lease.message, _unanswered(lease.message))
            self._leases.end(lease)
        self._deletes.reset()
        self._returns.reset()


def _always(_item: object) -> bool:
    return True


def _leaves(ended: Ended[Handled]) -> bool:
    """Whether the handler wants the whole program to end. Whatever else is no Exception has failed like one."""
    return isinstance(ended.error, (KeyboardInterrupt, SystemExit))


def _unanswered(message: Message) -> CloudError:
    return ConnectionFailed(
        "the consumer ended before the request to delete it was answered",
        service=SQS.name,
        operation="DeleteMessageBatch",
        resource=str(message),
        retryable=True,
    )
