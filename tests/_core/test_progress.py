from __future__ import annotations

import sys
import threading

import pytest
from hypothesis import given, strategies as st

from cloudkit._core.progress import Meter, metered
from cloudkit.testing import FakeClock
from cloudkit.types import Progress


@given(st.lists(st.integers(-5, 20)))
def test_it_never_shrinks(counts: list[int]) -> None:
    seen: list[Progress] = []
    meter = Meter(seen.append, 100, FakeClock())
    for count in counts:
        meter(count)
    assert [each.done for each in seen] == sorted({each.done for each in seen})
    assert all(each.total == 100 for each in seen)


def test_rate_and_end() -> None:
    seen: list[Progress] = []
    clock = FakeClock()
    meter = Meter(seen.append, 100, clock)
    meter(0)
    clock.advance(2)
    meter(40)
    assert (seen[0].rate, seen[0].eta) == (None, None)
    assert (seen[1].rate, seen[1].eta, seen[1].fraction) == (20.0, 3.0, 0.4)


def test_without_a_total_there_is_no_end() -> None:
    seen: list[Progress] = []
    clock = FakeClock()
    meter = Meter(seen.append, None, clock)
    clock.advance(1)
    meter(10)
    assert (seen[0].rate, seen[0].eta, seen[0].fraction) == (10.0, None, None)


def test_what_is_sent_twice_counts_once() -> None:
    seen: list[int] = []
    meter = Meter(lambda now: seen.append(now.done), 20, FakeClock())
    for count in (10, -10, 5, 5, 10):
        meter(count)
    assert seen == [10, 20]


def test_one_thread_at_a_time_calls_the_hook() -> None:
    inside = 0
    seen: list[int] = []

    def hook(now: Progress) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1
        seen.append(now.done)
        inside -= 1

    meter = Meter(hook, None, FakeClock())

    def count() -> None:
        for _ in range(200):
            meter(1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 801))


def test_an_error_of_the_hook_reaches_the_caller() -> None:
    def hook(now: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Meter(hook, None, FakeClock())(1)


@pytest.mark.parametrize("hook", [None, False])
def test_nobody_wants_to_know(hook: bool | None, capfd: pytest.CaptureFixture[str]) -> None:
    with metered(hook, 10, FakeClock(), "up") as meter:
        meter(10)
    assert capfd.readouterr() == ("", "")


def test_a_bar(capfd: pytest.CaptureFixture[str]) -> None:
    with metered(True, 2048, FakeClock(), "cat.jpg") as meter:
        meter(2048)
    assert "cat.jpg" in capfd.readouterr().out


def test_lines_where_there_is_no_rich(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.delitem(sys.modules, "rich.progress", raising=False)
    clock = FakeClock()
    with metered(True, 3 * 1024**2, clock, "cat.jpg") as meter:
        meter(1024)
        meter(1024)  # too soon for another line
        clock.advance(2)
        meter(1024**2)
        meter(2 * 1024**2 - 2048)
    assert capfd.readouterr().err.splitlines() == [
        "cat.jpg: 1.0 KiB of 3.0 MiB (0%)",
        "cat.jpg: 1.0 MiB of 3.0 MiB (33%)",
        "cat.jpg: 3.0 MiB of 3.0 MiB (100%)",
    ]


def test_lines_of_what_has_no_total(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.delitem(sys.modules, "rich.progress", raising=False)
    with metered(True, None, FakeClock(), "stream") as meter:
        meter(100)
    assert capfd.readouterr().err == "stream: 100 B\n"
