"""Whom something is shared with."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cloudkit.errors import InvalidRequest

_ACCOUNT = re.compile(r"\d{12}")


def checked_accounts(accounts: str | Iterable[str] | None) -> list[str]:
    """The numbers of accounts, given as one or several."""
    given = [accounts] if isinstance(accounts, str) else list(accounts or ())
    for each in given:
        if not _is_number(each):
            raise InvalidRequest(
                f"account {each!r}: the number of an account has 12 digits, as text", hint="'123456789012'"
            )
    return given


def _is_number(given: object) -> bool:
    return isinstance(given, str) and _ACCOUNT.fullmatch(given) is not None
