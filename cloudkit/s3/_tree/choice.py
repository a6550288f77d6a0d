"""Which names a sync takes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cloudkit.s3._tree.glob import pattern_of


class Choice:
    """What `include` and `exclude` say of names.

    Args:
        include: Patterns; none takes all.
        exclude: Patterns.
    """

    def __init__(self, include: str | Sequence[str] = (), exclude: str | Sequence[str] = ()) -> None:
        self._include = _any_of(include)
        self._exclude = _any_of(exclude)

    def takes(self, name: str) -> bool:
        """Whether a file of that name is taken."""
        taken = self._include is None or self._include.fullmatch(name) is not None
        return taken and (self._exclude is None or self._exclude.fullmatch(name) is None)

    def skips_folder(self, name: str) -> bool:
        """Whether nothing in that folder is taken."""
        return self._exclude is not None and self._exclude.fullmatch(f"{name}/") is not None


def _any_of(patterns: str | Sequence[str]) -> re.Pattern[str] | None:
    given = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    return re.compile("|".join(map(_with_what_is_in_it, given)), re.DOTALL) if given else None


def _with_what_is_in_it(pattern: str) -> str:
    core = pattern.strip("/")
    found = pattern_of(core or pattern).pattern
    anywhere = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    # With a slash at its end it is a folder, and no file.
    inside = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return f"{anywhere}(?:{found}){inside}"
