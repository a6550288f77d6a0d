"""Names that stand for an ARN: looked up once, and again when the thing behind the name is another by now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cloudkit.errors import NotFound

T = TypeVar("T")


def at_arn(
    use: Callable[[str], T], arn_of: Callable[[], str], forget: Callable[[], bool], missing: type[NotFound]
) -> T:
    """Make a call at the ARN; once more if the ARN was remembered and the name has another by now.

    Args:
        use: The call.
        arn_of: The ARN, as it is remembered or found.
        forget: Forgets it; False if it was given, so that there is nothing to find anew.
        missing: What the call raises if nothing is at that ARN.
    """
    arn = arn_of()
    try:
        return use(arn)
    except missing:
        if not forget() or arn_of() == arn:
            raise
    return use(arn_of())
