"""What state an alarm is in, and what was said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from attrs import frozen

from cloudkit._core.params import as_datetime
from cloudkit.types import Answer, Json, OpenEnum


class AlarmState(OpenEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(OpenEnum):
    """What an alarm takes a missing point for."""

    MISSING = "missing"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"
    IGNORE = "ignore"


class EventKind(OpenEnum):
    """What an entry of an alarm's history is about."""

    STATE = "StateUpdate"
    ACTION = "Action"
    SETTINGS = "ConfigurationUpdate"


Wanted: TypeAlias = AlarmState | str

STATES = tuple(str(each) for each in AlarmState.known())


@frozen
class AlarmEvent:
    """An entry of an alarm's history.

    Attributes:
        alarm: The alarm's name.
        time: When it was.
        kind: What it is about: the state, an action that was taken, or settings that were changed.
        summary: It in a sentence of AWS's.
        data: All that AWS says of it.
    """

    alarm: str
    time: datetime
    kind: EventKind
    summary: str
    data: Mapping[str, Json]

    @property
    def old_state(self) -> AlarmState | None:
        """The state before, of an entry about the state."""
        return self._state("oldState")

    @property
    def new_state(self) -> AlarmState | None:
        """The state after, of an entry about the state."""
        return self._state("newState")

    @property
    def reason(self) -> str | None:
        """Why the state changed, of an entry about the state."""
        new = self.data.get("newState")
        found = new.get("stateReason") if isinstance(new, dict) else None
        return None if found is None else str(found)

    def _state(self, which: str) -> AlarmState | None:
        said = self.data.get(which)
        value = said.get("stateValue") if isinstance(said, dict) else None
        return None if value is None else AlarmState(str(value))


def event_of(row: Answer) -> AlarmEvent:
    """The entry that a row of AWS's speaks of."""
    return AlarmEvent(
        str(row.get("AlarmName", "")),
        as_datetime(row["Timestamp"]),
        EventKind(str(row.get("HistoryItemType", ""))),
        str(row.get("HistorySummary", "")),
        _object(row.get("HistoryData")),
    )


def _object(text: object) -> Mapping[str, Json]:
    """The JSON object in a text; of a text that AWS has cut, nothing."""
    try:
        value: Json = json.loads(str(text)) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
