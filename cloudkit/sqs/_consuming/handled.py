"""What became of a message in the hands of its handler."""

from __future__ import annotations

from attrs import frozen

from cloudkit.sqs._address.message import Settlement
from cloudkit.sqs.errors import DecodeError
from cloudkit.sqs.once import Standing


@frozen
class Handled:
    """What became of it, as far as that is no exception of the handler's. It may come from another process.

    Attributes:
        settlement: What was done with the message already.
        undecodable: Why its body could not be decoded. The handler was not called then.
        ends: Whether the consumer is to end with that.
        standing: Whether the handler was called; `"done"` and `"busy"` say why not.
        trouble: What else went wrong, which changes nothing, and is to be told.
    """

    settlement: Settlement | None = None
    undecodable: DecodeError | None = None
    ends: bool = False
    standing: Standing = "begun"
    trouble: Exception | None = None
