"""What is computed, as far as it is asked for: a metric, or an expression of several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from cloudkit._core.cloud import Cloud


class Term(ABC):
    """What CloudWatch computes."""

    __slots__ = ()

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is of, for people: its label, or what it is made of."""
        ...

    @property
    @abstractmethod
    def cloud(self) -> Cloud:
        """Where it is read."""
        ...

    @abstractmethod
    def metrics_within(self) -> Iterator[MetricTerm]:
        """The metrics that it is made of. No request. AWS: none."""
        ...

    @abstractmethod
    def rendered(self, name_of: Callable[[MetricTerm], str]) -> str:
        """It in CloudWatch's language, given the ids of its metrics. No request. AWS: none."""
        ...


class MetricTerm(Term):
    """A metric."""

    __slots__ = ()

    namespace: str
    name: str
    statistic: str
    period: int | None
    every: int

    @property
    @abstractmethod
    def dimensions(self) -> dict[str, str]:
        """What it is of."""
        ...
