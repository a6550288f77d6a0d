"""A consumer at work: what the desk decides is done by crews, and what comes of it is told to the desk."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from cloudkit._core.batching import Outcome
from cloudkit._core.crew import Crew, Ended, Hired, Threads
from cloudkit._core.deadline import Limit, in_force
from cloudkit._core.inbox import Inbox
from cloudkit._core.steps import attempt
from cloudkit.sqs._consuming.actions import Action, Begin, Delete, Extend, Poll, Release
from cloudkit.sqs._consuming.calls import delete, give_back, hide
from cloudkit.sqs._consuming.desk import Desk
from cloudkit.sqs._consuming.handling import Handler, handle, handle_async, is_async
from cloudkit.sqs._consuming.options import Plan
from cloudkit.sqs._consuming.record import Record
from cloudkit.sqs._limits import (
    CONSUMER_CALLS,
    FLUSH_SECONDS,
    MAX_POLLS,
    SHORTEST_USUAL_LEASE_SECONDS,
)
from cloudkit.sqs._receiving import Haul, poll
from cloudkit.sqs.message import Message, Settlement

if TYPE_CHECKING:
    from cloudkit.sqs.queue import Queue

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

    def __init__(self, queue: Queue, handler: Handler, plan: Plan, record: Record) -> None:
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
        work = _Work(queue, self._handler, plan, desk, self._inbox, lease)
        try:
            try:
                self._turn(desk, work)
            except BaseException as error:
                # An interrupt, mostly: what is held goes back, as fast as that can be done.
                desk.fail(error, clock.now(), grace=0)
                self._turn(desk, work)
        finally:
            left = self._inbox.close()
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
        self, queue: Queue, handler: Handler, plan: Plan, desk: Desk, inbox: Inbox[Event], lease: int
    ) -> None:
        self._queue = queue
        self._handler = handler
        self._wait = plan.wait
        self._lease = lease
        self._desk = desk
        self._inbox = inbox
        self._polls: Threads[Haul] = Threads(MAX_POLLS, "cloudkit-poll", patient=True)
        self._calls: Threads[Outcome[None]] = Threads(CONSUMER_CALLS, "cloudkit-consumer-call", patient=True)
        self._handlers: Crew[Settlement | None]
        self._handle: Callable[[Any, Message], Any] = handle
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
            self._handlers.start(
                partial(self._handle, self._handler, action.lease.message),
                lambda ended: self._inbox.put(partial(desk.handled, action.lease, ended)),
            )
        elif isinstance(action, Delete):
            messages = [lease.message for lease in action.leases]
            self._call(partial(delete, self._queue, messages), partial(desk.deleted, action.leases))
        elif isinstance(action, Release):
            hidden = [(each.lease.message, each.delay) for each in action.returns]
            self._call(partial(hide, self._queue, hidden), partial(desk.released, action.returns))
        elif isinstance(action, Extend):
            kept = [(each.lease.message, each.seconds) for each in action.extensions]
            self._call(partial(hide, self._queue, kept), partial(desk.extended, action.extensions))
        elif not self._handlers.cancel():
            desk.uncancellable(now)

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
        self._handlers.close()


def _messages_of(events: Sequence[Event]) -> Sequence[Message]:
    """The messages that came and were not taken."""
    return [message for each in events if isinstance(each, _Arrived) for message in each.haul.messages]
