"""Whatever happens in whatever order: what a desk must never do."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from cloudkit import ConnectionFailed
from cloudkit.sqs import DecodeError
from cloudkit.sqs._address.message import Settlement
from cloudkit.sqs._consuming.actions import Begin, Cancel, Delete, Extend, Poll, Release
from cloudkit.sqs._consuming.handled import Handled
from tests.sqs._consuming.scene import Stage, refused

INDEX = st.integers(0, 1000)


class Consuming(RuleBasedStateMachine):
    @initialize(
        fifo=st.booleans(),
        concurrency=st.integers(1, 4),
        prefetch=st.integers(0, 3),
        lease=st.sampled_from([2, 30]),
        twice=st.booleans(),
    )
    def begin(self, twice: bool, **options: Any) -> None:
        self.fifo: bool = options["fifo"]
        self.concurrency: int = options["concurrency"]
        self.stage = Stage.of(grace=5.0, **options)
        self.stage.server.twice = lambda message: twice and message.receives % 3 != 0
        self.sent: dict[str, list[str]] = defaultdict(list)
        # The messages, and the receives of them, that a handler has ended well for.
        self.worked: set[str] = set()
        self.ended_well: set[str] = set()
        self.act()

    def act(self) -> None:
        stage = self.stage
        for action in stage.act():
            if isinstance(action, Begin):
                assert not stage.desk.stopping
                self.may_begin(action)
            elif isinstance(action, Delete):
                for lease in action.leases:
                    assert not lease.message.lost
                    assert stage.now < lease.until
                    assert lease.message.body in self.worked
            elif isinstance(action, Extend):
                for extension in action.extensions:
                    lease = extension.lease
                    assert stage.now < lease.until <= stage.now + extension.seconds
                    assert lease.message.settlement is None
            elif isinstance(action, Release):
                for each in action.returns:
                    assert not each.lease.extending
                    assert each.lease.message.receipt not in self.ended_well
            elif isinstance(action, Poll):
                assert not stage.desk.stopping
                free = self.concurrency + 3 - len(stage.running)
                assert 1 <= action.limit <= free

    def may_begin(self, begun: Begin) -> None:
        message = begun.lease.message
        assert not message.lost
        assert self.stage.now < begun.lease.until
        if self.fifo:
            before = self.sent[str(message.group)]
            assert set(before[: before.index(message.body)]) <= self.worked

    def pick(self, kind: type[Any], index: int) -> Any:
        found = self.stage.of_kind(kind)
        return found[index % len(found)] if found else None

    def any_call(self, index: int) -> Any:
        found = [each for kind in (Delete, Release, Extend) for each in self.stage.of_kind(kind)]
        return found[index % len(found)] if found else None

    # -- what may happen -------------------------------------------------------------------------------------

    @rule(group=st.sampled_from("ab"))
    def send(self, group: str) -> None:
        body = f"{group}{len(self.sent[group])}"
        self.sent[group].append(body)
        self.stage.server.send(body, group)

    @rule(seconds=st.sampled_from([0.02, 0.2, 1.0, 7.0, 40.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.stage.clock.advance(seconds)
        self.act()

    @rule(index=INDEX)
    def a_poll_is_answered(self, index: int) -> None:
        if poll := self.pick(Poll, index):
            self.stage.answer(poll)
            self.act()

    @rule(index=INDEX)
    def a_poll_fails(self, index: int) -> None:
        if poll := self.pick(Poll, index):
            self.stage.pending.remove(poll)
            self.stage.desk.unanswered(poll.number, ConnectionFailed("reset", retryable=True), self.stage.now)
            self.act()

    @rule(index=INDEX)
    def a_handler_ends_well(self, index: int) -> None:
        if begun := self.pick(Begin, index):
            self.worked.add(begun.lease.message.body)
            self.ended_well.add(begun.lease.message.receipt)
            self.stage.finish(begun)
            self.act()

    @rule(index=INDEX)
    def a_handler_fails(self, index: int) -> None:
        if begun := self.pick(Begin, index):
            self.stage.finish(begun, ValueError("no"))
            self.act()

    @rule(index=INDEX, standing=st.sampled_from(["done", "busy"]))
    def a_handler_is_not_called(self, index: int, standing: Any) -> None:
        if begun := self.pick(Begin, index):
            if standing == "done":
                self.worked.add(begun.lease.message.body)  # in another process
                self.ended_well.add(begun.lease.message.receipt)
            self.stage.finish(begun, handled=Handled(standing=standing))
            self.act()

    @rule(index=INDEX, dead=st.booleans())
    def a_body_cannot_be_decoded(self, index: int, dead: bool) -> None:
        if begun := self.pick(Begin, index):
            message = begun.lease.message
            dead = dead and not message.lost
            if dead:
                self.worked.add(message.body)
                self.ended_well.add(message.receipt)
                self.stage.server.delete(message.receipt)
            settlement: Settlement | None = "dead-lettered" if dead else None
            self.stage.finish(begun, handled=Handled(settlement, DecodeError("no")))
            self.act()

    @rule(index=INDEX, seconds=st.integers(0, 3))
    def a_handler_gives_back(self, index: int, seconds: int) -> None:
        if begun := self.pick(Begin, index):
            message = begun.lease.message
            if not message.lost:
                message.settlement = "released"
                self.stage.server.hide(message.receipt, seconds)
            self.act()

    @rule(index=INDEX)
    def a_request_gets_through(self, index: int) -> None:
        if call := self.any_call(index):
            self.stage.complete(call)
            self.act()

    @rule(index=INDEX)
    def a_request_fails(self, index: int) -> None:
        if call := self.any_call(index):
            error = refused()
            self.stage.complete(call, lambda _: error)
            self.act()

    @rule(index=INDEX, failing=st.sets(st.integers(0, 9)), code=st.sampled_from(["InternalError", "Denied"]))
    def a_request_fails_in_part(self, index: int, failing: set[int], code: str) -> None:
        if call := self.any_call(index):
            error = refused(code, retryable=code != "Denied")
            self.stage.complete(call, lambda entry: error if entry in failing else None)
            self.act()

    @rule(index=INDEX)
    def an_answer_is_lost(self, index: int) -> None:
        if call := self.any_call(index):
            self.stage.lose_answer(call)
            self.act()

    @precondition(lambda self: len(self.sent["a"]) > 4)
    @rule()
    def it_is_stopped(self) -> None:
        self.stage.desk.stop(self.stage.now)
        self.act()

    # -- what always holds -----------------------------------------------------------------------------------

    @invariant()
    def no_more_at_once_than_there_are_workers(self) -> None:
        assert len(self.stage.running) <= self.concurrency

    @invariant()
    def never_two_of_a_group(self) -> None:
        if self.fifo:
            groups = [lease.message.group for lease in self.stage.running]
            assert len(groups) == len(set(groups))

    @invariant()
    def never_the_same_message_twice_at_once(self) -> None:
        messages = [lease.message.id for lease in self.stage.running]
        assert len(messages) == len(set(messages))

    @invariant()
    def nothing_is_deleted_that_was_not_worked_on(self) -> None:
        assert set(self.stage.server.deleted) <= self.worked

    @invariant()
    def it_never_wakes_without_need(self) -> None:
        """Once it has acted, there is nothing more to be done at the same moment."""
        assert self.stage.desk.wake > self.stage.now or self.stage.desk.over

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        stage = self.stage
        stage.desk.stop(stage.now, grace=0)
        begun = stage.now
        for _ in range(20):
            if stage.desk.over:
                break
            stage.settle()
            if stage.of_kind(Cancel):
                stage.desk.uncancellable(stage.now)
            stage.clock.advance(0.5)
        assert stage.desk.over
        assert stage.now - begun <= 5
        counts = stage.counters
        ends = (
            counts.acked,
            counts.failed,
            counts.released,
            counts.lost,
            counts.unacked,
            counts.abandoned,
            counts.dead_lettered,
        )
        assert counts.received == sum(ends)
        left = {each.body for each in stage.server.messages.values()}
        assert left | set(stage.server.deleted) == {body for sent in self.sent.values() for body in sent}


TestConsuming = Consuming.TestCase
TestConsuming.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
