"""What is published of a metric for one period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen
from typing_extensions import override


@frozen(repr=False)
class Datum:
    """The values of a metric in one period, as `Metrics` publishes them.

    Attributes:
        name: The metric's name.
        values: How often each value came.
        unit: What they are in.
        dimensions: What they are of.
        time: When the period began.
    """

    name: str
    values: Mapping[float, float] = field(hash=False)
    unit: str | None
    dimensions: Mapping[str, str] = field(hash=False)
    time: datetime

    @override
    def __repr__(self) -> str:
        of = "".join(f" {name}={value}" for name, value in self.dimensions.items())
        return f"<Datum {self.name}{of} {self.time:%H:%M:%S}, {sum(self.values.values()):g} values>"
