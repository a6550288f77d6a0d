"""A desk without threads and without a network: a test decides when what happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import define, field

from cloudkit import Cloud
from cloudkit._core.batching import Outcome
from cloudkit._core.crew import Ended
from cloudkit.errors import CloudError
from cloudkit.sqs import Backoff, Counters, Hooks, LeaseLost, Message, Queue
from cloudkit.sqs._consuming.actions import Action, Begin, Cancel, Delete, Extend, Poll, Release
from cloudkit.sqs._consuming.desk import Desk
from cloudkit.sqs._consuming.handled import Handled
from cloudkit.sqs._consuming.leases import Lease
from cloudkit.sqs._consuming.record import Record
from cloudkit.sqs._limits import GATHER_SECONDS
from cloudkit.sqs._traffic.receiving import message_of
from cloudkit.testing import FakeClock
from tests.sqs.server import FakeQueue

A = TypeVar("A")

_CLOUD = Cloud(region="us-east-1")


def message(receipt: str = "r", *, group: str | None = None, body: str = "x", receives: int = 1) -> Message:
    """A message that nobody has sent."""
    queue = FakeQueue(FakeClock())
    stored = queue.send(body, group)
    [row] = queue.receive(1)
    row["ReceiptHandle"] = receipt
    row["MessageId"] = f"id of {receipt}"
    row["Attributes"]["ApproximateReceiveCount"] = str(receives)
    assert stored.receives == 1
    return message_of(the_queue(fifo=group is not None), row)


def the_queue(*, fifo: bool = False) -> Queue:
    name = "jobs.fifo" if fifo else "jobs"
    return Queue(name, url=f"http://127.0.0.1:1/123456789012/{name}", cloud=_CLOUD)


def refused(code: str = "InternalError", *, retryable: bool = True) -> CloudError:
    cls = (
        LeaseLost
        if code in ("MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue")
        else CloudError
    )
    return cls("no", service="sqs", code=code, retryable=retryable and cls is CloudError)


@define
class Stage:
    """A desk, a queue, and what was decided and not done yet.

    Attributes:
        clock: The time.
        server: The queue.
        desk: The desk.
        pending: The actions whose ends were not told yet.
        told: What the hooks were told, in words.
    """

    clock: FakeClock
    server: FakeQueue
    desk: Desk
    record: Record
    pending: list[Action] = field(factory=list[Action])
    told: list[str] = field(factory=list[str])
    errors: list[CloudError] = field(factory=list[CloudError])

    @classmethod
    def of(cls, *, fifo: bool = False, lease: int = 30, **options: Any) -> Stage:
        told: list[str] = []
        errors: list[CloudError] = []
        hooks = Hooks(
            on_receive=lambda message: told.append(f"receive {message.body}"),
            on_ack=lambda message: told.append(f"ack {message.body}"),
            on_dead_letter=lambda message: told.append(f"dead letter {message.body}"),
            on_repeat=lambda message: told.append(f"repeat {message.body}"),
            on_fail=lambda message, error: told.append(f"fail {message.body}: {error}"),
            on_extend=lambda message: told.append(f"extend {message.body}"),
            on_release=lambda message, delay: told.append(f"release {message.body} for {delay}"),
            on_lost=lambda message, error: told.append(f"lost {message.body}"),
            on_unacked=lambda message, error: told.append(f"unacked {message.body}"),
        )
        record = Record(hooks, errors.append)
        clock = FakeClock()
        given: dict[str, Any] = {
            "concurrency": 8,
            "prefetch": 0,
            "retry": Backoff(),
            "empties": 0,
            "grace": 20.0,
            "jitter": clock.jitter,
            **options,
        }
        desk = Desk(record, fifo=fifo, lease=lease, **given)
        return cls(clock, FakeQueue(clock, fifo=fifo), desk, record, told=told, errors=errors)

    @property
    def now(self) -> float:
        return self.clock.now()

    @property
    def counters(self) -> Counters:
        return self.record.counters

    # -- one step --------------------------------------------------------------------------------------------

    def act(self) -> Sequence[Action]:
        """Let the desk decide."""
        actions = self.desk.act(self.now)
        self.pending.extend(actions)
        return actions

    def of_kind(self, kind: type[A]) -> list[A]:
        return [each for each in self.pending if isinstance(each, kind)]

    @property
    def running(self) -> list[Lease]:
        """The leases whose handlers are under way."""
        return [each.lease for each in self.of_kind(Begin)]

    @property
    def bodies(self) -> list[str]:
        """The bodies of the messages in work, in order."""
        return sorted(lease.message.body for lease in self.running)

    def answer(self, poll: Poll | None = None) -> None:
        """A poll is answered."""
        poll = poll or self.of_kind(Poll)[0]
        self.pending.remove(poll)
        rows = self.server.receive(poll.limit)
        messages = [message_of(the_queue(fifo=self.server.fifo), row) for row in rows]
        self.desk.arrived(poll.number, messages, [], self.now)

    def handle(self, body: str, error: BaseException | None = None, **how: Any) -> None:
        """The handler of a message ends."""
        [begun] = [each for each in self.of_kind(Begin) if each.lease.message.body == body]
        self.finish(begun, error, **how)

    def finish(self, begun: Begin, error: BaseException | None = None, **how: Any) -> None:
        self.pending.remove(begun)
        handled = how.pop("handled", None) or Handled(begun.lease.message.settlement)
        ended = Ended((handled,)) if error is None else Ended(error=error, **how)
        self.desk.handled(begun.lease, ended, self.now)

    def complete(
        self, call: Delete | Release | Extend, fails: Callable[[int], CloudError | None] | None = None
    ) -> None:
        """A request comes to the server, and its answer back."""
        self.pending.remove(call)
        errors: dict[int, CloudError] = {}
        count = len(self._entries(call))
        for index, (receipt, seconds) in enumerate(self._entries(call)):
            error = fails(index) if fails is not None else None
            if error is None:
                code = self.server.delete(receipt) if seconds is None else self.server.hide(receipt, seconds)
                error = None if code is None else refused(code)
            if error is not None:
                errors[index] = error
        self._tell(call, Outcome(dict.fromkeys(range(count)), errors))

    def lose_answer(self, call: Delete | Release | Extend) -> None:
        """A request comes to the server, and nobody hears of it."""
        self.pending.remove(call)
        for receipt, seconds in self._entries(call):
            if seconds is None:
                self.server.delete(receipt)
            else:
                self.server.hide(receipt, seconds)
        self._tell(call, Outcome({}, dict.fromkeys(range(len(self._entries(call))), refused("reset"))))

    @staticmethod
    def _entries(call: Delete | Release | Extend) -> list[tuple[str, int | None]]:
        if isinstance(call, Delete):
            return [(lease.message.receipt, None) for lease in call.leases]
        if isinstance(call, Release):
            return [(each.lease.message.receipt, each.delay) for each in call.returns]
        return [(each.lease.message.receipt, each.seconds) for each in call.extensions]

    def _tell(self, call: Delete | Release | Extend, outcome: Outcome[None]) -> None:
        if isinstance(call, Delete):
            self.desk.deleted(call.leases, outcome, self.now)
        elif isinstance(call, Release):
            self.desk.released(call.returns, outcome, self.now)
        else:
            self.desk.extended(call.extensions, outcome, self.now)

    # -- many steps ------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let all requests but polls come to their ends, as long as there are any to make now."""
        while True:
            self.act()
            calls = [each for each in self.pending if isinstance(each, (Delete, Release, Extend))]
            if not calls:
                return
            for call in calls:
                self.complete(call)

    def receive(self) -> None:
        """Let the desk poll, answer, and let it begin."""
        self.act()
        if not self.of_kind(Poll):
            self.clock.advance(GATHER_SECONDS)
            self.act()
        self.answer()
        self.act()

    def advance(self, seconds: float, *, step: float = 1.0) -> None:
        """Let time go by, and requests be answered as they are made."""
        ends = self.now + seconds
        while self.now < ends:
            self.clock.advance(min(step, ends - self.now))
            self.settle()

    @property
    def cancelled(self) -> bool:
        return bool(self.of_kind(Cancel))
