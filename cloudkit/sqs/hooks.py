"""What a consumer tells of its messages."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from cloudkit.sqs.errors import LeaseLost
from cloudkit.sqs.message import Message


@frozen(kw_only=True)
class Hooks:
    """Functions that a consumer calls as things happen, for metrics and traces.

    They are called one at a time, on the consumer's own thread: while one runs, no lease is extended, so they are to
    be quick. What one raises is logged, the first time, and changes nothing. What no hook is told of and somebody has
    to know (failures, losses) is logged as a warning by the logger `cloudkit.sqs`.

    Attributes:
        on_receive: A message has come.
        on_ack: A message was deleted, since its handler ended well.
        on_dead_letter: A message was sent to the dead letters, by its handler or since its body could not be decoded.
        on_repeat: The work of a message had been done before, so its handler is not called. It is deleted next.
        on_fail: A handler has raised this, or it is the `DecodeError` of a body. The message is given back, unless it
            was sent to the dead letters.
        on_extend: The lease of a message was extended.
        on_release: A message was given back, to be visible after so many seconds.
        on_lost: The time of a message was over before it was done: others may have it.
        on_unacked: A message is done and could not be deleted, for this reason: it will come again.

    Examples:
        >>> def resize(message): ...
        >>> hooks = Hooks(on_ack=lambda message: print("done:", message.body))
        >>> Queue("jobs").consume(resize, hooks=hooks, stop_when_empty=True, wait=0).acked
        done: resize cat.jpg
        1

    AWS: none
    """

    on_receive: Callable[[Message], object] | None = None
    on_ack: Callable[[Message], object] | None = None
    on_dead_letter: Callable[[Message], object] | None = None
    on_repeat: Callable[[Message], object] | None = None
    on_fail: Callable[[Message, BaseException], object] | None = None
    on_extend: Callable[[Message], object] | None = None
    on_release: Callable[[Message, int], object] | None = None
    on_lost: Callable[[Message, LeaseLost], object] | None = None
    on_unacked: Callable[[Message, Exception], object] | None = None
