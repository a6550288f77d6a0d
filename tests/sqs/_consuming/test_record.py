from __future__ import annotations

import pytest

from cloudkit import CloudError
from cloudkit.sqs import Counters, Hooks
from cloudkit.sqs._consuming.record import Record
from tests.sqs._consuming.scene import message


def everything(record: Record) -> None:
    one = message()
    record.polled()
    record.received(one)
    record.acked(one)
    record.dead_lettered(one)
    record.repeated(one)
    record.trouble(one, KeyError("the memory"))
    record.failed(one, ValueError("no"), counted=True)
    record.failed(one, ValueError("no"), counted=False)
    record.extended(one)
    record.counts_released()
    record.released(one, 5)
    record.lost(one)
    record.unacked(one, CloudError("denied"))
    record.abandoned(one)
    record.error(CloudError("reset"))


def test_all_is_counted() -> None:
    record = Record(Hooks(), None)
    assert record.counters == Counters()
    everything(record)
    assert record.counters == Counters(*[1] * 12)


def test_what_nobody_is_told_of_and_matters_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    everything(Record(Hooks(), None))
    assert {record.name for record in caplog.records} == {"cloudkit.sqs"}
    logged = [record.getMessage().splitlines()[0] for record in caplog.records]
    assert logged == [
        "jobs/id of r: KeyError('the memory')",
        "jobs/id of r failed, received 1 times",
        "jobs/id of r failed, received 1 times",
        "sqs jobs/id of r: its time was over before it was done, and another consumer may have it",
        "jobs/id of r is done, could not be deleted, and will come again: denied",
        "jobs/id of r is left unfinished, and will come again",
        "reset",
    ]
    assert caplog.records[1].exc_info is not None


def test_what_is_raised_is_not_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    told: list[CloudError] = []
    for record in (Record(Hooks(), None), Record(Hooks(), told.append)):
        record.error(CloudError("denied"), raised=True)
        assert record.counters.errors == 1
    assert caplog.records == []
    assert len(told) == 1


def test_hooks_are_told_in_place_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    told: list[tuple[object, ...]] = []

    def note(name: str) -> object:
        return lambda *args: told.append((name, *args[1:]))

    names = [
        "on_receive",
        "on_ack",
        "on_dead_letter",
        "on_repeat",
        "on_fail",
        "on_extend",
        "on_release",
        "on_lost",
        "on_unacked",
    ]
    hooks = Hooks(**{name: note(name) for name in names})  # type: ignore[arg-type]
    errors: list[CloudError] = []
    everything(Record(hooks, errors.append))
    assert [name for name, *_ in told] == [
        "on_receive",
        "on_ack",
        "on_dead_letter",
        "on_repeat",
        "on_fail",
        "on_fail",
        "on_extend",
        "on_release",
        "on_lost",
        "on_unacked",
    ]
    assert told[7] == ("on_release", 5)
    assert [str(error) for error in errors] == ["reset"]
    assert [record.getMessage() for record in caplog.records] == [
        "jobs/id of r: KeyError('the memory')",
        "jobs/id of r is left unfinished, and will come again",
    ]


def test_a_hook_that_raises_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*args: object) -> None:
        raise ValueError("a bug in the hook")

    record = Record(Hooks(on_ack=broken, on_fail=broken, on_lost=broken), broken)
    for _ in range(3):
        everything(record)
    assert record.counters == Counters(*[3] * 12)
    assert sum("logged this once" in each.getMessage() for each in caplog.records) == 4
