"""Quotation marks and backslashes in filters on attributes, which SNS wants escaped twice.

Developer guide, "Filter policy constraints": otherwise the policy does not match. JSON escapes once; the second time is
the policy's own. In filters on bodies they stand for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudkit.errors import InvalidRequest
from cloudkit.types import Json

_ESCAPED = re.compile(r'(?:[^"\\]|\\["\\])*')
_ESCAPE = re.compile(r'\\(["\\])')
_SPECIAL = re.compile(r'(["\\])')


def unescaped(policy: Mapping[str, Json], name: str) -> dict[str, Json]:
    """A filter policy on attributes with the texts that it is about.

    Args:
        policy: The policy, as `checked_form` gives it.
        name: What it is called, for the error.

    Raises:
        InvalidRequest: A text has such a character that is not escaped, and would match nothing.
    """
    return {key: _unescaped(rule, f"{name}[{key!r}]") for key, rule in policy.items()}


def _unescaped(value: Json, where: str) -> Json:
    if isinstance(value, str):
        return _plain(value, where)
    if isinstance(value, list):
        return [_unescaped(each, where) for each in value]
    if isinstance(value, dict):
        return {key: _unescaped(each, where) for key, each in value.items()}
    return value


def _plain(text: str, where: str) -> str:
    if _ESCAPED.fullmatch(text):
        return _ESCAPE.sub(r"\1", text)
    escaped = _SPECIAL.sub(r"\\\1", text)
    raise InvalidRequest(
        f"{where} has {text!r}: in filters on attributes SNS wants quotation marks and backslashes escaped",
        hint=f"{escaped!r}, which SNS takes for {text}",
    )
