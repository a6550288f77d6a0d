"""Eventual consistency: ids that this process has just made may not be known everywhere yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudkit._core.backoff import Backoff, Pauses
from cloudkit._core.memory import Memory
from cloudkit.errors import CloudError
from cloudkit.types import Clock

# EC2 documents seconds to a minute; NotFound for an id is believed once it is older.
SETTLE_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
MOST_IDS = 4096

_UNTIL_KNOWN = Backoff(FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS, limit=SETTLE_SECONDS)


class Recent:
    """The ids that were made here within the last minute, each with the error that would deny it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: Memory[tuple[str | None, str], type[CloudError]] = Memory(MOST_IDS, SETTLE_SECONDS, clock)

    def remember(self, name: str, denied_by: type[CloudError], region: str | None = None) -> None:
        """Note an id that was just made, in a region: another one may have none of that name."""
        self._made.put((region, name), denied_by)

    def forget(self, name: str, region: str | None = None) -> None:
        """Note that an id was deleted: from now on NotFound is the truth."""
        self._made.forget((region, name))

    def concerns(self, error: BaseException, params: Mapping[str, Any], region: str | None = None) -> bool:
        """Whether the error denies an id of the call that was just made."""
        return len(self._made) > 0 and any(self._denies(error, (region, text)) for text in _texts(params))

    def _denies(self, error: BaseException, made: tuple[str | None, str]) -> bool:
        denied_by = self._made.get(made)
        return denied_by is not None and isinstance(error, denied_by)

    def wait_out(
        self,
        error: BaseException,
        params: Mapping[str, Any],
        pauses: Pauses | None,
        region: str | None = None,
    ) -> Pauses | None:
        """Sleep before the call is tried again, and give the pauses that are left; None if the error is the truth.

        Args:
            error: What the call failed with.
            params: Its parameters.
            pauses: What the last time gave for the same call.
            region: Where it went.
        """
        if not self.concerns(error, params, region):
            return None
        pauses = _UNTIL_KNOWN.begin(self._clock) if pauses is None else pauses
        return pauses if pauses.take() else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(each)
