"""Which names a sync takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import cast

from cloudkit.s3._prefix import as_text
from cloudkit.s3._tree.glob import pattern_of


class Choice:
    """What `include` and `exclude` say of names.

    Args:
        include: Patterns; none takes all.
        exclude: Patterns.
        never: What the names begin with that are not taken, whatever the patterns say.
    """

    def __init__(
        self,
        include: str | Sequence[str] = (),
        exclude: str | Sequence[str] = (),
        *,
        never: str | None = None,
    ) -> None:
        self._include = _any_of("include", include)
        self._exclude = _any_of("exclude", exclude)
        self._never = never

    def takes(self, name: str) -> bool:
        """Whether a file of that name is taken."""
        if self._is_never(name):
            return False
        taken = self._include is None or self._include.fullmatch(name) is not None
        return taken and (self._exclude is None or self._exclude.fullmatch(name) is None)

    def skips_folder(self, name: str) -> bool:
        """Whether nothing in that folder is taken."""
        if self._is_never(f"{name}/"):
            return True
        return self._exclude is not None and self._exclude.fullmatch(f"{name}/") is not None

    def _is_never(self, name: str) -> bool:
        return self._never is not None and name.startswith(self._never)


def _any_of(name: str, patterns: object) -> re.Pattern[str] | None:
    if isinstance(patterns, str) or not isinstance(patterns, Iterable):
        patterns = (patterns,)
    given = [as_text(name, each) for each in cast("Iterable[object]", patterns)]
    return re.compile("|".join(map(_with_what_is_in_it, given)), re.DOTALL) if given else None


def _with_what_is_in_it(pattern: str) -> str:
    core = pattern.strip("/")
    found = pattern_of(core or pattern).pattern
    anywhere = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    # With a slash at its end it is a folder, and no file.
    inside = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return f"{anywhere}(?:{found}){inside}"
