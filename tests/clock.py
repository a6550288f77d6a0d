"""The clock of the tests is the one that users get."""

from __future__ import annotations

from cloudkit.testing import FakeClock

__all__ = ["FakeClock"]
