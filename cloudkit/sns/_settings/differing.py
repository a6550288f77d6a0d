"""What differs between settings that are wanted and those that are there."""

from __future__ import annotations

from collections.abc import Mapping

from cloudkit._core.params import as_bool
from cloudkit.errors import Conflict
from cloudkit.sns._settings import subscription, topic
from cloudkit.sns._settings.subscription import FILTER, FILTER_SCOPE, RAW, REDRIVE, dead_letters_in
from cloudkit.sns._settings.topic import (
    ARCHIVE,
    CONTENT_DEDUPLICATION,
    NOT_TRACED,
    SIGNATURE_VERSION,
    TRACING,
    archive_days,
)
from cloudkit.sns.filter import FilterScope
from cloudkit.sqs._settings import json_object

_NAMES = {**topic.NAMES, **subscription.NAMES}
_DEFAULTS: Mapping[str, object] = {SIGNATURE_VERSION: "1", TRACING: NOT_TRACED}


def conflict(
    wanted: Mapping[str, str], found: Mapping[str, str], *, operation: str, about: object
) -> Conflict:
    """The error for those attributes, which are otherwise."""
    return Conflict(
        "it is there, and "
        + ", ".join(
            f"{_NAMES[name]} is {meaning(name, found.get(name))!r}, not {meaning(name, value)!r}"
            for name, value in wanted.items()
        ),
        service="sns",
        operation=operation,
        resource=str(about),
        hint="update=True changes it",
    )


def meaning(name: str, value: str | None) -> object:
    """A setting as data: AWS leaves out what was never set, and JSON has many spellings."""
    if name in (RAW, CONTENT_DEDUPLICATION):
        return as_bool(value)
    if name == FILTER:
        return json_object(value)
    if name == REDRIVE:
        return dead_letters_in(value)
    if name == ARCHIVE:
        return archive_days(value)
    return value or (FilterScope.ATTRIBUTES.value if name == FILTER_SCOPE else _DEFAULTS.get(name, ""))
