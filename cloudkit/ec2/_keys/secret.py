"""A text that does not show."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from typing_extensions import override


class Secret:
    """Holds a text that neither `repr`, `str`, `vars`, pickling nor a traceback with locals shows."""

    __slots__ = ("reveal",)

    def __init__(self, text: str) -> None:
        # A function in place of the text: whoever dumps attributes gets the function.
        self.reveal: Callable[[], str] = lambda: text

    @override
    def __repr__(self) -> str:
        return "<secret>"

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: save it to a file, or keep it in a secrets store")
