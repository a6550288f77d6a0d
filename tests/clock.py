"""A clock for tests: sleeping moves it and takes no time."""

from __future__ import annotations

import threading


class FakeClock:
    def __init__(self) -> None:
        self._now = 1000.0
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._now += seconds

    def jitter(self, seconds: float) -> float:
        return seconds

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds
