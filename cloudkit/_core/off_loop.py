"""Work that waits, kept out of somebody else's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")


async def off_the_loop(work: Callable[[], R]) -> R:
    """Do it on a thread of the loop's, with the caller's context, and wait for it without holding up the loop."""
    return await asyncio.to_thread(work)
