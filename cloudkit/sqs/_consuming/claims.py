"""Work that is done once: claimed before its handler is called, and noted as done, or given up, after it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, cast

from attrs import evolve, frozen

from cloudkit._core.crew import Ended
from cloudkit.errors import InvalidRequest
from cloudkit.sqs._consuming.decoding import Undecodable, decoded, put_aside
from cloudkit.sqs._consuming.handled import Handled
from cloudkit.sqs.message import Message
from cloudkit.sqs.once import Once


@frozen(eq=False)
class Claim:
    """A piece of work that is ours to do: what it is known by, and who we are."""

    key: str
    owner: str


@frozen(eq=False)
class Claims:
    """The claims of one consumer. Its methods ask the memory, and so they wait.

    Args:
        once: The memory.
        key: What the work of a message is known by; None for its id.
        undecodable: What is done with a message whose key cannot be made since its body cannot be decoded.
    """

    once: Once
    key: Callable[[Message[Any]], str] | None
    undecodable: Undecodable

    def begin(self, message: Message, seconds: float) -> Claim | Handled:
        """Claim the work of a message for so many seconds; or say why its handler is not to be called.

        Raises:
            Exception: The memory is out of reach, or there is no key.
        """
        if self.key is not None and self.undecodable != "handler":
            error = decoded(message)
            if error is not None:
                return put_aside(self.undecodable, message, error)
        key = message.id if self.key is None else self.key(message)
        if not isinstance(cast("object", key), str) or not key:
            raise InvalidRequest(f"the key of {message} is {key!r}: it is a text of at least one character")
        # Other queues may share the memory, and their work is another.
        claim = Claim(f"{message.queue.name}/{key}", uuid.uuid4().hex)
        standing = self.once.begin(claim.key, owner=claim.owner, seconds=seconds)
        if standing == "begun":
            return claim
        if standing not in ("done", "busy"):
            raise InvalidRequest(f"{self.once!r}.begin says {standing!r}: it says 'begun', 'done' or 'busy'")
        return Handled(standing=standing)

    def keep(self, claim: Claim, seconds: float) -> None:
        """Keep it for so many seconds from now on.

        Raises:
            Exception: The memory is out of reach.
        """
        self.once.keep(claim.key, owner=claim.owner, seconds=seconds)

    def end(self, claim: Claim, message: Message, ended: Ended[Handled]) -> None:
        """Note that the work is done, or that others may do it.

        Raises:
            Exception: The memory is out of reach.
        """
        result = Handled() if ended.result is None else ended.result[0]
        settlement = result.settlement or message.settlement
        # A handler that saw that its message is lost may have left its work undone.
        well = ended.error is None and result == Handled() and not message.lost
        if well if settlement is None else settlement != "released":
            self.once.finish(claim.key)
        else:
            self.once.forget(claim.key, owner=claim.owner)


def troubled(ended: Ended[Handled], error: BaseException | None) -> Ended[Handled]:
    """How a handler ended, and what went wrong when that was noted, if so: what the handler has done counts."""
    if not isinstance(error, Exception):
        return ended
    result = Handled() if ended.result is None else ended.result[0]
    return evolve(ended, result=(evolve(result, trouble=result.trouble or error),))
