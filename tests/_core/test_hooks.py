from __future__ import annotations

import logging

import pytest

from cloudkit._core.hooks import Hook

LOG = logging.getLogger("tests.hooks")


def test_it_is_called() -> None:
    told: list[int] = []
    hook = Hook(told.append, "on_number", LOG)
    hook(1)
    hook(2)
    assert told == [1, 2]
    assert hook


def test_none_is_no_hook() -> None:
    hook: Hook[[int]] = Hook(None, "on_number", LOG)
    hook(1)
    assert not hook


def test_what_it_raises_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    def broken(number: int) -> None:
        raise ValueError(number)

    hook = Hook(broken, "on_number", LOG)
    for number in range(3):
        hook(number)
    [record] = caplog.records
    assert "on_number raised" in record.message
    assert record.exc_info is not None


def test_an_interrupt_goes_on() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Hook(interrupted, "on_call", LOG)()
