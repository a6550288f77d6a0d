from __future__ import annotations

from typing import Any

import pytest

from cloudkit import AccessDenied, CloudError, ConnectionFailed, QueueNotFound, Throttled
from cloudkit.sqs import Backoff, DecodeError, LeaseLost
from cloudkit.sqs._consuming.actions import Begin, Delete, Extend, Poll, Release
from cloudkit.sqs._consuming.handled import Handled
from tests.sqs._consuming.scene import Stage, refused


class OutOfWork(Exception):
    pass


def staged(count: int = 1, **options: object) -> Stage:
    stage = Stage.of(**options)  # type: ignore[arg-type]
    for number in range(count):
        stage.server.send(str(number))
    return stage


# -- messages come, are handled, and go --------------------------------------------------------------------------


def test_one_message() -> None:
    stage = staged()
    stage.receive()
    assert stage.bodies == ["0"]
    stage.handle("0")
    assert not stage.of_kind(Delete)
    stage.advance(0.1)
    assert stage.server.deleted == ["0"]
    assert stage.told == ["receive 0", "ack 0"]
    assert stage.counters.acked == 1


def test_only_so_many_as_there_are_free_workers() -> None:
    stage = staged(100, concurrency=3)
    stage.receive()
    assert len(stage.running) == 3
    assert not stage.of_kind(Poll)
    stage.handle("0")
    stage.handle("1")
    stage.act()
    assert not stage.of_kind(Poll)
    stage.clock.advance(0.01)
    stage.act()
    [poll] = stage.of_kind(Poll)
    assert poll.limit == 2


def test_prefetched_messages_wait() -> None:
    stage = staged(100, concurrency=2, prefetch=3)
    stage.receive()
    assert stage.bodies == ["0", "1"]
    assert stage.counters.received == 5
    stage.handle("0")
    stage.act()
    assert stage.bodies == ["1", "2"]


def test_many_free_workers_poll_more_while_there_is_plenty() -> None:
    stage = staged(100, concurrency=100)
    widths = []
    for _ in range(3):
        stage.act()
        widths.append(len(stage.of_kind(Poll)))
        for poll in stage.of_kind(Poll):
            stage.answer(poll)
    assert widths == [1, 2, 4]


def test_ten_acks_go_at_once_and_fewer_after_a_moment() -> None:
    stage = staged(16, concurrency=16)
    stage.receive()
    stage.receive()
    assert len(stage.running) == 16
    for begun in stage.of_kind(Begin):
        stage.finish(begun)
    stage.act()
    assert [len(call.leases) for call in stage.of_kind(Delete)] == [10]
    stage.clock.advance(0.11)
    stage.act()
    assert [len(call.leases) for call in stage.of_kind(Delete)] == [10, 6]


def test_acks_go_before_the_lease_ends() -> None:
    stage = staged(lease=1)
    stage.receive()
    stage.handle("0")
    stage.act()
    assert len(stage.of_kind(Delete)) == 1


def test_acks_that_cannot_be_made_stop_the_polls() -> None:
    stage = staged(300, concurrency=50)
    for _ in range(40):
        stage.act()
        for poll in stage.of_kind(Poll):
            stage.answer(poll)
        for begun in stage.of_kind(Begin):
            stage.finish(begun)
        stage.clock.advance(0.2)
    stage.act()
    assert not stage.of_kind(Poll)
    assert 100 <= stage.counters.received <= 150
    stage.settle()
    stage.advance(1)
    assert stage.of_kind(Poll)


# -- handlers fail -----------------------------------------------------------------------------------------------


def test_a_failure_rests_for_longer_each_time() -> None:
    stage = staged(retry=Backoff(10, factor=3, max=60))
    for delay in (10, 30, 60, 60):
        stage.receive()
        stage.handle("0", OutOfWork("no"))
        stage.advance(0.2, step=0.1)
        assert stage.told[-1] == f"release 0 for {delay}"
        stage.advance(delay - 2)
        assert stage.server.receive(1) == []
        stage.advance(3)
    assert (stage.counters.failed, stage.counters.acked, stage.counters.released) == (4, 0, 0)
    assert not stage.server.deleted


def test_the_rest_is_no_longer_than_sqs_lets_it() -> None:
    stage = staged(retry=Backoff(43_200, max=43_200))
    stage.receive()
    stage.advance(1000)
    stage.handle("0", OutOfWork())
    stage.advance(0.2, step=0.1)
    assert stage.counters.errors == 0
    assert stage.told[-1].startswith("release 0 for 421")


def test_what_the_handler_released_itself_is_left_alone() -> None:
    stage = staged(2)
    stage.receive()
    for lease in stage.running:
        lease.message.settlement = "released" if lease.message.body == "0" else "deleted"
    stage.advance(100)
    stage.handle("0")
    stage.handle("1")
    stage.settle()
    stage.advance(10)
    assert not stage.of_kind(Delete)
    assert not stage.of_kind(Release)
    counters = stage.counters
    assert (counters.released, counters.acked, counters.extended, counters.lost) == (1, 1, 0, 0)


def test_what_was_settled_and_then_failed_counts_as_settled() -> None:
    stage = staged()
    stage.receive()
    stage.running[0].message.settlement = "dead-lettered"
    stage.handle("0", OutOfWork("no"))
    stage.advance(10)
    assert stage.told == ["receive 0", "fail 0: no", "dead letter 0"]
    assert (stage.counters.failed, stage.counters.acked, stage.counters.dead_lettered) == (0, 0, 1)


def test_a_handler_whose_release_failed_keeps_its_lease_after_all() -> None:
    stage = staged()
    stage.receive()
    stage.running[0].message.settlement = "released"
    stage.advance(14)
    stage.running[0].message.settlement = None
    stage.advance(100)
    assert stage.counters.lost == 0
    assert stage.counters.extended > 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_a_handler_that_wants_to_leave_ends_it(error: BaseException) -> None:
    stage = staged(2)
    stage.receive()
    stage.handle("0", error)
    assert stage.desk.stopping
    stage.settle()
    assert "release 0 for 0" in stage.told
    assert not stage.desk.over
    stage.handle("1")
    stage.settle()
    assert stage.desk.over
    assert stage.desk.error is error
    assert stage.server.deleted == ["1"]


def test_a_broken_executor_ends_it() -> None:
    stage = staged()
    stage.receive()
    stage.handle("0", OutOfWork("broken"), broken=True)
    stage.settle()
    assert stage.desk.over
    assert isinstance(stage.desk.error, OutOfWork)
    assert stage.told[-1] == "release 0 for 1"


class GreenletExit(BaseException):
    """As gevent's, or a panic of a library in Rust."""


def test_whatever_is_no_exception_is_a_failure_all_the_same() -> None:
    stage = staged(2)
    stage.receive()
    stage.handle("0", GreenletExit("no"))
    stage.advance(0.2, step=0.1)
    assert not stage.desk.stopping
    assert stage.told[-1] == "release 0 for 1"
    assert stage.bodies == ["1"]


# -- bodies that say nothing -------------------------------------------------------------------------------------


def test_what_went_to_the_dead_letters() -> None:
    stage = staged()
    stage.receive()
    stage.finish(stage.of_kind(Begin)[0], handled=Handled("dead-lettered", DecodeError("no order")))
    stage.advance(100)
    assert stage.told == ["receive 0", "fail 0: no order", "dead letter 0"]
    assert not stage.of_kind(Delete)
    assert (stage.counters.dead_lettered, stage.counters.failed, stage.counters.acked) == (1, 0, 0)


def test_what_could_not_go_there_stays() -> None:
    stage = staged(retry=Backoff(60))
    stage.receive()
    denied = refused("AccessDenied", retryable=False)
    stage.finish(
        stage.of_kind(Begin)[0], handled=Handled(undecodable=DecodeError("no order"), trouble=denied)
    )
    stage.advance(0.2, step=0.1)
    assert stage.told == ["receive 0", "fail 0: no order", "release 0 for 60"]
    assert stage.errors == [denied]
    assert (stage.counters.failed, stage.counters.dead_lettered) == (1, 0)
    assert not stage.desk.stopping


def test_what_cannot_be_decoded_may_end_it() -> None:
    stage = staged(3, concurrency=2, prefetch=1)
    stage.receive()
    error = DecodeError("no order")
    stage.finish(stage.of_kind(Begin)[0], handled=Handled(undecodable=error, ends=True))
    assert stage.desk.stopping
    stage.settle()
    assert sorted(stage.told[-2:]) == ["release 0 for 0", "release 2 for 0"]
    stage.handle("1")
    stage.settle()
    assert stage.desk.over
    assert stage.desk.error is error
    assert stage.server.deleted == ["1"]


# -- the same message twice --------------------------------------------------------------------------------------


def doubled(**options: Any) -> Stage:
    """A message of which two deliveries have come, the first one being worked on."""
    stage = staged(**options)
    stage.server.twice = lambda message: message.receives == 1
    stage.receive()
    stage.clock.advance(0.02)
    stage.receive()
    assert stage.counters.received == 2
    return stage


def test_a_message_is_not_worked_on_twice_at_once() -> None:
    stage = doubled()
    assert stage.bodies == ["0"]
    stage.handle("0")
    stage.advance(0.2, step=0.1)
    # With both receipts: a standard queue takes the first one, and does nothing.
    assert stage.server.deleted == ["0"]
    assert (stage.counters.acked, stage.counters.repeated) == (2, 1)
    assert stage.bodies == []


def test_a_later_delivery_rests_as_long_as_the_first_one() -> None:
    stage = doubled(retry=Backoff(60))
    stage.handle("0", OutOfWork("no"))
    stage.advance(0.2, step=0.1)
    assert (stage.counters.failed, stage.counters.released) == (1, 1)
    assert stage.told.count("release 0 for 60") == 1  # the first receipt counts no more
    stage.advance(50)
    assert stage.server.receive(1) == []
    stage.advance(11)
    assert stage.server.receive(1) != []


def test_a_later_delivery_leaves_alone_what_the_handler_has_said() -> None:
    stage = doubled()
    message = stage.running[0].message
    message.settlement = "released"
    stage.handle("0")
    stage.advance(0.2, step=0.1)
    assert not stage.of_kind(Release)
    assert stage.counters.released == 2
    assert not any(told.startswith("release") for told in stage.told)


def test_a_later_delivery_is_worked_on_if_the_first_one_was_lost() -> None:
    """Its handler may have seen that, and left its work undone."""
    stage = doubled()
    stage.clock.advance(16)
    stage.settle()  # extends both: SQS has forgotten the first receipt
    assert stage.counters.lost == 1
    [first] = stage.running
    assert first.message.lost
    stage.handle("0")
    stage.act()
    [second] = stage.running
    assert second.message.receives == 2
    stage.handle("0")
    stage.advance(0.2, step=0.1)
    assert stage.server.deleted == ["0"]
    assert (stage.counters.acked, stage.counters.lost, stage.counters.repeated) == (1, 1, 0)


def test_a_later_delivery_waits_no_more_for_one_that_was_lost_before_it_began() -> None:
    stage = staged(2, concurrency=1, prefetch=3)
    stage.server.twice = lambda message: message.body == "1" and message.receives == 1
    stage.receive()
    stage.clock.advance(1)
    stage.receive()
    assert (stage.bodies, stage.counters.received) == (["0"], 3)
    stage.clock.advance(15)
    stage.settle()
    assert stage.counters.lost == 1
    stage.handle("0")
    stage.act()
    assert [lease.message.receives for lease in stage.running] == [2]


def test_what_comes_again_while_it_is_being_deleted_is_not_begun() -> None:
    stage = staged()
    stage.server.twice = lambda message: message.receives == 1
    stage.receive()
    stage.handle("0")
    stage.receive()
    assert stage.bodies == []
    stage.advance(0.2, step=0.1)
    assert stage.server.deleted == ["0"]
    assert (stage.counters.received, stage.counters.acked, stage.counters.repeated) == (2, 2, 1)


def test_later_deliveries_go_back_when_it_ends() -> None:
    stage = doubled()
    stage.desk.stop(stage.now)
    stage.settle()
    assert stage.told[-1] == "release 0 for 0"
    stage.handle("0")
    stage.settle()
    assert stage.desk.over


# -- work that was done, or that others do -----------------------------------------------------------------------


def test_work_that_was_done_is_deleted() -> None:
    stage = staged()
    stage.receive()
    stage.finish(stage.of_kind(Begin)[0], handled=Handled(standing="done"))
    stage.advance(0.2, step=0.1)
    assert stage.told == ["receive 0", "repeat 0", "ack 0"]
    assert stage.server.deleted == ["0"]
    assert (stage.counters.acked, stage.counters.repeated) == (1, 1)


def test_work_that_others_do_rests_for_a_lease() -> None:
    stage = staged(lease=45)
    stage.receive()
    stage.finish(stage.of_kind(Begin)[0], handled=Handled(standing="busy"))
    stage.advance(0.2, step=0.1)
    assert stage.told == ["receive 0", "release 0 for 45"]
    assert (stage.counters.released, stage.counters.failed) == (1, 0)


def test_a_group_waits_for_work_that_others_do() -> None:
    stage = ordered("a1", "a2", "b1")
    stage.receive()
    stage.finish(stage.of_kind(Begin)[0], handled=Handled(standing="busy"))
    stage.advance(0.2, step=0.1)
    assert stage.told[-2:] == ["release a2 for 0", "release a1 for 30"]
    assert stage.bodies == ["b1"]


# -- leases ------------------------------------------------------------------------------------------------------


def test_a_long_handler_keeps_its_message() -> None:
    stage = staged()
    stage.receive()
    stage.advance(40 * 60)
    assert stage.server.receive(10) == []
    stage.handle("0")
    stage.settle()
    stage.advance(0.2, step=0.1)
    assert stage.server.deleted == ["0"]
    assert stage.counters.lost == 0
    assert 160 <= stage.counters.extended <= 240


def test_leases_run_from_the_receive_and_for_what_waits_too() -> None:
    stage = staged(7, concurrency=1, prefetch=6)
    stage.receive()
    stage.clock.advance(15)
    stage.act()
    [call] = stage.of_kind(Extend)
    assert len(call.extensions) == 7
    stage.settle()
    stage.advance(100)
    assert stage.counters.lost == 0


def test_twelve_hours_are_the_end_of_it() -> None:
    stage = staged()
    stage.receive()
    stage.advance(43_150, step=5)
    assert stage.counters.lost == 0
    message = stage.running[0].message
    assert not message.lost
    stage.advance(60)
    assert message.lost
    assert stage.counters.errors == 0
    with pytest.raises(LeaseLost):
        message.delete()
    stage.handle("0")
    stage.advance(1)
    assert not stage.of_kind(Delete)
    assert (stage.counters.lost, stage.counters.acked) == (1, 0)


@pytest.mark.parametrize("code", ["ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue"])
def test_a_lease_that_sqs_says_is_lost(code: str) -> None:
    stage = staged()
    stage.receive()
    stage.clock.advance(16)
    stage.act()
    message = stage.running[0].message
    stage.complete(stage.of_kind(Extend)[0], lambda _: refused(code))
    assert message.lost
    assert stage.told[-1] == "lost 0"
    stage.handle("0", OutOfWork("I looked"))
    stage.advance(100)
    counters = stage.counters
    assert (counters.lost, counters.failed, counters.released, counters.errors) == (1, 0, 0, 0)
    assert stage.told[-1] == "fail 0: I looked"


def test_a_lease_that_was_not_extended_in_time() -> None:
    stage = staged()
    stage.receive()
    failures = 0
    for _ in range(120):
        stage.clock.advance(0.25)
        stage.act()
        for call in stage.of_kind(Extend):
            failures += 1
            stage.complete(call, lambda _: refused())
    assert stage.told[-1] == "lost 0"
    assert 3 <= failures <= 15
    assert stage.counters.errors == failures


def test_an_extension_that_is_not_answered_in_time() -> None:
    stage = staged()
    stage.receive()
    stage.clock.advance(16)
    stage.act()
    stage.clock.advance(15)
    stage.act()
    assert stage.told[-1] == "lost 0"
    stage.complete(stage.of_kind(Extend)[0])
    assert stage.counters.extended == 0


def test_a_refused_extension_is_tried_again() -> None:
    stage = staged()
    stage.receive()
    stage.clock.advance(16)
    stage.act()
    stage.complete(stage.of_kind(Extend)[0], lambda _: refused())
    stage.advance(60)
    assert (stage.counters.lost, stage.counters.errors) == (0, 1)


def test_a_prefetched_message_whose_lease_is_lost_is_not_begun() -> None:
    stage = staged(2, concurrency=1, prefetch=1)
    stage.receive()
    stage.clock.advance(16)
    stage.act()
    [call] = stage.of_kind(Extend)
    stage.complete(call, lambda index: refused("MessageNotInflight") if index else None)
    stage.handle("0")
    stage.act()
    assert stage.running == []
    assert stage.told[-1] == "lost 1"


def test_what_is_being_extended_is_given_back_afterwards() -> None:
    stage = staged()
    stage.receive()
    stage.clock.advance(16)
    stage.act()
    stage.handle("0", OutOfWork())
    stage.clock.advance(1)
    stage.act()
    assert not stage.of_kind(Release)
    stage.complete(stage.of_kind(Extend)[0])
    stage.settle()
    assert stage.told[-1] == "release 0 for 1"
    assert stage.counters.extended == 1


def test_the_same_receive_twice_is_one() -> None:
    stage = staged()
    stage.act()
    [poll] = stage.of_kind(Poll)
    stage.answer(poll)
    lease = stage.desk.act(stage.now)[0]
    assert isinstance(lease, Begin)
    more = stage.desk.act(stage.now + 1)
    again = next(each for each in more if isinstance(each, Poll))
    stage.desk.arrived(again.number, [lease.lease.message], [], stage.now)
    assert stage.counters.received == 1


# -- acks fail ---------------------------------------------------------------------------------------------------


def done(stage: Stage) -> Delete:
    stage.receive()
    stage.handle("0")
    stage.clock.advance(0.2)
    stage.act()
    [call] = stage.of_kind(Delete)
    return call


def test_an_ack_that_fails_is_tried_again_while_the_lease_holds() -> None:
    stage = staged()
    call = done(stage)
    pauses = []
    for _ in range(8):
        stage.complete(call, lambda _: refused())
        failed = stage.now
        while not stage.of_kind(Delete):
            stage.clock.advance(0.1)
            stage.act()
            for extend in stage.of_kind(Extend):
                stage.complete(extend)
        pauses.append(round(stage.now - failed, 1))
        [call] = stage.of_kind(Delete)
    stage.complete(call)
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5], abs=0.11)
    assert stage.server.deleted == ["0"]
    assert (stage.counters.lost, stage.counters.acked, stage.counters.errors) == (0, 1, 8)


def test_an_ack_that_was_lost_on_its_way_back_is_no_loss() -> None:
    stage = staged()
    stage.lose_answer(done(stage))
    stage.advance(2, step=0.1)
    assert stage.counters.acked == 1
    assert (stage.counters.lost, stage.counters.unacked) == (0, 0)


def test_an_ack_whose_lease_is_lost() -> None:
    stage = staged()
    stage.complete(done(stage), lambda _: refused("ReceiptHandleIsInvalid"))
    assert stage.told[-1] == "lost 0"
    assert stage.counters.errors == 0
    stage.advance(100)
    assert not stage.of_kind(Delete)


def test_an_ack_that_is_refused_for_good_is_told() -> None:
    stage = staged()
    stage.complete(done(stage), lambda _: refused("AccessDenied", retryable=False))
    assert stage.told[-1] == "unacked 0"
    assert (stage.counters.unacked, stage.counters.errors) == (1, 1)
    stage.advance(100)
    assert not stage.of_kind(Delete)
    assert stage.server.receive(1)


def test_an_ack_that_waits_is_not_sent_once_its_lease_is_lost() -> None:
    stage = staged()
    call = done(stage)
    stage.complete(call, lambda _: refused())
    stage.clock.advance(100)
    stage.act()
    assert not stage.of_kind(Delete)
    assert stage.told[-1] == "lost 0"


def test_an_ack_under_way_when_its_lease_ends_counts_by_its_answer() -> None:
    stage = staged()
    call = done(stage)
    stage.clock.advance(100)
    stage.act()
    assert stage.counters.lost == 0
    stage.complete(call)
    assert stage.counters.acked == 1


def test_an_ack_that_fails_after_its_lease_ended_is_a_loss() -> None:
    stage = staged()
    call = done(stage)
    stage.clock.advance(100)
    stage.complete(call, lambda _: refused())
    assert stage.told[-1] == "lost 0"


def test_a_release_that_fails_is_tried_again_and_then_left() -> None:
    stage = staged()
    stage.receive()
    stage.handle("0", OutOfWork())
    for _ in range(400):
        stage.clock.advance(0.1)
        stage.act()
        for call in stage.of_kind(Release):
            stage.complete(call, lambda _: refused())
    assert stage.counters.failed == 1
    assert stage.counters.errors > 3
    assert not stage.of_kind(Release)
    assert stage.server.receive(1)


# -- groups ------------------------------------------------------------------------------------------------------


def ordered(*messages: str, **options: object) -> Stage:
    stage = Stage.of(fifo=True, **options)  # type: ignore[arg-type]
    for each in messages:
        stage.server.send(each, each[0])
    return stage


def test_one_of_a_group_at_once() -> None:
    stage = ordered("a1", "a2", "b1", "a3", "b2")
    stage.receive()
    assert stage.bodies == ["a1", "b1"]
    stage.handle("a1")
    stage.act()
    assert stage.bodies == ["a2", "b1"]


def test_what_waits_for_its_group_takes_no_worker() -> None:
    stage = ordered(*(f"a{number}" for number in range(10)), "b0", "c0", concurrency=3)
    stage.act()
    [poll] = stage.of_kind(Poll)
    assert poll.limit == 3
    stage.answer()
    stage.act()
    assert stage.bodies == ["a0"]
    stage.clock.advance(0.02)
    stage.receive()
    assert stage.bodies == ["a0", "b0", "c0"]


def test_a_group_stops_at_its_first_failure() -> None:
    stage = ordered("a1", "b1", "a2", "a3", "b2")
    stage.receive()
    stage.handle("a1", OutOfWork("no"))
    stage.settle()
    stage.advance(0.2, step=0.1)
    assert stage.told[-3:] == ["release a3 for 0", "release a2 for 0", "release a1 for 1"]
    assert stage.bodies == ["b1"]
    assert (stage.counters.failed, stage.counters.released) == (1, 2)
    stage.advance(2)
    stage.receive()
    assert stage.bodies == ["a1", "b1"]


def test_a_group_stops_at_what_its_handler_released() -> None:
    stage = ordered("a1", "a2")
    stage.receive()
    stage.running[0].message.settlement = "released"
    stage.server.hide(stage.running[0].message.receipt, 60)
    stage.handle("a1")
    stage.advance(1)
    assert stage.bodies == []
    assert stage.told[-1] == "release a2 for 0"


def test_a_group_goes_on_after_a_dead_letter() -> None:
    stage = ordered("a1", "a2")
    stage.receive()
    stage.running[0].message.settlement = "dead-lettered"
    stage.handle("a1")
    stage.act()
    assert stage.bodies == ["a2"]


def test_a_group_stops_when_a_lease_is_lost() -> None:
    stage = ordered("a1", "a2", "b1")
    stage.receive()
    stage.clock.advance(16)
    stage.act()
    [call] = stage.of_kind(Extend)
    stage.complete(call, lambda index: refused("MessageNotInflight") if index == 0 else None)
    stage.advance(1)
    assert stage.told[-1] == "release a2 for 0"
    stage.handle("a1")
    stage.act()
    assert stage.bodies == ["b1"]


def test_a_message_that_comes_again_waits_for_its_first_handler() -> None:
    stage = ordered("a1")
    stage.receive()
    stage.clock.advance(31)
    stage.receive()
    assert stage.counters.lost == 1
    assert len(stage.running) == 1
    stage.handle("a1")
    stage.act()
    assert stage.running[0].message.receives == 2


def test_a_group_stops_when_an_ack_fails_for_good() -> None:
    stage = ordered("a1", "a2", "a3")
    stage.receive()
    stage.handle("a1")
    stage.clock.advance(0.2)
    stage.act()
    assert stage.bodies == ["a2"]
    stage.complete(stage.of_kind(Delete)[0], lambda _: refused("AccessDenied", retryable=False))
    stage.advance(1)
    assert stage.told[-1] == "release a3 for 0"


# -- polls -------------------------------------------------------------------------------------------------------


def test_an_idle_consumer_makes_three_calls_a_minute() -> None:
    stage = staged(0)
    begun = stage.now
    while stage.now < begun + 600:
        stage.act()
        assert len(stage.pending) == 1
        stage.clock.advance(20)
        stage.answer()
    assert stage.counters.polls == 30


def test_a_server_that_does_not_wait_is_not_asked_all_the_time() -> None:
    stage = staged(0)
    begun = stage.now
    while stage.now < begun + 60:
        stage.act()
        if stage.of_kind(Poll):
            stage.answer()
        stage.clock.advance(max(0.001, stage.desk.wake - stage.now))
    assert stage.counters.polls <= 61


@pytest.mark.parametrize(
    "error",
    [ConnectionFailed("reset"), Throttled("slower", retryable=True), CloudError("503", retryable=True)],
)
def test_a_poll_that_fails_is_tried_again_after_a_pause_that_grows(error: CloudError) -> None:
    stage = staged(1)
    pauses = []
    for _ in range(9):
        stage.act()
        [poll] = stage.of_kind(Poll)
        stage.pending.clear()
        stage.desk.unanswered(poll.number, error, stage.now)
        stage.act()
        assert not stage.of_kind(Poll)
        pauses.append(stage.desk.wake - stage.now)
        stage.clock.advance(pauses[-1])
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert stage.errors == [error] * 9
    stage.receive()
    assert stage.bodies == ["0"]


@pytest.mark.parametrize("error", [AccessDenied("no"), QueueNotFound("gone"), RuntimeError("a bug")])
def test_a_poll_that_can_never_work_ends_it(error: Exception) -> None:
    stage = staged(0)
    stage.act()
    stage.desk.unanswered(stage.of_kind(Poll)[0].number, error, stage.now)
    stage.act()
    assert stage.desk.over
    assert stage.desk.error is error


def test_damaged_messages_are_told_of() -> None:
    stage = staged(0)
    stage.act()
    stage.desk.arrived(stage.of_kind(Poll)[0].number, [], [refused("damaged")], stage.now)
    assert stage.counters.errors == 1
    assert stage.counters.received == 0


def test_it_ends_when_empty() -> None:
    stage = staged(1, empties=2)
    stage.receive()
    for _ in range(3):  # while something is in work, it goes on
        stage.clock.advance(1)
        stage.receive()
    stage.handle("0")
    stage.advance(0.2)
    for _ in range(2):
        assert not stage.desk.stopping
        stage.clock.advance(1)
        stage.receive()
    assert stage.desk.over


# -- the end -----------------------------------------------------------------------------------------------------


def test_an_idle_consumer_ends_at_once() -> None:
    stage = staged(0)
    stage.act()
    stage.desk.stop(stage.now)
    stage.act()
    assert stage.desk.over


def test_what_has_not_begun_goes_back_at_once_and_what_has_may_finish() -> None:
    stage = staged(5, concurrency=2, prefetch=3)
    stage.receive()
    stage.desk.stop(stage.now)
    stage.settle()
    assert sorted(stage.told[-3:]) == ["release 2 for 0", "release 3 for 0", "release 4 for 0"]
    stage.advance(15)
    stage.handle("0")
    stage.settle()
    assert stage.server.deleted == ["0"]
    assert not stage.desk.over
    stage.handle("1", OutOfWork())
    stage.settle()
    assert stage.desk.over
    assert stage.told[-1] == "release 1 for 1"


def test_messages_that_come_while_it_ends_go_back() -> None:
    stage = staged(2)
    stage.receive()
    stage.clock.advance(0.02)
    stage.act()
    stage.server.send("late")
    stage.desk.stop(stage.now)
    stage.answer()
    stage.settle()
    assert stage.told[-1] == "release late for 0"


def test_leases_are_kept_while_it_ends() -> None:
    stage = staged(1, grace=100)
    stage.receive()
    stage.desk.stop(stage.now)
    stage.advance(99)
    assert stage.counters.lost == 0


def test_after_the_grace_handlers_are_told_to_stop_and_then_left() -> None:
    stage = staged(2, grace=10)
    stage.receive()
    stage.desk.stop(stage.now)
    stage.advance(9)
    assert not stage.cancelled
    stage.advance(1)
    assert stage.cancelled
    stage.handle("0", OutOfWork(), cancelled=True)
    stage.settle()
    assert stage.told[-1] == "release 0 for 0"
    left = stage.running[0].message
    stage.advance(1)
    assert stage.desk.over
    assert left.lost
    assert (stage.counters.released, stage.counters.abandoned, stage.counters.failed) == (1, 1, 0)
    stage.handle("1")
    assert stage.counters.acked == 0


def test_who_cannot_be_told_to_stop_is_left_at_once() -> None:
    stage = staged(1, grace=0)
    stage.receive()
    stage.desk.stop(stage.now)
    stage.act()
    assert stage.cancelled
    stage.desk.uncancellable(stage.now)
    stage.act()
    assert stage.desk.over
    assert stage.counters.abandoned == 1


def test_a_handler_that_cancels_itself_has_failed() -> None:
    stage = staged()
    stage.receive()
    stage.handle("0", OutOfWork("cancelled"), cancelled=True)
    stage.advance(1)
    assert not stage.desk.stopping
    assert stage.counters.failed == 1


def test_it_does_not_wait_for_ever_for_its_last_requests() -> None:
    stage = staged(3)
    stage.receive()
    stage.handle("0")
    stage.handle("1", OutOfWork())
    stage.desk.stop(stage.now)
    stage.act()
    stage.handle("2")
    stage.act()
    assert (len(stage.of_kind(Delete)), len(stage.of_kind(Release))) == (2, 1)
    stage.clock.advance(1.9)
    stage.act()
    assert not stage.desk.over
    stage.clock.advance(0.2)
    stage.act()
    assert stage.desk.over
    assert (stage.counters.unacked, stage.counters.failed) == (2, 1)


def test_stopping_twice_shortens_the_grace() -> None:
    stage = staged(1, grace=100)
    stage.receive()
    stage.desk.stop(stage.now)
    stage.desk.stop(stage.now, grace=1)
    stage.desk.stop(stage.now)
    stage.advance(1)
    assert stage.cancelled


def test_it_wakes_no_oftener_than_it_has_to() -> None:
    stage = staged(3)
    stage.receive()
    stage.clock.advance(0.02)
    stage.act()
    assert stage.desk.wake - stage.now > 10
