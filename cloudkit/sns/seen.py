"""Which messages were there before."""

from __future__ import annotations

from typing import Protocol

from attrs import field, frozen

from cloudkit._core.memory import Memory
from cloudkit._core.params import seconds
from cloudkit.errors import InvalidRequest
from cloudkit.sns._limits import (
    MAX_CLOCK_SKEW_SECONDS,
    MAX_NOTIFICATION_AGE_SECONDS,
    MAX_REMEMBERED_IDS,
)
from cloudkit.types import Clock, Duration, SystemClock


class Seen(Protocol):
    """A memory of messages, such as a table that several servers share. `SeenMessages` is one of this process.

    A `webhook` asks before its handler runs. With a memory that outlives the process, a message whose handler is killed
    counts as dealt with; and so does one whose handler is still at it when its repeat gets to another process. Where
    that must not be, the handler notes the id together with its work, in one step, and the memory looks it up.
    """

    def __call__(self, message_id: str, /) -> bool:
        """Whether the message was there before; from now on it was. In one step, so that of two one is the first."""
        ...

    def forget(self, message_id: str, /) -> None:
        """Take it for new again: it was not dealt with.

        Args:
            message_id: Its id; fine if it is not known.

        Raises:
            Exception: The memory is out of reach.

        Examples:
            >>> SeenMessages().forget("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324")

        AWS: none
        """
        ...


@frozen(eq=False)
class SeenMessages:
    """The ids of the messages that came to this process, for a while: against repeats, and against replay.

    Args:
        seconds: How long an id is remembered: `max_age`, and 5 minutes as clocks differ. Default: that for an hour.
        most: How many ids. Default: 100,000. When it is full, the oldest make room.
        clock: Where time comes from; tests give their own.

    Raises:
        InvalidRequest: It would remember nothing.

    Examples:
        >>> seen = SeenMessages()
        >>> seen("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"), seen("22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324")
        (False, True)

    AWS: none
    """

    seconds: Duration = MAX_NOTIFICATION_AGE_SECONDS + MAX_CLOCK_SKEW_SECONDS
    most: int = field(default=MAX_REMEMBERED_IDS, kw_only=True)
    clock: Clock = field(factory=SystemClock, kw_only=True, repr=False)
    _memory: Memory[str, None] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        kept_for = seconds(self.seconds)
        if not kept_for > 0 or self.most < 1:  # neither is a NaN
            raise InvalidRequest(f"seconds={self.seconds!r}, most={self.most}: nothing would be remembered")
        object.__setattr__(self, "_memory", Memory[str, None](self.most, kept_for, self.clock))

    def __call__(self, message_id: str, /) -> bool:
        """Whether the message was there before; from now on it was."""
        return not self._memory.put_new(message_id, None)

    def forget(self, message_id: str, /) -> None:
        """Take a message for new again: it was not dealt with. No request.

        Args:
            message_id: Its id; fine if it is not known.

        Examples:
            >>> seen = SeenMessages()
            >>> seen("a")
            False
            >>> seen.forget("a")
            >>> seen("a")
            False

        AWS: none
        """
        self._memory.forget(message_id)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._memory)
