"""Functions of the caller's that are told of something: what they raise must not end what goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic

from typing_extensions import ParamSpec

P = ParamSpec("P")


class Hook(Generic[P]):
    """Calls a function of the caller's. An exception of it is logged, the first time, and goes no further.

    Args:
        call: The function; None for none.
        name: What it is called, for the log.
        log: Where that goes.
    """

    def __init__(self, call: Callable[P, object] | None, name: str, log: logging.Logger) -> None:
        self._call = call
        self._name = name
        self._log = log
        self._told = False

    def __bool__(self) -> bool:
        """Whether there is a function."""
        return self._call is not None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        if self._call is None:
            return
        try:
            self._call(*args, **kwargs)
        except Exception:
            if not self._told:
                self._told = True
                self._log.exception("%s raised, which is logged this once", self._name)
