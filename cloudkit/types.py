"""Small public values and Protocols that several services share."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any, Protocol, TypeAlias, Union, runtime_checkable

from attrs import frozen
from typing_extensions import Self, override

__all__ = [
    "Answer",
    "Clock",
    "Duration",
    "HasArn",
    "Json",
    "OpenEnum",
    "Progress",
    "ProgressHook",
    "Readable",
    "SystemClock",
    "TagMap",
    "Writable",
]

Duration: TypeAlias = int | float | timedelta
"""Seconds as a number, or a `timedelta`."""

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
"""What JSON can hold."""

Answer: TypeAlias = dict[str, Any]
"""An answer of AWS as boto3 gives it: the untyped edge, for `cloud.call` and the services' own parsers."""

TagMap: TypeAlias = Mapping[str, str]
"""Tags as everybody wants them: a plain mapping of text to text."""


@runtime_checkable
class HasArn(Protocol):
    """Anything with an Amazon Resource Name."""

    @property
    def arn(self) -> str:
        """The Amazon Resource Name."""
        ...


@runtime_checkable
class Readable(Protocol):
    """A binary file open for reading: `read(n)` is all that is needed."""

    def read(self, size: int = ..., /) -> bytes:
        """Read at most `size` bytes; all that is left without it."""
        ...


@runtime_checkable
class Writable(Protocol):
    """A binary file open for writing: `write(data)` is all that is needed."""

    def write(self, data: bytes, /) -> int:
        """Write all of `data`."""
        ...


class Clock(Protocol):
    """Where time comes from. Tests give one of their own and wait for nothing."""

    def now(self) -> float:
        """Seconds that only grow, from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        ...

    def jitter(self, seconds: float) -> float:
        """A random share of `seconds`, so that many clients do not move in step."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        time.sleep(seconds)

    def jitter(self, seconds: float) -> float:
        """A random value between half of `seconds` and all of it."""
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


@frozen
class Progress:
    """How far a transfer is.

    Attributes:
        done: Bytes moved so far. It never shrinks.
        total: Bytes in all, if that is known.
        rate: Bytes a second since the start; None at the start.
        eta: Seconds until the end at that rate, if the total is known.
    """

    done: int
    total: int | None = None
    rate: float | None = None
    eta: float | None = None

    @property
    def fraction(self) -> float | None:
        """Share done, 0.0 to 1.0; None while the total is not known."""
        if self.total is None:
            return None
        return 1.0 if self.total == 0 else min(1.0, self.done / self.total)


ProgressHook: TypeAlias = Callable[[Progress], object]
"""What is called as bytes move."""


class OpenEnum(str, Enum):
    """Text with known values, which takes values that AWS invents later.

    A member equals its text, so `box.state == "running"` and `box.state is InstanceState.RUNNING` both work, and
    an unknown text becomes a value of the same class.
    """

    @classmethod
    @override
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @override
    def __str__(self) -> str:
        return str(self.value)

    @override
    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) if isinstance(other, str) else NotImplemented

    @override
    def __hash__(self) -> int:
        return str.__hash__(self)

    @classmethod
    def known(cls) -> Sequence[Self]:
        """The values that this version knows."""
        return list(cls)
