from __future__ import annotations

from hypothesis import given, strategies as st

from cloudkit.sqs._consuming.groups import Groups
from cloudkit.sqs._consuming.leases import Lease
from tests.sqs._consuming.scene import message


def lease(body: str) -> Lease:
    return Lease(message(body, group=body[0], body=body), 0, 30, 15)


def names(leases: object) -> list[str]:
    return [each.message.body for each in leases]  # type: ignore[attr-defined]


def filled(*bodies: str, fifo: bool = True) -> Groups:
    groups = Groups(fifo=fifo)
    for body in bodies:
        groups.add(lease(body))
    return groups


def begin_all(groups: Groups) -> list[Lease]:
    begun = []
    while (found := groups.next()) is not None:
        begun.append(found)
    return begun


def test_without_order_all_may_begin() -> None:
    groups = filled("a1", "a2", "b1", fifo=False)
    assert (len(groups), groups.taken) == (3, 3)
    begun = begin_all(groups)
    assert names(begun) == ["a1", "a2", "b1"]
    assert (len(groups), groups.taken) == (0, 3)
    groups.finish(begun[0])
    assert groups.taken == 2
    assert groups.stop(begun[1]) == []


def test_one_of_each_group() -> None:
    groups = filled("a1", "a2", "b1", "a3")
    assert (len(groups), groups.taken) == (4, 2)
    begun = begin_all(groups)
    assert names(begun) == ["a1", "b1"]
    groups.finish(begun[1])
    assert begin_all(groups) == []
    groups.finish(begun[0])
    assert names(begin_all(groups)) == ["a2"]
    assert groups.taken == 1


def test_stopping_a_group_that_runs_keeps_it_busy() -> None:
    groups = filled("a1", "a2", "b1", "a3")
    [running, _] = begin_all(groups)
    assert names(groups.stop(running)) == ["a2", "a3"]
    groups.add(lease("a2"))
    assert begin_all(groups) == []
    groups.finish(running)
    assert names(begin_all(groups)) == ["a2"]


def test_stopping_a_group_that_waits_frees_it() -> None:
    groups = filled("a1", "a2", "b1")
    [stopped, _] = groups.stop(lease("a9"))
    assert stopped.message.body == "a1"
    assert groups.taken == 1
    groups.add(lease("a1"))
    assert names(begin_all(groups)) == ["b1", "a1"]


def test_clearing_takes_all_that_have_not_begun() -> None:
    groups = filled("a1", "a2", "b1")
    running = groups.next()
    assert running is not None
    groups.add(lease("c1"))
    groups.add(lease("c2"))
    assert sorted(names(groups.clear())) == ["a2", "b1", "c1", "c2"]
    assert (len(groups), groups.taken) == (0, 1)
    groups.finish(running)
    assert groups.taken == 0


@given(st.booleans(), st.lists(st.sampled_from("abc"), max_size=20), st.randoms())
def test_each_begins_once_and_in_the_order_of_its_group(fifo: bool, sent: list[str], random: object) -> None:
    groups = Groups(fifo=fifo)
    for number, group in enumerate(sent):
        groups.add(lease(f"{group}{number:02}"))
    running: list[Lease] = []
    order: list[str] = []
    while len(groups) or running:
        begun = begin_all(groups)
        running += begun
        order += names(begun)
        if fifo:
            assert len({each.message.group for each in running}) == len(running)
        groups.finish(running.pop(random.randrange(len(running))))  # type: ignore[attr-defined]
    assert sorted(order) == sorted(f"{group}{number:02}" for number, group in enumerate(sent))
    for group in "abc":
        of_group = [body for body in order if body[0] == group]
        assert not fifo or of_group == sorted(of_group)
    assert groups.taken == 0
