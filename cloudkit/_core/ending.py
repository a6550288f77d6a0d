"""The end of a `with` block that takes away what it made."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

from cloudkit._core.steps import clean_up
from cloudkit.errors import CloudError


def take_away(
    steps: Iterable[Callable[[], object]], error: BaseException | None, *, told: str, stacklevel: int
) -> None:
    """Do it all, as far as that goes. After an error of the block, failures are warnings; else the first one is raised.

    Args:
        steps: What to do. Each is tried, whatever became of the others.
        error: The error of the block, if there was one.
        told: What a warning begins with.
        stacklevel: As in `warnings.warn`, seen from here.
    """
    failures: list[CloudError] = []

    def run() -> None:
        for step in steps:
            try:
                step()
            except CloudError as failure:
                failures.append(failure)

    clean_up(run)
    if failures and error is None:
        raise failures[0]
    for failure in failures:
        warnings.warn(f"{told}: {failure}", ResourceWarning, stacklevel=stacklevel)
