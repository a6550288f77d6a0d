"""For your own tests: a pytest fixture on the embedded cloud, and a clock that waits for nothing.

pytest finds the fixture by itself once cloudkit is installed:

    def test_report(cloud):
        Bucket.create("acme-reports")
        make_report()
        assert "report.csv" in Bucket("acme-reports")
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloudkit._core.cloud import Cloud

__all__ = ["FakeClock", "cloud"]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A new, empty embedded cloud, current for the length of the test. Needs the extra `local`."""
    # pytest loads this module in every run of every project: what it needs is loaded when it is used.
    from cloudkit._local import local

    made = local()
    with made:
        yield made
    made.close()


class FakeClock:
    """A clock for `local(clock=...)` and `Cloud(clock=...)`: sleeping moves it on and takes no time.

    Attributes:
        slept: The seconds of each sleep so far.

    Examples:
        >>> clock = FakeClock()
        >>> clock.sleep(30)
        >>> clock.slept
        [30]
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now = 1000.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds so far. AWS: none."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by that many seconds, at once. AWS: none."""
        with self._lock:
            self.slept.append(seconds)
            self._now += seconds

    def jitter(self, seconds: float) -> float:
        """All of it: tests want to know what comes. AWS: none."""
        return seconds

    def advance(self, seconds: float) -> None:
        """Move on by that many seconds without a sleep. AWS: none."""
        with self._lock:
            self._now += seconds
