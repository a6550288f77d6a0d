"""What our seams add to botocore's answers, for who knows of it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

# For who reads versions within `lean_rows`, and nobody else: in which order they ("V") and the delete markers ("D")
# stood, which botocore tells apart.
ORDER = "cloudkit_order"
# The code of an error of ours: what came as an answer is none. And the status that it came with.
BROKEN_ANSWER = "BrokenAnswer"
REAL_STATUS = "cloudkit_status"
# The answer said that it is encoded, and held nothing that is.
NOTHING_ENCODED = "cloudkit_nothing_encoded"

# Whether rows may be mappings that are read-only: who asked for them makes objects of them, and shows them to nobody.
lean: ContextVar[bool] = ContextVar("cloudkit_lean", default=False)


@contextmanager
def lean_rows() -> Generator[None]:
    """Listings asked for in this block may have rows that know their fields only when they are read."""
    token = lean.set(True)
    try:
        yield
    finally:
        lean.reset(token)
