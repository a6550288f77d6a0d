"""A class of AWS objects in brackets, `Queue[Order]`, which makes what its brackets say."""

from __future__ import annotations

from functools import partial
from types import GenericAlias
from typing import Any

# The verbs that make objects of the class.
_MAKING = frozenset({"create", "ensure", "get", "list"})


class Subscripted(GenericAlias):
    """`Queue[Order]`: its calls and its verbs have `body=Order`, so that it does what type checkers take it for."""

    def __call__(self, *args: Any, **given: Any) -> Any:
        """Make one."""
        return _with_body(self.__origin__, self.__args__[0], *args, **given)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return partial(_with_body, found, self.__args__[0]) if name in _MAKING else found


def _with_body(make: Any, kind: Any, *args: Any, **given: Any) -> Any:
    # What is said counts.
    if given.get("body") is None:
        given["body"] = kind
    return make(*args, **given)
