from __future__ import annotations

import math

from hypothesis import given, strategies as st

from cloudkit.sqs._consuming.leases import Lease, Leases, Stage
from tests.sqs._consuming.scene import message, refused


def begun(leases: Leases, receipt: str, now: float = 0.0) -> Lease:
    lease = leases.begin(message(receipt), now)
    assert lease is not None
    return lease


def test_one_is_due_at_half_time() -> None:
    leases = Leases(30)
    begun(leases, "a")
    assert leases.wake == 15
    assert leases.due(14.9) == []
    [[extension]] = leases.due(15)
    assert (extension.seconds, extension.asked) == (30, 15)
    assert leases.due(15) == []
    assert leases.wake == 30  # when it ends, if there is no answer
    leases.extended(extension)
    assert leases.wake == 30  # half time again


def test_those_that_are_soon_due_go_with_it_ten_at_a_time() -> None:
    leases = Leases(40)
    for number in range(25):
        begun(leases, f"r{number}", now=number)
    batches = leases.due(20)
    assert [len(batch) for batch in batches] == [10, 1]
    assert {each.lease.began for batch in batches for each in batch} == set(range(11))


def test_the_same_receive_is_known() -> None:
    leases = Leases(30)
    begun(leases, "a")
    assert leases.begin(message("a"), 5) is None
    assert len(leases) == 1


def test_what_ended_is_overdue_unless_it_is_going_anyway() -> None:
    leases = Leases(30)
    held = {stage: begun(leases, stage.name) for stage in Stage}
    for stage, lease in held.items():
        lease.stage = stage
    assert leases.overdue(29) == []
    found = {lease.stage for lease in leases.overdue(30)}
    assert found == {Stage.WAITING, Stage.RUNNING, Stage.DONE}


def test_what_ends_is_forgotten() -> None:
    leases = Leases(30)
    lease = begun(leases, "a")
    leases.end(lease)
    assert (len(leases), list(leases), leases.due(100), leases.overdue(100)) == (0, [], [], [])
    assert leases.wake in (15, math.inf)
    leases.end(lease)


def test_a_refused_one_is_tried_again_before_it_ends() -> None:
    leases = Leases(30)
    begun(leases, "a")
    tries = []
    now = 0.0
    while (now := leases.wake) < 30:
        for [extension] in leases.due(now):
            tries.append(now)
            assert not leases.refused(extension, refused(), now)
    assert tries[0] == 15
    assert 5 <= len(tries) <= 12
    assert len(leases.overdue(30)) == 1


def test_a_lost_one_is_lost() -> None:
    leases = Leases(30)
    begun(leases, "a")
    [[extension]] = leases.due(15)
    assert leases.refused(extension, refused("MessageNotInflight"), 15)


def test_deleting_and_going_on() -> None:
    leases = Leases(30)
    lease = begun(leases, "a")
    lease.stage = Stage.DELETING
    assert leases.due(20) == []
    assert leases.wake == math.inf
    lease.stage = Stage.DONE
    leases.resume(lease)
    assert leases.wake <= 20
    assert len(leases.due(20)) == 1


def test_what_its_handler_has_settled_is_looked_at_again_later() -> None:
    leases = Leases(40)
    lease = begun(leases, "a")
    lease.message.settlement = "released"
    assert leases.due(20) == []
    assert leases.wake == 30
    lease.message.settlement = None
    assert len(leases.due(30)) == 1


@given(st.integers(1, 43_200), st.lists(st.floats(0.1, 3000), max_size=60))
def test_no_lease_goes_beyond_twelve_hours(seconds: int, pauses: list[float]) -> None:
    leases = Leases(seconds)
    lease = begun(leases, "a")
    now = 0.0
    for pause in pauses:
        now += pause
        for [extension] in leases.due(now):
            assert now + extension.seconds <= 43_200
            assert extension.seconds >= 1
            leases.extended(extension)
            assert lease.until > now
