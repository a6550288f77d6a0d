"""A tap: what a topic publishes, seen through a queue of its own that goes away again."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from datetime import datetime
from functools import partial
from types import TracebackType

from typing_extensions import Self, override

from cloudkit._core.deadline import clean_up_time
from cloudkit._core.params import seconds
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sns._address.subscription import subscriptions_of
from cloudkit.sns._address.topic import TopicAddress
from cloudkit.sns._limits import TAP_RETENTION_SECONDS, TAP_STEM_CHARACTERS, TAP_WAIT_SECONDS
from cloudkit.sns._settings.subscription import of_subscription
from cloudkit.sns._subscribing.asking import subscribe
from cloudkit.sns._subscribing.ending import end
from cloudkit.sns._target import DeliveryProtocol
from cloudkit.sns.filter import FilterScope
from cloudkit.sns.notification import Notification
from cloudkit.sns.subscription import Subscription
from cloudkit.sqs import Queue, QueueNotFound
from cloudkit.sqs._limits import MAX_RECEIVE_MESSAGES, MAX_WAIT_SECONDS
from cloudkit.sqs._rules import FIFO_SUFFIX
from cloudkit.types import Duration

PREFIX = "cloudkit-tap-"

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_LEFT = (
    "what is left of the tap, topic.end_taps() removes in an hour, and with older_than=0 at once, others too"
)
_DIGEST_DIGITS = 8
_RANDOM_DIGITS = 12


def prefix_of(topic_arn: str) -> str:
    """What the names of a topic's taps start with."""
    stem = _NOT_IN_NAMES.sub("-", topic_arn.rpartition(":")[2].removesuffix(FIFO_SUFFIX))[
        :TAP_STEM_CHARACTERS
    ]
    digest = hashlib.sha256(topic_arn.encode()).hexdigest()[:_DIGEST_DIGITS]
    return f"{PREFIX}{stem}-{digest}-"


class Tap:
    """What a topic publishes from now on. Made by `topic.tap()`; a context manager.

    Entering makes a queue and subscribes it; leaving removes both, whatever happened in between. Iterating gives
    notifications as they come, and ends after a silence. What was read is deleted from the queue.

    Attributes:
        queue: The queue, within the block.
        subscription: The subscription, within the block.

    Examples:
        >>> with Topic("news").tap(timeout=0) as messages:
        ...     topic = Topic("news").publish("The site is up")
        ...     [each.message for each in messages]
        ['The site is up']

    AWS: none
    """

    def __init__(
        self,
        topic: TopicAddress,
        *,
        filter: Mapping[str, object] | None,
        filter_scope: FilterScope | str | None,
        timeout: Duration,
        limit: int | None,
    ) -> None:
        of_subscription(DeliveryProtocol.SQS, filter=filter, filter_scope=filter_scope)
        self._topic = topic
        self._filter = filter
        self._filter_scope = filter_scope
        self._timeout = seconds(timeout)
        self._limit = limit
        self._undo = ExitStack()
        self._queue: Queue | None = None
        self._subscription: Subscription | None = None

    @property
    def queue(self) -> Queue:
        """The queue that it reads."""
        if self._queue is None:
            raise self._closed()
        return self._queue

    @property
    def subscription(self) -> Subscription:
        """The subscription of that queue."""
        if self._subscription is None:
            raise self._closed()
        return self._subscription

    def _closed(self) -> InvalidRequest:
        return InvalidRequest(
            f"the tap of {self._topic} is not open",
            hint="`with topic.tap() as messages:` opens it, and closes it again",
        )

    @override
    def __repr__(self) -> str:
        return f"<Tap {self._topic}{'' if self._queue is None else f' {self._queue}'}>"

    def __enter__(self) -> Self:
        if self._queue is not None:
            raise InvalidRequest(
                f"the tap of {self._topic} is open already", hint="topic.tap() makes another one"
            )
        topic = self._topic
        name = prefix_of(topic.arn) + uuid.uuid4().hex[:_RANDOM_DIGITS] + (FIFO_SUFFIX if topic.fifo else "")
        made = [Queue(name, cloud=topic.cloud)]
        with ExitStack() as undo:
            # Before it is there: an interrupt may come after the request has left, and before its answer.
            undo.push(_last(lambda: made[-1].delete()))
            queue = Queue.create(name, retention=TAP_RETENTION_SECONDS, cloud=topic.cloud)
            made.append(queue)  # by its URL
            undo.push(_last(partial(self._unsubscribe, queue)))
            self._subscription = subscribe(
                topic, queue, Subscription, raw=False, filter=self._filter, filter_scope=self._filter_scope
            )
            self._queue = queue
            self._undo = undo.pop_all()
        return self

    def _unsubscribe(self, queue: Queue) -> None:
        # The queue goes, and its policy with it: nothing needs to be taken out of that.
        if self._subscription is not None:
            end(self._subscription)
            return
        for each in subscriptions_of(self._topic, Subscription):
            if each.endpoint == queue.arn:
                end(each)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._undo.__exit__(kind, error, trace)
        except CloudError as left:
            left.hint = "; ".join([*([left.hint] if left.hint else []), _LEFT])
            raise
        finally:
            self._queue = self._subscription = None

    def __iter__(self) -> Iterator[Notification]:
        return self._read(self._timeout, self._limit)

    def collect(self, limit: int, *, timeout: Duration = TAP_WAIT_SECONDS) -> Sequence[Notification]:
        """Take that many notifications, or those that come before a silence. One request or more.

        Args:
            limit: How many at most.
            timeout: Seconds without a notification after which it ends.

        Returns:
            The notifications, as they came.

        Raises:
            InvalidRequest: The tap is not open.
            QueueNotFound: Somebody else has deleted its queue.

        Examples:
            >>> with Topic("news").tap() as messages:
            ...     topic = Topic("news").publish("The site is up", subject="News")
            ...     messages.collect(1)[0].subject
            'News'

        AWS: sqs:ReceiveMessage, sqs:DeleteMessageBatch
        """
        return list(self._read(seconds(timeout), limit))

    def _read(self, timeout: float, limit: int | None) -> Iterator[Notification]:
        left, silence = limit, timeout
        while left is None or left > 0:
            wait = min(silence, MAX_WAIT_SECONDS)
            asked = MAX_RECEIVE_MESSAGES if left is None else min(left, MAX_RECEIVE_MESSAGES)
            found = self.queue.receive(asked, wait=wait)
            if found:
                # A tap only looks: what breaks off here is not wanted again.
                self.queue.delete_messages(found)
                silence = timeout
                left = None if left is None else left - len(found)
                for message in found:
                    yield Notification.parse(message.body)
                continue
            silence -= wait
            if silence <= 0:
                return


def _last(step: Callable[[], object]) -> Callable[..., None]:
    """What is done at the end in any case. An error of it is told, unless there is one that matters more."""

    def leave(_kind: object, error: BaseException | None, _trace: object) -> None:
        with suppress(CloudError) if error is not None else nullcontext(), clean_up_time():
            step()

    return leave


def end_left_behind(topic: TopicAddress, older_than: float, now: datetime) -> int:
    """End taps that were left behind; see `Topic.end_taps`."""
    found = [
        queue
        for queue in Queue.list(prefix=prefix_of(topic.arn), cloud=topic.cloud)
        if _age(queue, now) >= older_than
    ]
    arns = {queue.arn for queue in found if queue.exists()}
    for each in subscriptions_of(topic, Subscription):
        if each.endpoint in arns:
            end(each)
    for queue in found:
        queue.delete()
    return len(found)


def _age(queue: Queue, now: datetime) -> float:
    try:
        return (now - queue.created).total_seconds()
    except QueueNotFound:  # another process ended it meanwhile
        return 0.0
