from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cloudkit import Bucket, InvalidRequest
from cloudkit.elb import LogKind, LogPlace
from tests.conftest import Rig


def test_a_bucket_or_its_name(rig: Rig) -> None:
    assert LogPlace(Bucket("acme-logs")) == LogPlace("acme-logs")
    assert LogPlace("acme-logs").folder == "AWSLogs/"
    assert LogPlace("acme-logs", "/web/eu/").folder == "web/eu/AWSLogs/"
    assert LogPlace("acme-logs", interval=timedelta(minutes=5)).interval == 300


@pytest.mark.parametrize("given_bucket", ["", "acme/logs", "arn:aws:s3:::acme", None, 7])
def test_what_is_no_bucket(given_bucket: Any) -> None:
    with pytest.raises(InvalidRequest, match="is none"):
        LogPlace(given_bucket)


def test_a_folder_is_none(rig: Rig) -> None:
    with pytest.raises(InvalidRequest, match="is none"):
        LogPlace(Bucket("acme-logs").folder("web"))  # type: ignore[arg-type]


def test_what_aws_would_refuse() -> None:
    with pytest.raises(InvalidRequest, match="AWSLogs"):
        LogPlace("acme-logs", "x/AWSLogs/y")
    with pytest.raises(InvalidRequest, match="every 300 seconds or every 3600"):
        LogPlace("acme-logs", interval=60)


def test_kinds() -> None:
    assert LogKind("access") is LogKind.ACCESS
    assert [str(each) for each in LogKind.known()] == ["access", "connections", "health_checks"]


@given(st.text(alphabet="abc/-", max_size=8))
def test_a_prefix_has_no_slashes_around(prefix: str) -> None:
    place = LogPlace("acme-logs", prefix)
    assert not place.prefix.startswith("/")
    assert not place.prefix.endswith("/")
    assert LogPlace("acme-logs", place.prefix) == place
    assert place.folder.endswith("AWSLogs/")
