"""Why a file is being closed: because its writer is done, or because an exception leaves a `with` block."""

from __future__ import annotations

import opcode
import sys

# Modules whose `__exit__` is Python that closes for the block it is in: `closing`, `ExitStack`, `StreamWriter`.
_PASS_ON = ("contextlib", "codecs")
# What CPython does when an exception leaves a `with` block: it calls `__exit__`, and nothing else runs by this code.
_LEAVE_BY_EXCEPTION = opcode.opmap.get("WITH_EXCEPT_START")


def left_by_exception(depth: int) -> bool:
    """Whether the caller is called because an exception leaves a `with` block, of a layer above that says nothing of it.

    `io.TextIOWrapper` and `io.BufferedWriter` close what is below them when their block ends, and do not say how it
    ended. That an exception is being handled is no sign of it: a file may well be closed within `except`. But the code
    of the block's function stands at the call of `__exit__` for an exception then, and nowhere else. Other interpreters
    than CPython never see this here: there it is as if nothing had happened.

    Args:
        depth: How many calls up the layer above is: 1 for the caller of the function that asks.
    """
    if _LEAVE_BY_EXCEPTION is None or sys.exc_info()[1] is None:
        return False
    frame = sys._getframe(depth + 1)  # pyright: ignore[reportPrivateUsage] - of CPython, as the rest here
    while frame.f_globals.get("__name__") in _PASS_ON and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == _LEAVE_BY_EXCEPTION
