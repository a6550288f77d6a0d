from __future__ import annotations

import pytest

from cloudkit.testing import FakeClock

pytest_plugins = ["pytester"]

USERS_TEST = """
import pytest
from cloudkit import Bucket, current_cloud

def test_makes_a_bucket(cloud):
    Bucket.create("acme-reports")
    assert cloud is current_cloud()

def test_starts_empty(cloud):
    assert not Bucket.list()
"""


def test_users_get_the_fixture_by_installing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USERS_TEST)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_clock_sleeps_without_waiting() -> None:
    clock = FakeClock()
    before = clock.now()
    clock.sleep(3600)
    clock.advance(5)
    assert clock.now() - before == 3605
    assert clock.slept == [3600]
    assert clock.jitter(2.0) == 2.0
