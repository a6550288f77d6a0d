"""Which messages were worked on before: so that work that must not be done twice is skipped the second time."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from attrs import field, frozen

from cloudkit._core.memory import Memory
from cloudkit._core.params import seconds as as_seconds
from cloudkit.errors import InvalidRequest
from cloudkit.sqs._limits import MAX_ONCE_KEYS, MAX_VISIBILITY_SECONDS, ONCE_SECONDS
from cloudkit.types import Clock, Duration, SystemClock

Standing: TypeAlias = Literal["begun", "done", "busy"]
"""How it is with a piece of work: it is the asker's to do, it was done before, or somebody else is at it."""


class Once(Protocol):
    """A memory of what was worked on, for `queue.consume(..., once=...)`: of this process, or one that many share.

    `OnceInMemory` and `OnceInBucket` are two; a table of a database makes a third. Each method is one step: of two
    consumers that begin the same key at once, one is told so. They are called on threads, several at once.

    Examples:
        >>> def pay(message): ...
        >>> Queue("jobs").consume(pay, once=OnceInMemory(), stop_when_empty=True, wait=0).acked
        1

    AWS: none
    """

    def begin(self, key: str, /, *, owner: str, seconds: float) -> Standing:
        """Begin the work of a key, unless it was done, or somebody is at it.

        Args:
            key: What the work is known by.
            owner: Who begins it: another text each time. Who asks twice gets the same answer.
            seconds: For how long nobody else may begin it, unless it is kept, finished or forgotten.

        Returns:
            `"begun"`: it is the owner's. `"done"`: it was finished before. `"busy"`: somebody else is at it.

        Raises:
            Exception: The memory is out of reach. The handler is not called then, and the message comes again.

        Examples:
            >>> once = OnceInMemory()
            >>> once.begin("order 7", owner="a", seconds=30), once.begin("order 7", owner="b", seconds=30)
            ('begun', 'busy')

        AWS: none
        """
        ...

    def keep(self, key: str, /, *, owner: str, seconds: float) -> None:
        """Leave it to its owner for so many seconds from now on; nothing if it is not that owner's any more.

        Args:
            key: The key.
            owner: Who began it.
            seconds: For how long.

        Raises:
            Exception: The memory is out of reach.

        Examples:
            >>> once = OnceInMemory()
            >>> once.begin("order 7", owner="a", seconds=30)
            'begun'
            >>> once.keep("order 7", owner="a", seconds=60)

        AWS: none
        """
        ...

    def finish(self, key: str, /) -> None:
        """Note that the work is done, whoever else may be at it by now.

        Args:
            key: The key.

        Raises:
            Exception: The memory is out of reach. The message is deleted all the same, for its work is done.

        Examples:
            >>> once = OnceInMemory()
            >>> once.finish("order 7")
            >>> once.begin("order 7", owner="b", seconds=30)
            'done'

        AWS: none
        """
        ...

    def forget(self, key: str, /, *, owner: str) -> None:
        """Let others begin it: the work has failed. Nothing if it is not that owner's any more.

        Args:
            key: The key.
            owner: Who began it.

        Raises:
            Exception: The memory is out of reach. Others may begin it once its time is over.

        Examples:
            >>> once = OnceInMemory()
            >>> once.begin("order 7", owner="a", seconds=30)
            'begun'
            >>> once.forget("order 7", owner="a")
            >>> once.begin("order 7", owner="b", seconds=30)
            'begun'

        AWS: none
        """
        ...


@frozen
class _Note:
    """Who is at it, or None if it is done; and until when that holds."""

    owner: str | None
    until: float


@frozen(eq=False)
class OnceInMemory:
    """What was worked on in this process, for a while. Other processes, and this one after a restart, know nothing of it.

    Args:
        seconds: How long it is remembered that work was done. Default: a day.
        most: How many keys. Default: 100,000. When it is full, the oldest make room.
        clock: Where time comes from; tests give their own.

    Raises:
        InvalidRequest: It would remember nothing.

    Examples:
        >>> once = OnceInMemory(3600)
        >>> jobs = Queue("jobs")
        >>> for _ in range(2):
        ...     sent = jobs.send("order 7")
        ...     counters = jobs.consume(
        ...         lambda message: print("paying", message.body),
        ...         once=once,
        ...         key=lambda message: message.body,
        ...         stop_when_empty=True,
        ...         wait=0,
        ...     )
        paying ...
        paying ...
        >>> counters.repeated
        1

    AWS: none
    """

    seconds: Duration = ONCE_SECONDS
    most: int = field(default=MAX_ONCE_KEYS, kw_only=True)
    clock: Clock = field(factory=SystemClock, kw_only=True, repr=False)
    _notes: Memory[str, _Note] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        kept_for = as_seconds(self.seconds)
        if not kept_for > 0 or self.most < 1:
            raise InvalidRequest(f"seconds={self.seconds!r}, most={self.most}: nothing would be remembered")
        # A note says itself when it ends. What is begun may last longer than what is done is remembered.
        longest = max(kept_for, MAX_VISIBILITY_SECONDS)
        object.__setattr__(self, "_notes", Memory[str, _Note](self.most, longest, self.clock))

    def begin(self, key: str, /, *, owner: str, seconds: float) -> Standing:
        """Begin the work of a key, unless it was done, or somebody is at it. No request.

        Args:
            key: As in `Once.begin`.
            owner: As there.
            seconds: As there.

        Returns:
            As there.

        Examples:
            >>> OnceInMemory().begin("order 7", owner="a", seconds=30)
            'begun'

        AWS: none
        """
        standing: Standing = "begun"
        now = self.clock.now()

        def begun(note: _Note | None) -> _Note:
            nonlocal standing
            if note is None or note.until <= now or note.owner == owner:
                return _Note(owner, now + seconds)
            standing = "done" if note.owner is None else "busy"
            return note

        self._notes.change(key, begun)
        return standing

    def keep(self, key: str, /, *, owner: str, seconds: float) -> None:
        """Leave it to its owner for so many seconds from now on. No request.

        Args:
            key: As in `Once.keep`.
            owner: As there.
            seconds: As there.

        Examples:
            >>> OnceInMemory().keep("order 7", owner="a", seconds=60)

        AWS: none
        """
        kept = _Note(owner, self.clock.now() + seconds)
        self._notes.change(key, lambda note: kept if note is not None and note.owner == owner else note)

    def finish(self, key: str, /) -> None:
        """Note that the work is done. No request.

        Args:
            key: As in `Once.finish`.

        Examples:
            >>> OnceInMemory().finish("order 7")

        AWS: none
        """
        self._notes.put(key, _Note(None, self.clock.now() + as_seconds(self.seconds)))

    def forget(self, key: str, /, *, owner: str) -> None:
        """Let others begin it. No request.

        Args:
            key: As in `Once.forget`.
            owner: As there.

        Examples:
            >>> OnceInMemory().forget("order 7", owner="a")

        AWS: none
        """
        self._notes.change(key, lambda note: None if note is not None and note.owner == owner else note)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._notes)
