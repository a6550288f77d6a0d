"""Undoing what was made when a later step fails."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from attrs import define, field

from cloudkit._core.deadline import clean_up_time
from cloudkit.errors import CloudError, ConnectionFailed, ServiceError


@define
class Undo:
    """What to undo, should a later step fail."""

    _steps: list[tuple[str, Callable[[], object]]] = field(factory=list[tuple[str, Callable[[], object]]])

    def add(self, what: str, step: Callable[[], object]) -> None:
        """Note that something was made, and how to take it away again."""
        self._steps.append((what, step))

    def run(self) -> list[str]:
        """Undo all, the newest first, and tell what stayed behind and why."""
        left: list[str] = []
        for what, step in reversed(self._steps):
            try:
                with clean_up_time():
                    step()
            except CloudError as error:
                left.append(f"{what} ({error.code or type(error).__name__}: {error.message})")
        return left


@contextmanager
def undoing(then: str) -> Generator[Undo]:
    """Undo what the body noted, if it fails. The body's error stays the error; its hint says what stayed behind.

    Args:
        then: What to do after a lost answer, for people: nobody knows whether AWS did the last step.
    """
    undo = Undo()
    try:
        yield undo
    except BaseException as error:
        left = undo.run()
        if isinstance(error, CloudError):
            hints = [error.hint] if error.hint else []
            if isinstance(error, (ConnectionFailed, ServiceError)):
                hints.append(f"AWS may have done this step all the same: {then}")
            if left:
                hints.append(f"left behind, since undoing failed too: {', '.join(left)}")
            error.hint = "; ".join(hints) or None
        raise
