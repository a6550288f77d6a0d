"""How a consumer works: what can be given, and what it is otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from attrs import frozen
from typing_extensions import TypedDict

from cloudkit._core.crew import Executor
from cloudkit._core.params import seconds, whole_seconds, within
from cloudkit.errors import CloudError, InvalidRequest
from cloudkit.sqs._consuming.decoding import CHOICES, Undecodable
from cloudkit.sqs._consuming.handling import Handler, is_async
from cloudkit.sqs._limits import (
    DEFAULT_CONCURRENCY,
    GRACE_SECONDS,
    MAX_VISIBILITY_SECONDS,
    MAX_WAIT_SECONDS,
    MIN_LEASE_SECONDS,
)
from cloudkit.sqs.backoff import USUAL, Backoff
from cloudkit.sqs.hooks import Hooks
from cloudkit.sqs.message import Message
from cloudkit.sqs.once import Once
from cloudkit.types import Duration


class ConsumerOptions(TypedDict, total=False):
    """How a consumer works.

    Attributes:
        concurrency: Handlers under way at once, 1 or more; 8 by default. Only so many messages are taken.
        retry: How long a message rests after its handler raised.
        wait: Seconds that a poll waits for messages, 0 to 20; 20 by default.
        prefetch: Messages that are held beyond those in work, so that short handlers need not wait for a poll; 0 by
            default. Others cannot have them.
        lease: Seconds that a message is hidden from others at a time, 1 to 43,200; kept up while it is held. If the
            process dies, its messages come back after that time. Default: the queue's `visibility_timeout`, read once.
        stop_when_empty: Whether to end once a poll found nothing and all is done; or after how many such polls.
        executor: Any `concurrent.futures.Executor` that runs the handler in place of threads, for work that needs
            processors: a ProcessPoolExecutor, Dask's `client.get_executor()`. Handler and messages travel by pickle.
        undecodable: What is done with a message whose body cannot be decoded, as its queue's `body` or `overflow` has
            it: no `Order`, no JSON, a pointer to nothing. `"dead-letters"`, the default: it goes there, with the reason;
            where the queue has none, or they cannot be reached, that is a failure like any other. `"handler"`: it is
            handled, and `message.data` raises `DecodeError`. `"raise"`: the consumer ends with that error, and gives
            all back. But for `"handler"`, bodies are read and decoded before the handler is called.
        once: What remembers which work was done, so that it is skipped if its message comes again: `OnceInMemory()`,
            `OnceInBucket(bucket)`, or another `Once`. It is asked before each handler, and told after it.
        key: With `once`, what the work of a message is known by, within its queue: a function of the message. Default:
            its id, which all deliveries of one message have.
        on_error: Called with each error of a request of the consumer's own.
        hooks: What else is called as things happen.
        signals: Whether SIGTERM and SIGINT stop it, if it is started on the main thread; they do by default.
        grace: Seconds that handlers under way have to finish after it was stopped; 20 by default.
    """

    concurrency: int
    retry: Backoff
    wait: Duration
    prefetch: int
    lease: Duration | None
    stop_when_empty: bool | int
    executor: Executor | None
    undecodable: Undecodable
    once: Once | None
    key: Callable[[Message[Any]], str] | None
    on_error: Callable[[CloudError], object] | None
    hooks: Hooks
    signals: bool
    grace: Duration


@frozen
class Plan:
    """The options of one consumer, checked."""

    concurrency: int
    retry: Backoff
    wait: int
    prefetch: int
    lease: int | None
    empties: int
    executor: Executor | None
    undecodable: Undecodable
    once: Once | None
    key: Callable[[Message[Any]], str] | None
    on_error: Callable[[CloudError], object] | None
    hooks: Hooks
    signals: bool
    grace: float


def plan_of(handler: Handler, options: ConsumerOptions) -> Plan:
    """The options of one consumer.

    Raises:
        InvalidRequest: They make no sense.
    """
    unknown = sorted(options.keys() - ConsumerOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"a consumer has no option {', '.join(unknown)}")
    if not callable(handler):
        raise InvalidRequest(f"{handler!r} is no function: a handler takes a message")
    executor = options.get("executor")
    if executor is not None and is_async(handler):
        raise InvalidRequest(
            f"{handler!r} is async, and an executor runs plain functions", hint="leave out one of them"
        )
    undecodable = options.get("undecodable", "dead-letters")
    if undecodable not in CHOICES:
        raise InvalidRequest(f"undecodable={undecodable!r}: it is one of {', '.join(map(repr, CHOICES))}")
    once, key = options.get("once"), options.get("key")
    if key is not None and once is None:
        raise InvalidRequest("key= is what once= knows work by", hint="give once=, such as OnceInMemory()")
    empties = options.get("stop_when_empty", False)
    return Plan(
        concurrency=_number("concurrency", options.get("concurrency", DEFAULT_CONCURRENCY), 1),
        retry=options.get("retry", USUAL),
        wait=whole_seconds("wait", options.get("wait", MAX_WAIT_SECONDS), 0, MAX_WAIT_SECONDS) or 0,
        prefetch=_number("prefetch", options.get("prefetch", 0), 0),
        lease=whole_seconds("lease", options.get("lease"), MIN_LEASE_SECONDS, MAX_VISIBILITY_SECONDS),
        empties=within("stop_when_empty", int(empties), 0, 10**6, "polls"),
        executor=executor,
        undecodable=undecodable,
        once=once,
        key=key,
        on_error=options.get("on_error"),
        hooks=options.get("hooks", Hooks()),
        signals=options.get("signals", True),
        grace=checked_grace(options.get("grace", GRACE_SECONDS)),
    )


def checked_grace(grace: Duration) -> float:
    """The seconds that handlers have to finish, if that is a time."""
    found = seconds(grace)
    if not found >= 0:
        raise InvalidRequest(f"grace={grace}: it is 0 seconds or more")
    return found


def _number(name: str, value: int, least: int) -> int:
    if not isinstance(cast("object", value), int) or isinstance(value, bool) or value < least:
        raise InvalidRequest(f"{name}={value!r}: it is a whole number, {least} or more")
    return value
