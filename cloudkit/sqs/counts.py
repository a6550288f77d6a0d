"""How full a queue is."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

# What `counts_of` reads, in the order of the fields of `Counts`.
COUNT_ATTRIBUTES = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@frozen
class Counts:
    """How many messages a queue has. SQS counts approximately, and needs up to a minute to count right.

    Attributes:
        visible: Those that can be received.
        in_flight: Those that were received, and neither deleted nor given back.
        delayed: Those that cannot be received yet.
    """

    visible: int
    in_flight: int
    delayed: int


def counts_of(attributes: Mapping[str, str]) -> Counts:
    """The counts among a queue's attributes."""
    return Counts(*(int(attributes.get(name, 0)) for name in COUNT_ATTRIBUTES))
