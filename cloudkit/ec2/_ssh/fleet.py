"""One command on many instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cloudkit._core.workers import in_parallel
from cloudkit.ec2.command import CommandResult, CommandResults
from cloudkit.errors import CloudError, InvalidRequest

T = TypeVar("T")

_THREAD = "cloudkit-run"


def run_on(instances: Iterable[T], run: Callable[[T], CommandResult], *, width: int) -> CommandResults[T]:
    """What comes of it on each, several at once. What goes wrong on one is told, and stops no other.

    Args:
        instances: Any number; each once.
        run: Runs the command on one of them; it does not raise for an exit code.
        width: How many at once.
    """
    if isinstance(width, bool) or width < 1:
        raise InvalidRequest(f"width={width!r}: at least 1")
    things = tuple(dict.fromkeys(instances))

    def attempt(thing: T) -> CommandResult | CloudError:
        try:
            return run(thing)
        except CloudError as error:
            return error

    results: dict[T, CommandResult] = {}
    errors: dict[T, CloudError] = {}
    for thing, found in in_parallel(
        attempt,
        things,
        width=min(width, len(things) or 1),
        name=_THREAD,
        late=lambda _, error: error,
    ):
        if isinstance(found, CloudError):
            errors[thing] = found
        else:
            results[thing] = found
    return CommandResults(results, errors)
