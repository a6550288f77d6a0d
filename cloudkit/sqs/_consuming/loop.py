"""A consumer at work: what the desk decides is done by crews, and what comes of it is told to the desk."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from attrs import frozen

from cloudkit._core.batching import Outcome
from cloudkit._core.crew import Crew, Ended, Hired, Threads
from cloudkit._core.deadline import Limit, in_force
from cloudkit._core.inbox import Inbox
from cloudkit._core.steps import attempt
from cloudkit.sqs._address.queue import QueueAddress
from cloudkit.sqs._consuming.actions import Action, Begin, Delete, Extend, Poll, Release
from cloudkit.sqs._consuming.calls import delete, discard_body, give_back, hide
from cloudkit.sqs._consuming.claims import Claim, Claims, troubled
from cloudkit.sqs._consuming.desk import Desk
from cloudkit.sqs._consuming.handled import Handled
from cloudkit.sqs._consuming.handling import Handler, handle, handle_async, is_async
from cloudkit.sqs._consuming.leases import Extension, Lease
from cloudkit.sqs._consuming.options import Plan
from cloudkit.sqs._consuming.record import Record
from cloudkit.sqs._limits import (
    CONSUMER_CALLS,
    FLUSH_SECONDS,
    MAX_POLLS,
    ONCE_WORKERS,
    SHORTEST_USUAL_LEASE_SECONDS,
)
from cloudkit.sqs._traffic.receiving import Haul, poll
from cloudkit.sqs.message import Message

Event: TypeAlias = Callable[[float], object]
"""Something that has happened: told to the desk, with the time."""


@frozen(eq=False)
class _Arrived:
    """Messages have come, and somebody has to take them."""

    desk: Desk
    number: int
    haul: Haul
    # Their leases run from then on, however late the desk hears of it.
    at: float

    def __call__(self, _now: float) -> None:
        self.desk.arrived(self.number, self.haul.messages, self.haul.errors, self.at)


class Loop:
    """The loop of one consumer, which runs once.

    Args:
        queue: Where messages come from.
        handler: Who works on them.
        plan: How.
        record: Where it is written down.
    """

    def __init__(self, queue: QueueAddress[Any], handler: Handler, plan: Plan, record: Record) -> None:
        self._queue = queue
        self._handler = handler
        self._plan = plan
        self._record = record
        self._inbox: Inbox[Event] = Inbox()
        self._desk: Desk | None = None

    def stop(self, grace: float | None) -> None:
        """Tell it to end. Any thread may, and a signal handler."""

        def stop(now: float) -> None:
            if self._desk is not None:
                self._desk.stop(now, grace=grace)

        self._inbox.put(stop)

    def run(self) -> None:
        """Work until it was told to stop, or nothing is left, or nothing more can be done.

        Raises:
            QueueNotFound: The queue is not there.
            AccessDenied: It may not be read.
            DeadlineExceeded: The deadline around it was over.
        """
        queue, plan, clock = self._queue, self._plan, self._queue.cloud.clock
        lease = plan.lease or max(queue.visibility_timeout, SHORTEST_USUAL_LEASE_SECONDS)
        desk = self._desk = Desk(
            self._record,
            fifo=queue.fifo,
            concurrency=plan.concurrency,
            prefetch=plan.prefetch,
            lease=lease,
            retry=plan.retry,
            empties=plan.empties,
            grace=plan.grace,
            jitter=clock.jitter,
        )
        work = _Work(queue, self._handler, plan, desk, self._record, self._inbox, lease)
        try:
            try:
                self._turn(desk, work)
            except BaseException as error:
                # An interrupt, mostly: what is held goes back, as fast as that can be done.
                desk.fail(error, clock.now(), grace=0)
                self._turn(desk, work)
        finally:
            left = work.finish()
            left += self._inbox.close()
            work.close()
            stranded = _messages_of(left)
            if stranded:
                attempt(lambda: give_back(queue, stranded), FLUSH_SECONDS)
        if desk.error is not None:
            raise desk.error

    def _turn(self, desk: Desk, work: _Work) -> None:
        clock = self._queue.cloud.clock
        limit: Limit | None = in_force.get()
        while not desk.over:
            now = clock.now()
            if limit is not None and limit.left <= 0:
                desk.fail(limit.exceeded(), now, grace=0)
                limit = None
            for action in desk.act(now):
                work.do(action, now)
            if desk.over:
                return
            until = min(desk.wake, math.inf if limit is None else clock.now() + limit.left)
            event = self._inbox.take(clock, until)
            if event is not None:
                event(clock.now())


class _Work:
    """Does what was decided, elsewhere, and reports."""

    def __init__(
        self,
        queue: QueueAddress[Any],
        handler: Handler,
        plan: Plan,
        desk: Desk,
        record: Record,
        inbox: Inbox[Event],
        lease: int,
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._wait = plan.wait
        self._lease = lease
        self._desk = desk
        self._record = record
        self._inbox = inbox
        self._polls: Threads[Haul] = Threads(MAX_POLLS, "cloudkit-poll", patient=True)
        self._calls: Threads[Outcome[None]] = Threads(CONSUMER_CALLS, "cloudkit-consumer-call", patient=True)
        self._discards: Threads[None] = Threads(CONSUMER_CALLS, "cloudkit-discard", patient=True)
        self._discarding = 0
        self._claims: Claims | None = None
        if plan.once is not None:
            self._claims = Claims(plan.once, plan.key, plan.undecodable)
        self._claimers: Threads[Any] = Threads(
            min(plan.concurrency, ONCE_WORKERS), "cloudkit-once", patient=True
        )
        self._claimed: dict[Lease, Claim] = {}
        self._cancelled = False
        self._undecodable = plan.undecodable
        self._handlers: Crew[Handled]
        self._handle: Callable[..., Any] = handle
        if plan.executor is not None:
            self._handlers = Hired(plan.executor)
        elif is_async(handler):
            # asyncio takes a while to import, and most handlers are plain functions.
            from cloudkit._core.event_loop import EventLoop

            self._handlers = EventLoop("cloudkit-handlers")
            self._handle = handle_async
        else:
            self._handlers = Threads(plan.concurrency, "cloudkit-handler")

    def do(self, action: Action, now: float) -> None:
        """Begin something."""
        desk = self._desk
        if isinstance(action, Poll):
            self._polls.start(
                partial(poll, self._queue, action.limit, wait=self._wait, lease=self._lease),
                partial(self._polled, action.number),
            )
        elif isinstance(action, Begin):
            if self._claims is None:
                self._begin(action.lease, partial(desk.handled, action.lease))
            else:
                self._claim(self._claims, action.lease, now)
        elif isinstance(action, Delete):
            messages = [lease.message for lease in action.leases]
            self._call(partial(delete, self._queue, messages), partial(self._deleted, action.leases))
        elif isinstance(action, Release):
            hidden = [(each.lease.message, each.delay) for each in action.returns]
            self._call(partial(hide, self._queue, hidden), partial(desk.released, action.returns))
        elif isinstance(action, Extend):
            kept = [(each.lease.message, each.seconds) for each in action.extensions]
            self._call(partial(hide, self._queue, kept), partial(self._extended, action.extensions))
        else:
            self._cancelled = True
            if not self._handlers.cancel():
                desk.uncancellable(now)

    # -- handlers ----------------------------------------------------------------------------------------------

    def _begin(self, lease: Lease, tell: Callable[[Ended[Handled], float], object]) -> None:
        self._handlers.start(
            partial(self._handle, self._handler, self._undecodable, lease.message),
            lambda ended: self._inbox.put(partial(tell, ended)),
        )

    def _claim(self, claims: Claims, lease: Lease, now: float) -> None:
        """Claim the work first. All of this is in this process, wherever handlers are."""

        def claimed(ended: Ended[Claim | Handled], now: float) -> None:
            if ended.result is None:
                self._desk.handled(lease, Ended(error=ended.error), now)
                return
            found = ended.result[0]
            if isinstance(found, Handled):
                self._desk.handled(lease, Ended((found,)), now)
                return
            self._claimed[lease] = found
            if self._cancelled or lease.ended:
                handled(Ended((Handled(standing="busy"),)), now)
            else:
                self._begin(lease, handled)

        def handled(ended: Ended[Handled], _now: float) -> None:
            claim = self._claimed.pop(lease)
            self._claimers.start(
                partial(claims.end, claim, lease.message, ended),
                lambda over: self._inbox.put(partial(self._desk.handled, lease, troubled(ended, over.error))),
            )

        self._claimers.start(
            partial(claims.begin, lease.message, lease.until - now),
            lambda ended: self._inbox.put(partial(claimed, ended)),
        )

    def _extended(self, extensions: Sequence[Extension], outcome: Outcome[None], now: float) -> None:
        self._desk.extended(extensions, outcome, now)
        for index, each in enumerate(extensions):
            claim = self._claimed.get(each.lease)
            if claim is None or self._claims is None or index in outcome.errors:
                continue
            # It ends with the lease: whoever gets the message then may begin.
            left = each.asked + each.seconds - now
            self._claimers.start(
                partial(self._claims.keep, claim, left), partial(self._kept, each.lease.message)
            )

    def _kept(self, message: Message, ended: Ended[None]) -> None:
        error = ended.error
        if isinstance(error, Exception):
            self._inbox.put(lambda _now: self._record.trouble(message, error))

    # -- requests ----------------------------------------------------------------------------------------------

    def _deleted(self, leases: Sequence[Lease], outcome: Outcome[None], now: float) -> None:
        self._desk.deleted(leases, outcome, now)
        if self._queue.overflow is None:
            return
        for index, lease in enumerate(leases):
            if index not in outcome.errors:
                # Aside: leases do not wait for a bucket.
                self._discarding += 1
                self._discards.start(partial(discard_body, lease.message), self._discarded)

    def _discarded(self, _ended: Ended[None]) -> None:
        def count(_now: float) -> None:
            self._discarding -= 1

        self._inbox.put(count)

    def finish(self) -> list[Event]:
        """Wait for bodies that are being deleted, for a moment; and say what has come meanwhile."""
        clock = self._queue.cloud.clock
        ends = clock.now() + FLUSH_SECONDS
        left: list[Event] = []
        while self._discarding and clock.now() < ends:
            event = self._inbox.take(clock, ends)
            if isinstance(event, _Arrived):
                left.append(event)
            elif event is not None:
                event(clock.now())
        return left

    def _call(
        self, work: Callable[[], Outcome[None]], tell: Callable[[Outcome[None], float], object]
    ) -> None:
        def report(ended: Ended[Outcome[None]]) -> None:
            if ended.result is not None:
                self._inbox.put(partial(tell, ended.result[0]))
            else:
                self._inbox.put(partial(self._desk.fail, ended.error))

        self._calls.start(work, report)

    def _polled(self, number: int, ended: Ended[Haul]) -> None:
        event: Event
        if ended.result is None:
            error = ended.error if ended.error is not None else RuntimeError("a poll gave nothing")
            event = partial(self._desk.unanswered, number, error)
        else:
            event = _Arrived(self._desk, number, ended.result[0], self._queue.cloud.clock.now())
        if not self._inbox.offer(event) and isinstance(event, _Arrived):
            # The consumer is over, and has left this poll to itself.
            give_back(self._queue, event.haul.messages)

    def close(self) -> None:
        """Begin nothing more. What is under way is left to itself."""
        self._polls.close()
        self._calls.close()
        self._discards.close()
        self._claimers.close()
        self._handlers.close()


def _messages_of(events: Sequence[Event]) -> Sequence[Message]:
    """The messages that came and were not taken."""
    return [message for each in events if isinstance(each, _Arrived) for message in each.haul.messages]
