r"""The wildcards of conditions: `*` for any text, `?` for one character; `\*`, `\?` and `\\` for themselves."""

from __future__ import annotations

import re

_PART = re.compile(r"\\[*?\\]|[*?]|[^*?\\]+|\\", re.S)
_ANY = "*"
_ONE = "?"


def matches(pattern: str, text: str, *, fold: bool) -> bool:
    """Whether all of the text is as the pattern says.

    Args:
        pattern: The pattern.
        text: The text.
        fold: Whether capital and small letters are the same.
    """
    parts = (_expression(part) for part in _PART.findall(pattern))
    return re.fullmatch("".join(parts), text, re.S | (re.I if fold else re.RegexFlag(0))) is not None


def wildcards_in(pattern: str) -> int:
    """How many wildcards a pattern has."""
    return sum(part in (_ANY, _ONE) for part in _PART.findall(pattern))


def _expression(part: str) -> str:
    if part == _ANY:
        return ".*"
    if part == _ONE:
        return "."
    return re.escape(part[1:] if part[0] == "\\" and len(part) > 1 else part)
