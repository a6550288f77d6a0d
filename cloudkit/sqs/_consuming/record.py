"""What happens to messages: counted, told to the hooks, and logged where nobody listens."""

from __future__ import annotations

import logging
from collections.abc import Callable

from attrs import fields

from cloudkit._core.hooks import Hook
from cloudkit.errors import CloudError
from cloudkit.sqs._address.message import lease_lost
from cloudkit.sqs.counters import Counters
from cloudkit.sqs.hooks import Hooks
from cloudkit.sqs.message import Message

LOG = logging.getLogger("cloudkit.sqs")


class Record:
    """The record of one consumer. It is written by one thread, and read by any.

    Args:
        hooks: The caller's functions.
        on_error: The caller's function for requests that failed.
    """

    def __init__(self, hooks: Hooks, on_error: Callable[[CloudError], object] | None) -> None:
        # All are there from the beginning: others read while they are counted.
        self._counts = {each.name: 0 for each in fields(Counters)}
        self._on_receive = Hook(hooks.on_receive, "on_receive", LOG)
        self._on_ack = Hook(hooks.on_ack, "on_ack", LOG)
        self._on_dead_letter = Hook(hooks.on_dead_letter, "on_dead_letter", LOG)
        self._on_repeat = Hook(hooks.on_repeat, "on_repeat", LOG)
        self._on_fail = Hook(hooks.on_fail, "on_fail", LOG)
        self._on_extend = Hook(hooks.on_extend, "on_extend", LOG)
        self._on_release = Hook(hooks.on_release, "on_release", LOG)
        self._on_lost = Hook(hooks.on_lost, "on_lost", LOG)
        self._on_unacked = Hook(hooks.on_unacked, "on_unacked", LOG)
        self._on_error = Hook(on_error, "on_error", LOG)

    @property
    def counters(self) -> Counters:
        """How often what has happened."""
        return Counters(**self._counts)

    def polled(self) -> None:
        """A request for messages goes out."""
        self._counts["polls"] += 1

    def received(self, message: Message) -> None:
        """A message has come."""
        self._counts["received"] += 1
        self._on_receive(message)

    def acked(self, message: Message) -> None:
        """A message was deleted."""
        self._counts["acked"] += 1
        self._on_ack(message)

    def dead_lettered(self, message: Message) -> None:
        """A message was sent to the dead letters."""
        self._counts["dead_lettered"] += 1
        self._on_dead_letter(message)

    def repeated(self, message: Message) -> None:
        """The work of a message had been done before."""
        self._counts["repeated"] += 1
        self._on_repeat(message)

    def failed(self, message: Message, error: BaseException, *, counted: bool) -> None:
        """A handler has raised; `counted` if that is what the message ends as."""
        self._counts["failed"] += counted
        self._on_fail(message, error)
        if not self._on_fail:
            LOG.warning("%s failed, received %d times", message, message.receives, exc_info=error)

    def extended(self, message: Message) -> None:
        """A lease was extended."""
        self._counts["extended"] += 1
        self._on_extend(message)

    def released(self, message: Message, delay: int) -> None:
        """SQS has taken a message back."""
        self._on_release(message, delay)

    def counts_released(self) -> None:
        """A message goes back that has not failed."""
        self._counts["released"] += 1

    def lost(self, message: Message) -> None:
        """The time of a message was over."""
        self._counts["lost"] += 1
        error = lease_lost(message)
        self._on_lost(message, error)
        if not self._on_lost:
            LOG.warning("%s", error)

    def unacked(self, message: Message, error: CloudError) -> None:
        """A message that is done could not be deleted."""
        self._counts["unacked"] += 1
        self._on_unacked(message, error)
        if not self._on_unacked:
            LOG.warning("%s is done, could not be deleted, and will come again: %s", message, error)

    def abandoned(self, message: Message) -> None:
        """A message is left as it is."""
        self._counts["abandoned"] += 1
        LOG.warning("%s is left unfinished, and will come again", message)

    def trouble(self, message: Message, error: Exception) -> None:
        """Something else went wrong with a message, which changes nothing for it."""
        if isinstance(error, CloudError):
            self.error(error)
        else:
            LOG.warning("%s: %r", message, error, exc_info=error)

    def error(self, error: CloudError, *, raised: bool = False) -> None:
        """A request has failed; `raised` if the caller is told of it anyway."""
        self._counts["errors"] += 1
        self._on_error(error)
        if not self._on_error and not raised:
            LOG.warning("%s", error)
