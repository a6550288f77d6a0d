"""What the tests of settings work on."""

from __future__ import annotations

import pytest

from cloudkit import Bucket
from tests.faults import FaultServer
from tests.s3.settings.answers import Kept


@pytest.fixture
def kept(faults: FaultServer) -> Kept:
    """A server that keeps the settings it is given."""
    made = Kept()
    faults.otherwise(made)
    return made


@pytest.fixture
def bucket(faults: FaultServer, kept: Kept) -> Bucket:
    """A bucket there, whose owner is checked."""
    return Bucket("acme-photos", expected_bucket_owner="123456789012", cloud=faults.cloud())
