"""Options by name: a wrong one is told which ones there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def check_names(given: Iterable[str], known: Iterable[str], wrong: str) -> None:
    """Refuse an option that there is not.

    Args:
        given: The names that were given.
        known: Those that there are.
        wrong: What to say of one that there is not: `"launch() has no option {}"`.

    Raises:
        TypeError: There is none of that name.
    """
    names = sorted(known)
    for name in sorted(set(given) - set(names)):
        # `key_name` is meant to be `key`, and `instance_type` to be `type`.
        parts = set(name.lower().split("_"))
        near = [each for each in names if each in parts] or difflib.get_close_matches(name.lower(), names, 1)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
        raise TypeError(f"{wrong.format(repr(name))}: {advice}")
